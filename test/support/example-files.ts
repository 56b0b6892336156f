import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { TextFiles } from "./belay-server.js";

const examples = join(import.meta.dirname, "../../examples");

/** Files of an example by their paths, with other words in the place of those that it has. */
export async function exampleFiles(
  example: string,
  paths: readonly string[],
  words: Readonly<Record<string, string>>,
): Promise<TextFiles> {
  const texts = await Promise.all(
    paths.map(async (path) => {
      const text = await readFile(join(examples, example, path), "utf8");
      return [path, withWords(text, words)] as const;
    }),
  );
  return Object.fromEntries(texts);
}

/** `text` with other words in the place of those that it has. */
export function withWords(text: string, words: Readonly<Record<string, string>>): string {
  return Object.entries(words).reduce((so, [from, to]) => so.replaceAll(from, to), text);
}
