/**
 * How much of the table a report reads where reading all of it would cost too much. A table of up
 * to 100,000 records is read whole; of a larger one, single rows are, evenly spread over its pages.
 * Whole pages (`tablesample system`) would be cheaper and mislead: what finished in one hour lies
 * together on a few of them.
 */

import type { DatabaseSession } from "../../database/mod.ts";

/** The part of the table that is read. */
export interface RowSample {
  /** The rows' places as the text of a `tid[]`; null for the whole table. */
  places: string | null;
}

const wholeUpToRecords = 100_000;

// A page of 8 KiB holds about this many records with small payloads.
const guessedRecordsPerPage = 30;

// The planner's own estimate: the density that the last vacuum saw, times the size now.
const sizeStatement = `
select
  c.reltuples::float8 as counted_records,
  c.relpages as counted_pages,
  pg_relation_size(c.oid) / current_setting('block_size')::int as pages
from pg_class c
where c.oid = 'processing_queue'::regclass`;

/** The whole table, however large. */
export const wholeTable: RowSample = { places: null };

/** Chooses the part by the table's size: all, or about so many rows. */
export async function chooseRowSample(
  session: DatabaseSession,
  rows: number,
): Promise<RowSample> {
  const [row] = await session.query<{
    counted_records: number;
    counted_pages: number;
    pages: number;
  }>(sizeStatement);
  const { counted_records = 0, counted_pages = 0, pages = 0 } = row ?? {};
  const density = counted_records > 0 && counted_pages > 0
    ? counted_records / counted_pages
    : guessedRecordsPerPage;
  if (density * pages <= wholeUpToRecords) return wholeTable;
  return { places: spreadPlaces(pages, density, rows) };
}

/** Gives what stands behind `from`; `$<parameter>` is what {@link sampleParameters} gives. */
export function sampleSource({ places }: RowSample, parameter: number): string {
  if (places === null) return "processing_queue";
  return `(
  select * from processing_queue where ctid = any($${parameter}::text::tid[])
) sampled`;
}

/** Gives the parameter of {@link sampleSource}; none for the whole table. */
export function sampleParameters({ places }: RowSample): string[] {
  return places === null ? [] : [places];
}

// One place in each stretch of pages. Places that hold no row are passed over, so every row of a
// page must have its chance: some pages hold more rows than the average.
function spreadPlaces(pages: number, density: number, rows: number): string {
  const highestPlace = Math.ceil(density * 1.25) + 1;
  const places = Array.from({ length: rows }, (_, stretch) => {
    const page = Math.floor((stretch + Math.random()) * pages / rows);
    return `"(${page},${1 + Math.floor(Math.random() * highestPlace)})"`;
  });
  return `{${places.join()}}`;
}
