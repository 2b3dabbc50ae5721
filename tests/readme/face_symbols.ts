/** What the faces of the library export, as `deno doc` tells it. */

import { join } from "@std/path";
import { projectFolder } from "./readme_shell.ts";

/** An exported name. */
export interface FaceSymbol {
  /** Its parameters by name, in order; for a class those of its constructor. */
  parameters: string[];
  /** Its methods, with their parameters by name. */
  methods: Map<string, string[]>;
  /** Its properties, or the keys of an object. */
  properties: Set<string>;
  /** The types that it is made from, whose properties it has too. */
  parents: string[];
}

interface Parameter {
  kind: string;
  name?: string;
  left?: Parameter;
}

interface TypeNode {
  repr?: string;
  kind?: string;
  value?: unknown;
}

interface Definition {
  params?: Parameter[];
  constructors?: { params: Parameter[] }[];
  methods?: { name: string; params?: Parameter[]; def?: Definition; functionDef?: Definition }[];
  properties?: { name: string }[];
  extends?: string | TypeNode[];
  tsType?: TypeNode;
}

interface DocumentedSymbol {
  name: string;
  declarations: { kind: string; def?: Definition }[];
}

interface Documentation {
  nodes: Record<string, { symbols: DocumentedSymbol[] }>;
}

/** Reads what a face such as `lib/queue/mod.ts` exports. */
export async function readFace(path: string): Promise<Map<string, FaceSymbol>> {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["doc", "-q", "--json", join(projectFolder, path)],
    cwd: projectFolder,
  }).output();
  const decode = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  if (code !== 0) throw new Error(`Cannot read what ${path} exports: ${decode(stderr)}`);
  const { nodes }: Documentation = JSON.parse(decode(stdout));
  const symbols = Object.values(nodes).flatMap(({ symbols }) => symbols);
  return new Map(symbols.map((symbol) => [symbol.name, toFaceSymbol(symbol)]));
}

function toFaceSymbol({ declarations }: DocumentedSymbol): FaceSymbol {
  const definitions = declarations.flatMap(({ def }) => def ?? []);
  const methods = definitions.flatMap((def) => def.methods ?? [])
    .map((method) =>
      [
        method.name,
        namesOf(method.params ?? method.functionDef?.params ?? method.def?.params),
      ] as const
    );
  // Of overloads the one with most parameters holds.
  const longest = new Map<string, string[]>();
  for (const [name, parameters] of methods) {
    if ((longest.get(name)?.length ?? -1) < parameters.length) longest.set(name, parameters);
  }
  const properties = definitions.flatMap((def) => (def.properties ?? []).map(({ name }) => name));
  return {
    parameters: namesOf(
      definitions.find((def) => def.params)?.params ??
        definitions.find((def) => def.constructors)?.constructors?.[0]?.params,
    ),
    methods: longest,
    properties: new Set([...properties, ...keysOf(definitions)]),
    parents: definitions.flatMap((def) => parentsOf(def)),
  };
}

function namesOf(parameters: readonly Parameter[] = []): string[] {
  return parameters.map((parameter) => {
    const { kind, name = "" } = parameter.left ?? parameter;
    return kind === "object" ? "options" : name.replace(/^_/, "");
  });
}

/** The keys of types that are written as text, such as `typeof ErrorCategory` or an intersection. */
function keysOf(definitions: readonly Definition[]): string[] {
  const text = JSON.stringify(definitions.map(({ tsType }) => tsType ?? null));
  return [...text.matchAll(/"name":"(\w+)"/g)].flatMap(([, name]) => name ?? []);
}

function parentsOf(def: Definition): string[] {
  if (typeof def.extends === "string") return [def.extends];
  const text = JSON.stringify([def.extends ?? null, def.tsType ?? null]);
  return [...text.matchAll(/"typeName":"(\w+)"/g)].flatMap(([, name]) => name ?? []);
}
