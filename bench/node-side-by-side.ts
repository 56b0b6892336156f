import { nodeProject, type NodeProject } from "../test/support/node-project.js";
import { spanOf } from "./checks-span.js";
import { compare, type Comparison, type ComparisonResult } from "./measure.js";
import { good } from "./start-up.js";

/** What only looks at a Node project, side by side and one after the other. */
export async function nodeSideBySide(pairs: number): Promise<ComparisonResult> {
  const project = await lookingProject();
  try {
    return await compare(sideBySideRow(project), pairs);
  } finally {
    await project.remove();
  }
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
  const [eslint, prettier, tsc] = ["eslint src", "prettier --check src", "tsc -p ."];
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
