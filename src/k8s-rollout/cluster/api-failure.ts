import { BelayError, type ErrorCode } from "../../kit/errors.js";
import { itemsOf, memberAt, parseJson, textAt } from "../../kit/json.js";
import { oneLine } from "../../kit/one-line.js";
import type { ClusterAnswer } from "../../ports/cluster.js";

/** One of the things that the API server has against a request. */
export interface FailureCause {
  readonly reason: string;
  readonly field: string;
  readonly message: string;
}

/** What the API server refused, and why, in its own words (a `Status` object). */
export class ApiFailure extends Error {
  override readonly name = "ApiFailure";
  readonly status: number;
  /** Such as `NotFound`, `Conflict`, `Forbidden`, `Invalid`. */
  readonly reason: string;
  readonly causes: readonly FailureCause[];

  constructor(answer: ClusterAnswer) {
    const body = parseJson(answer.body);
    super(oneLine(textAt(body, "message") || answer.body || `status ${answer.status}`, 1500));
    this.status = answer.status;
    this.reason = textAt(body, "reason");
    this.causes = itemsOf(memberAt(body, "details", "causes")).map((cause) => ({
      reason: textAt(cause, "reason"),
      field: textAt(cause, "field"),
      message: textAt(cause, "message"),
    }));
  }
}

export function isStatus(failure: unknown, status: number): failure is ApiFailure {
  return failure instanceof ApiFailure && failure.status === status;
}

/** Whether it is the namespace of the object that is not there. */
export function isNoNamespace(failure: unknown): failure is ApiFailure {
  return isStatus(failure, 404) && failure.message.startsWith("namespaces ");
}

/** The error for that; `what` is what would be in it, as in "configmap/a: ", or "". */
export function noNamespace(what: string, namespace: string, cause: ApiFailure): BelayError {
  const remedy = "Create it, or put it into `manifests`; a dry run makes none.";
  return new BelayError("config", `${what}the namespace ${namespace} does not exist`, remedy, {
    cause,
  });
}

/** The failure as the error that users see; `what` is what was tried, as in "deployment/web cannot be read". */
export function apiError(what: string, failure: unknown): BelayError {
  if (failure instanceof BelayError) return failure;
  if (!(failure instanceof ApiFailure)) {
    const why = failure instanceof Error ? failure.message : String(failure);
    const remedy = "Check that the runner reaches the cluster, and the server in the kubeconfig.";
    return new BelayError("host-unreachable", `${what}: ${why}`, remedy, { cause: failure });
  }
  const { code, remedy } = kindOf(failure);
  return new BelayError(code, `${what}: ${failure.message}`, remedy, { cause: failure });
}

interface FailureKind {
  readonly code: ErrorCode;
  readonly remedy: string;
}

function kindOf({ status, reason, message }: ApiFailure): FailureKind {
  if (status === 401)
    return {
      code: "cluster-denied",
      remedy: "The login has expired or is none of this cluster's: renew it, or `kubeconfig`.",
    };
  // Refused by the quota, and no right would help.
  if (status === 403 && message.includes("exceeded quota"))
    return { code: "command-failed", remedy: "Raise the quota, or delete what is not needed." };
  if (status === 403)
    return {
      code: "cluster-denied",
      remedy:
        "Give the user of the kubeconfig the rights of docs/kubernetes-role.yaml in this namespace.",
    };
  if (message.startsWith(loginFailed))
    return {
      code: "cluster-denied",
      remedy: "Install the login plug-in that the kubeconfig names in a step before this one.",
    };
  if (isUnreached(status, reason))
    return {
      code: "host-unreachable",
      remedy: "Check that the runner reaches the cluster, and the server in the kubeconfig.",
    };
  return { code: "command-failed", remedy: "Correct what the API server names." };
}

/** How kubectl's proxy begins when a login plug-in did not do its work. */
const loginFailed = "getting credentials";

/** What is no answer of the API server: a gateway's, or the proxy's own 500 in plain text. */
function isUnreached(status: number, reason: string): boolean {
  return [502, 503, 504].includes(status) || (status === 500 && reason === "");
}

/** Whether the server, or somebody on the way to it, was only away or busy. */
export function isAway(answer: ClusterAnswer): boolean {
  if (answer.status < 400 || answer.body.startsWith(loginFailed)) return false;
  const { status, reason } = new ApiFailure(answer);
  return status === 429 || isUnreached(status, reason);
}
