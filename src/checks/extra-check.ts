import type { Children } from "../ports/children.js";
import type { Check } from "./check.js";
import type { ExtraCheck } from "./checks-inputs.js";
import { failed, passed } from "./result.js";

export interface ProjectPlace {
  readonly children: Children;
  /** An absolute path. */
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** A command of the user's own as a check: its exit code is the verdict. */
export function extraCheck({ name, command }: ExtraCheck, place: ProjectPlace): Check {
  const { children, cwd, env } = place;
  return {
    name,
    run: async (signal, print) => {
      const argv = ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", command];
      const end = await children.run({ argv, cwd, env, signal, onOutput: print });
      if (end.code === 0) return passed();
      return failed(
        end.code === null
          ? `ended by ${end.signal ?? "a signal"}`
          : `ended with exit code ${end.code}`,
      );
    },
  };
}
