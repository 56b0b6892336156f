import type { InputReader } from "../kit/inputs.js";
import { readTelling, type TellingInputs } from "../kit/telling-inputs.js";

/** What the user asked for, fully parsed. */
export interface Inputs extends TellingInputs {
  /** Without a slash at the end. */
  readonly url: string;
  readonly token: string;
  readonly org: string;
  readonly projects: readonly string[];
  /** Empty: the commit. */
  readonly release: string;
  /** Empty: what the event or a report says. */
  readonly environment: string;
  readonly commits: "auto" | "off";
  readonly finalize: boolean;
  readonly status: string;
  /** JSON as it was given, perhaps none. */
  readonly reports: string;
}

export const defaultTimeLimit = "30s";

const slug = { pattern: /^[a-z0-9_-]+$/i, accepted: "a slug, as it stands in Sentry's addresses" };

/** Reads all inputs; throws one `config` error with everything that is wrong with them. Masks each secret first. */
export function readInputs(reader: InputReader): Inputs {
  const telling = readTelling(reader, defaultTimeLimit);
  const inputs: Inputs = {
    ...telling,
    url: readUrl(reader),
    token: reader.secret("sentry-auth-token", { required: !telling.dryRun }),
    org: reader.text("sentry-org", { ...slug, required: true, example: "my-company" }),
    projects: readProjects(reader),
    release: readRelease(reader),
    environment: reader.text("environment", {
      pattern: /^(?!none$)[^\s/]{1,64}$/i,
      accepted: "at most 64 characters without spaces and slashes, and not `none`",
      example: "production",
    }),
    commits: reader.choice("commits", ["auto", "off"], "auto"),
    finalize: reader.boolean("finalize", true),
    status: reader.text("status"),
    reports: reader.block("reports"),
  };
  reader.finish();
  return inputs;
}

function readUrl(reader: InputReader): string {
  const url = reader.text("sentry-url", { default: "https://sentry.io" });
  const { protocol, hostname } = URL.canParse(url) ? new URL(url) : { protocol: "", hostname: "" };
  const here = ["127.0.0.1", "[::1]", "localhost"].includes(hostname);
  if (protocol !== "https:" && !(protocol === "http:" && here)) {
    const accepted = "the https address of Sentry: the token must not travel in the clear";
    reader.problem("sentry-url", { accepted, example: "https://sentry.example.com" });
  }
  return url.replace(/\/+$/, "");
}

function readProjects(reader: InputReader): readonly string[] {
  const projects = reader.lines("sentry-projects").flatMap((line) => line.split(/[\s,]+/));
  const wrong = projects.find((project) => !slug.pattern.test(project));
  if (projects.length === 0 || wrong !== undefined) {
    const accepted = "the slugs of the projects, one a line";
    reader.problem("sentry-projects", { given: wrong ?? "", accepted, example: "backend" });
  }
  return projects;
}

/** What Sentry itself refuses as the name of a release. */
function readRelease(reader: InputReader): string {
  return reader.text("release", {
    pattern: /^(?!\.{1,2}$|latest$)[^\r\n\f\t/\\]{1,200}$/,
    accepted: "at most 200 characters without slashes, backslashes and tabs",
    example: "${{ github.sha }}",
  });
}
