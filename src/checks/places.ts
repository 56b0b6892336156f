import { isAbsolute, relative, resolve, sep } from "node:path";
import type { Place } from "../ports/log.js";

/** The place of a path as a tool says it; undefined for what is not the project's own. */
export type Placer = (path: string, line?: number) => Place | undefined;

/** Folders that hold the code of others, wherever they are. */
const foreign = /(?:^|\/)(?:node_modules|site-packages|\.?venv|\.git)(?:\/|$)/;

/** Places below `root`, the repository's root; relative paths are meant from `folder`. */
export function placesFrom(root: string, folder: string): Placer {
  return (path, line) => {
    if (path === "") return undefined;
    const file = relative(root, resolve(folder, path)).split(sep).join("/");
    if (file === "" || file.startsWith("../") || isAbsolute(file) || foreign.test(file))
      return undefined;
    return { file, ...(line !== undefined && line >= 1 && { line: Math.floor(line) }) };
  };
}
