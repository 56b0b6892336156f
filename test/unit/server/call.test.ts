import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import {
  bootstrap,
  commandLine,
  encodePath,
  installer,
  installLine,
} from "../../../src/server/call.js";
import { programOf } from "../../../src/server/program.js";
import { chaos } from "../../support/chaos.js";

const program = programOf(Buffer.from('echo "belay 1"\nprintf "%s\\n" "$0" "$@"\n'));
const deploy = ["begin", "deploy", "token"] as const;
let home: string;

beforeEach(() => (home = mkdtempSync(join(tmpdir(), "belay-call-"))));
afterEach(() => rmSync(home, { recursive: true, force: true }));

function run(
  command: string,
  input: Uint8Array = Buffer.alloc(0),
  shell = "sh",
): { code: number | null; stdout: string } {
  const { status, stdout } = spawnSync(shell, ["-c", command], {
    input,
    env: { PATH: process.env["PATH"], HOME: home },
  });
  return { code: status, stdout: stdout.toString() };
}

function install(path: string, bytes = program.bytes): { code: number | null; stdout: string } {
  return run(installLine(path, program.hash, program.bytes.length, deploy), bytes);
}

describe("the command line of a call", () => {
  it("means the same to every login shell: no quote, no history, no line end, no word too long for csh", () => {
    for (const text of [bootstrap, installer]) {
      expect(text).not.toMatch(/['!\n]|\\\\/);
      expect(text.length).toBeLessThan(1000);
    }
  });

  it("takes only plain words", () => {
    expect(() => commandLine("/srv/app", program.hash, ["step", "a b"])).toThrow(TypeError);
    expect(() => commandLine("/srv/app", program.hash, ["step", "$(id)"])).toThrow(TypeError);
  });

  it("asks for the program where it is missing, and runs it where it was taken in", () => {
    const path = join(home, "app");
    expect(run(commandLine(path, program.hash, ["status"])).stdout).toBe(
      "\nbelay 1\nneed-program\n",
    );
    expect(install(path)).toEqual({ code: 0, stdout: "\nbelay 1\ninstalled\n" });
    const { stdout } = run(commandLine(path, program.hash, ["step", "t", "0"]), undefined, "bash");
    expect(stdout).toBe(
      `belay 1\n${path}/.belay/bin/belay-${program.hash}\n--porcelain\nstep\nt\n0\n`,
    );
  });

  it("closes what is ours to others, and leaves the deploy path as the umask says", () => {
    const path = join(home, "app");
    execFileSync(
      "sh",
      ["-c", `umask 022; ${installLine(path, program.hash, program.bytes.length, deploy)}`],
      { input: program.bytes },
    );
    expect(statSync(path).mode & 0o777).toBe(0o755);
    expect(statSync(join(path, ".belay")).mode & 0o777).toBe(0o700);
    expect(statSync(join(path, ".belay/bin", `belay-${program.hash}`)).mode & 0o777).toBe(0o700);
  });

  it("leaves nothing of a program that arrived cut or changed", () => {
    const path = join(home, "app");
    const changed = Buffer.from(program.bytes).fill("x", 0, 4);
    expect(install(path, program.bytes.subarray(0, 10)).stdout).toBe(
      "\nbelay 1\nrefused\tdamaged\n",
    );
    expect(install(path, changed).stdout).toBe("\nbelay 1\nrefused\tdamaged\n");
    expect(readdirSync(join(path, ".belay/bin"))).toEqual([]);
  });

  it("says so when the path cannot be made", () => {
    const { code, stdout } = install("/proc/nowhere");
    expect([code, stdout]).toEqual([1, "\nbelay 1\nrefused\tnot-writable\n"]);
  });

  it("makes no path for whoever only looks: it may be mistyped", () => {
    const path = join(home, "mistyped");
    const look = installLine(path, program.hash, program.bytes.length, ["status"]);
    expect(run(look, program.bytes).stdout).toBe("\nbelay 1\nrefused\tnothing-there\n");
    expect(existsSync(path)).toBe(false);
    install(path);
    expect(run(look, program.bytes).stdout).toBe("\nbelay 1\ninstalled\n");
  });

  it("finds a path that begins at home", () => {
    install("~/my app");
    expect(run(commandLine("~/my app", program.hash, ["status"])).stdout).toContain(
      `${home}/my app/.belay/bin/`,
    );
  });

  it("brings every path to the server as it is, whatever characters it has", () => {
    const byte = fc
      .string({ unit: "binary", minLength: 1, maxLength: 20 })
      .filter((text) => !/[\0\n\ud800-\udfff]/.test(text));
    const print = (path: string): string => `sh -c 'printf %b "$1"' belay '${encodePath(path)}'`;
    fc.assert(
      fc.property(byte, (path) => {
        expect(run(print(path)).stdout).toBe(path);
      }),
      { numRuns: 50, seed: chaos("paths").seed },
    );
  });
});
