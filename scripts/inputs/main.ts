// scripts/check-inputs   fails when an action.yml and the code that reads its inputs disagree
import { join } from "node:path";

import { allFindings } from "./findings.js";

const lines = await allFindings(join(import.meta.dirname, "../.."));
if (lines.length > 0) {
  console.error(lines.join("\n"));
  process.exitCode = 1;
}
