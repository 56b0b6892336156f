import { execFileSync } from "node:child_process";
import { existsSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { BelayServer } from "./belay-server.js";

/** The commands that change something whenever they run. */
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
  "tee",
  "find",
  "xargs",
  "docker",
] as const;

/** Those that change something when their standard output is a file, other than a log that nobody decides by. */
const writing = [
  "printf",
  "echo",
  "cat",
  "awk",
  "grep",
  "sort",
  "cut",
  "sed",
  "head",
  "sha256sum",
] as const;

/** What neither of them shows: words of the program, each there as often as said, and what they become. */
const rewritten = [
  // A special built-in cannot be wrapped.
  { from: ': >"', to: "printf '' >\"", times: 12 },
  {
    from: '  setsid -f ${BELAY_SCOPE:-} "$@"',
    to: '  pointed setsid -f ${BELAY_SCOPE:-} "$@"',
    times: 1,
  },
  { from: "<&3 3<&- &\n", to: "<&3 3<&- &\n    kill_point\n", times: 1 },
  {
    from: "  setsid ${BELAY_SCOPE:-} ${BELAY_SH",
    to: "  pointed setsid ${BELAY_SCOPE:-} ${BELAY_SH",
    times: 1,
  },
  { from: '"$dump" -s --', to: 'pointed "$dump" -s --', times: 1 },
  { from: '"$dump" -Fc "$(compression', to: 'pointed "$dump" -Fc "$(compression', times: 1 },
  {
    from: '"${2%pg_dump}pg_dumpall"',
    to: 'pointed "${2%pg_dump}pg_dumpall"',
    times: 1,
  },
  { from: "query -v wanted=", to: "pointed query -v wanted=", times: 2 },
  { from: '"$archiver" -f', to: 'pointed "$archiver" -f', times: 1 },
  { from: 'query -v name="$1"', to: 'pointed query -v name="$1"', times: 6 },
  { from: '| "$tick_program" -', to: '| pointed "$tick_program" -', times: 1 },
  { from: 'exec $shell "$record/$name"', to: 'pointed $shell "$record/$name"', times: 1 },
  {
    from: 'exec sh "$dot/releases/$id/compose"',
    to: 'pointed sh "$dot/releases/$id/compose"',
    times: 1,
  },
  { from: 'sh "$work/links"', to: 'pointed sh "$work/links"', times: 1 },
  { from: "BELAY_WORK=$3 awk", to: "BELAY_WORK=$3 pointed awk", times: 1 },
] as const;

/**
 * The server program that counts its state-changing commands in the file BELAY_POINTS, once that is there, and
 * after the one whose number is in BELAY_POINTS.at kills every process of its deploy path that runs it, itself included.
 */
export function programWithKillPoints(): Buffer {
  return (wrapped ??= wrapProgram());
}

let wrapped: Buffer | undefined;

function wrapProgram(): Buffer {
  const program = execFileSync(join(import.meta.dirname, "../../scripts/join"), {
    encoding: "utf8",
  });
  // Behind it lies what is read on demand, into the same shell.
  const start = '\nmain "$@"\n';
  const [before = "", after, ...more] = rewrite(program).split(start);
  if (after === undefined || more.length > 0)
    throw new Error("the server program does not call main once");
  const always = changing.map(
    (name) => `${name}() { command ${name} "$@"; set -- $?; kill_point; return "$1"; }`,
  );
  const toFiles = writing.map(
    (name) =>
      `${name}() { command ${name} "$@"; set -- $?; ! writes_file || kill_point; return "$1"; }`,
  );
  return Buffer.from([before, killPoint, ...always, ...toFiles, start.trim(), after].join("\n"));
}

function rewrite(program: string): string {
  return rewritten.reduce((text, { from, to, times }) => {
    const found = text.split(from).length - 1;
    if (found !== times)
      throw new Error(`the program has ${String(found)} times, not ${String(times)}: ${from}`);
    return text.replaceAll(from, to);
  }, program);
}

/** The count is taken under a flock: calls, steps and the guardian run side by side. */
const killPoint = `
pointed() { "$@"; set -- $?; kill_point; return "$1"; }

# writes_file: true when standard output is a file, and not the output of a step or of an undo.
writes_file() {
  [ -f /proc/self/fd/1 ] && ! [ /proc/self/fd/1 -ef "\${folder:-/none}/out" ] &&
    ! [ /proc/self/fd/1 -ef "\${guard_folder:-/none}/undo.out" ]
}

# kill_others: prints the ids of all others. By its path: a busybox's own grep sees no further than the first NUL.
kill_others() {
  # An empty pattern would match every process there is.
  [ -n "\${program:-}" ] || return 1
  command printf '%s\\n' "$program" | /bin/grep -lsF -f - /proc/[0-9]*/cmdline | command cut -d / -f 3 |
    /bin/grep -v -x "$kill_self"
}

kill_point() {
  [ -e "\${BELAY_POINTS:-/none}" ] || return 0
  if (
    exec 3>>"$BELAY_POINTS.lock"
    flock 3
    kill_count=0
    read -r kill_count <"$BELAY_POINTS"
    kill_count=$((kill_count + 1))
    command echo "$kill_count" >"$BELAY_POINTS"
    read -r kill_at <"$BELAY_POINTS.at"
    [ "$kill_count" -eq "$kill_at" ]
  ) </dev/null; then
    : >"$BELAY_POINTS.killed"
    # $$ is the main shell, also in a subshell: it goes with the others, and this very process last.
    read -r kill_self kill_rest </proc/self/stat
    # Several times: one may have just been started by another. The list always has the listing shells themselves.
    for kill_round in 1 2 3; do command kill -KILL $(kill_others) 2>/dev/null; done
    command kill -KILL "$kill_self"
  fi
}`;

/** The file in which the program counts, and what the calls of a server are told of it. */
export class Points {
  readonly #file: string;
  readonly #server: BelayServer;

  constructor(server: BelayServer) {
    this.#server = server;
    this.#file = join(dirname(server.path), "points");
    // Also for the guardian, which starts before anything is counted.
    server.env["BELAY_POINTS"] = this.#file;
  }

  /** Counts from now on, and kills after the command of that number. */
  killAfter(point: number): void {
    this.#server.env["BELAY_POINTS"] = this.#file;
    rmSync(`${this.#file}.killed`, { force: true });
    writeFileSync(`${this.#file}.at`, `${String(point)}\n`);
    writeFileSync(this.#file, "0\n");
  }

  /** How many there have been. Under the lock of those that count: what they write is empty for a moment. */
  get count(): number {
    const words = [`${this.#file}.lock`, "cat", this.#file];
    return Number(execFileSync("flock", words, { encoding: "utf8" }));
  }

  get killed(): boolean {
    return existsSync(`${this.#file}.killed`);
  }

  forget(): void {
    delete this.#server.env["BELAY_POINTS"];
    rmSync(this.#file, { force: true });
  }
}
