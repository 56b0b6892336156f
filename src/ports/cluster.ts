import type { ProcessResult } from "./processes.js";

/** How a cluster is found; what is empty is left to kubectl. */
export interface ClusterAddress {
  /** The text of a kubeconfig. */
  readonly kubeconfig: string;
  readonly context: string;
}

export interface ClusterRequest {
  readonly method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  /** With the query, as in `/api/v1/namespaces/default/pods?limit=1`. */
  readonly path: string;
  readonly body?: string;
  readonly contentType?: string;
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal | undefined;
}

export interface ClusterAnswer {
  readonly status: number;
  readonly body: string;
  /** What the API server warns of, such as a version that will be gone. */
  readonly warnings: readonly string[];
}

/** A Kubernetes API server, asked with the user's own login. */
export interface Cluster {
  /** What `kubectl config view --minify` says of the way there, as JSON and without secrets. */
  readonly config: ProcessResult;
  /** Resolves with any answer; rejects with a `NoAnswer` when there is none. */
  request(request: ClusterRequest): Promise<ClusterAnswer>;
  /**
   * The lines of an answer that goes on, as they come; ends when the other side ends it or `signal` aborts.
   * Throws a `NoAnswer` when the connection drops, and a `RefusedStream` for any answer but 200.
   */
  stream(path: string, signal: AbortSignal): AsyncIterable<string>;
  /** Runs kubectl against the same cluster, as the same user. */
  kubectl(args: readonly string[], signal?: AbortSignal): Promise<ProcessResult>;
  /** Ends what was started for it, and removes every file; never throws. */
  close(): Promise<void>;
}

/** An answer that says why nothing follows. */
export class RefusedStream extends Error {
  override readonly name = "RefusedStream";
  readonly answer: ClusterAnswer;

  constructor(answer: ClusterAnswer) {
    super(`status ${answer.status}`);
    this.answer = answer;
  }
}
