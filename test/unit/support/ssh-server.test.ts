import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { mustRun, runProgram } from "../../support/program.js";
import { removeFolder, scratchFolder } from "../../support/scratch.js";
import { sshKey } from "../../support/ssh-key.js";
import { type SshServer, startSshServer } from "../../support/ssh-server.js";

const key = sshKey();
let home: string;
let server: SshServer;
let ssh: string[];

beforeEach(async () => {
  home = await scratchFolder("ssh");
  server = await startSshServer({ home, env: { GREETING: "hello" }, publicKeys: [key.publicKey] });
  await writeFile(join(home, "key"), key.privateKey, { mode: 0o600 });
  await writeFile(join(home, "known"), `${server.knownHosts}\n`);
  const options = [
    `UserKnownHostsFile=${join(home, "known")}`,
    "IdentitiesOnly=yes",
    "BatchMode=yes",
    "StrictHostKeyChecking=yes",
  ];
  const words = options.flatMap((option) => ["-o", option]);
  ssh = [
    "ssh",
    "-F",
    "none",
    ...words,
    "-i",
    join(home, "key"),
    "-p",
    String(server.port),
    "deploy@127.0.0.1",
  ];
});

afterEach(async () => {
  await server.close();
  await removeFolder(home);
});

describe("to OpenSSH's own client the embedded server is a server", () => {
  test("that runs commands with input, outputs and exit code", async () => {
    const result = await runProgram([...ssh, "cat; echo oops >&2; exit 5"], { input: "in\n" });
    expect(result).toEqual({ code: 5, stdout: "in\n", stderr: "oops\n" });
    expect(server.commands).toEqual(["cat; echo oops >&2; exit 5"]);
  });

  test("whose commands see the home folder and nothing of ours", async () => {
    const lines = (await mustRun([...ssh, "pwd; env"])).split("\n");
    expect(lines[0]).toBe(home);
    expect(lines).toEqual(
      expect.arrayContaining([`HOME=${home}`, "GREETING=hello", "USER=deploy"]),
    );
    expect(lines.filter((line) => line.startsWith("VITEST"))).toEqual([]);
  });

  test("that gives each command a session of its own", async () => {
    const [pid, session] = (await mustRun([...ssh, "echo $$; ps -o sid= -p $$"])).split("\n");
    expect(session?.trim()).toBe(pid);
  });

  test("that carries both outputs when both are large", async () => {
    const script = "head -c 8000000 /dev/zero & head -c 8000000 /dev/zero >&2; wait";
    const { stdout, stderr } = await runProgram([...ssh, script]);
    expect([stdout.length, stderr.length]).toEqual([8_000_000, 8_000_000]);
  });

  test("that refuses another key", async () => {
    await writeFile(join(home, "key"), sshKey().privateKey, { mode: 0o600 });
    expect(await runProgram([...ssh, "true"])).toMatchObject({ code: 255 });
    expect(server.commands).toEqual([]);
  });

  test("that leaves a command alone when the line drops", async () => {
    const running = runProgram([...ssh, `cat >/dev/null; echo $? >${join(home, "proof")}`], {
      input: "",
    });
    expect((await running).code).toBe(0);
    expect(await readFile(join(home, "proof"), "utf8")).toBe("0\n");
  });
});
