import { Inject, Injectable, OnModuleDestroy, OnModuleInit } from "@nestjs/common";
import { createClient } from "redis";
import { SETTINGS, Settings } from "./settings";

const keptSeconds = 5;

/** Redis, for what may be a few seconds old. */
@Injectable()
export class Cache implements OnModuleInit, OnModuleDestroy {
  private readonly client: ReturnType<typeof createClient>;

  constructor(@Inject(SETTINGS) settings: Settings) {
    this.client = createClient({ url: settings.redisUrl, disableOfflineQueue: true });
    this.client.on("error", (failure: Error) => console.error(`redis: ${failure.message}`));
  }

  async onModuleInit(): Promise<void> {
    await this.client.connect();
  }

  async ping(): Promise<void> {
    await this.client.ping();
  }

  /** What was kept, else what `make` gives, which is kept then. */
  async remember<T>(key: string, make: () => Promise<T>): Promise<T> {
    const kept = await this.client.get(key);
    if (typeof kept === "string") return JSON.parse(kept) as T;
    const made = await make();
    await this.client.set(key, JSON.stringify(made), { EX: keptSeconds });
    return made;
  }

  async forget(key: string): Promise<void> {
    await this.client.del(key);
  }

  onModuleDestroy(): void {
    this.client.destroy();
  }
}
