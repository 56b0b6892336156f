import { type DatabaseAddress, parseDatabaseUrl } from "../commands/postgres.js";
import type { InputReader } from "../kit/inputs.js";

export const restorable = ["database", "media", "config", "redis"] as const;

/** How a backup comes back. */
export interface RestoreInputs {
  /** Empty: all that the backup holds but Redis. */
  readonly contents: readonly string[];
  /** Shell lines that stop whoever writes. */
  readonly stop: string;
  readonly keepOldMs: number;
  /** The console of PgBouncer, where one stands before the databases. */
  readonly pooler: DatabaseAddress | undefined;
  /** What a failed deploy does with a database whose schema it has changed. */
  readonly afterFailure: "keep" | "restore";
  readonly safetyBackup: boolean;
}

export const defaultKeepOld = "24h";

/** Reads how a backup is restored; what is wrong is noted in `reader`. Masks each password by itself. */
export function readRestore(reader: InputReader, mask: (secret: string) => void): RestoreInputs {
  const contents = reader.lines("contents");
  for (const given of contents) {
    const accepted = `${restorable.join(", ")}, one a line`;
    if (!restorable.some((known) => known === given))
      reader.problem("contents", { given, accepted, example: "database" });
  }
  return {
    contents,
    stop: reader.block("stop"),
    keepOldMs: reader.duration("keep-old-database", { default: defaultKeepOld }),
    pooler: readPooler(reader, mask),
    afterFailure: reader.choice("rollback-database", ["keep", "restore"], "keep"),
    safetyBackup: reader.boolean("safety-backup", true),
  };
}

function readPooler(
  reader: InputReader,
  mask: (secret: string) => void,
): DatabaseAddress | undefined {
  const url = reader.secret("pgbouncer-url");
  if (url === "") return undefined;
  const read = parseDatabaseUrl(url);
  if ("problem" in read) {
    reader.problem("pgbouncer-url", {
      secret: true,
      accepted: `the URL of PgBouncer's console; this one ${read.problem}`,
      example: "postgresql://admin:secret@localhost:6432/pgbouncer",
    });
    return undefined;
  }
  if (read.password !== "") mask(read.password);
  return read;
}
