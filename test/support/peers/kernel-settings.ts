import { mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";

/** What every kubelet sets for the whole machine when it starts. */
const settings = ["vm/overcommit_memory", "kernel/panic", "kernel/panic_on_oops"] as const;
const folder = "/run/belay-kubelets";

/**
 * Notes the kernel's settings before a kubelet changes them, on behalf of the cluster with this bridge.
 * The last of several clusters puts them back.
 */
export async function keepKernelSettings(bridge: string): Promise<() => Promise<void>> {
  await mkdir(folder, { recursive: true });
  // One that was killed has left its note, which says what there was before all of them.
  const [first] = await readdir(folder);
  const values =
    first === undefined
      ? await Promise.all(settings.map((name) => readFile(join("/proc/sys", name), "utf8")))
      : (await readFile(join(folder, first), "utf8")).split("\n").slice(0, settings.length);
  await writeFile(join(folder, bridge), values.map((value) => value.trim()).join("\n"));
  return async () => {
    await rm(join(folder, bridge), { force: true });
    if ((await clusters(bridge)).length > 0) return;
    for (const [at, name] of settings.entries())
      await writeFile(join("/proc/sys", name), `${(values[at] ?? "0").trim()}\n`);
    await rm(folder, { recursive: true, force: true });
  };
}

async function clusters(but: string): Promise<readonly string[]> {
  const bridges = await readdir("/sys/class/net");
  const noted = await readdir(folder).catch(() => []);
  return noted.filter((name) => name !== but && bridges.includes(name));
}
