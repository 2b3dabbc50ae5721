/** Values on their way to SQL Server and back. */

import { Buffer } from "node:buffer";
// @ts-types="@types/mssql"
import sql from "mssql";
import { OpsdeckError, ValidationError } from "../core/mod.ts";

/** A parameter with the type that it is sent as. */
export interface SqlServerParameter {
  /** The driver's type. */
  type: sql.ISqlType | (() => sql.ISqlType);
  /** The value as that type takes it. */
  value: unknown;
}

const maxInt = 2 ** 31 - 1;

/**
 * Chooses a parameter's type: whole numbers int or bigint, others float, times datetime2 in UTC,
 * lists and objects their JSON text.
 *
 * @throws ValidationError when it is undefined or no finite number.
 */
export function sqlServerParameter(value: unknown, number: number): SqlServerParameter {
  if (value === null) return { type: sql.NVarChar(), value: null };
  switch (typeof value) {
    case "string":
      return { type: sql.NVarChar(), value };
    case "boolean":
      return { type: sql.Bit(), value };
    case "bigint":
      return { type: sql.BigInt(), value: String(value) };
    case "number":
      if (!Number.isFinite(value)) break;
      if (!Number.isInteger(value)) return { type: sql.Float(), value };
      return { type: Math.abs(value) <= maxInt ? sql.Int() : sql.BigInt(), value };
    case "object":
      if (value instanceof Date) return { type: sql.DateTime2(7), value };
      if (value instanceof Uint8Array) {
        return { type: sql.VarBinary(sql.MAX), value: Buffer.from(value) };
      }
      return { type: sql.NVarChar(sql.MAX), value: JSON.stringify(value) };
  }
  throw new ValidationError(
    `Cannot run the query as parameter $${number} is ${String(value)}; ` +
      "pass null for no value, and numbers that are finite",
  );
}

/** Gives rows as plain objects, with bigint columns as numbers. */
export function sqlServerRows<Row extends Record<string, unknown>>(
  records: sql.IRecordSet<Record<string, unknown>>,
): Row[] {
  const bigints = Object.values(records.columns).filter(({ type }) => type === sql.BigInt);
  return records.map((record) => {
    const row: Record<string, unknown> = { ...record };
    for (const { name } of bigints) row[name] = toNumber(row[name]);
    // What a statement's rows are is known to whoever wrote it.
    return row as Row;
  });
}

function toNumber(value: unknown): unknown {
  if (value === null || value === undefined) return null;
  const number = Number(value);
  if (Number.isSafeInteger(number)) return number;
  throw new OpsdeckError(
    `Cannot read the number ${value} as it is larger than a number can hold exactly ` +
      `(${Number.MAX_SAFE_INTEGER}); cast it to text`,
    { code: "NUMBER_TOO_LARGE" },
  );
}
