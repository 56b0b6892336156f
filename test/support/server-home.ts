import { chmod, chown, mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { removeFolder, scratchFolder } from "./scratch.js";

/** A home folder of a deploy user on the "server", with a crontab of its own. */
export interface ServerHome {
  readonly path: string;
  /** HOME, USER, PATH and so on as a login gives them; the crontab program of this home comes first in PATH. */
  readonly env: Readonly<Record<string, string>>;
  /** The user's table as `crontab -l` prints it; empty when there is none. */
  crontab(): Promise<string>;
  remove(): Promise<void>;
}

export interface ServerHomeOptions {
  /** Folders of programs that come before the system's, such as PostgreSQL's. */
  readonly programs?: readonly string[];
  /** Programs that users of this home shall find first: name and sh text. */
  readonly scripts?: Readonly<Record<string, string>>;
  /** Whose it is; without it the user of this process. */
  readonly owner?: { readonly name: string; readonly uid: number; readonly gid: number };
}

/** Makes a scratch home; its `crontab` keeps the table in the home, so that no user's own is touched. */
export async function makeServerHome(options: ServerHomeOptions = {}): Promise<ServerHome> {
  const path = await scratchFolder("home");
  const bin = join(path, "bin");
  const table = join(path, ".crontab");
  await mkdir(bin);
  const scripts = { crontab: crontabScript(table), ...options.scripts };
  for (const [name, text] of Object.entries(scripts)) {
    await writeFile(join(bin, name), text);
    await chmod(join(bin, name), 0o755);
  }
  if (options.owner !== undefined) await chown(path, options.owner.uid, options.owner.gid);
  const user = options.owner?.name ?? "deploy";
  const system = ["/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin"];
  return {
    path,
    env: {
      HOME: path,
      USER: user,
      LOGNAME: user,
      SHELL: "/bin/sh",
      LANG: "C.UTF-8",
      PATH: [bin, ...(options.programs ?? []), ...system].join(":"),
    },
    crontab: () => readFile(table, "utf8").catch(() => ""),
    remove: () => removeFolder(path),
  };
}

function crontabScript(table: string): string {
  return `#!/bin/sh
# crontab, kept in a file: -l lists, -r removes, - or a file name replaces
table='${table}'
case \${1:--} in
  -l)
    [ -f "$table" ] || { echo "no crontab for $(id -un)" >&2; exit 1; }
    cat "$table"
    ;;
  -r) rm -f "$table" ;;
  -) cat >"$table.new" && mv "$table.new" "$table" ;;
  -*) echo "crontab: unknown option $1" >&2; exit 2 ;;
  *) cp "$1" "$table.new" && mv "$table.new" "$table" ;;
esac
`;
}
