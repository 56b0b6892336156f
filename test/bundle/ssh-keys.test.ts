import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { runAction } from "../support/run-action.js";
import { removeFolder, scratchFolder } from "../support/scratch.js";
import { makeServerHome, type ServerHome } from "../support/server-home.js";
import { sshKey } from "../support/ssh-key.js";
import { type SshServer, startSshServer } from "../support/ssh-server.js";

const passphrase = "correct horse $(true)";
const kinds = [
  { type: "ed25519", locked: false },
  { type: "ed25519", locked: true },
  { type: "ecdsa", locked: false },
  { type: "ecdsa", locked: true },
  { type: "rsa", locked: false },
  { type: "rsa", locked: true },
] as const;

let home: ServerHome;
let workspace: string;
let server: SshServer | undefined;
beforeEach(async () => {
  home = await makeServerHome();
  workspace = await scratchFolder("workspace");
  // Somebody has deployed there before: `status` makes nothing.
  await mkdir(join(home.path, "app/.belay"), { recursive: true });
});
afterEach(async () => {
  await server?.close();
  await home.remove();
  await removeFolder(workspace);
});

// The bundle leaves out parts of ssh2: this is what must go on working without them.
describe("the bundled SSH client", () => {
  it.each(kinds)("logs in with a $type key, encrypted: $locked", async ({ type, locked }) => {
    const key = locked ? sshKey(type, passphrase) : sshKey(type);
    server = await startSshServer({ home: home.path, env: home.env, publicKeys: [key.publicKey] });
    const result = await runAction({
      workspace,
      inputs: {
        operation: "status",
        host: `ada@${server.host}:${server.port}`,
        "known-hosts": server.knownHosts,
        "private-key": key.privateKey,
        ...(locked ? { passphrase } : {}),
        path: "~/app",
      },
    });
    expect(result.log.unmasked).not.toContain(passphrase);
    expect(result.outputs).toMatchObject({ status: "ok" });
    expect(server.accepted()).toBe(1);
  });
});
