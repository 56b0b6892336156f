import { readFile } from "node:fs/promises";

/**
 * Megabytes of a process: the most that it had so far (`VmHWM`), or its share of what it has now (`Pss`); 0 for one
 * that is gone. getrusage is no use here: its most counts from the fork on, and with it the memory of the parent.
 */
export async function megabytesOf(pid: number | "self", field: "VmHWM" | "Pss"): Promise<number> {
  const file = field === "Pss" ? "smaps_rollup" : "status";
  const status = await readFile(`/proc/${String(pid)}/${file}`, "utf8").catch(() => "");
  const kib = new RegExp(`^${field}:\\s+(\\d+) kB$`, "m").exec(status)?.[1];
  return (Number(kib ?? 0) * 1024) / 1e6;
}
