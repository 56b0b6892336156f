import { Buffer } from "node:buffer";
import { gunzipSync, gzipSync } from "node:zlib";
import { BelayError } from "../../kit/errors.js";
import { parseJson } from "../../kit/json.js";
import type { Api } from "../cluster/api.js";
import type { KubeObject, ObjectName } from "../cluster/objects.js";
import type { Release, ReleaseEntry, ReleaseState } from "./release.js";

interface Secret extends KubeObject {
  readonly data?: Readonly<Record<string, string>>;
}

const mark = {
  set: "belay.dev/set",
  number: "belay.dev/release",
  state: "belay.dev/state",
} as const;
const note = {
  cause: "kubernetes.io/change-cause",
  run: "belay.dev/run",
  parts: "belay.dev/parts",
  revisions: "belay.dev/revisions",
} as const;

/** A Secret takes 1 MiB, counted as base64. */
const partBytes = 700_000;
const kept = 5;

/** The release records of a set: Secrets, because what was applied may hold some. */
export class ReleaseStore {
  readonly #api: Api;
  readonly #namespace: string;
  readonly #set: string;

  constructor(api: Api, namespace: string, set: string) {
    this.#api = api;
    this.#namespace = namespace;
    this.#set = set;
  }

  /** All that are kept, the newest first. */
  async list(): Promise<readonly ReleaseEntry[]> {
    const selector = encodeURIComponent(`${mark.set}=${this.#set},${mark.number}`);
    const path = `/api/v1/namespaces/${encodeURIComponent(this.#namespace)}/secrets`;
    const { items } = await this.#api.list<Secret>(`${path}?labelSelector=${selector}`);
    return items.map(entryOf).toSorted((a, b) => b.number - a.number);
  }

  /** Throws where a part is missing, or a newer version of Belay has written it. */
  async read(number: number): Promise<Release> {
    const first = await this.#api.find<Secret>(this.#name(number));
    const count = Number(first?.metadata.annotations?.[note.parts] ?? 0);
    const parts = [first];
    while (parts.length < count)
      parts.push(await this.#api.find<Secret>(this.#name(number, parts.length)));
    const bytes = parts.map((part) => Buffer.from(part?.data?.["release"] ?? "", "base64"));
    return decode(Buffer.concat(bytes), number);
  }

  /** Writes an open release; throws a 409 when its number is taken. */
  async open(release: Release): Promise<void> {
    const bytes = gzipSync(JSON.stringify(release));
    const count = Math.max(1, Math.ceil(bytes.length / partBytes));
    for (let part = count - 1; part > 0; part -= 1)
      await this.#api.create(this.#secret(release, { part, count, bytes }));
    // Last: the record is there as a whole, or not at all.
    await this.#api.create(this.#secret(release, { part: 0, count, bytes }));
  }

  /** `revisions` name the ReplicaSets and ControllerRevisions that have come of it, for people. */
  async setState(
    number: number,
    state: ReleaseState,
    revisions: readonly string[] = [],
  ): Promise<void> {
    const annotations = { [note.revisions]: revisions.join(" ") };
    await this.#api.mergePatch(this.#name(number), {
      metadata: {
        labels: { [mark.state]: state },
        ...(revisions.length > 0 && { annotations }),
      },
    });
  }

  /** Removes all but the newest five; the newest healthy one stays, however old. */
  async prune(): Promise<void> {
    const all = await this.list();
    const healthy = all.find(({ state }) => state === "healthy");
    const old = all.slice(kept).filter((entry) => entry !== healthy);
    for (const { number } of old) {
      const first = await this.#api.find<Secret>(this.#name(number));
      const count = Number(first?.metadata.annotations?.[note.parts] ?? 1);
      for (let part = 0; part < count; part += 1) await this.#api.remove(this.#name(number, part));
    }
  }

  #name(number: number, part = 0): ObjectName {
    const name = `belay.${this.#set}.${number}${part === 0 ? "" : `.${part}`}`;
    return { apiVersion: "v1", kind: "Secret", metadata: { name, namespace: this.#namespace } };
  }

  #secret(
    release: Release,
    {
      part,
      count,
      bytes,
    }: { readonly part: number; readonly count: number; readonly bytes: Buffer },
  ): ObjectName {
    const { metadata, ...rest } = this.#name(release.number, part);
    const data = bytes.subarray(part * partBytes, (part + 1) * partBytes).toString("base64");
    const numbered = { [mark.number]: String(release.number), [mark.state]: "open" };
    const labels = { [mark.set]: this.#set, ...(part === 0 && numbered) };
    const annotations = {
      [note.parts]: String(count),
      [note.cause]: release.changeCause,
      [note.run]: release.runUrl,
    };
    const secret = { type: "belay.dev/release", data: { release: data } };
    return { ...rest, metadata: { ...metadata, labels, annotations }, ...secret } as ObjectName;
  }
}

function entryOf({ metadata }: Secret): ReleaseEntry {
  return {
    number: Number(metadata.labels?.[mark.number] ?? 0),
    state: (metadata.labels?.[mark.state] ?? "open") as ReleaseState,
    createdAt: metadata.creationTimestamp ?? "",
    changeCause: metadata.annotations?.[note.cause] ?? "",
    runUrl: metadata.annotations?.[note.run] ?? "",
  };
}

function decode(bytes: Buffer, number: number): Release {
  let text: string;
  try {
    text = gunzipSync(bytes).toString();
  } catch (cause) {
    throw damaged(number, cause);
  }
  const release = parseJson(text) as Release | undefined;
  if (release === undefined) throw damaged(number, undefined);
  // A newer format is refused, never guessed.
  if ((release.version as number) !== 1)
    throw new BelayError(
      "config",
      `release ${number} was recorded by a newer Belay`,
      "Use the version of the action that made it, or a newer one.",
    );
  return release;
}

function damaged(number: number, cause: unknown): BelayError {
  return new BelayError(
    "rollback-failed",
    `the record of release ${number} is incomplete`,
    "Somebody changed its Secrets (`kubectl get secrets -l belay.dev/set`): choose another `release`.",
    { cause },
  );
}
