/** The plan that a claim really gets: that of the very statement, of a flow with work to do. */

import type { DatabaseSession } from "../../database/mod.ts";
import { OpsdeckError } from "../../core/mod.ts";
import { claimStatement } from "../claim_statement.ts";
import type { Finding } from "./finding.ts";

/** How the server would look for the records of a claim. */
export interface ClaimPlan {
  /** The flow that was asked about. */
  flow_name: string;
  /** Whether it looks for pending records by `processing_queue_pending` alone. */
  uses_pending_index: boolean;
  /** How it reads the table, such as `Index Scan using processing_queue_pending`, each way once. */
  scans: string[];
  /** What the planner thinks that it costs, in its own units. */
  estimated_cost: number;
  /** The size of the table in pages; for a table of a few, reading all of it is the best plan. */
  table_pages: number;
}

interface PlanNode {
  type: string;
  relation: string | undefined;
  index: string | undefined;
  cost: number;
  children: PlanNode[];
}

const batchSize = 100;

/**
 * Asks for the plan without running it. Gives null when this login may not claim.
 *
 * Locks: that of planning an update, which no claim waits for.
 */
export async function readClaimPlan(
  session: DatabaseSession,
  flowName: string,
): Promise<ClaimPlan | null> {
  const [rights] = await session.query<{ may_claim: boolean; pages: number }>(`
select
  has_table_privilege('processing_queue', 'select')
    and has_table_privilege('processing_queue', 'update') as may_claim,
  pg_relation_size('processing_queue'::regclass) / current_setting('block_size')::int as pages`);
  if (!rights?.may_claim) return null;
  const [row] = await session.query<{ "QUERY PLAN": unknown }>(
    `explain (format json) ${claimStatement}`,
    [flowName, batchSize, "explain", [0], [0], [0]],
  );
  const root = readPlan(row?.["QUERY PLAN"]);
  const scans = tableScans(root);
  return {
    flow_name: flowName,
    uses_pending_index: scans.every(isByIndex) &&
      scans.some((node) => node.index === "processing_queue_pending"),
    scans: [...new Set(scans.map(describeScan))],
    estimated_cost: root.cost,
    table_pages: rights.pages,
  };
}

/** Finds a claim that does not go by its index, on a table of more pages than the limit. */
export function findPlanTrouble(plan: ClaimPlan | null, fewPages: number): Finding[] {
  if (plan === null || plan.uses_pending_index || plan.table_pages <= fewPages) return [];
  return [{
    severity: "CRITICAL",
    code: "CLAIM_PLAN",
    finding: `A claim of "${plan.flow_name}" reads the table by ${plan.scans.join(", ")} instead ` +
      'of the index "processing_queue_pending"',
    meaning: "Each claim takes longer the more records there are",
    command: "analyze processing_queue",
  }];
}

// The claimed rows themselves are changed through the primary key.
function isByIndex(node: PlanNode): boolean {
  return node.index === "processing_queue_pending" || node.index === "processing_queue_pkey";
}

function tableScans(node: PlanNode): PlanNode[] {
  const isScan = node.type.includes("Scan") &&
    (node.relation === "processing_queue" || node.index !== undefined);
  // A bitmap's heap scan names the table, and the index scan below it the index.
  if (node.type === "Bitmap Heap Scan") return node.children.flatMap(tableScans);
  return [...(isScan ? [node] : []), ...node.children.flatMap(tableScans)];
}

function describeScan(node: PlanNode): string {
  return node.index === undefined ? node.type : `${node.type} using ${node.index}`;
}

function readPlan(value: unknown): PlanNode {
  const first = Array.isArray(value) ? value[0] : undefined;
  if (isObject(first) && isObject(first["Plan"])) return readNode(first["Plan"]);
  throw new OpsdeckError("Cannot read the claim's plan as the server gave it in an unknown form");
}

function readNode(value: Record<string, unknown>): PlanNode {
  const children = Array.isArray(value["Plans"]) ? value["Plans"].filter(isObject) : [];
  return {
    type: String(value["Node Type"]),
    relation: textOf(value["Relation Name"]),
    index: textOf(value["Index Name"]),
    cost: Number(value["Total Cost"]),
    children: children.map(readNode),
  };
}

function textOf(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
