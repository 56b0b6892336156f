import { join } from "node:path";

import { allDocuments, type Document } from "./documents.js";
import { missingGrants } from "./grants.js";
import { Callees } from "./inputs-exist.js";
import { propertiesProblems } from "./properties.js";
import { reusableRules, rules } from "./rules.js";
import { jobsOf, triggersOf, usesIn } from "./workflow.js";

/** One line for all that is wrong with the templates, workflows, examples and shown pieces below `root`. */
export async function allFindings(root: string): Promise<readonly string[]> {
  const documents = await allDocuments(root);
  const callees = new Callees(root);
  const lines: string[] = [];
  for (const document of documents) {
    const problems = [
      ...(await inputProblems(document, callees)),
      ...ruleProblems(document),
      ...missingGrants(document.value, (path) => calledFrom(document, path, documents)),
      ...missingFiles(document, documents),
    ];
    if (document.kind === "template")
      problems.push(
        ...(await propertiesProblems(
          join(root, document.place.replace(/yml$/, "properties.json")),
        )),
      );
    lines.push(...problems.map((problem) => `${document.place}: ${problem}`));
  }
  return lines;
}

async function inputProblems({ value }: Document, callees: Callees): Promise<readonly string[]> {
  const found = await Promise.all(usesIn(value).map((use) => callees.problems(use)));
  return [...new Set(found.flat())];
}

/** A piece that a page shows is judged as a workflow when it is a whole one. */
function ruleProblems({ kind, value, text }: Document): readonly string[] {
  const isWhole = kind !== "piece" || (jobsOf(value).length > 0 && "on" in Object(value));
  if (!isWhole) return [];
  const isReusable = kind === "own" && "workflow_call" in triggersOf(value);
  return [...rules, ...(isReusable ? reusableRules : [])].flatMap((rule) => rule(value, text));
}

/** A template's `./.github/workflows/x.yml` is the template x.yml, copied beside it. */
function calledFrom(from: Document, path: string, documents: readonly Document[]): unknown {
  const own = documents.find(({ place }) => place === path);
  return (from.kind === "template" ? beside(path, documents) : undefined) ?? own?.value;
}

function beside(path: string, documents: readonly Document[]): unknown {
  const place = path.replace(".github/workflows/", "workflows-templates/");
  return documents.find((document) => document.place === place)?.value;
}

function missingFiles(document: Document, documents: readonly Document[]): readonly string[] {
  if (document.kind === "piece") return [];
  const local = usesIn(document.value).filter(({ uses }) => uses.startsWith("./.github/"));
  return local.flatMap(({ uses }) =>
    calledFrom(document, uses.slice(2), documents) === undefined
      ? [`${uses}: there is no such file to copy with it`]
      : [],
  );
}
