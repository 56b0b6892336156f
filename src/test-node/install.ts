import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { type CheckOutcome, failed, passed } from "../checks/result.js";
import { installCommand } from "../commands/packages.js";
import type { ChildEnd } from "../ports/children.js";
import { endText } from "./program-end.js";
import { type Manner, runIn, type Site } from "./site.js";

/**
 * Installs what the lockfile names; `restored` says whether all of it is there already. Fails also when the
 * lockfile does not say all that package.json asks for.
 */
export async function install(
  site: Site,
  restored: boolean,
  manner: Manner,
): Promise<CheckOutcome> {
  const { root, manager } = site.project;
  const path = join(root, manager.lockfile);
  const before = await readFile(path);
  const argv = installCommand(manager.name, restored);
  const end = await runIn(site, argv, { ...manner, cwd: root });
  if (end.code !== 0) return failed(reasonOf(end, argv.join(" "), manager.lockfile));
  const after = await readFile(path).catch(() => Buffer.alloc(0));
  if (after.equals(before)) return passed();
  return failed(
    `the install changed ${manager.lockfile}: it does not fit package.json. Install on your machine and commit it.`,
  );
}

function reasonOf(end: ChildEnd, command: string, lockfile: string): string {
  const hint = hintOf(end.tail, lockfile);
  return hint === "" ? endText(end, command) : `${hint}; ${endText(end, command)}`;
}

/** What the installers' own codes mean. */
function hintOf(tail: string, lockfile: string): string {
  if (
    /EUSAGE|ERR_PNPM_OUTDATED_LOCKFILE|needs to be updated, but yarn was run with|YN0028/.test(tail)
  )
    return `${lockfile} does not fit package.json: install on your machine and commit it`;
  if (
    /EJSONPARSE|ERR_PNPM_BROKEN_LOCKFILE|ERR_PNPM_LOCKFILE|Invalid value type|Unknown token/.test(
      tail,
    )
  )
    return `${lockfile} is broken: delete it, install on your machine and commit the new one`;
  if (/EBADENGINE|ERR_PNPM_UNSUPPORTED_ENGINE|The engine "node" is incompatible/.test(tail))
    return "a package does not run on this version of Node";
  if (/npm error command (?:sh|failed)|postinstall|ELIFECYCLE|YN0009/.test(tail))
    return "an install script failed";
  return "";
}
