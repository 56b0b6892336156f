import { expect, it } from "vitest";
import { eventFacts } from "../../../src/kit/event.js";

it("a push tells its last commit and its changes", () => {
  const head_commit = { id: "abc", message: "One\r\n\r\nTwo", author: { name: "Ada" } };
  const facts = eventFacts({ before: "1", compare: "https://h/compare/1...2", head_commit });
  expect(facts).toMatchObject({
    commit: { sha: "abc", subject: "One", author: "Ada" },
    compareUrl: "https://h/compare/1...2",
  });
});

it("a push of a new branch has no changes to compare", () => {
  expect(eventFacts({ before: "0".repeat(40), compare: "https://h/compare/2" }).compareUrl).toBe(
    "",
  );
});

it("a run that follows another tells that one's commit", () => {
  const head_commit = { id: "abc", message: "One", author: { name: "Ada" } };
  expect(eventFacts({ workflow_run: { head_commit } }).commit?.sha).toBe("abc");
});

it("somebody who starts a workflow by hand may have chosen the environment", () => {
  expect(eventFacts({ inputs: { environment: "staging" } }).environment).toBe("staging");
});

it.each([undefined, null, 7, "text", [], {}, { head_commit: null, commits: 1, pull_request: [] }])(
  "an event of any other form tells nothing: %j",
  (event) => {
    expect(eventFacts(event)).toEqual({
      commit: undefined,
      compareUrl: "",
      pullRequestUrl: "",
      environment: "",
      pushed: [],
    });
  },
);
