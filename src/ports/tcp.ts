import type { Dial, DialTarget } from "./dial.js";

export interface TcpRequest extends DialTarget {
  readonly timeoutMs: number;
  /** Default: from this machine. */
  readonly dial?: Dial | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface Tcp {
  /**
   * Resolves when the other side took the connection, which is closed again at once. Rejects with an `Error`
   * whose message says in one line why it did not.
   */
  touch(request: TcpRequest): Promise<void>;
}
