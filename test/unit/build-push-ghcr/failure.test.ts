import { describe, expect, it } from "vitest";
import { buildFailure, ignoredFailures } from "../../../src/build-push-ghcr/build/failure.js";
import type { BuildStep } from "../../../src/build-push-ghcr/build/progress.js";

const image = { registry: "ghcr.io", repository: "ada/climbing", name: "ghcr.io/ada/climbing" };

function failed(words: string, lastLines: readonly string[] = [], excerpt = "") {
  const times = { started: 1, completed: 2, cached: false };
  const step: BuildStep = { ...times, name: "[2/3] RUN make", error: "it failed", lastLines };
  const rest = { image, username: "ada", file: "Dockerfile", secretIds: [] };
  return buildFailure({ steps: [step], words: `${excerpt}ERROR: ${words}\n`, ...rest });
}

const solve = "failed to build: failed to solve:";

describe("a layer that is not what its digest says", () => {
  it("is built again without a cache, which may be where it came from", () => {
    const words = 'failed commit on ref "layer-sha256:aa": unexpected commit digest sha256:bb';
    const { error, mends } = failed(`${solve} failed to compute cache key: ${words}`);
    expect(mends).toBe("cache");
    expect(error.message).toContain("unexpected commit digest");
  });
});

describe("a build without space", () => {
  it("is named where BuildKit itself has none", () => {
    const { error, mends } = failed(`${solve} write /var/lib/x: no space left on device`);
    expect(error).toMatchObject({ code: "disk-full", place: undefined });
    expect(error.message).toContain("write /var/lib/x: no space left on device");
    expect(mends).toBeUndefined();
  });

  it("is named where the program of a step says so, on the line of the step", () => {
    const excerpt = `Dockerfile:3\n----------\n${"-".repeat(20)}\n`;
    const words = `${solve} process "make" did not complete successfully: exit code: 1`;
    const lines = ["cc", "cc: No space left on device", "make: *** [all] Error 1"];
    const { error } = failed(words, lines, excerpt);
    expect(error).toMatchObject({ code: "disk-full", place: { file: "Dockerfile", line: 3 } });
    expect(error.message).toMatch(
      /^Dockerfile:3: \[2\/3\] RUN make: no space is left: cc: No space/,
    );
  });

  it("is told from one that fails for another reason", () => {
    const words = `${solve} process "make" did not complete successfully: exit code: 1`;
    expect(failed(words, ["cc: wrong"]).error.code).toBe("build-failed");
  });
});

describe("a step of npm that fails", () => {
  it("is told by what went wrong, not by the notices that npm ends with", () => {
    const words = `${solve} process "npm test" did not complete successfully: exit code: 1`;
    const lines = ["Error: no such module", "npm notice", "npm notice To update run: npm i -g npm"];
    const { message } = failed(words, lines).error;
    expect(message).toContain("ended with exit code 1: Error: no such module");
    expect(message).not.toContain("npm notice");
  });
});

describe("a build that is good although steps of it failed", () => {
  const step = (name: string, error: string): BuildStep => ({
    ...{ name, error, started: 1, completed: 2, cached: false, lastLines: [] },
  });

  it("names what was ignored, not what another build of the same builder has taken over", () => {
    const steps = [
      step("exporting cache", "the service is away"),
      step("[2/3] COPY app", "context canceled: context canceled"),
      step("[3/3] RUN make", ""),
    ];
    expect(ignoredFailures(steps)).toEqual(["exporting cache: the service is away"]);
  });
});
