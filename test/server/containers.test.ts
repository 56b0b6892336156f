import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { shells } from "../support/belay-server.js";
import { runProgram } from "../support/program.js";

const engine = join(import.meta.dirname, "../../src/server/engine.sh");

/** One line of inspect_containers: a healthy container that never restarted, but for `over`. */
function line(
  over: Partial<Record<"state" | "health" | "restarts" | "oom" | "exit" | "policy", string>> = {},
): string {
  const { state, health, restarts, oom, exit, policy } = {
    ...{
      state: "running",
      health: "healthy",
      restarts: "0",
      oom: "false",
      exit: "0",
      policy: "no",
    },
    ...over,
  };
  return `${"a".repeat(64)} ${state} ${health} ${restarts} ${oom} ${exit} ${policy} web shop-web-1\n`;
}

describe.each(shells)("what containers are judged to be, under %s", (shell) => {
  const judge = async (lines: string, kind = "new", count = 1): Promise<string> => {
    const script = '. "$1"; judge_containers "$2" "$3"';
    const words = [...shell.split(" "), "-c", script, "sh", engine, String(count), kind];
    return (await runProgram(words, { input: lines })).stdout.trim();
  };

  it("good when healthy, steady when they have no check, else to be waited for", async () => {
    expect(await judge(line())).toBe("good");
    expect(await judge(line({ health: "none" }))).toBe("steady");
    expect(await judge(line() + line({ health: "starting" }), "new", 2)).toBe("wait");
    expect(await judge(line({ state: "created" }))).toBe("wait");
  });

  it("bad, with the reason, when they cannot become good any more", async () => {
    expect(await judge(line({ health: "unhealthy" }))).toContain("is unhealthy");
    expect(await judge(line({ state: "exited", exit: "3" }))).toContain("exit code 3");
    expect(await judge(line({ restarts: "1", exit: "1" }))).toContain("has restarted");
    expect(await judge(line({ oom: "true" }))).toContain("want of memory");
    expect(await judge("", "new", 1)).toContain("is gone");
  });

  it("a restart of long ago counts against a new container only", async () => {
    expect(await judge(line({ restarts: "2", oom: "true" }), "kept")).toBe("good");
  });

  it("one that ended well has done its work, where that can be its work", async () => {
    const ended = line({ state: "exited", health: "none" });
    expect(await judge(ended, "once")).toBe("good");
    expect(await judge(ended, "new")).toContain("has ended with exit code 0");
  });
});
