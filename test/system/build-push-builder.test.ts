import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type BuildSite, busyboxLines, startBuildSite } from "../support/build-site.js";
import { type GitHubCache, startGitHubCache } from "../support/receivers/github-cache.js";
import { buildkitImage } from "../support/peers/server-images.js";
import { errorsOf, reportOf } from "../support/report-of.js";

let site: BuildSite;
beforeAll(async () => {
  site = await startBuildSite();
});
afterAll(() => site.stop());

async function builders(): Promise<readonly string[]> {
  const names = await site.dockerd.docker(["buildx", "ls", "--format", "{{.Name}}"]);
  return names.split("\n").filter((name) => /^belay-\d+-[0-9a-f]{8}$/.test(name));
}

describe("where only Docker's own builder is at hand", () => {
  it("one is made for the job, and removed after it", async () => {
    // The name under which buildx looks for it; nothing can be pulled here.
    await buildkitImage(site.dockerd, "moby/buildkit:buildx-stable-1");
    const running = await site.start({
      inputs: { builder: "", tags: "type=raw,value=own" },
      facts: { GITHUB_RUN_NUMBER: "17" },
    });
    const result = await running.done;
    expect(errorsOf(result)).toBe("");
    expect(result.outputs["status"]).toBe("pushed");
    expect(await site.digestOf("own")).toBe(result.outputs["digest"]);
    expect(await builders()).toEqual([expect.stringMatching(/^belay-17-[0-9a-f]{8}$/)]);
    expect((await running.post()).log.annotations).toEqual([]);
    expect(await builders()).toEqual([]);
    expect(await site.dockerd.docker(["ps", "--all", "--quiet"])).toBe("");
    expect(await site.dockerd.docker(["volume", "ls", "--quiet"])).toBe("");
  });

  it("and BuildKit's image cannot be had, that is named, and nothing stays behind", async () => {
    await site.dockerd.docker(["image", "rm", "--force", "moby/buildkit:buildx-stable-1"]);
    const running = await site.start({ inputs: { builder: "" } });
    const result = await running.done;
    expect(reportOf(result).error?.code).toBe("tool-missing");
    expect(errorsOf(result)).toMatch(/no builder could start: .*moby\/buildkit/);
    await running.post();
    expect(await builders()).toEqual([]);
  });
});

describe("GitHub's cache", () => {
  const tags = "type=raw,value=cached";
  let cache: GitHubCache;
  beforeAll(async () => {
    cache = await startGitHubCache();
    await site.checkout.write({
      "Dockerfile.cached": `${busyboxLines}\nRUN head -c 100000 /dev/urandom > /marked\n`,
    });
  });
  afterAll(() => cache.stop());

  it("brings layers to a builder that has never built them, with a scope for each image", async () => {
    const inputs = { file: "Dockerfile.cached", tags };
    const first = await site.build({ inputs, facts: cache.variables });
    expect(errorsOf(first)).toBe("");
    expect(cache.keys().join()).toContain("belay-ada-climbing");
    await site.dockerd.docker(["buildx", "prune", "--builder", "site", "--all", "--force"]);
    const second = await site.build({ inputs, facts: cache.variables });
    expect(errorsOf(second)).toBe("");
    expect(second.outputs["digest"]).toBe(first.outputs["digest"]);
    expect(reportOf(second).facts).toContainEqual({ name: "from cache", value: "3 of 3 steps" });
    expect(second.log.text).not.toContain(cache.token);
  });

  it.each(["down", "corrupt", "refusing"] as const)(
    "that is %s never fails a build",
    async (trouble) => {
      cache.trouble(trouble);
      await site.dockerd.docker(["buildx", "prune", "--builder", "site", "--all", "--force"]);
      const result = await site.build({
        inputs: { file: "Dockerfile.cached", tags },
        facts: cache.variables,
      });
      expect(errorsOf(result)).toBe("");
      expect(result.outputs["status"]).toBe("pushed");
    },
  );

  it("with a token that is none is left out with a warning", async () => {
    const facts = { ...cache.variables, ACTIONS_RUNTIME_TOKEN: "no-token" };
    const result = await site.build({ inputs: { file: "Dockerfile.cached", tags }, facts });
    expect(result.outputs["status"]).toBe("pushed");
    expect(result.log.text).toMatch(/the cache failed: .*the build goes on without a cache/);
  });
});
