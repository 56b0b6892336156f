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
    const fact = fc.record({ name: text, value: text });
    const report = fc.record({
      action: text,
      status: fc.oneof(text, fc.constantFrom("deployed", "rolled-back")),
      title: text,
      startedAt: text,
      facts: fc.array(fact, { maxLength: 4 }),
      error: fc.option(fc.record({ message: text, remedy: text }), { nil: undefined }),
    });
    const job = fc.record({
      name: text,
      result: fc.oneof(text, fc.constantFrom("success", "failure", "skipped")),
      reports: fc.array(report, { maxLength: 1 }),
    });
    const any = fc.record({
      kind: fc.constantFrom(...verdictKinds),
      title: text,
      environment: text,
      message: text,
      fields: fc.array(fact, { maxLength: 15 }),
      jobs: fc.array(job, { maxLength: 45 }),
      reports: fc.array(report, { maxLength: 5 }),
      repository: text,
      repositoryUrl: text,
      branch: text,
      actor: text,
      runUrl: text,
      compareUrl: text,
    });
    fc.assert(
      fc.property(any, (over) => {
        const { blocks, text: fallback } = messageOf(story(over), [
          { kind: "broadcast", range: "here" },
        ]);
        expect(blockFindings(blocks)).toEqual([]);
        expect(charactersOf(blocks)).toBeLessThan(10_000);
        expect(fallback.replace("<!here> ", "")).not.toMatch(/[<>]/);
      }),
      { numRuns: 25 },
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
