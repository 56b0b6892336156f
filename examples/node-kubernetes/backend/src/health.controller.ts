import { Controller, Get, Inject, ServiceUnavailableException } from "@nestjs/common";
import { Cache } from "./cache";
import { Database } from "./database";
import { SETTINGS, Settings } from "./settings";

interface Health {
  readonly status: "ok" | "down";
  readonly version: string;
  readonly database: string;
  readonly redis: string;
}

@Controller("health")
export class HealthController {
  constructor(
    @Inject(SETTINGS) private readonly settings: Settings,
    private readonly database: Database,
    private readonly cache: Cache,
  ) {}

  /** Whether users can be served: for the readiness probe and the smoke test. */
  @Get()
  async health(): Promise<Health> {
    const [database, redis] = await Promise.all([
      this.outcome(this.database.rows("select 1")),
      this.outcome(this.cache.ping()),
    ]);
    const status = database === "ok" && redis === "ok" ? "ok" : "down";
    const health: Health = { status, version: this.settings.version, database, redis };
    if (status !== "ok") throw new ServiceUnavailableException(health);
    return health;
  }

  /** Whether the process answers: a database that is away must not restart every pod. */
  @Get("live")
  live(): { readonly status: "ok" } {
    return { status: "ok" };
  }

  private async outcome(asked: Promise<unknown>): Promise<string> {
    return asked.then(
      () => "ok",
      (failure: Error) => failure.message,
    );
  }
}
