import { memberAt } from "../../kit/json.js";
import type { KubeObject } from "../cluster/objects.js";

/** A leaf of an object that differs. */
export interface Difference {
  /** `spec.template.spec.containers[name=web].image`. */
  readonly path: string;
  readonly from: unknown;
  readonly to: unknown;
}

/** What the server or we write by the way: no change that anybody asked for. */
const bookkeeping = [
  "managedFields",
  "resourceVersion",
  "generation",
  "creationTimestamp",
  "uid",
  "selfLink",
  // Told by themselves, below.
  "annotations",
];
const ownMarks =
  /^(?:belay\.dev\/(?:commit|run|release)|kubernetes\.io\/change-cause|kubectl\.kubernetes\.io\/last-applied-configuration|deployment\.kubernetes\.io\/revision)$/;

/** The leaves in which two states of an object differ, without status and bookkeeping. */
export function differences(from: KubeObject | undefined, to: KubeObject): readonly Difference[] {
  return leavesThatDiffer("", from === undefined ? undefined : plain(from), plain(to));
}

/** The object without what is not its content. */
export function plain(object: KubeObject): KubeObject {
  const metadata = Object.entries(object.metadata).filter(([name]) => !bookkeeping.includes(name));
  const rest: Partial<KubeObject> = { ...object };
  delete (rest as { status?: unknown }).status;
  return {
    ...rest,
    metadata: { ...Object.fromEntries(metadata), ...withoutMarks(object) },
  } as KubeObject;
}

function withoutMarks({ metadata }: KubeObject): { annotations?: Record<string, string> } {
  const kept = Object.entries(metadata.annotations ?? {}).filter(([name]) => !ownMarks.test(name));
  return kept.length === 0 ? {} : { annotations: Object.fromEntries(kept) };
}

function leavesThatDiffer(path: string, from: unknown, to: unknown): readonly Difference[] {
  if (isTree(from) && isTree(to)) {
    const keys = new Set([...keysOf(from), ...keysOf(to)]);
    return [...keys].flatMap((key) =>
      leavesThatDiffer(join(path, key), at(from, key), at(to, key)),
    );
  }
  return canonical(from) === canonical(to) ? [] : [{ path, from, to }];
}

function isTree(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}

/** Items with a name are told apart by it, so that a new first one does not change all others. */
function keysOf(tree: object): readonly string[] {
  if (!Array.isArray(tree)) return Object.keys(tree);
  return tree.map((item, index) => {
    const name = memberAt(item, "name");
    return typeof name === "string" ? `[name=${name}]` : `[${index}]`;
  });
}

function at(tree: object, key: string): unknown {
  if (!Array.isArray(tree)) return memberAt(tree, key);
  const index = keysOf(tree).indexOf(key);
  return index === -1 ? undefined : (tree as readonly unknown[])[index];
}

function join(path: string, key: string): string {
  return path === "" || key.startsWith("[") ? `${path}${key}` : `${path}.${key}`;
}

/** The same text for the same value, whatever the order of its members. */
export function canonical(value: unknown): string {
  return JSON.stringify(value, (_, member: unknown) =>
    isTree(member) && !Array.isArray(member)
      ? Object.fromEntries(Object.entries(member).sort(([a], [b]) => (a < b ? -1 : 1)))
      : member,
  );
}
