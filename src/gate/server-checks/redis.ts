import { exportStatements, quote } from "../../commands/shell.js";
import type { RedisAddress, RedisCheck } from "../check.js";
import { type Answer, type Found, found, textOf, type Words } from "./found.js";
import { measured } from "./measured.js";
import { runIn } from "./place.js";
import { withoutPassword } from "./secrets.js";
import { missingProgram, readRan } from "./trouble.js";

/** Asks PING, and the memory in use; the password travels in the environment alone. */
export function redisText(check: RedisCheck): string {
  const questions = check.memory === undefined ? "PING\\n" : "PING\\nINFO memory\\n";
  return runIn(
    check.place,
    `${password(check.address)}client=
for name in redis-cli valkey-cli; do
  [ -n "$client" ] || client=$(command -v "$name" 2>/dev/null)
done
[ -n "$client" ] || { echo 'missing redis-cli'; exit 0; }
printf '${questions}' | "$client" ${options(check.address)} 2>&1`,
    check.attemptTimeoutMs,
  );
}

/** Also where there is none: one of the server's own environment is not meant. */
function password({ password: value }: RedisAddress): string {
  return value === undefined
    ? "unset REDISCLI_AUTH\n"
    : exportStatements([{ name: "REDISCLI_AUTH", value }]);
}

function options({ host, port, username, tls }: RedisAddress): string {
  const user = username === undefined ? [] : ["--user", quote(username)];
  return ["-h", quote(host), "-p", String(port), ...user, ...(tls ? ["--tls"] : [])].join(" ");
}

/** Healthy where PING is answered by PONG and the memory in use is within the limits. */
export function readRedis(check: RedisCheck, answer: Answer): Found | undefined {
  const ran = readRan(answer, check);
  if ("trouble" in ran) return ran.trouble;
  const output = textOf(ran.output).replaceAll("\r\n", "\n");
  if (output === "missing redis-cli\n") return missingProgram("redis-cli", "redis-tools", check);
  if (output === "") return undefined;
  // An answer before PONG is a refused login, or what the client has to say of it.
  if (!output.startsWith("PONG\n"))
    return found("unhealthy", "Redis does not answer PING", words(check, output));
  if (check.memory === undefined) return found("healthy", "answers PING");
  const used = /^used_memory:(\d{1,15})$/m.exec(output)?.[1];
  if (used === undefined)
    return found("unhealthy", "Redis does not tell its memory", words(check, output.slice(5)));
  return measured(Number(used), { what: "memory in use", unit: "B" }, check.memory);
}

function words({ address }: RedisCheck, output: string): Words {
  return { said: withoutPassword(output, address.password) };
}
