import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { messageOf } from "../../../src/slack-notify/message.js";
import type { Story } from "../../../src/slack-notify/story.js";
import { verdictKinds } from "../../../src/slack-notify/verdict.js";
import { hostileLine } from "../../support/hostile.js";
import { wordsOf } from "../../support/notify.js";
import { blockFindings, charactersOf } from "../../support/receivers/block-kit.js";

function story(over: Partial<Story> = {}): Story {
  return {
    kind: "succeeded",
    title: "Deploy",
    environment: "",
    message: "",
    fields: [],
    jobs: [],
    reports: [],
    repository: "ada/climbing",
    repositoryUrl: "https://github.com/ada/climbing",
    branch: "main",
    commit: { sha: "b".repeat(40), subject: "Mend the rope", author: "Ada" },
    commitUrl: `https://github.com/ada/climbing/commit/${"b".repeat(40)}`,
    actor: "ada",
    runUrl: "https://github.com/ada/climbing/actions/runs/9",
    compareUrl: "",
    pullRequestUrl: "",
    durationMs: undefined,
    ...over,
  };
}

/** A story whose every text is one of `pool`, in turn. */
function storyOf({ pool, kind, jobs, others }: Drawn): Partial<Story> {
  let at = 0;
  const next = (): string => pool[at++ % pool.length] ?? "";
  const list = <T>(length: number, make: (index: number) => T): T[] =>
    Array.from({ length }, (_, index) => make(index));
  const fact = (): { name: string; value: string } => ({ name: next(), value: next() });
  const report = (index: number): Story["reports"][number] => ({
    action: next(),
    status: index % 3 === 0 ? "rolled-back" : next(),
    title: next(),
    startedAt: next(),
    facts: list(4, fact),
    error: index % 2 === 0 ? { message: next(), remedy: next() } : undefined,
  });
  const job = (index: number): Story["jobs"][number] => ({
    name: next(),
    result: index % 4 === 0 ? next() : "failure",
    reports: list(index % 2, report),
  });
  return {
    kind,
    title: next(),
    environment: next(),
    message: next(),
    fields: list(others, fact),
    jobs: list(jobs, job),
    reports: list(others, report),
    repository: next(),
    repositoryUrl: next(),
    branch: next(),
    actor: next(),
    runUrl: next(),
    compareUrl: next(),
  };
}

interface Drawn {
  readonly pool: readonly string[];
  readonly kind: Story["kind"];
  readonly jobs: number;
  readonly others: number;
}

const nothing = story({
  title: "",
  repository: "",
  repositoryUrl: "",
  branch: "",
  commit: undefined,
  commitUrl: "",
  actor: "",
  runUrl: "",
});

describe("a message", () => {
  it("of next to nothing is one that Slack takes", () => {
    const { blocks, text } = messageOf(nothing);
    expect(blockFindings(blocks)).toEqual([]);
    expect(text).not.toBe("");
  });

  it("is within Slack's limits and says how it ended, whatever it is about", () => {
    const text = fc.oneof(
      fc.string({ unit: "binary", maxLength: 40 }),
      fc.string({ unit: "grapheme", maxLength: 40 }),
      hostileLine,
      fc.constantFrom(
        "",
        "x".repeat(10_000),
        "שלום ".repeat(400),
        "👨‍👩‍👧‍👦".repeat(200),
        "\n".repeat(2000),
      ),
    );
    const any = fc.record({
      pool: fc.array(text, { minLength: 3, maxLength: 11 }),
      kind: fc.constantFrom(...verdictKinds),
      jobs: fc.integer({ min: 0, max: 60 }),
      others: fc.integer({ min: 0, max: 15 }),
    });
    fc.assert(
      fc.property(any, (given) => {
        const over = storyOf(given);
        const { blocks, text: fallback } = messageOf(story(over), [
          { kind: "broadcast", range: "here" },
        ]);
        expect(blockFindings(blocks)).toEqual([]);
        expect(charactersOf(blocks)).toBeLessThan(10_000);
        expect(fallback.replace("<!here> ", "")).not.toMatch(/[<>]/);
      }),
      { numRuns: 50 },
    );
  });

  it("keeps the verdict and the place when the title is long", () => {
    const [header] = messageOf(story({ title: "t".repeat(500), environment: "production" })).blocks;
    expect(wordsOf(header)).toMatch(/^✅ t+… succeeded \(production\)$/u);
    expect(wordsOf(header)).toHaveLength(150);
  });

  it("puts what failed first, among the jobs and among the reports", () => {
    const error = { message: "it broke", remedy: "mend it" };
    const report = {
      action: "a",
      status: "ok",
      title: "fine",
      startedAt: "",
      facts: [],
      error: undefined,
    };
    const jobs = [
      { name: "good", result: "success", reports: [report] },
      { name: "bad", result: "failure", reports: [{ ...report, action: "b", error }] },
    ];
    const words = wordsOf(messageOf(story({ jobs })).blocks);
    expect(words.indexOf("❌ b: ok")).toBeGreaterThan(0);
    expect(words.indexOf("❌ b: ok")).toBeLessThan(words.indexOf("✅ a: ok"));
    expect(words.indexOf("❌ bad failed")).toBeLessThan(words.indexOf("✅ good succeeded"));
  });

  it("counts the jobs that find no room", () => {
    const jobs = Array.from({ length: 60 }, (_, at) => ({
      name: `job ${at}`,
      result: "success",
      reports: [],
    }));
    expect(wordsOf(messageOf(story({ jobs })).blocks)).toContain("and 20 more");
  });
});
