import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type BuildScenario, commit, startBuildScenario } from "../support/build-scenario.js";
import { ociImage, ociIndex, store } from "../support/oci-image.js";
import { sha256 } from "../support/receivers/oci-registry.js";
import { errorsOf, reportOf } from "../support/report-of.js";

let scenario: BuildScenario;
beforeEach(async () => {
  scenario = await startBuildScenario();
});
afterEach(() => scenario.stop());

const timeOf = (minute: number): string => new Date(Date.UTC(2026, 0, 2, 3, minute)).toISOString();

const revision = (letter: string, minute: number) => ({
  "org.opencontainers.image.revision": commit(letter),
  "org.opencontainers.image.created": timeOf(minute),
});

describe("an image that was built", () => {
  it("is measured without its layers, and tagged with the same bytes, the permanent tag first", async () => {
    const image = ociImage({
      layers: [{ size: 3_000_000, createdBy: "COPY app /app # buildkit" }],
    });
    const result = await scenario.run(image, {
      inputs: { tags: "type=raw,value=stable\ntype=raw,value=1.2.3\ntype=sha" },
    });
    expect(errorsOf(result)).toBe("");
    expect(result.outputs).toMatchObject({
      status: "pushed",
      "size-bytes": "3000000",
      digest: image.digest,
      "image-ref": `${scenario.image}@${image.digest}`,
    });
    const { requests } = scenario.registry;
    const put = requests.flatMap((line) => /^PUT \S+\/manifests\/(\S+) 201/.exec(line)?.[1] ?? []);
    expect(put).toEqual([`sha-${commit("a")}`, "sha-aaaaaaa", "1.2.3", "stable"]);
    for (const tag of put) expect(scenario.registry.digestOf(tag)).toBe(image.digest);
    expect(requests.filter((line) => /blobs.* 200/.test(line))).toHaveLength(1);
    expect(result.summary).toMatch(/2\.9 MiB \| Dockerfile:3 \| COPY app/);
  });

  it("of several platforms is judged by each, without what only describes it", async () => {
    const small = ociImage({ layers: [{ size: 1000 }] });
    const large = ociImage({ platform: "linux/arm64", layers: [{ size: 2_000_000 }] });
    const index = ociIndex(
      [small, large, ociImage({ platform: "unknown/unknown" })],
      [...["linux/amd64", "linux/arm64", "unknown/unknown"]],
    );
    const result = await scenario.run(index, { inputs: { "max-size": "1MB" } });
    expect(errorsOf(result)).toMatch(
      /the image for linux\/arm64 has 1\.9 MiB unpacked, more than max-size/,
    );
    expect(result.outputs).toMatchObject({ status: "failed", tags: "", "image-ref": "" });
    expect(scenario.registry.digestOf(`sha-${commit("a")}`)).toBe("");
    const good = await scenario.run(index, { inputs: { "max-size": "2MB" } });
    expect(good.outputs["status"]).toBe("pushed");
  });

  it("shows what it weighs more than the one before", async () => {
    store(scenario.registry, ociImage({ layers: [{ size: 1_048_576 }] }), "stable");
    const result = await scenario.run(ociImage({ layers: [{ size: 3_145_728 }] }));
    expect(result.summary).toMatch(/compared with `stable` before[^]*3\.0 MiB \(\+2\.0 MiB\)/);
  });

  it("with a layer that does not tell its size is said to have at least so much", async () => {
    const zstd = "application/vnd.oci.image.layer.v1.tar+zstd";
    const image = ociImage({ layers: [{ size: 5000 }, { size: 4000, mediaType: zstd }] });
    const result = await scenario.run(image, { inputs: { "max-size": "1MB" } });
    expect(result.outputs["status"]).toBe("pushed");
    expect(result.log.text).toMatch(
      /linux\/amd64: a layer does not tell its unpacked size without a download/,
    );
  });

  it("is only built for a pull request: nobody asks the registry", async () => {
    const image = ociImage({ layers: [{ size: 70_000 }] });
    const facts = { GITHUB_EVENT_NAME: "pull_request", GITHUB_REF: "refs/pull/3/merge" };
    const result = await scenario.run(image, { facts, inputs: { tags: "" }, isStored: false });
    expect(errorsOf(result)).toBe("");
    expect(result.outputs).toMatchObject({ status: "built", "size-bytes": "70000", tags: "" });
    expect(scenario.registry.requests).toEqual([]);
  });
});

