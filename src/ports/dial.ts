import type { Duplex } from "node:stream";

/** Where a connection goes, as seen from where it starts. */
export interface DialTarget {
  readonly host: string;
  readonly port: number;
}

/**
 * Opens a connection from somewhere else, such as from the server behind an SSH connection. Rejects with an
 * `Error` whose message says in one line why there is none.
 */
export type Dial = (target: DialTarget, signal: AbortSignal) => Promise<Duplex>;
