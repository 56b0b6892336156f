import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { BuildProgress } from "../../../src/build-push-ghcr/build/progress.js";
import { cacheHits, stageTimes } from "../../../src/build-push-ghcr/summary/stages.js";
import { chaos } from "../../support/chaos.js";

const { seed } = chaos("progress");
const time = (seconds: number): string =>
  `2026-01-02T03:04:${String(seconds).padStart(2, "0")}.123456789Z`;
const base64 = (text: string): string => Buffer.from(text).toString("base64");

const story = [
  {
    vertexes: [
      {
        digest: "a",
        name: "[base 1/2] COPY x /x",
        started: time(0),
        completed: time(0),
        cached: true,
      },
    ],
  },
  { vertexes: [{ digest: "b", name: "[app 2/2] RUN npm ci", started: time(1) }] },
  { logs: [{ vertex: "b", data: base64("one\r\ntw") }] },
  { logs: [{ vertex: "b", data: base64("o 🚀\nunfinished") }] },
  {
    vertexes: [
      {
        digest: "b",
        name: "[app 2/2] RUN npm ci",
        started: time(1),
        completed: time(4),
        error: "exit code: 1",
      },
    ],
  },
  {
    warnings: [
      {
        short: base64("Prefer JSON"),
        url: "https://x",
        sourceInfo: { filename: "Dockerfile" },
        range: [{ start: { line: 3 } }],
      },
    ],
  },
];
const text = `${story.map((status) => JSON.stringify(status)).join("\n")}\nDockerfile:3\nERROR: it failed\n`;

function feed(pieces: readonly string[]): { progress: BuildProgress; printed: string } {
  let printed = "";
  const progress = new BuildProgress((piece) => (printed += piece));
  for (const piece of pieces) progress.feed(piece);
  return { progress, printed };
}

describe("a build's progress", () => {
  it("is printed for people, and its end is known", () => {
    const { progress, printed } = feed([text]);
    expect(printed).toBe(
      [
        "cached [base 1/2] COPY x /x",
        "[app 2/2] RUN npm ci",
        "  one",
        "  two 🚀",
        "  unfinished",
        "FAILED [app 2/2] RUN npm ci: exit code: 1",
        "",
      ].join("\n"),
    );
    expect(progress.words).toBe("Dockerfile:3\nERROR: it failed\n");
    expect(progress.warnings).toEqual([
      { text: "Prefer JSON", url: "https://x", file: "Dockerfile", line: 3 },
    ]);
    expect(progress.steps[1]?.lastLines).toEqual(["one", "two 🚀", "unfinished"]);
    expect(cacheHits(progress.steps)).toEqual({ cached: 1, all: 2 });
    expect(stageTimes(progress.steps)).toEqual([
      { name: "base", steps: 1, cached: 1, ms: 0 },
      { name: "app", steps: 1, cached: 0, ms: 3000 },
    ]);
  });

  it("comes out the same however it is cut into pieces", () => {
    const whole = feed([text]);
    fc.assert(
      fc.property(fc.array(fc.nat({ max: text.length }), { maxLength: 20 }), (cuts) => {
        const ends = [0, ...cuts.sort((a, b) => a - b), text.length];
        const pieces = ends.slice(1).map((end, at) => text.slice(ends[at], end));
        const cut = feed(pieces);
        expect(cut.printed).toBe(whole.printed);
        expect(cut.progress.steps).toEqual(whole.progress.steps);
      }),
      { seed },
    );
  });

  it("keeps only the ends of what is endless", () => {
    const start = { vertexes: [{ digest: "a", name: "[1/1] RUN yes", started: time(0) }] };
    const long = { logs: [{ vertex: "a", data: base64(`${"x".repeat(1_000_000)}\n`) }] };
    const many = { logs: [{ vertex: "a", data: base64("y\n".repeat(10_000)) }] };
    const lines = [start, long, many].map((status) => `${JSON.stringify(status)}\n`);
    const { progress, printed } = feed([...lines, "no json ".repeat(100_000)]);
    expect(printed).toContain(`${"x".repeat(8192)}…\n`);
    expect(printed).not.toContain("x".repeat(8193));
    expect(progress.steps[0]?.lastLines).toHaveLength(20);
  });

  it("takes nothing that a build prints for a word of buildx", () => {
    const fake = { logs: [{ vertex: "a", data: base64("ERROR: not from buildx\n") }] };
    expect(feed([`${JSON.stringify(fake)}\n`]).progress.words).toBe("");
  });
});
