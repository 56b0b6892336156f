/**
 * A function for POSIX sh: `limited SECONDS PROGRAM…` runs a program in a session of its own and returns its
 * exit code; when its time is up, or it has ended, whatever of that session still runs is killed.
 */
export const limited = `limited() (
  limit=$1 group=
  shift
  if command -v setsid >/dev/null 2>&1; then
    group=-
    setsid "$@" &
  else
    "$@" &
  fi
  job=$!
  # It holds none of our outputs: nobody shall wait for a sleep.
  (
    nap=
    trap 'kill "$nap"; exit 0' TERM
    sleep "$limit" &
    nap=$!
    wait "$nap"
    kill -9 "$group$job"
  ) >/dev/null 2>&1 3>&- 4>&- &
  dog=$!
  wait "$job"
  code=$?
  kill "$dog" 2>/dev/null
  [ -z "$group" ] || kill -9 "-$job" 2>/dev/null
  exit "$code"
)`;

/** Runs the text that `BELAY_CHECK` holds: on a command line `ps` would show it, and what is secret in it. */
export const evaluate = 'text=$BELAY_CHECK; unset BELAY_CHECK; eval "$text"';

/** Milliseconds as `sleep` and `limited` take them. */
export function seconds(ms: number): string {
  return String(ms / 1000);
}
