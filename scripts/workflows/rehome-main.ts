// See scripts/rehome.
import { glob, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { committed, homeOf, rehomed, strangers } from "./home.js";

const root = join(import.meta.dirname, "../..");
const patterns = [
  "workflows-templates/*.yml",
  ".github/*.yml",
  ".github/workflows/*.yml",
  "examples/*/.github/workflows/*.yml",
  "*.md",
  "docs/**/*.md",
  "actions/*/README.md",
  "examples/*/README.md",
  // What says where home is, last.
  "scripts/workflows/home.ts",
];

const paths: string[] = [];
for (const pattern of patterns)
  for await (const path of glob(pattern, { cwd: root })) paths.push(path);

const [first = "", version = "v1"] = process.argv.slice(2);
if (first === "--check") await check();
else await move();

async function check(): Promise<void> {
  for (const path of paths) {
    for (const use of strangers(await readFile(join(root, path), "utf8"), committed)) {
      console.error(`${path}: ${use}: home is ${committed.repository}@${committed.version}`);
      process.exitCode = 1;
    }
  }
}

async function move(): Promise<void> {
  const to = homeOf(first, version);
  if (typeof to === "string") {
    console.error(`scripts/rehome: ${to}. Write for example: scripts/rehome acme/belay v1`);
    process.exitCode = 2;
    return;
  }
  for (const path of paths) {
    const text = await readFile(join(root, path), "utf8");
    const moved = path.endsWith("home.ts")
      ? text
          .replace(`"${committed.repository}"`, `"${to.repository}"`)
          .replace(`version: "${committed.version}"`, `version: "${to.version}"`)
      : rehomed(text, committed, to);
    if (moved === text) continue;
    await writeFile(join(root, path), moved);
    console.log(path);
  }
}
