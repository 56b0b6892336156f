import { execFileSync } from "node:child_process";
import { join } from "node:path";

/** The commands by which the program changes its state. */
const changing = [
  "mv",
  "rm",
  "ln",
  "mkdir",
  "mkfifo",
  "chmod",
  "cp",
  "tar",
  "dd",
  "touch",
  "sync",
  "kill",
] as const;

/**
 * The server program that counts its state-changing commands in the file BELAY_POINTS and, after the one with
 * number BELAY_KILL_AT, kills every process of its deploy path that runs it, itself included.
 */
export function programWithKillPoints(): Buffer {
  const program = execFileSync(join(import.meta.dirname, "../../scripts/join"), {
    encoding: "utf8",
  });
  const last = '\nmain "$@"\n';
  if (!program.endsWith(last))
    throw new Error("the server program does not end with its call of main");
  const wrappers = changing.map(
    (name) => `${name}() { command ${name} "$@"; set -- $?; kill_point; return "$1"; }`,
  );
  // Always started in the background: a wrapper that waited for it would keep our caller's descriptors open.
  const start = 'setsid() { kill_point; exec setsid "$@"; }';
  return Buffer.from(
    [program.slice(0, -last.length), killPoint, ...wrappers, start, last].join("\n"),
  );
}

/** The count is taken under a flock: calls, steps and the guardian run side by side. */
const killPoint = `
kill_point() {
  [ -n "\${BELAY_POINTS:-}" ] || return 0
  if (
    exec 3>>"$BELAY_POINTS.lock"
    flock 3
    kill_count=$(cat "$BELAY_POINTS" 2>/dev/null)
    kill_count=$((\${kill_count:-0} + 1))
    echo "$kill_count" >"$BELAY_POINTS"
    [ "$kill_count" -eq "\${BELAY_KILL_AT:-0}" ]
  ); then
    : >"$BELAY_POINTS.killed"
    # $$ is the main shell, also in a subshell: it goes with the others, and this very process last.
    read -r kill_self kill_rest </proc/self/stat
    # busybox's grep sees no further than the first NUL.
    kill_all=$(for kill_one in /proc/[0-9]*/cmdline; do
      if tr '\\0' '\\n' <"$kill_one" | grep -qxF "$program"; then
        kill_one=\${kill_one#/proc/}
        echo "\${kill_one%/cmdline}"
      fi
    done 2>/dev/null | grep -v -x "$kill_self")
    command kill -KILL $kill_all 2>/dev/null
    command kill -KILL "$kill_self"
  fi
}`;
