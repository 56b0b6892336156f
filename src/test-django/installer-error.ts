/**
 * What an installer's output says went wrong, in one line; "" where it does not say. To pip's bare words, such as
 * `error: metadata-generation-failed`, come the package and what its build has said.
 */
export function installerError(output: string): string {
  const lines = output.split("\n");
  // pip's last words are often a note about the error, and not the error.
  const said = (
    lines.findLast((line) => /^\s*error\b/i.test(line)) ??
    lines.findLast((line) => /error/i.test(line)) ??
    ""
  ).trim();
  const named = /^error: [a-z-]+$/i.test(said) ? packageIn(lines) : undefined;
  return [said, named, buildError(lines)].filter((part) => part !== undefined).join(": ");
}

/** Newer versions of pip name it below the error; all say what they have begun last. */
function packageIn(lines: readonly string[]): string | undefined {
  const below = lines.findLast((line) => /^╰─> (?!See |from |\[)\S+$/.test(line));
  const begun = lines.findLast((line) => /^(?:Collecting|Processing) /.test(line));
  return (below ?? begun)?.split(" ")[1];
}

/** Of the output of the build that failed: how a program in it ended, else its first error. */
function buildError(lines: readonly string[]): string | undefined {
  const end = lines.findLastIndex((line) => line.trim() === "[end of output]");
  const begin = lines
    .slice(0, Math.max(0, end))
    .findLastIndex((line) => line.includes("lines of output]"));
  if (end === -1 || begin === -1) return undefined;
  const built = lines.slice(begin + 1, end).map((line) => line.trim());
  return (
    built.findLast((line) => /^[\w.]*(?:Error|Exception): /.test(line)) ??
    built.find((line) => /\berror: /.test(line))
  );
}
