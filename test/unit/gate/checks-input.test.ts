import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { checkDefaults } from "../../support/gate-inputs.js";
import { readYaml } from "../../support/read-checks.js";

describe("the list of checks", () => {
  it("holds one item for each, its kind being the key", () => {
    const { checks, problems } = readYaml(`
- name: backend
  http: https://app.example/health/?deep=1
  interval: 2s
  attempt-timeout: 10s
  successes: 5
  via: server
  method: POST
  header: { X-Probe: one }
  host-header: green.example
  follow-redirects: true
  status: [200, 300-399]
  body: ok|healthy
  json:
    - { path: $.status, equals: ok }
    - { path: $.version, matches: ^2\\. }
  expect: abc123
  min-days: { warning: 21, critical: 7 }
- tcp: "[::1]:5432"
- container: backend
  max-restarts: 2
- command: test -f /srv/ready
  in: { service: web, project: shop }
  exit-code: 3
  matches: ready
- logs: { file: /var/log/app.log }
  forbidden: FATAL
- postgres: postgresql://app:s3cret-pass@db/shop
  connections: { warning: 40, critical: 48 }
- redis: rediss://:hidden-pass@cache:6380
  memory: { warning: 40MB, critical: 48MB }
- server: disk
  path: /var
  warning: 75%
  critical: 90
`);
    expect(problems).toEqual([]);
    expect(checks).toMatchObject([
      {
        kind: "http",
        name: "backend",
        intervalMs: 2000,
        attemptTimeoutMs: 10_000,
        successes: 5,
        via: "server",
        method: "POST",
        headers: { "X-Probe": "one" },
        hostHeader: "green.example",
        followRedirects: true,
        status: [
          [200, 200],
          [300, 399],
        ],
        body: /ok|healthy/m,
        json: [
          { path: "$.status", equals: "ok" },
          { path: "$.version", matches: /^2\./m },
        ],
        expect: "abc123",
        minDays: { warning: 21, critical: 7 },
      },
      { kind: "tcp", host: "::1", port: 5432, via: "runner", ...checkDefaults },
      { kind: "container", place: { container: "backend" }, maxRestarts: 2 },
      {
        kind: "command",
        command: "test -f /srv/ready",
        place: { service: "web", project: "shop" },
        exitCode: 3,
        matches: /ready/m,
      },
      { kind: "logs", source: { file: "/var/log/app.log" }, forbidden: /FATAL/m },
      { kind: "postgres", connections: { warning: 40, critical: 48 } },
      {
        kind: "redis",
        address: { host: "cache", port: 6380, password: "hidden-pass", tls: true },
        memory: { warning: 40_000_000, critical: 48_000_000 },
      },
      {
        kind: "server",
        measure: "disk",
        path: "/var",
        limits: { warning: 75, critical: 90 },
      },
    ]);
  });

  it("makes names up that tell the checks apart and hold no secret", () => {
    const { checks } = readYaml(`
- http: https://app.example/health?token=hidden
- http: https://app.example/health?token=other
- tcp: db.example:5432
- command: curl -H Authorization=hidden x
- command: PGPASSWORD=hidden psql
- postgres: postgresql://app:hidden@db/shop
- redis: redis://:hidden@cache
- server: cpu
  warning: 60
`);
    expect(checks.map(({ name }) => name)).toEqual([
      "https://app.example/health",
      "https://app.example/health (2)",
      "tcp db.example:5432",
      "command curl",
      "command PGPASSWORD",
      "postgres shop",
      "redis cache:6379",
      "server cpu",
    ]);
  });

  it("hides passwords and the values of headers before anything else happens", () => {
    const { masked } = readYaml(`
- http: https://app.example/
  header: { Authorization: Bearer tok-123456789 }
- postgres: postgresql://app:pg%21pass@db/shop
- redis: redis://:redis-pass@cache
`);
    for (const secret of ["tok-123456789", "pg!pass", "redis-pass"])
      expect(masked).toContain(secret);
  });

  it("may repeat a value by an alias", () => {
    const { checks, problems } = readYaml(`
- tcp: db:5432
  interval: &often 2s
- tcp: cache:6379
  interval: *often
`);
    expect(problems).toEqual([]);
    expect(checks.map(({ intervalMs }) => intervalMs)).toEqual([2000, 2000]);
  });

  it("may be empty", () => {
    expect(readYaml("")).toEqual({ checks: [], problems: [], masked: [] });
  });
});

