import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { BelayError } from "../kit/errors.js";
import { itemsOf, parseJson } from "../kit/json.js";
import type { Children } from "../ports/children.js";
import { fromPyproject, fromVersionFile, type WantedPython } from "./python-version.js";

/** A Python that can be started. */
export interface Interpreter {
  /** Of the real program, never of a shim that would choose anew. */
  readonly path: string;
  readonly version: string;
}

export interface InterpreterSearch {
  readonly folder: string;
  /** The input: a version, a path, a command or "". */
  readonly wish: string;
  /** Where runners keep the versions that they bring; "" where there is none. */
  readonly toolCache: string;
  /** The environment that a step before has made active; "" where there is none. */
  readonly active: string;
  readonly children: Children;
  readonly signal: AbortSignal;
}

/** Finds the Python that the user or the project asks for; throws `config` where only others are there. */
export async function findInterpreter(search: InterpreterSearch): Promise<Interpreter> {
  const { wish } = search;
  const asVersion = fromVersionFile(wish, "`python`");
  if (wish !== "" && asVersion === undefined) return named(wish, search);
  const wanted = asVersion ?? (await wantedBy(search.folder));
  const seen: Interpreter[] = [];
  for (const candidate of await candidates(wanted, search)) {
    const found = await ask(candidate, search);
    if (found === undefined) continue;
    if (wanted === undefined || wanted.accepts(found.version)) return found;
    seen.push(found);
  }
  throw notFound(wanted, seen);
}

async function named(path: string, search: InterpreterSearch): Promise<Interpreter> {
  const found = await ask(path, search);
  if (found !== undefined) return found;
  const remedy = "Name a version such as `3.12`, or a Python that is on the runner.";
  throw new BelayError("config", `\`python\`: ${path} cannot be started`, remedy);
}

async function wantedBy(folder: string): Promise<WantedPython | undefined> {
  const read = (name: string): Promise<string> =>
    readFile(join(folder, name), "utf8").catch(() => "");
  return (
    fromVersionFile(await read(".python-version")) ?? fromPyproject(await read("pyproject.toml"))
  );
}

/** What a step before has chosen comes first, then what the runner brings, the newest first. */
async function candidates(
  wanted: WantedPython | undefined,
  { toolCache, active }: InterpreterSearch,
): Promise<readonly string[]> {
  const versioned = wanted !== undefined && /^\d+\.\d+/.exec(wanted.text)?.[0];
  return [
    ...(active === "" ? [] : [join(active, "bin/python")]),
    "python",
    "python3",
    ...(versioned === undefined || versioned === false ? [] : [`python${versioned}`]),
    ...(toolCache === "" ? [] : await kept(join(toolCache, "Python"))),
  ];
}

async function kept(folder: string): Promise<readonly string[]> {
  const versions = (await readdir(folder).catch(() => [])).filter((name) =>
    /^\d+\.\d+\.\d+$/.test(name),
  );
  const newest = versions.sort((a, b) => b.localeCompare(a, "en", { numeric: true }));
  const machine = process.arch === "arm64" ? "arm64" : "x64";
  return newest.map((version) => join(folder, version, machine, "bin/python"));
}

const question =
  "import sys, json; print(json.dumps(['.'.join(map(str, sys.version_info[:3])), sys.executable]))";

async function ask(
  program: string,
  { folder, children, signal }: InterpreterSearch,
): Promise<Interpreter | undefined> {
  const child = { argv: [program, "-c", question], cwd: folder, keepStdout: 4096, signal };
  const end = await children.run(child).catch(() => undefined);
  if (end?.code !== 0) return undefined;
  const [version, path] = itemsOf(parseJson(end.stdout));
  return typeof version === "string" && typeof path === "string" ? { version, path } : undefined;
}

function notFound(wanted: WantedPython | undefined, seen: readonly Interpreter[]): BelayError {
  if (wanted === undefined)
    return new BelayError("tool-missing", "there is no Python on the runner", setUp("3.x"));
  const there = seen.map(({ version }) => version);
  const only = there.length === 0 ? "none" : `only ${[...new Set(there)].join(", ")}`;
  const message = `${wanted.source} asks for Python ${wanted.text}, and the runner has ${only}`;
  return new BelayError("config", message, setUp(wanted.text));
}

function setUp(version: string): string {
  return `Add a step before this one: actions/setup-python with python-version "${version}".`;
}
