import { open, readFile } from "node:fs/promises";
import { join } from "node:path";
import { parseJson, textAt } from "../../kit/json.js";
import type { Blob, ImageSource, StoredManifest } from "./source.js";

/** A folder that holds images as the OCI lays them out. */
export class OciLayout implements ImageSource {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  async manifest(digest: string): Promise<StoredManifest | undefined> {
    const bytes = await readFile(this.#pathOf(digest)).catch((failure: unknown) => {
      if (isMissing(failure)) return undefined;
      throw failure;
    });
    if (bytes === undefined) return undefined;
    const document = parseJson(bytes.toString());
    return { bytes, document, mediaType: textAt(document, "mediaType") };
  }

  async json({ digest }: Blob): Promise<unknown> {
    return parseJson(await readFile(this.#pathOf(digest), "utf8"));
  }

  async lastBytes({ digest, size }: Blob, count: number): Promise<Uint8Array | undefined> {
    const file = await open(this.#pathOf(digest));
    try {
      const { buffer, bytesRead } = await file.read(Buffer.alloc(count), 0, count, size - count);
      return bytesRead === count ? buffer : undefined;
    } finally {
      await file.close();
    }
  }

  #pathOf(digest: string): string {
    const [, algorithm, hex] = /^([a-z0-9]+):([a-f0-9]+)$/.exec(digest) ?? [];
    if (algorithm === undefined || hex === undefined) throw new Error(`no digest: ${digest}`);
    return join(this.#folder, "blobs", algorithm, hex);
  }
}

function isMissing(failure: unknown): boolean {
  return failure instanceof Error && "code" in failure && failure.code === "ENOENT";
}
