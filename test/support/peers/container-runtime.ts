import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";

const numbers: Readonly<Record<string, bigint>> = {
  CAP_SYS_MODULE: 16n,
  CAP_SYS_RAWIO: 17n,
  CAP_SYS_PACCT: 20n,
  CAP_SYS_BOOT: 22n,
  CAP_SYS_RESOURCE: 24n,
  CAP_SYS_TIME: 25n,
  CAP_MAC_OVERRIDE: 32n,
  CAP_MAC_ADMIN: 33n,
  CAP_SYSLOG: 34n,
  CAP_WAKE_ALARM: 35n,
  CAP_BLOCK_SUSPEND: 36n,
};

/**
 * The options that let dockerd start privileged containers, such as buildx's builders, where root
 * itself lacks a capability: a privileged container asks for all of them, and runc refuses.
 */
export async function runtimeOptions(folder: string): Promise<readonly string[]> {
  const lacking = await lackingCapabilities();
  if (lacking.length === 0) return [];
  const program = join(folder, "runc-as-may-be");
  await writeFile(program, wrapper(lacking), { mode: 0o755 });
  return [`--add-runtime=may-be=${program}`, "--default-runtime=may-be"];
}

/** Of those that virtual machines and containers commonly take from root. */
async function lackingCapabilities(): Promise<readonly string[]> {
  const status = await readFile("/proc/self/status", "utf8");
  const bounding = BigInt(`0x${/^CapBnd:\s+([0-9a-f]+)$/m.exec(status)?.[1] ?? "0"}`);
  return Object.entries(numbers).flatMap(([name, number]) =>
    (bounding & (1n << number)) === 0n ? [name] : [],
  );
}

/** runc, after what we lack was struck from what a container, or a command in one, asks for. */
function wrapper(lacking: readonly string[]): string {
  const strike = lacking.map((name) => `-e 's/"${name}",//g; s/,"${name}"//g; s/"${name}"//g'`);
  return `#!/bin/sh
asked=
before=
for word; do
  case $before in
    --bundle) asked=$word/config.json ;;
    --process) asked=$word ;;
  esac
  before=$word
done
[ -z "$asked" ] || sed -i ${strike.join(" ")} "$asked"
exec runc "$@"
`;
}
