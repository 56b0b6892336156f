import type { InputReader } from "../kit/inputs.js";

/** What is asked of the app, and for how long; times in milliseconds. */
export interface HealthInputs {
  /** Undefined: nobody asks the app. */
  readonly url: string | undefined;
  /** Text that only the new version's answer holds. */
  readonly expect: string | undefined;
  readonly timeoutMs: number;
  readonly intervalMs: number;
  readonly successes: number;
  readonly observeMs: number;
}

/** Where else than the inputs a `url` may come from. */
export interface HealthSource {
  /** An absent `url` is taken from a recorded release, so `expect` may stand alone. */
  readonly recorded?: boolean;
}

/** Reads `url`, `expect`, `timeout`, `interval`, `successes`, `observe`; what is wrong is told to `reader`. */
export function readHealth(reader: InputReader, source: HealthSource = {}): HealthInputs {
  const health: HealthInputs = {
    url: readUrl(reader),
    expect: reader.text("expect", { example: "${{ github.sha }}" }) || undefined,
    timeoutMs: reader.duration("timeout", { default: "5m", min: "1s", max: "6h" }),
    intervalMs: reader.duration("interval", { default: "1s", min: "100ms", max: "10m" }),
    successes: reader.integer("successes", { default: 3, min: 1, max: 100 }),
    observeMs: reader.duration("observe", { default: "0s", max: "6h" }),
  };
  if (health.expect !== undefined && !reader.has("url") && source.recorded !== true)
    refuseLoneExpect(reader);
  // The first probe needs no interval before it.
  if ((health.successes - 1) * health.intervalMs >= health.timeoutMs)
    refuseShortTimeout(reader, health);
  return health;
}

const urlExample = "https://app.example/health";

function readUrl(reader: InputReader): string | undefined {
  const text = reader.text("url", { example: urlExample });
  if (text === "") return undefined;
  const url = URL.parse(text);
  if (url === null || (url.protocol !== "http:" && url.protocol !== "https:")) {
    reader.problem("url", {
      secret: text.includes("@"),
      accepted: "one http:// or https:// address",
      example: urlExample,
    });
    return undefined;
  }
  if (url.username === "" && url.password === "") return text;
  // It would stand in the log, the summary and the release's record.
  const accepted = "an address without user and password, of a path that answers without a login";
  reader.problem("url", { secret: true, accepted, example: urlExample });
  return undefined;
}

function refuseLoneExpect(reader: InputReader): void {
  reader.problem("url", {
    accepted: "the address whose answer shall hold the expected text",
    example: urlExample,
  });
}

function refuseShortTimeout(reader: InputReader, { successes, intervalMs }: HealthInputs): void {
  const least = Math.ceil(((successes - 1) * intervalMs) / 1000) + 1;
  const accepted = `more than ${least - 1}s, which ${successes} successes in a row take at the least`;
  reader.problem("timeout", { accepted, example: `${least}s` });
}
