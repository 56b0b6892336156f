import { describe, expect, it } from "vitest";
import { InputReader } from "../../../src/kit/inputs.js";
import { BelayError } from "../../../src/kit/errors.js";
import {
  type ComposeInputs,
  readCompose,
} from "../../../src/ssh-deploy-with-backup/compose-inputs.js";

/** What the runner fills in. */
const defaults = { rollout: "auto", proxy: "none", drain: "30s" };
const digest = `sha256:${"a".repeat(64)}`;

function read(
  inputs: Readonly<Record<string, string>>,
  strategy: "compose" | "symlink" = "compose",
): {
  readonly compose: ComposeInputs;
  readonly problems: readonly string[];
  readonly masks: readonly string[];
} {
  const masks: string[] = [];
  const all: Readonly<Record<string, string>> = { ...defaults, ...inputs };
  const reader = new InputReader(
    (name) => all[name] ?? "",
    (secret) => masks.push(secret),
  );
  const compose = readCompose(reader, strategy);
  try {
    reader.finish();
    return { compose, problems: [], masks };
  } catch (error) {
    if (!(error instanceof BelayError)) throw error;
    return { compose, problems: [error, ...error.also].map(({ message }) => message), masks };
  }
}

describe("the inputs of compose", () => {
  it("takes what the runner fills in, with either strategy", () => {
    expect(read({}).problems).toEqual([]);
    expect(read({}, "symlink").problems).toEqual([]);
  });

  it("takes images by digest alone", () => {
    const good = `web=ghcr.io/acme/shop@${digest}\nworker=127.0.0.1:5000/a/b:1@${digest}`;
    expect(read({ images: good }).compose.images).toHaveLength(2);
    for (const bad of ["web=ghcr.io/acme/shop:latest", `ghcr.io/acme/shop@${digest}`, "web="])
      expect(read({ images: bad }).problems).toEqual([expect.stringContaining("images")]);
  });

  it("refuses compose files outside of the release", () => {
    for (const bad of ["/etc/compose.yaml", "../compose.yaml", "a/../../b.yaml"])
      expect(read({ "compose-files": bad }).problems).toEqual([
        expect.stringContaining("compose-files"),
      ]);
  });

  it("wants a login whole, and hides its password", () => {
    const { compose, problems, masks } = read({
      registry: "ghcr.io",
      "registry-username": "ada",
      "registry-password": "s3cret-token",
    });
    expect(problems).toEqual([]);
    expect(masks).toContain("s3cret-token");
    expect(compose.login).toEqual({
      registry: "ghcr.io",
      username: "ada",
      password: "s3cret-token",
    });
    expect(read({ registry: "ghcr.io" }).problems).toEqual([expect.stringContaining("registry")]);
  });

  it("refuses lines of one's own beside a proxy that Belay switches", () => {
    expect(read({ proxy: "nginx:nginx", switch: "reload" }).problems).toEqual([
      expect.stringContaining("switch"),
    ]);
    expect(read({ switch: "reload" }).problems).toEqual([]);
    expect(read({ proxy: "caddy" }).problems).toEqual([expect.stringContaining("proxy")]);
  });

  it("refuses what belongs to the other strategy", () => {
    expect(read({ services: "web", rollout: "rolling" }, "symlink").problems).toEqual([
      expect.stringContaining("services"),
      expect.stringContaining("rollout"),
    ]);
    expect(read({ restart: "true" }).problems).toEqual([expect.stringContaining("restart")]);
  });
});