describe("the login", () => {
  it("is asked anew when its token runs out, however often", async () => {
    await scenario.stop();
    scenario = await startBuildScenario({ tokenServes: 2 });
    const result = await scenario.run(ociImage());
    expect(errorsOf(result)).toBe("");
    const tokens = scenario.registry.requests.filter((line) => line.startsWith("GET /token"));
    expect(tokens.length).toBeGreaterThan(2);
  });

  it("works with a plain password, and is not shown to where the blobs lie", async () => {
    await scenario.stop();
    scenario = await startBuildScenario({ auth: "basic", elsewhere: true });
    const result = await scenario.run(ociImage({ layers: [{ size: 4321 }] }));
    expect(errorsOf(result)).toBe("");
    expect(result.outputs["size-bytes"]).toBe("4321");
    expect(scenario.registry.requests.some((line) => line.includes("/elsewhere/"))).toBe(true);
    expect(scenario.registry.leaked).toEqual([]);
  });

  it("that is refused ends the run before the build", async () => {
    const result = await scenario.run(ociImage(), { inputs: { password: "wrong-password" } });
    expect(errorsOf(result)).toMatch(
      /401 from 127\.0\.0\.1:\d+ when asked to log in.*Check `username` \(ada\)/,
    );
    expect(reportOf(result).error?.code).toBe("registry-denied");
    expect((await scenario.docker.calls()).join("\n")).not.toContain("buildx build");
  });
});

describe("a registry in trouble", () => {
  const answers = (status: number) => (method: string, path: string) =>
    method === "PUT" && path.endsWith("/stable") ? { status, body: "{}" } : undefined;

  it.each([
    [403, "registry-denied", /the right to push to ada\/climbing/],
    [413, "registry-denied", /client_max_body_size/],
    [429, "service-failed", /limits how much one login may ask/],
    [502, "service-failed", /when .* works/],
  ])("with %i at the last tag says which are on", async (status, code, words) => {
    scenario.registry.before = answers(status);
    const result = await scenario.run(ociImage());
    expect(reportOf(result).error?.code).toBe(code);
    expect(errorsOf(result)).toMatch(words);
    expect(errorsOf(result)).toContain(`; on are sha-${commit("a")}`);
    expect(result.outputs["tags"]).toBe(`${scenario.image}:sha-${commit("a")}`);
  });

  it("for a moment is asked again", async () => {
    let left = 1;
    scenario.registry.before = (method) =>
      method === "PUT" && left-- > 0 ? { status: 503 } : undefined;
    const result = await scenario.run(ociImage());
    expect(result.outputs["status"]).toBe("pushed");
  });

  it("that has lost a platform's image between push and tag says so", async () => {
    const child = ociImage();
    const index = ociIndex([child], ["linux/amd64"]);
    scenario.registry.before = (method) => {
      if (method === "PUT") scenario.registry.manifests.delete(child.digest);
      return undefined;
    };
    const result = await scenario.run(index);
    expect(errorsOf(result)).toMatch(
      /MANIFEST_BLOB_UNKNOWN.*no tag is on.*A part of the image was deleted between push and tag/,
    );
    expect(reportOf(result).error?.code).toBe("image-refused");
  });
});

