import { describe, expect, test } from "vitest";
import { systemProcesses, visibleEnvironment } from "../../../src/platform/system-processes.js";

const processes = systemProcesses({
  ...process.env,
  INPUT_KEY: "s3cret",
  STATE_x: "s3cret",
  ACTIONS_RUNTIME_TOKEN: "s3cret",
  GITHUB_ENV: "/s3cret",
  GITHUB_SHA: "abc",
});

describe("a program", () => {
  test("is run to its end, its outputs and exit code kept", async () => {
    const script = "printf 'out €'; echo err >&2; exit 3";
    expect(await processes.run(["sh", "-c", script])).toEqual({
      code: 3,
      stdout: "out €",
      stderr: "err\n",
    });
  });

  test("gets its words as they are", async () => {
    const words = ["a b", "$(id)", "`id`", '"q"', "'", "\\", "*", "", "-n", "ü\n"];
    const { stdout } = await processes.run([
      "sh",
      "-c",
      'for word; do printf "%s|" "$word"; done',
      "sh",
      ...words,
    ]);
    expect(stdout).toBe(words.map((word) => `${word}|`).join(""));
  });

  test("finds no standard input", async () => {
    expect((await processes.run(["cat"])).stdout).toBe("");
  });

  test("runs where it is told", async () => {
    expect((await processes.run(["pwd"], { cwd: "/" })).stdout).toBe("/\n");
  });

  test("sees nothing that only actions may know", async () => {
    const { stdout } = await processes.run(["env"]);
    expect(stdout).not.toContain("s3cret");
    expect(stdout).toContain("GITHUB_SHA=abc");
  });

  test("sees what it is given besides, such as what it would not see by itself", async () => {
    const env = { ACTIONS_RUNTIME_TOKEN: "given", GITHUB_SHA: "other" };
    const { stdout } = await processes.run(["env"], { env });
    expect(stdout).toContain("ACTIONS_RUNTIME_TOKEN=given");
    expect(stdout).toContain("GITHUB_SHA=other");
  });

  test("is heard as it speaks, and what was heard is not kept", async () => {
    const heard: string[] = [];
    const script = "printf '€1\\n' >&2; echo kept; echo 2 >&2; exit 5";
    const result = await processes.run(["sh", "-c", script], {
      onStderr: (text) => heard.push(text),
    });
    expect(heard.join("")).toBe("€1\n2\n");
    expect(result).toEqual({ code: 5, stdout: "kept\n", stderr: "" });
  });

  test("that a signal ended has failed", async () => {
    expect((await processes.run(["sh", "-c", "kill -9 $$"])).code).not.toBe(0);
  });

  test.each(["no-such-program-here", "/no/such program", ""])(
    "that is not there is named: %j",
    async (program) => {
      await expect(processes.run([program])).rejects.toMatchObject({ code: "tool-missing" });
    },
  );
});

test("the command files and variables of actions are left out, everything else stays", () => {
  const hidden = {
    GITHUB_ENV: "1",
    GITHUB_PATH: "1",
    GITHUB_OUTPUT: "1",
    GITHUB_STATE: "1",
    GITHUB_STEP_SUMMARY: "1",
    "INPUT_PRIVATE-KEY": "1",
    STATE_token: "1",
    ACTIONS_ID_TOKEN_REQUEST_URL: "1",
  };
  expect(
    visibleEnvironment({ ...hidden, PATH: "/bin", GITHUB_TOKEN: "t", GONE: undefined }),
  ).toEqual({ PATH: "/bin", GITHUB_TOKEN: "t" });
});

test.each(["exec sleep 7", "sleep 7; :"])(
  "a program is killed when its time is over, and has failed: %s",
  async (script) => {
    const began = performance.now();
    const signal = AbortSignal.timeout(100);
    const { code } = await processes.run(["sh", "-c", script], { signal });
    expect(code).toBe(255);
    expect(performance.now() - began).toBeLessThan(5000);
  },
);

test("a program is not started when its time is already over", async () => {
  const { code } = await processes.run(["no-such-program"], { signal: AbortSignal.abort() });
  expect(code).not.toBe(0);
});
