import { BelayError } from "../kit/errors.js";
import { memberAt, textAt } from "../kit/json.js";
import { type ImageName, isGitHub, parseImageName } from "./image-name.js";
import type { Inputs } from "./inputs.js";
import { mergeFields, ociFields } from "./oci-fields.js";
import type { Run } from "./platform.js";
import type { Login } from "./registry/registry.js";
import { fillGlobal, type TagFacts } from "./tags/expression.js";
import { type TagName, tagNames } from "./tags/tag-names.js";

/** What shall be built, and what it shall be called. */
export interface Plan {
  readonly image: ImageName;
  readonly push: boolean;
  /** Given by inputs; undefined: whoever has logged in before. */
  readonly login: Login | undefined;
  readonly tags: readonly TagName[];
  readonly warnings: readonly string[];
  readonly labels: readonly string[];
  readonly annotations: readonly string[];
  readonly committedAt: number | undefined;
}

export interface PlanFacts {
  readonly run: Run;
  readonly event: unknown;
  readonly now: number;
  readonly committedAt: number | undefined;
}

/** Fills in what the user left to the run. Throws `config` for what cannot be known before. */
export function planOf(inputs: Inputs, facts: PlanFacts): Plan {
  const { run, event, committedAt } = facts;
  const image = imageOf(inputs);
  const about = tagFacts(facts);
  const { tags, warnings } = filled("tags", () =>
    tagNames(inputs.tagging.rules, inputs.tagging.flavor, about),
  );
  const fields = ociFields(run, event, tags[0]?.name ?? "", committedAt);
  const own = (lines: readonly string[], name: string): readonly string[] =>
    filled(name, () => lines.map((line) => fillGlobal(line, about)));
  const level = inputs.platforms.length > 1 ? "index:" : "manifest:";
  return {
    ...{ image, tags, warnings, committedAt },
    push: isPushed(inputs.push, run.eventName),
    login: loginOf(inputs, image, run),
    labels: mergeFields(fields, own(inputs.labels, "labels")),
    annotations: mergeFields(fields, own(inputs.annotations, "annotations")).map((line) =>
      /^(?:index|manifest)(?:-descriptor)?(?:\[[^\]]*\])?:/.test(line) ? line : `${level}${line}`,
    ),
  };
}

/** A pull request may come from anybody, and its image is nobody's release. */
function isPushed(push: Inputs["push"], eventName: string): boolean {
  return push === "auto" ? !eventName.startsWith("pull_request") : push === "true";
}

function imageOf({ image }: Inputs): ImageName {
  const name = parseImageName(image);
  if (name !== undefined) return name;
  throw new BelayError("config", "`image` is no name of an image", "Correct `image`.");
}

/** The job's token is for GitHub alone. */
function loginOf(inputs: Inputs, image: ImageName, { actor }: Run): Login | undefined {
  const token = isGitHub(image) ? inputs.githubToken : "";
  const password = inputs.password || token;
  return password === "" ? undefined : { username: inputs.username || actor, password };
}

function tagFacts({ run, event, now, committedAt }: PlanFacts): TagFacts {
  const base = textAt(event, "pull_request", "base", "ref");
  const from = textAt(event, "base_ref").replace(/^refs\/heads\//, "");
  return {
    ...{ ref: run.ref, sha: run.sha, eventName: run.eventName, now, committedAt },
    defaultBranch: textAt(memberAt(event, "repository"), "default_branch"),
    baseRef: run.ref.startsWith("refs/tags/") ? from : base,
  };
}

function filled<T>(input: string, body: () => T): T {
  try {
    return body();
  } catch (failure) {
    if (!(failure instanceof RangeError)) throw failure;
    const remedy = "The README lists what a tag can be made of.";
    throw new BelayError("config", `\`${input}\`: ${failure.message}`, remedy);
  }
}