describe("a tag that moves", () => {
  /** The push that brought our commit, made at this minute. */
  const pushed = (letter: string, minute: number) => ({
    commits: [{ id: commit(letter), timestamp: timeOf(minute) }],
  });

  it("stays with a younger commit where the checkout has no history", async () => {
    const younger = ociImage({ annotations: revision("b", 9) });
    store(scenario.registry, younger, "stable");
    const result = await scenario.run(ociImage(), { event: pushed("a", 5) });
    expect(result.outputs).toMatchObject({ status: "pushed", "tags-skipped": "stable" });
    expect(result.log.text).toMatch(
      /the tag stable stays where it is: a younger commit has it, of bbbbbbb/,
    );
    expect(scenario.registry.digestOf("stable")).toBe(younger.digest);
  });

  it("moves on from an older commit, and from an image that does not say", async () => {
    for (const before of [ociImage({ labels: revision("b", 4) }), ociImage()]) {
      store(scenario.registry, before, "stable");
      const image = ociImage({ layers: [{ size: 77 }] });
      const result = await scenario.run(image, { event: pushed("a", 5) });
      expect(result.outputs["tags-skipped"]).toBe("");
      expect(scenario.registry.digestOf("stable")).toBe(image.digest);
    }
  });

  it("is put right when a run for an older commit had looked before and writes after", async () => {
    const ours = ociImage({ annotations: revision("a", 9) });
    const older = ociImage({ annotations: revision("b", 5) });
    let isWritten = false;
    scenario.registry.before = (method, path) => {
      if (!path.endsWith("/manifests/stable")) return undefined;
      if (method === "GET" && isWritten) store(scenario.registry, older, "stable");
      isWritten = method === "PUT";
      return undefined;
    };
    const result = await scenario.run(ours, { event: pushed("a", 9) });
    expect(result.outputs["status"]).toBe("pushed");
    expect(scenario.registry.digestOf("stable")).toBe(ours.digest);
    const puts = scenario.registry.requests.filter((line) => /^PUT \S+\/stable /.test(line));
    expect(puts).toHaveLength(2);
  });

  it("and is there already with the same image is not written again", async () => {
    const image = ociImage();
    store(scenario.registry, image, "stable");
    store(scenario.registry, image, `sha-${commit("a")}`);
    const result = await scenario.run(image);
    expect(result.outputs["tags"]).toBe(
      [`${scenario.image}:sha-${commit("a")}`, `${scenario.image}:stable`].join("\n"),
    );
    expect(scenario.registry.requests.filter((line) => line.startsWith("PUT"))).toEqual([]);
  });
});

describe("a version", () => {
  it("that names another image refuses the run, and overwrite lets it", async () => {
    const old = ociImage({ layers: [{ size: 1 }] });
    store(scenario.registry, old, "1.2.3");
    const inputs = { tags: "type=raw,value=1.2.3\ntype=raw,value=stable" };
    const result = await scenario.run(ociImage(), { inputs });
    expect(errorsOf(result)).toContain(
      `the version 1.2.3 names ${old.digest} already; on are sha-`,
    );
    expect(scenario.registry.digestOf("stable")).toBe("");
    const forced = await scenario.run(ociImage(), { inputs: { ...inputs, overwrite: "true" } });
    expect(forced.outputs["status"]).toBe("pushed");
    expect(scenario.registry.digestOf("1.2.3")).toBe(sha256(ociImage().manifest.bytes));
  });
});

describe("buildx that says too little", () => {
  it("fails with its words", async () => {
    const result = await scenario.run(undefined, { says: ["ERROR: something nobody knows"] });
    expect(errorsOf(result)).toContain("something nobody knows");
    expect(reportOf(result).error?.code).toBe("build-failed");
  });

  it("for want of space on the builder's disk is named as that", async () => {
    const says = ["ERROR: failed to build: failed to solve: write /x: no space left on device"];
    const result = await scenario.run(undefined, { says });
    expect(reportOf(result).error?.code).toBe("disk-full");
  });
});
