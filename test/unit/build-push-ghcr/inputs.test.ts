import { describe, expect, it, test } from "vitest";
import { readInputs } from "../../../src/build-push-ghcr/inputs.js";
import { planOf } from "../../../src/build-push-ghcr/plan.js";
import type { Run } from "../../../src/build-push-ghcr/platform.js";
import { cacheOf } from "../../../src/build-push-ghcr/cache.js";
import { BelayError } from "../../../src/kit/errors.js";
import { InputReader } from "../../../src/kit/inputs.js";

const run: Run = {
  sha: "b".repeat(40),
  ref: "refs/heads/main",
  repository: "Ada/Climbing",
  server: "https://github.com",
  api: "https://api.github.com",
  actor: "ada",
  eventName: "push",
  number: "7",
  workspace: "/w",
  temp: "/t",
};

function read(inputs: Readonly<Record<string, string>>, masked: string[] = []) {
  const all: Readonly<Record<string, string>> = { image: "ghcr.io/Ada/Climbing", ...inputs };
  return readInputs(
    new InputReader(
      (name) => all[name] ?? "",
      (secret) => masked.push(secret),
    ),
  );
}

function plan(inputs: Readonly<Record<string, string>> = {}, over: Partial<Run> = {}) {
  const event = {
    repository: { default_branch: "main", name: "climbing", description: "Up\nand up" },
  };
  const committedAt = Date.UTC(2026, 0, 2);
  return planOf(read(inputs), { run: { ...run, ...over }, event, now: 0, committedAt });
}

function problems(inputs: Readonly<Record<string, string>>): readonly string[] {
  try {
    read(inputs);
    return [];
  } catch (failure) {
    if (!(failure instanceof BelayError)) throw failure;
    return [failure, ...failure.also].map(({ message }) => message);
  }
}

describe("inputs", () => {
  it("that are wrong are all named at once", () => {
    const wrong = problems({
      image: "ghcr.io/a:tag",
      platforms: "linux",
      tags: "type=nonsense",
      flavor: "latest=often",
      labels: "no equals sign",
      "max-size": "much",
      scan: "grype",
      "scan-severity": "awful",
      push: "sometimes",
      retries: "-1",
      secrets: "not a secret line",
    });
    for (const name of [
      "image",
      "platforms",
      "tags",
      "flavor",
      "labels",
      "max-size",
      "scan",
      "scan-severity",
      "push",
      "retries",
      "secrets",
    ])
      expect(wrong.join("\n")).toContain(`\`${name}\``);
    expect(wrong.join("\n")).not.toContain("not a secret line");
  });

  it("hide each secret by itself", () => {
    const masked: string[] = [];
    const inputs = read(
      { secrets: 'npm.token=abcdef\naws-file="line one\nline two"', password: "pass-word" },
      masked,
    );
    expect(inputs.secrets.map(({ name }) => name)).toEqual(["npm.token", "aws-file"]);
    expect(masked).toEqual(expect.arrayContaining(["abcdef", "line one", "line two", "pass-word"]));
  });

  it("ask for a scanner where findings are wanted", () => {
    expect(problems({ "sarif-file": "x.sarif" }).join()).toContain("`scan`");
  });
});

describe("a plan", () => {
  it("has a name in lower case, and logs in with the job's token there alone", () => {
    expect(plan({ "github-token": "ghs_x" })).toMatchObject({
      image: { name: "ghcr.io/ada/climbing" },
      login: { username: "ada", password: "ghs_x" },
    });
    const elsewhere = {
      "github-token": "ghs_x",
      registry: "https://registry.example.com/",
      image: "a/b",
    };
    expect(plan(elsewhere)).toMatchObject({
      image: { name: "registry.example.com/a/b" },
      login: undefined,
    });
  });

  it("has the tags and labels that one expects", () => {
    const { tags, labels } = plan();
    expect(tags.map(({ name }) => name)).toEqual(["main", "latest"]);
    expect(labels).toEqual([
      "org.opencontainers.image.created=2026-01-02T00:00:00.000Z",
      "org.opencontainers.image.description=Up and up",
      `org.opencontainers.image.revision=${run.sha}`,
      "org.opencontainers.image.source=https://github.com/Ada/Climbing",
      "org.opencontainers.image.title=climbing",
      "org.opencontainers.image.url=https://github.com/Ada/Climbing",
      "org.opencontainers.image.version=main",
    ]);
    const release = plan({}, { ref: "refs/tags/v1.2.3" });
    expect(release.tags.map(({ name }) => name)).toEqual(["1.2.3", "1.2", "latest"]);
  });

  it("takes the user's labels over its own, and annotates an index where there is one", () => {
    const inputs = {
      labels: "org.opencontainers.image.title=Up",
      annotations: "a=b\nmanifest:c=d",
    };
    expect(plan(inputs).labels).toContain("org.opencontainers.image.title=Up");
    expect(plan(inputs).annotations).toEqual(
      expect.arrayContaining(["manifest:a=b", "manifest:c=d"]),
    );
    const platforms = "linux/amd64,linux/arm64";
    expect(plan({ ...inputs, platforms }).annotations).toEqual(
      expect.arrayContaining(["index:a=b", "manifest:c=d"]),
    );
  });

  test.each([
    ["auto", "push", true],
    ["auto", "workflow_dispatch", true],
    ["auto", "pull_request", false],
    ["auto", "pull_request_target", false],
    ["true", "pull_request", true],
    ["false", "push", false],
  ])("with push %s on %s pushes: %s", (push, eventName, expected) => {
    expect(plan({ push }, { eventName }).push).toBe(expected);
  });

  it("that cannot be made says why before anything is touched", () => {
    expect(() => plan({ tags: "type=raw,value={{nobody}}" })).toThrow(
      "`tags`: `{{nobody}}` is no expression",
    );
    expect(problems({ image: "" }).join()).toContain("`image` is empty");
  });
});

describe("the cache", () => {
  const facts = { image: plan().image, target: "app", push: true, hasService: true };
  const asked = (inputs: Readonly<Record<string, string>>) => read(inputs).cache;

  it("is GitHub's where there is one, with a scope for each image, and never fails a build", () => {
    const { from, to, gha } = cacheOf(asked({}), facts);
    expect(from).toEqual(["type=gha,scope=belay-ada-climbing-app"]);
    expect(to).toEqual(["type=gha,scope=belay-ada-climbing-app,mode=max,ignore-error=true"]);
    expect(gha).toBe(true);
  });

  it("is none where there is no service; whoever asked for it hears so", () => {
    expect(cacheOf(asked({}), { ...facts, hasService: false })).toMatchObject({
      from: [],
      to: [],
      gha: false,
    });
    expect(cacheOf(asked({ cache: "gha" }), { ...facts, hasService: false }).warning).toContain(
      "no cache service",
    );
  });

  it("in the registry is written only where images are pushed", () => {
    const registry = asked({ cache: "registry" });
    expect(cacheOf(registry, facts).to[0]).toContain("ref=ghcr.io/ada/climbing:buildcache-app,");
    expect(cacheOf(registry, { ...facts, push: false })).toMatchObject({
      to: [],
      from: [expect.any(String)],
    });
  });

  it("is the user's own where there is one", () => {
    const own = asked({ "cache-from": "type=local,src=/c" });
    expect(cacheOf(own, facts)).toEqual({ from: ["type=local,src=/c"], to: [], gha: false });
    expect(cacheOf(asked({ "cache-to": "type=gha,scope=x" }), facts).gha).toBe(true);
  });
});
