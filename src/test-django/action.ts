import { stat } from "node:fs/promises";
import { join } from "node:path";
import type { ChecksAction } from "../checks/act.js";
import type { Platform } from "../checks/platform.js";
import { BelayError } from "../kit/errors.js";
import { type Inputs, readInputs } from "./inputs.js";

export const testDjango: ChecksAction<Inputs> = {
  name: "test-django",
  readInputs,
  look,
  run: async (inputs, platform) => {
    const { runDjangoChecks } = await import("./run.js");
    return runDjangoChecks(inputs, platform);
  },
};

/** Each folder must hold a project: without manage.py the settings must be named. */
async function look({ directories, settings }: Inputs, { run }: Platform): Promise<void> {
  const problems = await Promise.all(
    directories.map(async (directory) => {
      const folder = join(run.workspace, directory);
      if (!(await exists(folder)))
        return [problem(`there is no folder \`${directory}\` in the checkout`)];
      if (settings !== "" || (await exists(join(folder, "manage.py")))) return [];
      return [problem(`there is no manage.py in \`${directory}\``)];
    }),
  );
  const [first, ...also] = problems.flat();
  if (first !== undefined) throw new BelayError("config", first.message, first.remedy, { also });
}

function problem(message: string): BelayError {
  const remedy =
    "Check the repository out in a step before this one, and name the folder of manage.py as `working-directory`.";
  return new BelayError("config", message, remedy);
}

function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
