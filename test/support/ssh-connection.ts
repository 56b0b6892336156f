import { InputReader } from "../../src/kit/inputs.js";
import { readSshConnection, type SshConnection } from "../../src/kit/ssh-connection.js";
import type { Log } from "../../src/ports/log.js";
import { systemClock } from "../../src/platform/system-clock.js";
import { openSshHost } from "../../src/platform/ssh-host.js";
import type { Channel, Exit, RemoteHost } from "../../src/ports/remote-host.js";

/** The connection that these inputs describe; throws what the inputs deserve. */
export function sshConnection(inputs: Readonly<Record<string, string>>): SshConnection {
  const reader = new InputReader(
    (name) => inputs[name]?.trim() ?? "",
    () => undefined,
  );
  const connection = readSshConnection(reader);
  reader.finish();
  return connection;
}

/** A log that keeps its lines. */
export function keptLog(): Pick<Log, "info" | "warning" | "debug"> & { readonly lines: string[] } {
  const lines: string[] = [];
  const keep = (line: string): void => void lines.push(line);
  return { lines, info: keep, warning: keep, debug: keep };
}

/** A host for these inputs, with the machine's clock and a log that nobody reads. */
export function sshHost(inputs: Readonly<Record<string, string>>): RemoteHost {
  return openSshHost(sshConnection({ "connect-retries": "0", ...inputs }), {
    clock: systemClock,
    log: keptLog(),
  });
}

/** Runs a command to its end with this input; returns what it printed and how it ended. */
export async function runOn(
  host: RemoteHost,
  command: string,
  input = "",
): Promise<Exit & { readonly stdout: string }> {
  const channel = await host.start(command);
  const stdout = readAll(channel);
  if (input !== "") await channel.write(Buffer.from(input));
  channel.end();
  return { stdout: (await stdout).toString(), ...(await channel.exit) };
}

/** All that a command prints. */
export async function readAll({ output }: Channel): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of output) chunks.push(chunk);
  return Buffer.concat(chunks);
}
