/** What docker says of one container. */
export interface ContainerState {
  readonly id: string;
  readonly name: string;
  /** `created`, `running`, `paused`, `restarting`, `removing`, `exited` or `dead`. */
  readonly status: string;
  readonly exitCode: number;
  readonly killedForMemory: boolean;
  /** By docker's restart policy, over its whole life. */
  readonly restarts: number;
  /** Milliseconds since the epoch, by the server's clock. */
  readonly created: number;
  readonly finished: number;
  /** `starting`, `healthy` or `unhealthy`; empty without a health check. */
  readonly health: string;
  /** The last output of the health check. */
  readonly said: string;
  /** Why docker could not start it. */
  readonly error: string;
}

/** Reads one line of the answer; undefined where something is missing or of another type. */
export function parseContainer(line: string): ContainerState | undefined {
  const read = parseObject(line);
  if (read === undefined) return undefined;
  const state = {
    id: text(read["id"]),
    name: text(read["name"])?.replace(/^\//, ""),
    status: text(read["status"]),
    exitCode: number(read["exitCode"]),
    killedForMemory: read["killedForMemory"],
    restarts: number(read["restarts"]),
    created: time(read["created"]),
    finished: time(read["finished"]),
    health: text(read["health"]),
    said: text(read["said"]),
    error: text(read["error"]),
  };
  return isWhole(state) ? state : undefined;
}

function parseObject(line: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === "object" && value !== null
      ? (value as Readonly<Record<string, unknown>>)
      : undefined;
  } catch {
    return undefined;
  }
}

function isWhole(state: Readonly<Record<keyof ContainerState, unknown>>): state is ContainerState {
  return (
    typeof state.killedForMemory === "boolean" &&
    Object.values(state).every((value) => value !== undefined)
  );
}

function text(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}

function number(value: unknown): number | undefined {
  return Number.isSafeInteger(value) ? (value as number) : undefined;
}

/** A container that never ran has finished in the year 1. */
function time(value: unknown): number | undefined {
  const ms = typeof value === "string" ? Date.parse(value) : Number.NaN;
  return Number.isNaN(ms) ? undefined : ms;
}
