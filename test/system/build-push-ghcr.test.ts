import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  askRegistry,
  busyboxLines,
  type BuildSite,
  registryPassword,
  startBuildSite,
} from "../support/build-site.js";
import { errorsOf, reportOf } from "../support/report-of.js";
import { readdir } from "node:fs/promises";
import { basename } from "node:path";
import { removeFolder, scratchFolder } from "../support/scratch.js";
import { filesWith, watchProcessList } from "../support/secret-search.js";

let site: BuildSite;
beforeAll(async () => {
  site = await startBuildSite();
});
afterAll(() => site.stop());

interface Manifest {
  readonly mediaType: string;
  readonly manifests?: readonly { digest: string; platform: { architecture: string } }[];
  readonly annotations?: Readonly<Record<string, string>>;
  readonly config: { readonly digest: string };
}

async function manifest(reference: string): Promise<Manifest> {
  return (
    await askRegistry(site.registry, `ada/climbing/manifests/${reference}`)
  ).json() as Promise<Manifest>;
}

describe("a push", () => {
  it("gives one digest all tags of the rules, and a permanent one of the commit", async () => {
    const sha = await site.checkout.commit();
    const result = await site.build({ facts: { GITHUB_SHA: sha } });
    expect(errorsOf(result)).toBe("");
    expect(result.outputs).toMatchObject({ status: "pushed", "tags-skipped": "" });
    const digest = result.outputs["digest"] ?? "";
    expect(result.outputs["image-ref"]).toBe(`${site.image}@${digest}`);
    for (const tag of ["main", "latest", `sha-${sha}`]) {
      expect(await site.digestOf(tag)).toBe(digest);
      expect(result.outputs["tags"]).toContain(`${site.image}:${tag}`);
    }
    expect(reportOf(result).steps.map(({ name }) => name)).toEqual([
      ...["check", "build", "measure", "tag"],
    ]);
    expect(result.summary).toContain(`docker pull ${site.image}@${digest}`);
    expect(result.summary).toMatch(/Dockerfile:2 \| COPY busybox/);
  });

  it("can be pulled and run, and its size is that of its files", async () => {
    const sha = await site.checkout.commit();
    const result = await site.build({ facts: { GITHUB_SHA: sha } });
    const reference = result.outputs["image-ref"] ?? "";
    const login = ["login", "--username", site.registry.username, "--password-stdin"];
    await site.dockerd.docker([...login, site.registry.address], { input: registryPassword });
    await site.dockerd.docker(["pull", "--quiet", reference]);
    const ran = await site.dockerd.docker(["run", "--rm", reference, "echo", "it runs"]);
    expect(ran.trim()).toBe("it runs");
    const inspected = JSON.parse(await site.dockerd.docker(["image", "inspect", reference])) as [
      { Size: number; Config: { Labels: Record<string, string> } },
    ];
    // Tar headers are no part of the files.
    const size = Number(result.outputs["size-bytes"]);
    expect(size).toBeGreaterThanOrEqual(inspected[0].Size);
    expect(size).toBeLessThan(inspected[0].Size + 1_000_000);
    expect(inspected[0].Config.Labels).toMatchObject({
      "org.opencontainers.image.revision": sha,
      "org.opencontainers.image.source": "https://github.com/ada/climbing",
      "org.opencontainers.image.version": "main",
    });
    await site.dockerd.docker(["logout", site.registry.address]);
  });

  it("of an equal commit is the same image, and nothing is sent twice", async () => {
    const sha = await site.checkout.commit();
    const first = await site.build({ facts: { GITHUB_SHA: sha } });
    const before = (await site.registry.requests()).length;
    const second = await site.build({ facts: { GITHUB_SHA: sha } });
    expect(second.outputs["digest"]).toBe(first.outputs["digest"]);
    const asked = (await site.registry.requests()).slice(before);
    expect(asked.filter((line) => /^(?:POST|PATCH)/.test(line))).toEqual([]);
    // The last bytes of a layer, and its configuration: no layer as a whole.
    expect(asked.filter((line) => /^GET .*\/blobs\/\S+ 200/.test(line)).length).toBeLessThan(3);
    expect(reportOf(second).facts).toContainEqual({ name: "from cache", value: "2 of 2 steps" });
  });

  it("of several platforms is an index without an unknown one, annotated, and each is measured", async () => {
    const sha = await site.checkout.commit();
    await site.checkout.write({ "Dockerfile.plain": "FROM scratch\nCOPY busybox /bin/busybox\n" });
    const platforms = "linux/amd64,linux/arm64";
    const result = await site.build({
      inputs: { platforms, file: "Dockerfile.plain", tags: "type=raw,value=many" },
      facts: { GITHUB_SHA: sha },
    });
    expect(errorsOf(result)).toBe("");
    const index = await manifest("many");
    expect(index.manifests?.map(({ platform }) => platform.architecture)).toEqual([
      "amd64",
      "arm64",
    ]);
    expect(index.annotations?.["org.opencontainers.image.revision"]).toBe(sha);
    expect(result.summary).toMatch(/\| linux\/arm64 \| 1\.9 MiB \|/);
    // Once it is there, measuring and tagging move no layer either way: the two configurations, and ends of layers.
    const before = (await site.registry.requests()).length;
    // The first tag stands in a label, and keeps the digest.
    const tags = "type=raw,value=many\ntype=raw,value=many-more";
    const inputs = { platforms, file: "Dockerfile.plain", tags };
    const again = await site.build({ inputs, facts: { GITHUB_SHA: sha } });
    expect(again.outputs["digest"]).toBe(result.outputs["digest"]);
    const asked = (await site.registry.requests()).slice(before);
    expect(asked.filter((line) => /^(?:POST|PATCH)|^PUT \S+\/blobs/.test(line))).toEqual([]);
    expect(asked.filter((line) => /^GET \S+\/blobs\/\S+ 200/.test(line))).toHaveLength(2);
    expect(asked.filter((line) => /^GET \S+\/blobs\/\S+ 206/.test(line))).toHaveLength(1);
    expect(asked.filter((line) => line.startsWith("PUT"))).toEqual([
      "PUT /v2/ada/climbing/manifests/many-more 201",
    ]);
  });

  it("keeps provenance where it is asked for, and measures only images", async () => {
    const result = await site.build({
      inputs: { provenance: "mode=min", tags: "type=raw,value=proven" },
    });
    expect(errorsOf(result)).toBe("");
    const index = await manifest("proven");
    expect(index.manifests?.map(({ platform }) => platform.architecture)).toEqual([
      "amd64",
      "unknown",
    ]);
    expect(reportOf(result).facts.filter(({ name }) => name === "size")).toHaveLength(1);
    expect(result.outputs["metadata"]).not.toContain("provenance");
  });
});

