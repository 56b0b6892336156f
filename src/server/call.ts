/** One call of the server side: its name, then arguments, each of the set `A-Za-z0-9._:-`. */
export type Call = readonly [name: string, ...args: string[]];

// Both texts stand in single quotes of whatever login shell the user has, and mean the same to sh, bash,
// fish and csh: no single quote, no `!`, no line end, no doubled backslash, and short enough for csh's words.
const findPath = 'p=$(printf %b "$1"); case $p in "~") p=$HOME ;; "~/"*) p=$HOME/${p#??} ;; esac';

/** Runs the program of the wanted hash, or answers `need-program`. */
export const bootstrap = [
  findPath,
  "b=$p/.belay/bin/belay-$2",
  "shift 2",
  'if [ -f "$b" ]; then exec sh "$b" --porcelain "$@"; fi',
  'printf "\\nbelay 1\\nneed-program\\n"',
  "exit 1",
].join("; ");

/** Takes the program from standard input, whole or not at all; answers `installed`, or `refused WHY`. */
export const installer = [
  findPath,
  "d=$p/.belay/bin",
  "t=$d/.new.$$",
  'r() { rm -f "$t"; printf "\\nbelay 1\\nrefused\\t%s\\n" "$1"; exit 1; }',
  // A mistyped path is not made by whoever only looks.
  '[ "$5" = make ] || [ -d "$p/.belay" ] || r nothing-there',
  // Only what is ours is closed to others: the deploy path itself follows the user's umask.
  '[ -d "$p" ] || mkdir -p "$p"',
  "umask 077",
  'mkdir -p "$d" && [ -w "$d" ] || r not-writable',
  'cat >"$t" && chmod 700 "$t" || r disk-full',
  '[ "$(wc -c <"$t")" -eq "$4" ] || r damaged',
  'if command -v sha256sum >/dev/null; then case $(sha256sum <"$t") in "$2"*) ;; *) r damaged ;; esac; fi',
  'mv -f "$t" "$d/belay-$2" || r not-writable',
  'printf "\\nbelay 1\\ninstalled\\n"',
].join("; ");

/** The command line of `call` for the program `hash` at `path`, for any login shell. */
export function commandLine(path: string, hash: string, call: Call): string {
  return execute(bootstrap, path, hash, call);
}

/** The command line of a channel that waits for its call: the first line of its standard input, `callLine`. */
export function readyLine(path: string, hash: string): string {
  return execute(bootstrap, path, hash, ["next"]);
}

/** `call` as the line that such a channel reads. */
export function callLine(call: Call): string {
  return `${wordsOf(call)}\n`;
}

/** The command line that takes in the program `hash`, `size` bytes of standard input, for the sake of `call`. */
export function installLine(path: string, hash: string, size: number, call: Call): string {
  return execute(installer, path, hash, [
    "install",
    String(size),
    makesPath(call) ? "make" : "find",
  ]);
}

/** What can be the first thing that ever happens at a path. */
function makesPath([name, operation]: Call): boolean {
  const first = ["deploy", "plan", "backup", "restore", "adopt"];
  return (name === "begin" || name === "check") && first.includes(operation ?? "");
}

function execute(script: string, path: string, hash: string, call: Call): string {
  return `sh -c '${script}' belay '${encodePath(path)}' ${hash} ${wordsOf(call)}`;
}

function wordsOf(call: Call): string {
  for (const word of call) {
    if (!/^[A-Za-z0-9._:-]+$/.test(word))
      throw new TypeError(`not a word of a call: ${JSON.stringify(word)}`);
  }
  return call.join(" ");
}

/** `path` for `printf %b`: each byte outside `A-Za-z0-9._/~-` as `\0ooo`, so that no shell reads anything into it. */
export function encodePath(path: string): string {
  return Array.from(Buffer.from(path), (byte) => {
    const character = String.fromCharCode(byte);
    return /[A-Za-z0-9._/~-]/.test(character)
      ? character
      : `\\0${byte.toString(8).padStart(3, "0")}`;
  }).join("");
}
