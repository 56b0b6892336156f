export const id = 939;
export const ids = [939];
export const modules = {

/***/ 8925:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   K: () => (/* binding */ excerpt)
/* harmony export */ });
/* harmony import */ var _kit_one_line_js__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(4544);

function excerpt(text, max) {
    return (0,_kit_one_line_js__WEBPACK_IMPORTED_MODULE_0__/* .oneLine */ .T)(text.slice(0, 4096), max).replaceAll("##[", "## [");
}


/***/ }),

/***/ 9583:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   F: () => (/* binding */ secretsOf)
/* harmony export */ });
function secretsOf(value) {
    const words = value.split(/[\s,;]+/).filter((word) => word.length >= 8);
    return value.length > 3 ? [...new Set([value, ...words])] : words;
}


/***/ }),

/***/ 4918:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   Mm: () => (/* binding */ bounded),
/* harmony export */   ZS: () => (/* binding */ readPattern),
/* harmony export */   cK: () => (/* binding */ matches)
/* harmony export */ });
/* harmony import */ var node_vm__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(714);
/* harmony import */ var safe_regex2__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(8700);


function readPattern(text, flags = "m") {
    let pattern;
    try {
        pattern = new RegExp(text, flags);
    }
    catch (error) {
        const why = error instanceof Error ? error.message.replace(/^.*: /s, "") : "";
        return { problem: `is no regular expression${why === "" ? "" : `: ${why}`}` };
    }
    if (!safe_regex2__WEBPACK_IMPORTED_MODULE_1__(pattern, { limit: 1000 }))
        return { problem: "may take exponential time: it repeats what holds a repetition" };
    const probes = probesOf(text);
    if (bounded(() => probes.some((probe) => pattern.test(probe))) === undefined)
        return {
            problem: "takes exponential time: it can read the same text in many ways, as `(a|a)*` can",
        };
    return pattern;
}
function probesOf(text) {
    const characters = new Set(["a", "A", "0", " ", "_", "-", ...Array.from(text.slice(0, 1000))]);
    return Array.from(characters, (character) => `${character.repeat(40)}\u0000`);
}
const limitMs = 250;
function matches(pattern, text) {
    return bounded(() => pattern.test(text));
}
function bounded(work) {
    let result;
    const run = () => void (result = work());
    try {
        new node_vm__WEBPACK_IMPORTED_MODULE_0__.Script("run()").runInContext((0,node_vm__WEBPACK_IMPORTED_MODULE_0__.createContext)({ run }), { timeout: limitMs });
    }
    catch (error) {
        if (isTimeout(error))
            return undefined;
        throw error;
    }
    return result;
}
function isTimeout(error) {
    return error?.code === "ERR_SCRIPT_EXECUTION_TIMEOUT";
}


/***/ }),

