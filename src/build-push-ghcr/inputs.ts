import type { EnvVariable } from "../kit/env-lines.js";
import type { InputReader } from "../kit/inputs.js";
import { parseImageName } from "./image-name.js";
import { readScanInputs, type ScanInputs } from "./scan-inputs.js";
import { readTagInputs, type TagInputs } from "./tag-inputs.js";

/** What the user asked for, fully parsed. */
export interface Inputs {
  /** A folder, or what buildx can fetch itself. */
  readonly context: string;
  /** Empty: `Dockerfile` in the context. */
  readonly file: string;
  readonly target: string;
  readonly image: string;
  readonly username: string;
  readonly password: string;
  readonly githubToken: string;
  readonly platforms: readonly string[];
  readonly tagging: TagInputs;
  readonly labels: readonly string[];
  readonly annotations: readonly string[];
  readonly buildArgs: readonly string[];
  readonly secrets: readonly EnvVariable[];
  readonly push: "auto" | "true" | "false";
  readonly cache: CacheInputs;
  /** Bytes, unpacked, of each platform. */
  readonly maxSize: number | undefined;
  readonly scan: ScanInputs;
  readonly builder: string;
  readonly provenance: string;
  readonly sbom: string;
  /** How often a push is begun again that may pass. */
  readonly retries: number;
  readonly overwrite: boolean;
  readonly summary: boolean;
}

export interface CacheInputs {
  readonly kind: "auto" | "gha" | "registry" | "off";
  readonly from: readonly string[];
  readonly to: readonly string[];
}

/** Reads all inputs; throws one `config` error with everything that is wrong with them. Masks each secret first. */
export function readInputs(reader: InputReader): Inputs {
  const password = reader.secret("password");
  const githubToken = reader.secret("github-token");
  const secrets = reader.env("secrets", secretIds);
  const inputs: Inputs = {
    context: reader.text("context", { default: "." }),
    file: reader.text("file"),
    target: reader.text("target", { pattern: /^[\w.-]+$/, accepted: "the name of a stage" }),
    image: readImage(reader),
    username: reader.text("username"),
    ...{ password, githubToken, secrets },
    platforms: readPlatforms(reader),
    tagging: readTagInputs(reader),
    labels: readPairs(reader, "labels", "org.opencontainers.image.vendor=Climbing"),
    annotations: readPairs(reader, "annotations", "org.opencontainers.image.vendor=Climbing"),
    buildArgs: readPairs(reader, "build-args", "NODE_VERSION=24"),
    push: reader.choice("push", ["auto", "true", "false"], "auto"),
    cache: {
      kind: reader.choice("cache", ["auto", "gha", "registry", "off"], "auto"),
      from: reader.lines("cache-from"),
      to: reader.lines("cache-to"),
    },
    maxSize: reader.size("max-size"),
    scan: readScanInputs(reader),
    builder: reader.text("builder"),
    provenance: reader.text("provenance", { default: "false" }),
    sbom: reader.text("sbom", { default: "false" }),
    retries: reader.integer("retries", { default: 3, min: 0, max: 10 }),
    overwrite: reader.boolean("overwrite", false),
    summary: reader.boolean("summary", true),
  };
  reader.finish();
  return inputs;
}

/** What `RUN --mount=type=secret,id=…` may name. */
const secretIds = {
  pattern: /^[A-Za-z0-9_][A-Za-z0-9_.-]*$/,
  words: "letters, digits, _, . and -",
};

/** With `registry` in front where the name itself has none. */
function readImage(reader: InputReader): string {
  const image = reader.text("image");
  const registry = reader
    .text("registry")
    .replace(/^https?:\/\//, "")
    .replace(/\/+$/, "");
  const hasRegistry = /^[^/]*[.:][^/]*\/|^localhost\//.test(image);
  const whole = registry === "" || hasRegistry ? image : `${registry}/${image}`;
  if (image === "" || parseImageName(whole) === undefined) {
    const accepted = "the name of an image without tag and digest; tags go into `tags`";
    reader.problem("image", { accepted, example: "ghcr.io/ada/climbing" });
  }
  return whole;
}

function readPlatforms(reader: InputReader): readonly string[] {
  const platforms = reader.lines("platforms").flatMap((line) => line.split(/\s*,\s*|\s+/));
  const wrong = platforms.find((one) => !/^[a-z0-9]+\/[a-z0-9_]+(?:\/v?\d+)?$/.test(one));
  if (wrong !== undefined)
    reader.problem("platforms", {
      given: wrong,
      accepted: "platforms such as linux/amd64, one a line or with commas",
      example: "linux/amd64,linux/arm64",
    });
  return [...new Set(platforms)];
}

function readPairs(reader: InputReader, name: string, example: string): readonly string[] {
  const lines = reader.lines(name);
  const wrong = lines.find((line) => !/^[^=\s]+=/.test(line));
  if (wrong !== undefined)
    reader.problem(name, { given: wrong, accepted: "lines of the form name=value", example });
  return lines;
}