describe("what is not pushed", () => {
  it("is built, measured and judged all the same, and no request reaches the registry", async () => {
    const before = (await site.registry.requests()).length;
    const result = await site.build({
      inputs: { platforms: "linux/amd64", "max-size": "300MB" },
      facts: { GITHUB_EVENT_NAME: "pull_request", GITHUB_REF: "refs/pull/7/merge" },
    });
    expect(errorsOf(result)).toBe("");
    expect(result.outputs).toMatchObject({ status: "built", "image-ref": "", tags: "" });
    expect(Number(result.outputs["size-bytes"])).toBeGreaterThan(1_900_000);
    expect((await site.registry.requests()).length).toBe(before);
    const refused = await site.build({ inputs: { push: "false", "max-size": "1MB" } });
    expect(refused.exitCode).toBe(1);
    expect(errorsOf(refused)).toMatch(/linux\/amd64 has 2\.\d MiB unpacked, more than max-size/);
  });
});

describe("an image that is too large", () => {
  it("gets no tag at all, and the summary names the line", async () => {
    const sha = await site.checkout.commit();
    const tags = "type=raw,value=large";
    const result = await site.build({
      inputs: { "max-size": "1MB", tags },
      facts: { GITHUB_SHA: sha },
    });
    expect(result.outputs).toMatchObject({ status: "failed", "image-ref": "", tags: "" });
    expect(reportOf(result).error?.code).toBe("image-refused");
    expect(await site.digestOf("large")).toBe("");
    expect(await site.digestOf(`sha-${sha}`)).toBe("");
    expect(result.summary).toMatch(/Dockerfile:2/);
  });
});

describe("secrets", () => {
  it("reach the step that mounts them, and nothing else", async () => {
    const secret = "planted-secret-value";
    await site.checkout.write({
      "Dockerfile.secret": `${busyboxLines}\nRUN --mount=type=secret,id=npm-token.v1 cat /run/secrets/npm-token.v1 && grep -q planted /run/secrets/npm-token.v1\n`,
    });
    const watch = watchProcessList([secret, registryPassword]);
    const running = await site.start({
      inputs: {
        file: "Dockerfile.secret",
        secrets: `npm-token.v1=${secret}`,
        tags: "type=raw,value=secret",
      },
    });
    const result = await running.done;
    expect(errorsOf(result)).toBe("");
    // The build itself prints it: that is what the mask is for.
    expect(result.log.masks).toContain(secret);
    expect(result.log.text).not.toContain(secret);
    expect(result.summary).not.toContain(secret);
    expect(JSON.stringify(result.outputs)).not.toContain(secret);
    expect(watch.stop()).toEqual([]);
    const image = await manifest("secret");
    const config = await askRegistry(site.registry, `ada/climbing/blobs/${image.config.digest}`);
    expect(await config.text()).not.toContain(secret);
    await running.post();
  });

  it("and the login are gone after the job", async () => {
    const temp = await scratchFolder("runner-temp");
    try {
      const running = await site.start({ temp });
      const { state } = await running.done;
      expect(await readdir(temp)).toEqual([basename(state["scratch"] ?? "")]);
      expect((await running.post()).exitCode).toBe(0);
      expect(await readdir(temp)).toEqual([]);
    } finally {
      await removeFolder(temp);
    }
    expect(await filesWith([registryPassword], site.checkout.folder, "by anyone")).toEqual([]);
  });
});
