import type { InputReader } from "../kit/inputs.js";
import { readTelling, type TellingInputs } from "../kit/telling-inputs.js";
import { type Field, readFields } from "./fields.js";
import { type Mention, readMentions } from "./mention.js";
import { readWay, type Way } from "./way.js";
import { kindOf, type VerdictKind } from "./verdict.js";

/** What the user asked for, fully parsed. */
export interface Inputs extends TellingInputs {
  /** Undefined in a dry run that was given none. */
  readonly way: Way | undefined;
  /** What `status` says; undefined when it is empty. */
  readonly status: VerdictKind | undefined;
  readonly title: string;
  readonly message: string;
  readonly fields: readonly Field[];
  readonly environment: string;
  /** JSON as it was given, perhaps none. */
  readonly needs: string;
  readonly reports: string;
  readonly mentions: readonly Mention[];
  readonly onlyOn: "always" | "failure" | "change";
  readonly githubToken: string;
}

export const defaultTimeLimit = "20s";

/** Reads all inputs; throws one `config` error with everything that is wrong with them. Masks each secret first. */
export function readInputs(reader: InputReader): Inputs {
  const githubToken = reader.secret("github-token");
  const telling = readTelling(reader, defaultTimeLimit);
  const inputs: Inputs = {
    ...telling,
    way: readWay(reader, { optional: telling.dryRun }),
    status: readStatus(reader),
    title: reader.block("title").trim(),
    message: reader.block("message"),
    fields: readFields(reader),
    environment: reader.text("environment"),
    needs: reader.block("needs"),
    reports: reader.block("reports"),
    mentions: readMentions(reader),
    onlyOn: reader.choice("only-on", ["always", "failure", "change"], "always"),
    githubToken,
  };
  if (inputs.onlyOn === "change" && githubToken === "") {
    reader.problem("github-token", {
      secret: true,
      accepted: "a token with `actions: read`, because only-on is change",
      example: "${{ github.token }}",
    });
  }
  reader.finish();
  return inputs;
}

function readStatus(reader: InputReader): VerdictKind | undefined {
  const given = reader.text("status");
  if (given === "") return undefined;
  const kind = kindOf(given);
  if (kind === undefined) {
    const accepted =
      "success, failure, cancelled, skipped, started, or the status of an action of Belay";
    reader.problem("status", { accepted, example: "${{ job.status }}" });
  }
  return kind;
}
