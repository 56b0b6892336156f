import { readdir, readFile } from "node:fs/promises";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import { djangoPython } from "../django-project.js";
import { mustRun } from "../program.js";
import type { Dockerd } from "./dockerd.js";
import { hostImage } from "./host-root.js";

/**
 * Python, to be used like the official slim image: `python` and `pip`. What pip installs comes from the wheels that
 * `test/peers/install system` brings: a build in the tests has no network.
 */
export async function pythonImage(dockerd: Dockerd, name: string): Promise<string> {
  const { program, library } = await pythonOfTheTests();
  const folder = await exampleWheels();
  const wheels = await readdir(folder);
  const extensions = await readdir(join(library, "lib-dynload"));
  return hostImage(dockerd, {
    name,
    // Extensions count as programs, for the sake of the libraries that they load.
    programs: [
      program,
      ...extensions.map((file) => join(library, "lib-dynload", file)),
      ...(await librariesForWheels(program)),
    ],
    files: [library],
    leaveOut:
      /\/(?:test|idlelib|tkinter|turtledemo|ensurepip|__pycache__|(?:site|dist)-packages|config-[^/]*)$/,
    copies: Object.fromEntries(wheels.map((file) => [`/wheels/${file}`, join(folder, file)])),
    texts: {
      "/usr/local/bin/pip": pip,
      "/etc/pip.conf": "[global]\nno-index = true\nfind-links = /wheels\n",
    },
    links: { "/usr/local/bin/python": program, "/usr/local/bin/python3": program },
    dockerfile: ["ENV LANG=C.UTF-8", 'CMD ["python"]'],
  });
}

/** A wheel can be run as it is. */
const pip = `#!/bin/sh
for wheel in /wheels/pip-*.whl; do exec python "$wheel/pip" "$@"; done
`;

/** The folder with what the examples ask for, as wheels for the Python of the tests. */
export async function exampleWheels(): Promise<string> {
  const cache = process.env["XDG_CACHE_HOME"] ?? join(homedir(), ".cache");
  const pins = await readFile(join(import.meta.dirname, "../../peers/example-wheels.txt"), "utf8");
  const sum = (await mustRun(["cksum"], { input: pins })).trim().replace(" ", "-");
  const folder = join(cache, `belay-peers/example-wheels-${sum}`);
  await readdir(folder).catch(() => {
    throw new Error("the wheels of the examples are missing: run test/peers/install system");
  });
  return folder;
}

/** What the wheels take for granted on every Linux, beside what Python itself loads. */
async function librariesForWheels(program: string): Promise<readonly string[]> {
  const folder = / => (\/\S+)\/libc\.so\.6 /.exec(await mustRun(["ldd", program]))?.[1];
  if (folder === undefined) throw new Error(`${program} loads no libc.so.6 that could be found`);
  const names = ["libpthread.so.0", "libdl.so.2", "librt.so.1", "libm.so.6", "libresolv.so.2"];
  return [...names, "libutil.so.1"].map((name) => join(folder, name));
}

/** Where the interpreter lies that the virtualenv of the tests was made of. */
async function pythonOfTheTests(): Promise<{ readonly program: string; readonly library: string }> {
  const ask = "import os, sys; print(os.path.realpath(sys.executable)); print(os.__file__)";
  const [program = "", module = ""] = (await mustRun([await djangoPython(), "-c", ask])).split(
    "\n",
  );
  return { program, library: dirname(module) };
}
