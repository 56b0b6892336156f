import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Check } from "../checks/check.js";
import { readEvents } from "../checks/event-file.js";
import { type Placer, placesFrom } from "../checks/places.js";
import { type CheckOutcome, failed, type Finding, passed } from "../checks/result.js";
import { TestLedger } from "../checks/test-events.js";
import { testOutcome } from "../checks/test-outcome.js";
import { scriptCommand, workspaceScriptCommands } from "../commands/packages.js";
import type { ChildEnd } from "../ports/children.js";
import { lintFindings } from "./lint-findings.js";
import { makeReportFiles, type ReportFiles, reporterEnvironment } from "./reporters.js";
import { dropsReporters, type Script } from "./scripts.js";
import { endText } from "./program-end.js";
import { packagesWith } from "./project.js";
import { type Manner, runIn, type Site } from "./site.js";
import { coverageOf } from "./script-coverage.js";
import { formatFindings, typeFindings } from "./tool-output.js";

/** So much of a tool's output is looked through. */
const mostOutput = 4 << 20;

/** A script that ran, and all that is known of it. */
interface ScriptRun {
  readonly site: Site;
  readonly script: Script;
  readonly end: ChildEnd;
  readonly files: ReportFiles;
  readonly output: string;
  readonly place: Placer;
  readonly signal: AbortSignal;
}

/** The check that a script of package.json is. */
export function scriptCheck(script: Script, site: Site): Check {
  const name = `${site.label}${script.name}`;
  return { name, run: (signal, print) => runScript(script, site, { name, signal, print }) };
}

async function runScript(
  script: Script,
  site: Site,
  {
    name,
    signal,
    print,
  }: {
    readonly name: string;
    readonly signal: AbortSignal;
    readonly print: (text: string) => void;
  },
): Promise<CheckOutcome> {
  const files = await makeReportFiles(site.scratch, name);
  let output = "";
  const end = await runAll(commandsOf(script, site), site, {
    signal,
    env: environmentOf(script, site, files),
    print: (text) => {
      if (output.length < mostOutput) output += text;
      print(text);
    },
  });
  const { workspace } = site.platform.run;
  const place = placesFrom(workspace, site.project.folder);
  return outcomeOf({ site, script, end, files, output, place, signal });
}

type Commands = readonly (readonly string[])[];

/** All of them, also after one failed; gives how the first that failed ended, else the last. */
async function runAll(
  [argv = [], ...rest]: Commands,
  site: Site,
  manner: Manner,
): Promise<ChildEnd> {
  const end = await runIn(site, argv, manner);
  if (rest.length === 0 || manner.signal.aborted) return end;
  const later = await runAll(rest, site, manner);
  return end.code === 0 ? later : end;
}

function commandsOf({ name, inWorkspaces }: Script, { project }: Site): Commands {
  const installer = project.manager.name;
  if (!inWorkspaces) return [scriptCommand(installer, name)];
  return workspaceScriptCommands(installer, name, packagesWith(name, project));
}

/** A build brings no results, and hands NODE_OPTIONS to programs that are none of ours. */
function environmentOf(
  { kind }: Script,
  { inputs, platform, env }: Site,
  files: ReportFiles,
): Readonly<Record<string, string>> {
  if (kind === "build" || kind === "format" || kind === "types") return {};
  return reporterEnvironment(files, {
    reporters: join(platform.home, "reporters"),
    root: platform.run.workspace,
    nodeOptions: env["NODE_OPTIONS"] ?? platform.variable("NODE_OPTIONS"),
    coverage: kind === "test" && inputs.minCoverage !== undefined,
  });
}

async function outcomeOf(run: ScriptRun): Promise<CheckOutcome> {
  const tools = await toolsOf(run.files);
  const ledger = new TestLedger(run.place);
  await readEvents(run.files.events, ledger);
  const isTest = run.script.kind === "test" || run.script.kind === "e2e";
  const knows = ledger.results().length > 0 || ledger.running().length > 0;
  if (isTest && (knows || tools.some((tool) => tool !== "eslint"))) return ofTests(run, ledger);
  return ofTool(run, isTest);
}

async function ofTests(run: ScriptRun, ledger: TestLedger): Promise<CheckOutcome> {
  const { end, site, signal, files } = run;
  const { allowNoTests } = site.inputs;
  const outcome = testOutcome({ end, ledger, allowNoTests, wasEnded: signal.aborted });
  const coverage = await coverageOf(files.lcov, run.place);
  return { ...outcome, ...(coverage && { coverage }) };
}

/** A tool that writes no events, or of whose output we know the form. */
async function ofTool(run: ScriptRun, isTest: boolean): Promise<CheckOutcome> {
  const { end, script } = run;
  const findings = await findingsOf(run);
  if (isTest) sayNothingKnown(run);
  if (end.code === 0) return passed(findings, isTest ? "judged by its exit code alone" : "");
  const errors = findings.filter(({ level }) => level === "error").length;
  return failed(errors > 0 ? counted(errors) : endText(end, script.name), findings);
}

async function findingsOf({
  script,
  output,
  files,
  place,
}: ScriptRun): Promise<readonly Finding[]> {
  const lint = await lintFindings(files.lint, place);
  if (script.kind === "format") return formatFindings(output, place);
  if (script.kind === "types" || script.kind === "build") return typeFindings(output, place);
  // A script called lint often runs the formatter and the compiler as well.
  return [...lint, ...typeFindings(output, place), ...formatFindings(output, place)];
}

function sayNothingKnown({ script, site }: ScriptRun): void {
  const why = dropsReporters(script)
    ? 'it sets NODE_OPTIONS by itself, which takes our reporter out (write `NODE_OPTIONS="$NODE_OPTIONS …"`)'
    : "its runner is none of Vitest, Jest, Mocha, Playwright and `node --test`";
  site.platform.log.info(
    `${site.label}${script.name}: only the exit code is known: ${why}. Name its JUnit files in \`results\` for more.`,
  );
}

function counted(errors: number): string {
  return errors === 1 ? "1 error" : `${errors} errors`;
}

async function toolsOf({ tools }: ReportFiles): Promise<readonly string[]> {
  const lines = (await readFile(tools, "utf8")).split("\n");
  return lines.flatMap((line) => /"tool":"(\w+)"/.exec(line)?.[1] ?? []);
}
