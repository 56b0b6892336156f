/** What a script of package.json is for. */
export type ScriptKind = "lint" | "format" | "types" | "test" | "build" | "e2e" | "other";

/** A script that is to run. */
export interface Script {
  readonly name: string;
  readonly kind: ScriptKind;
  /** Its text; of a script of the workspace's packages all of theirs. */
  readonly text: string;
  /** It stands in packages of the workspace, and not in the root's package.json. */
  readonly inWorkspaces: boolean;
}

/** What package.json of a folder has under `scripts`, and those of its workspace's packages. */
export interface ScriptSources {
  readonly own: ReadonlyMap<string, string>;
  readonly workspaces: readonly ReadonlyMap<string, string>[];
}

/** The usual names of each kind; the first that is there counts. */
const usualNames: Readonly<Record<Exclude<ScriptKind, "other">, readonly string[]>> = {
  lint: ["lint:check", "check:lint", "lint:ci", "lint", "eslint"],
  format: ["format:check", "check:format", "format-check", "prettier:check", "fmt:check", "format"],
  types: [
    "typecheck",
    "type-check",
    "check-types",
    "check:types",
    "check:type",
    "types:check",
    "types",
    "tsc",
  ],
  test: ["test:ci", "test", "test:unit", "unit"],
  build: ["build"],
  e2e: ["test:e2e", "e2e", "playwright", "test:playwright"],
};

const kinds = Object.keys(usualNames) as readonly (keyof typeof usualNames)[];

/** The scripts of usual names that are there, in the order of the kinds. */
export function usualScripts(sources: ScriptSources): readonly Script[] {
  return kinds.flatMap((kind) => {
    const names = usualNames[kind];
    const found = names.map((name) => scriptOf(name, kind, sources)).find((one) => fits(one));
    return found === undefined ? [] : [found];
  });
}

/** The scripts of these names, and the names that no package.json has. */
export function namedScripts(
  names: readonly string[],
  sources: ScriptSources,
): { readonly scripts: readonly Script[]; readonly missing: readonly string[] } {
  const found = names.map((name) => scriptOf(name, kindOf(name), sources));
  const missing = names.filter((_, at) => found[at] === undefined);
  return { scripts: found.filter((one) => one !== undefined), missing };
}

function scriptOf(
  name: string,
  kind: ScriptKind,
  { own, workspaces }: ScriptSources,
): Script | undefined {
  const text = own.get(name);
  if (text !== undefined) return { name, kind, text, inWorkspaces: false };
  const texts = workspaces.flatMap((scripts) => scripts.get(name) ?? []);
  if (texts.length === 0) return undefined;
  return { name, kind, text: texts.join("\n"), inWorkspaces: true };
}

/** What npm init writes is no test, and a formatter that writes is no check. */
function fits(script: Script | undefined): script is Script {
  if (script === undefined) return false;
  if (script.text.includes("Error: no test specified")) return false;
  return script.kind !== "format" || !writes(script);
}

function kindOf(name: string): ScriptKind {
  return kinds.find((kind) => usualNames[kind].includes(name)) ?? guessed(name);
}

function guessed(name: string): ScriptKind {
  if (/e2e|playwright/.test(name)) return "e2e";
  if (/^test|:test$|unit/.test(name)) return "test";
  if (name.includes("lint")) return "lint";
  if (/format|prettier|fmt/.test(name)) return "format";
  return /type|tsc/.test(name) ? "types" : name.startsWith("build") ? "build" : "other";
}

/** The script changes the files that it looks at, so that nothing may look at them beside it. */
export function writes({ text }: Pick<Script, "text">): boolean {
  return /(?:^|\s)--(?:fix|write|update|updateSnapshot)(?=\s|$|=true)|\bbiome\b.*--(?:apply|write)/.test(
    text,
  );
}

/** The script sets NODE_OPTIONS by itself, and so takes our reporters out again. */
export function dropsReporters({ text }: Pick<Script, "text">): boolean {
  return /\bNODE_OPTIONS=/.test(text) && !/\$\{?NODE_OPTIONS/.test(text);
}
