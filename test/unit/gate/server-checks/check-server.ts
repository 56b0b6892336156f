import { spawn } from "node:child_process";
import { chmod, mkdir, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Finding, ServerCheck } from "../../../../src/gate/check.js";
import { ServerMemory } from "../../../../src/gate/server-checks/memory.js";
import { RoundReader } from "../../../../src/gate/server-checks/round-reader.js";
import { serverScript } from "../../../../src/gate/server-checks/script.js";
import { mustRun } from "../../../support/program.js";
import { removeFolder, scratchFolder } from "../../../support/scratch.js";

/** The shells that a server's `sh` may be; the last with busybox's programs and no others. */
export const shells = ["dash", "bash", "busybox"] as const;
export type Shell = (typeof shells)[number];

/** When a finding was there, counted from the start of its round. */
export interface TimedFinding extends Finding {
  readonly afterMs: number;
}

/** A "server": this machine with another `sh`, and with programs that stand in for others. */
export class CheckServer {
  readonly folder: string;
  readonly memory = new ServerMemory();
  readonly #path: string;
  #lacking: readonly string[] = [];

  private constructor(folder: string, path: string) {
    this.folder = folder;
    this.#path = path;
  }

  static async start(shell: Shell): Promise<CheckServer> {
    const folder = await scratchFolder("checks");
    const [own, system] = [join(folder, "own"), join(folder, "system")];
    await Promise.all([mkdir(own), mkdir(system)]);
    const program = (await mustRun(["sh", "-c", `command -v ${shell}`])).trim();
    if (shell === "busybox") await mustRun([program, "--install", "-s", system]);
    else await symlink(program, join(system, "sh"));
    const path = shell === "busybox" ? [own, system] : [own, system, "/usr/bin", "/bin"];
    return new CheckServer(folder, path.join(":"));
  }

  /** A program of the server's, found before any other of its name. */
  async install(name: string, text: string): Promise<void> {
    const file = join(this.folder, "own", name);
    await writeFile(file, `#!/bin/sh\n${text}\n`);
    await chmod(file, 0o755);
  }

  /** From now on these words of the script find nothing, though this machine may have what they look for. */
  lacks(...words: readonly string[]): void {
    this.#lacking = words;
  }

  /** Asks one round as it comes over the line; nothing is left running when it returns. */
  async ask(...checks: readonly ServerCheck[]): Promise<ReadonlyMap<string, TimedFinding>> {
    const reader = new RoundReader(checks, this.memory);
    const findings = new Map<string, TimedFinding>();
    const began = Date.now();
    const take = (found: ReturnType<RoundReader["end"]>): void => {
      for (const { check, finding } of found)
        findings.set(check.name, { ...finding, afterMs: Date.now() - began });
    };
    await this.run(serverScript(checks, this.memory), (bytes) => take(reader.add(bytes)));
    take(reader.end());
    return findings;
  }

  /** Like `ask` for one check. */
  async find(check: ServerCheck): Promise<TimedFinding> {
    const finding = (await this.ask(check)).get(check.name);
    if (finding === undefined) throw new Error(`nothing was found about ${check.name}`);
    return finding;
  }

  /** Runs a script by standard input of `sh -s` and returns its exit code. */
  async run(script: string, onOutput: (bytes: Buffer) => void): Promise<number | null> {
    const child = spawn(join(this.folder, "system", "sh"), ["-s"], {
      cwd: this.folder,
      env: { PATH: this.#path, HOME: this.folder, CHECKS: this.folder },
      stdio: ["pipe", "pipe", "ignore"],
    });
    child.stdout.on("data", onOutput);
    child.stdin.on("error", () => undefined);
    child.stdin.end(
      this.#lacking.reduce((text, words) => text.replaceAll(words, "no-such-program"), script),
    );
    return new Promise((resolve, reject) => {
      child.once("error", reject);
      child.once("close", resolve);
    });
  }

  stop(): Promise<void> {
    return removeFolder(this.folder);
  }
}

/** The findings of a round that is over. */
export function readAnswers(
  stdout: Uint8Array,
  checks: readonly ServerCheck[],
  memory: ServerMemory,
): ReadonlyMap<string, Finding> {
  const reader = new RoundReader(checks, memory);
  const findings = [...reader.add(stdout), ...reader.end()];
  return new Map(findings.map(({ check, finding }) => [check.name, finding]));
}
