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

/** The longest text that is no `nvarchar(max)`, in UTF-16 units. */
const maxTextLength = 4000;

/**
 * Chooses a parameter's type: whole numbers int or bigint, others float, times datetime2 in UTC,
 * lists and objects their JSON text.
 *
 * @throws ValidationError when it is undefined or no finite number.
 */
export function sqlServerParameter(value: unknown, number: number): SqlServerParameter {
  if (value === null) return { type: sql.NVarChar(maxTextLength), value: null };
  switch (typeof value) {
    case "string":
      return { type: textType(value), value };
    case "boolean":
      return { type: sql.Bit(), value };
    case "bigint":
      return { type: sql.BigInt(), value: String(value) };
    case "number":
      if (!Number.isFinite(value)) break;
      if (!Number.isInteger(value)) return { type: sql.Float(), value };
      return { type: Math.abs(value) <= maxInt ? sql.Int() : sql.BigInt(), value };
    case "object": {
      if (value instanceof Date) return { type: sql.DateTime2(7), value };
      if (value instanceof Uint8Array) {
        return { type: sql.VarBinary(sql.MAX), value: Buffer.from(value) };
      }
      const json = JSON.stringify(value);
      return { type: textType(json), value: json };
    }
  }
  throw new ValidationError(
    `Cannot run the query as parameter $${number} is ${String(value)}; ` +
      "pass null for no value, and numbers that are finite",
  );
}

/** Of two lengths only: with each text's own, the server would keep a plan for every length. */
function textType(text: string): sql.ISqlType {
  return sql.NVarChar(text.length <= maxTextLength ? maxTextLength : sql.MAX);
}

/** Gives rows as plain objects, with values as they come from PostgreSQL. */
export function sqlServerRows<Row extends Record<string, unknown>>(
  records: sql.IRecordSet<Record<string, unknown>>,
): Row[] {
  const columns = Object.values(records.columns).flatMap((column) => {
    const read = reader(column);
    return read === undefined ? [] : [{ name: column.name, read }];
  });
  return records.map((record) => {
    const row: Record<string, unknown> = { ...record };
    for (const { name, read } of columns) {
      const value = row[name];
      row[name] = value === null || value === undefined ? null : read(value);
    }
    // What a statement's rows are is known to whoever wrote it.
    return row as Row;
  });
}

function reader(column: sql.IColumnMetadata[string]): ((value: unknown) => unknown) | undefined {
  switch (column.type) {
    case sql.BigInt:
      return readInteger;
    case sql.Decimal:
    case sql.Numeric:
    case sql.Money:
    case sql.SmallMoney:
      return (value) => readDecimal(value, column.scale ?? 4);
    case sql.VarBinary:
    case sql.Binary:
    case sql.Image:
      return (value) => value instanceof Uint8Array ? Uint8Array.from(value) : value;
    case sql.UniqueIdentifier:
      return (value) => String(value).toLowerCase();
    case sql.DateTime2:
    case sql.DateTimeOffset:
      // The driver's dates carry a field for what is finer than a millisecond.
      return (value) => value instanceof Date ? new Date(value) : value;
    default:
      return undefined;
  }
}

function readInteger(value: unknown): number {
  const number = Number(value);
  if (Number.isSafeInteger(number)) return number;
  throw tooLargeError(value);
}

/** The driver gives a double, which holds 15 digits and not one more for certain. */
function readDecimal(value: unknown, scale: number): string {
  const number = Number(value);
  if (Math.abs(number) * 10 ** scale < 10 ** 15) return number.toFixed(scale);
  throw tooLargeError(value);
}

function tooLargeError(value: unknown): OpsdeckError {
  return new OpsdeckError(
    `Cannot read the number ${value} as it is larger than a number can hold exactly ` +
      `(${Number.MAX_SAFE_INTEGER}); cast it to text`,
    { code: "NUMBER_TOO_LARGE" },
  );
}
