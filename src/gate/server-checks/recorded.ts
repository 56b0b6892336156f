import { quote } from "../../commands/shell.js";
import type { Check, CommandCheck, PostgresCheck, RedisCheck } from "../check.js";
import { commandText } from "./command.js";
import { containerText } from "./container.js";
import { limited, seconds } from "./limited.js";
import { postgresText } from "./postgres.js";
import { redisText } from "./redis.js";

/**
 * A program for POSIX sh that ends with 0 where all of `checks` that a server can ask and judge by itself are
 * healthy: `command`, `container`, `postgres` and `redis`. Empty where there is none of these. Limits (`connections`,
 * `memory`) are measures for people and are left out; a pattern counts where it is plain text.
 */
export function recordedChecks(checks: readonly Check[]): string {
  const asked = checks.flatMap((check) => {
    const one = recorded(check);
    if (one === undefined) return [];
    return [`ask ${seconds(check.attemptTimeoutMs)} ${quote(one.text)}\n${one.judge} || exit 1\n`];
  });
  return asked.length === 0 ? "" : `{\n${preamble}${asked.join("")}exit 0\n}\n`;
}

interface Recorded {
  readonly text: string;
  /** Looks at `answer`: the output, and a last line `belay-code N`, which is missing when the time was up. */
  readonly judge: string;
}

function recorded(check: Check): Recorded | undefined {
  switch (check.kind) {
    case "command":
      return { text: commandText(check), judge: commandJudge(check) };
    case "container":
      return { text: containerText(check), judge: containerJudge };
    case "postgres":
      return { text: postgresText(withoutLimit(check)), judge: postgresJudge };
    case "redis":
      return { text: redisText(withoutLimit(check)), judge: redisJudge };
    default:
      return undefined;
  }
}

function withoutLimit<C extends PostgresCheck | RedisCheck>(check: C): C {
  return { ...check, connections: undefined, memory: undefined };
}

function commandJudge({ exitCode, matches }: CommandCheck): string {
  const ended = `case $answer in ran*"\nbelay-code ${String(exitCode)}") ;; *) false ;; esac`;
  const text = matches && plainText(matches);
  if (text === undefined) return ended;
  return `{ ${ended}; } && printf '%s\\n' "$answer" | grep -qF -e ${quote(text)}`;
}

/** What a pattern without any special character says. */
function plainText({ source, ignoreCase }: RegExp): string | undefined {
  return !ignoreCase && /^[\w ,:;@#%&=~<>"'!-]+$/.test(source) ? source : undefined;
}

/** At least one runs well, and no other has failed; one that was stopped has been replaced. */
const containerJudge = `printf '%s\\n' "$answer" | awk '
  !/^[{]/ { next }
  /,"status":"running",/ && /,"health":"(healthy)?",/ { well = 1; next }
  /,"status":"exited","exitCode":(0|137|143),"killedForMemory":false,/ { next }
  { bad = 1 }
  END { exit bad || !well }'`;

const postgresJudge = `case $answer in ran*"\nready 0\n"*) ;; *) false ;; esac`;

const redisJudge = `case $answer in "ran\nPONG"*) ;; *) false ;; esac`;

const framed = `text=$BELAY_CHECK
unset BELAY_CHECK
exec 4>&1
code=$({ { (eval "$text") 3>&- 4>&-; echo "$?" >&3; } | { head -c 65536; cat >/dev/null; } >&4; } 3>&1)
printf '\\nbelay-code %s\\n' "$code"`;

const preamble = `exec </dev/null 2>/dev/null
PATH=$PATH:/usr/local/bin:/snap/bin:/usr/local/sbin:/usr/sbin:/sbin
export PATH
framed=${quote(framed)}
${limited}
ask() {
  BELAY_CHECK=$2
  export BELAY_CHECK
  answer=$(limited "$1" sh -c "$framed")
}
`;
