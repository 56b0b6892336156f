import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { Log } from "../../../src/ports/log.js";
import { openActionsLog } from "../../../src/platform/actions-log.js";
import { readRunnerLog, type RunnerLog } from "../../support/runner-log.js";

let printed: string;
let elapsedMs: number;
let log: Log;

beforeEach(() => {
  printed = "";
  elapsedMs = 0;
  vi.spyOn(process.stdout, "write").mockImplementation((text) => {
    printed += String(text);
    return true;
  });
  log = openActionsLog({ monotonic: () => 5000 + elapsedMs });
});

afterEach(() => {
  vi.restoreAllMocks();
});

/** What the runner makes of it. */
function seen(): RunnerLog {
  return readRunnerLog(printed);
}

test("an annotation stands where it belongs", () => {
  log.error("wrong", { place: { file: "app/Docker,file", line: 7 } });
  log.warning("odd");
  expect(seen().annotations.map(({ level, place }) => [level, place])).toEqual([
    ["error", "app/Docker,file:7"],
    ["warning", undefined],
  ]);
});

describe("a line", () => {
  test("has the time since the start before it", () => {
    log.info("check: all is well");
    elapsedMs = 65_900;
    log.info("build: started");
    elapsedMs = 6_000_000;
    log.info("done");
    expect(printed).toBe("[00:00] check: all is well\n[01:05] build: started\n[100:00] done\n");
  });

  test("never commands the runner, whatever text is in it", () => {
    log.info("name\n::error::mine\r\n::add-mask::a\n##[error]old form");
    expect(seen()).toMatchObject({ annotations: [], masks: [] });
    expect(printed).not.toContain("##[");
  });
});

describe("an annotation", () => {
  test("keeps its level and its line ends", () => {
    log.notice("a");
    log.warning("b\nc");
    log.error("100 % wrong");
    expect(seen().annotations.map(({ level, message }) => [level, message])).toEqual([
      ["notice", "a"],
      ["warning", "b\nc"],
      ["error", "100 % wrong"],
    ]);
  });

  test("is cut to what the runner takes, with a sign", () => {
    log.error("x".repeat(5000));
    const message = seen().annotations[0]?.message ?? "";
    expect(message).toHaveLength(4096);
    expect(message).toMatch(/x…$/);
  });
});

describe("groups", () => {
  test("do not nest, and an end without a group is nothing", () => {
    log.endGroup();
    log.startGroup("build");
    log.startGroup("backup");
    log.endGroup();
    log.endGroup();
    expect(printed).toBe(
      "::group::[00:00] build\n::endgroup::\n::group::[00:00] backup\n::endgroup::\n",
    );
  });
});

describe("the output of a program", () => {
  test("is set in, line by line, however it was cut", () => {
    log.output("one\ntw");
    log.output("o\r");
    log.output("\nthree\rfour");
    log.info("next");
    expect(seen().text).toBe("  one\n  two\n  three\n  four\n[00:00] next\n");
  });

  test("appears as soon as a line is whole", () => {
    log.output("one\ntwo");
    expect(printed).toContain("  one\n");
    expect(printed).not.toContain("two");
  });

  test("can neither annotate, nor mask, nor make the runner obey again", () => {
    log.output(
      "::error::forged\n::add-mask::everything\n::stop-commands::x\n::x::\n  ::warning::forged\n",
    );
    log.output("::group::forged\n");
    log.warning("real");
    expect(seen().annotations).toMatchObject([{ level: "warning", message: "real" }]);
    expect(seen().masks).toEqual([]);
  });

  test("is guarded by another word each time", () => {
    log.output("a\n");
    log.info("b");
    log.output("c\n");
    log.info("d");
    const words = [...printed.matchAll(/::stop-commands::(\S+)/g)].map(([, word]) => word);
    expect(new Set(words).size).toBe(2);
  });

  test("never swallows what comes after it, masks included", () => {
    log.output("half a line");
    log.mask("s3cret");
    log.debug("d");
    log.startGroup("g");
    expect(seen().masks).toEqual(["s3cret"]);
    expect(seen().text).toContain("  half a line\n");
    expect(seen().text).toContain("##[group][00:00] g");
  });

  test("that is empty prints nothing", () => {
    log.output("");
    expect(printed).toBe("");
  });
});
