import { BelayError } from "../../kit/errors.js";
import { isStatus } from "./api-failure.js";
import type { ObjectName } from "./objects.js";

/** A kind, as the API server offers it. */
export interface Resource {
  readonly kind: string;
  /** Its plural, as it stands in paths. */
  readonly name: string;
  readonly namespaced: boolean;
}

interface ResourceList {
  readonly resources: readonly Resource[];
}

/** What every run asks for itself, the same in every cluster. */
const known: Readonly<Record<string, readonly Resource[]>> = {
  "authorization.k8s.io/v1": [review("SelfSubjectAccessReview"), review("SelfSubjectRulesReview")],
  "coordination.k8s.io/v1": [{ kind: "Lease", name: "leases", namespaced: true }],
};

function review(kind: string): Resource {
  return { kind, name: `${kind.toLowerCase()}s`, namespaced: false };
}

/** Finds out under which path the API server keeps a kind; asks once for each group and version. */
export class Discovery {
  readonly #get: (path: string) => Promise<unknown>;
  readonly #lists = new Map<string, Promise<readonly Resource[]>>();

  constructor(get: (path: string) => Promise<unknown>) {
    this.#get = get;
  }

  /** Forgets what it has found, as after a new CRD. */
  forget(): void {
    this.#lists.clear();
  }

  /** Undefined for a kind that the cluster does not know. */
  async resource({
    apiVersion,
    kind,
  }: Pick<ObjectName, "apiVersion" | "kind">): Promise<Resource | undefined> {
    const ours = known[apiVersion]?.find((one) => one.kind === kind);
    if (ours !== undefined) return ours;
    const found = this.#lists.get(apiVersion) ?? this.#ask(apiVersion);
    this.#lists.set(apiVersion, found);
    return (await found).find((one) => one.kind === kind && !one.name.includes("/"));
  }

  /** The path of the object; throws where the cluster does not know its kind. */
  async pathOf(object: ObjectName): Promise<string> {
    return `${await this.collectionOf(object)}/${encodeURIComponent(object.metadata.name)}`;
  }

  /** The path of all objects of its kind in its namespace. */
  async collectionOf(object: ObjectName): Promise<string> {
    const resource = await this.resource(object);
    if (resource === undefined) throw unknownKind(object);
    const { namespace } = object.metadata;
    const within = resource.namespaced
      ? `/namespaces/${encodeURIComponent(namespace ?? "default")}`
      : "";
    return `${groupPath(object.apiVersion)}${within}/${resource.name}`;
  }

  async #ask(apiVersion: string): Promise<readonly Resource[]> {
    try {
      return ((await this.#get(groupPath(apiVersion))) as ResourceList).resources;
    } catch (failure) {
      this.#lists.delete(apiVersion);
      if (isStatus(failure, 404)) return [];
      throw failure;
    }
  }
}

export function groupPath(apiVersion: string): string {
  return apiVersion.includes("/") ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
}

export function unknownKind({
  apiVersion,
  kind,
}: Pick<ObjectName, "apiVersion" | "kind">): BelayError {
  return new BelayError(
    "config",
    `the cluster knows no ${kind} of ${apiVersion}`,
    "Install its CRD first, or correct `apiVersion` and `kind`.",
  );
}
