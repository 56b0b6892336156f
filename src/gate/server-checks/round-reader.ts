import type { Finding, ServerCheck } from "../check.js";
import { formatDuration } from "../../kit/duration.js";
import { type Answer, type Found, found } from "./found.js";
import type { ServerMemory } from "./memory.js";
import { answerBytes, judgeAnswer } from "./question.js";

/** What a check was found to be. */
export interface CheckFinding {
  readonly check: ServerCheck;
  readonly finding: Finding;
}

/** A line of ours is short; what a login shell prints before may have no end. */
const longestLine = 4096;
const noiseKept = 1024;

/** Reads the answer of one round as it comes in; half an answer is none. */
export class RoundReader {
  readonly #checks: readonly ServerCheck[];
  readonly #memory: ServerMemory;
  readonly #open: Map<number, OpenAnswer>;
  #state: "noise" | "answers" | "ended" | "damaged" = "noise";
  #line = Buffer.alloc(0);
  #noise = "";

  constructor(checks: readonly ServerCheck[], memory: ServerMemory) {
    this.#checks = checks;
    this.#memory = memory;
    this.#open = new Map(
      checks.map((check, at) => [at, { bytes: [], size: 0, most: answerBytes(check) }]),
    );
  }

  /** The findings of the answers that these bytes make whole. */
  add(bytes: Uint8Array): readonly CheckFinding[] {
    const found: CheckFinding[] = [];
    let rest = Buffer.concat([this.#line, bytes]);
    for (let end = rest.indexOf(0x0a); end >= 0; end = rest.indexOf(0x0a)) {
      found.push(...this.#take(rest.toString("utf8", 0, end)));
      rest = rest.subarray(end + 1);
    }
    this.#line = rest.length > longestLine ? Buffer.alloc(0) : Buffer.from(rest);
    return found;
  }

  /** The round is over: what is still open has no answer. */
  end(): readonly CheckFinding[] {
    return Array.from(this.#open.keys(), (at) => this.#close(at, this.#noAnswer(at)));
  }

  #take(line: string): readonly CheckFinding[] {
    if (this.#state === "noise") {
      if (line === "belay-checks 1") this.#state = "answers";
      else this.#noise = `${this.#noise}${line} `.slice(-noiseKept);
      return [];
    }
    // What a login shell prints when it ends is not ours to read.
    if (this.#state !== "answers") return [];
    if (line === "belay-checks end") this.#state = "ended";
    else return this.#takeAnswer(line);
    return [];
  }

  #takeAnswer(line: string): readonly CheckFinding[] {
    const [, id, hex] = /^belay-hex (\d{4}):((?: [0-9a-f]{2}){1,16})$/.exec(line) ?? [];
    if (id !== undefined && hex !== undefined && this.#extend(Number(id), hex)) return [];
    const end = /^belay-end (\d{4}) (\d{1,3}) (\d+\.\d+) (\d+\.\d+)$/.exec(line);
    const at = Number(end?.[1]);
    const open = this.#open.get(at);
    const check = this.#checks[at];
    if (end === null || open === undefined || check === undefined) {
      this.#state = "damaged";
      return [];
    }
    const answer = { code: Number(end[2]), bytes: Buffer.concat(open.bytes) };
    return [this.#close(at, this.#judge(check, answer), tookMs(end[3], end[4]))];
  }

  #extend(at: number, hex: string): boolean {
    const open = this.#open.get(at);
    const bytes = Buffer.from(hex.replaceAll(" ", ""), "hex");
    if (open === undefined || open.size + bytes.length > open.most) return false;
    open.bytes.push(bytes);
    open.size += bytes.length;
    return true;
  }

  #judge(check: ServerCheck, answer: Answer): Found {
    return (
      judgeAnswer(check, answer, this.#memory) ??
      found("unhealthy", "the server's answer makes no sense")
    );
  }

  #noAnswer(at: number): Found {
    const limit = formatDuration(this.#checks[at]?.attemptTimeoutMs ?? 0);
    switch (this.#state) {
      case "noise":
        return found("unhealthy", "the server ran none of the checks", {
          said: this.#noise,
          remedy: "The deploy user needs a login shell, and may not be tied to one command.",
        });
      case "damaged":
        return found("unhealthy", "the server's answer is damaged");
      case "answers":
        return found("unhealthy", "the server's answer broke off");
      case "ended":
        return found("unhealthy", `no answer within ${limit}`);
    }
  }

  #close(at: number, found: Found, tookMs?: number): CheckFinding {
    this.#open.delete(at);
    const check = this.#checks[at];
    if (check === undefined) throw new RangeError(`no check ${String(at)} in this round`);
    return { check, finding: { ...found, tookMs: tookMs ?? check.attemptTimeoutMs } };
  }
}

interface OpenAnswer {
  readonly bytes: Uint8Array[];
  readonly most: number;
  size: number;
}

/** Between two readings of `/proc/uptime`, seconds with two decimals. */
function tookMs(began: string | undefined, ended: string | undefined): number {
  return Math.max(0, Math.round((Number(ended) - Number(began)) * 1000));
}
