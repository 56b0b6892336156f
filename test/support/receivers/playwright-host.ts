// What PLAYWRIGHT_DOWNLOAD_HOST names: the archives of Playwright's browsers.
//
// Known, from `playwright install` 1.62 itself: it asks by GET for `/builds/…/NAME.zip`, unpacks whatever comes and
// looks for the program of the browser in it.
// Assumed: one archive with all of these programs does for each browser; they are empty.

import { mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { mustRun } from "../program.js";
import { removeFolder, scratchFolder } from "../scratch.js";
import { type Receiver, startReceiver } from "./receiver.js";

const programs = [
  "chrome-linux64/chrome",
  "chrome-headless-shell-linux64/chrome-headless-shell",
  "ffmpeg-linux",
  "firefox/firefox",
  "pw_run.sh",
];

/** Starts the host; what it `received` are the downloads. */
export async function startPlaywrightHost(): Promise<Receiver> {
  const body = await archive();
  const headers = { "content-length": String(body.length) };
  return startReceiver(({ path }) =>
    /^\/builds\/.*\.zip$/.test(path) ? { status: 200, headers, body } : { status: 404 },
  );
}

async function archive(): Promise<Uint8Array> {
  const folder = await scratchFolder("browsers");
  try {
    for (const program of programs) {
      await mkdir(dirname(join(folder, program)), { recursive: true });
      await writeFile(join(folder, program), "#!/bin/sh\n");
    }
    const tops = programs.map((program) => join(folder, program.split("/")[0] ?? ""));
    const zip = join(folder, "browser.zip");
    await mustRun(["python3", "-m", "zipfile", "-c", zip, ...tops]);
    return await readFile(zip);
  } finally {
    await removeFolder(folder);
  }
}
