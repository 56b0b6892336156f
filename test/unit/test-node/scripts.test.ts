import { describe, expect, it } from "vitest";
import {
  dropsReporters,
  namedScripts,
  type ScriptSources,
  usualScripts,
  writes,
} from "../../../src/test-node/scripts.js";

function sources(
  own: Readonly<Record<string, string>>,
  ...workspaces: readonly Readonly<Record<string, string>>[]
): ScriptSources {
  const map = (scripts: Readonly<Record<string, string>>) => new Map(Object.entries(scripts));
  return { own: map(own), workspaces: workspaces.map(map) };
}

describe("the scripts of usual names", () => {
  it("are found, one of each kind, in the order in which they run", () => {
    const own = {
      "test:e2e": "jest --config e2e.json",
      build: "nest build",
      test: "jest",
      start: "node .",
      typecheck: "tsc",
      "format:check": "prettier --check .",
      lint: "eslint .",
    };
    const found = usualScripts(sources(own)).map(({ name, kind }) => [name, kind]);
    expect(found).toEqual([
      ["lint", "lint"],
      ["format:check", "format"],
      ["typecheck", "types"],
      ["test", "test"],
      ["build", "build"],
      ["test:e2e", "e2e"],
    ]);
  });

  it("leave out the test that npm init writes, and a formatter that writes", () => {
    const own = {
      test: 'echo "Error: no test specified" && exit 1',
      format: 'prettier --write "src/**/*.ts"',
    };
    expect(usualScripts(sources(own))).toEqual([]);
    expect(usualScripts(sources({ format: "prettier --check ." }))).toHaveLength(1);
  });

  it("are those of the workspace's packages where the root has none", () => {
    const found = usualScripts(
      sources({ build: "turbo build" }, { test: "vitest run" }, { test: "jest", build: "tsc" }),
    );
    expect(found).toEqual([
      { name: "test", kind: "test", text: "vitest run\njest", inWorkspaces: true },
      { name: "build", kind: "build", text: "turbo build", inWorkspaces: false },
    ]);
  });
});

describe("named scripts", () => {
  it("run in the order in which they are named, and those that nobody has are told", () => {
    const { scripts, missing } = namedScripts(
      ["test:db", "nothing", "checks"],
      sources({ checks: "x", "test:db": "jest" }),
    );
    expect(scripts.map(({ name, kind }) => [name, kind])).toEqual([
      ["test:db", "test"],
      ["checks", "other"],
    ]);
    expect(missing).toEqual(["nothing"]);
  });
});

describe("a script's text", () => {
  it.each(["eslint . --fix", "prettier --write .", "biome check --apply", "jest --updateSnapshot"])(
    "tells that it writes: %s",
    (text) => expect(writes({ text })).toBe(true),
  );
  it.each(["eslint .", "eslint --fix-dry-run .", "eslint --fix=false ."])(
    "tells that it only looks: %s",
    (text) => expect(writes({ text })).toBe(false),
  );
  it("tells that it takes our reporter out", () => {
    expect(dropsReporters({ text: "NODE_OPTIONS=--experimental-vm-modules jest" })).toBe(true);
    expect(dropsReporters({ text: 'NODE_OPTIONS="$NODE_OPTIONS --no-warnings" jest' })).toBe(false);
  });
});
