import type { InputReader } from "../kit/inputs.js";
import { type BucketInputs, readBucket } from "./bucket-inputs.js";
import { type ContentInputs, readContents } from "./content-inputs.js";

/** What is backed up, where to, and how long it is kept. */
export interface BackupInputs {
  readonly contents: ContentInputs;
  /** Empty: `<path>/backups`. */
  readonly dir: string;
  /** Empty: `deploy`, or `manual` for `operation: backup`. */
  readonly label: string;
  /** How many backups of each label stay. */
  readonly keep: ReadonlyMap<string, number>;
  /** In how many backups media and configuration stay. */
  readonly keepFiles: number;
  readonly verify: "read" | "restore" | "off";
  readonly compression: string;
  /** For `verify-backup` and `restore`: an id, or `latest`. */
  readonly backup: string;
  /** Where backups go off the server; undefined: nowhere. */
  readonly upload: BucketInputs | undefined;
  /** `backup-upload` as given, which the server remembers without any key. */
  readonly uploadPlace: string;
  /** Where `backup` comes from, when it is not on the server. */
  readonly source: BucketInputs | undefined;
}

export const defaultKeep: ReadonlyMap<string, number> = new Map([
  ["deploy", 3],
  ["daily", 7],
  ["manual", 3],
]);

export const defaultKeepFiles = 1;

const label = /^[A-Za-z0-9][A-Za-z0-9_-]{0,39}$/;

/** Reads the inputs of a backup; what is wrong is noted in `reader`. Masks each password by itself. */
export function readBackup(reader: InputReader, mask: (secret: string) => void): BackupInputs {
  const given = reader.text("backup-label", {
    accepted: "a word of letters, digits, _ and -",
    example: "daily",
    pattern: label,
  });
  return {
    contents: readContents(reader, mask),
    dir: readFolder(reader),
    label: given,
    keep: readKeep(reader),
    keepFiles: reader.integer("backup-keep-files", {
      default: defaultKeepFiles,
      min: 1,
      max: 1000,
    }),
    verify: reader.choice("backup-verify", ["read", "restore", "off"], "read"),
    compression: reader.text("backup-compression", {
      default: "auto",
      accepted: "auto, none, gzip:1 to gzip:9 or zstd:1 to zstd:19",
      example: "gzip:6",
      pattern: /^(auto|none|gzip:[1-9]|zstd:(1?[1-9]|10))$/,
    }),
    ...readPlaces(reader),
  };
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

/** The backup that is meant, and the bucket that it is in or that backups go to. */
function readPlaces(
  reader: InputReader,
): Pick<BackupInputs, "backup" | "upload" | "uploadPlace" | "source"> {
  const given = reader.text("backup", {
    default: "latest",
    accepted:
      "latest, the id of a backup as `operation: status` lists them, or s3://bucket/prefix/ID",
    example: "latest",
    pattern: /^(?:s3:\/\/[^/]+\/(?:.+\/)?)?[A-Za-z0-9][A-Za-z0-9._-]*$/,
  });
  const uploadPlace = reader.text("backup-upload", { example: "s3://acme-backups/shop" });
  const at = given.lastIndexOf("/");
  return {
    backup: given.slice(at + 1),
    upload: readBucket(reader, "backup-upload", uploadPlace),
    uploadPlace,
    source: at < 0 ? undefined : readBucket(reader, "backup", given.slice(0, at)),
  };
}
