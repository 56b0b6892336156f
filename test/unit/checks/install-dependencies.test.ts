import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import {
  type Installation,
  installDependencies,
  type Installed,
} from "../../../src/checks/install-dependencies.js";
import { type CheckOutcome, failed, passed } from "../../../src/checks/result.js";
import type { Cache } from "../../../src/ports/cache.js";
import { RecordingLog } from "../../support/recording-log.js";

let folder: string;
let venv: string;
let downloads: string;
/** Each start of the installer: whether it was told that everything is there. */
let starts: boolean[];
let saved: Map<string, string>;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "belay-install-"));
  [venv, downloads] = [join(folder, "venv"), join(folder, "downloads")];
  starts = [];
  saved = new Map();
});
afterEach(() => rm(folder, { recursive: true }));

/** Keeps one file of each path. */
const cache: Cache = {
  restore: async ([path = ""], key, prefixes) => {
    const found = saved.has(key)
      ? key
      : [...saved.keys()].find((one) => prefixes.some((prefix) => one.startsWith(prefix)));
    if (found === undefined) return undefined;
    await mkdir(path, { recursive: true });
    await writeFile(join(path, "file"), saved.get(found) ?? "");
    return found;
  },
  save: async ([path = ""], key) => {
    saved.set(key, await readFile(join(path, "file"), "utf8"));
    return true;
  },
};

function plan(key: string, over: Partial<Installation> = {}): Installation {
  return {
    paths: [venv],
    key: `whole-${key}`,
    downloads: () => Promise.resolve([downloads]),
    downloadsKey: `downloads-${key}`,
    downloadsPrefix: "downloads-",
    isWhole: async () => (await readFile(join(venv, "file"), "utf8").catch(() => "")) === "whole",
    install: async (restored) => {
      starts.push(restored);
      for (const path of [venv, downloads]) await mkdir(path, { recursive: true });
      await writeFile(join(venv, "file"), "whole");
      await writeFile(join(downloads, "file"), "wheel");
      return passed();
    },
    ...over,
  };
}

async function install(key: string, over: Partial<Installation> = {}): Promise<Installed> {
  return installDependencies(plan(key, over), cache, new RecordingLog());
}

describe("dependencies", () => {
  it("are installed, and the next time come whole from the cache; the installer still looks", async () => {
    expect((await install("a")).hit).toBe("none");
    expect((await install("a")).hit).toBe("exact");
    expect(starts).toEqual([false, true]);
  });

  it("of another lockfile are installed anew, with what was fetched before", async () => {
    await install("a");
    expect((await install("b")).hit).toBe("partial");
    expect(starts).toEqual([false, false]);
    expect([...saved.keys()]).toContain("whole-b");
  });

  it("that came back damaged are thrown away and made anew", async () => {
    await install("a");
    saved.set("whole-a", "half");
    const { hit, outcome } = await install("a");
    expect([hit, outcome.status]).toEqual(["partial", "passed"]);
    expect(await readFile(join(venv, "file"), "utf8")).toBe("whole");
  });

  it("that the installer fails on are made anew, once", async () => {
    await install("a");
    const { outcome } = await install("a", {
      install: (restored) => {
        starts.push(restored);
        return Promise.resolve(restored ? failed("damaged") : passed());
      },
    });
    expect(outcome.status).toBe("passed");
    expect(starts).toEqual([false, true, false]);
  });

  it("of several folders are found again though one of them is not there", async () => {
    const versions = new Map<string, string>();
    const exact: Cache = {
      restore: (paths, key) =>
        Promise.resolve(versions.get(key) === paths.join() ? key : undefined),
      save: (paths, key) => Promise.resolve(Boolean(versions.set(key, paths.join()))),
    };
    const paths = [venv, join(folder, "absent")];
    const over = plan("a", { paths, isWhole: () => Promise.resolve(true) });
    const log = new RecordingLog();
    expect((await installDependencies(over, exact, log)).hit).toBe("none");
    expect((await installDependencies(over, exact, log)).hit).toBe("exact");
  });

  it("bring what was fetched along where the installer asks for it", async () => {
    await install("a", { asksForDownloads: true });
    await rm(downloads, { recursive: true });
    const looks = (): Promise<CheckOutcome> =>
      readFile(join(downloads, "file")).then(() => passed());
    const { hit } = await install("a", { asksForDownloads: true, install: looks });
    expect(hit).toBe("exact");
  });

  it("that cannot be installed are not saved", async () => {
    const { outcome } = await install("a", {
      install: () => Promise.resolve(failed("no network")),
    });
    expect(outcome).toMatchObject({ status: "failed", reason: "no network" });
    expect(saved.size).toBe(0);
  });

  it("are installed without a cache, and with one that fails", async () => {
    const broken: Cache = {
      restore: () => Promise.reject(new Error("503")),
      save: () => Promise.reject(new Error("503")),
    };
    for (const one of [undefined, broken]) {
      const { hit, outcome } = await installDependencies(plan("a"), one, new RecordingLog());
      expect([hit, outcome.status]).toEqual(["none", "passed"]);
    }
  });

  it("that lie there from another run are not trusted", async () => {
    await mkdir(venv);
    await writeFile(join(venv, "stale"), "");
    await install("a");
    await expect(readFile(join(venv, "stale"))).rejects.toThrow("ENOENT");
  });
});