/***/ 6939:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {


// EXPORTS
__webpack_require__.d(__webpack_exports__, {
  watch: () => (/* binding */ watch)
});

// EXTERNAL MODULE: ./src/gate/check.js
var gate_check = __webpack_require__(680);
// EXTERNAL MODULE: ./src/ports/http.js
var http = __webpack_require__(4777);
// EXTERNAL MODULE: ./src/gate/excerpt.js
var excerpt = __webpack_require__(8925);
// EXTERNAL MODULE: ./src/gate/header-secrets.js
var header_secrets = __webpack_require__(9583);
;// CONCATENATED MODULE: ./src/gate/http-status.js
const phrases = {
    301: "Moved Permanently",
    302: "Found",
    303: "See Other",
    304: "Not Modified",
    307: "Temporary Redirect",
    308: "Permanent Redirect",
    400: "Bad Request",
    401: "Unauthorized",
    403: "Forbidden",
    404: "Not Found",
    405: "Method Not Allowed",
    408: "Request Timeout",
    410: "Gone",
    421: "Misdirected Request",
    429: "Too Many Requests",
    500: "Internal Server Error",
    501: "Not Implemented",
    502: "Bad Gateway",
    503: "Service Unavailable",
    504: "Gateway Timeout",
};
function statusText(status) {
    const phrase = phrases[status];
    return phrase === undefined ? String(status) : `${String(status)} ${phrase}`;
}

// EXTERNAL MODULE: external "node:util"
var external_node_util_ = __webpack_require__(7975);
// EXTERNAL MODULE: ./src/gate/pattern.js
var gate_pattern = __webpack_require__(4918);
;// CONCATENATED MODULE: ./src/gate/json-condition.js



function jsonProblem(body, conditions, hide) {
    if (conditions.length === 0)
        return undefined;
    let document;
    try {
        document = JSON.parse(body);
    }
    catch {
        return "the body is no JSON";
    }
    return conditions.map((condition) => problemOf(document, condition, hide)).find(Boolean);
}
function problemOf(document, condition, hide) {
    const { path } = condition;
    const found = (0,gate_pattern/* bounded */.Mm)(() => condition.select(document));
    if (found === undefined)
        return `the path ${path} takes too long on this body`;
    const [first] = found;
    if (first === undefined)
        return `nothing at ${path}`;
    const fits = (0,gate_pattern/* bounded */.Mm)(() => found.some((value) => isMet(value, condition)));
    if (fits === undefined)
        return `the pattern for ${path} takes too long on this body`;
    return fits
        ? undefined
        : `${path} is ${(0,excerpt/* excerpt */.K)(hide(JSON.stringify(first)), 80)}, not ${wanted(condition)}`;
}
function isMet(value, { equals, matches }) {
    if (matches === undefined)
        return (0,external_node_util_.isDeepStrictEqual)(value, equals);
    return matches.test(typeof value === "string" ? value : JSON.stringify(value));
}
function wanted({ equals, matches }) {
    return matches === undefined
        ? (0,excerpt/* excerpt */.K)(JSON.stringify(equals), 80)
        : `what matches ${(0,excerpt/* excerpt */.K)(matches.source, 80)}`;
}

// EXTERNAL MODULE: ./src/gate/limits.js
var gate_limits = __webpack_require__(1210);
;// CONCATENATED MODULE: ./src/gate/remedies.js
const logs = "Look at the app's own log on the server for why it fails";
const textRemedy = "See that the restart really loads the new release, and that this address prints the expected text.";
function statusRemedy(status) {
    if (status >= 500)
        return `${logs}; give it more time if it only starts slowly.`;
    if (status === 401 || status === 403)
        return "Let this path answer without a login, or ask another one.";
    if (status >= 300 && status < 400)
        return "Ask the address that it redirects to: redirects are not followed.";
    return "See that the path of the health address is one that the app serves.";
}
function answerRemedy(reason) {
    if (reason.startsWith("TLS"))
        return "Mend the certificate that the server shows for this name.";
    if (reason.startsWith("name "))
        return "See that the host name is spelled right and that its DNS record exists.";
    if (reason.includes("proxy"))
        return "Mend the proxy variables of the runner, or name the host in NO_PROXY.";
    if (reason.includes("AllowTcpForwarding"))
        return "Allow the deploy user to forward connections, or ask from the runner.";
    return `${logs}, and see that it listens on this address and port and that the runner can reach it.`;
}

;// CONCATENATED MODULE: ./src/gate/judge.js






const bodyCharacters = 160;
const shownOf = 4096;
const dayMs = 86_400_000;
function judge(answer, check, now, hide = (text) => text) {
    const { status } = answer;
    const body = (0,excerpt/* excerpt */.K)(hide(answer.body.slice(0, shownOf)), bodyCharacters);
    if (!check.status.some(([low, high]) => status >= low && status <= high)) {
        const reason = statusText(status) + target(answer);
        return { state: "unhealthy", reason, body, remedy: statusRemedy(status) };
    }
    const problem = bodyProblem(answer.body, check, hide);
    if (problem === undefined)
        return certificateVerdict(answer, check, now) ?? healthy;
    const reason = `${String(status)}, but ${problem}`;
    return { state: "unhealthy", reason, body, remedy: textRemedy };
}
const healthy = { state: "healthy", reason: "healthy" };
function bodyProblem(body, { body: pattern, json, expect }, hide) {
    if (expect !== undefined && !body.includes(expect))
        return `without the expected text "${(0,excerpt/* excerpt */.K)(expect, 80)}"`;
    if (pattern !== undefined) {
        const found = (0,gate_pattern/* matches */.cK)(pattern, body);
        const shown = `/${(0,excerpt/* excerpt */.K)(pattern.source, 80)}/`;
        if (found === undefined)
            return `${shown} takes too long on this body`;
        if (!found)
            return `nothing in the body matches ${shown}`;
    }
    return jsonProblem(body, json, hide);
}
function certificateVerdict({ certificateEnds = "" }, { minDays }, now) {
    const ends = Date.parse(certificateEnds);
    if (minDays === undefined || Number.isNaN(ends))
        return undefined;
    const value = Math.max(0, Math.floor((ends - now) / dayMs));
    const state = (0,gate_limits/* judgeDownward */.s)(value, minDays);
    const measured = { value, unit: "days" };
    if (state === "healthy")
        return { ...healthy, ...measured };
    return {
        state: state === "unhealthy" ? "hopeless" : state,
        reason: `TLS: certificate ends on ${certificateEnds.slice(0, 10)}, in ${String(value)} days`,
        remedy: "Renew the certificate, and see that the server loads the new one.",
        ...measured,
    };
}
function target({ status, headers }) {
    const location = headers["location"];
    return status < 300 || status > 399 || location === undefined
        ? ""
        : ` to ${(0,excerpt/* excerpt */.K)(location, 120)}`;
}

;// CONCATENATED MODULE: ./src/gate/http-check.js





const bodyBytes = 1024 * 1024;
const mostRedirects = 10;
async function askHttp(check, limits, tools) {
    const startedAt = tools.clock.monotonic();
    const verdict = await attempt(check, limits, tools, startedAt);
    return { ...verdict, tookMs: tools.clock.monotonic() - startedAt };
}
async function attempt(check, limits, tools, startedAt) {
    const hide = hiding(check);
    try {
        const answer = await answerOf(check, limits, tools, startedAt);
        return "reason" in answer ? answer : judge(answer, check, tools.clock.now(), hide);
    }
    catch (error) {
        limits.signal?.throwIfAborted();
        return noAnswer(error);
    }
}
function noAnswer(error) {
    const reason = (0,excerpt/* excerpt */.K)(error instanceof Error ? error.message : String(error), 200);
    const lasting = error instanceof http/* NoAnswer */.W && error.lasting;
    return { state: lasting ? "hopeless" : "unhealthy", reason, remedy: answerRemedy(reason) };
}
async function answerOf(check, limits, tools, startedAt) {
    const seen = [];
    let url = check.url;
    for (;;) {
        const left = limits.timeoutMs - (tools.clock.monotonic() - startedAt);
        const answer = await request(check, url, { ...limits, timeoutMs: Math.max(1, left) }, tools);
        const next = check.followRedirects ? redirectOf(url, answer) : undefined;
        if (next === undefined)
            return answer;
        if (seen.includes(next) || next === url)
            return circle(next);
        if (seen.length >= mostRedirects)
            return tooMany;
        seen.push(url);
        url = next;
    }
}
function request(check, url, limits, { http, dial }) {
    const isOwn = URL.parse(url)?.origin === URL.parse(check.url)?.origin;
    const host = isOwn ? check.hostHeader : undefined;
    return http.request({
        url,
        method: url === check.url || check.method === "HEAD" ? check.method : "GET",
        ...limits,
        maxBodyBytes: bodyBytes,
        headers: {
            "cache-control": "no-cache",
            ...(isOwn ? check.headers : {}),
            ...(host !== undefined && { host }),
        },
        ca: check.ca,
        serverName: host?.replace(/:\d+$/, ""),
        dial,
    });
}
function redirectOf(from, { status, headers }) {
    const location = headers["location"];
    if (![301, 302, 303, 307, 308].includes(status) || location === undefined)
        return undefined;
    const next = URL.parse(location, from);
    return next?.protocol === "http:" || next?.protocol === "https:" ? next.href : undefined;
}
const redirectRemedy = "See what the app takes this request for, or ask the address behind it.";
function circle(to) {
    const reason = `redirects lead back to ${(0,excerpt/* excerpt */.K)(to.replace(/[?#].*$/s, ""), 120)}`;
    return { state: "unhealthy", reason, remedy: redirectRemedy };
}
const tooMany = {
    state: "unhealthy",
    reason: `more than ${String(mostRedirects)} redirects`,
    remedy: redirectRemedy,
};
function hiding({ headers }) {
    const secrets = Object.values(headers).flatMap(header_secrets/* secretsOf */.F);
    return (text) => secrets.reduce((left, secret) => left.replaceAll(secret, "***"), text);
}

// EXTERNAL MODULE: ./src/kit/errors.js
var errors = __webpack_require__(9858);
;// CONCATENATED MODULE: ./src/gate/server-checks/memory.js
class ServerMemory {
    containers = new Map();
    logs = new Map();
    cpu = new Map();
}

// EXTERNAL MODULE: ./src/kit/duration.js
var duration = __webpack_require__(1429);
;// CONCATENATED MODULE: ./src/gate/server-checks/found.js

const found_bodyCharacters = 160;
function found(state, reason, { said, remedy } = {}) {
    return {
        state,
        reason,
        ...(said === undefined ? {} : { body: (0,excerpt/* excerpt */.K)(said, found_bodyCharacters) }),
        ...(remedy === undefined ? {} : { remedy }),
    };
}
const severity = ["healthy", "degraded", "unhealthy", "hopeless"];
function gravest(all) {
    return all.reduce((worst, one) => worst === undefined || severity.indexOf(one.state) > severity.indexOf(worst.state)
        ? one
        : worst, undefined);
}
function openAnswer({ bytes }) {
    const end = bytes.indexOf(0x0a);
    if (end < 0)
        return undefined;
    return { head: textOf(bytes.subarray(0, end)), rest: bytes.subarray(end + 1) };
}
function textOf(bytes) {
    return new TextDecoder().decode(bytes);
}

;// CONCATENATED MODULE: ./src/commands/shell.js
function quote(text) {
    return `'${text.replaceAll("'", `'\\''`)}'`;
}
function exportStatements(variables) {
    return variables.map(({ name, value }) => `export ${name}=${quote(value)}\n`).join("");
}

;// CONCATENATED MODULE: ./src/gate/server-checks/limited.js
const limited = `limited() (
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
const evaluate = 'text=$BELAY_CHECK; unset BELAY_CHECK; eval "$text"';
function seconds(ms) {
    return String(ms / 1000);
}

;// CONCATENATED MODULE: ./src/gate/server-checks/place.js


function placeName(place) {
    return "container" in place ? place.container : `service ${place.service}`;
}
const docker = `trouble() {
  echo "trouble $*"
  exit 0
}
# Docker's exit code is 1 for whatever happened.
unreachable() {
  socket=\${DOCKER_HOST:-unix:///var/run/docker.sock}
  socket=\${socket#unix://}
  if [ -S "$socket" ] && [ ! -w "$socket" ]; then trouble docker-denied; fi
  trouble docker-down
}
gone() {
  docker ps -q >/dev/null 2>&1 || unreachable
  trouble gone
}
service() {
  listed=$(docker ps -a --no-trunc --filter label=com.docker.compose.oneoff=False "$@" \\
    --format '{{.ID}} {{.Image}} {{.Status}}' 2>/dev/null) || unreachable
  [ -n "$listed" ] || trouble gone
  listed=$(printf '%s\\n' "$listed" | awk 'NR == 1 { image = $2 } $2 == image { print $1, $3 }')
}
command -v docker >/dev/null 2>&1 || trouble docker-missing`;
function findContainers(place) {
    if ("container" in place)
        return `${docker}\nids=${quote(place.container)}`;
    return `${docker}\nservice ${filters(place)}\nids=$(printf '%s\\n' "$listed" | cut -d ' ' -f 1)`;
}
function runIn(place, text, limitMs) {
    if (place === undefined)
        return `echo ran\n${text}`;
    return `${findRunning(place)}\nprintf '%s\\n' ${quote(inner(text, limitMs))} | docker exec -i -- "$id" sh 2>&1`;
}
function findRunning(place) {
    if ("container" in place)
        return `${docker}
id=${quote(place.container)}
running=$(docker container inspect --format '{{.State.Running}}' -- "$id" 2>/dev/null) || gone
[ "$running" = true ] || trouble stopped`;
    return `${docker}
service ${filters(place)}
id=$(printf '%s\\n' "$listed" | awk '$2 == "Up" { print $1; exit }')
[ -n "$id" ] || trouble stopped`;
}
function filters({ service, project }) {
    const labels = [["service", service], ["project", project]];
    return labels
        .flatMap(([label, value]) => value === undefined
        ? []
        : [`--filter ${quote(`label=com.docker.compose.${label}=${value}`)}`])
        .join(" ");
}
function inner(text, limitMs) {
    return `{
${limited}
BELAY_CHECK=${quote(`echo ran\n${text}`)}
export BELAY_CHECK
limited ${seconds(limitMs + 1000)} sh -c ${quote(evaluate)} </dev/null
exit
}`;
}

;// CONCATENATED MODULE: ./src/gate/server-checks/trouble.js


function readRan(answer, asked) {
    const opened = openAnswer(answer);
    if (opened?.head === "ran")
        return { output: opened.rest };
    const kind = /^trouble ([a-z-]+)$/.exec(opened?.head ?? "")?.[1];
    const trouble = kind === undefined ? undefined : troubleOf(kind, asked);
    return { trouble: trouble ?? notRun(answer, asked) };
}
function troubleOf(kind, { place }) {
    const where = place === undefined ? "" : placeName(place);
    switch (kind) {
        case "docker-missing":
            return found("hopeless", "docker is missing on the server", {
                remedy: "Install docker there, or leave out the checks that ask it.",
            });
        case "docker-denied":
            return found("hopeless", "the deploy user may not ask docker", {
                remedy: "Run `sudo usermod -aG docker USER` on the server; it holds from the next login on.",
            });
        case "docker-down":
            return found("unhealthy", "docker does not answer on the server", {
                remedy: "Look at `systemctl status docker` on the server.",
            });
        case "docker-unknown":
            return found("unhealthy", "docker tells the state of a container in an unknown way", {
                remedy: "Use Docker 20.10 or newer on the server.",
            });
        case "gone":
            return found("unhealthy", `docker knows no container: ${where}`, {
                remedy: "See that the name is spelled as in `docker ps --all`, and that it was started.",
            });
        case "stopped":
            return found("unhealthy", `no container runs: ${where}`, {
                remedy: "Look at its last lines with `docker logs`.",
            });
        default:
            return undefined;
    }
}
function notRun({ bytes }, { place }) {
    const said = textOf(bytes);
    if (place === undefined)
        return found("unhealthy", "the server did not run the check", { said });
    const remedy = "A container without a shell can only be asked from outside: leave out `in`.";
    return found("unhealthy", `docker could not run sh: ${placeName(place)}`, { said, remedy });
}
function missingProgram(program, packageName, { place }) {
    return place === undefined
        ? found("hopeless", `${program} is missing on the server`, {
            remedy: `Run \`apt-get install ${packageName}\` there, or name the container that has it with \`in\`.`,
        })
        : found("hopeless", `${program} is missing: ${placeName(place)}`, {
            remedy: "Name a container that has it with `in`.",
        });
}

;// CONCATENATED MODULE: ./src/gate/server-checks/command.js





function commandText(check) {
    return runIn(check.place, `(eval ${quote(check.command)}) 2>&1`, check.attemptTimeoutMs);
}
function commandBytes(check) {
    return check.matches === undefined ? 4096 : 64 * 1024;
}
function readCommand(check, answer) {
    const ran = readRan(answer, check);
    if ("trouble" in ran)
        return ran.trouble;
    const output = textOf(ran.output);
    if (answer.code !== check.exitCode)
        return found("unhealthy", exitReason(check, answer), { said: output });
    if (check.matches === undefined)
        return found("healthy", exitText(answer.code));
    switch ((0,gate_pattern/* matches */.cK)(check.matches, output)) {
        case true:
            return found("healthy", "the output matches");
        case false:
            return found("unhealthy", "the output does not match the pattern", { said: output });
        case undefined:
            return found("unhealthy", "the pattern takes too long on this output", {
                remedy: "Make the pattern simpler.",
            });
    }
}
function exitReason(check, { code }) {
    const wanted = check.exitCode === 0 ? "" : `, wanted ${String(check.exitCode)}`;
    return `${exitText(code)}${wanted}`;
}
function exitText(code) {
    return `exit code ${String(code)}`;
}

;// CONCATENATED MODULE: ./src/gate/server-checks/container-state.js
function parseContainer(line) {
    const read = parseObject(line);
    if (read === undefined)
        return undefined;
    const state = {
        id: container_state_text(read["id"]),
        name: container_state_text(read["name"])?.replace(/^\//, ""),
        status: container_state_text(read["status"]),
        exitCode: number(read["exitCode"]),
        killedForMemory: read["killedForMemory"],
        restarts: number(read["restarts"]),
        created: time(read["created"]),
        finished: time(read["finished"]),
        health: container_state_text(read["health"]),
        said: container_state_text(read["said"]),
        error: container_state_text(read["error"]),
    };
    return isWhole(state) ? state : undefined;
}
function parseObject(line) {
    try {
        const value = JSON.parse(line);
        return typeof value === "object" && value !== null
            ? value
            : undefined;
    }
    catch {
        return undefined;
    }
}
function isWhole(state) {
    return (typeof state.killedForMemory === "boolean" &&
        Object.values(state).every((value) => value !== undefined));
}
function container_state_text(value) {
    return typeof value === "string" ? value : undefined;
}
function number(value) {
    return Number.isSafeInteger(value) ? value : undefined;
}
function time(value) {
    const ms = typeof value === "string" ? Date.parse(value) : Number.NaN;
    return Number.isNaN(ms) ? undefined : ms;
}

;// CONCATENATED MODULE: ./src/gate/server-checks/container.js




const fields = [
    '{{$said := ""}}{{$health := ""}}',
    '{{with index .State "Health"}}{{$health = .Status}}',
    "{{range .Log}}{{$said = .Output}}{{end}}{{end}}",
    '{"id":{{json .Id}},"name":{{json .Name}},"status":{{json .State.Status}},',
    '"exitCode":{{.State.ExitCode}},"killedForMemory":{{.State.OOMKilled}},',
    '"restarts":{{.RestartCount}},"created":{{json .Created}},"finished":{{json .State.FinishedAt}},',
    '"health":{{json $health}},"said":{{json (printf "%.600s" $said)}},',
    '"error":{{json (printf "%.600s" .State.Error)}}}',
].join("");
function containerText({ place }) {
    return `${findContainers(place)}
# A container may go between the two questions: the others are told all the same.
states=$(docker container inspect --format '${fields}' -- $ids 2>/dev/null)
if [ -z "$states" ]; then
  docker container inspect -- $ids >/dev/null 2>&1 || gone
  trouble docker-unknown
fi
echo ran
printf '%s\\n' "$states"`;
}
function readContainers(check, answer, memory) {
    const ran = readRan(answer, check);
    if ("trouble" in ran)
        return { found: ran.trouble, memory };
    const lines = textOf(ran.output).split("\n");
    const states = lines.slice(0, -1).map(parseContainer);
    if (lines.at(-1) !== "" || states.length === 0 || !states.every((state) => state !== undefined))
        return { found: undefined, memory };
    const before = remember(states, memory);
    const judged = states
        .filter((state) => !isReplaced(state, states))
        .map((state) => container_judge(state, before.get(state.id), check));
    return { found: gravest(judged), memory: before };
}
function remember(states, memory) {
    const seen = states.map((state) => [
        state.id,
        memory?.get(state.id) ?? firstSeen(state, memory === undefined),
    ]);
    return new Map([...(memory ?? []), ...seen]);
}
function firstSeen(state, atFirstLook) {
    if (!atFirstLook)
        return { restarts: 0, killedForMemory: false };
    const restarts = state.restarts - (state.status === "restarting" ? 1 : 0);
    return { restarts, killedForMemory: state.killedForMemory };
}
const stopped = [0, 143, 137];
function isReplaced(state, all) {
    if (state.status !== "exited")
        return false;
    const asked = stopped.includes(state.exitCode) && !state.killedForMemory;
    return all.some((other) => other.status === "running" &&
        other.created > state.created &&
        (asked || state.finished < other.created));
}
function container_judge(state, before, check) {
    const restarts = state.restarts - (before?.restarts ?? 0);
    if (restarts > check.maxRestarts)
        return restarted(state, check);
    switch (state.status) {
        case "running":
            return judgeRunning(state, before);
        case "restarting":
            return found("unhealthy", `${state.name} is restarting, ${exitOf(state)}`);
        case "created":
            if (state.error === "")
                return found("unhealthy", `${state.name} was not started so far`);
            return found("hopeless", `${state.name} could not be started`, errorOf(state));
        case "exited":
        case "dead":
            return found("hopeless", `${state.name} ${endOf(state)}`, errorOf(state));
        default:
            return found("unhealthy", `${state.name} is ${state.status}`);
    }
}
function restarted(state, { maxRestarts }) {
    const often = maxRestarts === 0 ? "" : ` more than ${String(maxRestarts)} times`;
    const why = state.status === "running" ? "" : `, ${exitOf(state)}`;
    return found("hopeless", `${state.name} restarted${often} since the gate began${why}`);
}
function errorOf({ error }) {
    return error === "" ? {} : { said: error };
}
function exitOf({ exitCode, killedForMemory }) {
    return killedForMemory ? "killed for want of memory (OOM)" : `exit code ${String(exitCode)}`;
}
function endOf(state) {
    return state.killedForMemory
        ? "was killed for want of memory (OOM)"
        : `exited with code ${String(state.exitCode)}`;
}
function judgeRunning(state, before) {
    const { name, health, said } = state;
    if (state.killedForMemory && before?.killedForMemory !== true)
        return found("hopeless", `a process in ${name} was killed for want of memory (OOM)`);
    if (health === "starting")
        return found("unhealthy", `${name}: docker's health check is starting`);
    if (health === "unhealthy")
        return found("unhealthy", `${name} is unhealthy by docker's health check`, { said });
    if (state.killedForMemory)
        return found("degraded", `a process in ${name} was killed for want of memory before the gate`);
    return found("healthy", health === "healthy" ? `${name} is healthy` : `${name} is running`);
}

;// CONCATENATED MODULE: ./src/gate/server-checks/logs-file.js


const noFile = "trouble no-file";
const block = 4096;
const blocks = 32;
const absent = { inode: "-", offset: 0 };
function logFileText(file, position) {
    const known = position ?? absent;
    const from = position === undefined ? "$2" : "0";
    return `file=${quote(file)}
[ -f "$file" ] || { echo '${noFile}'; exit 0; }
[ -r "$file" ] || { echo 'trouble file-denied'; exit 0; }
set -- $(stat -L -c '%i %s' "$file")
from=${from}
if [ "$1" = ${quote(known.inode)} ] && [ "$2" -ge ${String(known.offset)} ]; then from=${String(known.offset)}; fi
echo "file $1 $2 $from"
[ "$from" -ge "$2" ] || dd if="$file" bs=${String(block)} skip="$((from / ${String(block)}))" count=${String(blocks)} 2>/dev/null`;
}
const logFileBytes = block * blocks + 256;
function readLogFile(file, answer, position) {
    const opened = openAnswer(answer);
    if (opened === undefined)
        return undefined;
    const trouble = fileTrouble(file, opened.head);
    if (trouble !== undefined)
        return { trouble, position: position ?? (opened.head === noFile ? absent : undefined) };
    const [, inode, size, from] = /^file (\d+) (\d+) (\d+)$/.exec(opened.head) ?? [];
    if (inode === undefined)
        return undefined;
    return newLines(opened.rest, { inode, size: Number(size), from: Number(from) });
}
function newLines(bytes, { inode, size, from }) {
    const fresh = bytes.subarray(from % block);
    const whole = fresh.lastIndexOf(0x0a) + 1;
    const full = bytes.length >= block * blocks;
    const taken = whole === 0 && full ? fresh.length : whole;
    const lines = textOf(fresh.subarray(0, taken))
        .split("\n")
        .slice(0, whole === 0 ? undefined : -1);
    return {
        lines: taken === 0 ? [] : lines,
        missing: full && from + taken < size ? "more new lines in the log than were read so far" : undefined,
        position: { inode, offset: from + taken },
    };
}
function fileTrouble(file, head) {
    switch (head) {
        case noFile:
            return found("unhealthy", `there is no file ${file} on the server`);
        case "trouble file-denied":
            return found("hopeless", `the deploy user may not read ${file}`, {
                remedy: "Let a group of the deploy user read it.",
            });
        default:
            return undefined;
    }
}

;// CONCATENATED MODULE: ./src/gate/server-checks/logs-container.js




const budget = 128 * 1024;
const tail = 5000;
const youngSeconds = 300;
const containerLogsBytes = 2 * budget;
function containerLogsText(place, positions) {
    const known = Array.from(positions, ([id, { since }]) => `${quote(id)}) since=${quote(since)} ;;\n`);
    return `${findContainers(place)}
now=$(date +%s)
old=$(date -u -d "@$((now - ${String(youngSeconds)}))" +%Y-%m-%dT%H:%M:%SZ)
later() { printf '%s\\n%s\\n' "$1" "$2" | sort | tail -n 1; }
since_start() {
  for since in "$created" "$started"; do
    if [ "$(later "$since" "$old")" = "$since" ]; then return; fi
  done
  since=$(date -u -d "@$now" +%Y-%m-%dT%H:%M:%SZ)
}
containers=$(docker container inspect --format '{{.Id}} {{.Created}} {{.State.StartedAt}}' -- $ids 2>/dev/null)
[ -n "$containers" ] || gone
echo ran
LC_ALL=C
export LC_ALL
set -- $containers
share=$((${String(budget * 3)} / $#))
while [ $# -gt 2 ]; do
  created=$2 started=$3
  case $1 in
${known.join("")}*) since_start ;;
  esac
  echo "container $1 $share $since"
  docker logs --timestamps --tail ${String(tail)} --since "$since" "$1" 2>&1 | head -c "$share" | sed 's/^/|/'
  echo
  shift 3
done`;
}
function readContainerLogs(place, answer, positions) {
    const ran = readRan(answer, { place });
    if ("trouble" in ran)
        return ran;
    const parts = textOf(ran.output).split(/^(?=container )/m);
    const logs = parts.map((part) => readPart(part, positions));
    if (!logs.every((log) => log !== undefined))
        return undefined;
    const refused = logs.find(({ unreadable }) => unreadable !== undefined)?.unreadable;
    if (refused !== undefined)
        return {
            trouble: found("unhealthy", `docker cannot read the log of ${placeName(place)}`, {
                said: refused,
                remedy: "Use a logging driver that can be read back, such as local or json-file.",
            }),
        };
    return {
        lines: logs.flatMap(({ lines }) => lines),
        missing: logs.find(({ missing }) => missing !== undefined)?.missing,
        position: new Map([...positions, ...logs.map(({ id, position }) => [id, position])]),
    };
}
function readPart(part, positions) {
    const [, id, share, since, body] = /^container (\S+) (\d+) (\S+)\n([^]*)$/.exec(part) ?? [];
    if (id === undefined || since === undefined || body?.endsWith("\n") !== true)
        return undefined;
    const before = positions.get(id) ?? { since, same: 0 };
    const [whole, cut] = wholeLines(body);
    const timed = whole.map(parseLine);
    if (!timed.every((line) => line !== undefined))
        return { id, lines: [], position: before, unreadable: whole.join(" ").replaceAll("|", "") };
    const full = cut || Buffer.byteLength(body) - timed.length - 1 >= Number(share);
    return { id, ...afterPosition(timed, before), missing: missingOf(timed, before, full) };
}
function wholeLines(body) {
    const lines = body.split("\n").slice(0, -1);
    const cut = lines.at(-1) !== "";
    return [cut && lines.length === 1 ? lines : lines.slice(0, -1), cut];
}
function parseLine(line) {
    const [, time, text] = /^\|(\d{4}-\d\d-\d\dT\S+) ?([^]*)$/.exec(line) ?? [];
    return time === undefined || text === undefined ? undefined : { time, text };
}
function afterPosition(timed, before) {
    const known = timed.slice(0, before.same).filter(({ time }) => time === before.since).length;
    const last = timed.at(-1)?.time;
    return {
        lines: timed.slice(known).map(({ text }) => text),
        position: last === undefined
            ? before
            : { since: last, same: timed.filter(({ time }) => time === last).length },
    };
}
function missingOf(timed, before, full) {
    if (full)
        return "more new lines in the log than were read so far";
    const skipped = timed.length >= tail && before.same > 0 && timed[0]?.time !== before.since;
    return skipped ? "more new lines in the log at a time than can be read" : undefined;
}

;// CONCATENATED MODULE: ./src/gate/server-checks/logs.js





function logsText({ source }, memory) {
    return "file" in source
        ? logFileText(source.file, memory.file)
        : containerLogsText(source, memory.containers ?? new Map());
}
function readLogs(check, answer, memory) {
    const read = readNewLines(check, answer, memory);
    if (read === undefined)
        return { found: undefined, memory };
    if ("trouble" in read)
        return { found: read.trouble, memory: { ...memory, ...read.positions } };
    const looked = (0,gate_pattern/* bounded */.Mm)(() => look(check, read.lines));
    if (looked === undefined) {
        const slow = found("unhealthy", "a pattern takes too long on this log", {
            remedy: "Make the pattern simpler.",
        });
        return { found: slow, memory: { ...memory, ...read.positions } };
    }
    const now = {
        ...memory,
        ...read.positions,
        forbidden: memory.forbidden ?? looked.forbidden,
        wantedSeen: memory.wantedSeen === true || looked.wantedSeen,
    };
    return { found: logs_judge(check, now, read.missing), memory: now };
}
function readNewLines({ source }, answer, { file, containers }) {
    if ("file" in source) {
        const read = readLogFile(source.file, answer, file);
        return read && { ...read, positions: { file: read.position } };
    }
    const read = readContainerLogs(source, answer, containers ?? new Map());
    if (read === undefined || "trouble" in read)
        return read && { ...read, positions: {} };
    return { ...read, positions: { containers: read.position } };
}
function look({ forbidden, wanted }, lines) {
    return {
        forbidden: forbidden && lines.find((line) => forbidden.test(line)),
        wantedSeen: wanted !== undefined && lines.some((line) => wanted.test(line)),
    };
}
function logs_judge(check, memory, missing) {
    const { source, forbidden, wanted } = check;
    const name = "file" in source ? source.file : placeName(source);
    if (memory.forbidden !== undefined)
        return found("hopeless", `a forbidden line in the log of ${name}`, {
            said: memory.forbidden,
        });
    const findings = [
        ...(missing === undefined ? [] : [found("unhealthy", missing)]),
        ...(wanted === undefined || memory.wantedSeen === true
            ? []
            : [found("unhealthy", `no line that is wanted in the log of ${name} so far`)]),
    ];
    const good = wanted === undefined ? "no forbidden line" : "the wanted line was logged";
    const both = wanted !== undefined && forbidden !== undefined ? ", and none that is forbidden" : "";
    return gravest(findings) ?? found("healthy", `${good}${both}`);
}

// EXTERNAL MODULE: ./src/kit/size.js
var size = __webpack_require__(4268);
;// CONCATENATED MODULE: ./src/gate/server-checks/measured.js


function measured(value, { what, unit }, limits) {
    const state = (0,gate_limits/* judgeUpward */.V)(value, limits);
    return { state, reason: `${what} ${standing(state, unit, limits)}`, value, unit };
}
function standing(state, unit, limits) {
    if (state === "degraded")
        return `at or above the warning limit, ${quantity(limits.warning, unit)}`;
    if (state === "unhealthy")
        return `at or above the critical limit, ${quantity(limits.critical, unit)}`;
    return "within its limits";
}
function quantity(value, unit) {
    return unit === "B" ? (0,size/* formatSize */.X)(value ?? 0) : `${String(value)} ${unit}`;
}

;// CONCATENATED MODULE: ./src/gate/server-checks/secrets.js
const shortest = 4;
function withoutPassword(said, password) {
    return password === undefined || password.length < shortest
        ? said
        : said.replaceAll(password, "***");
}

;// CONCATENATED MODULE: ./src/gate/server-checks/postgres.js






const countConnections = "select coalesce(sum(numbackends), 0) - 1 from pg_stat_database";
function postgresText(check) {
    const limit = Math.max(1, Math.floor(check.attemptTimeoutMs / 1000));
    const patience = [{ name: "PGCONNECT_TIMEOUT", value: String(limit) }];
    const own = [
        { name: "LC_ALL", value: "C" },
        { name: "PGAPPNAME", value: "belay" },
    ];
    const text = `${exportStatements([...patience, ...check.address.variables, ...own])}${findProgram}
program pg_isready
"$found" -q -t ${String(limit)} 2>&1
echo "ready $?"`;
    const asked = check.connections === undefined ? text : `${text}\n${connectionsText}`;
    return runIn(check.place, asked, check.attemptTimeoutMs);
}
const findProgram = `program() {
  found=$(command -v "$1" 2>/dev/null) && return
  for candidate in /usr/lib/postgresql/*/bin/"$1" /usr/pgsql-*/bin/"$1" /usr/local/pgsql/bin/"$1"; do
    [ ! -x "$candidate" ] || found=$candidate
  done
  [ -n "$found" ] || { echo "missing $1"; exit 0; }
}`;
const connectionsText = `program psql
"$found" -XAtqw -v ON_ERROR_STOP=1 -c '${countConnections}' 2>&1
echo "counted $?"`;
function readPostgres(check, answer) {
    const ran = readRan(answer, check);
    if ("trouble" in ran)
        return ran.trouble;
    const output = textOf(ran.output);
    const missing = /^missing (pg_isready|psql)$/m.exec(output)?.[1];
    if (missing !== undefined)
        return missingProgram(missing, "postgresql-client", check);
    const ready = /^([^]*?)^ready (\d+)\n([^]*)$/m.exec(output);
    if (ready === null)
        return undefined;
    const [, said = "", code, counted = ""] = ready;
    if (code !== "0")
        return notReady(Number(code), withoutPassword(said, check.address.password));
    return check.connections === undefined
        ? found("healthy", "accepts connections")
        : readConnections(counted, check, check.connections);
}
function notReady(code, said) {
    switch (code) {
        case 1:
            return found("unhealthy", "PostgreSQL starts up or shuts down, and rejects connections");
        case 2:
            return found("unhealthy", "PostgreSQL does not answer at this address");
        default:
            return found("unhealthy", `pg_isready ended with exit code ${String(code)}`, { said });
    }
}
function readConnections(output, { address }, limits) {
    const counted = /^([^]*?)^counted (\d+)\n$/m.exec(output);
    if (counted === null)
        return undefined;
    const [, said = "", code] = counted;
    if (code !== "0") {
        return found("unhealthy", "PostgreSQL accepts connections, but psql failed", {
            said: withoutPassword(said, address.password),
        });
    }
    const number = /^(\d+)\n$/.exec(said)?.[1];
    if (number === undefined)
        return undefined;
    return measured(Number(number), { what: "connections", unit: "connections" }, limits);
}

;// CONCATENATED MODULE: ./src/gate/server-checks/redis.js






function redisText(check) {
    const questions = check.memory === undefined ? "PING\\n" : "PING\\nINFO memory\\n";
    return runIn(check.place, `${redis_password(check.address)}client=
for name in redis-cli valkey-cli; do
  [ -n "$client" ] || client=$(command -v "$name" 2>/dev/null)
done
[ -n "$client" ] || { echo 'missing redis-cli'; exit 0; }
printf '${questions}' | "$client" ${options(check.address)} 2>&1`, check.attemptTimeoutMs);
}
function redis_password({ password: value }) {
    return value === undefined
        ? "unset REDISCLI_AUTH\n"
        : exportStatements([{ name: "REDISCLI_AUTH", value }]);
}
function options({ host, port, username, tls }) {
    const user = username === undefined ? [] : ["--user", quote(username)];
    return ["-h", quote(host), "-p", String(port), ...user, ...(tls ? ["--tls"] : [])].join(" ");
}
function readRedis(check, answer) {
    const ran = readRan(answer, check);
    if ("trouble" in ran)
        return ran.trouble;
    const output = textOf(ran.output).replaceAll("\r\n", "\n");
    if (output === "missing redis-cli\n")
        return missingProgram("redis-cli", "redis-tools", check);
    if (output === "")
        return undefined;
    if (!output.startsWith("PONG\n"))
        return found("unhealthy", "Redis does not answer PING", words(check, output));
    if (check.memory === undefined)
        return found("healthy", "answers PING");
    const used = /^used_memory:(\d{1,15})$/m.exec(output)?.[1];
    if (used === undefined)
        return found("unhealthy", "Redis does not tell its memory", words(check, output.slice(5)));
    return measured(Number(used), { what: "memory in use", unit: "B" }, check.memory);
}
function words({ address }, output) {
    return { said: withoutPassword(output, address.password) };
}

;// CONCATENATED MODULE: ./src/gate/server-checks/server-load.js



function loadText(check, before) {
    switch (check.measure) {
        case "cpu":
            return before === undefined ? `${ticks}\nsleep ${pause(check)}\n${ticks}` : ticks;
        case "memory":
            return `while read -r key value _; do
  case $key in MemTotal: | MemAvailable:) echo "$key $value" ;; esac
done </proc/meminfo`;
        case "disk":
            return `LC_ALL=C df -Pk -- ${quote(check.path)} 2>&1`;
    }
}
const ticks = "read -r line </proc/stat\nprintf '%s\\n' \"$line\"";
function pause({ attemptTimeoutMs }) {
    return String(Math.min(1, attemptTimeoutMs / 2000));
}
function readLoad(check, answer, before) {
    const text = textOf(answer.bytes);
    switch (check.measure) {
        case "cpu":
            return readCpu(check, text, before);
        case "memory":
            return { found: readMemory(check, text) };
        case "disk":
            return { found: readDisk(check, text, answer.code) };
    }
}
function readCpu(check, text, before) {
    const lines = text.split("\n").slice(0, -1).map(parseTicks);
    const [first, last] = before === undefined ? lines : [before, lines.at(-1)];
    const passed = (last?.total ?? 0) - (first?.total ?? 0);
    if (first === undefined || last === undefined || passed <= 0)
        return { found: undefined };
    const busy = passed - (last.idle - first.idle);
    return { found: share(busy, passed, "CPU", check), ticks: last };
}
function parseTicks(line) {
    const fields = /^cpu +(\d+(?: \d+){3,})$/.exec(line)?.[1]?.split(" ").map(Number).slice(0, 8);
    if (fields === undefined)
        return undefined;
    const [, , , idle = 0, waiting = 0] = fields;
    return { idle: idle + waiting, total: fields.reduce((sum, field) => sum + field, 0) };
}
function readMemory(check, text) {
    const total = Number(/^MemTotal: (\d+)$/m.exec(text)?.[1]);
    const available = Number(/^MemAvailable: (\d+)$/m.exec(text)?.[1]);
    if (!(total > 0) || Number.isNaN(available))
        return undefined;
    return share(total - available, total, "memory", check);
}
function readDisk(check, text, code) {
    if (code !== 0) {
        const said = text.replace(/^Filesystem .*\n/, "");
        return found("unhealthy", `df cannot tell about ${check.path}`, { said });
    }
    const fields = / (\d+) +(\d+) +(-?\d+) +\d+% +\/[^\n]*\n$/.exec(text);
    if (fields === null)
        return undefined;
    const used = Number(fields[2]);
    const usable = used + Math.max(0, Number(fields[3]));
    return usable === 0 ? undefined : share(used, usable, `disk of ${check.path}`, check);
}
function share(part, whole, what, { limits }) {
    const percent = Math.min(100, Math.max(0, Math.round((part / whole) * 1000) / 10));
    return measured(percent, { what, unit: "%" }, limits);
}

;// CONCATENATED MODULE: ./src/gate/server-checks/question.js








function questionOf(check, memory) {
    switch (check.kind) {
        case "container":
            return containerText(check);
        case "command":
            return commandText(check);
        case "logs":
            return logsText(check, memory.logs.get(check.name) ?? {});
        case "postgres":
            return postgresText(check);
        case "redis":
            return redisText(check);
        case "server":
            return loadText(check, memory.cpu.get(check.name));
    }
}
function answerBytes(check) {
    switch (check.kind) {
        case "container":
            return 64 * 1024;
        case "command":
            return commandBytes(check);
        case "logs":
            return "file" in check.source ? logFileBytes : containerLogsBytes;
        case "postgres":
        case "redis":
        case "server":
            return 16 * 1024;
    }
}
function judgeAnswer(check, answer, memory) {
    switch (check.kind) {
        case "container": {
            const reading = readContainers(check, answer, memory.containers.get(check.name));
            if (reading.memory !== undefined)
                memory.containers.set(check.name, reading.memory);
            return reading.found;
        }
        case "command":
            return readCommand(check, answer);
        case "logs": {
            const reading = readLogs(check, answer, memory.logs.get(check.name) ?? {});
            memory.logs.set(check.name, reading.memory);
            return reading.found;
        }
        case "postgres":
            return readPostgres(check, answer);
        case "redis":
            return readRedis(check, answer);
        case "server": {
            const reading = readLoad(check, answer, memory.cpu.get(check.name));
            if (reading.ticks !== undefined)
                memory.cpu.set(check.name, reading.ticks);
            return reading.found;
        }
    }
}

;// CONCATENATED MODULE: ./src/gate/server-checks/round-reader.js



const longestLine = 4096;
const noiseKept = 1024;
class RoundReader {
    #checks;
    #memory;
    #open;
    #state = "noise";
    #line = Buffer.alloc(0);
    #noise = "";
    constructor(checks, memory) {
        this.#checks = checks;
        this.#memory = memory;
        this.#open = new Map(checks.map((check, at) => [at, { bytes: [], size: 0, most: answerBytes(check) }]));
    }
    add(bytes) {
        const found = [];
        let rest = Buffer.concat([this.#line, bytes]);
        for (let end = rest.indexOf(0x0a); end >= 0; end = rest.indexOf(0x0a)) {
            found.push(...this.#take(rest.toString("utf8", 0, end)));
            rest = rest.subarray(end + 1);
        }
        this.#line = rest.length > longestLine ? Buffer.alloc(0) : Buffer.from(rest);
        return found;
    }
    end() {
        return Array.from(this.#open.keys(), (at) => this.#close(at, this.#noAnswer(at)));
    }
    #take(line) {
        if (this.#state === "noise") {
            if (line === "belay-checks 1")
                this.#state = "answers";
            else
                this.#noise = `${this.#noise}${line} `.slice(-noiseKept);
            return [];
        }
        if (this.#state !== "answers")
            return [];
        if (line === "belay-checks end")
            this.#state = "ended";
        else
            return this.#takeAnswer(line);
        return [];
    }
    #takeAnswer(line) {
        const [, id, hex] = /^belay-hex (\d{4}):((?: [0-9a-f]{2}){1,16})$/.exec(line) ?? [];
        if (id !== undefined && hex !== undefined && this.#extend(Number(id), hex))
            return [];
        const end = /^belay-end (\d{4}) (\d{1,3}) (\d+\.\d+) (\d+\.\d+)$/.exec(line);
        const at = Number(end?.[1]);
        const open = this.#open.get(at);
        const check = this.#checks[at];
        if (end === null || open === undefined || check === undefined) {
            this.#state = "damaged";
            return [];
        }
        const answer = { code: Number(end[2]), bytes: Buffer.concat(open.bytes) };
        return [this.#close(at, this.#judge(check, answer), tookMs(end[3], end[4]))];
    }
    #extend(at, hex) {
        const open = this.#open.get(at);
        const bytes = Buffer.from(hex.replaceAll(" ", ""), "hex");
        if (open === undefined || open.size + bytes.length > open.most)
            return false;
        open.bytes.push(bytes);
        open.size += bytes.length;
        return true;
    }
    #judge(check, answer) {
        return (judgeAnswer(check, answer, this.#memory) ??
            found("unhealthy", "the server's answer makes no sense"));
    }
    #noAnswer(at) {
        const limit = (0,duration/* formatDuration */.a)(this.#checks[at]?.attemptTimeoutMs ?? 0);
        switch (this.#state) {
            case "noise":
                return found("unhealthy", "the server ran none of the checks", {
                    said: this.#noise,
                    remedy: "The deploy user needs a login shell, and may not be tied to one command.",
                });
            case "damaged":
                return found("unhealthy", "the server's answer is damaged");
            case "answers":
                return found("unhealthy", "the server's answer broke off");
            case "ended":
                return found("unhealthy", `no answer within ${limit}`);
        }
    }
    #close(at, found, tookMs) {
        this.#open.delete(at);
        const check = this.#checks[at];
        if (check === undefined)
            throw new RangeError(`no check ${String(at)} in this round`);
        return { check, finding: { ...found, tookMs: tookMs ?? check.attemptTimeoutMs } };
    }
}
function tookMs(began, ended) {
    return Math.max(0, Math.round((Number(ended) - Number(began)) * 1000));
}

;// CONCATENATED MODULE: ./src/gate/server-checks/script.js



function serverScript(checks, memory) {
    const asked = checks.map((check, at) => {
        const limits = [seconds(check.attemptTimeoutMs), String(answerBytes(check))];
        return `ask ${[roundId(at), ...limits, quote(questionOf(check, memory))].join(" ")} &\n`;
    });
    return `{\n${preamble}\n${asked.join("")}wait\necho 'belay-checks end'\nexit 0\n}\n`;
}
function roundId(at) {
    return String(at).padStart(4, "0");
}
const framed = `text=$BELAY_CHECK id=$BELAY_ID most=$BELAY_BYTES
unset BELAY_CHECK BELAY_ID BELAY_BYTES
read -r began _ </proc/uptime
code=$({ { (eval "$text") 3>&- 4>&-; echo "$?" >&3; } |
  { head -c "$most"; cat >/dev/null; } |
  od -An -v -tx1 | sed "s/^/belay-hex $id:/" | dd obs=4096 2>/dev/null >&4; } 3>&1)
read -r ended _ </proc/uptime
echo "belay-end $id $code $began $ended" >&4`;
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

;// CONCATENATED MODULE: ./src/gate/server-rounds.js





const gatherMs = 10;
const graceMs = 2000;
class ServerRounds {
    #host;
    #clock;
    #memory = new ServerMemory();
    #gathering;
    constructor(host, clock) {
        this.#host = host;
        this.#clock = clock;
    }
    ask(check, { timeoutMs, signal }) {
        const limited = { ...check, attemptTimeoutMs: timeoutMs };
        return new Promise((answer, fail) => {
            signal?.throwIfAborted();
            const asked = { check: limited, answer, fail, signal };
            signal?.addEventListener("abort", () => fail(signal.reason), { once: true });
            if (this.#gathering !== undefined)
                this.#gathering.push(asked);
            else
                void this.#round((this.#gathering = [asked]));
        });
    }
    async #round(asked) {
        await this.#clock.sleep(gatherMs);
        this.#gathering = undefined;
        const wanted = asked.filter(({ signal }) => signal?.aborted !== true);
        if (wanted.length === 0)
            return;
        const reader = new RoundReader(wanted.map(({ check }) => check), this.#memory);
        const tell = (findings) => {
            for (const { check, finding } of findings)
                wanted.find((one) => one.check === check)?.answer(finding);
        };
        const startedAt = this.#clock.monotonic();
        try {
            await this.#inTime(wanted, (over) => this.#converse(wanted, reader, tell, over));
            tell(reader.end());
        }
        catch (failure) {
            const tookMs = this.#clock.monotonic() - startedAt;
            for (const { answer } of wanted)
                answer({ ...unreached(failure), tookMs });
        }
    }
    async #inTime(asked, body) {
        const over = new AbortController();
        const limitMs = Math.max(...asked.map(({ check }) => check.attemptTimeoutMs)) + graceMs;
        const late = this.#clock.sleep(limitMs, over.signal).then(() => {
            throw new Error("the server did not answer in time");
        }, () => undefined);
        const unwanted = Promise.all(asked.map(({ signal }) => aborted(signal)));
        try {
            await Promise.race([late, unwanted, body(over.signal)]);
        }
        finally {
            over.abort();
        }
    }
    async #converse(asked, reader, tell, over) {
        await this.#host.connect();
        const channel = await this.#host.start("sh -s");
        const script = serverScript(asked.map(({ check }) => check), this.#memory);
        const ignore = () => undefined;
        channel.exit.catch(ignore);
        void channel
            .write(Buffer.from(script))
            .catch(ignore)
            .finally(() => channel.end());
        for await (const bytes of untilAborted(channel.output, over))
            tell(reader.add(bytes));
    }
}
async function* untilAborted(stream, over) {
    const source = stream[Symbol.asyncIterator]();
    const end = aborted(over).then(() => ({ done: true, value: undefined }));
    try {
        for (;;) {
            const next = await Promise.race([source.next(), end]);
            if (next.done === true)
                return;
            yield next.value;
        }
    }
    finally {
        void source.return?.().catch(() => undefined);
    }
}
function aborted(signal) {
    return new Promise((resolve) => {
        if (signal?.aborted === true)
            resolve();
        signal?.addEventListener("abort", () => resolve(), { once: true });
    });
}
function unreached(failure) {
    const message = failure instanceof Error ? failure.message : String(failure);
    return {
        state: "unhealthy",
        reason: (0,excerpt/* excerpt */.K)(message, 200),
        ...(failure instanceof errors/* BelayError */.oT && { remedy: failure.remedy }),
    };
}

;// CONCATENATED MODULE: ./src/gate/tcp-check.js


async function askTcp({ host, port }, limits, { tcp, clock, dial }) {
    const startedAt = clock.monotonic();
    const took = () => ({ tookMs: clock.monotonic() - startedAt });
    try {
        await tcp.touch({ host, port, ...limits, dial });
        return { state: "healthy", reason: "healthy", ...took() };
    }
    catch (error) {
        limits.signal?.throwIfAborted();
        const reason = (0,excerpt/* excerpt */.K)(error instanceof Error ? error.message : String(error), 200);
        return { state: "unhealthy", reason, remedy: answerRemedy(reason), ...took() };
    }
}

;// CONCATENATED MODULE: ./src/gate/ask.js




function asker({ http, tcp, clock, host }) {
    const rounds = host && new ServerRounds(host, clock);
    const dial = host && dialling(host);
    return (check, limits) => {
        if ((0,gate_check/* needsServer */.h)(check) && (rounds === undefined || dial === undefined))
            throw new TypeError(`${check.name} needs a server`);
        switch (check.kind) {
            case "http":
                return askHttp(check, limits, { http, clock, dial: viaServer(check.via, dial) });
            case "tcp":
                return askTcp(check, limits, { tcp, clock, dial: viaServer(check.via, dial) });
            default:
                return rounds?.ask(check, limits) ?? Promise.reject(new TypeError("unreachable"));
        }
    };
}
function viaServer(via, dial) {
    return via === "server" ? dial : undefined;
}
function dialling(host) {
    return async (target, signal) => {
        await host.connect();
        return host.dial(target, signal);
    };
}

// EXTERNAL MODULE: ./src/gate/sample.js
var gate_sample = __webpack_require__(1912);
;// CONCATENATED MODULE: ./src/gate/standing.js


const unknown = {
    attempts: 0,
    row: 0,
    since: 0,
    finding: undefined,
    healthy: false,
    lastFailure: undefined,
};
function after(before, sample) {
    const attempts = before.attempts + 1;
    if (before.finding !== undefined && sample.cutShort)
        return { ...before, attempts };
    const { finding } = sample;
    const same = before.finding?.reason === finding.reason;
    const healthy = (0,gate_sample/* passed */.bF)(sample);
    const row = healthy === before.healthy && (healthy || same) ? before.row + 1 : 1;
    return {
        attempts,
        row,
        since: same ? before.since : sample.startedAt,
        finding,
        healthy,
        lastFailure: healthy ? before.lastFailure : finding,
    };
}
function isNews(before, now) {
    return before.finding?.reason !== now.finding?.reason;
}
function news({ finding }) {
    return finding === undefined ? "no answer yet" : reasonAndBody(finding);
}
function describe(standing, now) {
    const { finding, healthy, lastFailure } = standing;
    if (finding === undefined)
        return "no answer yet";
    if (!healthy)
        return `${finding.reason} for ${(0,duration/* formatDuration */.a)(now - standing.since)}${lastBody(finding)}`;
    const before = lastFailure === undefined ? "" : `; before that ${reasonAndBody(lastFailure)}`;
    return `healthy ${String(standing.row)} in a row${before}`;
}
function reasonAndBody(finding) {
    return `${finding.reason}${lastBody(finding)}`;
}
function lastBody({ body }) {
    if (body === undefined)
        return "";
    return body === "" ? ", the body is empty" : `, last body: ${body}`;
}

;// CONCATENATED MODULE: ./src/gate/gate-errors.js



function gateTimeout(watches, timeoutMs, now) {
    const shut = watches.filter(({ isOpen }) => !isOpen);
    const named = shut.length > 0 ? shut : watches;
    return together("gate-timeout", named.map(({ check, standing }) => {
        const wanted = check.successes === 1 ? "" : ` ${String(check.successes)} times in a row`;
        const why = describe(standing, now);
        return {
            message: `${check.name} was not healthy${wanted} within ${(0,duration/* formatDuration */.a)(timeoutMs)}: ${why}`,
            remedy: remedyOf(standing.lastFailure),
        };
    }));
}
function gateHopeless({ check, standing }) {
    const { finding } = standing;
    const why = finding === undefined ? "" : `: ${reasonAndBody(finding)}`;
    return new errors/* BelayError */.oT("gate-failed", `${check.name} can never pass${why}`, `${remedyOf(finding)} With fail-fast off it is waited out all the same.`);
}
function gateFailed(bad) {
    return together("gate-failed", bad.map(({ watch: { check, standing, healthyAfterMs }, how }) => {
        const failure = standing.lastFailure;
        const why = failure === undefined ? "" : `: ${reasonAndBody(failure)}`;
        const what = healthyAfterMs === undefined
            ? `failed${how}`
            : `was healthy, then failed${how} under observation`;
        return { message: `${check.name} ${what}${why}`, remedy: remedyOf(failure) };
    }));
}
function gateCancelled(what, signal) {
    const reason = signal.reason;
    if (reason instanceof errors/* BelayError */.oT)
        return reason;
    return new errors/* BelayError */.oT("cancelled", `the wait for ${what} was cancelled`, "Run the job again when the release is wanted after all.", { cause: reason });
}
function together(code, problems) {
    const [first, ...others] = problems;
    const also = others.map(({ message, remedy }) => new errors/* BelayError */.oT(code, message, remedy));
    return new errors/* BelayError */.oT(code, first?.message ?? "", first?.remedy ?? "", { also });
}
function remedyOf(failure) {
    if (failure === undefined)
        return "Give the app more time, or ask for fewer successes in a row.";
    return (failure.remedy ??
        "Look at the server for why it fails; give it more time if it only starts slowly.");
}

// EXTERNAL MODULE: ./src/gate/percentile.js
var percentile = __webpack_require__(9229);
// EXTERNAL MODULE: ./src/gate/window.js
var gate_window = __webpack_require__(8946);
;// CONCATENATED MODULE: ./src/gate/gate-result.js



function gateResult(watches, gate, openAfterMs) {
    const checks = watches.map((watch) => checkResult(watch, gate));
    const slowest = checks
        .filter(({ check }) => check.kind === "http")
        .toSorted((a, b) => b.latencyP95Ms - a.latencyP95Ms)[0];
    return {
        status: worst(checks.map(({ status }) => status)),
        attempts: checks.reduce((sum, { attempts }) => sum + attempts, 0),
        timeToHealthyMs: openAfterMs === undefined ? undefined : Math.round(openAfterMs),
        latencyP50Ms: slowest?.latencyP50Ms ?? 0,
        latencyP95Ms: slowest?.latencyP95Ms ?? 0,
        errorRate: Math.max(0, ...checks.map(({ errorRate }) => errorRate)),
        checks,
    };
}
function checkResult(watch, gate) {
    const { check, standing, counted, healthyAfterMs, shown } = watch;
    const times = (0,gate_window/* latencies */.h0)(counted);
    return {
        check,
        status: statusOf(watch, gate),
        attempts: standing.attempts,
        reason: reasonOf(watch, gate),
        measured: measuredOf(counted.at(-1) ?? shown.at(-1)),
        timeToHealthyMs: healthyAfterMs === undefined ? undefined : Math.round(healthyAfterMs),
        latencyP50Ms: Math.round((0,percentile/* percentile */.Y)(times, 50)),
        latencyP95Ms: Math.round((0,percentile/* percentile */.Y)(times, 95)),
        errorRate: (0,gate_window/* errorPercent */.A4)(counted) / 100,
        samples: shown,
    };
}
function statusOf(watch, gate) {
    const { standing, observation, isOpen } = watch;
    const isGood = observation.length === 0 ? isOpen : (0,gate_window/* observationProblem */.u8)(watch, gate) === undefined;
    if (!isGood)
        return "unhealthy";
    const warned = standing.finding?.state === "degraded" || (0,gate_window/* windowWarning */.nC)(watch, gate) !== undefined;
    return warned ? "degraded" : "healthy";
}
function reasonOf(watch, gate) {
    const { finding, healthy, lastFailure } = watch.standing;
    if (finding === undefined)
        return "no answer yet";
    if (!healthy || finding.state === "degraded")
        return finding.reason;
    const window = (0,gate_window/* windowProblem */.u0)(watch, gate) ?? (0,gate_window/* windowWarning */.nC)(watch, gate);
    return window ?? (lastFailure === undefined ? "" : `before: ${lastFailure.reason}`);
}
function measuredOf(last) {
    const { value, unit = "" } = last?.finding ?? {};
    if (value === undefined)
        return "";
    return unit === "B"
        ? (0,size/* formatSize */.X)(value)
        : `${String(Math.round(value * 10) / 10)} ${unit}`.trimEnd();
}
function worst(all) {
    const order = ["unhealthy", "degraded"];
    return order.find((status) => all.includes(status)) ?? "healthy";
}

;// CONCATENATED MODULE: ./src/gate/narrator.js
const longestSilenceMs = 30_000;
class Narrator {
    #log;
    #clock;
    #spokeAt;
    constructor(log, clock) {
        this.#log = log;
        this.#clock = clock;
        this.#spokeAt = clock.monotonic();
    }
    say(text) {
        this.#spokeAt = this.#clock.monotonic();
        this.#log.info(`gate: ${text}`);
    }
    async during(standing, body) {
        const over = new AbortController();
        const watch = this.#watch(standing, over.signal);
        try {
            return await body();
        }
        finally {
            over.abort();
            await watch;
        }
    }
    async #watch(standing, over) {
        for (;;) {
            const left = () => this.#spokeAt + longestSilenceMs - this.#clock.monotonic();
            try {
                await this.#clock.sleep(Math.max(1, left()), over);
            }
            catch {
                return;
            }
            if (left() <= 0)
                this.say(standing());
        }
    }
}

;// CONCATENATED MODULE: ./src/gate/side-by-side.js
async function sideBySide(items, signal, body) {
    const over = new AbortController();
    const ended = AbortSignal.any([signal, over.signal]);
    const failures = [];
    const run = async (item) => {
        try {
            await body(item, ended);
        }
        catch (failure) {
            failures.push(failure);
            over.abort(failure);
        }
    };
    await Promise.all(items.map(run));
    signal.throwIfAborted();
    if (failures.length > 0)
        throw failures[0];
}

;// CONCATENATED MODULE: ./src/gate/open.js




function openGate(gate, watches, asking, narrator, signal) {
    const waiting = new Waiting(gate, watches, asking);
    narrator.say(waiting.announcement());
    return narrator.during(() => waiting.missing(), () => waiting.run(signal));
}
class Waiting {
    #gate;
    #watches;
    #asking;
    #begun;
    #opened = new AbortController();
    constructor(gate, watches, asking) {
        this.#gate = gate;
        this.#watches = watches;
        this.#asking = asking;
        this.#begun = asking.clock.monotonic();
    }
    async run(signal) {
        await sideBySide(this.#watches, signal, (watch, ended) => this.#ask(watch, ended));
        return this.#spent();
    }
    announcement() {
        const within = `within ${(0,duration/* formatDuration */.a)(this.#gate.timeoutMs)}`;
        const [first, ...others] = this.#watches;
        if (first === undefined || others.length > 0)
            return `${String(this.#watches.length)} checks must be healthy ${within}`;
        const { name, successes } = first.check;
        return `${name} must be healthy${often(successes)} ${within}`;
    }
    missing() {
        const now = this.#asking.clock.monotonic();
        const shut = this.#watches.filter(({ isOpen }) => !isOpen);
        const named = shut.slice(0, 5).map((watch) => watch.describe(now));
        const more = shut.length > named.length ? [`and ${String(shut.length - named.length)} more`] : [];
        return `still waiting: ${[...named, ...more].join("; ")} (${(0,duration/* formatDuration */.a)(this.#left())} left)`;
    }
    async #ask(watch, ended) {
        const { clock } = this.#asking;
        const over = AbortSignal.any([ended, this.#opened.signal]);
        try {
            for (;;) {
                const last = await (0,gate_sample/* sample */.XM)(watch.check, this.#asking, over, this.#left());
                watch.waited(last, clock.monotonic());
                if (last.finding.state === "hopeless" && this.#gate.failFast)
                    throw gateHopeless(watch);
                if (this.#watches.every(({ isOpen }) => isOpen))
                    this.#opened.abort(opened);
                await (0,gate_sample/* pauseAfter */.l0)(nextOf(watch.check, (0,gate_sample/* passed */.bF)(last)), last, this.#left(), clock, over);
                if (this.#left() <= 0)
                    throw this.#late();
            }
        }
        catch (failure) {
            if (failure !== opened)
                throw failure;
        }
    }
    #late() {
        const now = this.#asking.clock.monotonic();
        return gateTimeout(this.#watches, this.#gate.timeoutMs, now);
    }
    #spent() {
        return this.#asking.clock.monotonic() - this.#begun;
    }
    #left() {
        return this.#gate.timeoutMs - this.#spent();
    }
}
function nextOf(check, isHealthy) {
    return isHealthy ? check : { ...check, intervalMs: check.intervalMs * 0.95 };
}
const opened = new Error("the gate is open");
function often(successes) {
    return successes === 1 ? "" : ` ${String(successes)} times in a row`;
}

;// CONCATENATED MODULE: ./src/gate/observe.js






async function observe(gate, watches, asking, narrator, signal) {
    if (gate.observeMs <= 0)
        return;
    const observation = new Observation(gate, watches, asking);
    narrator.say(`observing for ${(0,duration/* formatDuration */.a)(gate.observeMs)}`);
    await narrator.during(() => observation.missing(), () => observation.run(signal));
}
class Observation {
    #gate;
    #watches;
    #asking;
    #end;
    constructor(gate, watches, asking) {
        this.#gate = gate;
        this.#watches = watches;
        this.#asking = asking;
        this.#end = asking.clock.monotonic() + gate.observeMs;
    }
    async run(signal) {
        for (const watch of this.#watches)
            watch.beginObservation();
        await sideBySide(this.#watches, signal, (watch, ended) => this.#ask(watch, ended));
        const bad = this.#watches.flatMap((watch) => {
            const problem = (0,gate_window/* windowProblem */.u0)(watch, this.#gate);
            return problem === undefined ? [] : [{ watch, how: ` ${problem}` }];
        });
        if (bad.length > 0)
            throw gateFailed(bad);
    }
    missing() {
        const all = this.#watches.flatMap(({ observation }) => observation);
        const left = (0,duration/* formatDuration */.a)(Math.max(0, this.#left()));
        return `still observing: ${String((0,gate_sample/* failures */.e9)(all))} of ${String(all.length)} failed (${left} left)`;
    }
    async #ask(watch, ended) {
        const { check } = watch;
        do {
            const left = this.#left() > 0 ? this.#left() : check.intervalMs;
            await (0,gate_sample/* pauseAfter */.l0)(check, watch.observation.at(-1), left, this.#asking.clock, ended);
            watch.observed(await (0,gate_sample/* sample */.XM)(check, this.#asking, ended));
            this.#refuseRow(watch);
        } while (this.#left() > 0 || !watch.standing.healthy);
    }
    #refuseRow(watch) {
        const { successes } = watch.check;
        const last = watch.observation.slice(-successes);
        if (this.#gate.failFast && last.at(-1)?.finding.state === "hopeless")
            throw gateHopeless(watch);
        if (last.length < successes || (0,gate_sample/* failures */.e9)(last) < successes)
            return;
        throw gateFailed([{ watch, how: often(successes) }]);
    }
    #left() {
        return this.#end - this.#asking.clock.monotonic();
    }
}

;// CONCATENATED MODULE: ./src/gate/take-samples.js




async function takeSamples(gate, samples, watches, asking, narrator, signal) {
    const end = asking.clock.monotonic() + gate.timeoutMs;
    const left = () => end - asking.clock.monotonic();
    for (const watch of watches)
        watch.beginObservation();
    narrator.say(`looking at ${String(watches.length)} checks`);
    await narrator.during(() => `still looking: ${String(watches.filter((watch) => !isDone(watch, samples)).length)} to go`, () => sideBySide(watches, signal, async (watch, ended) => {
        do {
            const last = await (0,gate_sample/* sample */.XM)(watch.check, asking, ended, Math.max(1, left()));
            watch.observed(last);
            if (isDone(watch, samples))
                return;
            await (0,gate_sample/* pauseAfter */.l0)(watch.check, last, left(), asking.clock, ended);
        } while (left() > 0);
    }));
    const bad = watches.flatMap((watch) => problem(watch, gate));
    if (bad.length > 0)
        throw gateFailed(bad);
}
function isDone({ check, observation }, samples) {
    if (check.kind === "http" || check.kind === "tcp")
        return observation.length >= samples;
    return observation.length >= 1;
}
function problem(watch, gate) {
    const how = (0,gate_window/* observationProblem */.u8)(watch, gate);
    return how === undefined ? [] : [{ watch, how }];
}

;// CONCATENATED MODULE: ./src/gate/watch.js


const keptOfWait = 100;
class Watch {
    check;
    #narrator;
    #lead;
    #standing = unknown;
    #row = [];
    #recent = [];
    #observed;
    #firstAt;
    #healthyAfterMs;
    constructor(check, narrator, named) {
        this.check = check;
        this.#narrator = narrator;
        this.#lead = named ? `${check.name}: ` : "";
    }
    get standing() {
        return this.#standing;
    }
    get isOpen() {
        return this.#row.length >= this.check.successes;
    }
    get healthyAfterMs() {
        return this.#healthyAfterMs;
    }
    get counted() {
        return this.#observed !== undefined && this.#observed.length > 0 ? this.#observed : this.#row;
    }
    get shown() {
        return [...this.#recent, ...(this.#observed ?? [])];
    }
    waited(sample, now) {
        this.#note(sample);
        this.#firstAt ??= sample.startedAt;
        if (!sample.cutShort)
            this.#row = (0,gate_sample/* passed */.bF)(sample) ? [...this.#row, sample].slice(-this.check.successes) : [];
        this.#recent = [...this.#recent, sample].slice(-keptOfWait);
        this.#healthyAfterMs = this.isOpen ? (this.#healthyAfterMs ?? now - this.#firstAt) : undefined;
    }
    beginObservation() {
        this.#observed = [];
    }
    observed(sample) {
        this.#note(sample);
        (this.#observed ??= []).push(sample);
    }
    get observation() {
        return this.#observed ?? [];
    }
    describe(now) {
        return `${this.#lead}${describe(this.#standing, now)}`;
    }
    #note(sample) {
        const before = this.#standing;
        this.#standing = after(before, sample);
        if (isNews(before, this.#standing))
            this.#narrator.say(this.#lead + news(this.#standing));
    }
}

;// CONCATENATED MODULE: ./src/gate/gate.js








class Gate {
    #inputs;
    #asking;
    #narrator;
    #watches;
    #openAfterMs;
    constructor(inputs, asking, log) {
        this.#inputs = inputs;
        this.#asking = asking;
        this.#narrator = new Narrator(log, asking.clock);
        const named = inputs.checks.length > 1;
        this.#watches = inputs.checks.map((check) => new Watch(check, this.#narrator, named));
    }
    async open(signal) {
        if (this.#watches.length === 0) {
            this.#narrator.say("no health check is given, so nobody asked the app");
            return;
        }
        await this.#unlessCancelled(signal, async () => {
            const afterMs = await openGate(...this.#parts(), signal);
            this.#openAfterMs = afterMs;
            const attempts = `${String(this.result.attempts)} attempts`;
            this.#narrator.say(`open after ${(0,duration/* formatDuration */.a)(afterMs)}, ${attempts}`);
        });
    }
    async observe(signal) {
        await this.#unlessCancelled(signal, () => observe(...this.#parts(), signal));
    }
    async look(samples, signal) {
        const [inputs, ...parts] = this.#parts();
        await this.#unlessCancelled(signal, () => takeSamples(inputs, samples, ...parts, signal));
    }
    get result() {
        return gateResult(this.#watches, this.#inputs, this.#openAfterMs);
    }
    #parts() {
        return [this.#inputs, this.#watches, this.#asking, this.#narrator];
    }
    async #unlessCancelled(signal, body) {
        try {
            await body();
        }
        catch (failure) {
            const [first] = this.#inputs.checks;
            const what = this.#watches.length === 1 ? (first?.name ?? "") : "the checks";
            throw signal.aborted ? gateCancelled(what, signal) : failure;
        }
    }
}

;// CONCATENATED MODULE: ./src/health-gate/watch.js




async function watch(inputs, timeline, platform) {
    const host = inputs.connection && (await platform.openHost(inputs.connection));
    const { clock, log } = platform;
    const { http, tcp } = await platform.reach();
    const gate = new Gate(inputs.gate, { ask: asker({ http, tcp, clock, host }), clock }, log);
    try {
        await pass(gate, host, inputs, timeline, platform);
        return { result: gate.result, error: undefined };
    }
    catch (failure) {
        return { result: gate.result, error: (0,errors/* asBelayError */._q)(failure) };
    }
    finally {
        await host?.close();
    }
}
async function pass(gate, host, { gate: wanted, samples }, timeline, { signal }) {
    if (host !== undefined && wanted.checks.some(gate_check/* needsServer */.h))
        await timeline.step("connect", () => host.connect());
    if (samples !== undefined) {
        await timeline.step("look", () => gate.look(samples, signal));
        return;
    }
    await timeline.step("gate", () => gate.open(signal));
    if (wanted.observeMs > 0)
        await timeline.step("observe", () => gate.observe(signal));
}


/***/ }),

/***/ 4777:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   W: () => (/* binding */ NoAnswer)
/* harmony export */ });
class NoAnswer extends Error {
    name = "NoAnswer";
    lasting;
    constructor(reason, options) {
        super(reason, { cause: options.cause });
        this.lasting = options.lasting ?? false;
    }
}


/***/ })

};
