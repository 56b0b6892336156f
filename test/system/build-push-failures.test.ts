import { mkdir, readFile, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import {
  busyboxLines,
  type BuildOptions,
  type BuildSite,
  deadAddress,
  startBuildSite,
} from "../support/build-site.js";
import { errorsOf, reportOf } from "../support/report-of.js";
import { startReceiver, type Receiver } from "../support/receivers/receiver.js";
import type { ActionResult } from "../support/run-action.js";
import { removeFolder, scratchFolder } from "../support/scratch.js";

let site: BuildSite;
beforeAll(async () => {
  site = await startBuildSite();
});
afterAll(() => site.stop());

/** Builds a Dockerfile of these lines on the base of busybox; not pushed unless told. */
async function buildLines(
  lines: readonly string[],
  options: BuildOptions = {},
): Promise<ActionResult> {
  await site.checkout.write({ "app/Dockerfile": [busyboxLines, ...lines, ""].join("\n") });
  const inputs = { file: "app/Dockerfile", push: "false", ...options.inputs };
  return site.build({ ...options, inputs });
}

function firstError({ log }: ActionResult) {
  return log.annotations.find(({ level }) => level === "error");
}

describe("a build that fails", () => {
  it("is named with stage, line, exit code and last lines, on its line", async () => {
    const result = await buildLines([
      "FROM base AS app",
      "RUN echo starting && echo the cause is here >&2 && exit 7",
    ]);
    expect(result.exitCode).toBe(1);
    expect(firstError(result)?.place).toBe("app/Dockerfile:5");
    expect(firstError(result)?.message).toMatch(
      /^app\/Dockerfile:5: \[app 1\/1\] RUN echo starting .*: ended with exit code 7: (starting \| the cause is here|the cause is here \| starting)\./,
    );
    expect(reportOf(result).error?.code).toBe("build-failed");
    expect(result.summary).toMatch(/The last lines of the step[^]*the cause is here/);
  });

  it("for a wrong instruction is named on its line", async () => {
    const result = await buildLines(["FORM base"]);
    expect(firstError(result)).toMatchObject({
      place: "app/Dockerfile:4",
      message: expect.stringMatching(/unknown instruction: FORM/) as string,
    });
  });

  it("for a file that is not in the context is named on its line", async () => {
    const result = await buildLines(["COPY not-there /x"]);
    expect(firstError(result)).toMatchObject({
      place: "app/Dockerfile:4",
      message: expect.stringMatching(/\/not-there is not in the build context/) as string,
    });
  });

  it("for a stage that is not there, and for no Dockerfile at all, says so", async () => {
    const noStage = await buildLines(["CMD x"], { inputs: { target: "nowhere" } });
    expect(errorsOf(noStage)).toMatch(/no stage `nowhere`/);
    const noFile = await site.build({ inputs: { file: "nowhere/Dockerfile" } });
    expect(errorsOf(noFile)).toMatch(/there is no Dockerfile at nowhere\/Dockerfile/);
    expect(reportOf(noFile).error?.code).toBe("config");
  });

  it("for a secret of another name says which are given, and warns before", async () => {
    const result = await buildLines(
      ["RUN --mount=type=secret,id=token,required=true cat /run/secrets/token"],
      {
        inputs: { secrets: "tokn=s3cret-value" },
      },
    );
    expect(firstError(result)?.message).toMatch(/the secret `token` is not there.*given: tokn/);
    const warnings = result.log.annotations.filter(({ level }) => level === "warning");
    expect(warnings.map(({ message }) => message).join()).toMatch(
      /`tokn`, which no RUN of app\/Dockerfile mounts by that id; mounted: token/,
    );
  });

  it("for a platform without emulation names the remedy", async () => {
    const program = await readFile(join(site.checkout.folder, "busybox"));
    // The machine that it says it is for: s390.
    program.writeUInt16LE(22, 18);
    await writeFile(join(site.checkout.folder, "foreign"), program, { mode: 0o755 });
    const result = await buildLines(["COPY foreign /foreign", 'RUN ["/foreign", "true"]'], {
      inputs: { platforms: "linux/s390x" },
    });
    expect(firstError(result)?.message).toMatch(
      /cannot run programs of this platform.*setup-qemu-action/,
    );
  });

  it("shows neither a secret that it prints, nor lets it command the runner", async () => {
    const secret = "printed-by-the-build";
    const result = await buildLines(
      [
        "RUN --mount=type=secret,id=tok cat /run/secrets/tok && echo && echo ::error::from the build && echo ::add-mask::climbing && cat /run/secrets/tok && exit 3",
      ],
      { inputs: { secrets: `tok=${secret}` } },
    );
    expect(result.log.annotations.filter(({ level }) => level === "error")).toHaveLength(1);
    expect(result.log.masks).not.toContain("climbing");
    expect(result.log.text).toContain("::error::from the build");
    expect(result.log.text).not.toContain(secret);
    expect(result.summary).not.toContain(secret);
    expect(JSON.stringify(result.outputs)).not.toContain(secret);
    expect(firstError(result)?.message).not.toContain(secret);
  });

  it("after a line of a megabyte stays readable", async () => {
    const result = await buildLines([
      "RUN head -c 1000000 /dev/zero | tr '\\0' x && echo && echo after it && exit 4",
    ]);
    expect(errorsOf(result)).toMatch(/exit code 4/);
    expect(errorsOf(result).length).toBeLessThan(4096);
    expect(Math.max(...result.log.text.split("\n").map(({ length }) => length))).toBeLessThan(
      20_000,
    );
    expect(result.summary.length).toBeLessThan(100_000);
  });
});

describe("a registry that refuses", () => {
  let registry: Receiver;
  beforeEach(async () => {
    registry = await startReceiver(({ path }) =>
      path === "/v2/" ? { status: 200 } : { status: answer, body: "" },
    );
  });
  afterEach(() => registry.stop());
  let answer = 200;

  it.each([
    [401, "registry-denied", /does not know them, or the token has run out/],
    [403, "registry-denied", /the right to push to ada\/climbing/],
    [404, "registry-denied", /has no ada\/climbing, or hides it/],
    [413, "registry-denied", /client_max_body_size/],
    [429, "service-failed", /limits how much one login may ask/],
    [503, "service-failed", /when .* works/],
  ])("with %i is translated", async (status, code, words) => {
    answer = status;
    const image = `${new URL(registry.url).host}/ada/climbing`;
    const result = await site.build({ inputs: { image, retries: "0" } });
    expect(reportOf(result).error?.code).toBe(code);
    expect(errorsOf(result)).toMatch(words);
    expect(errorsOf(result)).toContain(`${String(status)} from 127.0.0.1:`);
  });

  it("because of a wrong password is known before the build", async () => {
    const result = await site.build({ inputs: { password: "another one" } });
    expect(reportOf(result).error?.code).toBe("registry-denied");
    expect(errorsOf(result)).toMatch(/401 from .*asked to log in/);
    expect(reportOf(result).steps.map(({ name, status }) => [name, status])).toEqual([
      ["check", "failed"],
    ]);
  });
});

describe("a registry that is gone", () => {
  it("is named", async () => {
    const result = await site.build({ inputs: { image: `${await deadAddress()}/ada/climbing` } });
    expect(reportOf(result).error?.code).toBe("host-unreachable");
    expect(errorsOf(result)).toMatch(/cannot be reached: connection refused/);
  });

  it("in mid-push is waited for, and nothing is built again", { timeout: 60_000 }, async () => {
    await site.checkout.write({
      "Dockerfile.slow": `${busyboxLines}\nRUN head -c 8 /dev/urandom > /mark && sleep 2 && head -c 16 /mark | md5sum\n`,
    });
    const running = await site.start({
      inputs: { file: "Dockerfile.slow", tags: "type=raw,value=again", retries: "6" },
    });
    while (!running.printed().includes("sleep 2"))
      await new Promise((resolve) => setTimeout(resolve, 20));
    await site.registry.shutDown();
    while (!running.printed().includes("pushed again"))
      await new Promise((resolve) => setTimeout(resolve, 50));
    await site.registry.restart();
    const result = await running.done;
    await running.post();
    expect(result.outputs["status"]).toBe("pushed");
    expect(result.log.text.match(/[0-9a-f]{32} {2}-/g)).toHaveLength(1);
    expect(await site.digestOf("again")).toBe(result.outputs["digest"]);
  });
});

describe("tags", () => {
  it("that name a version never move, unless told, and the error says what is on", async () => {
    const tags = "type=raw,value=1.2.3\ntype=raw,value=stable";
    const sha = await site.checkout.commit();
    const first = await buildLines(["RUN echo one > /x"], {
      inputs: { push: "true", tags },
      facts: { GITHUB_SHA: sha },
    });
    const next = await site.checkout.commit();
    const facts = { GITHUB_SHA: next };
    const second = await buildLines(["RUN echo two > /x"], {
      inputs: { push: "true", tags },
      facts,
    });
    expect(second.exitCode).toBe(1);
    expect(errorsOf(second)).toMatch(
      new RegExp(`the version 1\\.2\\.3 names sha256:.* already; on are sha-${next}`),
    );
    expect(await site.digestOf("1.2.3")).toBe(first.outputs["digest"]);
    expect(await site.digestOf("stable")).toBe(first.outputs["digest"]);
    const third = await buildLines(["RUN echo two > /x"], {
      inputs: { push: "true", tags, overwrite: "true" },
      facts,
    });
    expect(third.outputs["status"]).toBe("pushed");
    expect(await site.digestOf("1.2.3")).toBe(third.outputs["digest"]);
  });

  it("that move never go back to an older commit, with the history or without it", async () => {
    const inputs = { push: "true", tags: "type=raw,value=edge" };
    const older = await site.checkout.commit("older");
    const younger = await site.checkout.commit("younger");
    const good = await buildLines(["RUN echo younger > /x"], {
      inputs,
      facts: { GITHUB_SHA: younger },
    });
    const late = await buildLines(["RUN echo older > /x"], {
      inputs,
      facts: { GITHUB_SHA: older },
    });
    expect(late.outputs).toMatchObject({ status: "pushed", "tags-skipped": "edge" });
    expect(late.outputs["tags"]).toBe(`${site.image}:sha-${older}`);
    expect(await site.digestOf("edge")).toBe(good.outputs["digest"]);
    expect(late.log.text).toMatch(/the tag edge stays where it is: a younger commit has it/);
  });

  it("of a commit that was built in another way before leave that be", async () => {
    const sha = await site.checkout.commit();
    const inputs = { push: "true", tags: "type=raw,value=two-ways" };
    const first = await buildLines(["RUN echo first > /x"], { inputs, facts: { GITHUB_SHA: sha } });
    const second = await buildLines(["RUN echo second > /x"], {
      inputs,
      facts: { GITHUB_SHA: sha, GITHUB_RUN_NUMBER: "42" },
    });
    expect(await site.digestOf(`sha-${sha}`)).toBe(first.outputs["digest"]);
    expect(await site.digestOf(`sha-${sha}-42`)).toBe(second.outputs["digest"]);
    expect(await site.digestOf("two-ways")).toBe(second.outputs["digest"]);
  });
});

describe("the machine", () => {
  let programs: string;
  beforeEach(async () => {
    programs = await scratchFolder("programs");
  });
  afterEach(() => removeFolder(programs));

  it("without Docker, without buildx, or without its daemon is named", async () => {
    await symlink(process.execPath, join(programs, "node"));
    const config = join(programs, "empty");
    await mkdir(config);
    const noDocker = await site.build({ facts: { PATH: programs, DOCKER_CONFIG: config } });
    expect(errorsOf(noDocker)).toMatch(/docker cannot be started on the runner/);
    const noBuildx = await site.build({
      inputs: { builder: "" },
      facts: { DOCKER_CONFIG: config },
    });
    expect(errorsOf(noBuildx)).toMatch(/the runner's docker has no buildx/);
    const noDaemon = await site.build({
      inputs: { builder: "" },
      facts: { DOCKER_HOST: "unix:///nowhere/docker.sock" },
    });
    expect(errorsOf(noDaemon)).toMatch(/does not answer.*Start Docker on the runner/);
    for (const result of [noDocker, noBuildx, noDaemon])
      expect(reportOf(result).error?.code).toBe("tool-missing");
  });

  it("needs no client of Docker where buildx and its builder are there", async () => {
    await symlink(process.execPath, join(programs, "node"));
    const result = await site.build({ facts: { PATH: programs } });
    expect(errorsOf(result)).toBe("");
    expect(result.outputs["status"]).toBe("pushed");
  });

  it("with a builder of another name says so", async () => {
    const result = await site.build({ inputs: { builder: "nobody" } });
    expect(errorsOf(result)).toMatch(/the builder `nobody` cannot be used: .*no builder/);
    const docker = await site.build({ inputs: { builder: "default" } });
    expect(errorsOf(docker)).toMatch(/driver docker, which cannot push without a tag/);
  });
});
