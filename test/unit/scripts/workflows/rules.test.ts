import { describe, expect, it } from "vitest";
import { parse } from "yaml";

import { missingGrants } from "../../../../scripts/workflows/grants.js";
import { reusableRules, rules } from "../../../../scripts/workflows/rules.js";

const checkout = "actions/checkout@3d3c42e5aac5ba805825da76410c181273ba90b1";
const good = `on: push
permissions: {}
jobs:
  deploy:
    runs-on: ubuntu-latest
    timeout-minutes: 5
    environment: production
    permissions:
      contents: read
    steps:
      - uses: ${checkout} # v7.0.1
      - id: one
        uses: belay-actions/belay@v1
        with:
          private-key: \${{ secrets.KEY }}
      - run: echo
        env:
          RELEASE: \${{ steps.one.outputs.release }}
`;

function findings(text: string, of = rules): string {
  const workflow: unknown = parse(text);
  return of.flatMap((rule) => rule(workflow, text)).join("\n");
}

it("a good workflow breaks no rule", () => {
  expect(findings(good)).toBe("");
});

describe("what a local runner would not notice is found", () => {
  it.each([
    ["an unknown runner", good.replace("ubuntu-latest", "ubuntu-lates"), "runs-on"],
    ["no bound in time", good.replace(/ {4}timeout-minutes.*\n/, ""), "timeout-minutes"],
    ["default permissions", good.replace("permissions: {}\n", ""), "at the top"],
    ["broad permissions", good.replace("permissions: {}", "permissions: write-all"), "at the top"],
    [
      "a checkout that is not allowed",
      good.replace("contents: read", "packages: read"),
      "checks out",
    ],
    ["secrets without an environment", good.replace(/ {4}environment.*\n/, ""), "secrets.KEY"],
    ["a tag of somebody else", good.replace(checkout, "actions/checkout@v7"), "pin the commit"],
    ["a pin without its version", good.replace(" # v7.0.1", ""), "pin the commit"],
    ["an output of no step", good.replace("id: one", "id: two"), "no step has the id one"],
    [
      "a group held while waiting",
      good.replace("jobs:", "concurrency: deploy\njobs:"),
      "holds a concurrency group",
    ],
    [
      "secrets handed to elsewhere",
      "permissions: {}\non: push\njobs: { a: { uses: o/r/.github/workflows/x.yml@v1, secrets: inherit } }",
      "hands secrets",
    ],
  ])("%s", (_, text, words) => {
    expect(text).not.toBe(good);
    expect(findings(text)).toContain(words);
  });
});

describe("a workflow that others call", () => {
  const called = good.replace("on: push", "on: { workflow_call: {} }");

  it("reads no secrets but the job's token", () => {
    expect(findings(called, reusableRules)).toContain("secrets.KEY");
    expect(findings(called.replace("secrets.KEY", "secrets.GITHUB_TOKEN"), reusableRules)).toBe("");
  });

  it("uses nothing by ./ and calls no further one", () => {
    const local = "on: { workflow_call: {} }\njobs: { a: { uses: ./.github/workflows/x.yml } }";
    expect(findings(local, reusableRules)).toContain("in the caller's checkout");
    expect(findings(local, reusableRules)).toContain("calls a further workflow");
  });
});

describe("a calling job", () => {
  const callee = parse(
    "jobs: { a: { permissions: { packages: write, contents: read } } }",
  ) as unknown;
  const caller = (permissions: string): unknown =>
    parse(`jobs: { b: { uses: belay-actions/belay/.github/workflows/x.yml@v1${permissions} } }`);

  it("grants what the called one asks for", () => {
    const all = caller(", permissions: { packages: write, contents: write }");
    expect(missingGrants(all, () => callee)).toEqual([]);
  });

  it("that does not is refused by GitHub", () => {
    const few = missingGrants(
      caller(", permissions: { packages: read, contents: read }"),
      () => callee,
    );
    expect(few.join()).toContain("asks for packages: write");
    expect(missingGrants(caller(""), () => callee)).toHaveLength(2);
  });
});
