import { type DatabaseAddress, parseDatabaseUrl } from "../commands/postgres.js";
import type { InputReader } from "../kit/inputs.js";

/** What is backed up, where to, and how long it is kept. */
export interface BackupInputs {
  readonly databases: readonly DatabaseAddress[];
  /** Empty: `<path>/backups`. */
  readonly dir: string;
  /** Empty: `deploy`, or `manual` for `operation: backup`. */
  readonly label: string;
  /** How many backups of each label stay. */
  readonly keep: ReadonlyMap<string, number>;
  readonly verify: "read" | "off";
  readonly compression: string;
  /** For `verify-backup`: an id, or `latest`. */
  readonly backup: string;
}

export const defaultKeep: ReadonlyMap<string, number> = new Map([
  ["deploy", 3],
  ["daily", 7],
  ["manual", 3],
]);

const label = /^[A-Za-z0-9][A-Za-z0-9_-]{0,39}$/;

/** Reads the inputs of a backup; what is wrong is noted in `reader`. Masks each password by itself. */
export function readBackup(reader: InputReader, mask: (secret: string) => void): BackupInputs {
  const given = reader.text("backup-label", {
    accepted: "a word of letters, digits, _ and -",
    example: "daily",
    pattern: label,
  });
  return {
    databases: readDatabases(reader, mask),
    dir: readFolder(reader),
    label: given,
    keep: readKeep(reader),
    verify: reader.choice("backup-verify", ["read", "off"], "read"),
    compression: reader.text("backup-compression", {
      default: "auto",
      accepted: "auto, none, gzip:1 to gzip:9 or zstd:1 to zstd:19",
      example: "gzip:6",
      pattern: /^(auto|none|gzip:[1-9]|zstd:(1?[1-9]|10))$/,
    }),
    backup: reader.text("backup", {
      default: "latest",
      accepted: "latest, or the id of a backup as `operation: status` lists them",
      example: "latest",
      pattern: /^[A-Za-z0-9][A-Za-z0-9._-]*$/,
    }),
  };
}

/** One database a line; a message names the line and the flaw, never the URL. */
function readDatabases(
  reader: InputReader,
  mask: (secret: string) => void,
): readonly DatabaseAddress[] {
  reader.secret("database-url");
  return reader.lines("database-url").flatMap((line, index) => {
    const read = parseDatabaseUrl(line);
    if (!("problem" in read)) {
      if (read.password !== "") mask(read.password);
      return [read];
    }
    reader.problem("database-url", {
      secret: true,
      accepted: `PostgreSQL URLs, one a line; line ${String(index + 1)} ${read.problem}`,
      example: "postgresql://app:secret@localhost:5432/app",
    });
    return [];
  });
}

function readFolder(reader: InputReader): string {
  const accepted = "an absolute path, or one that begins with ~/, without `..`";
  const pattern = /^(?!.*(^|\/)\.\.(\/|$))(\/|~\/)[^\p{Cc}]+$/u;
  return reader
    .text("backup-dir", { accepted, example: "/var/backups/app", pattern })
    .replace(/\/+$/, "");
}

/** A number for every label, or lines `label=N`; the labels that are not named keep their defaults. */
function readKeep(reader: InputReader): ReadonlyMap<string, number> {
  const keep = new Map(defaultKeep);
  for (const given of reader.lines("backup-keep")) {
    const [, name, count] = /^(?:([A-Za-z0-9][A-Za-z0-9_-]{0,39})=)?(\d{1,5})$/.exec(given) ?? [];
    if (count === undefined || Number(count) < 1) {
      reader.problem("backup-keep", {
        given,
        accepted: "a number from 1, or lines label=N",
        example: "daily=7",
      });
    } else {
      for (const one of name === undefined ? [...keep.keys()] : [name])
        keep.set(one, Number(count));
    }
  }
  return keep;
}
