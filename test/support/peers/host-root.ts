import { chmod, cp, mkdir, realpath, symlink, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { mustRun, runProgram } from "../program.js";
import { removeFolder, scratchFolder } from "../scratch.js";
import { serverPath } from "./daemon.js";
import type { Dockerd } from "./dockerd.js";
import { build, staticBusybox } from "./images.js";

/** What an image of the machine's own programs holds, beside busybox with all its names. */
export interface HostImage {
  readonly name: string;
  /** Programs of the machine, by path or by name; what they load comes along. */
  readonly programs: readonly string[];
  /** Files and folders of the machine, to be at the same place; a folder whole, without what `leaveOut` matches. */
  readonly files?: readonly string[];
  readonly leaveOut?: RegExp;
  /** Lines of passwd; root is there. */
  readonly users?: readonly string[];
  /** Files that are made: path to text; those that begin with `#!` can be run. */
  readonly texts?: Readonly<Record<string, string>>;
  /** Programs that stand alone and lie elsewhere on the machine: path in the image to path here. */
  readonly copies?: Readonly<Record<string, string>>;
  /** Folders that lie elsewhere on the machine: path in the image to path here. */
  readonly trees?: Readonly<Record<string, string>>;
  /** Symbolic links: path to target. */
  readonly links?: Readonly<Record<string, string>>;
  /** Lines of a Dockerfile, of those that run nothing. */
  readonly dockerfile: readonly string[];
}

/** Builds an image from programs of the machine, as none can be pulled; returns its id. */
export async function hostImage(dockerd: Dockerd, image: HostImage): Promise<string> {
  const folder = await scratchFolder("root");
  try {
    const root = join(folder, "root");
    await makeFolders(root);
    await addBusybox(root);
    for (const program of image.programs) await addProgram(root, await pathOf(program));
    for (const path of image.files ?? []) await addTree(root, path, image.leaveOut);
    for (const [path, from] of Object.entries(image.copies ?? {})) await cp(from, join(root, path));
    for (const [path, from] of Object.entries(image.trees ?? {}))
      await cp(from, join(root, path), { recursive: true, verbatimSymlinks: true });
    await addAccounts(root, image.users ?? []);
    for (const [path, text] of Object.entries(image.texts ?? {})) await addText(root, path, text);
    for (const [path, target] of Object.entries(image.links ?? {}))
      await addLink(root, path, target);
    return await built(dockerd, root, image);
  } finally {
    await removeFolder(folder);
  }
}

/** Sends one archive: thousands of files would take the daemon several times as long. */
async function built(dockerd: Dockerd, root: string, image: HostImage): Promise<string> {
  const archive = `${root}.tar`;
  await mustRun(["tar", "-C", root, "--owner=0", "--group=0", "-cf", archive, "."]);
  const lines = ["FROM scratch", "ADD root.tar /", ...image.dockerfile];
  return build(dockerd, image.name, lines, { "root.tar": archive });
}

/** The places that Debian has merged into /usr are links here too. */
async function makeFolders(root: string): Promise<void> {
  for (const name of ["usr/bin", "usr/sbin", "usr/lib", "usr/lib64", "etc", "run", "var/log"])
    await mkdir(join(root, name), { recursive: true });
  for (const name of ["bin", "sbin", "lib", "lib64"])
    await symlink(`usr/${name}`, join(root, name));
  await mkdir(join(root, "tmp"));
  await chmod(join(root, "tmp"), 0o1777);
}

async function addBusybox(root: string): Promise<void> {
  const busybox = await staticBusybox();
  await cp(busybox, join(root, "usr/bin/busybox"));
  const names = (await mustRun([busybox, "--list"])).split("\n").filter(Boolean);
  for (const name of names)
    await symlink("busybox", join(root, "usr/bin", name)).catch(() => undefined);
}

async function addProgram(root: string, path: string): Promise<void> {
  await addFile(root, path);
  for (const library of await librariesOf(path)) await addFile(root, library);
}

/** What the dynamic linker would load; nothing for a program that stands alone. */
async function librariesOf(path: string): Promise<readonly string[]> {
  const { stdout } = await runProgram(["ldd", path]);
  const missing = /^\s*(\S+) => not found$/m.exec(stdout)?.[1];
  if (missing !== undefined) throw new Error(`${path} needs ${missing}, which is missing here`);
  return [...stdout.matchAll(/(?:=> |^\s*)(\/\S+) \(0x/gm)].map(([, library = ""]) => library);
}

/** Follows links, so that the file lies where its name is looked for. */
async function addFile(root: string, path: string): Promise<void> {
  const target = join(root, await realpath(dirname(path)), basename(path));
  await mkdir(dirname(target), { recursive: true });
  await cp(await realpath(path), target, { force: true });
}

async function addTree(root: string, path: string, leaveOut: RegExp | undefined): Promise<void> {
  const filter = (from: string): boolean => leaveOut?.test(from) !== true;
  await cp(path, join(root, path), { recursive: true, filter, verbatimSymlinks: true });
}

async function addAccounts(root: string, users: readonly string[]): Promise<void> {
  const all = ["root:x:0:0:root:/root:/bin/sh", ...users];
  const groups = all.map((line) => {
    const [name = "", , , gid = ""] = line.split(":");
    return `${name}:x:${gid}:`;
  });
  await writeFile(join(root, "etc/passwd"), `${all.join("\n")}\n`);
  await writeFile(join(root, "etc/group"), `${groups.join("\n")}\n`);
}

async function addText(root: string, path: string, text: string): Promise<void> {
  const target = join(root, path);
  await mkdir(dirname(target), { recursive: true });
  await writeFile(target, text, { mode: text.startsWith("#!") ? 0o755 : 0o644 });
}

async function addLink(root: string, path: string, target: string): Promise<void> {
  await mkdir(dirname(join(root, path)), { recursive: true });
  await symlink(target, join(root, path));
}

async function pathOf(program: string): Promise<string> {
  const env = { PATH: serverPath() };
  return (await mustRun(["sh", "-c", 'command -v "$1"', "sh", program], { env })).trim();
}
