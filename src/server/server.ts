import { BelayError } from "../kit/errors.js";
import type { AnswerRecord } from "./answer.js";
import type { Call } from "./call.js";
import type { Exchange, Reply } from "./caller.js";
import { type Ending, readEnding } from "./ending.js";
import type { Line } from "./line.js";
import { type LiveLine, liveCall, sending } from "./live-call.js";
import { errorOf, type Look, readLook } from "./look.js";
import { Operation } from "./operation.js";
import { type OperationName, packPlan, type PlanFields } from "./plan.js";
import { refusal } from "./refusal.js";
import { until } from "./until.js";

/** One deploy path on one server. */
export class Server {
  readonly #line: Line;
  readonly #token: string;
  readonly #confirmTimeoutMs: number;

  /** `token` names the operation that `begin` opens; a repeated `begin` finds it by that. */
  constructor(line: Line, token: string, confirmTimeoutMs: number) {
    this.#line = line;
    this.#token = token;
    this.#confirmTimeoutMs = confirmTimeoutMs;
  }

  /** Looks at everything that `operation` would need and changes nothing; throws with all findings together. */
  async check(operation: OperationName, plan: PlanFields): Promise<Look> {
    return this.#line.witness.step("check", async () => {
      const reply = await this.#ask(["check", operation], plan);
      return this.#accept(readLook(reply.records), reply);
    });
  }

  /**
   * Checks, takes the lock and starts the guardian, which undoes by itself when we vanish. Throws `locked` when
   * somebody else keeps the lock or deploys are held, and all findings together when something is missing.
   */
  async begin(operation: OperationName, plan: PlanFields): Promise<Operation> {
    return this.#line.witness.step("check", async () => {
      const reply = await this.#open(["begin", operation, this.#token], plan);
      const look = this.#accept(readLook(reply.records), reply);
      return new Operation(this.#line, this.#token, look, this.#confirmTimeoutMs);
    });
  }

  /** Notes from when to when the server may have something open that a later process would have to undo. */
  async #open(call: Call, plan: PlanFields): Promise<Reply> {
    const { caller, witness, signal } = this.#line;
    await until(caller.connect(), signal);
    witness.opening();
    try {
      const reply = await exchange(this.#line, call, packPlan(plan), "first");
      if (reply.code !== 0) witness.closed();
      return reply;
    } catch (failure) {
      if (!mayBeOpen(failure)) witness.closed();
      throw failure;
    }
  }

  /** What is there: releases, backups, lock, hold. Reads only. */
  async status(): Promise<readonly AnswerRecord[]> {
    const reply = await this.#ask(["status"]);
    if (reply.code !== 0) throw refusal(reply);
    return reply.records;
  }

  /** Confirms the release `id` that the server had left unconfirmed. */
  async settle(id: string): Promise<void> {
    const reply = await this.#ask(["settle", id, "healthy"]);
    if (reply.code !== 0) throw refusal(reply);
  }

  /** Has the operation of our token undone, by a process that may not have begun it and is perhaps cancelled. */
  async undo(reason: string): Promise<Ending | undefined> {
    const { signal: _, ...line } = this.#line;
    return readEnding(await exchange(line, ["undo", this.#token], Buffer.from(`${reason}\n`)));
  }

  #ask(call: Call, plan?: PlanFields): Promise<Reply> {
    return exchange(this.#line, call, plan && packPlan(plan));
  }

  #accept(look: Look, reply: Reply): Look {
    for (const { severity, error } of look.findings) {
      if (severity === "warning") this.#line.log.warning(`${error.message}. ${error.remedy}`);
    }
    if (reply.code !== 0) throw errorOf(look.findings) ?? refusal(reply);
    return look;
  }
}

/** Whoever went away in the middle does not know what the server did with the call. */
function mayBeOpen(failure: unknown): boolean {
  return (
    !(failure instanceof BelayError) ||
    failure.code === "connection-lost" ||
    failure.code === "cancelled"
  );
}

/** Makes one call, and tells at once what people wait for. */
function exchange(
  line: LiveLine,
  call: Call,
  input: Uint8Array = new Uint8Array(),
  turn?: Exchange["turn"],
): Promise<Reply> {
  return liveCall(call[0], line, () => ({
    call,
    ...(turn && { turn }),
    ...sending(input),
    onRecord: (record) => tell(record, line.log),
  }));
}

function tell({ key, values: [first = "", second = ""] }: AnswerRecord, log: Line["log"]): void {
  if (key === "waiting") log.info(`waiting for the lock, held by ${first}`);
  if (key === "recovered")
    log.notice(
      `An operation was left by its owner; the server ended it as ${second} first (${first}).`,
    );
}
