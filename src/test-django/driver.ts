import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Placer } from "../checks/places.js";
import type { CheckOutcome, Finding } from "../checks/result.js";
import { memberAt, parseJson, textAt } from "../kit/json.js";
import type { Project } from "./project.js";

export interface DriverRun {
  /** Options of the check, as its Python reads them. */
  readonly options?: Readonly<Record<string, unknown>>;
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Where the project's state lies; default the project's own folder. */
  readonly cwd?: string;
  readonly signal: AbortSignal;
  readonly print: (text: string) => void;
}

export interface DriverEnd extends CheckOutcome {
  /** What it said besides findings. */
  readonly records: readonly unknown[];
  /** It said its last word, and was not cut off. */
  readonly isWhole: boolean;
}

/** Runs one check of the driver in the project's own Python. */
export async function runDriver(
  check: string,
  project: Project,
  { options = {}, env = {}, cwd = project.folder, signal, print }: DriverRun,
): Promise<DriverEnd> {
  const folder = join(project.scratch, check);
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const [task, out] = [join(folder, "task.json"), join(folder, "out.jsonl")];
  const { token } = project;
  await writeFile(task, JSON.stringify({ out, token, folder, ...options }), { mode: 0o600 });
  await writeFile(out, "", { mode: 0o600 });
  const argv = [project.python, join(project.drivers, "driver.py"), check, task];
  const end = await project.children.run({
    argv,
    cwd,
    env: { ...project.env, BELAY_ROOT: cwd, ...env },
    onOutput: print,
    signal,
  });
  const records = (await readFile(out, "utf8")).split("\n").map(parseJson);
  return endOf(records, end.code ?? end.signal ?? "", project.place);
}

function endOf(records: readonly unknown[], code: number | string, place: Placer): DriverEnd {
  const last = records.findLast((record) => textAt(record, "status") !== "");
  const status = textAt(last, "status");
  const isWhole = status === "passed" || status === "failed" || status === "skipped";
  return {
    status: isWhole ? status : "failed",
    reason: isWhole ? textAt(last, "reason") : `broke off (${code})`,
    findings: records.flatMap((record) => findingOf(memberAt(record, "finding"), place)),
    records,
    isWhole,
  };
}

function findingOf(value: unknown, place: Placer): readonly Finding[] {
  const message = textAt(value, "message");
  if (message === "") return [];
  const where = placeOf(value, place);
  const level = textAt(value, "level") === "warning" ? "warning" : "error";
  return [{ level, message, ...(where && { place: where }) }];
}

/** The place that a record of the driver names. */
export function placeOf(record: unknown, place: Placer): Finding["place"] {
  const line = memberAt(record, "line");
  return place(textAt(record, "file"), typeof line === "number" ? line : undefined);
}