describe("what is wrong in the list", () => {
  it.each([
    ["http: https://app.example/", "line 1: is no list of checks"],
    ["just text", "line 1: is no list of checks"],
    ["- text", "line 1: is no check, which is a mapping of keys"],
    ["- htpp: https://app.example/", "line 1: `htpp` is no kind of check: did you mean `http`?"],
    ["- name: x\n  url: y", "line 1: `name` is no kind of check"],
    [
      "- http: https://a.example/\n  intervall: 5s",
      "line 2: `intervall` is no key of an http check: did you mean `interval`?",
    ],
    ["- http: https://a.example/\n  tcp: a:1", "line 2: `tcp` and `http` are two kinds of check"],
    [
      "- http: https://a.example/\n  interval: 5 minutes",
      'line 2: `interval` is "5 minutes"; accepted: a duration in ms, s, m or h',
    ],
    ["- http: app.example/health", 'line 1: `http` is "app.example/health"; accepted: one http://'],
    ["- http: https://u:hidden@a.example/", "line 1: `http` is ***; accepted: an address without"],
    ["- http: https://a.example/\n  body: '(ok'", "line 2: `body` is no regular expression"],
    ["- http: https://a.example/\n  body: (a+)+$", "line 2: `body` may take exponential time"],
    ["- http: https://a.example/\n  status: 700", "line 2: `status` is 700; accepted: a status"],
    [
      "- http: https://a.example/\n  json: { path: status, equals: x }",
      "line 2: `json` has a path",
    ],
    ["- http: https://a.example/\n  json: { path: $.a }", "line 2: `json` is"],
    ["- http: http://a.example/\n  min-days: 7", "line 2: `min-days` has no certificate"],
    ["- http: https://a.example/\n  ca: hello", "line 2: `ca` is"],
    ["- http: https://a.example/\n  header: [a]", "line 2: `header` is ***"],
    ["- tcp: db", "line 1: `tcp` is"],
    ["- tcp: db:70000", "line 1: `tcp` is"],
    ["- container:", "line 1: `container` is null"],
    [`- command: ${"true;".repeat(5000)}`, "line 1: `command` has 25000 characters"],
    ["- logs: app", "line 1: `logs` needs a pattern"],
    ["- postgres: mysql://app:hidden@db/x", "line 1: `postgres` is no URL of the form"],
    ["- redis: http://:hidden@db", "line 1: `redis` is ***"],
    ["- server: gpu\n  warning: 5", 'line 1: `server` is "gpu"; accepted: one of cpu'],
    ["- server: cpu", "line 1: `server` is"],
    ["- server: cpu\n  warning: 85\n  critical: 60", "line 3: `critical` is the wrong way round"],
    [
      "- postgres: postgresql://db/x\n  connections: { warning: 48, critical: 40 }",
      "line 2: `connections` is the wrong way round",
    ],
    [
      "- http: https://a.example/\n  min-days: { warning: 7, critical: 21 }",
      "line 2: `min-days` is the wrong way round: critical lies above warning",
    ],
    ["- redis: redis://a\n  memory: much", 'line 2: `memory` is "much"; accepted: sizes'],
    ["- http: https://a.example/\n  http: x", "line 2: is no YAML: duplicated mapping key"],
    ["- http: 'https://a.example/", "is no YAML"],
    ["- tcp: a:1\n  name: *hidden", "line 2: is no YAML: unidentified alias | "],
    ["- tcp: a:1\n- tcp: !hidden x", "line 2: is no YAML: unknown scalar tag | "],
    [
      "- tcp: a:1\n  ? [hidden]\n  : x",
      "is no YAML: object-based map does not support complex keys",
    ],
    ["- tcp: &loop [*loop]", "line 1: `tcp` is <ref *1> [ [Circular *1] ]; accepted: host:port"],
    ["- tcp: a:1\n---\n- tcp: a:2", "line 2: begins a second document"],
    ["- &one\n  tcp: a:1\n- *one", "line 3: is no check, which is a mapping of keys"],
    [
      "- name: a\n  tcp: a:1\n- name: a\n  tcp: a:2",
      "line 3: `name` is the name of an earlier check",
    ],
  ])("is told with its line: %j", (yaml, wanted) => {
    const { problems } = readYaml(yaml);
    expect(problems).toHaveLength(1);
    expect(problems[0]).toContain("`checks`, ");
    expect(problems[0]).toContain(wanted);
    expect(problems[0]).not.toContain("hidden");
    expect(problems[0]?.split(" | ")[1]).not.toBe("");
  });

  it("is told all together", () => {
    const { problems } = readYaml(`
- htp: https://app.example/
- http: app.example
  interval: 5 minutes
  body: (a+)+$
- server: cpu
  warning: 90
  critical: 60
  colour: red
`);
    expect(problems.map((text) => /line (\d+)/.exec(text)?.[1])).toEqual([
      "1",
      "2",
      "3",
      "4",
      "7",
      "8",
    ]);
  });

  it("never ends in anything but a problem, whatever is written", () => {
    const keys = ["http", "tcp", "container", "logs", "postgres", "redis", "server", "name", "in"];
    const value = fc.oneof(fc.string(), fc.integer(), fc.constantFrom("[", "{", "{}", "&a", "*a"));
    const item = fc.array(fc.tuple(fc.constantFrom(...keys), value), {
      minLength: 1,
      maxLength: 4,
    });
    fc.assert(
      fc.property(fc.array(item, { maxLength: 4 }), (items) => {
        const yaml = items.map((one) => one.map(([key, text]) => `${key}: ${text}`).join("\n  "));
        const { checks, problems } = readYaml(yaml.map((text) => `- ${text}`).join("\n"));
        for (const text of problems) expect(text).toMatch(/^`checks`, line \d+: /);
        expect(new Set(checks.map(({ name }) => name)).size <= checks.length).toBe(true);
      }),
    );
  });
});
