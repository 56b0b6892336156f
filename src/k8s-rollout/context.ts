import { BelayError } from "../kit/errors.js";
import { emptySecret } from "../kit/input-problem.js";
import { memberAt, parseJson, textAt } from "../kit/json.js";
import { oneLine } from "../kit/one-line.js";
import type { ProcessResult } from "../ports/processes.js";

/** Where a kubeconfig leads. */
export interface Context {
  readonly name: string;
  readonly namespace: string;
  readonly server: string;
}

/** What kubectl makes of the kubeconfig, which the input may have given. */
export function contextOf({ code, stdout, stderr }: ProcessResult, isGiven: boolean): Context {
  const config = parseJson(stdout);
  const name = textAt(config, "current-context");
  if (code !== 0 || name === "") throw isGiven ? noContext(stderr) : nothingGiven(stderr);
  const context = memberAt(config, "contexts", "0", "context");
  return {
    name,
    namespace: textAt(context, "namespace") || "default",
    server: textAt(memberAt(config, "clusters", "0"), "cluster", "server"),
  };
}

function noContext(stderr: string): BelayError {
  return new BelayError(
    "cluster-denied",
    `the kubeconfig leads to no cluster: ${reasonOf(stderr)}`,
    "Give the whole of a kubeconfig, or name one of its contexts by `context`.",
  );
}

/** The common mistake: a secret that the job does not get. */
function nothingGiven(stderr: string): BelayError {
  const { message, remedy } = emptySecret("kubeconfig", undefined);
  return new BelayError(
    "config",
    `${message}; and no login before this step has left kubectl a context: ${reasonOf(stderr)}`,
    remedy,
  );
}

function reasonOf(stderr: string): string {
  return oneLine(stderr.replace(/^error: /i, ""), 300) || "it names no current context";
}
