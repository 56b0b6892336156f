import { join } from "node:path";
import { nodeProject, type NodeProject } from "../test/support/node-project.js";
import { mustRun } from "../test/support/program.js";
import { spanOf } from "./checks-span.js";
import { compare, type Comparison, type Figure, type Measured } from "./measure.js";
import { good } from "./start-up.js";

const tools = ["eslint src", "prettier --check src", "tsc -p ."] as const;

/** What only looks at a Node project, side by side and one after the other. */
export async function nodeSideBySide(pairs: number): Promise<Measured> {
  const project = await lookingProject();
  try {
    const comparison = await compare(sideBySideRow(project), pairs);
    return { comparisons: [comparison], figures: [await floorFigure(project)] };
  } finally {
    await project.remove();
  }
}

/**
 * What nobody can stay below with the same tools: their processor time, shared evenly by two cores. The threads of V8
 * that compile and collect garbage use the second core even where the tools run one after the other.
 */
async function floorFigure({ folder }: NodeProject): Promise<Figure> {
  const programs = join(import.meta.dirname, "../node_modules/.bin");
  const env = { PATH: `${programs}:${process.env["PATH"] ?? ""}` };
  const started = performance.now();
  const script = `{ ${tools.join("; ")}; } > /dev/null; times`;
  const printed = await mustRun(["sh", "-c", script], { cwd: folder, env });
  const seconds = (performance.now() - started) / 1000;
  return {
    name: "test-node: the least that two cores can make of it, by the processor time of the tools",
    value: secondsOfChildren(printed) / 2 / seconds,
    unit: "x",
  };
}

/** The second line of `times` has the user's and the system's time of all children: `0m5.80s 0m0.59s`. */
function secondsOfChildren(printed: string): number {
  const words = printed.trim().split("\n").at(-1) ?? "";
  const times = [...words.matchAll(/(\d+)m([\d.]+)s/g)];
  if (times.length !== 2) throw new Error(`times printed ${printed}`);
  return times.reduce((sum, [, minutes, rest]) => sum + Number(minutes) * 60 + Number(rest), 0);
}

/** Scripts of other names run in their order, each alone. */
function sideBySideRow(project: NodeProject): Comparison {
  const span = async (...scripts: readonly string[]): Promise<number> => {
    const result = await project.run({ scripts: scripts.join("\n") });
    good(result);
    return spanOf(result, scripts);
  };
  return {
    name: "test-node: what only looks, on two cores",
    ours: "ESLint, Prettier and TypeScript side by side",
    peer: "the same one after the other",
    target: 0.7,
    runOurs: () => span("lint", "format:check", "typecheck"),
    runPeer: () => span("first", "second", "third"),
  };
}

/** One whose three checks take a few seconds each. */
function lookingProject(): Promise<NodeProject> {
  const [eslint, prettier, tsc] = tools;
  const scripts = { lint: eslint, "format:check": prettier, typecheck: tsc };
  const rules = '{ "no-unused-vars": "error", "no-undef": "error", "no-shadow": "error" }';
  const options = '{ "strict": true, "noEmit": true, "checkJs": true, "types": [] }';
  return nodeProject({
    scripts: { ...scripts, first: eslint, second: prettier, third: tsc },
    files: {
      "eslint.config.js": `export default [{ files: ["src/*.js"], rules: ${rules} }];\n`,
      "tsconfig.json": `{ "compilerOptions": ${options}, "include": ["src"] }\n`,
      ...Object.fromEntries(Array.from({ length: 120 }, (_, at) => [`src/part-${at}.js`, source])),
    },
  });
}

const source = Array.from(
  { length: 40 },
  (_, at) =>
    `/** @param {number[]} values */\nexport function part${at}(values) {\n  return values.map((value) => value * ${at}).filter((value) => value > ${at});\n}\n`,
).join("\n");
