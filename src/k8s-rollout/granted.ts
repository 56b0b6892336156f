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
  const status = await review("SelfSubjectRulesReview", { namespace }, api).catch(noneIfRefused);
  if (status === undefined || memberAt(status, "incomplete") === true) return () => false;
  const rules = itemsOf(memberAt(status, "resourceRules"));
  return (right) => right.namespace === namespace && rules.some((rule) => covers(rule, right));
}

/** Asks for one right by itself. */
export async function isAllowed(
  { verb, group, resource, namespace }: Right,
  api: Api,
): Promise<boolean> {
  const [plural = "", subresource] = resource.split("/");
  const resourceAttributes = {
    verb,
    group,
    resource: plural,
    ...(subresource !== undefined && { subresource }),
    ...(namespace !== "" && { namespace }),
  };
  const status = await review("SelfSubjectAccessReview", { resourceAttributes }, api);
  return memberAt(status, "allowed") === true;
}

/** What the server says of the user who asks: the status of a review, which it keeps nowhere. */
async function review(kind: string, spec: unknown, api: Api): Promise<unknown> {
  const asked = { apiVersion: "authorization.k8s.io/v1", kind, metadata: { name: "" }, spec };
  return memberAt(await api.create(asked), "status");
}

function noneIfRefused(failure: unknown): undefined {
  if (!(failure instanceof ApiFailure)) throw failure;
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
