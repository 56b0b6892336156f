import { asBelayError, BelayError } from "../kit/errors.js";
import type { Operation } from "../server/operation.js";
import type { Server } from "../server/server.js";
import type { AppGate } from "./app-gate.js";

/**
 * Gates a release that the server left active on its own when its runner vanished, and confirms it. Throws
 * `gate-failed`, naming it, when it is not healthy; `force` deploys over it all the same.
 */
export async function settleUnconfirmed(
  operation: Operation,
  server: Server,
  gate: AppGate,
  force: boolean,
): Promise<void> {
  const id = operation.look.unconfirmed;
  if (id === undefined || force) return;
  try {
    await gate.openForAny("gate unconfirmed", operation.signal);
  } catch (failure) {
    operation.signal.throwIfAborted();
    throw new BelayError(
      "gate-failed",
      `${id}, which the server had activated by itself when its runner vanished, is not healthy: ${asBelayError(failure).message}`,
      "Roll back with `operation: rollback`, or deploy over it with `force: true`.",
      { cause: failure },
    );
  }
  await server.settle(id);
}
