import { marked } from "marked";
import { describe, expect, it } from "vitest";
// What the action loads on demand must be there at once: fake time does not wait for a disk.
import "../../../src/gate/checks-input.js";
import "../../../src/gate/json-path.js";
import "../../../src/health-gate/watch.js";
import { act } from "../../../src/health-gate/action.js";
import { BelayError } from "../../../src/kit/errors.js";
import type { Report } from "../../../src/kit/report.js";
import {
  fakeGatePlatform,
  type FakeGateOptions,
  type FakeGatePlatform,
} from "../../support/health-gate-platform.js";
import { ScriptedHost } from "../../support/scripted-host.js";

const url = "https://app.example/health";
const server = {
  host: "deploy@app.example",
  "private-key": "-----BEGIN KEY-----\nabcdef\n-----END KEY-----",
  "known-hosts":
    "app.example ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIHVzZWxlc3NidXR3ZWxsZm9ybWVka2V5MTIz",
};

async function run(options: FakeGateOptions): Promise<FakeGatePlatform> {
  const fake = fakeGatePlatform(options);
  await fake.clock.run(act(fake.platform));
  return fake;
}

describe("a healthy app", () => {
  it("sets every output, and says so in the last line", async () => {
    const { outputs, failed, log } = await run({ inputs: { url } });
    expect(failed()).toBe(false);
    expect(outputs).toMatchObject({
      status: "healthy",
      attempts: "3",
      "time-to-healthy-ms": "2010",
      "latency-p50-ms": "10",
      "latency-p95-ms": "10",
      "error-rate": "0",
      "failing-checks": "",
      "duration-ms": "2010",
    });
    expect(JSON.parse(outputs["report"] ?? "") as Report).toMatchObject({
      version: 1,
      action: "health-gate",
      status: "healthy",
      steps: [{ name: "gate", status: "ok", durationMs: 2010 }],
    });
    expect(log.of("info").at(-1)).toBe(`healthy: ${url} healthy after 2.0 s, 3 attempts (2.0 s)`);
  });

  it("gets a table of checks and a chart with the same numbers beside it", async () => {
    const inputs = { url, observe: "1m", interval: "500ms" };
    const { summaries } = await run({ inputs });
    const [markdown = ""] = summaries;
    expect(markdown).toContain("```mermaid\nxychart-beta\n");
    const points = /x-axis "seconds" \[(.*)\]/.exec(markdown)?.[1]?.split(", ") ?? [];
    expect(points.length).toBeGreaterThan(10);
    expect(points.length).toBeLessThanOrEqual(20);
    const tables = marked
      .lexer(markdown)
      .flatMap((token) => (token.type === "table" ? [token] : []));
    const heads = tables.map(({ header }) => (header as { text: string }[])[0]?.text);
    expect(heads).toEqual(["Fact", "#", "Check", "From second"]);
    expect((tables.at(-1)?.rows as unknown[] | undefined)?.length).toBe(points.length);
  });

  it("gets none with summary: false", async () => {
    expect((await run({ inputs: { url, summary: "false" } })).summaries).toEqual([]);
  });

  it("is asked for the text of the new version", async () => {
    const inputs = { url, expect: "new", timeout: "20s" };
    const http = (_: unknown, attempt: number) => ({ body: attempt < 5 ? "old" : "new" });
    expect((await run({ inputs, http })).outputs).toMatchObject({
      status: "healthy",
      attempts: "7",
    });
  });
});

describe("an app that is not healthy", () => {
  const checks = `- { name: backend, http: "${url}?token=hidden" }\n- { name: web, http: "https://web.example/" }`;

  it("fails the step: an annotation for each failing check, with the last reason", async () => {
    const { outputs, failed, log, summaries } = await run({
      inputs: { checks, timeout: "42s" },
      http: ({ url: asked }) =>
        asked.includes("web") ? {} : { status: 502, body: "<h1>dead\n</h1>" },
    });
    expect(failed()).toBe(true);
    expect(outputs).toMatchObject({
      status: "unhealthy",
      "failing-checks": "backend",
      "error-rate": "0",
      "time-to-healthy-ms": "",
    });
    expect(log.of("error")).toEqual([
      expect.stringMatching(
        /^backend was not healthy 3 times in a row within 42\.0 s: 502 Bad Gateway for 42\.0 s, last body: <h1>dead <\/h1>\. Look at/,
      ),
    ]);
    expect(summaries[0]).toContain("| backend | ❌ unhealthy |");
    expect(summaries[0]).toContain("| web | ✅ healthy |");
  });

  it("is one annotation for each of several", async () => {
    const http = () => new Error("connection refused by 127.0.0.1:80");
    const { log, outputs } = await run({ inputs: { checks, timeout: "10s" }, http });
    expect(log.of("error")).toHaveLength(2);
    expect(outputs["failing-checks"]).toBe("backend\nweb");
  });

  it("never shows a credential of a header or an address", async () => {
    const list = `- http: "${url}?token=planted-1"\n  header: { Authorization: Bearer planted-2x }`;
    const { log, outputs, summaries } = await run({
      inputs: { checks: list, timeout: "5s" },
      http: ({ headers = {} }) => ({ status: 500, body: `you sent ${JSON.stringify(headers)}` }),
    });
    const shown = [...log.entries, ...Object.values(outputs), ...summaries].join("\n");
    expect(shown).toContain("you sent");
    expect(shown).not.toContain("planted");
    expect(log.masked).toContain("planted-2x");
  });

  it("is only looked at in mode once", async () => {
    const { outputs, asked, failed, log } = await run({
      inputs: { url, mode: "once", samples: "10", "max-error-rate": "warning=1% critical=50%" },
      http: (_, attempt) => (attempt === 4 ? { status: 503 } : {}),
    });
    expect(asked).toHaveLength(10);
    expect(failed()).toBe(false);
    expect(outputs).toMatchObject({ status: "degraded", "error-rate": "0.1" });
    expect(log.of("warning")).toEqual([`${url} is degraded: 1 of 10 probes failed`]);
  });
});

