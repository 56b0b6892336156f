import { existsSync } from "node:fs";
import { realpath } from "node:fs/promises";
import { dirname, join } from "node:path";
import { mustRun } from "../program.js";
import type { Dockerd } from "./dockerd.js";
import { serverPath } from "./daemon.js";
import { hostImage } from "./host-root.js";

/** The authorities that this machine trusts: a proxy of a network may have its own. */
const authorities = "/etc/ssl/certs/ca-certificates.crt";

/** Node of the running version and the machine's npm, to be used like the official image; returns its id. */
export async function nodeBaseImage(dockerd: Dockerd, name: string): Promise<string> {
  const npm = await npmFolder();
  const trusted = existsSync(authorities) ? authorities : undefined;
  return hostImage(dockerd, {
    name,
    programs: [process.execPath, ...(await separateLibraries())],
    files: [npm, ...(trusted === undefined ? [] : [trusted])],
    leaveOut: /\/npm\/(?:docs|man)$/,
    users: ["node:x:1000:1000::/home/node:/bin/sh"],
    texts: { "/home/node/README": "The home of node.\n" },
    links: {
      "/usr/bin/node": process.execPath,
      "/usr/bin/npm": join(npm, "bin/npm-cli.js"),
      "/usr/bin/npx": join(npm, "bin/npx-cli.js"),
    },
    dockerfile: [
      ...(trusted === undefined ? [] : [`ENV NODE_EXTRA_CA_CERTS=${trusted}`]),
      'CMD ["node"]',
    ],
  });
}

/** What modules in machine code were linked with, when libraries of C were more than one. */
async function separateLibraries(): Promise<readonly string[]> {
  const loaded = await mustRun(["ldd", process.execPath]);
  const folder = dirname(/=> (\/\S+\/libc\.so\.6)/.exec(loaded)?.[1] ?? "");
  const names = ["librt.so.1", "libpthread.so.0", "libdl.so.2", "libutil.so.1"];
  return names.map((name) => join(folder, name));
}

async function npmFolder(): Promise<string> {
  const env = { PATH: serverPath() };
  const program = (await mustRun(["sh", "-c", "command -v npm"], { env })).trim();
  return dirname(dirname(await realpath(program)));
}
