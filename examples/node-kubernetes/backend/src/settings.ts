/** What the environment says; the app does not start without it. */
export interface Settings {
  readonly port: number;
  readonly databaseUrl: string;
  readonly redisUrl: string;
  readonly corsOrigin: string;
  /** The commit that this image was built from. */
  readonly version: string;
}

export const SETTINGS = Symbol("settings");

/** Names all that is missing at once. */
export function readSettings(env: Readonly<Record<string, string | undefined>>): Settings {
  const missing = ["DATABASE_URL", "REDIS_URL", "CORS_ORIGIN"].filter((name) => !env[name]);
  if (missing.length > 0) throw new Error(`cannot start without ${missing.join(", ")}`);
  return {
    port: Number(env.PORT ?? 3000),
    databaseUrl: env.DATABASE_URL ?? "",
    redisUrl: env.REDIS_URL ?? "",
    corsOrigin: env.CORS_ORIGIN ?? "",
    version: env.VERSION ?? "dev",
  };
}
