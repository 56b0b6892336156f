import type { Clock } from "../../ports/clock.js";
import type { Api } from "../cluster/api.js";
import { follow } from "../cluster/follow.js";
import type { KubeObject } from "../cluster/objects.js";
import type { KubeEvent, Pod, Workload } from "../cluster/workloads.js";

/** All that a namespace shows of its workloads, kept up to date by watches: no request is made to look at it. */
export interface View {
  readonly workloads: ReadonlyMap<string, Workload>;
  readonly replicaSets: ReadonlyMap<string, KubeObject>;
  readonly controllerRevisions: ReadonlyMap<string, KubeObject>;
  readonly pods: ReadonlyMap<string, Pod>;
  readonly events: ReadonlyMap<string, KubeEvent>;
}

/** What is listed and watched, with the word NAMESPACE where that of the run goes. */
export const viewedPaths = {
  deployments: "/apis/apps/v1/namespaces/NAMESPACE/deployments",
  statefulSets: "/apis/apps/v1/namespaces/NAMESPACE/statefulsets",
  daemonSets: "/apis/apps/v1/namespaces/NAMESPACE/daemonsets",
  replicaSets: "/apis/apps/v1/namespaces/NAMESPACE/replicasets",
  controllerRevisions: "/apis/apps/v1/namespaces/NAMESPACE/controllerrevisions",
  pods: "/api/v1/namespaces/NAMESPACE/pods",
  events: "/api/v1/namespaces/NAMESPACE/events",
} as const;

type Store = Map<string, KubeObject>;

/** A view that is being kept; `close` ends its watches. */
export class LiveView implements View {
  readonly workloads: Map<string, Workload>;
  readonly replicaSets: Store = new Map();
  readonly controllerRevisions: Store = new Map();
  readonly pods: Map<string, Pod>;
  readonly events: Map<string, KubeEvent>;
  readonly #ended = new AbortController();
  #failure: Error | undefined;
  #wake: () => void = () => undefined;

  private constructor() {
    this.workloads = new Map();
    this.pods = new Map();
    this.events = new Map();
  }

  /** Ready when everything has been listed once; throws where the user may not look. */
  static async open(
    namespace: string,
    api: Api,
    clock: Clock,
    interrupted: (why: string) => void,
  ): Promise<LiveView> {
    const view = new LiveView();
    const workloads = view.workloads as unknown as Store;
    const stores: readonly (readonly [keyof typeof viewedPaths, Store])[] = [
      ["deployments", workloads],
      ["statefulSets", workloads],
      ["daemonSets", workloads],
      ["replicaSets", view.replicaSets],
      ["controllerRevisions", view.controllerRevisions],
      ["pods", view.pods],
      ["events", view.events],
    ];
    const kinds: Partial<Record<keyof typeof viewedPaths, string>> = {
      deployments: "Deployment",
      statefulSets: "StatefulSet",
      daemonSets: "DaemonSet",
    };
    const told = new Set<string>();
    const listed = stores.map(([name, store]) => {
      const path = viewedPaths[name].replace("NAMESPACE", encodeURIComponent(namespace));
      return view.#keep(path, kinds[name], store, { api, clock }, (why) => {
        // One line for a server that is away, not one for each of its watches.
        if (!told.has(why)) interrupted(why);
        told.add(why);
      });
    });
    try {
      await Promise.all(listed);
    } catch (failure) {
      view.close();
      throw failure;
    }
    return view;
  }

  /** Resolves when something has changed; throws when watching has become impossible. */
  async changed(): Promise<void> {
    if (this.#failure !== undefined) throw this.#failure;
    await new Promise<void>((resolve) => (this.#wake = resolve));
  }

  close(): void {
    this.#ended.abort();
    this.#wake();
  }

  /** Resolves with the first list. Items of a list do not say their kind, and those of a watch do. */
  #keep(
    path: string,
    kind: string | undefined,
    store: Store,
    { api, clock }: { readonly api: Api; readonly clock: Clock },
    interrupted: (why: string) => void,
  ): Promise<void> {
    return new Promise((resolve, reject) => {
      const mine = new Set<string>();
      const put = (item: KubeObject): void => {
        const key = item.metadata.uid ?? item.metadata.name;
        mine.add(key);
        store.set(key, kind === undefined ? item : { ...item, kind, apiVersion: "apps/v1" });
      };
      const follower = {
        listed: (items: readonly KubeObject[]) => {
          for (const key of mine) store.delete(key);
          mine.clear();
          items.forEach(put);
          this.#wake();
          resolve();
        },
        changed: (item: KubeObject) => {
          put(item);
          this.#wake();
        },
        deleted: (item: KubeObject) => {
          store.delete(item.metadata.uid ?? item.metadata.name);
          this.#wake();
        },
        interrupted,
      };
      follow(path, follower, { api, clock, signal: this.#ended.signal }).catch(
        (failure: unknown) => {
          this.#failure = failure instanceof Error ? failure : new Error(String(failure));
          this.#wake();
          reject(this.#failure);
        },
      );
    });
  }
}
