import type { InputReader } from "../kit/inputs.js";
import type { Check, CheckDefaults, HttpCheck, Limits } from "./check.js";
import type { ReadChecks } from "./checks-reader.js";
import { readLimits } from "./limits-input.js";
import { percentage, time } from "./measures.js";
import { urlProblem, usualStatus } from "./url.js";

/** What is asked, and for how long; times in milliseconds. */
export interface GateInputs {
  /** Empty: nobody asks the app. */
  readonly checks: readonly Check[];
  /** The first address of `url`, for what asks one address alone. */
  readonly url: string | undefined;
  /** Text that only the new version's answer holds. */
  readonly expect: string | undefined;
  readonly defaults: CheckDefaults;
  readonly timeoutMs: number;
  readonly observeMs: number;
  /** Whether a finding that can never pass ends the wait. */
  readonly failFast: boolean;
  /** Percent of failed attempts of one check. */
  readonly maxErrorRate: Limits | undefined;
  /** Milliseconds that 95 % of the answers of one `http` check stay under. */
  readonly maxLatencyP95: Limits | undefined;
}

/** What differs from action to action. */
export interface GateSource {
  /** An absent `url` is taken from a recorded release, so `expect` may stand alone. */
  readonly recorded?: boolean;
  /** The gate is asked `samples` times instead of until it opens. */
  readonly samples?: number;
}

/** Reads the inputs of a gate, the list by `readChecks`; what is wrong is told to `reader`, and secrets go to `mask`. */
export function readGate(
  reader: InputReader,
  mask: (secret: string) => void,
  readChecks: ReadChecks,
  source: GateSource = {},
): GateInputs {
  const defaults = readDefaults(reader);
  const expect = reader.text("expect", { example: "${{ github.sha }}" }) || undefined;
  const urls = readUrls(reader);
  const checks = readChecks(reader, defaults, mask);
  const gate: GateInputs = {
    checks: [...urls.map((url) => urlCheck(url, expect, defaults)), ...checks],
    url: urls[0],
    expect,
    defaults,
    timeoutMs: reader.duration("timeout", { default: "5m", min: "1s", max: "6h" }),
    observeMs: reader.duration("observe", { default: "0s", max: "6h" }),
    failFast: reader.boolean("fail-fast", true),
    maxErrorRate: readLimits(reader, "max-error-rate", percentage, "warning=1% critical=5%"),
    maxLatencyP95: readLimits(reader, "max-latency-p95", time, "warning=500ms critical=2s"),
  };
  refuseContradictions(reader, gate, source);
  return gate;
}

/** The check that asks `url` as a health address is asked: 2xx, with `expect` in the body where it is given. */
export function urlCheck(
  url: string,
  expect: string | undefined,
  defaults: CheckDefaults,
): HttpCheck {
  return {
    kind: "http",
    name: url,
    ...defaults,
    url,
    expect,
    via: "runner",
    method: "GET",
    headers: {},
    hostHeader: undefined,
    ca: undefined,
    followRedirects: false,
    status: usualStatus,
    body: undefined,
    json: [],
    minDays: undefined,
  };
}

function readDefaults(reader: InputReader): CheckDefaults {
  return {
    intervalMs: reader.duration("interval", { default: "1s", min: "100ms", max: "10m" }),
    attemptTimeoutMs: reader.duration("attempt-timeout", {
      default: "5s",
      min: "100ms",
      max: "10m",
    }),
    successes: reader.integer("successes", { default: 3, min: 1, max: 100 }),
  };
}

const urlExample = "https://app.example/health";

function readUrls(reader: InputReader): readonly string[] {
  return reader.lines("url").filter((given) => {
    // A password would stand in the log, the summary and the release's record.
    const accepted = urlProblem(given);
    if (accepted === undefined) return true;
    const secret = given.includes("@");
    reader.problem("url", { given, secret, accepted, example: urlExample });
    return false;
  });
}

function refuseContradictions(reader: InputReader, gate: GateInputs, source: GateSource): void {
  if (gate.expect !== undefined && !reader.has("url") && source.recorded !== true) {
    reader.problem("url", {
      accepted: "the address whose answer shall hold the expected text",
      example: urlExample,
    });
  }
  refuseShortTimeout(reader, gate, source.samples);
  if (gate.observeMs === 0 && source.samples === undefined) refuseLoneLimits(reader, gate);
}

/** The first attempt needs no interval before it. */
function refuseShortTimeout(reader: InputReader, gate: GateInputs, samples?: number): void {
  const all = gate.checks.length > 0 ? gate.checks : [gate.defaults];
  const needs = all.map(({ intervalMs, successes }) => ((samples ?? successes) - 1) * intervalMs);
  const needed = Math.max(...needs);
  if (needed < gate.timeoutMs) return;
  const least = Math.ceil(needed / 1000) + 1;
  const what = samples === undefined ? "successes in a row" : "samples";
  const often = String(samples ?? all[needs.indexOf(needed)]?.successes ?? 1);
  const accepted = `more than ${String(least - 1)}s, which ${often} ${what} take at the least`;
  reader.problem("timeout", { accepted, example: `${String(least)}s` });
}

/** A rate or a percentile of the three answers that open a gate means nothing. */
function refuseLoneLimits(reader: InputReader, gate: GateInputs): void {
  if (gate.maxErrorRate === undefined && gate.maxLatencyP95 === undefined) return;
  reader.problem("observe", {
    accepted: "more than 0s where a rate or a latency is limited: it is measured over that time",
    example: "1m",
  });
}
