import { createContext, Script } from "node:vm";
import safeRegex from "safe-regex2";

/** A pattern of the user's, or why it cannot be one, as the end of "`body` …". */
export type PatternReading = RegExp | { readonly problem: string };

/** Reads a regular expression of JavaScript; refuses one that is known to take exponential time. */
export function readPattern(text: string, flags = "m"): PatternReading {
  let pattern: RegExp;
  try {
    pattern = new RegExp(text, flags);
  } catch (error) {
    const why = error instanceof Error ? error.message.replace(/^.*: /s, "") : "";
    return { problem: `is no regular expression${why === "" ? "" : `: ${why}`}` };
  }
  if (!safeRegex(pattern, { limit: 1000 }))
    return { problem: "may take exponential time: it repeats what holds a repetition" };
  const probes = probesOf(text);
  if (bounded(() => probes.some((probe) => pattern.test(probe))) === undefined)
    return {
      problem: "takes exponential time: it can read the same text in many ways, as `(a|a)*` can",
    };
  return pattern;
}

/** Short texts of one character over and over, with an end that few patterns expect: each way to read them is tried. */
function probesOf(text: string): readonly string[] {
  const characters = new Set(["a", "A", "0", " ", "_", "-", ...Array.from(text.slice(0, 1000))]);
  return Array.from(characters, (character) => `${character.repeat(40)}\u0000`);
}

/** How long a pattern may look at one text: what is left of exponential ones must not hold the others up. */
const limitMs = 250;

/** Whether `pattern` is found in `text`; undefined when it could not tell in 250 ms. */
export function matches(pattern: RegExp, text: string): boolean | undefined {
  return bounded(() => pattern.test(text));
}

/** What `work` returns; undefined when it was ended after 250 ms, in the middle of whatever it did. */
export function bounded<T>(work: () => T): T | undefined {
  let result: T | undefined;
  const run = (): void => void (result = work());
  try {
    // Only a script has a time limit that also interrupts a regular expression at work.
    new Script("run()").runInContext(createContext({ run }), { timeout: limitMs });
  } catch (error) {
    if (isTimeout(error)) return undefined;
    throw error;
  }
  return result;
}

/** The error is one of the script's own world, where `Error` is another class. */
function isTimeout(error: unknown): boolean {
  return (error as { readonly code?: unknown } | null)?.code === "ERR_SCRIPT_EXECUTION_TIMEOUT";
}
