import type { Dial } from "./dial.js";

/** The end of a remote command: its exit code, or `null` with the signal that ended it. */
export interface Exit {
  readonly code: number | null;
  readonly signal?: string;
  /** The last 4 KiB of standard error. */
  readonly stderr: string;
}

/** A command that runs on the server: bytes in, bytes out, and its end. */
export interface Channel {
  /**
   * Standard output, in order; ends at end of file, throws `connection-lost` when the line drops. Leaving it
   * early hangs up on the command.
   */
  readonly output: AsyncIterable<Uint8Array>;
  /** Settles once the command ended; rejects with `connection-lost` when the line drops first. */
  readonly exit: Promise<Exit>;
  /**
   * Resolves when the bytes were handed to the transport (backpressure); rejects like `exit`, and with
   * `command-failed` when the command ended before it read them.
   */
  write(bytes: Uint8Array): Promise<void>;
  /** Closes standard input. */
  end(): void;
}

/** One server, reached over one connection. */
export interface RemoteHost {
  /** For people: `user@host:port`, no secret. */
  readonly name: string;
  /**
   * Connects if there is no live connection. Throws `host-unreachable`, `host-key-unknown`,
   * `host-key-changed`, `key-format`, `key-passphrase` or `auth-refused`.
   */
  connect(): Promise<void>;
  /**
   * Starts `command` in the user's login shell. Throws `connection-lost` when the line is down, and
   * `command-failed` when the server opens no further session.
   */
  start(command: string): Promise<Channel>;
  /**
   * Opens a TCP connection from the server to `target`; aborting `signal` gives it up. Rejects with an `Error`
   * that says why the server could not, or with `connection-lost`.
   */
  dial: Dial;
  /** Closes the connection; never throws. */
  close(): Promise<void>;
}
