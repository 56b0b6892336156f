import { join } from "node:path";
import { type CacheService, startCacheService } from "../test/support/cache-service.js";
import {
  downloadsKept,
  nodeFixture,
  nodeProject,
  type NodeProject,
} from "../test/support/node-project.js";
import { mustRun, runProgram } from "../test/support/program.js";
import { removeFolder } from "../test/support/scratch.js";
import { reportOf } from "../test/support/report-of.js";
import { compare, type Comparison, type Measured, timed } from "./measure.js";
import { nodeSideBySide } from "./node-side-by-side.js";
import { good } from "./start-up.js";

const main = join(import.meta.dirname, "../dist/test-node/index.js");

/** test-node against the same commands by hand, its own second run, and a bare Node. */
export async function measureTestNode(pairs: number): Promise<Measured> {
  const project = await toolProject();
  const next = await nodeFixture("node-next");
  const cache = await startCacheService();
  try {
    const badInput = await compare(badInputRow(), pairs);
    const overhead = await compare(overheadRow(project), Math.min(pairs, 7));
    const looking = await nodeSideBySide(Math.min(pairs, 7));
    const install = await compare(installRow(next, cache), Math.min(pairs, 7));
    return {
      comparisons: [badInput, overhead, ...looking.comparisons, install],
      figures: looking.figures,
    };
  } finally {
    await cache.stop();
    await next.remove();
    await removeFolder(downloadsOf(next));
    await project.remove();
  }
}

function badInputRow(): Comparison {
  return {
    name: "test-node: bad input",
    ours: "index.js with a bad timeout",
    peer: "node -e 0",
    target: 2,
    runOurs: () =>
      timed(async () => {
        const env = { INPUT_TIMEOUT: "soon" };
        const { code } = await runProgram([process.execPath, main], { env });
        if (code !== 1) throw new Error(`bad input ended with exit code ${String(code)}`);
      }),
    runPeer: () => timed(() => mustRun([process.execPath, "-e", "0"])),
  };
}

/** What runs one after the other, so that only the overhead differs; a second is allowed on top. */
function overheadRow(project: NodeProject): Comparison {
  const path = `${join(process.execPath, "..")}:${process.env["PATH"] ?? ""}`;
  const env = { ...process.env, PATH: path, CI: "true" };
  const byHand =
    "npm ci --prefer-offline --no-audit --no-fund && npm run test && npm run build && sleep 1";
  return {
    name: "test-node: overhead",
    ours: "node dist/test-node/index.js",
    peer: "npm ci, npm run test, npm run build in one shell, plus 1 s",
    target: 1.05,
    runOurs: () => timed(async () => good(await project.run())),
    runPeer: () => timed(() => mustRun(["sh", "-c", byHand], { cwd: project.folder, env })),
  };
}

/** The installer's own check included; nothing but the install differs. */
function installRow(project: NodeProject, cache: CacheService): Comparison {
  const downloads = downloadsOf(project);
  const facts = { ...downloadsKept(), ...cache.facts, npm_config_cache: downloads };
  const run = async (wanted: string): Promise<number> => {
    const result = await project.run({ scripts: "test" }, { facts });
    good(result);
    const hit = result.outputs["cache-hit"] ?? "";
    if (hit !== wanted) throw new Error(`the cache hit was ${hit}, not ${wanted}`);
    return reportOf(result).steps.find(({ name }) => name === "install")?.durationMs ?? Number.NaN;
  };
  return {
    name: "test-node: second install, Next.js",
    ours: "the install with all dependencies in the cache",
    peer: "the install with nothing in it, and nothing downloaded",
    target: 0.25,
    runOurs: async () => {
      if (cache.entries.size === 0) await run("none");
      return run("exact");
    },
    runPeer: async () => {
      cache.remove("belay-node-");
      await removeFolder(downloads);
      return run("none");
    },
  };
}

function toolProject(): Promise<NodeProject> {
  const lines = ['import { it } from "vitest";', 'it("works", () => undefined);', ""];
  return nodeProject({
    scripts: { test: "vitest run", build: "node -e 0" },
    files: { "test/a.test.ts": lines.join("\n") },
  });
}

/** A folder of npm's own, which a new machine has not. */
function downloadsOf({ folder }: NodeProject): string {
  return `${folder}.npm`;
}
