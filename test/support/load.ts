import { Agent, request } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";

export interface LoadResult {
  readonly requests: number;
  /** Requests without an answer, or with another status than 200: when (ms since the start) and why. */
  readonly failures: readonly { readonly atMs: number; readonly reason: string }[];
  /** Which versions answered, by the JSON field `version`: how often, first and last, ms since the start. */
  readonly versions: ReadonlyMap<string, { count: number; firstMs: number; lastMs: number }>;
}

export interface LoadOptions {
  readonly requestsPerSecond: number;
  /** Ends by itself after this many requests, at the latest. */
  readonly atMost?: number;
  /** Ends by itself after this time, at the latest. */
  readonly atMostMs?: number;
  readonly timeoutMs?: number;
  /** Uses connections again instead of making a new one for each request. */
  readonly keepAlive?: boolean;
}

export interface Load {
  /** Sends no further request, waits for those on their way, and counts. */
  stop(): Promise<LoadResult>;
}

/** Asks `url`, each time on a new connection unless `keepAlive`, at a steady rate, whatever the answers. */
export function startLoad(url: string, options: LoadOptions): Load {
  const started = performance.now();
  const failures: { atMs: number; reason: string }[] = [];
  const versions = new Map<string, { count: number; firstMs: number; lastMs: number }>();
  const stopping = new AbortController();
  const agent = options.keepAlive === true && new Agent({ keepAlive: true, maxSockets: 100 });
  let requests = 0;
  const one = async (atMs: number) => {
    requests += 1;
    try {
      seen(versions, await ask(url, options.timeoutMs ?? 5000, agent), performance.now() - started);
    } catch (error) {
      failures.push({
        atMs: Math.round(atMs),
        reason: error instanceof Error ? error.message : String(error),
      });
    }
  };
  const running = every(1000 / options.requestsPerSecond, one, {
    count: options.atMost ?? 10_000,
    forMs: options.atMostMs ?? 60_000,
    signal: stopping.signal,
  });
  return {
    stop: async () => {
      stopping.abort();
      await running;
      if (agent !== false) agent.destroy();
      return { requests, failures, versions };
    },
  };
}

interface Bounds {
  readonly count: number;
  readonly forMs: number;
  readonly signal: AbortSignal;
}

async function every(
  intervalMs: number,
  one: (atMs: number) => Promise<void>,
  bounds: Bounds,
): Promise<void> {
  const started = performance.now();
  const under: Promise<void>[] = [];
  for (let n = 0; n < bounds.count && !bounds.signal.aborted; n += 1) {
    const atMs = performance.now() - started;
    if (atMs > bounds.forMs) break;
    under.push(one(atMs));
    await sleep(Math.max(0, (n + 1) * intervalMs - (performance.now() - started)));
  }
  await Promise.all(under);
}

function seen(
  versions: Map<string, { count: number; firstMs: number; lastMs: number }>,
  version: string,
  atMs: number,
) {
  const at = Math.round(atMs);
  const entry = versions.get(version) ?? { count: 0, firstMs: at, lastMs: at };
  versions.set(version, { ...entry, count: entry.count + 1, lastMs: at });
}

/**
 * A server may close an idle connection at the moment in which a request is sent on it. Nobody has read that
 * request, so every browser sends it again on a new connection, and so does this.
 */
async function ask(url: string, timeoutMs: number, agent: Agent | false): Promise<string> {
  try {
    return await askOnce(url, timeoutMs, agent);
  } catch (error) {
    if (!(error instanceof ClosedWhileIdle)) throw error;
    return askOnce(url, timeoutMs, false);
  }
}

class ClosedWhileIdle extends Error {}

async function askOnce(url: string, timeoutMs: number, agent: Agent | false): Promise<string> {
  const { status, body } = await new Promise<{ status: number; body: string }>(
    (resolve, reject) => {
      const asked = request(url, { agent, signal: AbortSignal.timeout(timeoutMs) }, (answer) => {
        let text = "";
        answer.setEncoding("utf8");
        answer.on("data", (part: string) => (text += part));
        answer.on("end", () => {
          resolve({ status: answer.statusCode ?? 0, body: text });
        });
        answer.on("error", reject);
      });
      asked.on("error", (error) => {
        reject(asked.reusedSocket && isReset(error) ? new ClosedWhileIdle() : error);
      });
      asked.end();
    },
  );
  if (status !== 200) throw new Error(`status ${String(status)}: ${body.slice(0, 200)}`);
  const { version } = JSON.parse(body) as { version?: unknown };
  return String(version);
}

function isReset(error: NodeJS.ErrnoException): boolean {
  return error.code === "ECONNRESET";
}
