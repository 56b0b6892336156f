import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { differences } from "../../../src/k8s-rollout/manifests/compare.js";
import { parseManifests } from "../../../src/k8s-rollout/manifests/parse-yaml.js";
import { readManifests } from "../../../src/k8s-rollout/manifests/read-manifests.js";
import { restrict } from "../../../src/k8s-rollout/manifests/restrict.js";
import { parseImage, withImages } from "../../../src/k8s-rollout/manifests/images.js";
import { isFinalAnswer } from "../../../src/k8s-rollout/rollout/image-answer.js";
import { removeFolder, scratchFolder } from "../../support/scratch.js";

let folder: string;
beforeEach(async () => {
  folder = await scratchFolder("manifests");
});
afterEach(() => removeFolder(folder));

const map = (name: string): string =>
  `apiVersion: v1\nkind: ConfigMap\nmetadata: { name: ${name} }\n`;
const unused = () => Promise.reject(new Error("no kustomization here"));

async function write(path: string, text: string): Promise<void> {
  await mkdir(join(folder, path, ".."), { recursive: true });
  await writeFile(join(folder, path), text);
}

describe("YAML", () => {
  it("is read as kubectl reads it: octal modes, yes and no, dates and times as texts", () => {
    const text = `${map("a")}data:\n  mode: 0644\n  on: yes\n  at: 2026-01-02\n  time: 12:30\n`;
    const { manifests, problems } = parseManifests(text, "a.yaml");
    expect(problems).toEqual([]);
    expect(manifests[0]?.object["data"]).toEqual({
      mode: 420,
      true: true,
      at: "2026-01-02",
      time: "12:30",
    });
  });

  it("may hold several documents, comments, anchors, merge keys and lists", () => {
    const text = `# first\n${map("a")}---\n# nothing\n---\nx: &x { name: b }\napiVersion: v1\nkind: ConfigMap\nmetadata: { <<: *x }\n---\napiVersion: v1\nkind: List\nitems:\n- ${map("c").replaceAll("\n", "\n  ")}`;
    const { manifests, problems } = parseManifests(text, "k8s/a.yaml");
    expect(problems).toEqual([]);
    expect(manifests.map(({ object }) => object.metadata.name)).toEqual(["a", "b", "c"]);
    expect(manifests[0]?.place).toBe("k8s/a.yaml:2");
  });

  it("that is broken is named with file and line, all of it at once", () => {
    const text = `${map("a")}---\nkind: [\n---\nkind: Service\nmetadata: { name: b }\n`;
    const { problems } = parseManifests(text, "a.yaml");
    expect(problems.map(({ message }) => message)).toEqual([
      expect.stringMatching(/^a\.yaml:[56]: /),
      "a.yaml:7: `apiVersion` is missing",
    ]);
  });
});

describe("the files", () => {
  it("are named by path, glob or folder, in order", async () => {
    await write("k8s/b.yaml", map("b"));
    await write("k8s/a.yml", map("a"));
    await write("k8s/deep/c.yaml", map("c"));
    await write("k8s/README.md", "no manifest");
    const names = async (...patterns: readonly string[]) =>
      (await readManifests(patterns, folder, unused)).map(({ object }) => object.metadata.name);
    expect(await names("k8s")).toEqual(["a", "b"]);
    expect(await names("k8s/**/*.yaml")).toEqual(["b", "c"]);
    expect(await names("k8s/deep/c.yaml", "k8s/a.yml")).toEqual(["c", "a"]);
  });

  it("that are not there are an error, and so is a kustomization that cannot be built", async () => {
    await expect(readManifests(["nope/*.yaml"], folder, unused)).rejects.toThrow(
      "nothing matches nope/*.yaml",
    );
    await write("over/kustomization.yaml", "resources: [gone.yaml]\n");
    const failed = () => Promise.resolve({ code: 1, stdout: "", stderr: "error: gone.yaml" });
    await expect(readManifests(["over"], folder, failed)).rejects.toThrow(
      "over cannot be built: gone.yaml",
    );
  });
});

describe("an object", () => {
  const container = (name: string, image: string) => ({ name, image });
  const workload = {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name: "web" },
    spec: {
      template: {
        spec: {
          initContainers: [container("migrate", "a:1")],
          containers: [container("web", "a:1"), container("side", "b:1")],
        },
      },
    },
  };

  it("gets its images by container, init containers too", () => {
    const images = ["deploy/web web=a:2", "deployment/web migrate=a:3"].flatMap(
      (line) => parseImage(line) ?? [],
    );
    const changed = withImages(workload, images);
    expect(differences(workload, changed)).toEqual([
      { path: "spec.template.spec.initContainers[name=migrate].image", from: "a:1", to: "a:3" },
      { path: "spec.template.spec.containers[name=web].image", from: "a:1", to: "a:2" },
    ]);
    const wrong = parseImage("deployment/web api=a:2");
    expect(() => withImages(workload, wrong === undefined ? [] : [wrong])).toThrow(
      "deployment/web has no container api",
    );
  });

  it("gets its images in what a Job and a CronJob make pods from", () => {
    const template = { spec: { containers: [container("main", "a:1")] } };
    const job = { apiVersion: "batch/v1", kind: "Job", metadata: { name: "migrate" } };
    const nightly = { apiVersion: "batch/v1", kind: "CronJob", metadata: { name: "nightly" } };
    const images = ["job/migrate main=a:2", "cj/nightly main=a:3"].flatMap(
      (line) => parseImage(line) ?? [],
    );
    const path = "template.spec.containers[name=main].image";
    const once = { ...job, spec: { backoffLimit: 0, template } };
    expect(differences(once, withImages(once, images))).toEqual([
      { path: `spec.${path}`, from: "a:1", to: "a:2" },
    ]);
    const often = { ...nightly, spec: { schedule: "@daily", jobTemplate: { spec: { template } } } };
    expect(differences(often, withImages(often, images))).toEqual([
      { path: `spec.jobTemplate.spec.${path}`, from: "a:1", to: "a:3" },
    ]);
  });

  it("is put back only as far as we had changed it", () => {
    const live = { spec: { replicas: 4, paused: false, template: workload.spec.template } };
    const ours = {
      spec: { paused: true, extra: 1, template: { spec: { containers: [container("web", "x")] } } },
    };
    expect(restrict(live, ours)).toEqual({
      spec: { paused: false, template: { spec: { containers: [container("web", "a:1")] } } },
    });
  });
});

describe("what a registry answers", () => {
  it.each([
    ["not found", true],
    ["pull access denied, repository does not exist", true],
    ["unexpected status from HEAD request: 401 Unauthorized", true],
    ["unexpected status code 429 Too Many Requests", false],
    ["unexpected status code 503 Service Unavailable", false],
    ["dial tcp 127.0.0.1:1: connect: connection refused", false],
    ["dial tcp: lookup registry.invalid: no such host", false],
    ["net/http: TLS handshake timeout", false],
    ['failed to resolve reference "a:500/b:429": a:500/b:429: not found', true],
    ["GET request to https://a:5000/v2/b/manifests/404: 503 Service Unavailable", false],
  ])("%s: final is %s", (message, final) => {
    expect(isFinalAnswer(message)).toBe(final);
  });
});
