import { itemsOf, memberAt } from "../kit/json.js";
import { ApiFailure } from "./cluster/api-failure.js";
import type { Api } from "./cluster/api.js";

/** Something that one may be allowed to do. */
export interface Right {
  readonly verb: string;
  readonly group: string;
  /** The plural, with a subresource after a slash. */
  readonly resource: string;
  /** "": in no namespace. */
  readonly namespace: string;
}

/**
 * What the server's rules grant the user in a namespace, by one request. Only a yes of theirs is sure: false says
 * that the right has to be asked for by itself, as it has where authorizers cannot list their rules.
 */
export async function grantedIn(namespace: string, api: Api): Promise<(right: Right) => boolean> {
  const review = {
    apiVersion: "authorization.k8s.io/v1",
    kind: "SelfSubjectRulesReview",
    metadata: { name: "" },
    spec: { namespace },
  };
  const status = await statusOf(review, api);
  if (status === undefined || memberAt(status, "incomplete") === true) return () => false;
  const rules = itemsOf(memberAt(status, "resourceRules"));
  return (right) => right.namespace === namespace && rules.some((rule) => covers(rule, right));
}

async function statusOf(review: Parameters<Api["create"]>[0], api: Api): Promise<unknown> {
  try {
    return memberAt(await api.create(review), "status");
  } catch (failure) {
    if (failure instanceof ApiFailure) return undefined;
    throw failure;
  }
}

/** A rule for named objects alone is none for all of them. */
function covers(rule: unknown, { verb, group, resource }: Right): boolean {
  const has = (member: string, ...wanted: readonly string[]): boolean =>
    itemsOf(memberAt(rule, member)).some((one) => one === "*" || wanted.includes(String(one)));
  const subresource = resource.split("/")[1];
  const all = subresource === undefined ? [] : [`*/${subresource}`];
  return (
    itemsOf(memberAt(rule, "resourceNames")).length === 0 &&
    has("verbs", verb) &&
    has("apiGroups", group) &&
    has("resources", resource, ...all)
  );
}
