// scripts/check-workflows   fails when a template, a workflow or a shown piece of one breaks a rule of ours
import { join } from "node:path";

import { allFindings } from "./findings.js";

const lines = await allFindings(join(import.meta.dirname, "../.."));
if (lines.length > 0) {
  console.error(lines.join("\n"));
  process.exitCode = 1;
}
