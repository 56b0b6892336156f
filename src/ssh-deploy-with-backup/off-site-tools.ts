import { asBelayError } from "../kit/errors.js";
import type { Http } from "../ports/http.js";
import type { Log } from "../ports/log.js";
import type { Operation } from "../server/operation.js";
import type { BackupInputs } from "./backup-inputs.js";

/** The ways of backups between the server and a bucket; each does nothing where no bucket is named. */
export interface OffSite {
  /** Uploads what waits; throws when that fails. */
  readonly send: (operation: Operation) => Promise<void>;
  /** The same, and only warns: a backup that is whole on the server is reason enough to go on. */
  readonly trySend: (operation: Operation) => Promise<void>;
  /** Brings the backup that was named to the server. */
  readonly fetch: (operation: Operation) => Promise<void>;
}

/** Loads what signs and sends only where a bucket is named. */
export async function offSite(
  { upload, source, backup }: BackupInputs,
  http: Http,
  log: Log,
): Promise<OffSite> {
  const nothing = (): Promise<void> => Promise.resolve();
  if (upload === undefined && source === undefined)
    return { send: nothing, trySend: nothing, fetch: nothing };
  const [{ Bucket }, { sendOffSite, fetchBack }] = await Promise.all([
    import("./bucket.js"),
    import("./off-site.js"),
  ]);
  const send: OffSite["send"] =
    upload === undefined
      ? nothing
      : (operation) => sendOffSite(operation, new Bucket(upload, http), log);
  return {
    send,
    trySend: async (operation) => {
      try {
        await send(operation);
      } catch (failure) {
        operation.signal.throwIfAborted();
        const { message, remedy } = asBelayError(failure);
        log.warning(`The backup was not uploaded: ${message}. ${remedy}`);
      }
    },
    fetch:
      source === undefined
        ? nothing
        : (operation) => fetchBack(operation, new Bucket(source, http), backup),
  };
}
