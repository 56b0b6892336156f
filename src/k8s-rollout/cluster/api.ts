import type { Clock } from "../../ports/clock.js";
import type { Cluster, ClusterAnswer, ClusterRequest } from "../../ports/cluster.js";
import { memberAt, parseJson } from "../../kit/json.js";
import { ApiFailure, isAway, isStatus } from "./api-failure.js";
import { Discovery } from "./discovery.js";
import type { KubeObject, ObjectName } from "./objects.js";

/** The name under which our fields stand in `managedFields`. */
export const fieldManager = "belay";

export interface ApplyOptions {
  /** The server checks and completes the object, and keeps nothing. */
  readonly dryRun?: boolean;
  /** Takes fields over that others own. */
  readonly force?: boolean;
}

/** A list and the version of the cluster that it shows. */
export interface ObjectList<T> {
  readonly items: readonly T[];
  readonly resourceVersion: string;
}

const mostTries = 11;
const pauseMs = 1000;

/** The API server's verbs; all throw an `ApiFailure` where it refuses. */
export class Api {
  readonly cluster: Cluster;
  readonly discovery: Discovery;
  readonly #clock: Pick<Clock, "sleep">;
  /** What the server warned of, each once. */
  readonly warnings = new Set<string>();

  constructor(cluster: Cluster, clock: Pick<Clock, "sleep">) {
    this.cluster = cluster;
    this.#clock = clock;
    this.discovery = new Discovery((path) => this.get(path));
  }

  async get<T>(path: string): Promise<T> {
    return (await this.send({ method: "GET", path })) as T;
  }

  /** Undefined when there is no such object. */
  async find<T extends KubeObject>(object: ObjectName): Promise<T | undefined> {
    return absentIfNotFound(async () => this.get<T>(await this.discovery.pathOf(object)));
  }

  async list<T>(path: string): Promise<ObjectList<T>> {
    const list = await this.get<{
      readonly items?: readonly T[] | null;
      readonly metadata: { readonly resourceVersion: string };
    }>(path);
    return { items: list.items ?? [], resourceVersion: list.metadata.resourceVersion };
  }

  /** Server-side apply under our field manager; the object as it is afterwards. */
  async apply(
    object: ObjectName,
    { dryRun = false, force = false }: ApplyOptions = {},
  ): Promise<KubeObject> {
    const query = new URLSearchParams({ fieldManager, fieldValidation: "Strict" });
    if (dryRun) query.set("dryRun", "All");
    if (force) query.set("force", "true");
    const path = `${await this.discovery.pathOf(object)}?${query.toString()}`;
    const contentType = "application/apply-patch+yaml";
    const body = JSON.stringify(object);
    return (await this.send({ method: "PATCH", path, body, contentType })) as KubeObject;
  }

  /** Throws a 409 when there is one of that name already. */
  async create<T extends KubeObject>(object: ObjectName): Promise<T> {
    const path = await this.discovery.collectionOf(object);
    return (await this.send({ method: "POST", path, body: JSON.stringify(object) })) as T;
  }

  /** Throws a 409 when it has changed since it was read. */
  async replace<T extends KubeObject>(object: ObjectName): Promise<T> {
    const path = await this.discovery.pathOf(object);
    return (await this.send({ method: "PUT", path, body: JSON.stringify(object) })) as T;
  }

  async mergePatch(object: ObjectName, patch: unknown): Promise<KubeObject> {
    const contentType = "application/merge-patch+json";
    const path = `${await this.discovery.pathOf(object)}?fieldManager=${fieldManager}`;
    const body = JSON.stringify(patch);
    return (await this.send({ method: "PATCH", path, body, contentType })) as KubeObject;
  }

  /** Deletes it with what it owns; one that is gone is no error. */
  async remove(object: ObjectName): Promise<void> {
    const body = JSON.stringify({ propagationPolicy: "Background" });
    await absentIfNotFound(async () => {
      const path = await this.discovery.pathOf(object);
      return this.send({ method: "DELETE", path, body });
    });
  }

  /** The lines of a watch. */
  stream(path: string, signal: AbortSignal): AsyncIterable<string> {
    return this.cluster.stream(path, signal);
  }

  /** The answer as it is, such as the log of a container. */
  async text(path: string): Promise<string> {
    return (await this.#ask({ method: "GET", path })).body;
  }

  async send(request: ClusterRequest): Promise<unknown> {
    const { body } = await this.#ask(request);
    const value = parseJson(body);
    if (memberAt(value, "kind") === undefined)
      throw new ApiFailure({ status: 0, body, warnings: [] });
    return value;
  }

  async #ask(request: ClusterRequest): ReturnType<Cluster["request"]> {
    const answer = await this.#persist(request);
    for (const warning of answer.warnings) this.warnings.add(warning);
    if (answer.status < 200 || answer.status > 299) throw new ApiFailure(answer);
    return answer;
  }

  /** An API server that restarts is away for seconds. What is asked twice must mean the same as once. */
  async #persist(request: ClusterRequest): Promise<ClusterAnswer> {
    const tries = ["GET", "PATCH"].includes(request.method) ? mostTries : 1;
    for (let left = tries - 1; ; left -= 1) {
      try {
        const answer = await this.cluster.request(request);
        if (left === 0 || !isAway(answer)) return answer;
      } catch (failure) {
        if (left === 0) throw failure;
      }
      await this.#clock.sleep(pauseMs, request.signal);
    }
  }
}

async function absentIfNotFound<T>(body: () => Promise<T>): Promise<T | undefined> {
  try {
    return await body();
  } catch (failure) {
    if (isStatus(failure, 404)) return undefined;
    throw failure;
  }
}
