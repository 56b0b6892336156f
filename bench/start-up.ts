import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { mustRun, runProgram } from "../test/support/program.js";
import type { ActionResult } from "../test/support/run-action.js";
import type { Site } from "../test/support/site.js";
import { type Comparison, type Figure, timed } from "./measure.js";
import type { SshClient } from "./ssh-client.js";

export const dist = join(import.meta.dirname, "../dist/ssh-deploy-with-backup");

/** Bad input must be told before anything heavy is loaded. */
export function badInputRow(): Comparison {
  return {
    name: "bad input",
    ours: "index.js with nothing given",
    peer: "node -e 0",
    target: 2,
    runOurs: () =>
      timed(async () => {
        const { code } = await runProgram([process.execPath, join(dist, "index.js")], { env: {} });
        if (code !== 1) throw new Error(`bad input ended with exit code ${String(code)}`);
      }),
    runPeer: () => timed(() => mustRun([process.execPath, "-e", "0"])),
  };
}

/** `operation: status`, a whole process, against the plainest command over ssh. */
export function statusRow(site: Site, ssh: SshClient): Comparison {
  return {
    name: "operation: status",
    ours: "node dist/ssh-deploy-with-backup/index.js",
    peer: "ssh host true",
    target: 0.9,
    // Without what the tests do around an action: a runner's files, action.yml.
    runOurs: async () => {
      const result = await site.operate("status");
      good(result);
      return result.durationMs;
    },
    runPeer: () => timed(() => ssh.run("true")),
  };
}

/** The whole folder that the runner downloads for an action; at most `target` MB are wanted. */
export async function sizeFigure(action: string, target: number): Promise<Figure> {
  const folder = join(import.meta.dirname, "../dist", action);
  const names = await readdir(folder, { recursive: true });
  const found = await Promise.all(names.map((name) => stat(join(folder, name))));
  const sizes = found.map((one) => (one.isFile() ? one.size : 0));
  const bytes = sizes.reduce((sum, size) => sum + size, 0);
  return { name: `dist/${action}`, value: bytes / 1e6, unit: "MB", target };
}

/** Throws with the action's log when it failed. */
export function good(result: ActionResult): void {
  if (result.exitCode !== 0) throw new Error(`the action failed: ${JSON.stringify(result.log)}`);
}
