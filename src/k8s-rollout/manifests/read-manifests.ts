import { glob, readdir, readFile, stat } from "node:fs/promises";
import { join, relative, resolve } from "node:path";
import { BelayError } from "../../kit/errors.js";
import { oneLine } from "../../kit/one-line.js";
import type { ProcessResult } from "../../ports/processes.js";
import type { Manifest } from "./parse-yaml.js";

/** Builds a kustomization. */
export type Kustomize = (folder: string) => Promise<ProcessResult>;

const kustomizations = ["kustomization.yaml", "kustomization.yml", "Kustomization"];
const isManifest = /\.(?:ya?ml|json)$/;

/**
 * Reads what `patterns` name below the workspace: files, globs, folders (all files in them, not below them) and
 * kustomizations. Throws one `config` error with everything that is wrong, each with file and line.
 */
export async function readManifests(
  patterns: readonly string[],
  workspace: string,
  kustomize: Kustomize,
): Promise<readonly Manifest[]> {
  const { parseManifests } = await import("./parse-yaml.js");
  const manifests: Manifest[] = [];
  const problems: BelayError[] = [];
  for (const pattern of patterns) {
    const texts = await textsOf(pattern, workspace, kustomize);
    if (texts.length === 0) problems.push(nothingThere(pattern));
    for (const { name, text } of texts) {
      const parsed = parseManifests(text, name);
      manifests.push(...parsed.manifests);
      problems.push(...parsed.problems);
    }
  }
  const [first, ...also] = problems;
  if (first !== undefined) throw new BelayError("config", first.message, first.remedy, { also });
  return manifests;
}

interface NamedText {
  readonly name: string;
  readonly text: string;
}

async function textsOf(
  pattern: string,
  workspace: string,
  kustomize: Kustomize,
): Promise<readonly NamedText[]> {
  const path = resolve(workspace, pattern);
  const found = await stat(path).catch(() => undefined);
  if (found?.isFile() === true) return [await readNamed(path, workspace)];
  if (found?.isDirectory() !== true) return matching(pattern, workspace);
  const names = (await readdir(path)).sort();
  if (names.some((name) => kustomizations.includes(name)))
    return [await built(path, pattern, kustomize)];
  const files = names.filter((name) => isManifest.test(name)).map((name) => join(path, name));
  return Promise.all(files.map((file) => readNamed(file, workspace)));
}

async function matching(pattern: string, workspace: string): Promise<readonly NamedText[]> {
  const found = glob(pattern, { cwd: workspace, withFileTypes: true });
  const files: string[] = [];
  for await (const entry of found)
    if (entry.isFile()) files.push(join(entry.parentPath, entry.name));
  return Promise.all(files.sort().map((file) => readNamed(file, workspace)));
}

async function readNamed(path: string, workspace: string): Promise<NamedText> {
  return { name: relative(workspace, path), text: await readFile(path, "utf8") };
}

async function built(folder: string, name: string, kustomize: Kustomize): Promise<NamedText> {
  const { code, stdout, stderr } = await kustomize(folder);
  if (code === 0) return { name, text: stdout };
  const why = oneLine(stderr.replace(/^error: /i, ""), 500);
  const remedy = "Correct the kustomization: `kubectl kustomize` on the folder says the same.";
  throw new BelayError("config", `${name} cannot be built: ${why}`, remedy);
}

function nothingThere(pattern: string): BelayError {
  const remedy = "Check the path, relative to the checkout, and that a step before checks it out.";
  return new BelayError("config", `\`manifests\`: nothing matches ${pattern}`, remedy);
}
