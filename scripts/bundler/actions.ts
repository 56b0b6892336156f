import { existsSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { join } from "node:path";

/** The folder of the root action's code; its action.yml stands at the top of the repository. */
export const rootActionName = "deploy";

/** Names of the actions that users can name in `uses:`, sorted. */
export async function actionNames(root: string): Promise<readonly string[]> {
  const folders = await readdir(join(root, "actions"), { withFileTypes: true });
  const names = folders.filter((entry) => entry.isDirectory()).map((entry) => entry.name);
  return [...names, rootActionName].filter((name) => existsSync(definition(root, name))).sort();
}

/** Path of the `action.yml` of the action `name`. */
export function definition(root: string, name: string): string {
  return name === rootActionName
    ? join(root, "action.yml")
    : join(root, "actions", name, "action.yml");
}
