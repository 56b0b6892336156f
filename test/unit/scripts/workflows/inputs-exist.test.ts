import { join } from "node:path";
import { describe, expect, it } from "vitest";

import { piecesOf } from "../../../../scripts/workflows/documents.js";
import { Callees, ownPath } from "../../../../scripts/workflows/inputs-exist.js";

const root = join(import.meta.dirname, "../../../..");
const callees = new Callees(root);
const gate = "belay-actions/belay/actions/health-gate@v1";
const build = "belay-actions/belay/.github/workflows/build.yml@v1";
const test = "belay-actions/belay/.github/workflows/test.yml@v1";

describe("what is given to something of ours", () => {
  it("is an input of it", async () => {
    expect(await callees.problems({ uses: gate, inputs: { url: "x" } })).toEqual([]);
    expect(await callees.problems({ uses: build, inputs: { file: "x" } })).toEqual([]);
    expect(await callees.problems({ uses: "actions/checkout@v1", inputs: { x: 1 } })).toEqual([]);
  });

  it("or is named, with the one that was meant", async () => {
    expect((await callees.problems({ uses: gate, inputs: { timeoot: "1m" } })).join()).toMatch(
      /`timeoot` is no input of it: did you mean `timeout`\?/,
    );
    expect((await callees.problems({ uses: build, inputs: { fiel: "x" } })).join()).toContain(
      "`fiel`",
    );
  });

  it("holds all that is required", async () => {
    expect((await callees.problems({ uses: test, inputs: {} })).join()).toContain(
      "`stack` is required",
    );
    const server = "belay-actions/belay/actions/ssh-deploy-with-backup@v1";
    const deploy = { uses: server, inputs: { host: "h" } };
    expect((await callees.problems(deploy)).join()).toContain("`path` is required");
  });

  it("is given to something that is there", async () => {
    for (const path of ["actions/nothing", "actions/../src", ".github/workflows/nothing.yml"]) {
      const use = { uses: `belay-actions/belay/${path}@v1`, inputs: {} };
      expect((await callees.problems(use)).join()).toContain("no such action or workflow");
    }
  });
});

it("only what is below our own repository is ours", () => {
  expect(ownPath("belay-actions/belay@v1")).toBe("");
  expect(ownPath(gate)).toBe("actions/health-gate");
  expect(ownPath("belay-actions/belayed/actions/x@v1")).toBeUndefined();
  expect(ownPath("./actions/x")).toBeUndefined();
});

it("pieces of a page are found with their lines, also in lists", () => {
  const page =
    "# Title\n\n```yaml\na: 1\n```\n\n- item\n\n  ```yml\n  b:\n    - c\n  ```\n\n```sh\nd\n```\n";
  expect(piecesOf("x.md", page)).toMatchObject([
    { place: "x.md:3", value: { a: 1 } },
    { place: "x.md:9", text: "b:\n  - c\n", value: { b: ["c"] } },
  ]);
});
