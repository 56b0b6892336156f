import { readSync } from "node:fs";

const blockBytes = 256 * 1024;

/**
 * Packs pieces of any size, one after the other, into blocks of one size: thousands of small files cost few writes.
 * All blocks are the same memory, each holds until the next is asked for: new ones would keep the collector busy for a
 * quarter of a large upload.
 */
export class Blocks {
  readonly #block = Buffer.allocUnsafe(blockBytes);
  #used = 0;

  /** Adds `bytes`; yields each block that they fill. */
  *add(bytes: Uint8Array): Generator<Uint8Array> {
    for (let rest = bytes; rest.length > 0;) {
      const piece = rest.subarray(0, blockBytes - this.#used);
      this.#block.set(piece, this.#used);
      this.#used += piece.length;
      rest = rest.subarray(piece.length);
      yield* this.whole();
    }
  }

  /** Reads at most `bytes` into the block, which `whole` must then take out when it is full; returns how many came. */
  readFrom(descriptor: number, bytes: number): number {
    const read = readSync(
      descriptor,
      this.#block,
      this.#used,
      Math.min(bytes, blockBytes - this.#used),
      null,
    );
    this.#used += read;
    return read;
  }

  /** Yields the block if it is full. */
  *whole(): Generator<Uint8Array> {
    if (this.#used === blockBytes) yield* this.rest();
  }

  /** Yields what is left over. */
  *rest(): Generator<Uint8Array> {
    if (this.#used === 0) return;
    const block = this.#block.subarray(0, this.#used);
    this.#used = 0;
    yield block;
  }
}
