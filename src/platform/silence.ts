import type { Readable } from "node:stream";

/** Calls `onSilence` once when nothing came in for `limitMs`; returns how to stop watching. */
export function watchSilence(stream: Readable, limitMs: number, onSilence: () => void): () => void {
  const timer = setTimeout(onSilence, limitMs);
  const heard = (): void => void timer.refresh();
  stream.on("data", heard);
  return () => {
    clearTimeout(timer);
    stream.off("data", heard);
  };
}
