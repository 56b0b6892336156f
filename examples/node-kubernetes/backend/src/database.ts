import { setTimeout as sleep } from "node:timers/promises";
import { Inject, Injectable, OnModuleDestroy, OnModuleInit } from "@nestjs/common";
import { Pool } from "pg";
import { SETTINGS, Settings } from "./settings";

/**
 * One transaction, as several statements in one query are. The number is the lock's name: two pods that start at once
 * make the table one after the other.
 */
const tables = `
  select pg_advisory_xact_lock(20251120);
  create table if not exists posts (
    id bigint generated always as identity primary key,
    text varchar(280) not null,
    created_at timestamptz not null default now()
  );
  create index if not exists posts_created_at on posts (created_at desc);
`;

const tries = 60;

/** PostgreSQL, with the tables that this version needs. */
@Injectable()
export class Database implements OnModuleInit, OnModuleDestroy {
  private readonly pool: Pool;

  constructor(@Inject(SETTINGS) settings: Settings) {
    this.pool = new Pool({
      connectionString: settings.databaseUrl,
      max: 10,
      connectionTimeoutMillis: 3000,
    });
    // A connection that is lost while nobody uses it must not end the process.
    this.pool.on("error", (failure) => console.error(`database: ${failure.message}`));
  }

  /** In a new namespace the database may come a while later than we do. */
  async onModuleInit(): Promise<void> {
    for (let left = tries; ; left -= 1) {
      try {
        await this.pool.query(tables);
        return;
      } catch (failure) {
        if (left === 1) throw failure;
        console.log(`database: not there yet: ${(failure as Error).message}`);
        await sleep(1000);
      }
    }
  }

  async rows<Row extends object>(sql: string, values: readonly unknown[] = []): Promise<Row[]> {
    return (await this.pool.query<Row>(sql, [...values])).rows;
  }

  async onModuleDestroy(): Promise<void> {
    await this.pool.end();
  }
}
