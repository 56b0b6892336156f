import { mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { makeEventFile, readEvents } from "../checks/event-file.js";
import type { CheckOutcome } from "../checks/result.js";
import { TestLedger } from "../checks/test-events.js";
import { testOutcome } from "../checks/test-outcome.js";
import type { Child } from "../ports/children.js";
import { findCoverage, readCoverage, type CoverageTool } from "./coverage-run.js";
import type { Inputs } from "./inputs.js";
import type { Project } from "./project.js";
import { usesPytest } from "./test-runner.js";

interface Step {
  readonly signal: AbortSignal;
  readonly print: (text: string) => void;
}

type Command = Pick<Child, "argv"> & { readonly env: Readonly<Record<string, string | undefined>> };

/** Runs the project's tests by the runner that it uses, with our reporter beside its own, and measures them. */
export async function runTests(
  project: Project,
  inputs: Inputs,
  { signal, print }: Step,
): Promise<CheckOutcome> {
  const folder = join(project.scratch, "tests");
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const events = join(folder, "events.jsonl");
  await makeEventFile(events);
  const tool = await findCoverage(project, folder, signal);
  const pytest = await usesPytest(project, signal);
  print(`The tests run with ${pytest ? "pytest" : "manage.py test"}\n`);
  const { argv, env } = pytest
    ? pytestCommand(project, inputs, tool)
    : await djangoCommand(project, inputs, tool, folder);
  const all = { ...project.env, ...env, BELAY_EVENTS: events, BELAY_ROOT: project.workspace };
  const end = await project.children.run({
    argv,
    cwd: project.folder,
    env: all,
    onOutput: print,
    signal,
  });
  const ledger = new TestLedger(project.place);
  await readEvents(events, ledger);
  const outcome = testOutcome({
    end: pytest && end.code === 5 ? { ...end, code: 0 } : end,
    ledger,
    allowNoTests: inputs.allowNoTests,
    wasEnded: signal.aborted,
  });
  const coverage = await readCoverage(tool, project, { signal, print });
  return { ...outcome, ...(coverage && { coverage }) };
}

/** pytest-cov knows how to measure the workers of xdist; coverage by itself does not always. */
function pytestCommand(
  { python, drivers, env }: Project,
  { parallel }: Inputs,
  tool: CoverageTool,
): Command {
  const workers = parallel === "" ? [] : ["-n", parallel];
  const plugins = [env["PYTEST_PLUGINS"], "belay_pytest"].filter(Boolean).join(",");
  const path = [drivers, env["PYTHONPATH"]].filter(Boolean).join(":");
  const measured =
    tool.kind === "pytest-cov" ? ["--cov", `--cov-config=${tool.rcfile}`, "--cov-report="] : [];
  const wrapper =
    tool.kind === "coverage" ? ["-m", "coverage", "run", `--rcfile=${tool.rcfile}`] : [];
  return {
    argv: [python, ...wrapper, "-m", "pytest", ...workers, ...measured],
    env: { PYTEST_PLUGINS: plugins, PYTHONPATH: path, ...tool.env },
  };
}

async function djangoCommand(
  { python, drivers }: Project,
  { parallel }: Inputs,
  tool: CoverageTool,
  folder: string,
): Promise<Command> {
  const task = join(folder, "task.json");
  const words = ["--noinput", ...(parallel === "" ? [] : ["--parallel", parallel])];
  await writeFile(task, JSON.stringify({ arguments: words }), { mode: 0o600 });
  const wrapper = tool.kind === "none" ? [] : ["-m", "coverage", "run", `--rcfile=${tool.rcfile}`];
  return {
    argv: [python, ...wrapper, join(drivers, "driver.py"), "test", task],
    env: tool.env,
  };
}
