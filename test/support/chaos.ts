import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";

/** Random numbers that a run can repeat: the same seed and name give the same ones. */
export interface Chaos {
  readonly seed: number;
  /** From 0 to below 1. */
  readonly random: () => number;
  /** A whole number, both ends included. */
  readonly integer: (min: number, max: number) => number;
  readonly pick: <T>(list: readonly T[]) => T;
  /** `count` points of a life of `length`: one in each of as many equal parts, so that none is missed. */
  readonly points: (count: number, length: number) => readonly number[];
}

/** Seeded by BELAY_SEED, else by chance; the seed is printed so that a failing run can be repeated. */
export function chaos(name: string, env: NodeJS.ProcessEnv = process.env): Chaos {
  const given = Number(env["BELAY_SEED"] ?? Number.NaN);
  const seed = Number.isSafeInteger(given) ? given : Math.floor(Math.random() * 2 ** 31);
  console.log(`BELAY_SEED=${String(seed)} (${name})`);
  const random = generator(hash(name) ^ seed);
  const integer = (min: number, max: number) => min + Math.floor(random() * (max - min + 1));
  return {
    seed,
    random,
    integer,
    pick: (list) => {
      const picked = list[integer(0, list.length - 1)];
      if (picked === undefined) throw new Error("nothing to pick from");
      return picked;
    },
    points: (count, length) =>
      Array.from({ length: count }, (_, part) => ((part + random()) / count) * length),
  };
}

export type Moment = { readonly afterMs: number } | { readonly said: RegExp };

/**
 * Kills the child by SIGKILL after a time, or when its output matches, and waits for its end.
 * False when it had ended by itself before.
 */
export async function killAt(child: ChildProcess, moment: Moment): Promise<boolean> {
  const ended =
    child.exitCode !== null || child.signalCode !== null ? Promise.resolve() : once(child, "exit");
  await Promise.race([
    ended,
    "afterMs" in moment ? sleep(moment.afterMs) : hears(child, moment.said),
  ]);
  const killed = child.exitCode === null && child.signalCode === null && child.kill("SIGKILL");
  await ended;
  return killed;
}

async function hears(child: ChildProcess, pattern: RegExp): Promise<void> {
  let heard = "";
  await new Promise<void>((resolve) => {
    for (const stream of [child.stdout, child.stderr]) {
      stream?.on("data", (bytes: Buffer) => {
        heard += bytes.toString();
        if (pattern.test(heard)) resolve();
      });
    }
  });
}

// mulberry32: 32 bits of state are plenty for picking moments.
function generator(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

function hash(text: string): number {
  return Buffer.from(text).reduce((sum, byte) => (Math.imul(sum, 31) + byte) | 0, 7);
}
