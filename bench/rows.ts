import { readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { parse } from "yaml";
import type { DeployHost } from "../test/support/deploy-host.js";
import { mustRun, runProgram } from "../test/support/program.js";
import type { ActionResult } from "../test/support/run-action.js";
import { connectionInputs, type Site } from "../test/support/site.js";
import { startTcpProxy } from "../test/support/tcp-proxy.js";
import { type Comparison, timed } from "./measure.js";
import type { SshClient } from "./ssh-client.js";

const repository = join(import.meta.dirname, "..");
const dist = join(repository, "dist/ssh-deploy-with-backup");

/** A figure that is no comparison. */
export interface Figure {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  readonly target?: number;
}

/** `operation: status`, a whole process, against the plainest command over ssh. */
export function statusRow(site: Site, ssh: SshClient): Comparison {
  return {
    name: "operation: status",
    ours: "node dist/ssh-deploy-with-backup/index.js",
    peer: "ssh host true",
    target: 0.9,
    runOurs: () => timed(async () => good(await site.operate("status"))),
    runPeer: () => timed(() => ssh.run("true")),
  };
}

/** A backup that was read back, checksummed and flushed, against a dump that was only written. */
export function backupRow(site: Site, host: DeployHost): Comparison {
  const { database } = site;
  const dump = ["pg_dump", "-Fc", "-f", join(host.home.path, "plain.dump")];
  return {
    name: "backup with verification",
    ours: "belay backup",
    peer: "pg_dump -Fc",
    target: 0.65,
    runOurs: () =>
      timed(async () => {
        const { code, stdout, stderr } = await site.belay("backup");
        if (code !== 0 || !stdout.includes("read back and whole"))
          throw new Error(`belay backup took no backup: ${stdout}${stderr}`);
      }),
    runPeer: () =>
      timed(async () => {
        const { code, stderr } = await host.run(dump, database.env());
        if (code !== 0) throw new Error(`pg_dump failed: ${stderr}`);
      }),
  };
}

/** The newest backup's archive against that of the last plain dump, in bytes. */
export async function archiveFigure(site: Site, host: DeployHost): Promise<Figure> {
  const backups = join(site.path, "backups");
  const newest = (await readdir(backups)).sort().at(-1) ?? "";
  const ours = await stat(join(backups, newest, "database.dump"));
  const plain = await stat(join(host.home.path, "plain.dump"));
  const name = "archive of the backup, against pg_dump -Fc";
  return { name, value: ours.size / plain.size, unit: "x", target: 1.3 };
}

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

/** The whole folder that the runner downloads for the action. */
export async function sizeFigure(): Promise<Figure> {
  const names = await readdir(dist);
  const sizes = await Promise.all(names.map(async (name) => (await stat(join(dist, name))).size));
  const bytes = sizes.reduce((sum, size) => sum + size, 0);
  return { name: "dist/ssh-deploy-with-backup", value: bytes / 1e6, unit: "MB", target: 1.2 };
}

/**
 * A deploy that changes one file: its time, and its round trips in a row, which are what 50 ms more of round trip
 * add to it, divided by 50 ms.
 */
export async function deployFigures(host: DeployHost, site: Site): Promise<readonly Figure[]> {
  const near = await deployThrough(host, site, 0);
  const far = await deployThrough(host, site, 50);
  return [
    {
      name: "deploy that changes one file, gate of one answer, no backup",
      value: near,
      unit: "ms",
    },
    { name: "the same, round trips in a row", value: Math.round((far - near) / 50), unit: "" },
  ];
}

/** The median of three deploys over a line whose round trip is `roundTripMs` longer. */
async function deployThrough(host: DeployHost, site: Site, roundTripMs: number): Promise<number> {
  const proxy = await startTcpProxy(host.port, { delayMs: roundTripMs / 2 });
  const times: number[] = [];
  try {
    for (let turn = 0; turn < 3; turn += 1) {
      const version = `${String(roundTripMs)}.${String(turn)}`;
      const over = {
        ...connectionInputs(host, site.path),
        port: String(proxy.port),
        "health-successes": "1",
        "database-url": "",
        migrate: "",
        build: "",
        "confirm-timeout": "30s",
      };
      times.push(await timed(async () => good(await site.deploy({ version }, over))));
    }
  } finally {
    await proxy.close();
  }
  return times.sort((a, b) => a - b)[1] ?? 0;
}

function good(result: ActionResult): void {
  if (result.exitCode !== 0) throw new Error(`the action failed: ${JSON.stringify(result.log)}`);
}

/** The version that the figures are of. */
export async function versionOf(): Promise<string> {
  const { version } = parse(await readFile(join(repository, "package.json"), "utf8")) as {
    version: string;
  };
  return version;
}
