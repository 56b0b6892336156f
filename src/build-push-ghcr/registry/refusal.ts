import { BelayError } from "../../kit/errors.js";
import { itemsOf, memberAt, parseJson, textAt } from "../../kit/json.js";
import { oneLine } from "../../kit/one-line.js";
import { type ImageName, isGitHub } from "../image-name.js";

/** What a registry answered to whom. */
export interface Refusal {
  readonly status: number;
  /** What it said, JSON or not. */
  readonly body: string;
  readonly image: ImageName;
  /** In words that follow "to". */
  readonly asked: string;
  /** Empty: nobody logged in. */
  readonly username: string;
}

/** Whether the same request may be answered well a little later. */
export function mayPass(status: number): boolean {
  return status === 408 || status === 429 || status >= 500;
}

/** The error that says what a user can do about it. */
export function refusal(given: Refusal): BelayError {
  const { status, image, asked } = given;
  const words = wordsOf(given.body);
  const message = `${String(status)} from ${image.registry} when asked to ${asked}${words && `: ${words}`}`;
  const { code, remedy } = explain(given);
  return new BelayError(code, message, remedy);
}

interface Explanation {
  readonly code: "registry-denied" | "service-failed" | "image-refused";
  readonly remedy: string;
}

function explain(given: Refusal): Explanation {
  const { status, image, body } = given;
  if (/MANIFEST_BLOB_UNKNOWN|BLOB_UNKNOWN/.test(body) && status < 500)
    return { code: "image-refused", remedy: childGone };
  const known = remedies[status];
  if (known !== undefined) return known(given);
  return status >= 500
    ? { code: "service-failed", remedy: `Run the job again when ${image.registry} works.` }
    : { code: "registry-denied", remedy: "Check `image` and the registry's own log." };
}

const childGone =
  "A part of the image was deleted between push and tag. Have clean-ups of untagged images spare those younger than a day, and run the job again.";

const remedies: Readonly<Record<number, (given: Refusal) => Explanation>> = {
  401: ({ image, username }) => ({
    code: "registry-denied",
    remedy:
      username === ""
        ? `Give \`username\` and \`password\`: nobody has logged in to ${image.registry}.`
        : `Check \`username\` (${username}) and \`password\`: the registry does not know them, or the token has run out.`,
  }),
  403: ({ image }) => ({
    code: "registry-denied",
    remedy: isGitHub(image)
      ? `This token lacks \`packages: write\` (give the job \`permissions: packages: write\`), or the package belongs to another repository: link it under ${packagePage(image)}, "Manage Actions access".`
      : `Give the user of \`username\` the right to push to ${image.repository}.`,
  }),
  404: ({ image }) => ({
    code: "registry-denied",
    remedy: `Check \`image\`: ${image.registry} has no ${image.repository}, or hides it from this login. Some registries want it made first.`,
  }),
  413: ({ image }) => ({
    code: "registry-denied",
    remedy: `A layer is larger than ${image.registry}, or a proxy in front of it, takes: split the layer, or raise the limit (nginx: \`client_max_body_size\`).`,
  }),
  429: ({ image, username }) => ({
    code: "service-failed",
    remedy:
      username === ""
        ? `Log in with \`username\` and \`password\`: ${image.registry} lets more pass from a login.`
        : `Run the job again later: ${image.registry} limits how much one login may ask.`,
  }),
};

function packagePage({ registry, repository }: ImageName): string {
  const [owner = "", ...rest] = repository.split("/");
  const host = registry === "ghcr.io" ? "github.com" : registry.replace(/^containers\./, "");
  const name = encodeURIComponent(rest.join("/"));
  return `https://${host}/${owner} (Packages, ${decodeURIComponent(name)}, Package settings)`;
}

/** The first error that a registry's JSON names, else the beginning of a plain text. */
function wordsOf(body: string): string {
  const [first] = itemsOf(memberAt(parseJson(body), "errors"));
  const words = [textAt(first, "code"), textAt(first, "message")].filter((one) => one !== "");
  const text = words.length > 0 ? words.join(", ") : /^\s*[<{]/.test(body) ? "" : body;
  return oneLine(text, 200);
}
