import { readFile } from "node:fs/promises";
import type { Placer } from "../checks/places.js";
import type { Finding } from "../checks/result.js";
import { memberAt, parseJson, textAt } from "../kit/json.js";

/** What ESLint found, as our hook noted it: errors, then warnings, each in the order of the files. */
export async function lintFindings(file: string, place: Placer): Promise<readonly Finding[]> {
  const lines = (await readFile(file, "utf8")).split("\n");
  const all = lines.map(parseJson).filter((event) => event !== undefined);
  const findings = all.map((event) => findingOf(event, place));
  return [
    ...findings.filter(({ level }) => level === "error"),
    ...findings.filter(({ level }) => level === "warning"),
  ];
}

function findingOf(event: unknown, place: Placer): Finding {
  const rule = textAt(event, "rule");
  const message = textAt(event, "message");
  const line = memberAt(event, "line");
  const where = place(textAt(event, "file"), typeof line === "number" ? line : undefined);
  return {
    level: memberAt(event, "severity") === 1 ? "warning" : "error",
    message: rule === "" ? message : `${message} (${rule})`,
    ...(where && { place: where }),
  };
}
