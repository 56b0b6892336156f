import picomatch from "picomatch";

/** Which paths of the workspace make up a release. Paths are relative, with `/`. */
export interface Selection {
  /** True when `path` itself, or a folder it lies in, is chosen last by the patterns. */
  includes(path: string): boolean;
  /** False when nothing below the folder `path` can be included, so that it need not be read. */
  mayInclude(path: string): boolean;
}

interface Pattern {
  readonly wanted: boolean;
  readonly base: string;
  readonly matches: (path: string) => boolean;
}

/**
 * The selection that globs with `!` excludes describe: later lines win, a pattern that names a folder means all
 * that is in it, and without a line that includes, everything is. `.git` is left out unless a line names it.
 */
export function selectFiles(lines: readonly string[]): Selection {
  const given = lines.map(compile);
  const first = given[0]?.wanted === true ? [] : [compile("**")];
  const git = lines.some((line) => /^(\.\/)?\.git(\/|$)/.test(line))
    ? []
    : [compile("!.git"), compile("!**/.git")];
  const patterns = [...first, ...given, ...git];
  const deciding = (path: string): number => {
    const parents = withParents(path);
    return patterns.findLastIndex(({ matches }) => parents.some(matches));
  };
  return {
    includes: (path) => patterns[deciding(path)]?.wanted === true,
    mayInclude: (path) => {
      const at = deciding(path);
      const wanted = patterns[at]?.wanted === true;
      return (
        wanted ||
        patterns.slice(at + 1).some((pattern) => pattern.wanted && reaches(pattern.base, path))
      );
    },
  };
}

function compile(line: string): Pattern {
  const wanted = !line.startsWith("!");
  const glob = (wanted ? line : line.slice(1)).replace(/^(\.\/)+/, "").replace(/\/+$/, "");
  const text = glob === "" || glob === "." ? "**" : glob;
  // A name with a line end must be found, to be refused.
  const match = picomatch(text, { dot: true, flags: "s" });
  return { wanted, base: picomatch.scan(text).base, matches: (path) => match(path) };
}

function withParents(path: string): readonly string[] {
  const parts = path.split("/");
  return parts.map((_, index) => parts.slice(0, index + 1).join("/"));
}

/** True when a pattern that begins with the plain folders `base` can match something below `path`. */
function reaches(base: string, path: string): boolean {
  return base === "" || base === path || base.startsWith(`${path}/`) || path.startsWith(`${base}/`);
}
