import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { openCluster } from "../../../src/platform/kubectl-proxy.js";
import { isAlive } from "../../support/processes.js";
import { removeFolder, scratchFolder } from "../../support/scratch.js";
import { until } from "../../support/until.js";

const root = join(import.meta.dirname, "../../..");

/** Serves as kubectl says that it does, until it is ended. */
const standIn = `#!/bin/sh
case "$*" in *"config view"*) echo "{}"; exit ;; esac
echo $$ >"$PIDFILE"
for word; do case $word in --unix-socket=*) : >"\${word#*=}" ;; esac; done
echo "Starting to serve"
exec sleep 60
`;

/** A runner of its own that opens a cluster and then waits. */
const runner = `
import { openCluster } from ${JSON.stringify(join(root, "src/platform/kubectl-proxy.ts"))};
await openCluster({ kubeconfig: "secret", context: "" }, process.env);
console.log("open");
setInterval(() => undefined, 1000);
`;

describe("the proxy of a cluster", () => {
  let folder: string;
  let env: Record<string, string>;
  beforeEach(async () => {
    folder = await scratchFolder("kubectl-proxy");
    writeFileSync(join(folder, "kubectl"), standIn, { mode: 0o755 });
    env = {
      PATH: `${folder}:/usr/bin:/bin`,
      RUNNER_TEMP: folder,
      PIDFILE: join(folder, "pid"),
    };
  });
  afterEach(() => removeFolder(folder));

  const pid = (): number => Number(readFileSync(join(folder, "pid"), "utf8"));
  const left = (): readonly string[] =>
    readdirSync(folder).filter((name) => name.startsWith("belay-kubectl-"));

  it("ends with `close`, and leaves no kubeconfig", async () => {
    const cluster = await openCluster({ kubeconfig: "secret", context: "" }, env);
    expect(isAlive(pid())).toBe(true);
    expect(cluster.config.stdout.trim()).toBe("{}");
    await cluster.close();
    await until("kubectl to end", () => !isAlive(pid()));
    expect(left()).toEqual([]);
  });

  it("dies with a runner that is killed, and so does the kubeconfig", async () => {
    writeFileSync(join(folder, "runner.ts"), runner);
    const words = ["--import", join(root, "scripts/typescript.mjs"), join(folder, "runner.ts")];
    const child = spawn(process.execPath, words, { env, stdio: ["ignore", "pipe", "inherit"] });
    await once(child.stdout, "data");
    expect(left()).toHaveLength(1);
    child.kill("SIGKILL");
    await until("kubectl to end", () => !isAlive(pid()) && left().length === 0);
  });

  it("that ends by itself is told at once, with what it said", async () => {
    writeFileSync(join(folder, "kubectl"), "#!/bin/sh\necho 'error: no context' >&2\nexit 1\n", {
      mode: 0o755,
    });
    await expect(openCluster({ kubeconfig: "", context: "" }, env)).rejects.toThrow(
      "kubectl cannot use the kubeconfig: no context",
    );
    expect(left()).toEqual([]);
  });

  it("is missing where there is no kubectl", async () => {
    const nothing = { ...env, PATH: "/nowhere" };
    await expect(openCluster({ kubeconfig: "", context: "" }, nothing)).rejects.toThrow(
      "kubectl cannot be started on the runner",
    );
    expect(existsSync(join(folder, "pid"))).toBe(false);
  });
});
