import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";

/** The server side's program: its bytes, and the hash that names this version of it on the server. */
export interface Program {
  readonly bytes: Uint8Array;
  /** The first 16 hex digits of its sha256. */
  readonly hash: string;
}

/** Reads the program from `file`; rejects when it is not there. */
export async function readProgram(file: string): Promise<Program> {
  return programOf(await readFile(file));
}

/** The program made of `bytes`. */
export function programOf(bytes: Uint8Array): Program {
  return { bytes, hash: createHash("sha256").update(bytes).digest("hex").slice(0, 16) };
}
