import { describe, expect, it } from "vitest";
import { type GateSource, readGate } from "../../../src/gate/gate-inputs.js";
import { BelayError } from "../../../src/kit/errors.js";
import { InputReader } from "../../../src/kit/inputs.js";
import { readChecks } from "../../support/read-checks.js";
import { checkDefaults, httpCheck } from "../../support/gate-inputs.js";

const url = "https://app.example/health";

function read(inputs: Readonly<Record<string, string>>, source?: GateSource) {
  const reader = new InputReader(
    (name) => inputs[name] ?? "",
    () => undefined,
    "health-",
  );
  const health = readGate(reader, () => undefined, readChecks, source);
  reader.finish();
  return health;
}

/** All messages that reading ends with, each with its remedy. */
function problems(inputs: Readonly<Record<string, string>>): readonly string[] {
  try {
    read(inputs);
  } catch (error) {
    if (!(error instanceof BelayError)) throw error;
    return [error, ...error.also].map(({ message, remedy }) => `${message} ${remedy}`);
  }
  return [];
}

describe("the health inputs", () => {
  it("have the documented defaults", () => {
    expect(read({ "health-url": url })).toEqual({
      checks: [httpCheck({ name: url, url })],
      url,
      expect: undefined,
      defaults: checkDefaults,
      timeoutMs: 300_000,
      observeMs: 0,
      failFast: true,
      maxErrorRate: undefined,
      maxLatencyP95: undefined,
    });
  });

  it("are read under the prefix", () => {
    const inputs = {
      "health-url": "http://10.0.0.5:8080/up?deep=1",
      "health-expect": "abc123",
      "health-timeout": "90s",
      "health-interval": "500ms",
      "health-attempt-timeout": "2s",
      "health-successes": "5",
      "health-observe": "2m",
      "health-fail-fast": "false",
      "health-max-error-rate": "warning=1% critical=5%",
      "health-max-latency-p95": "2s",
    };
    const defaults = { intervalMs: 500, attemptTimeoutMs: 2000, successes: 5 };
    const address = "http://10.0.0.5:8080/up?deep=1";
    expect(read(inputs)).toEqual({
      checks: [httpCheck({ name: address, url: address, expect: "abc123", ...defaults })],
      url: address,
      expect: "abc123",
      defaults,
      timeoutMs: 90_000,
      observeMs: 120_000,
      failFast: false,
      maxErrorRate: { warning: 1, critical: 5 },
      maxLatencyP95: { warning: undefined, critical: 2000 },
    });
  });

  it("may all be absent: then nobody asks the app", () => {
    expect(read({}).url).toBeUndefined();
  });

  it.each([
    "app.example/health",
    "ftp://app.example/",
    "https://",
    "/health",
    "javascript:alert(1)",
  ])("refuse %s as an address", (given) => {
    const [problem] = problems({ "health-url": given });
    expect(problem).toContain("`health-url`");
    expect(problem).toContain("http:// or https://");
  });

  it.each([
    "https://user:hidden@app.example/",
    "https://hidden@app.example/",
    "htps://user:hidden@app.example/",
  ])("refuse a password in the address without showing it (%#)", (given) => {
    const [problem] = problems({ "health-url": given });
    expect(problem).toContain("`health-url` is ***");
    expect(problem).not.toContain("hidden");
  });

  it("name every bad one together", () => {
    const bad = {
      "health-url": "nowhere",
      "health-timeout": "5",
      "health-interval": "1ms",
      "health-successes": "0",
      "health-observe": "soon",
    };
    const names = problems(bad).map((problem) => /`(health-\w+)`/.exec(problem)?.[1]);
    expect(names).toEqual(Object.keys(bad).sort((a, b) => names.indexOf(a) - names.indexOf(b)));
  });

  it("refuse an expected text that nobody would look for", () => {
    expect(problems({ "health-expect": "abc123" })[0]).toContain("`health-url` is empty");
  });

  it("take an expected text alone where the address may be a recorded one", () => {
    expect(read({ "health-expect": "abc123" }, { recorded: true }).expect).toBe("abc123");
  });

  it("refuse a timeout that the wanted row can never meet", () => {
    const inputs = {
      "health-url": url,
      "health-timeout": "10s",
      "health-interval": "5s",
      "health-successes": "3",
    };
    expect(problems(inputs)[0]).toMatch(
      /`health-timeout` is "10s".*more than 10s.*health-timeout: 11s/,
    );
    expect(problems({ ...inputs, "health-timeout": "11s" })).toEqual([]);
  });
});
