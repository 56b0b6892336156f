import { createHash } from "node:crypto";
import type { Log } from "../ports/log.js";
import type { AnswerRecord } from "../server/answer.js";
import type { Operation } from "../server/operation.js";
import type { Bucket, SentPart, Signed } from "./bucket.js";
import { bucketError } from "./bucket-error.js";

/** A file of a backup that is to go, or a piece of a large one. */
interface Piece {
  readonly id: string;
  readonly name: string;
  /** 0 for a whole file. */
  readonly part: number;
  readonly skip: string;
  readonly count: string;
  /** Base64. */
  readonly sha256: string;
}

interface StoredFile {
  readonly key: string;
  readonly bytes: number;
  readonly whole: Piece;
  readonly parts: readonly Piece[];
}

/** How often what failed is signed and sent again: by then, signatures may have expired. */
const mostTries = 3;

/** Uploads all backups that the server has named as waiting, and tells the server; throws when one could not go whole. */
export async function sendOffSite(operation: Operation, bucket: Bucket, log: Log): Promise<void> {
  const files = waitingFiles(operation.results);
  if (files.length === 0) return;
  await operation.step("upload backup", async () => {
    for (const id of new Set(files.map(({ whole }) => whole.id))) {
      const own = files.filter(({ whole }) => whole.id === id);
      // The manifest last: whoever finds one in the bucket finds a whole backup.
      for (const file of [...own].sort((a, b) => rank(a) - rank(b)))
        await sendFile(operation, bucket, file, log);
      await operation.transfer("send", [["sent", id, bucket.place(id)].join("\t")]);
      log.info(`backup ${id} is in ${bucket.place(id)}`);
    }
    await tellLifecycle(bucket, log);
  });
}

function rank({ whole }: StoredFile): number {
  return whole.name === "MANIFEST.txt" ? 1 : 0;
}

/** The files that the server's records name, with the parts of large ones. */
export function waitingFiles(records: readonly AnswerRecord[]): readonly StoredFile[] {
  const pieces = records
    .filter(({ key }) => key === "part")
    .map(({ values: [id = "", name = "", number = "", skip = "", count = "", sum = ""] }) => {
      return { id, name, part: Number(number), skip, count, sha256: base64(sum) };
    });
  return records
    .filter(({ key }) => key === "stored")
    .map(({ values: [id = "", name = "", bytes = "", sum = ""] }) => ({
      key: `${id}/${name}`,
      bytes: Number(bytes),
      whole: { id, name, part: 0, skip: "-", count: "-", sha256: base64(sum) },
      parts: pieces.filter((piece) => piece.id === id && piece.name === name),
    }));
}

async function sendFile(
  operation: Operation,
  bucket: Bucket,
  file: StoredFile,
  log: Log,
): Promise<void> {
  const expected =
    file.parts.length === 0
      ? await sendWhole(operation, bucket, file)
      : await sendParts(operation, bucket, file, log);
  const stored = await bucket.look(file.key);
  if (stored.bytes !== file.bytes || (stored.sha256 !== "" && stored.sha256 !== expected))
    throw bucketError(bucket.place(file.key), 200, "it has other bytes than were sent");
  if (stored.sha256 === "")
    log.info(
      `${bucket.place(file.key)}: the bucket keeps no checksum; it took one in while it was sent`,
    );
  if (stored.encryption === "")
    log.info(
      `${bucket.place(file.key)}: AES256 was asked for, and the bucket does not say that it did so`,
    );
}

async function sendWhole(operation: Operation, bucket: Bucket, file: StoredFile): Promise<string> {
  await sendPieces(operation, bucket, file, [file.whole], (piece) =>
    bucket.signPut(file.key, piece.sha256),
  );
  return file.whole.sha256;
}

