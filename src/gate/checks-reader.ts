import type { InputReader } from "../kit/inputs.js";
import type { Check, CheckDefaults } from "./check.js";

/** Reads the YAML list in the input `checks`; what is wrong with it is told to `reader`, and secrets go to `mask`. */
export type ReadChecks = (
  reader: InputReader,
  defaults: CheckDefaults,
  mask: (secret: string) => void,
) => readonly Check[];

/** What reads `list`. YAML and JSON paths take longer to load than all else, so each is only where it is needed. */
export async function checksReader(list: string): Promise<ReadChecks> {
  if (list === "") return () => [];
  const paths = /\bjson\b/.test(list) ? await import("./json-path.js") : undefined;
  const { readChecks } = await import("./checks-input.js");
  const compile = paths?.compileJsonPath ?? noPaths;
  return (reader, defaults, mask) => readChecks(reader, defaults, { mask, compile });
}

/** The key was written in a way that hides it, such as with escapes. */
function noPaths(): { readonly problem: string } {
  return { problem: "the key is to be written plainly, as `json`" };
}
