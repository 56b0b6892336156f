import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";

import { replacements } from "./replacements.js";

interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly license?: string;
  /** The old form, which a few packages still have. */
  readonly licenses?: readonly { readonly type: string }[];
}

const accepted = ["MIT", "ISC", "0BSD", "Apache-2.0", "BSD-2-Clause", "BSD-3-Clause", "Unlicense"];

/**
 * The text of `licenses.txt`: each package that `modules` belong to, with its licence as it ships
 * it. Throws when a licence is not one of those that we may hand on.
 */
export async function licencesOf(stage: string, modules: readonly string[]): Promise<string> {
  const ours = new Set(replacements.map(({ file }) => `node_modules/${file}`));
  const theirs = modules.filter((module) => !ours.has(module));
  const folders = new Set(theirs.flatMap((module) => packageFolder(module) ?? []));
  const sections = [...folders].sort().map((folder) => section(join(stage, folder)));
  return (await Promise.all(sections)).join("");
}

/** All that hold together must be accepted; a choice between several stands in no package so far. */
function isAccepted(licence: string): boolean {
  const all = licence.replace(/^\((.*)\)$/, "$1").split(" AND ");
  return all.every((one) => accepted.includes(one));
}

function packageFolder(module: string): string | undefined {
  return /^.*node_modules\/(?:@[^/]+\/)?[^/]+(?=\/)/.exec(module)?.[0];
}

async function section(folder: string): Promise<string> {
  const manifest = JSON.parse(await readFile(join(folder, "package.json"), "utf8")) as Manifest;
  const licence = manifest.license ?? manifest.licenses?.[0]?.type ?? "none";
  if (!isAccepted(licence)) {
    throw new Error(
      `${manifest.name}: its licence, ${licence}, is none of ${accepted.join(", ")}.`,
    );
  }
  const title = `${manifest.name} ${manifest.version} (${licence})`;
  return `${title}\n${"-".repeat(title.length)}\n\n${await licenceText(folder)}\n`;
}

async function licenceText(folder: string): Promise<string> {
  const names = (await readdir(folder)).sort();
  const file = names.find((name) => /^licen[cs]e(?:\.|$)/i.test(name));
  if (file === undefined) return "The package ships no licence text of its own.\n";
  const text = await readFile(join(folder, file), "utf8");
  return `${text.replace(/\r\n/g, "\n").trim()}\n`;
}
