import { createHash, randomUUID } from "node:crypto";
import { join } from "node:path";
import { openSshHost } from "../src/platform/ssh-host.js";
import { systemClock as clock } from "../src/platform/system-clock.js";
import type { RemoteHost } from "../src/ports/remote-host.js";
import { Caller } from "../src/server/caller.js";
import type { Line } from "../src/server/line.js";
import type { PlanFields } from "../src/server/plan.js";
import { readProgram } from "../src/server/program.js";
import { Server } from "../src/server/server.js";
import { type Manifest, manifestText } from "../src/ssh-deploy-with-backup/manifest.js";
import { RecordingLog } from "../test/support/recording-log.js";
import { sshConnection } from "../test/support/ssh-connection.js";

/** The runner's side without the action around it. */
export interface BenchLine {
  readonly host: RemoteHost;
  readonly caller: Caller;
  readonly server: Server;
  /** Names the operation that `server.begin` opens. */
  readonly token: string;
}

/** Wires it for one operation at `path`, reached as `inputs` say; nothing is connected yet. */
export async function openLine(
  inputs: Readonly<Record<string, string>>,
  path: string,
): Promise<BenchLine> {
  const host = openSshHost(sshConnection(inputs), { clock, log: new RecordingLog() });
  const program = join(import.meta.dirname, "../dist/ssh-deploy-with-backup/belay.sh");
  const caller = new Caller(host, await readProgram(program), path, new RecordingLog());
  const token = randomUUID();
  return { host, caller, token, server: new Server(lineOf(caller), token, 30_000) };
}

/** The plan of a deploy of these files. */
export function planOf(manifest: Manifest): PlanFields {
  const files = manifestText(manifest);
  return {
    strategy: "symlink",
    source: "upload",
    files,
    digest: createHash("sha256").update(files).digest("hex"),
    "confirm-timeout": "30",
    "lock-timeout": "30",
  };
}

function lineOf(caller: Caller): Line {
  return {
    caller,
    clock,
    log: new RecordingLog(),
    patience: { retries: 0, withinMs: 30_000 },
    signal: new AbortController().signal,
    witness: {
      step: (_name, body) => body(),
      skip: () => undefined,
      undone: () => undefined,
      opening: () => undefined,
      closed: () => undefined,
    },
  };
}
