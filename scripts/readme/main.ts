// scripts/docs           writes the generated tables of the READMEs
// scripts/docs --check   fails when one is out of date
import { writeFile } from "node:fs/promises";
import { join } from "node:path";

import { pages } from "./pages.js";

const root = join(import.meta.dirname, "../..");
const outdated = (await pages(root)).filter(({ present, wanted }) => present !== wanted);
const paths = outdated.map(({ path }) => path);

if (process.argv.includes("--check")) {
  if (paths.length > 0) {
    console.error(`Out of date: ${paths.join(", ")}; run 'make docs'.`);
    process.exitCode = 1;
  }
} else {
  for (const { path, wanted } of outdated) await writeFile(join(root, path), wanted);
}
