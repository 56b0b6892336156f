import type { ImageSource } from "./source.js";

/** `source`, asked only once for what is stored under a digest, which never changes. */
export function remembering(source: ImageSource): ImageSource {
  const answers = new Map<string, Promise<unknown>>();
  const once = <T>(key: string, ask: () => Promise<T>): Promise<T> => {
    const known = answers.get(key) as Promise<T> | undefined;
    const answer = known ?? ask();
    answers.set(key, answer);
    return answer;
  };
  return {
    manifest: (reference) => once(`manifest ${reference}`, () => source.manifest(reference)),
    json: (blob) => once(`json ${blob.digest}`, () => source.json(blob)),
    lastBytes: (blob, count) =>
      once(`last ${String(count)} of ${blob.digest}`, () => source.lastBytes(blob, count)),
  };
}
