import type { Database } from "../test/support/postgres.js";

const rowBytes = 200;

/**
 * Fills the database with rows of which half of the bytes are words of a small dictionary and half are random
 * hex, so that they compress as a shop's or a blog's tables do. How well stands beside the figures.
 */
export async function fill(database: Database, megabytes: number): Promise<void> {
  const rows = Math.round((megabytes * 1e6) / rowBytes);
  await database.query(`
    create table bench_rows as
    select n as id,
      repeat(md5((n % 1000)::text), 3) as words,
      md5(n::text) || md5((n * 7)::text) || md5((n * 13)::text) as noise
    from generate_series(1, ${String(rows)}) n`);
}
