import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { chmod, mkdir, readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { freePort } from "../support/free-port.js";
import { endProcess } from "../support/processes.js";
import { mustRun, type ProgramResult, runProgram } from "../support/program.js";
import { removeFolder, scratchFolder } from "../support/scratch.js";
import { sshKey } from "../support/ssh-key.js";
import { until } from "../support/until.js";

const script = join(import.meta.dirname, "../../scripts/server-setup.sh");
const login = sshKey();

let folder: string;
let user: string;
let port: number;

beforeEach(async () => {
  folder = await scratchFolder("setup");
  user = `belay-${randomBytes(4).toString("hex")}`;
  port = await freePort();
  await writeFile(join(folder, "deploy_key"), login.privateKey, { mode: 0o600 });
  await writeFile(join(folder, "ssh_host_ed25519_key"), hostKey.privateKey, { mode: 0o600 });
  await writeFile(join(folder, "ssh_host_ed25519_key.pub"), `${hostKey.publicKey} root@server\n`);
});

afterEach(async () => {
  if ((await runProgram(["id", user])).code === 0) await mustRun(["userdel", "-rf", user]);
  await removeFolder(folder);
});

const hostKey = sshKey();

function setUp(shell: string, over: Readonly<Record<string, string>> = {}): Promise<ProgramResult> {
  const options = {
    ...{ path: join(folder, "srv/shop"), key: `${login.publicKey} deploy`, user },
    ...{ host: "127.0.0.1", port: String(port), "host-keys": folder, repo: "acme/shop" },
    ...over,
  };
  const words = Object.entries(options).flatMap(([name, value]) => [`--${name}`, value]);
  return runProgram([...shell.split(" "), script, ...words]);
}

/** sshd as a server has it: the user's own authorized_keys, nothing of the tests'. */
async function withSshd<T>(body: () => Promise<T>): Promise<T> {
  const config = join(folder, "sshd_config");
  const lines = [
    `ListenAddress 127.0.0.1:${String(port)}`,
    `HostKey ${join(folder, "ssh_host_ed25519_key")}`,
    "PidFile none",
    "UsePAM no",
    "PasswordAuthentication no",
  ];
  await writeFile(config, `${lines.join("\n")}\n`);
  await mkdir("/run/sshd", { recursive: true });
  const sshd = spawn("/usr/sbin/sshd", ["-D", "-f", config, "-E", join(folder, "log")]);
  try {
    const log = (): Promise<string> => readFile(join(folder, "log"), "utf8").catch(() => "");
    await until("sshd", async () => (await log()).includes("Server listening"));
    return await body();
  } finally {
    if (sshd.pid !== undefined) await endProcess(sshd.pid);
  }
}

/** The lines that are to be run, run: with a stand-in for `gh` that notes its words and what it is given. */
async function runLines(text: string): Promise<string> {
  const gh = `#!/bin/sh\nprintf '[%s] ' "$@" >>'${folder}/gh.log'\ncase $1 in secret) cat ;; esac >>'${folder}/gh.log'\n`;
  await writeFile(join(folder, "gh"), gh);
  await chmod(join(folder, "gh"), 0o755);
  const lines = text.slice(text.indexOf("gh variable set"));
  const path = `${folder}:${process.env["PATH"] ?? ""}`;
  await mustRun(["env", `PATH=${path}`, "sh", "-euc", lines], { cwd: folder });
  return readFile(join(folder, "gh.log"), "utf8");
}

test.each(["dash", "bash", "busybox sh"])(
  "run by %s it makes a user who can log in by the printed lines, and twice is as once",
  async (shell) => {
    const first = await setUp(shell);
    expect(first.code, first.stderr).toBe(0);
    const again = await setUp(shell);
    expect(again.code, again.stderr).toBe(0);
    expect(again.stdout).toContain(`user ${user}: is there`);
    expect(again.stdout).toContain("key: may log in already");
    const keys = await readFile(`/home/${user}/.ssh/authorized_keys`, "utf8");
    expect(keys).toBe(`restrict ${login.publicKey} deploy\n`);
    expect((await stat(`/home/${user}/.ssh/authorized_keys`)).mode & 0o777).toBe(0o600);
    const [knownHosts = ""] = /^\[127\.0\.0\.1\].*$/m.exec(first.stdout) ?? [];
    await writeFile(join(folder, "known_hosts"), `${knownHosts}\n`);
    const ssh = ["ssh", "-F", "none", "-i", join(folder, "deploy_key"), "-p", String(port)];
    const strict = [
      "StrictHostKeyChecking=yes",
      `UserKnownHostsFile=${join(folder, "known_hosts")}`,
    ];
    const options = [...strict, "BatchMode=yes"].flatMap((option) => ["-o", option]);
    const groups = await withSshd(() =>
      mustRun([...ssh, ...options, `${user}@127.0.0.1`, `touch ${folder}/srv/shop/it && id -nG`]),
    );
    expect(groups.trim().split(" ")).toContain("docker");
    const told = await runLines(first.stdout);
    expect(told).toContain(
      `[KNOWN_HOSTS] [--env] [production] [--repo] [acme/shop] [--body] [${knownHosts}]`,
    );
    expect(told).toContain(`[--body] [${user}@127.0.0.1:${String(port)}]`);
    expect(told).toContain(`[--body] [${join(folder, "srv/shop")}]`);
    expect(told).toContain(login.privateKey);
    // The private key was never on the server: the script was not given it.
    expect(first.stdout + first.stderr).not.toContain("PRIVATE KEY");
  },
);

test("a key that somebody has entered without a line end stays whole, and theirs", async () => {
  await mustRun(["useradd", "--create-home", "--password", "*", user]);
  await mkdir(`/home/${user}/.ssh`);
  await writeFile(`/home/${user}/.ssh/authorized_keys`, hostKey.publicKey);
  const options = { path: join(folder, "srv"), key: login.publicKey, user, "host-keys": folder };
  const words = Object.entries(options).flatMap(([name, value]) => [`--${name}`, value]);
  const good = await runProgram(["dash", script, "--without-docker", ...words]);
  expect(good.code, good.stderr).toBe(0);
  expect(await readFile(`/home/${user}/.ssh/authorized_keys`, "utf8")).toBe(
    `${hostKey.publicKey}\nrestrict ${login.publicKey}\n`,
  );
  expect(await mustRun(["id", "-nG", user])).not.toContain("docker");
});

test.each([
  ["a private key", { key: login.privateKey }, "a private key never goes to the server"],
  ["a key of another kind", { key: "PuTTY-User-Key-File-3" }, "not a public key"],
  ["a relative path", { path: "srv/shop" }, "absolute"],
  ["a path with a way up", { path: "/srv/../etc" }, "absolute"],
  ["the path /", { path: "/" }, "absolute"],
  ["root", { user: "root" }, "not root"],
  ["a folder without host keys", { "host-keys": "/nowhere" }, "no public host keys"],
  ["an option that is none", { colour: "green" }, "not an option"],
])("%s is refused before anything is changed", async (_, over, words) => {
  const refused = await setUp("dash", over);
  expect(refused.code).toBe(1);
  expect(refused.stderr).toContain(words);
  expect((await runProgram(["id", user])).code).not.toBe(0);
});

test("whoever is not root is told so", async () => {
  const result = await runProgram([
    ...["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "--", "sh", script],
    ...["--path", "/srv/x"],
  ]);
  expect(result.code).toBe(1);
  expect(result.stderr).toContain("sudo");
});