describe("a run that does not come to a verdict", () => {
  it("is unhealthy when it is cancelled, with code cancelled", async () => {
    const fake = fakeGatePlatform({ inputs: { url }, http: () => ({ status: 503 }) });
    const work = act(fake.platform);
    void fake.clock.sleep(5000).then(() => fake.cancel());
    await fake.clock.run(work);
    const report = JSON.parse(fake.outputs["report"] ?? "") as Report;
    expect(report).toMatchObject({ status: "unhealthy", error: { code: "cancelled" } });
    expect(fake.clock.monotonic()).toBe(5000);
  });

  it("fails with the connection's own error where the server cannot be reached", async () => {
    const host = new ScriptedHost(() => 0);
    host.unreachable = 1;
    const inputs = { ...server, checks: "- container: web" };
    const { outputs, asked } = await run({ inputs, openHost: () => host });
    expect(JSON.parse(outputs["report"] ?? "") as Report).toMatchObject({
      error: { code: "host-unreachable" },
      steps: [{ name: "connect", status: "failed" }],
    });
    expect(asked).toEqual([]);
  });

  it("loads no SSH for checks that need no server", async () => {
    const inputs = { ...server, url };
    const host = new ScriptedHost(() => 0);
    const { outputs } = await run({ inputs, openHost: () => host });
    expect(outputs["status"]).toBe("healthy");
    expect(host.connections).toBe(0);
  });
});

describe("bad inputs", () => {
  async function problems(inputs: Readonly<Record<string, string>>): Promise<readonly string[]> {
    const { log, failed, asked } = await run({ inputs });
    expect(failed()).toBe(true);
    expect(asked).toEqual([]);
    return log.of("error");
  }

  it("are told all together", async () => {
    const texts = await problems({
      url: "app.example",
      interval: "5 minutes",
      mode: "twice",
      samples: "0",
      "max-error-rate": "warning=5% critical=1%",
      checks: "- htpp: x\n- http: y",
    });
    const names = texts.map((text) => /^`([\w-]+)`/.exec(text)?.[1]);
    expect(new Set(names)).toEqual(
      new Set(["url", "interval", "mode", "samples", "max-error-rate", "checks"]),
    );
    expect(names.filter((name) => name === "checks")).toHaveLength(2);
  });

  it("name what is missing when there is nothing to ask", async () => {
    expect((await problems({}))[0]).toContain("`url` is empty; accepted: at least one address");
  });

  it("name the connection that checks on the server need", async () => {
    const texts = await problems({ checks: "- server: cpu\n  critical: 85%" });
    expect(texts.join("\n")).toContain("`host` is empty");
    expect(texts.join("\n")).toContain("`private-key` is empty");
  });

  it("name a limit over no time", async () => {
    const [text] = await problems({ url, "max-latency-p95": "2s" });
    expect(text).toContain("`observe` is empty; accepted: more than 0s");
    expect((await run({ inputs: { url, "max-latency-p95": "2s", mode: "once" } })).failed()).toBe(
      false,
    );
  });

  it("warn of names that are none but look like one", async () => {
    const { log } = await run({ inputs: { url, "max-error-rat": "5%" } });
    expect(log.of("warning")[0]).toContain("did you mean `max-error-rate`?");
  });

  it("never hide that an error is one of ours", async () => {
    const fake = fakeGatePlatform({
      inputs: { ...server, checks: "- container: web" },
      openHost: () => {
        throw new BelayError("auth-refused", "the key was refused", "Use another one.");
      },
    });
    await fake.clock.run(act(fake.platform));
    expect(fake.log.of("error")[0]).toBe("the key was refused. Use another one.");
  });
});
