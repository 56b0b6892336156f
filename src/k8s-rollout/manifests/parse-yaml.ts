import { type Document, isMap, type ParseOptions, parseAllDocuments } from "yaml";
import { BelayError } from "../../kit/errors.js";
import { oneLine } from "../../kit/one-line.js";
import type { KubeObject } from "../cluster/objects.js";

/** An object that somebody wrote down, and where. */
export interface Manifest {
  readonly object: KubeObject;
  /** `k8s/web.yaml:12`, for messages. */
  readonly place: string;
}

/** What a text holds, and what is wrong with it. */
export interface Parsed {
  readonly manifests: readonly Manifest[];
  readonly problems: readonly BelayError[];
}

/** As kubectl reads it: `0644` is octal and `yes` is true, but a date is a text, and so is `12:30`. */
const likeKubectl: ParseOptions & Parameters<typeof parseAllDocuments>[1] = {
  version: "1.1",
  merge: true,
  uniqueKeys: true,
  prettyErrors: true,
  customTags: (tags) =>
    tags.filter(
      (tag) =>
        typeof tag === "string" ||
        (!["tag:yaml.org,2002:timestamp"].includes(tag.tag) && !isSexagesimal(tag)),
    ),
};

function isSexagesimal(tag: { readonly format?: string }): boolean {
  return tag.format === "TIME";
}

/** Reads all documents of a file; lists are taken apart, empty documents left out. */
export function parseManifests(text: string, file: string): Parsed {
  const manifests: Manifest[] = [];
  const problems: BelayError[] = [];
  const documents = parseAllDocuments(text, likeKubectl);
  if (!Array.isArray(documents)) return { manifests, problems };
  for (const document of documents as readonly Document.Parsed[]) {
    const line = lineAt(text, document.contents?.range[0] ?? document.range[0]);
    const [error] = document.errors;
    if (error !== undefined) {
      const at = error.linePos?.[0].line ?? line;
      problems.push(invalid(`${file}:${at}`, error.message.split("\n", 1)[0] ?? ""));
    } else if (isMap(document.contents)) {
      const value = document.toJS({ maxAliasCount: 1000 }) as KubeObject;
      for (const object of itemsOfList(value)) add({ object, place: `${file}:${line}` });
    } else if (document.contents !== null && document.toJS() !== null)
      problems.push(invalid(`${file}:${line}`, "a document that is no object"));
  }
  return { manifests, problems };

  function add(manifest: Manifest): void {
    const missing = missingMember(manifest.object);
    if (missing === undefined) manifests.push(manifest);
    else problems.push(invalid(manifest.place, `\`${missing}\` is missing`));
  }
}

function missingMember({ apiVersion, kind, metadata }: Partial<KubeObject>): string | undefined {
  if (typeof apiVersion !== "string" || apiVersion === "") return "apiVersion";
  if (typeof kind !== "string" || kind === "") return "kind";
  return typeof metadata?.name === "string" && metadata.name !== "" ? undefined : "metadata.name";
}

function itemsOfList(value: KubeObject): readonly KubeObject[] {
  const { kind, items } = value as Partial<KubeObject>;
  return typeof kind === "string" && kind.endsWith("List") && Array.isArray(items)
    ? (items as readonly KubeObject[])
    : [value];
}

function lineAt(text: string, offset: number): number {
  return text.slice(0, offset).split("\n").length;
}

function invalid(place: string, why: string): BelayError {
  const remedy = "Correct the manifest: `kubectl apply --dry-run=client` on it says the same.";
  return new BelayError("config", `${place}: ${oneLine(why, 300)}`, remedy);
}
