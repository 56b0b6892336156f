import { join } from "node:path";
import type { RemoteHost } from "../src/ports/remote-host.js";
import { readAll } from "../test/support/ssh-connection.js";
import type { DeployHost } from "../test/support/deploy-host.js";
import { connectionInputs } from "../test/support/site.js";
import { type BenchLine, openLine, planOf } from "./line.js";
import { compare, type ComparisonResult, timed } from "./measure.js";

/** A step that does nothing, detached and followed to its end, against a plain command on the same connection. */
export async function measureDetaching(
  deployHost: DeployHost,
  pairs: number,
): Promise<ComparisonResult> {
  const path = join(deployHost.home.path, "steps");
  const inputs = connectionInputs(deployHost, path);
  const plain = await openLine(inputs, path);
  await plain.host.connect();
  try {
    return await compare(
      {
        name: "a detached step that does nothing",
        ours: "step",
        peer: "exec",
        targetOver: 40,
        runOurs: async () => runStep(await openLine(inputs, path)),
        runPeer: () => timed(() => runPlain(plain.host, "bash -euo pipefail -c true")),
      },
      pairs,
    );
  } finally {
    await plain.host.close();
  }
}

/** Each operation runs a step of one name once. */
async function runStep({ host, caller, server, token }: BenchLine): Promise<number> {
  await host.connect();
  try {
    const plan = { ...planOf([]), source: "none", build: "true" };
    const operation = await server.begin("deploy", plan);
    await operation.run("prepare" as never);
    const ms = await timed(async () => {
      const { records } = await caller.call(["step", token, "build", "0"]);
      if (!records.some(({ key, values }) => key === "code" && values[0] === "0"))
        throw new Error(`the step failed: ${JSON.stringify(records)}`);
    });
    await operation.abandon("planned", "the bench has seen it");
    return ms;
  } finally {
    await host.close();
  }
}

async function runPlain(host: RemoteHost, command: string): Promise<void> {
  const channel = await host.start(command);
  channel.end();
  await readAll(channel);
  const { code, stderr } = await channel.exit;
  if (code !== 0) throw new Error(`the command failed: ${stderr}`);
}
