import { type DeployHost, startEmbeddedHost } from "./deploy-host.js";
import { type Postgres, startPostgres } from "./postgres.js";
import type { PostgresPrograms } from "./postgres-programs.js";
import { makeSite, type Site, type SiteOptions } from "./site.js";

/** A server with PostgreSQL beside it, and the apps that the tests deploy there. */
export interface World {
  readonly host: DeployHost;
  readonly postgres: Postgres;
  /** A new app: own path, database, port and checkout. */
  site(options?: SiteOptions): Promise<Site>;
  stop(): Promise<void>;
}

export interface WorldOptions {
  /** Which kind of host; default the embedded one. */
  readonly startHost?: (programs: readonly string[]) => Promise<DeployHost>;
  /** The PostgreSQL that runs; default the machine's. */
  readonly server?: PostgresPrograms;
  /** The one whose programs the host's user finds; default the same. */
  readonly client?: PostgresPrograms;
}

/** Starts PostgreSQL and a host. */
export async function startWorld(options: WorldOptions = {}): Promise<World> {
  const { startHost = startEmbeddedHost, server, client } = options;
  const postgres = await startPostgres(server && { programs: server });
  const host = await startHost([client?.bin ?? postgres.bin]);
  const sites: Site[] = [];
  let number = 0;
  return {
    host,
    postgres,
    site: async (options = {}) => {
      number += 1;
      const site = await makeSite(host, postgres, number, options);
      sites.push(site);
      return site;
    },
    stop: async () => {
      await Promise.all(sites.map((site) => site.remove()));
      await host.stop();
      await postgres.stop();
    },
  };
}
