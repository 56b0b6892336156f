import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { CheckServer } from "./check-server.js";

/** What the stand-in for docker knows; a container's name is its id, `<service>-<number>`, newest first. */
export interface StandInContainers {
  readonly running?: readonly string[];
  readonly stopped?: readonly string[];
  /** Those of an image before that of the others, which crashed. */
  readonly older?: readonly string[];
  /** They run, and have no sh. */
  readonly shellless?: readonly string[];
  /** What `docker container inspect` prints for a name. */
  readonly inspect?: Readonly<Record<string, string>>;
  /** What `docker logs` prints for a name. */
  readonly logs?: Readonly<Record<string, string>>;
  /** Every call fails, as when the daemon is down. */
  readonly down?: boolean;
}

/** Puts a `docker` on the server that answers the calls of our checks, and no others. */
export async function installDocker(
  server: CheckServer,
  containers: StandInContainers,
): Promise<void> {
  const {
    running = [],
    stopped = [],
    older = [],
    shellless = [],
    inspect = {},
    logs = {},
  } = containers;
  const folder = join(server.folder, "docker");
  await mkdir(folder, { recursive: true });
  const lines = [
    ...[...running, ...shellless].map((name) => `${name} image-1 Up 3 seconds`),
    ...stopped.map((name) => `${name} image-1 Exited (0) 3 seconds ago`),
    ...older.map((name) => `${name} image-0 Exited (1) 3 seconds ago`),
  ];
  const files = {
    list: lines.map((line) => `${line}\n`).join(""),
    shellless: shellless.map((name) => `${name}\n`).join(""),
    ...Object.fromEntries(Object.entries(inspect).map(([name, text]) => [`${name}.inspect`, text])),
    ...Object.fromEntries(Object.entries(logs).map(([name, text]) => [`${name}.logs`, text])),
  };
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text);
  await server.install("docker", containers.down === true ? "exit 1" : program);
}

const program = `cd "$CHECKS/docker" || exit 9
echo "$*" >>calls
case "$1 $2" in
  "ps -q") exit 0 ;;
  "ps -a")
    for word; do
      case $word in label=com.docker.compose.service=*) service=\${word##*=} ;; esac
    done
    grep "^$service-" list
    exit 0
    ;;
  "container inspect")
    format=
    if [ "$3" = --format ]; then format=$4 && shift 2; fi
    shift 3
    code=0
    for name; do
      line=$(grep "^$name " list) || { echo "Error: No such container: $name" >&2; code=1; continue; }
      case $format in
        '{{.State.Running}}') case $line in *" Up "*) echo true ;; *) echo false ;; esac ;;
        '{{.Id}} {{.Created}} {{.State.StartedAt}}')
          echo "$name $(cat "$name.created" 2>/dev/null || cat "$name.started") $(cat "$name.started")"
          ;;
        '') ;;
        *) cat "$name.inspect" ;;
      esac
    done
    exit $code
    ;;
  "exec -i")
    if grep -qx "$4" shellless; then
      echo 'OCI runtime exec failed: exec: "sh": executable file not found in $PATH: unknown' >&2
      exit 126
    fi
    [ "$5" = sh ] && [ $# -eq 5 ] || exit 9
    CONTAINER=$4 exec sh
    ;;
  "logs --timestamps")
    shift $(($# - 1))
    cat "$1.logs"
    exit 0
    ;;
esac
echo "an unexpected call: $*" >&2
exit 9`;
