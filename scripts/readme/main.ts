// scripts/docs           writes the generated tables of the READMEs
// scripts/docs --check   fails when one is out of date
import { writeFile } from "node:fs/promises";
import { join } from "node:path";

import { pages, rootActionPage } from "./pages.js";

const root = join(import.meta.dirname, "../..");
const isCheck = process.argv.includes("--check");
const action = await rootActionPage(root);
// The pages tell of it, so it is written before they are made.
if (!isCheck) await writeFile(join(root, action.path), action.wanted);
const outdated = [action, ...(await pages(root))].filter(
  ({ present, wanted }) => present !== wanted,
);
const paths = outdated.map(({ path }) => path);

if (isCheck) {
  if (paths.length > 0) {
    console.error(`Out of date: ${paths.join(", ")}; run 'make docs'.`);
    process.exitCode = 1;
  }
} else {
  for (const { path, wanted } of outdated) await writeFile(join(root, path), wanted);
}
