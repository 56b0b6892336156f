import { existsSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Measured } from "./measure.js";
import { tables } from "./table.js";

/** What one part of the bench gave, and how it was measured. */
export interface PartResults extends Measured {
  readonly version: string;
  readonly node: string;
  readonly pairs: number;
  readonly megabytes: number;
}

/** The newest results of each part, by its name. */
export type Results = Readonly<Record<string, PartResults>>;

const json = join(import.meta.dirname, "results.json");
const markdown = join(import.meta.dirname, "results.md");

/** Puts the results of one part in the place of its older ones; those of the other parts stay. */
export async function keepResults(part: string, results: PartResults): Promise<void> {
  const all = { ...(await keptResults()), [part]: results };
  await writeFile(json, `${JSON.stringify(all, null, 2)}\n`);
  await writeFile(markdown, `# Figures\n\n${Object.entries(all).map(section).join("\n")}`);
}

async function keptResults(): Promise<Results> {
  return existsSync(json) ? (JSON.parse(await readFile(json, "utf8")) as Results) : {};
}

function section([part, results]: readonly [string, PartResults]): string {
  const { version, node, pairs, megabytes } = results;
  const how = `Belay ${version}, Node ${node}, ${String(pairs)} pairs, databases and files of ${String(megabytes)} MB.`;
  return `## ${part}\n\n${how}\n\n${tables(results)}`;
}
