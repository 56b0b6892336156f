import { join } from "node:path";
import type { Base } from "../checks/changed-lines.js";
import type { Finding } from "../checks/result.js";
import { editedFiles } from "../commands/git.js";
import type { Project } from "./project.js";

/** A warning for each migration that the base state has with another text: whoever applied it sees no difference. */
export async function editedMigrations(
  { children, folder, place }: Project,
  base: Base,
  signal: AbortSignal,
): Promise<readonly Finding[]> {
  if ("unknown" in base) return [];
  const argv = editedFiles(base.commit, ":(glob)**/migrations/*.py");
  const end = await children.run({ argv, cwd: folder, keepStdout: 1 << 20, signal });
  if (end.code !== 0) return [];
  const files = end.stdout
    .split("\0")
    .filter((file) => /\/migrations\/[^/]*\d[^/]*\.py$/.test(file));
  return files.flatMap((file) => {
    const where = place(join(folder, file));
    const message = "This migration was edited: a database that has applied it stays as it is";
    return where === undefined ? [] : [{ level: "warning", message, place: { ...where, line: 1 } }];
  });
}