/** In parts, several at a time; what a broken upload leaves is given up, for it would cost money for ever. */
async function sendParts(
  operation: Operation,
  bucket: Bucket,
  file: StoredFile,
  log: Log,
): Promise<string> {
  await giveUpUnfinished(bucket, file.key, log);
  const upload = await bucket.begin(file.key);
  try {
    const parts = await sendPieces(operation, bucket, file, file.parts, (piece) =>
      bucket.signPart(file.key, upload, piece.part, piece.sha256),
    );
    await bucket.complete(file.key, upload, parts);
    const sums = Buffer.concat(parts.map(({ sha256 }) => Buffer.from(sha256, "base64")));
    return `${createHash("sha256").update(sums).digest("base64")}-${String(parts.length)}`;
  } catch (failure) {
    await bucket.abort(file.key, upload).catch(() => undefined);
    throw failure;
  }
}

/** Of this file, whose upload begins anew, and of others whose time is over: their backups may be long pruned. */
async function giveUpUnfinished(bucket: Bucket, own: string, log: Log): Promise<void> {
  try {
    for (const { key, upload, stale } of await bucket.unfinished())
      if (key === own || stale) await bucket.abort(key, upload);
  } catch (failure) {
    log.info(
      `unfinished uploads could not be given up: ${failure instanceof Error ? failure.message : ""}`,
    );
  }
}

async function sendPieces(
  operation: Operation,
  bucket: Bucket,
  file: StoredFile,
  pieces: readonly Piece[],
  sign: (piece: Piece) => Promise<Signed>,
): Promise<readonly SentPart[]> {
  const sent = new Map<number, SentPart>();
  let answer = { status: 0, code: "" };
  for (let tries = 0; tries < mostTries && sent.size < pieces.length; tries += 1) {
    const left = pieces.filter(({ part }) => !sent.has(part));
    const lines = await Promise.all(left.map(async (piece) => putLine(piece, await sign(piece))));
    for (const { values } of transfers(await operation.transfer("send", lines))) {
      const [, , part = "", status = "", tag = "", code = ""] = values;
      const piece = left.find((one) => String(one.part) === part);
      if (status === "200" && piece)
        sent.set(piece.part, { number: piece.part, tag, sha256: piece.sha256 });
      else answer = { status: Number(status), code };
    }
    // Who may not write does not get leave by asking again.
    if (answer.status === 403 && answer.code !== "ExpiredToken" && answer.code !== "AccessDenied")
      break;
  }
  if (sent.size < pieces.length)
    throw bucketError(bucket.place(file.key), answer.status, answer.code);
  return [...sent.values()].sort((a, b) => a.number - b.number);
}

function transfers(records: readonly AnswerRecord[]): readonly AnswerRecord[] {
  return records.filter(({ key }) => key === "transferred");
}

function putLine({ id, name, part, skip, count }: Piece, { url, headers }: Signed): string {
  const lines = Object.entries(headers).map(([header, value]) => `${header}: ${value}`);
  return ["put", id, name, String(part), skip, count, url, ...lines].join("\t");
}

async function tellLifecycle(bucket: Bucket, log: Log): Promise<void> {
  try {
    const days = await bucket.lifecycle();
    if (days === undefined)
      log.warning(
        `${bucket.place("")} has no lifecycle rule: backups stay there for ever. Add one that expires them, such as after 90 days.`,
      );
    else log.info(`${bucket.place("")}: the bucket removes objects after ${String(days)} days`);
  } catch (failure) {
    log.info(
      `the bucket's lifecycle rule could not be read: ${failure instanceof Error ? failure.message : ""}`,
    );
  }
}

/** Has the server fetch the backup `id` from the bucket, unless it is there. */
export async function fetchBack(operation: Operation, bucket: Bucket, id: string): Promise<void> {
  await operation.step("fetch backup", async () => {
    const manifest = await bucket.read(`${id}/MANIFEST.txt`);
    const names = Array.from(
      manifest.matchAll(/^file: ([A-Za-z0-9._-]+) bytes /gm),
      ([, name = ""]) => name,
    );
    const lines = await Promise.all(
      ["MANIFEST.txt", ...names].map(async (name) => {
        const { url } = await bucket.signGet(`${id}/${name}`);
        return ["get", id, name, "0", "-", "-", url].join("\t");
      }),
    );
    await operation.transfer("fetch", lines);
  });
}

function base64(hex: string): string {
  return Buffer.from(hex, "hex").toString("base64");
}
