import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { parseCoveragePy } from "../checks/coverage-py.js";
import type { Coverage } from "../checks/coverage.js";
import { memberAt, parseJson } from "../kit/json.js";
import type { Project } from "./project.js";

/** How the tests are measured; `none` where the project has no coverage installed. */
export interface CoverageTool {
  readonly kind: "none" | "coverage" | "pytest-cov";
  /** Configuration of ours: the project's own, and what parallel runs need. */
  readonly rcfile: string;
  /** Where the report is written. */
  readonly report: string;
  readonly env: Readonly<Record<string, string | undefined>>;
}

interface Step {
  readonly signal: AbortSignal;
  readonly print: (text: string) => void;
}

/** Looks for coverage in the project's Python, and prepares it. */
export async function findCoverage(
  project: Project,
  folder: string,
  signal: AbortSignal,
): Promise<CoverageTool> {
  const [rcfile, data] = [join(folder, "coverage.rc"), join(folder, "coverage.data")];
  const report = join(folder, "coverage.json");
  const { python, drivers, children, env, folder: cwd } = project;
  const argv = [python, join(drivers, "belay_coverage.py"), rcfile, data];
  const end = await children.run({ argv, cwd, env, keepStdout: 4096, signal });
  const answer = parseJson(end.stdout.trim().split("\n").at(-1) ?? "");
  if (typeof memberAt(answer, "version") !== "string")
    return { kind: "none", rcfile, report, env: {} };
  const kind = memberAt(answer, "pytestCov") === true ? "pytest-cov" : "coverage";
  // Workers of multiprocessing read it anew: the file of the project would lead them elsewhere.
  return { kind, rcfile, report, env: { COVERAGE_RCFILE: rcfile, COVERAGE_FILE: data } };
}

/** What was measured; undefined where nothing was, which is not 0. */
export async function readCoverage(
  { kind, rcfile, report, env }: CoverageTool,
  project: Project,
  { signal, print }: Step,
): Promise<Coverage | undefined> {
  if (kind === "none") print("Coverage is not measured: the project has no coverage installed\n");
  if (kind === "none" || signal.aborted) return undefined;
  const { python, children, folder: cwd } = project;
  const coverage = (...words: readonly string[]): ReturnType<typeof children.run> => {
    const argv = [python, "-m", "coverage", ...words, `--rcfile=${rcfile}`];
    return children.run({ argv, cwd, env: { ...project.env, ...env }, signal });
  };
  // Where nothing ran in parallel there is nothing to combine, and that is an error to it.
  await coverage("combine", "--quiet");
  const end = await coverage("json", "--quiet", "-o", report);
  if (end.code === 0) return parseCoveragePy(await readFile(report, "utf8"), project.place);
  print(`Coverage was not measured: ${end.tail.trim()}\n`);
  return undefined;
}
