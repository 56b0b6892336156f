import {
  chmodSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { packPlan, type PlanFields } from "../../src/server/plan.js";
import { BelayServer, type Answer } from "../support/belay-server.js";
import { scratchFolder, removeFolder } from "../support/scratch.js";

describe("the look before anything is touched names what is missing and how to mend it", () => {
  let server: BelayServer;
  let programs: string;
  afterEach(async () => {
    server.env["PATH"] = "/usr/sbin:/usr/bin:/sbin:/bin";
    await server.stop();
    await removeFolder(programs);
  });

  /** A server whose PATH has all programs of the system but `without`, and sh scripts `instead`. */
  const begin = async (
    without: readonly string[],
    instead: Readonly<Record<string, string>>,
    fields: PlanFields = {},
  ): Promise<Answer> => {
    programs = await scratchFolder("programs");
    mkdirSync(join(programs, "bin"));
    for (const folder of ["/usr/bin", "/bin"]) {
      for (const name of readdirSync(folder)) {
        if (without.includes(name) || name in instead) continue;
        try {
          symlinkSync(join(folder, name), join(programs, "bin", name));
        } catch {
          // Debian's /bin is /usr/bin.
        }
      }
    }
    for (const [name, text] of Object.entries(instead)) {
      writeFileSync(join(programs, "bin", name), `#!/bin/sh\n${text}\n`);
      chmodSync(join(programs, "bin", name), 0o755);
    }
    server = await BelayServer.start("dash");
    server.env["PATH"] = join(programs, "bin");
    return server.call(["begin", "deploy", "one"], packPlan(fields));
  };

  const findings = (answer: Answer): readonly (readonly string[])[] =>
    answer.all("finding").map((values) => values.slice(0, 3));

  it("tools, all together", async () => {
    const begun = await begin(["flock", "setsid"], {});
    expect(begun.code).toBe(1);
    expect(findings(begun)).toEqual([
      ["error", "tool-missing", "flock is missing on the server"],
      ["error", "tool-missing", "setsid is missing on the server"],
    ]);
    expect(begun.all("finding")[0]?.[3]).toBe("install it: apt-get install util-linux");
    expect(server.exists(".belay/phase")).toBe(false);
  });

  it("restart lines that need sudo, where sudo asks for a password", async () => {
    const begun = await begin([], { sudo: "exit 1" }, { restart: "sudo systemctl restart app\n" });
    expect(findings(begun)[0]).toEqual([
      "error",
      "auth-refused",
      expect.stringContaining("the restart lines use sudo, which asks"),
    ]);
    expect(begun.all("finding")[0]?.[3]).toContain("NOPASSWD");
  });

  it("a missing crontab is a warning that names the line to install", async () => {
    await begin([], {}, { "confirm-timeout": "60" });
    await server.call(["undo", "one"], "end\n");
    server.env["BELAY_CRONTAB"] = "no-such-crontab";
    const again = await server.call(["begin", "deploy", "two"], packPlan({}));
    expect(again.code).toBe(0);
    expect(findings(again)[0]).toEqual([
      "warning",
      "tool-missing",
      expect.stringContaining("crontab is missing"),
    ]);
    expect(again.all("finding")[0]?.[3]).toContain(`${server.dot("belay")} tick`);
  });

  it("a systemd that ends the user's processes at logout, unless lingering keeps a scope alive", async () => {
    const logout = {
      id: "case $1 in -u) echo 1000 ;; *) echo deploy ;; esac",
      busctl: "echo b true",
      loginctl: 'cat "$HOME/linger"',
      "systemd-run": 'echo "$*" >>"$HOME/scopes"; shift 4; exec "$@"',
    };
    const begun = await begin([], logout);
    expect(findings(begun)[0]).toEqual([
      "error",
      "config",
      "systemd ends the processes of deploy at logout (KillUserProcesses=yes)",
    ]);
    expect(begun.all("finding")[0]?.[3]).toContain("loginctl enable-linger deploy");
    const home = server.env["HOME"] ?? "";
    writeFileSync(join(home, "linger"), "yes\n");
    const again = await server.call(["begin", "deploy", "two"], packPlan({ restart: "true\n" }));
    expect(again.code).toBe(0);
    expect((await server.steps("two", "prepare", "activate")).at(-1)?.first("code")).toBe("0");
    await server.call(["undo", "two"], "end\n");
    const scopes = readFileSync(join(home, "scopes"), "utf8").trim().split("\n");
    // The guardian, the two steps, and the undo's own.
    expect(scopes.length).toBeGreaterThanOrEqual(3);
    for (const scope of scopes) expect(scope).toMatch(/^--user --scope --quiet --collect /);
  });

  it("a disk that has not enough room for the release", async () => {
    const begun = await begin([], {}, { "upload-bytes": "900000000000000" });
    expect(findings(begun)).toEqual([
      [
        "error",
        "disk-full",
        expect.stringContaining("MiB free; the release and its backup may need"),
      ],
    ]);
  });
});
