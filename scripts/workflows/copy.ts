// scripts/workflows/copy.ts FOLDER   lays out in FOLDER what actionlint shall look at
import { cp, mkdir, symlink, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";

import { allDocuments, type Document, shellBlocks } from "./documents.js";
import { committed } from "./home.js";
import { shellLinesOf } from "./shell-lines.js";
import { jobsOf } from "./workflow.js";

const root = join(import.meta.dirname, "../..");
const [to] = process.argv.slice(2);
if (to === undefined) throw new Error("Name the folder to write to.");
await mkdir(join(to, ".github/workflows"), { recursive: true });
await mkdir(join(to, "as-shown"));
// What makes a folder a repository for actionlint.
await mkdir(join(to, ".git"));
for (const name of ["actions", "dist"]) await symlink(join(root, name), join(to, name));
await cp(join(root, "action.yml"), join(to, "action.yml"));
const documents = await allDocuments(root);
for (const document of documents) {
  if (!isWhole(document)) continue;
  await writeFile(join(to, ".github/workflows", fileName(document)), localText(document));
  // As it stands, for who can judge it so.
  await writeFile(join(to, "as-shown", fileName(document)), document.text);
}

// Shell lines of pages, and those that steps hand to actions, named so that a finding tells where they stand.
await mkdir(join(to, "shell"));
for (const { place, text } of [...(await shellBlocks(root)), ...documents.flatMap(shellLinesOf)])
  await writeFile(join(to, "shell", place.replaceAll("/", "-")), text);

function isWhole({ kind, value }: Document): boolean {
  return kind !== "piece" || (jobsOf(value).length > 0 && "on" in Object(value));
}

/** A template and a workflow of ours keep their names, because they call each other by them. */
function fileName({ kind, place }: Document): string {
  if (kind === "template" || kind === "own") return basename(place);
  const name = place.replace(/\.ya?ml$/, "").replaceAll(/[^\w.-]+/g, "-");
  return `${kind === "piece" ? "page" : "example"}-${name}.yml`;
}

/** With our own actions and workflows named as those of this folder. */
function localText({ text }: Document): string {
  const { repository, version } = committed;
  const below = new RegExp(`\\b${repository}/((?:actions|\\.github)/[\\w./-]+)@${version}`, "g");
  return text.replaceAll(below, "./$1").replaceAll(`${repository}@${version}`, "./");
}
