import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";

interface Properties {
  readonly name?: unknown;
  readonly description?: unknown;
  readonly iconName?: unknown;
  readonly categories?: unknown;
  readonly filePatterns?: unknown;
}

/** What is wrong with the `.properties.json` beside a template, one line each: GitHub shows none without it. */
export async function propertiesProblems(file: string): Promise<readonly string[]> {
  if (!existsSync(file)) return ["has no .properties.json beside it"];
  const properties = JSON.parse(await readFile(file, "utf8")) as Properties;
  const texts = (["name", "description", "iconName"] as const).filter(
    (key) => typeof properties[key] !== "string" || properties[key] === "",
  );
  const lists = (["categories", "filePatterns"] as const).filter(
    (key) => !Array.isArray(properties[key]),
  );
  return [
    ...texts.map((key) => `.properties.json: \`${key}\` must be a text`),
    ...lists.map((key) => `.properties.json: \`${key}\` must be a list`),
    ...badPatterns(properties.filePatterns).map(
      (pattern) => `.properties.json: ${pattern} is no regular expression`,
    ),
  ];
}

function badPatterns(patterns: unknown): readonly string[] {
  if (!Array.isArray(patterns)) return [];
  return patterns.map(String).filter((pattern) => {
    try {
      return new RegExp(pattern).source === "";
    } catch {
      return true;
    }
  });
}
