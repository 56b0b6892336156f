import { existsSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { freePort } from "../free-port.js";
import { errorsOf, reportOf, verdictOf } from "../report-of.js";
import type { Inputs, Site } from "../site.js";
import { sshKey } from "../ssh-key.js";
import type { World } from "../world.js";

interface Refusal {
  readonly what: string;
  readonly code: string;
  readonly inputs: (site: Site, world: World) => Inputs | Promise<Inputs>;
  /** What message and remedy together must say. */
  readonly says: readonly (string | RegExp)[];
}

const other = sshKey();

const connecting: readonly Refusal[] = [
  {
    what: "a host where nobody listens",
    code: "host-unreachable",
    inputs: async () => ({
      port: String(await freePort()),
      "connect-retries": "0",
      "connect-timeout": "2s",
    }),
    says: ["127.0.0.1"],
  },
  {
    what: "a host without a pinned key",
    code: "host-key-unknown",
    inputs: () => ({ "known-hosts": "" }),
    says: [/ssh-ed25519 AAAA/, "known-hosts"],
  },
  {
    what: "a host whose key is another",
    code: "host-key-changed",
    inputs: () => ({ "known-hosts": other.publicKey }),
    says: [other.fingerprint, /SHA256:.*SHA256:/s],
  },
  {
    what: "a public key instead of a private one",
    code: "key-format",
    inputs: () => ({ "private-key": other.publicKey }),
    says: [/public/i],
  },
  {
    what: "a PuTTY key",
    code: "key-format",
    inputs: () => ({
      "private-key":
        "PuTTY-User-Key-File-3: ssh-ed25519\nEncryption: none\nComment: me\nPublic-Lines: 2\nAAAA\n",
    }),
    says: [/PuTTY/],
  },
  {
    what: "a key that lost its newlines",
    code: "key-format",
    inputs: (_, { host }) => ({ "private-key": host.privateKey.trim().replaceAll("\n", " ") }),
    says: [/line/],
  },
  {
    what: "an encrypted key with another passphrase",
    code: "key-passphrase",
    inputs: (_, { host }) => ({ "private-key": host.encryptedKey, passphrase: "not this one" }),
    says: ["passphrase"],
  },
  {
    what: "an encrypted key without passphrase",
    code: "key-passphrase",
    inputs: (_, { host }) => ({ "private-key": host.encryptedKey }),
    says: ["passphrase"],
  },
  {
    what: "a key that the host does not know",
    code: "auth-refused",
    inputs: () => ({ "private-key": other.privateKey }),
    says: ["authorized_keys"],
  },
];

const looking: readonly Refusal[] = [
  {
    what: "a path that cannot be written",
    code: "not-writable",
    // Not even root can make a folder there.
    inputs: () => ({ path: "/proc/belay" }),
    says: ["/proc/belay"],
  },
  {
    what: "a wrong database password",
    code: "backup-failed",
    inputs: (site) => ({ "database-url": site.database.url().replace(/:[^:@]*@/, ":wrong@") }),
    says: ["database-url"],
  },
];

/** Each refusal has its own message and remedy, and comes before anything is touched. */
export function refusals(world: () => World): void {
  describe("a deploy is refused before anything is touched", () => {
    test.each([...connecting, ...looking])("for $what ($code)", async ({ code, inputs, says }) => {
      const site = await world().site();
      const result = await site.deploy({ version: "1.0" }, await inputs(site, world()));
      expect(verdictOf(result), result.log.text).toMatchObject({
        exitCode: 1,
        status: "failed",
        code,
      });
      const error = reportOf(result).error;
      expect(error?.message).not.toContain("\n");
      expect(error?.remedy).not.toBe("");
      const said = `${errorsOf(result)}\n${result.log.text}`;
      for (const text of says) expect(said).toMatch(text);
      expect(existsSync(join(site.path, "releases"))).toBe(false);
      expect(await site.serving()).toBeUndefined();
    });

    test("for all bad inputs together, each with what is accepted", async () => {
      const site = await world().site();
      const accepted = await world().host.accepted();
      const bad = {
        operation: "deplyo",
        path: "relative/path",
        "keep-releases": "-1",
        "health-timeout": "soon",
        force: "maybe",
        "backup-keep": "daily=many",
        "private-key": "",
      };
      const result = await site.deploy({ version: "1.0" }, bad);
      expect(verdictOf(result)).toMatchObject({ exitCode: 1, status: "failed", code: "config" });
      const said = `${errorsOf(result)}\n${result.log.text}`;
      for (const name of Object.keys(bad)) expect(said).toContain(name);
      expect(said).toContain("deplyo");
      expect(said).toMatch(/`?private-key`? is empty/);
      expect(await world().host.accepted()).toBe(accepted);
    });

    test("for an input name of a peer it names the right one", async () => {
      const site = await world().site();
      const result = await site.operate("status", { key: "x", script: "y", fingerprint: "z" });
      const warnings = result.log.annotations
        .filter(({ level }) => level === "warning")
        .map(({ message }) => message);
      for (const right of ["private-key", "host-fingerprint"])
        expect(warnings.join("\n")).toContain(right);
    });

    test("the printed known-hosts line, once pasted, lets the deploy in", async () => {
      const site = await world().site();
      const refused = await site.operate("status", { "known-hosts": "" });
      const line =
        /^.*(\[127\.0\.0\.1\]:\d+ ssh-ed25519 [A-Za-z0-9+/=]+|ssh-ed25519 [A-Za-z0-9+/=]+)/m.exec(
          `${errorsOf(refused)}\n${refused.log.text}`,
        )?.[1];
      const pasted = { "known-hosts": line ?? "", "dry-run": "true" };
      const result = await site.deploy({ version: "1" }, pasted);
      expect(verdictOf(result), result.log.text).toMatchObject({ exitCode: 0, status: "planned" });
    });

    test("status of a path where nothing was ever deployed makes nothing there", async () => {
      const site = await world().site();
      const result = await site.operate("status");
      expect(errorsOf(result)).toContain(`nothing was ever deployed to ${site.path}`);
      expect((await world().host.run(["test", "-e", site.path])).code).toBe(1);
    });

    test("for several findings of the server at once", async () => {
      const site = await world().site();
      const path = join(site.path, "app");
      const page = join(path, "current/index.html");
      const made = await world().host.run([
        "sh",
        "-c",
        `mkdir -p '${path}/current' && echo mine >'${page}'`,
      ]);
      expect(made.code).toBe(0);
      const result = await site.deploy(
        { version: "1.0" },
        { path, restart: "sudo systemctl restart app" },
      );
      expect(verdictOf(result)).toMatchObject({ exitCode: 1, status: "failed", code: "config" });
      expect(errorsOf(result)).toContain("is not a link");
      expect(await readdir(join(path, "current"))).toEqual(["index.html"]);
    });
  });
}
