import { quote } from "../../commands/shell.js";
import type { ServerCheck } from "../check.js";
import { limited, seconds } from "./limited.js";
import type { ServerMemory } from "./memory.js";
import { answerBytes, questionOf } from "./question.js";

/**
 * One text of POSIX sh for all `checks`, to be sent by standard input of `sh -s`: it asks them side by side,
 * each in its own time, and tells the answer of each as soon as it is whole. `memory` is what earlier answers
 * left. No secret of a check stands on a command line.
 */
export function serverScript(checks: readonly ServerCheck[], memory: ServerMemory): string {
  const asked = checks.map((check, at) => {
    const limits = [seconds(check.attemptTimeoutMs), String(answerBytes(check))];
    return `ask ${[roundId(at), ...limits, quote(questionOf(check, memory))].join(" ")} &\n`;
  });
  return `{\n${preamble}\n${asked.join("")}wait\necho 'belay-checks end'\nexit 0\n}\n`;
}

/** How a check is called in its round; all ids are of one length. */
function roundId(at: number): string {
  return String(at).padStart(4, "0");
}

/**
 * Answers are told in lines of 64 bytes, `belay-hex ID:` and sixteen bytes in hex. `dd` gathers them into
 * writes of 4096 bytes, which no other check's lines can come between.
 */
const framed = `text=$BELAY_CHECK id=$BELAY_ID most=$BELAY_BYTES
unset BELAY_CHECK BELAY_ID BELAY_BYTES
read -r began _ </proc/uptime
code=$({ { (eval "$text") 3>&- 4>&-; echo "$?" >&3; } |
  { head -c "$most"; cat >/dev/null; } |
  od -An -v -tx1 | sed "s/^/belay-hex $id:/" | dd obs=4096 2>/dev/null >&4; } 3>&1)
read -r ended _ </proc/uptime
echo "belay-end $id $code $began $ended" >&4`;

// The braces around it all have sh read it to its end before it runs: it would be eaten by what it starts.
const preamble = `exec </dev/null 2>/dev/null 4>&1
PATH=$PATH:/usr/local/bin:/snap/bin:/usr/local/sbin:/usr/sbin:/sbin
export PATH
printf '\\nbelay-checks 1\\n'
framed=${quote(framed)}
${limited}
ask() (
  BELAY_ID=$1 BELAY_BYTES=$3 BELAY_CHECK=$4
  export BELAY_ID BELAY_BYTES BELAY_CHECK
  limited "$2" sh -c "$framed"
)`;
