export const id = 959;
export const ids = [959,225];
export const modules = {

/***/ 5225:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   checkTable: () => (/* binding */ checkTable)
/* harmony export */ });
/* harmony import */ var _kit_duration_js__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(1429);
/* harmony import */ var _kit_escape_markdown_js__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(8094);


const signs = {
    healthy: "✅ healthy",
    degraded: "⚠️ degraded",
    unhealthy: "❌ unhealthy",
};
function checkTable(checks) {
    const order = ["unhealthy", "degraded", "healthy"];
    const sorted = order.flatMap((status) => checks.filter((check) => check.status === status));
    return [
        "| Check | State | Attempts | Healthy after | p95 | Failed | Measured | Last reason |",
        "| --- | --- | ---: | ---: | ---: | ---: | ---: | --- |",
        ...sorted.map(row),
    ].join("\n");
}
function row(result) {
    const { check, status, attempts, timeToHealthyMs, latencyP95Ms, errorRate } = result;
    const cells = [
        (0,_kit_escape_markdown_js__WEBPACK_IMPORTED_MODULE_1__/* .escapeMarkdown */ .F)(check.name),
        signs[status],
        String(attempts),
        timeToHealthyMs === undefined ? "–" : (0,_kit_duration_js__WEBPACK_IMPORTED_MODULE_0__/* .formatDuration */ .a)(timeToHealthyMs),
        check.kind === "http" || check.kind === "tcp" ? (0,_kit_duration_js__WEBPACK_IMPORTED_MODULE_0__/* .formatDuration */ .a)(latencyP95Ms) : "–",
        `${String(Math.round(errorRate * 1000) / 10)} %`,
        (0,_kit_escape_markdown_js__WEBPACK_IMPORTED_MODULE_1__/* .escapeMarkdown */ .F)(result.measured) || "–",
        (0,_kit_escape_markdown_js__WEBPACK_IMPORTED_MODULE_1__/* .escapeMarkdown */ .F)(result.reason) || "–",
    ];
    return `| ${cells.join(" | ")} |`;
}


/***/ }),

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

/***/ 3611:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {


// EXPORTS
__webpack_require__.d(__webpack_exports__, {
  askHttp: () => (/* binding */ askHttp)
});

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
var limits = __webpack_require__(1210);
// EXTERNAL MODULE: ./src/gate/remedies.js
var remedies = __webpack_require__(190);
;// CONCATENATED MODULE: ./src/gate/judge.js






const bodyCharacters = 160;
const shownOf = 4096;
const dayMs = 86_400_000;
function judge(answer, check, now, hide = (text) => text) {
    const { status } = answer;
    const body = (0,excerpt/* excerpt */.K)(hide(answer.body.slice(0, shownOf)), bodyCharacters);
    if (!check.status.some(([low, high]) => status >= low && status <= high)) {
        const reason = statusText(status) + target(answer);
        return { state: "unhealthy", reason, body, remedy: (0,remedies/* statusRemedy */.X0)(status) };
    }
    const problem = bodyProblem(answer.body, check, hide);
    if (problem === undefined)
        return certificateVerdict(answer, check, now) ?? healthy;
    const reason = `${String(status)}, but ${problem}`;
    return { state: "unhealthy", reason, body, remedy: remedies/* textRemedy */.GR };
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
    const state = (0,limits/* judgeDownward */.s)(value, minDays);
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
    return { state: lasting ? "hopeless" : "unhealthy", reason, remedy: (0,remedies/* answerRemedy */.H0)(reason) };
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

/***/ 190:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   GR: () => (/* binding */ textRemedy),
/* harmony export */   H0: () => (/* binding */ answerRemedy),
/* harmony export */   X0: () => (/* binding */ statusRemedy)
/* harmony export */ });
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


/***/ }),

/***/ 7620:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   F9: () => (/* binding */ found),
/* harmony export */   Nh: () => (/* binding */ openAnswer),
/* harmony export */   Zk: () => (/* binding */ gravest),
/* harmony export */   b6: () => (/* binding */ textOf)
/* harmony export */ });
/* harmony import */ var _excerpt_js__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(8925);

const bodyCharacters = 160;
function found(state, reason, { said, remedy } = {}) {
    return {
        state,
        reason,
        ...(said === undefined ? {} : { body: (0,_excerpt_js__WEBPACK_IMPORTED_MODULE_0__/* .excerpt */ .K)(said, bodyCharacters) }),
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


/***/ }),

/***/ 3959:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {


// EXPORTS
__webpack_require__.d(__webpack_exports__, {
  operate: () => (/* binding */ operate),
  undoLeft: () => (/* binding */ undoLeft)
});

// EXTERNAL MODULE: external "node:crypto"
var external_node_crypto_ = __webpack_require__(7598);
// EXTERNAL MODULE: ./src/kit/timeline.js
var timeline = __webpack_require__(8462);
// EXTERNAL MODULE: ./src/ssh-deploy-with-backup/outcome.js + 1 modules
var outcome = __webpack_require__(7102);
// EXTERNAL MODULE: ./src/kit/errors.js
var errors = __webpack_require__(9858);
;// CONCATENATED MODULE: ./src/ssh-deploy-with-backup/undo.js


async function undo(operation, failure, gate, rules) {
    const error = (0,errors/* asBelayError */._q)(failure);
    const ending = await undo_close(operation, error, rules);
    if (ending.outcome === "confirmed")
        return confirmedAllTheSame(operation, gate);
    const told = { operation, error, ...gate.told };
    if (error.code === "superseded")
        return (0,outcome/* outcome */.b)("superseded", error.message, told);
    const status = (0,outcome/* statusAfter */.B)(ending, operation);
    const still = status === "rolled-back" ? await gatePrevious(gate, error) : undefined;
    if (still !== undefined)
        return (0,outcome/* outcome */.b)("rollback-failed", `${ending.text}, but it is not healthy: ${still.message}`, told);
    return (0,outcome/* outcome */.b)(status, verdict(status, ending, error), told);
}
async function undo_close(operation, error, rules) {
    try {
        if (error.code === "superseded")
            return await operation.abandon("superseded", error.message);
        if (!rules.rollbackOnFailure && operation.started("activate"))
            return await operation.abandon("failed", error.message);
        return await operation.undo(error.message);
    }
    catch (unreachable) {
        return {
            outcome: "unknown",
            text: `the server undoes by itself, because it could not be asked to: ${(0,errors/* asBelayError */._q)(unreachable).message}`,
        };
    }
}
async function gatePrevious(gate, error) {
    if (error.code === "cancelled")
        return undefined;
    try {
        await gate.openForAny("gate previous", new AbortController().signal);
        return undefined;
    }
    catch (unhealthy) {
        return (0,errors/* asBelayError */._q)(unhealthy);
    }
}
function confirmedAllTheSame(operation, gate) {
    return (0,outcome/* outcome */.b)("deployed", `${operation.look.release} serves`, {
        operation,
        ...gate.told,
    });
}
function verdict(status, ending, error) {
    const first = ending.text.startsWith(error.message) ? "" : `${error.message}; `;
    return `${first}${ending.text || status}`;
}

;// CONCATENATED MODULE: ./src/ssh-deploy-with-backup/adopt.js


async function adopt(fields, server, gate) {
    const operation = await server.begin("adopt", fields);
    try {
        await operation.run("adopt");
        await gate.open(operation.signal);
        await operation.confirm();
    }
    catch (failure) {
        return undo(operation, failure, gate, { rollbackOnFailure: true });
    }
    const verdict = `what runs is recorded as ${operation.look.release}`;
    return (0,outcome/* outcome */.b)("adopted", verdict, { operation, ...gate.told });
}

// EXTERNAL MODULE: ./src/kit/size.js
var size = __webpack_require__(4268);
;// CONCATENATED MODULE: ./src/ssh-deploy-with-backup/single-step.js


async function singleStep(operation, step, done, before = () => Promise.resolve()) {
    try {
        await before(operation);
        await operation.run(step);
        const result = await done(operation);
        await operation.confirm();
        return result;
    }
    catch (failure) {
        const error = (0,errors/* asBelayError */._q)(failure);
        await operation.undo(error.message).catch(() => undefined);
        return (0,outcome/* outcome */.b)("failed", error.message, { operation, error });
    }
}

;// CONCATENATED MODULE: ./src/ssh-deploy-with-backup/backup.js




async function backUp(fields, server, offSite) {
    return singleStep(await server.begin("backup", fields), "backup", async (operation) => {
        const nothing = operation.results.find(({ key }) => key === "nothing");
        if (nothing !== undefined)
            throw nothingToBackUp(nothing.values[0] ?? "");
        await offSite.send(operation);
        return (0,outcome/* outcome */.b)("backed-up", `backup ${describeBackup(operation)} was taken and is whole`, {
            operation,
        });
    });
}
function describeBackup({ results }) {
    const value = (key) => results.findLast((record) => record.key === key)?.values[0] ?? "";
    return `${value("backup-id")} (${(0,size/* formatSize */.X)(Number(value("backup-bytes")))})`;
}
function nothingToBackUp(text) {
    const remedy = "Give `database-url`, as the database is reached from the server.";
    return new errors/* BelayError */.oT("backup-failed", text || "there is nothing to back up", remedy);
}

// EXTERNAL MODULE: ./src/ssh-deploy-with-backup/content-inputs.js + 1 modules
var content_inputs = __webpack_require__(316);
;// CONCATENATED MODULE: ./src/ssh-deploy-with-backup/superseded.js

async function refuseOlder(origin, running, processes) {
    if (running === undefined)
        return;
    if (isSmaller(origin.runId, running.runId)) {
        throw superseded(`run ${running.runId}, which is newer than this run ${origin.runId}, has deployed ${running.id}`);
    }
    if (await isAncestor(origin, running.sha, processes)) {
        throw superseded(`${running.id} runs commit ${superseded_short(running.sha)}, which already contains ${superseded_short(origin.sha)}`);
    }
}
function isSmaller(one, other) {
    return /^\d+$/.test(one) && /^\d+$/.test(other) && BigInt(one) < BigInt(other);
}
async function isAncestor({ sha, workspace }, of, processes) {
    if (sha === of || !isCommit(sha) || !isCommit(of))
        return false;
    const git = ["git", "-c", `safe.directory=${workspace}`, "merge-base", "--is-ancestor", sha, of];
    try {
        return (await processes.run(git, { cwd: workspace })).code === 0;
    }
    catch {
        return false;
    }
}
function isCommit(text) {
    return /^[0-9a-f]{40,64}$/.test(text);
}
function superseded_short(sha) {
    return sha.slice(0, 7);
}
function superseded(message) {
    return new errors/* BelayError */.oT("superseded", message, "Nothing to do. To deploy the older state all the same: allow-older: true.");
}

;// CONCATENATED MODULE: ./src/ssh-deploy-with-backup/unconfirmed.js

async function settleUnconfirmed(operation, server, gate, force) {
    const id = operation.look.unconfirmed;
    if (id === undefined || force)
        return;
    try {
        await gate.openForAny("gate unconfirmed", operation.signal);
    }
    catch (failure) {
        operation.signal.throwIfAborted();
        throw new errors/* BelayError */.oT("gate-failed", `${id}, which the server had activated by itself when its runner vanished, is not healthy: ${(0,errors/* asBelayError */._q)(failure).message}`, "Roll back with `operation: rollback`, or deploy over it with `force: true`.", { cause: failure });
    }
    await server.settle(id);
}

;// CONCATENATED MODULE: ./src/ssh-deploy-with-backup/deploy.js




async function deploy(plan, server, gate, { processes, offSite }) {
    const operation = await server.begin("deploy", plan.fields);
    try {
        await settleUnconfirmed(operation, server, gate, plan.force);
        if (!plan.allowOlder)
            await refuseOlder(plan.origin, operation.look.previous, processes);
        if (isUnchanged(plan, operation))
            return await keepUnchanged(operation, gate);
        await operation.upload(plan.files);
        if (plan.pull !== undefined)
            await operation.pull(plan.pull);
        await operation.run("build", plan.build);
        await operation.run("backup", plan.backsUp ? undefined : "");
        await offSite.trySend(operation);
        await operation.run("before", plan.before);
        await operation.run("migrate", plan.migrate);
        await gate.measuring(operation.signal, async () => {
            await operation.run("activate");
            await gate.open(operation.signal);
        });
        await gate.observe(operation.signal);
        await operation.run("after", plan.after);
        await operation.confirm();
        return deployed(operation, gate);
    }
    catch (failure) {
        return undo(operation, failure, gate, plan);
    }
}
function isUnchanged(plan, operation) {
    return !plan.force && operation.look.previous?.digest === plan.digest;
}
async function keepUnchanged(operation, gate) {
    await gate.openForAny("gate", operation.signal);
    const running = operation.look.previous?.id ?? "";
    const verdict = `${running} has the same files, environment and lines: nothing to do`;
    await operation.abandon("unchanged", verdict);
    return (0,outcome/* outcome */.b)("unchanged", verdict, {
        operation,
        ...gate.told,
        outputs: { release: running },
    });
}
function deployed(operation, gate) {
    const { release, previous } = operation.look;
    return (0,outcome/* outcome */.b)("deployed", `${release} serves${previous === undefined ? "" : `, after ${previous.id}`}`, {
        operation,
        ...gate.told,
    });
}

;// CONCATENATED MODULE: ./src/ssh-deploy-with-backup/dry-run.js


async function dryRun(operation, fields, server, log) {
    const look = await server.check(operation, fields);
    const facts = [...planFacts(operation, fields, look), ...look.facts];
    for (const { name, value } of facts)
        log.info(`${name}: ${value}`);
    return (0,outcome/* outcome */.b)("planned", `${operation} is possible; nothing was changed`, {
        facts,
        outputs: {
            "previous-release": look.previous?.id ?? "",
            candidates: look.candidates.map(({ id }) => id).join("\n"),
        },
    });
}
async function planMigration(plan, server) {
    const operation = await server.begin("plan", plan.fields);
    try {
        await operation.upload(plan.files);
        if (plan.pull !== undefined)
            await operation.pull(plan.pull);
        await operation.run("build", plan.build);
        await operation.run("migrate-plan", plan.fields["migrate-plan"]);
        await operation.abandon("planned", "planned");
    }
    catch (failure) {
        const error = (0,errors/* asBelayError */._q)(failure);
        await operation.undo(error.message).catch(() => undefined);
        return (0,outcome/* outcome */.b)("failed", error.message, { operation, error });
    }
    const facts = planFacts("deploy", plan.fields, operation.look);
    return (0,outcome/* outcome */.b)("planned", "the plan stands above; nothing was changed", { operation, facts });
}
function planFacts(operation, fields, look) {
    if (operation !== "deploy")
        return [{ name: "running", value: look.previous?.id ?? "none" }];
    const steps = ["build", "before", "migrate", "restart", "after"].filter((name) => (fields[name] ?? "") !== "");
    const databases = Object.keys(fields).filter((name) => name.startsWith("databases/")).length;
    return [
        { name: "running", value: look.previous?.id ?? "none: this is the first deploy" },
        { name: "same as running", value: String(look.previous?.digest === fields["digest"]) },
        {
            name: "files",
            value: `${String((fields["files"] ?? "").split("\nf\t").length)} files, ${fields["upload-bytes"] ?? "0"} bytes`,
        },
        {
            name: "backup",
            value: databases === 0 ? "no database is given" : `${String(databases)} database(s)`,
        },
        { name: "lines", value: steps.join(", ") || "none" },
    ];
}

;// CONCATENATED MODULE: ./src/commands/shell.js
function quote(text) {
    return `'${text.replaceAll("'", `'\\''`)}'`;
}
function exportStatements(variables) {
    return variables.map(({ name, value }) => `export ${name}=${quote(value)}\n`).join("");
}

// EXTERNAL MODULE: ./src/gate/pattern.js
var pattern = __webpack_require__(4918);
// EXTERNAL MODULE: ./src/gate/server-checks/found.js
var found = __webpack_require__(7620);
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
    const opened = (0,found/* openAnswer */.Nh)(answer);
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
            return (0,found/* found */.F9)("hopeless", "docker is missing on the server", {
                remedy: "Install docker there, or leave out the checks that ask it.",
            });
        case "docker-denied":
            return (0,found/* found */.F9)("hopeless", "the deploy user may not ask docker", {
                remedy: "Run `sudo usermod -aG docker USER` on the server; it holds from the next login on.",
            });
        case "docker-down":
            return (0,found/* found */.F9)("unhealthy", "docker does not answer on the server", {
                remedy: "Look at `systemctl status docker` on the server.",
            });
        case "docker-unknown":
            return (0,found/* found */.F9)("unhealthy", "docker tells the state of a container in an unknown way", {
                remedy: "Use Docker 20.10 or newer on the server.",
            });
        case "gone":
            return (0,found/* found */.F9)("unhealthy", `docker knows no container: ${where}`, {
                remedy: "See that the name is spelled as in `docker ps --all`, and that it was started.",
            });
        case "stopped":
            return (0,found/* found */.F9)("unhealthy", `no container runs: ${where}`, {
                remedy: "Look at its last lines with `docker logs`.",
            });
        default:
            return undefined;
    }
}
function notRun({ bytes }, { place }) {
    const said = (0,found/* textOf */.b6)(bytes);
    if (place === undefined)
        return (0,found/* found */.F9)("unhealthy", "the server did not run the check", { said });
    const remedy = "A container without a shell can only be asked from outside: leave out `in`.";
    return (0,found/* found */.F9)("unhealthy", `docker could not run sh: ${placeName(place)}`, { said, remedy });
}
function missingProgram(program, packageName, { place }) {
    return place === undefined
        ? (0,found/* found */.F9)("hopeless", `${program} is missing on the server`, {
            remedy: `Run \`apt-get install ${packageName}\` there, or name the container that has it with \`in\`.`,
        })
        : (0,found/* found */.F9)("hopeless", `${program} is missing: ${placeName(place)}`, {
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
    const output = (0,found/* textOf */.b6)(ran.output);
    if (answer.code !== check.exitCode)
        return (0,found/* found */.F9)("unhealthy", exitReason(check, answer), { said: output });
    if (check.matches === undefined)
        return (0,found/* found */.F9)("healthy", exitText(answer.code));
    switch ((0,pattern/* matches */.cK)(check.matches, output)) {
        case true:
            return (0,found/* found */.F9)("healthy", "the output matches");
        case false:
            return (0,found/* found */.F9)("unhealthy", "the output does not match the pattern", { said: output });
        case undefined:
            return (0,found/* found */.F9)("unhealthy", "the pattern takes too long on this output", {
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
    const lines = (0,found/* textOf */.b6)(ran.output).split("\n");
    const states = lines.slice(0, -1).map(parseContainer);
    if (lines.at(-1) !== "" || states.length === 0 || !states.every((state) => state !== undefined))
        return { found: undefined, memory };
    const before = remember(states, memory);
    const judged = states
        .filter((state) => !isReplaced(state, states))
        .map((state) => judge(state, before.get(state.id), check));
    return { found: (0,found/* gravest */.Zk)(judged), memory: before };
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
function judge(state, before, check) {
    const restarts = state.restarts - (before?.restarts ?? 0);
    if (restarts > check.maxRestarts)
        return restarted(state, check);
    switch (state.status) {
        case "running":
            return judgeRunning(state, before);
        case "restarting":
            return (0,found/* found */.F9)("unhealthy", `${state.name} is restarting, ${exitOf(state)}`);
        case "created":
            if (state.error === "")
                return (0,found/* found */.F9)("unhealthy", `${state.name} was not started so far`);
            return (0,found/* found */.F9)("hopeless", `${state.name} could not be started`, errorOf(state));
        case "exited":
        case "dead":
            return (0,found/* found */.F9)("hopeless", `${state.name} ${endOf(state)}`, errorOf(state));
        default:
            return (0,found/* found */.F9)("unhealthy", `${state.name} is ${state.status}`);
    }
}
function restarted(state, { maxRestarts }) {
    const often = maxRestarts === 0 ? "" : ` more than ${String(maxRestarts)} times`;
    const why = state.status === "running" ? "" : `, ${exitOf(state)}`;
    return (0,found/* found */.F9)("hopeless", `${state.name} restarted${often} since the gate began${why}`);
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
        return (0,found/* found */.F9)("hopeless", `a process in ${name} was killed for want of memory (OOM)`);
    if (health === "starting")
        return (0,found/* found */.F9)("unhealthy", `${name}: docker's health check is starting`);
    if (health === "unhealthy")
        return (0,found/* found */.F9)("unhealthy", `${name} is unhealthy by docker's health check`, { said });
    if (state.killedForMemory)
        return (0,found/* found */.F9)("degraded", `a process in ${name} was killed for want of memory before the gate`);
    return (0,found/* found */.F9)("healthy", health === "healthy" ? `${name} is healthy` : `${name} is running`);
}

// EXTERNAL MODULE: ./src/gate/limits.js
var gate_limits = __webpack_require__(1210);
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
    const output = (0,found/* textOf */.b6)(ran.output);
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
        ? (0,found/* found */.F9)("healthy", "accepts connections")
        : readConnections(counted, check, check.connections);
}
function notReady(code, said) {
    switch (code) {
        case 1:
            return (0,found/* found */.F9)("unhealthy", "PostgreSQL starts up or shuts down, and rejects connections");
        case 2:
            return (0,found/* found */.F9)("unhealthy", "PostgreSQL does not answer at this address");
        default:
            return (0,found/* found */.F9)("unhealthy", `pg_isready ended with exit code ${String(code)}`, { said });
    }
}
function readConnections(output, { address }, limits) {
    const counted = /^([^]*?)^counted (\d+)\n$/m.exec(output);
    if (counted === null)
        return undefined;
    const [, said = "", code] = counted;
    if (code !== "0") {
        return (0,found/* found */.F9)("unhealthy", "PostgreSQL accepts connections, but psql failed", {
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
    const output = (0,found/* textOf */.b6)(ran.output).replaceAll("\r\n", "\n");
    if (output === "missing redis-cli\n")
        return missingProgram("redis-cli", "redis-tools", check);
    if (output === "")
        return undefined;
    if (!output.startsWith("PONG\n"))
        return (0,found/* found */.F9)("unhealthy", "Redis does not answer PING", words(check, output));
    if (check.memory === undefined)
        return (0,found/* found */.F9)("healthy", "answers PING");
    const used = /^used_memory:(\d{1,15})$/m.exec(output)?.[1];
    if (used === undefined)
        return (0,found/* found */.F9)("unhealthy", "Redis does not tell its memory", words(check, output.slice(5)));
    return measured(Number(used), { what: "memory in use", unit: "B" }, check.memory);
}
function words({ address }, output) {
    return { said: withoutPassword(output, address.password) };
}

;// CONCATENATED MODULE: ./src/gate/server-checks/recorded.js






function recordedChecks(checks) {
    const asked = checks.flatMap((check) => {
        const one = recorded(check);
        if (one === undefined)
            return [];
        return [`ask ${seconds(check.attemptTimeoutMs)} ${quote(one.text)}\n${one.judge} || exit 1\n`];
    });
    return asked.length === 0 ? "" : `{\n${preamble}${asked.join("")}exit 0\n}\n`;
}
function recorded(check) {
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
function withoutLimit(check) {
    return { ...check, connections: undefined, memory: undefined };
}
function commandJudge({ exitCode, matches }) {
    const ended = `case $answer in ran*"\nbelay-code ${String(exitCode)}") ;; *) false ;; esac`;
    const text = matches && plainText(matches);
    if (text === undefined)
        return ended;
    return `{ ${ended}; } && printf '%s\\n' "$answer" | grep -qF -e ${quote(text)}`;
}
function plainText({ source, ignoreCase }) {
    return !ignoreCase && /^[\w ,:;@#%&=~<>"'!-]+$/.test(source) ? source : undefined;
}
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

// EXTERNAL MODULE: ./src/kit/duration.js
var duration = __webpack_require__(1429);
// EXTERNAL MODULE: ./src/ssh-deploy-with-backup/backup-inputs.js + 1 modules
var backup_inputs = __webpack_require__(3236);
;// CONCATENATED MODULE: ./src/ssh-deploy-with-backup/digest.js

function digestOf(content) {
    const { files, env, shell, build, restart, before, migrate, after, onRecovery } = content;
    const parts = [
        files,
        env,
        shell,
        build,
        restart,
        before,
        migrate,
        after,
        onRecovery,
        ...content.sharedPaths,
        ...content.stack,
    ];
    return (0,external_node_crypto_.createHash)("sha256").update(JSON.stringify(parts)).digest("hex");
}

// EXTERNAL MODULE: ./src/ssh-deploy-with-backup/inputs.js + 2 modules
var ssh_deploy_with_backup_inputs = __webpack_require__(7942);
;// CONCATENATED MODULE: ./src/ssh-deploy-with-backup/manifest.js
function manifestText(manifest) {
    return manifest.map((entry) => `${line(entry)}\n`).join("");
}
function sortManifest(entries) {
    const keyed = entries.map((entry) => ({ entry, key: Buffer.from(entry.path) }));
    return keyed.sort((a, b) => Buffer.compare(a.key, b.key)).map(({ entry }) => entry);
}
function line({ type, mode, size, sha256, path, target }) {
    const fields = [type, mode.toString(8), String(size), sha256, path];
    return [...fields, ...(target === undefined ? [] : [target])].join("\t");
}

// EXTERNAL MODULE: ./src/ssh-deploy-with-backup/release-inputs.js + 1 modules
var release_inputs = __webpack_require__(543);
// EXTERNAL MODULE: ./src/ssh-deploy-with-backup/restore-inputs.js
var restore_inputs = __webpack_require__(2613);
;// CONCATENATED MODULE: ./src/ssh-deploy-with-backup/plan.js









function deployFields(inputs, run, manifest) {
    const { release, backup } = inputs;
    const files = manifestText(manifest);
    const env = exportStatements(release.env);
    return {
        ...originFields(run),
        ...hookFields(inputs),
        ...contentFields(inputs),
        ...composeFields(inputs),
        strategy: release.strategy,
        source: release.source,
        files,
        env,
        digest: digestOf({ ...release, files, env, stack: Object.values(composeFields(inputs)) }),
        "shared-paths": lines(release.sharedPaths),
        "health-url": inputs.health.url ?? "",
        "health-expect": inputs.health.expect ?? "",
        "health-checks": recordedChecks(inputs.health.checks),
        "health-timeout": plan_seconds(inputs.health.timeoutMs),
        migrations: release.migrations,
        "migrations-table": lines(release.migrationsTables),
        "backup-dir": backup.dir,
        "backup-label": backup.label || "deploy",
        "backup-keep": keepText(backup.keep),
        "backup-keep-files": String(backup.keepFiles),
        "backup-verify": backup.verify,
        "backup-compression": backup.compression,
        "backup-upload": backup.uploadPlace,
        stop: inputs.restore.stop,
        "keep-old-database": plan_seconds(inputs.restore.keepOldMs),
        "rollback-database": inputs.restore.afterFailure,
        "keep-releases": String(release.keepReleases),
        "confirm-timeout": plan_seconds(inputs.confirmTimeoutMs),
        "lock-timeout": plan_seconds(inputs.lockTimeoutMs),
        "rollback-on-failure": String(inputs.rollbackOnFailure),
        "upload-bytes": String(manifest.reduce((sum, { size }) => sum + size, 0)),
    };
}
function adoptFields(inputs, run) {
    return { ...deployFields(inputs, run, []), sha: "", ref: "", digest: "" };
}
function otherFields(inputs, run) {
    const { backup, rollback, release, command } = inputs;
    return given({
        ...originFields(run),
        ...contentFields(inputs),
        "health-url": inputs.health.url ?? "",
        "health-expect": inputs.health.expect ?? "",
        "health-checks": recordedChecks(inputs.health.checks),
        "migrations-table": lines(release.migrationsTables),
        "backup-dir": backup.dir,
        "backup-label": backup.label || ownLabel(inputs),
        "backup-keep": unlessDefault(keepText(backup.keep), keepText(backup_inputs/* defaultKeep */.d5)),
        "backup-keep-files": unlessDefault(String(backup.keepFiles), String(backup_inputs/* defaultKeepFiles */.oW)),
        "backup-verify": unlessDefault(backup.verify, "read"),
        "backup-compression": unlessDefault(backup.compression, "auto"),
        "keep-releases": unlessDefault(String(release.keepReleases), String(release_inputs/* defaultKeepReleases */.H)),
        "confirm-timeout": unlessDefault(plan_seconds(inputs.confirmTimeoutMs), plan_seconds((0,duration/* parseDuration */.E)(ssh_deploy_with_backup_inputs/* timeDefaults */.Q.confirm) ?? 0)),
        "lock-timeout": unlessDefault(plan_seconds(inputs.lockTimeoutMs), plan_seconds((0,duration/* parseDuration */.E)(ssh_deploy_with_backup_inputs/* timeDefaults */.Q.lock) ?? 0)),
        release: rollback.release,
        "across-migrations": String(rollback.acrossMigrations),
        "rollback-env": rollback.env,
        "backup-upload": backup.uploadPlace,
        backup: backup.backup,
        command: command.lines,
        service: command.service,
        fetch: backup.source === undefined ? "" : "true",
        ...restoreFields(inputs),
    });
}
function originFields(run) {
    return {
        sha: run.sha,
        ref: run.ref,
        actor: run.actor,
        "run-url": run.url,
        "run-id": run.id,
        repository: run.repository,
    };
}
function hookFields({ release }) {
    const { shell, build, restart, before, migrate, after, onRecovery, migratePlan } = release;
    return {
        shell,
        build,
        restart,
        before,
        migrate,
        after,
        "on-recovery": onRecovery,
        "migrate-plan": migratePlan,
    };
}
function composeFields({ release: { strategy, compose } }) {
    if (strategy !== "compose")
        return {};
    return {
        "compose-files": lines(compose.files),
        project: compose.project,
        services: lines(compose.services),
        images: lines(compose.images),
        rollout: compose.rollout,
        proxy: compose.proxy,
        "proxy-lines": compose.proxyLines,
        switch: compose.switch,
        drain: plan_seconds(compose.drainMs),
        "make-room": lines(compose.makeRoom),
        reload: lines(compose.reload),
    };
}
function contentFields({ backup, restore }) {
    const { databases, redis, mediaPath, configPaths } = backup.contents;
    const stores = databases.map((store, index) => storeFields(`databases/${String(index + 1)}`, store));
    return {
        ...Object.fromEntries(stores.flatMap((store) => Object.entries(store))),
        ...(redis && storeFields("redis", redis)),
        ...(restore.pooler && { "pgbouncer/env": exportStatements(restore.pooler.variables) }),
        "media-path": mediaPath,
        "config-paths": lines(configPaths),
    };
}
function storeFields(folder, { variables, service }) {
    return {
        [`${folder}/env`]: exportStatements(variables),
        ...(service !== "" && { [`${folder}/service`]: service }),
    };
}
function restoreFields({ operation, restore }) {
    if (operation !== "restore")
        return {};
    return {
        contents: lines(restore.contents),
        stop: restore.stop,
        "keep-old-database": unlessDefault(plan_seconds(restore.keepOldMs), plan_seconds((0,duration/* parseDuration */.E)(restore_inputs/* defaultKeepOld */.sN) ?? 0)),
    };
}
function ownLabel({ operation }) {
    if (operation === "backup")
        return "manual";
    return operation === "restore" ? "safety" : "deploy";
}
function given(fields) {
    return Object.fromEntries(Object.entries(fields).filter(([, text]) => text !== ""));
}
function unlessDefault(value, fallback) {
    return value === fallback ? "" : value;
}
function keepText(keep) {
    return lines(Array.from(keep, ([label, count]) => `${label}=${String(count)}`));
}
function lines(items) {
    return items.map((item) => `${item}\n`).join("");
}
function plan_seconds(ms) {
    return String(Math.ceil(ms / 1000));
}

;// CONCATENATED MODULE: ./src/ssh-deploy-with-backup/restore.js



async function restore(fields, server, ownGate, { clock, offSite, safetyBackup }) {
    const start = clock.monotonic();
    const operation = await server.begin("restore", fields);
    const gate = ownGate.orRecorded(operation.look.recordedHealth);
    try {
        await operation.run("backup", safetyBackup ? undefined : "");
        await offSite.fetch(operation);
        await operation.run("load");
        await gate.measuring(operation.signal, async () => {
            await operation.run("stop");
            await operation.run("swap");
            await operation.run("start");
            if (operation.look.previous !== undefined)
                await gate.open(operation.signal);
        });
        await gate.observe(operation.signal);
        await operation.confirm();
    }
    catch (failure) {
        const undone = await undo(operation, failure, gate, { rollbackOnFailure: true });
        return undone.status === "rolled-back" ? { ...undone, status: "failed" } : undone;
    }
    const took = (0,duration/* formatDuration */.a)(clock.monotonic() - start);
    return (0,outcome/* outcome */.b)("restored", `backup ${operation.look.backup} was restored in ${took}`, {
        operation,
        ...gate.told,
        facts: [{ name: "recovery time", value: took }, ...gate.told.facts],
    });
}

;// CONCATENATED MODULE: ./src/ssh-deploy-with-backup/rollback.js


async function rollback(fields, server, ownGate) {
    const operation = await server.begin("rollback", fields);
    const gate = ownGate.orRecorded(operation.look.recordedHealth);
    try {
        await gate.measuring(operation.signal, async () => {
            await operation.run("activate");
            await gate.open(operation.signal);
        });
        await gate.observe(operation.signal);
        await operation.confirm();
    }
    catch (failure) {
        const undone = await undo(operation, failure, gate, { rollbackOnFailure: true });
        return undone.status === "rolled-back" ? { ...undone, status: "failed" } : undone;
    }
    const { release, previous } = operation.look;
    return (0,outcome/* outcome */.b)("rolled-back", `${release} serves again, instead of ${previous?.id ?? "nothing"}`, {
        operation,
        ...gate.told,
    });
}

;// CONCATENATED MODULE: ./src/ssh-deploy-with-backup/run-command.js


async function runCommand(fields, server) {
    const operation = await server.begin("run", fields);
    const release = operation.look.previous?.id ?? "";
    const result = await singleStep(operation, "run", () => (0,outcome/* outcome */.b)("ran", `the command has ended well in ${release}`, { operation }));
    const code = operation.results.findLast(({ key }) => key === "code")?.values[0] ?? "";
    return { ...result, outputs: { ...result.outputs, release, "exit-code": code } };
}

;// CONCATENATED MODULE: ./src/ssh-deploy-with-backup/off-site-tools.js

async function offSite({ upload, source, backup }, http, log) {
    const nothing = () => Promise.resolve();
    if (upload === undefined && source === undefined)
        return { send: nothing, trySend: nothing, fetch: nothing };
    const [{ Bucket }, { sendOffSite, fetchBack }] = await Promise.all([
        __webpack_require__.e(/* import() */ 531).then(__webpack_require__.bind(__webpack_require__, 8531)),
        __webpack_require__.e(/* import() */ 670).then(__webpack_require__.bind(__webpack_require__, 6670)),
    ]);
    const send = upload === undefined
        ? nothing
        : (operation) => sendOffSite(operation, new Bucket(upload, http), log);
    return {
        send,
        trySend: async (operation) => {
            try {
                await send(operation);
            }
            catch (failure) {
                operation.signal.throwIfAborted();
                const { message, remedy } = (0,errors/* asBelayError */._q)(failure);
                log.warning(`The backup was not uploaded: ${message}. ${remedy}`);
            }
        },
        fetch: source === undefined
            ? nothing
            : (operation) => fetchBack(operation, new Bucket(source, http), backup),
    };
}

;// CONCATENATED MODULE: ./src/server/look.js

function readLook(records) {
    const first = (key) => records.find((record) => record.key === key)?.values[0] ?? "";
    const all = (key) => records.filter((record) => record.key === key);
    return {
        findings: readFindings(records),
        facts: all("fact").map(({ values: [name = "", value = ""] }) => ({ name, value })),
        previous: first("previous") === ""
            ? undefined
            : {
                id: first("previous"),
                sha: first("previous-sha"),
                runId: first("previous-run"),
                digest: first("previous-digest"),
            },
        unconfirmed: first("unconfirmed") || undefined,
        candidates: all("candidate").map(({ values: [id = "", sha = "", confirmedAt = ""] }) => ({
            id,
            sha,
            confirmedAt,
        })),
        release: first("begun"),
        backup: first("source"),
        recordedHealth: { url: first("health-url"), expect: first("health-expect") },
    };
}
function readFindings(records) {
    return records
        .filter(({ key }) => key === "finding")
        .map(({ values: [severity = "", code = "", message = "", remedy = ""] }) => ({
        severity: severity === "warning" ? "warning" : "error",
        error: new errors/* BelayError */.oT(knownCode(code), message, remedy),
    }));
}
function look_errorOf(findings) {
    const [first, ...also] = findings
        .filter(({ severity }) => severity === "error")
        .map(({ error }) => error);
    return first && new errors/* BelayError */.oT(first.code, first.message, first.remedy, { also });
}
function knownCode(code) {
    return errors/* errorCodes */.fv.find((known) => known === code) ?? "config";
}

;// CONCATENATED MODULE: ./src/ssh-deploy-with-backup/status.js



async function status_status(server, log) {
    const records = await server.status();
    const facts = statusFacts(records);
    const widest = Math.max(0, ...facts.map(({ name }) => name.length));
    for (const { name, value } of facts)
        log.info(`${name.padEnd(widest)}  ${value}`);
    for (const { error } of readFindings(records))
        log.warning(`${error.message}. ${error.remedy}`);
    const current = value(records, "current");
    return (0,outcome/* outcome */.b)("ok", current === "" ? "no release serves yet" : `${current} serves`, {
        facts,
        outputs: {
            release: current,
            candidates: status_all(records, "candidate")
                .map(({ values }) => values[0] ?? "")
                .join("\n"),
        },
    });
}
function statusFacts(records) {
    return [
        { name: "current", value: value(records, "current") || "none" },
        ...status_all(records, "phase").map(({ values }) => ({
            name: "at work",
            value: sentence(values) || "nobody",
        })),
        ...status_all(records, "hold").map(({ values }) => ({ name: "held", value: values[0] ?? "" })),
        ...status_all(records, "unconfirmed").map(({ values }) => ({
            name: "unconfirmed",
            value: values[0] ?? "",
        })),
        ...status_all(records, "release").map(({ values }) => ({ name: "release", value: sentence(values) })),
        ...status_all(records, "backup").map(({ values: [id = "", , bytes = "0", before = "-"] }) => ({
            name: "backup",
            value: `${id}, ${(0,size/* formatSize */.X)(Number(bytes))}${before === "-" ? "" : `, before ${before}`}`,
        })),
        ...status_all(records, "fact").map(({ values: [name = "", text = ""] }) => ({ name, value: text })),
    ];
}
function status_all(records, key) {
    return records.filter((record) => record.key === key);
}
function value(records, key) {
    const [first = ""] = status_all(records, key)[0]?.values ?? [];
    return first === "none" ? "" : first;
}
function sentence(values) {
    return values.filter((part) => part !== "" && part !== "none").join(", ");
}

// EXTERNAL MODULE: external "node:fs"
var external_node_fs_ = __webpack_require__(3024);
// EXTERNAL MODULE: external "node:path"
var external_node_path_ = __webpack_require__(6760);
;// CONCATENATED MODULE: ./src/commands/tar.js
const block = 512;
const shortName = 100;
function tarHeader(member) {
    const name = Buffer.from(member.name);
    const header = fileHeader(name.subarray(0, shortName), member);
    return name.length <= shortName ? header : Buffer.concat([longName(name), header]);
}
function tarPadding(size) {
    return Buffer.alloc((block - (size % block)) % block);
}
const tarEnd = Buffer.alloc(2 * block);
function tarOf(files) {
    const parts = Array.from(files, ([name, text]) => {
        const bytes = Buffer.from(text);
        return Buffer.concat([
            tarHeader({ name, mode: 0o600, size: bytes.length }),
            bytes,
            tarPadding(bytes.length),
        ]);
    });
    return Buffer.concat([...parts, tarEnd]);
}
function longName(name) {
    const size = name.length + 1;
    const header = fileHeader(Buffer.from("././@LongLink"), { mode: 0o644, size }, "L");
    return Buffer.concat([header, name, Buffer.alloc(1), tarPadding(size)]);
}
function fileHeader(name, member, type = "0") {
    const header = Buffer.alloc(block);
    header.set(name, 0);
    header.write(octal(member.mode, 7), 100);
    header.write(octal(0, 7), 108);
    header.write(octal(0, 7), 116);
    header.set(sizeField(member.size), 124);
    header.write(octal(member.modified ?? 0, 11), 136);
    header.write(type, 156);
    header.write("ustar  ", 257);
    header.write(`${octal(checksum(header), 6)}\0 `, 148);
    return header;
}
function sizeField(size) {
    if (size < 8 ** 11)
        return Buffer.from(octal(size, 11));
    const field = Buffer.alloc(12);
    field.writeBigUInt64BE(BigInt(size), 4);
    field[0] = 0x80;
    return field;
}
function octal(value, digits) {
    return Math.max(0, Math.floor(value)).toString(8).padStart(digits, "0");
}
function checksum(header) {
    let sum = 8 * 0x20;
    for (const byte of header)
        sum += byte;
    return sum;
}

;// CONCATENATED MODULE: ./src/ssh-deploy-with-backup/blocks.js

const blockBytes = 256 * 1024;
class Blocks {
    #block = Buffer.allocUnsafe(blockBytes);
    #used = 0;
    *add(bytes) {
        for (let rest = bytes; rest.length > 0;) {
            const piece = rest.subarray(0, blockBytes - this.#used);
            this.#block.set(piece, this.#used);
            this.#used += piece.length;
            rest = rest.subarray(piece.length);
            yield* this.whole();
        }
    }
    readFrom(descriptor, bytes) {
        const read = (0,external_node_fs_.readSync)(descriptor, this.#block, this.#used, Math.min(bytes, blockBytes - this.#used), null);
        this.#used += read;
        return read;
    }
    *whole() {
        if (this.#used === blockBytes)
            yield* this.rest();
    }
    *rest() {
        if (this.#used === 0)
            return;
        const block = this.#block.subarray(0, this.#used);
        this.#used = 0;
        yield block;
    }
}

;// CONCATENATED MODULE: ./src/ssh-deploy-with-backup/upload.js





function filesToUpload(folder, manifest) {
    return {
        tar: (need) => archive(folder, needed(manifest, need)),
        bytes: (need) => needed(manifest, need).reduce((sum, { size }) => sum + size, 0),
        paths: (need) => needed(manifest, need).map(({ path }) => path),
    };
}
function needed(manifest, need) {
    const entries = need === "all" ? manifest : need.map((line) => manifest[line - 1]);
    return entries.filter((entry) => entry !== undefined).filter(({ type }) => type === "f");
}
function* archive(folder, entries) {
    const blocks = new Blocks();
    for (const entry of entries) {
        yield* blocks.add(tarHeader({ name: entry.path, mode: entry.mode, size: entry.size }));
        if (entry.size > 0)
            yield* content((0,external_node_path_.join)(folder, entry.path), entry, blocks);
        yield* blocks.add(tarPadding(entry.size));
    }
    yield* blocks.add(tarEnd);
    yield* blocks.rest();
}
function* content(file, entry, blocks) {
    const descriptor = opened(file, entry);
    try {
        for (let left = entry.size; left > 0;) {
            const read = blocks.readFrom(descriptor, left);
            if (read === 0)
                throw changed(entry);
            left -= read;
            yield* blocks.whole();
        }
    }
    finally {
        (0,external_node_fs_.closeSync)(descriptor);
    }
}
function opened(file, entry) {
    try {
        return (0,external_node_fs_.openSync)(file, "r");
    }
    catch (cause) {
        throw changed(entry, cause);
    }
}
function changed(entry, cause) {
    return new errors/* BelayError */.oT("config", `${entry.path} was changed or removed while it was uploaded`, "Let nothing write to the files while they are uploaded, or leave it out with a `!` line in `files`.", { cause });
}

;// CONCATENATED MODULE: ./src/ssh-deploy-with-backup/verify-backup.js



async function verifyBackup(fields, server, offSite) {
    return singleStep(await server.begin("verify-backup", fields), "verify-backup", (operation) => {
        const isRestored = operation.results.some(({ key }) => key === "drilled");
        const how = isRestored ? "was restored on trial, and is whole" : "reads back whole";
        return (0,outcome/* outcome */.b)("verified", `backup ${describeBackup(operation)} ${how}`, { operation });
    }, (operation) => offSite.fetch(operation));
}

// EXTERNAL MODULE: external "node:fs/promises"
var promises_ = __webpack_require__(1455);
;// CONCATENATED MODULE: ./src/ssh-deploy-with-backup/outside-links.js

const longestChain = 200;
function outsideLinks(entries) {
    const links = new Map(entries.filter(({ type }) => type === "l").map((entry) => [entry.path, entry]));
    return [...links.values()].filter((link) => leavesRelease(link, links));
}
function leavesRelease(link, links) {
    const at = external_node_path_.posix.dirname(link.path).split("/").filter(isName);
    let ahead = partsOf(link);
    for (let steps = 0; ahead !== undefined && steps < longestChain; steps += 1) {
        const [part, ...rest] = ahead;
        if (part === undefined)
            return false;
        ahead = rest;
        if (part === ".." && at.pop() === undefined)
            return true;
        if (!isName(part))
            continue;
        at.push(part);
        const next = links.get(at.join("/"));
        if (next === undefined)
            continue;
        at.pop();
        const parts = partsOf(next);
        ahead = parts && [...parts, ...rest];
    }
    return ahead === undefined;
}
function partsOf(link) {
    const target = link.target ?? "";
    return target.startsWith("/") ? undefined : target.split("/");
}
function isName(part) {
    return part !== "" && part !== "." && part !== "..";
}

// EXTERNAL MODULE: ./node_modules/picomatch/index.js
var picomatch = __webpack_require__(4006);
;// CONCATENATED MODULE: ./src/ssh-deploy-with-backup/selection.js

function selectFiles(lines) {
    const given = lines.map(compile);
    const first = given[0]?.wanted === true ? [] : [compile("**")];
    const git = lines.some((line) => /^(\.\/)?\.git(\/|$)/.test(line))
        ? []
        : [compile("!.git"), compile("!**/.git")];
    const patterns = [...first, ...given, ...git];
    const deciding = (path) => {
        const parents = withParents(path);
        return patterns.findLastIndex(({ matches }) => parents.some(matches));
    };
    return {
        includes: (path) => patterns[deciding(path)]?.wanted === true,
        mayInclude: (path) => {
            const at = deciding(path);
            const wanted = patterns[at]?.wanted === true;
            return (wanted ||
                patterns.slice(at + 1).some((pattern) => pattern.wanted && reaches(pattern.base, path)));
        },
    };
}
function compile(line) {
    const wanted = !line.startsWith("!");
    const glob = (wanted ? line : line.slice(1)).replace(/^(\.\/)+/, "").replace(/\/+$/, "");
    const text = glob === "" || glob === "." ? "**" : glob;
    const match = picomatch(text, { dot: true, flags: "s" });
    return { wanted, base: picomatch.scan(text).base, matches: (path) => match(path) };
}
function withParents(path) {
    const parts = path.split("/");
    return parts.map((_, index) => parts.slice(0, index + 1).join("/"));
}
function reaches(base, path) {
    return base === "" || base === path || base.startsWith(`${path}/`) || path.startsWith(`${base}/`);
}

;// CONCATENATED MODULE: ./src/ssh-deploy-with-backup/workspace.js








const readers = 8;
const namedAtMost = 5;
async function readWorkspace(folder, patterns) {
    const found = { entries: [], files: [], problems: [] };
    await walk(folder, "", selectFiles(patterns), found);
    for (const link of outsideLinks(found.entries)) {
        found.problems.push({
            what: "links that lead outside the release",
            path: `${link.path} -> ${link.target ?? ""}`,
        });
    }
    refuse(found.problems);
    const files = await readFiles(folder, found);
    refuse(found.problems);
    const manifest = sortManifest([...found.entries, ...files]);
    if (manifest.every(({ type }) => type === "d"))
        throw nothingFound(folder);
    return manifest;
}
async function walk(folder, path, selection, found) {
    let any = false;
    for (const name of (await (0,promises_.readdir)((0,external_node_path_.join)(folder, path))).sort()) {
        const child = path === "" ? name : `${path}/${name}`;
        const stats = await (0,promises_.lstat)((0,external_node_path_.join)(folder, child)).catch(() => undefined);
        if (stats?.isDirectory() === true)
            any = (await walkFolder(folder, child, stats, selection, found)) || any;
        else if (selection.includes(child)) {
            any = true;
            await note(folder, child, stats, found);
        }
    }
    return any;
}
async function walkFolder(folder, path, stats, selection, found) {
    if (!selection.mayInclude(path))
        return false;
    const holds = await walk(folder, path, selection, found);
    if (!holds && !selection.includes(path))
        return false;
    noteName(path, found);
    found.entries.push({ type: "d", mode: stats.mode & 0o777, size: 0, sha256: "-", path });
    return true;
}
async function note(folder, path, stats, found) {
    noteName(path, found);
    if (stats === undefined)
        found.problems.push({ what: "names that are not UTF-8", path });
    else if (stats.isSymbolicLink())
        await noteLink(folder, path, found);
    else if (stats.isFile())
        found.files.push({ path, mode: stats.mode & 0o777, size: stats.size });
    else
        found.problems.push({ what: "sockets, pipes or devices", path });
}
async function noteLink(folder, path, found) {
    const target = await (0,promises_.readlink)((0,external_node_path_.join)(folder, path));
    if (/[\t\r\n]/.test(target))
        found.problems.push({ what: "names with a tab or line end", path: `${path} -> ${target}` });
    found.entries.push({ type: "l", mode: 0o777, size: 0, sha256: "-", path, target });
}
function noteName(path, found) {
    if (/[\t\r\n]/.test(path))
        found.problems.push({ what: "names with a tab or line end", path });
}
async function readFiles(folder, found) {
    const entries = [];
    const queue = found.files.values();
    const read = async () => {
        for (const { path, mode, size } of queue) {
            const sha256 = await hashFile((0,external_node_path_.join)(folder, path)).catch(() => undefined);
            if (sha256 === undefined)
                found.problems.push({ what: "files that cannot be read", path });
            else
                entries.push({ type: "f", mode, size, sha256, path });
        }
    };
    await Promise.all(Array.from({ length: readers }, read));
    return entries;
}
async function hashFile(file) {
    const hash = (0,external_node_crypto_.createHash)("sha256");
    for await (const chunk of (0,external_node_fs_.createReadStream)(file))
        hash.update(chunk);
    return hash.digest("hex");
}
function refuse(problems) {
    const kinds = Map.groupBy(problems, ({ what }) => what);
    const [first, ...also] = Array.from(kinds, ([what, list]) => refusal(what, list));
    if (first !== undefined)
        throw new errors/* BelayError */.oT("config", first.message, first.remedy, { also });
}
function refusal(what, list) {
    const named = list.slice(0, namedAtMost).map(({ path }) => JSON.stringify(path));
    const more = list.length > namedAtMost ? ` and ${String(list.length - namedAtMost)} more` : "";
    return new errors/* BelayError */.oT("config", `files: a release cannot hold ${what}: ${named.join(", ")}${more}`, "Leave them out with a `!` line in `files`, or mend them in a step before the deploy.");
}
function nothingFound(folder) {
    return new errors/* BelayError */.oT("config", `files: nothing in ${folder} matches`, "Check the repository out and build before this step, or give `files` patterns relative to the workspace.");
}

;// CONCATENATED MODULE: ./src/ssh-deploy-with-backup/run.js














async function runOperation(inputs, site, { run, log, processes, clock, http }) {
    const { operation } = inputs;
    tellIgnored(inputs, log);
    const { server, gate } = site;
    const away = await offSite(inputs.backup, http, log);
    if (operation === "status")
        return status_status(server, log);
    if (operation === "deploy") {
        const plan = await deployPlan(inputs, run);
        if (!plan.backsUp)
            log.info("without database-url there is nothing to back up");
        if (!inputs.dryRun)
            return deploy(plan, server, gate, { processes, offSite: away });
        return inputs.release.migratePlan === "" && plan.pull === undefined
            ? dryRun("deploy", plan.fields, server, log)
            : planMigration(plan, server);
    }
    const fields = operation === "adopt" ? adoptFields(inputs, run) : otherFields(inputs, run);
    if (inputs.dryRun)
        return dryRun(operation, fields, server, log);
    const operations = {
        rollback: () => rollback(fields, server, gate),
        backup: () => backUp(fields, server, away),
        restore: () => restore(fields, server, gate, {
            clock,
            offSite: away,
            safetyBackup: inputs.restore.safetyBackup,
        }),
        "verify-backup": () => verifyBackup(fields, server, away),
        adopt: () => adopt(fields, server, gate),
        run: () => runCommand(fields, server),
    };
    return operations[operation]();
}
async function deployPlan(inputs, run) {
    const { release, allowOlder, force, rollbackOnFailure } = inputs;
    const { build, before, migrate, after } = release;
    const manifest = release.source === "none" ? [] : await readWorkspace(run.workspace, release.files);
    const fields = deployFields(inputs, run, manifest);
    return {
        fields,
        pull: release.strategy === "compose" ? { login: release.compose.login } : undefined,
        files: filesToUpload(run.workspace, manifest),
        origin: { sha: run.sha, runId: run.id, workspace: run.workspace },
        digest: fields["digest"] ?? "",
        backsUp: (0,content_inputs/* holdsSomething */.J)(inputs.backup.contents),
        ...{ build, before, migrate, after, allowOlder, force, rollbackOnFailure },
    };
}
function tellIgnored({ backup }, log) {
    const names = backup.contents.ignored;
    if (names.length > 0)
        log.info(`database-url: ignored parameters: ${names.join(", ")}`);
}

;// CONCATENATED MODULE: ./src/gate/check.js
function isServerCheck(check) {
    return check.kind !== "http" && check.kind !== "tcp";
}
function needsServer(check) {
    return isServerCheck(check) || check.via === "server";
}

// EXTERNAL MODULE: ./src/gate/http-check.js + 3 modules
var http_check = __webpack_require__(3611);
// EXTERNAL MODULE: ./src/gate/excerpt.js
var excerpt = __webpack_require__(8925);
;// CONCATENATED MODULE: ./src/gate/server-checks/memory.js
class ServerMemory {
    containers = new Map();
    logs = new Map();
    cpu = new Map();
}

;// CONCATENATED MODULE: ./src/gate/server-checks/logs-file.js


const noFile = "trouble no-file";
const logs_file_block = 4096;
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
[ "$from" -ge "$2" ] || dd if="$file" bs=${String(logs_file_block)} skip="$((from / ${String(logs_file_block)}))" count=${String(blocks)} 2>/dev/null`;
}
const logFileBytes = logs_file_block * blocks + 256;
function readLogFile(file, answer, position) {
    const opened = (0,found/* openAnswer */.Nh)(answer);
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
    const fresh = bytes.subarray(from % logs_file_block);
    const whole = fresh.lastIndexOf(0x0a) + 1;
    const full = bytes.length >= logs_file_block * blocks;
    const taken = whole === 0 && full ? fresh.length : whole;
    const lines = (0,found/* textOf */.b6)(fresh.subarray(0, taken))
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
            return (0,found/* found */.F9)("unhealthy", `there is no file ${file} on the server`);
        case "trouble file-denied":
            return (0,found/* found */.F9)("hopeless", `the deploy user may not read ${file}`, {
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
    const parts = (0,found/* textOf */.b6)(ran.output).split(/^(?=container )/m);
    const logs = parts.map((part) => readPart(part, positions));
    if (!logs.every((log) => log !== undefined))
        return undefined;
    const refused = logs.find(({ unreadable }) => unreadable !== undefined)?.unreadable;
    if (refused !== undefined)
        return {
            trouble: (0,found/* found */.F9)("unhealthy", `docker cannot read the log of ${placeName(place)}`, {
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
    const looked = (0,pattern/* bounded */.Mm)(() => look(check, read.lines));
    if (looked === undefined) {
        const slow = (0,found/* found */.F9)("unhealthy", "a pattern takes too long on this log", {
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
        return (0,found/* found */.F9)("hopeless", `a forbidden line in the log of ${name}`, {
            said: memory.forbidden,
        });
    const findings = [
        ...(missing === undefined ? [] : [(0,found/* found */.F9)("unhealthy", missing)]),
        ...(wanted === undefined || memory.wantedSeen === true
            ? []
            : [(0,found/* found */.F9)("unhealthy", `no line that is wanted in the log of ${name} so far`)]),
    ];
    const good = wanted === undefined ? "no forbidden line" : "the wanted line was logged";
    const both = wanted !== undefined && forbidden !== undefined ? ", and none that is forbidden" : "";
    return (0,found/* gravest */.Zk)(findings) ?? (0,found/* found */.F9)("healthy", `${good}${both}`);
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
    const text = (0,found/* textOf */.b6)(answer.bytes);
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
        return (0,found/* found */.F9)("unhealthy", `df cannot tell about ${check.path}`, { said });
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
            (0,found/* found */.F9)("unhealthy", "the server's answer makes no sense"));
    }
    #noAnswer(at) {
        const limit = (0,duration/* formatDuration */.a)(this.#checks[at]?.attemptTimeoutMs ?? 0);
        switch (this.#state) {
            case "noise":
                return (0,found/* found */.F9)("unhealthy", "the server ran none of the checks", {
                    said: this.#noise,
                    remedy: "The deploy user needs a login shell, and may not be tied to one command.",
                });
            case "damaged":
                return (0,found/* found */.F9)("unhealthy", "the server's answer is damaged");
            case "answers":
                return (0,found/* found */.F9)("unhealthy", "the server's answer broke off");
            case "ended":
                return (0,found/* found */.F9)("unhealthy", `no answer within ${limit}`);
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
    return `{\n${script_preamble}\n${asked.join("")}wait\necho 'belay-checks end'\nexit 0\n}\n`;
}
function roundId(at) {
    return String(at).padStart(4, "0");
}
const script_framed = `text=$BELAY_CHECK id=$BELAY_ID most=$BELAY_BYTES
unset BELAY_CHECK BELAY_ID BELAY_BYTES
read -r began _ </proc/uptime
code=$({ { (eval "$text") 3>&- 4>&-; echo "$?" >&3; } |
  { head -c "$most"; cat >/dev/null; } |
  od -An -v -tx1 | sed "s/^/belay-hex $id:/" | dd obs=4096 2>/dev/null >&4; } 3>&1)
read -r ended _ </proc/uptime
echo "belay-end $id $code $began $ended" >&4`;
const script_preamble = `exec </dev/null 2>/dev/null 4>&1
PATH=$PATH:/usr/local/bin:/snap/bin:/usr/local/sbin:/usr/sbin:/sbin
export PATH
printf '\\nbelay-checks 1\\n'
framed=${quote(script_framed)}
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

// EXTERNAL MODULE: ./src/gate/remedies.js
var remedies = __webpack_require__(190);
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
        return { state: "unhealthy", reason, remedy: (0,remedies/* answerRemedy */.H0)(reason), ...took() };
    }
}

;// CONCATENATED MODULE: ./src/gate/ask.js




function asker({ http, tcp, clock, host }) {
    const rounds = host && new ServerRounds(host, clock);
    const dial = host && dialling(host);
    return (check, limits) => {
        if (needsServer(check) && (rounds === undefined || dial === undefined))
            throw new TypeError(`${check.name} needs a server`);
        switch (check.kind) {
            case "http":
                return (0,http_check.askHttp)(check, limits, { http, clock, dial: viaServer(check.via, dial) });
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

;// CONCATENATED MODULE: ./src/server/answer.js

const newline = 0x0a;
const answer_longestLine = 64 * 1024;
async function* readAnswer(stream) {
    const reader = new AnswerReader();
    for await (const bytes of stream)
        yield* reader.read(bytes);
}
class AnswerReader {
    #marked = false;
    #line = Buffer.alloc(0);
    #frame = 0;
    *read(bytes) {
        let rest = bytes;
        while (rest.length > 0) {
            const taken = this.#frame > 0 ? Math.min(this.#frame, rest.length) : lineLength(rest);
            const piece = rest.subarray(0, taken);
            rest = rest.subarray(taken);
            if (this.#frame > 0) {
                this.#frame -= taken;
                yield { kind: "output", bytes: piece };
            }
            else {
                yield* this.#extendLine(piece);
            }
        }
    }
    *#extendLine(piece) {
        this.#line = Buffer.concat([this.#line, piece]);
        if (this.#line.at(-1) === newline) {
            const line = this.#line.subarray(0, -1).toString("utf8");
            this.#line = Buffer.alloc(0);
            yield* this.#take(line);
        }
        else if (this.#line.length > answer_longestLine) {
            if (this.#marked)
                throw unreadable("a line without an end");
            this.#line = Buffer.alloc(0);
        }
    }
    *#take(line) {
        if (!this.#marked) {
            this.#marked = isMarker(line);
            if (!this.#marked)
                yield { kind: "noise", text: line };
            return;
        }
        const record = parseRecord(line);
        if (record.key === "output")
            this.#frame = frameLength(record);
        else
            yield { kind: "record", record };
    }
}
function lineLength(bytes) {
    const end = bytes.indexOf(newline);
    return end < 0 ? bytes.length : end + 1;
}
function isMarker(line) {
    const version = /belay (\d+)$/.exec(line)?.[1];
    if (version !== "1" && line === `belay ${String(version)}`)
        throw unreadable(`version ${version} of the protocol`);
    return version === "1";
}
function parseRecord(line) {
    const [key = "", ...values] = line.split("\t");
    return { key, values: values.map(decode) };
}
function decode(value) {
    return value.replace(/%([0-9A-Fa-f]{2})/g, (_, hex) => String.fromCharCode(Number.parseInt(hex, 16)));
}
function frameLength(record) {
    const length = Number(record.values[0]);
    if (!Number.isSafeInteger(length) || length < 0)
        throw unreadable("an output record without a length");
    return length;
}
function unreadable(what) {
    return new errors/* BelayError */.oT("config", `the server's side of Belay answered with ${what}, which this version cannot read`, "Use the same version of the action in all workflows that deploy to this path.");
}

;// CONCATENATED MODULE: ./src/server/call.js
const findPath = 'p=$(printf %b "$1"); case $p in "~") p=$HOME ;; "~/"*) p=$HOME/${p#??} ;; esac';
const bootstrap = [
    findPath,
    "b=$p/.belay/bin/belay-$2",
    "shift 2",
    'if [ -f "$b" ]; then exec sh "$b" --porcelain "$@"; fi',
    'printf "\\nbelay 1\\nneed-program\\n"',
    "exit 1",
].join("; ");
const installer = [
    findPath,
    "d=$p/.belay/bin",
    "t=$d/.new.$$",
    'r() { rm -f "$t"; printf "\\nbelay 1\\nrefused\\t%s\\n" "$1"; exit 1; }',
    '[ "$5" = make ] || [ -d "$p/.belay" ] || r nothing-there',
    '[ -d "$p" ] || mkdir -p "$p"',
    "umask 077",
    'mkdir -p "$d" && [ -w "$d" ] || r not-writable',
    'cat >"$t" && chmod 700 "$t" || r disk-full',
    '[ "$(wc -c <"$t")" -eq "$4" ] || r damaged',
    'if command -v sha256sum >/dev/null; then case $(sha256sum <"$t") in "$2"*) ;; *) r damaged ;; esac; fi',
    'mv -f "$t" "$d/belay-$2" || r not-writable',
    'printf "\\nbelay 1\\ninstalled\\n"',
].join("; ");
function commandLine(path, hash, call) {
    return execute(bootstrap, path, hash, call);
}
function readyLine(path, hash) {
    return execute(bootstrap, path, hash, ["next"]);
}
function callLine(call) {
    return `${wordsOf(call)}\n`;
}
function installLine(path, hash, size, call) {
    return execute(installer, path, hash, [
        "install",
        String(size),
        makesPath(call) ? "make" : "find",
    ]);
}
function makesPath([name, operation]) {
    const first = ["deploy", "plan", "backup", "restore", "adopt"];
    return (name === "begin" || name === "check") && first.includes(operation ?? "");
}
function execute(script, path, hash, call) {
    return `sh -c '${script}' belay '${encodePath(path)}' ${hash} ${wordsOf(call)}`;
}
function wordsOf(call) {
    for (const word of call) {
        if (!/^[A-Za-z0-9._:-]+$/.test(word))
            throw new TypeError(`not a word of a call: ${JSON.stringify(word)}`);
    }
    return call.join(" ");
}
function encodePath(path) {
    return Array.from(Buffer.from(path), (byte) => {
        const character = String.fromCharCode(byte);
        return /[A-Za-z0-9._/~-]/.test(character)
            ? character
            : `\\0${byte.toString(8).padStart(3, "0")}`;
    }).join("");
}

;// CONCATENATED MODULE: ./src/server/ready-channel.js
class ReadyChannel {
    #host;
    #command;
    #waiting;
    constructor(host, command) {
        this.#host = host;
        this.#command = command;
    }
    open() {
        this.#waiting ??= this.#host.start(this.#command).catch(() => undefined);
    }
    async take() {
        const channel = await this.#waiting;
        this.#waiting = undefined;
        return channel === undefined || (await hasEnded(channel)) ? undefined : channel;
    }
}
async function hasEnded({ exit }) {
    const ended = exit.then(() => true, () => true);
    return Promise.race([ended, Promise.resolve().then(() => Promise.resolve(false))]);
}

;// CONCATENATED MODULE: ./src/server/until.js
async function until(work, signal) {
    if (signal === undefined)
        return work;
    work.catch(() => undefined);
    signal.throwIfAborted();
    const settled = new AbortController();
    const aborted = new Promise((_, reject) => {
        signal.addEventListener("abort", () => reject(signal.reason), {
            signal: settled.signal,
        });
    });
    try {
        return await Promise.race([work, aborted]);
    }
    finally {
        settled.abort();
    }
}

;// CONCATENATED MODULE: ./src/server/caller.js





class Caller {
    #host;
    #program;
    #path;
    #log;
    #ready;
    constructor(host, program, path, log) {
        this.#host = host;
        this.#program = program;
        this.#path = path;
        this.#log = log;
        this.#ready = new ReadyChannel(host, readyLine(path, program.hash));
    }
    connect() {
        return this.#host.connect();
    }
    async call(call, exchange = {}) {
        const reply = (await this.#callReady(call, exchange)) ?? (await this.#callAlone(call, exchange));
        if (!reply.records.some(({ key }) => key === "need-program"))
            return reply;
        await this.#install(call);
        return this.#callAlone(call, exchange);
    }
    async #callReady(call, exchange) {
        const takes = exchange.turn === "next" || exchange.turn === "last";
        const channel = takes ? await until(this.#ready.take(), exchange.signal) : undefined;
        if (channel === undefined)
            return undefined;
        this.#openNext(exchange);
        const reply = await this.#exchange(channel, {
            ...exchange,
            send: async (input) => {
                await input.write(Buffer.from(callLine(call)));
                await exchange.send?.(input);
            },
        });
        return reply.records.some(({ key }) => key === "unheard") ? undefined : reply;
    }
    #callAlone(call, exchange) {
        const reply = this.#exec(commandLine(this.#path, this.#program.hash, call), exchange);
        this.#openNext(exchange);
        return reply;
    }
    #openNext({ turn }) {
        if (turn === "first" || turn === "next")
            this.#ready.open();
    }
    async #install(call) {
        const { bytes, hash } = this.#program;
        const reply = await this.#exec(installLine(this.#path, hash, bytes.length, call), {
            send: (channel) => channel.write(bytes),
        });
        const refused = reply.records.find(({ key }) => key === "refused");
        if (refused !== undefined)
            throw installRefused(refused.values[0] ?? "", this.#host.name, this.#path);
    }
    async #exec(command, exchange) {
        return this.#exchange(await until(this.#host.start(command), exchange.signal), exchange);
    }
    async #exchange(channel, exchange) {
        channel.exit.catch(() => undefined);
        const sending = this.#send(channel, exchange.send);
        const heard = await until(this.#hear(channel, exchange), exchange.signal);
        const exit = await until(channel.exit, exchange.signal);
        if (exit.code === null)
            throw endedBySignal(this.#host.name, exit);
        if (!heard.marked)
            throw noAnswer(this.#host.name, exit, heard.noise);
        if (sending.failure !== undefined && !isOfTheLine(sending.failure))
            throw asError(sending.failure);
        return { code: exit.code, records: heard.records };
    }
    #send(channel, send) {
        const sending = {};
        void Promise.resolve(send?.(channel))
            .catch((failure) => (sending.failure = failure))
            .finally(() => channel.end());
        return sending;
    }
    async #hear(channel, exchange) {
        const records = [];
        const noise = [];
        let marked = false;
        for await (const item of readAnswer(channel.output)) {
            if (exchange.signal?.aborted === true)
                break;
            marked ||= item.kind !== "noise";
            if (item.kind === "output")
                exchange.onOutput?.(item.bytes);
            else if (item.kind === "noise")
                noise.push(item.text);
            else {
                records.push(item.record);
                exchange.onRecord?.(item.record);
            }
        }
        for (const line of noise)
            this.#log.debug(`login shell: ${line}`);
        return { marked, records, noise };
    }
}
function asError(failure) {
    return failure instanceof Error ? failure : new Error(String(failure));
}
function isOfTheLine(failure) {
    const codes = ["connection-lost", "command-failed"];
    return failure instanceof errors/* BelayError */.oT && codes.includes(failure.code);
}
function installRefused(why, host, path) {
    switch (why) {
        case "not-writable":
            return new errors/* BelayError */.oT("not-writable", `${path} on ${host} cannot be written by the deploy user`, `Create it once and give it to the deploy user: sudo install -d -o <user> ${path}`);
        case "nothing-there":
            return new errors/* BelayError */.oT("config", `nothing was ever deployed to ${path} on ${host}`, "Check `path` and `host`; the first deploy makes it.");
        case "disk-full":
            return new errors/* BelayError */.oT("disk-full", `${path} on ${host} has no room for the server's side of Belay (1 MiB)`, "Free space or inodes on its file system.");
        default:
            return new errors/* BelayError */.oT("connection-lost", `the server's side of Belay arrived at ${host} damaged`, "Run the job again; when it stays, something between the runner and the server changes what is sent.");
    }
}
function endedBySignal(host, exit) {
    return new errors/* BelayError */.oT("connection-lost", `the command on ${host} was ended by signal ${exit.signal ?? "unknown"} before it answered`, "Look for a memory limit or a clean-up of processes on the server.");
}
function noAnswer(host, exit, noise) {
    const said = [...noise, ...exit.stderr.split("\n")]
        .map((line) => line.trim())
        .find((line) => line !== "");
    return new errors/* BelayError */.oT(exit.code === 127 ? "tool-missing" : "command-failed", `${host} ran no command: exit code ${String(exit.code)}${said === undefined ? "" : `, "${said.slice(0, 200)}"`}`, "The deploy user needs a login shell and may not be tied to one command (ForceCommand, command= in authorized_keys).");
}

;// CONCATENATED MODULE: ./src/server/ending.js

function readEnding(reply) {
    const record = reply.records.findLast(({ key }) => key === "outcome" || key === "late");
    return record && { outcome: record.values[0] ?? "", text: record.values[1] ?? "" };
}
function endedByServer(ending) {
    return new errors/* BelayError */.oT("connection-lost", `the server has ended this operation as ${ending.outcome}: ${ending.text}`, "Nothing more was changed. See why the runner was silent for longer than confirm-timeout, then deploy again.");
}

;// CONCATENATED MODULE: ./src/server/lines.js
class Lines {
    #print;
    #decoder = new TextDecoder();
    #rest = "";
    constructor(print) {
        this.#print = print;
    }
    add(bytes) {
        const lines = (this.#rest + this.#decoder.decode(bytes, { stream: true })).split("\n");
        this.#rest = lines.pop() ?? "";
        for (const line of lines)
            this.#print(line);
        if (this.#rest.length > lines_longestLine)
            this.end();
    }
    end() {
        if (this.#rest !== "")
            this.#print(this.#rest);
        this.#rest = "";
    }
}
const lines_longestLine = 16 * 1024;

;// CONCATENATED MODULE: ./src/server/reconnect.js


const firstPauseMs = 500;
const longestPauseMs = 10_000;
async function onLiveLine(line, attempt) {
    const { clock, patience, signal } = line;
    let failures = 0;
    let deadline = Number.POSITIVE_INFINITY;
    const alive = () => void (failures = 0);
    for (;;) {
        try {
            await connectBefore(deadline, line);
            return await attempt(alive);
        }
        catch (failure) {
            signal?.throwIfAborted();
            if (!isDrop(failure, failures))
                throw failure;
            if (failures === 0)
                deadline = clock.monotonic() + patience.withinMs;
            const left = deadline - clock.monotonic();
            if (failures >= patience.retries || left <= 0)
                throw givenUp(failure);
            failures += 1;
            await clock.sleep(Math.min(left, pauseMs(failures)), signal);
        }
    }
}
async function connectBefore(deadline, line) {
    const connected = new AbortController();
    const connecting = until(line.caller.connect(), line.signal);
    try {
        await Promise.race([connecting, expiry(deadline, line.clock, connected.signal)]);
    }
    finally {
        connected.abort();
    }
}
async function expiry(deadline, clock, over) {
    const leftMs = deadline - clock.monotonic();
    if (leftMs === Number.POSITIVE_INFINITY)
        return new Promise(() => undefined);
    await clock.sleep(Math.max(0, leftMs), over).catch(() => new Promise(() => undefined));
    throw new errors/* BelayError */.oT("connection-lost", "no new connection came about in time", "The server acts alone now.");
}
function pauseMs(failures) {
    return Math.min(longestPauseMs, firstPauseMs * 2 ** (failures - 1));
}
function isDrop(failure, failures) {
    if (!(failure instanceof errors/* BelayError */.oT))
        return false;
    return (failure.code === "connection-lost" || (failures > 0 && failure.code === "host-unreachable"));
}
function givenUp(cause) {
    return new errors/* BelayError */.oT("connection-lost", `the connection was lost and could not be made again: ${cause.message}`, "The server ends the operation by itself and puts the old release back where needed; `operation: status` tells how it ended.", { cause });
}

;// CONCATENATED MODULE: ./src/server/silence.js

const longestSilenceMs = 30_000;
async function breakingSilence(what, clock, log, body) {
    const started = clock.monotonic();
    let last = started;
    const over = new AbortController();
    const watch = async () => {
        for (;;) {
            await clock.sleep(Math.max(1, longestSilenceMs - (clock.monotonic() - last)), over.signal);
            if (clock.monotonic() - last < longestSilenceMs)
                continue;
            log.info(`${what}: still at work after ${(0,duration/* formatDuration */.a)(clock.monotonic() - started)}`);
            last = clock.monotonic();
        }
    };
    void watch().catch(() => undefined);
    try {
        return await body(() => (last = clock.monotonic()));
    }
    finally {
        over.abort();
    }
}

;// CONCATENATED MODULE: ./src/server/live-call.js



async function liveCall(name, line, nextAttempt) {
    const { caller, clock, log, signal } = line;
    const lines = new Lines((text) => log.output(`${text}\n`));
    try {
        return await breakingSilence(name, clock, log, (heard) => onLiveLine(line, (alive) => {
            const { call, onOutput, onRecord, ...exchange } = nextAttempt();
            return caller.call(call, {
                ...exchange,
                ...(signal && { signal }),
                onOutput: (bytes) => {
                    alive();
                    heard();
                    lines.add(bytes);
                    onOutput?.(bytes);
                },
                onRecord: (record) => {
                    alive();
                    heard();
                    onRecord?.(record);
                },
            });
        }));
    }
    finally {
        lines.end();
    }
}
function sending(bytes) {
    return { send: (channel) => channel.write(bytes) };
}

// EXTERNAL MODULE: ./src/kit/one-line.js
var one_line = __webpack_require__(4544);
;// CONCATENATED MODULE: ./src/server/attendance.js


const shortestBeatMs = 250;
const longestBeatMs = 5_000;
function beatInterval(confirmTimeoutMs) {
    return Math.max(shortestBeatMs, Math.min(longestBeatMs, confirmTimeoutMs / 4));
}
class Attendance {
    #over = new AbortController();
    #ended;
    constructor(line, token, intervalMs, onLate) {
        this.#ended = this.#attend(line, token, intervalMs, onLate).catch((failure) => {
            if (!this.#over.signal.aborted)
                line.log.debug(`beats ended: ${String(failure)}`);
        });
    }
    async stop() {
        this.#over.abort(new Error("the operation is over"));
        await this.#ended;
    }
    async #attend(line, token, intervalMs, onLate) {
        const signal = this.#over.signal;
        const reply = await onLiveLine({ ...line, signal }, (alive) => line.caller.call(["attend", token], {
            signal,
            onRecord: alive,
            send: async (channel) => {
                for (;;) {
                    await channel.write(beat);
                    await line.clock.sleep(intervalMs, signal);
                }
            },
        }));
        const ending = readEnding(reply);
        if (ending !== undefined && !signal.aborted)
            onLate(ending);
    }
}
const beat = Buffer.from("beat\n");

;// CONCATENATED MODULE: ./src/server/refusal.js


function refusal_refusal(reply) {
    const value = (key) => reply.records.findLast((record) => record.key === key)?.values[0];
    const held = value("held");
    if (held !== undefined) {
        return new errors/* BelayError */.oT("locked", `deploys are held: ${held}`, "When the reason is gone: `belay release-hold` on the server.");
    }
    const owner = value("locked");
    if (owner !== undefined) {
        return new errors/* BelayError */.oT("locked", `the deploy path is locked by ${owner}`, "Wait until that is over, or set a longer lock-timeout.");
    }
    const ending = readEnding(reply);
    return new errors/* BelayError */.oT("command-failed", ending === undefined
        ? `the server's side of Belay failed with exit code ${String(reply.code)}`
        : `the server has ended this operation as ${ending.outcome}: ${ending.text}`, "See `belay logs` in the .belay folder of the deploy path.");
}

;// CONCATENATED MODULE: ./src/server/release-files.js

const release_files_namedAtMost = 5;
function needOf(records) {
    const needs = records.filter(({ key }) => key === "need").map(({ values }) => values[0] ?? "");
    return needs.includes("all") ? "all" : needs.map(Number);
}
function unpacksZstd(records) {
    return records.some(({ key, values }) => key === "unpacks" && values[0] === "zstd");
}
function stillMissing(paths, tries) {
    const named = paths.slice(0, release_files_namedAtMost).join(", ");
    const more = paths.length > release_files_namedAtMost ? ` and ${paths.length - release_files_namedAtMost} more` : "";
    return new errors/* BelayError */.oT("config", `files arrived otherwise than they were read, ${tries} times: ${named}${more}`, "Let nothing write to the files while they are uploaded.");
}

// EXTERNAL MODULE: external "node:stream/promises"
var external_node_stream_promises_ = __webpack_require__(6466);
// EXTERNAL MODULE: external "node:zlib"
var external_node_zlib_ = __webpack_require__(8522);
;// CONCATENATED MODULE: ./src/server/send-tar.js


const measuredBytes = 1024 * 1024;
const smallBytes = 32 * 1024 * 1024;
const slowBytesPerMs = { gzip: 30_000, zstd: 100_000 };
const gzipLevel = 3;
const zstdLevel = 1;
const oneAtATime = { writableHighWaterMark: 1, readableHighWaterMark: measuredBytes };
function codingFor(bytes, hasZstd) {
    const name = hasZstd && bytes <= smallBytes ? "zstd" : "switch";
    return { name, slow: hasZstd ? "zstd" : "gzip" };
}
async function sendTar(tar, { name, slow }, write, clock) {
    if (name === "zstd") {
        await sendCompressed(tar, zstd(), write);
        return;
    }
    const source = tar[Symbol.iterator]();
    let writingMs = 0;
    const left = await sendFirst(source, async (bytes) => {
        const started = clock.monotonic();
        await write(bytes);
        writingMs += clock.monotonic() - started;
    });
    if (left === undefined)
        return;
    const isSlow = measuredBytes / Math.max(writingMs, 0.001) < slowBytesPerMs[slow];
    await write(Buffer.from(`${isSlow ? slow : "plain"}\n`));
    const rest = restOf(left, source);
    if (isSlow)
        await sendCompressed(rest, slow === "zstd" ? zstd() : gzip(), write);
    else
        await sendAll(rest, write);
}
function gzip() {
    return (0,external_node_zlib_.createGzip)({ level: gzipLevel, ...oneAtATime });
}
function zstd() {
    const params = { [external_node_zlib_.constants.ZSTD_c_compressionLevel]: zstdLevel };
    return (0,external_node_zlib_.createZstdCompress)({ params, ...oneAtATime });
}
async function sendCompressed(chunks, coder, write) {
    await (0,external_node_stream_promises_.pipeline)(chunks, coder, (coded) => sendAll(coded, write));
}
async function sendFirst(source, write) {
    let sent = 0;
    for (let next = source.next(); next.done !== true; next = source.next()) {
        const head = next.value.subarray(0, measuredBytes - sent);
        await write(head);
        sent += head.length;
        if (sent === measuredBytes)
            return next.value.subarray(head.length);
    }
    return undefined;
}
function* restOf(left, source) {
    if (left.length > 0)
        yield left;
    for (let next = source.next(); next.done !== true; next = source.next())
        yield next.value;
}
async function sendAll(chunks, write) {
    for await (const chunk of chunks)
        await write(chunk);
}

;// CONCATENATED MODULE: ./src/server/step-failure.js


const stepCodes = {
    backup: "backup-failed",
    "verify-backup": "backup-damaged",
    send: "backup-failed",
    fetch: "backup-failed",
    load: "backup-failed",
    swap: "backup-failed",
};
function judgeStep(name, reply, log) {
    const findings = readFindings(reply.records);
    for (const { severity, error } of findings) {
        if (severity === "warning")
            log.warning(`${error.message}. ${error.remedy}`);
    }
    const code = stepCode(reply);
    if (code === 0 && reply.code === 0)
        return;
    throw look_errorOf(findings) ?? stepFailed(name, code);
}
function stepCode(reply) {
    const code = Number(reply.records.findLast((record) => record.key === "code")?.values[0] ?? reply.code);
    return Number.isInteger(code) ? code : 1;
}
function stepFailed(name, code) {
    const ended = code > 128
        ? `was ended by signal ${String(code - 128)}`
        : `ended with exit code ${String(code)}`;
    return new errors/* BelayError */.oT(stepCodes[name] ?? "command-failed", `${name} ${ended}`, `What it printed stands above, in the group "${name}".`);
}

;// CONCATENATED MODULE: ./src/server/operation.js









const putBack = ["upload", "build", "activate"];
const mostUploads = 3;
class Operation {
    look;
    #line;
    #token;
    #attendance;
    #late = new AbortController();
    signal;
    #results = [];
    #started = new Set();
    #uploads = 0;
    #pulls = 0;
    #transfers = 0;
    #closing = false;
    #ending;
    constructor(line, token, look, confirmTimeoutMs) {
        this.#line = line;
        this.#token = token;
        this.look = look;
        this.signal = AbortSignal.any([line.signal, this.#late.signal]);
        this.#attendance = new Attendance(line, token, beatInterval(confirmTimeoutMs), (ending) => {
            if (this.#closing)
                return;
            this.#ending = ending;
            this.#late.abort(endedByServer(ending));
        });
    }
    get results() {
        return this.#results;
    }
    started(name) {
        return this.#started.has(name);
    }
    async run(name, lines) {
        if (lines === "") {
            this.#line.witness.skip(name);
            return;
        }
        this.#started.add(name);
        await this.#line.witness.step(name, async () => this.#keep(name, await this.#step(name)));
    }
    async upload(files) {
        await this.#line.witness.step("upload", async () => {
            const prepared = await this.#step("prepare");
            this.#keep("prepare", prepared);
            await this.#send(files, needOf(prepared.records), unpacksZstd(prepared.records));
        });
    }
    async #send(files, need, hasZstd, tries = 1) {
        if (need.length === 0)
            return;
        const reply = await this.#receive(files, need, hasZstd);
        const missing = needOf(reply.records);
        if (missing.length === 0 || tries === mostUploads || readFindings(reply.records).length > 0)
            this.#keep("upload", reply);
        if (missing.length > 0 && tries === mostUploads)
            throw stillMissing(files.paths(missing), mostUploads);
        await this.#send(files, missing, hasZstd, tries + 1);
    }
    async pull({ login }) {
        const lines = login === undefined ? [] : [login.registry, login.username, login.password];
        const text = Buffer.from([...lines, "end", ""].join("\n"));
        await this.#line.witness.step("pull", async () => {
            const reply = await liveCall("pull", { ...this.#line, signal: this.signal }, () => {
                this.#pulls += 1;
                return {
                    call: ["receive", this.#token, `pull-${String(this.#pulls)}`, "plain"],
                    ...sending(text),
                };
            });
            this.#keep("pull", reply);
        });
    }
    async transfer(way, lines) {
        const text = Buffer.from([...lines, "end", ""].join("\n"));
        const reply = await liveCall(way, { ...this.#line, signal: this.signal }, () => {
            this.#transfers += 1;
            return {
                call: ["receive", this.#token, `${way}-${String(this.#transfers)}`, "plain"],
                ...sending(text),
            };
        });
        this.#keep(way, reply);
        return reply.records;
    }
    step(name, body) {
        return this.#line.witness.step(name, body);
    }
    async confirm() {
        const reply = await this.#line.witness.step("confirm", () => this.#close(["confirm", this.#token]));
        this.#tellOldProcesses(reply);
        if (reply.code === 0) {
            this.#line.witness.closed();
            return;
        }
        const ending = readEnding(reply);
        if (ending === undefined)
            throw refusal_refusal(reply);
        this.#ending = ending;
        throw endedByServer(ending);
    }
    #tellOldProcesses({ records }) {
        const left = records.filter(({ key }) => key === "old-process");
        if (left.length === 0)
            return;
        const names = left.map(({ values: [pid = "", command = ""] }) => `${command} (${pid})`);
        this.#line.log.warning(`After the restart these processes still work in the previous release's folder: ${names.join(", ")}. ` +
            "They run its code: let the restart lines reload or end them.");
    }
    undo(reason) {
        return this.#end(["undo", this.#token], reason);
    }
    abandon(outcome, reason) {
        return this.#end(["abandon", this.#token, outcome], reason);
    }
    async #end(call, reason) {
        if (this.#ending === undefined) {
            const reply = await this.#close(call, reason);
            this.#ending = readEnding(reply);
            if (this.#ending === undefined)
                throw refusal_refusal(reply);
        }
        await this.#attendance.stop();
        const { witness } = this.#line;
        if (this.#ending.outcome === "undone")
            for (const name of putBack)
                witness.undone(name);
        witness.closed();
        return this.#ending;
    }
    async #close(call, input = "") {
        const { signal: _, ...line } = this.#line;
        this.#closing = true;
        try {
            const text = Buffer.from(`${(0,one_line/* oneLine */.T)(input)}\n`);
            return await liveCall(call[0], line, () => ({ call, turn: "last", ...sending(text) }));
        }
        finally {
            await this.#attendance.stop();
        }
    }
    #step(name) {
        let offset = 0;
        return liveCall(name, { ...this.#line, signal: this.signal }, () => ({
            call: ["step", this.#token, name, String(offset)],
            turn: "next",
            onOutput: (bytes) => (offset += bytes.length),
        }));
    }
    #receive(files, need, hasZstd) {
        const coding = codingFor(files.bytes(need), hasZstd);
        return liveCall("upload", { ...this.#line, signal: this.signal }, () => {
            this.#uploads += 1;
            return {
                call: ["receive", this.#token, `receive-${this.#uploads}`, coding.name],
                turn: "next",
                send: (channel) => sendTar(files.tar(need), coding, (bytes) => channel.write(bytes), this.#line.clock),
            };
        });
    }
    #keep(name, reply) {
        this.#results.push(...reply.records);
        const ending = readEnding(reply);
        if (ending !== undefined) {
            this.#ending = ending;
            throw endedByServer(ending);
        }
        judgeStep(name, reply, this.#line.log);
    }
}

;// CONCATENATED MODULE: ./src/server/plan.js

function packPlan(fields) {
    const files = Object.entries({ format: "1", ...fields }).map(([name, text]) => [
        name,
        text,
    ]);
    return tarOf(new Map(files));
}

;// CONCATENATED MODULE: ./src/server/server.js








class Server {
    #line;
    #token;
    #confirmTimeoutMs;
    constructor(line, token, confirmTimeoutMs) {
        this.#line = line;
        this.#token = token;
        this.#confirmTimeoutMs = confirmTimeoutMs;
    }
    async check(operation, plan) {
        return this.#line.witness.step("check", async () => {
            const reply = await this.#ask(["check", operation], plan);
            return this.#accept(readLook(reply.records), reply);
        });
    }
    async begin(operation, plan) {
        return this.#line.witness.step("check", async () => {
            const reply = await this.#open(["begin", operation, this.#token], plan);
            const look = this.#accept(readLook(reply.records), reply);
            return new Operation(this.#line, this.#token, look, this.#confirmTimeoutMs);
        });
    }
    async #open(call, plan) {
        const { caller, witness, signal } = this.#line;
        await until(caller.connect(), signal);
        witness.opening();
        try {
            const reply = await exchange(this.#line, call, packPlan(plan), "first");
            if (reply.code !== 0)
                witness.closed();
            return reply;
        }
        catch (failure) {
            if (!mayBeOpen(failure))
                witness.closed();
            throw failure;
        }
    }
    async status() {
        const reply = await this.#ask(["status"]);
        if (reply.code !== 0)
            throw refusal_refusal(reply);
        return reply.records;
    }
    async settle(id) {
        const reply = await this.#ask(["settle", id, "healthy"]);
        if (reply.code !== 0)
            throw refusal_refusal(reply);
    }
    async undo(reason) {
        const { signal: _, ...line } = this.#line;
        return readEnding(await exchange(line, ["undo", this.#token], Buffer.from(`${reason}\n`)));
    }
    #ask(call, plan) {
        return exchange(this.#line, call, plan && packPlan(plan));
    }
    #accept(look, reply) {
        for (const { severity, error } of look.findings) {
            if (severity === "warning")
                this.#line.log.warning(`${error.message}. ${error.remedy}`);
        }
        if (reply.code !== 0)
            throw look_errorOf(look.findings) ?? refusal_refusal(reply);
        return look;
    }
}
function mayBeOpen(failure) {
    return (!(failure instanceof errors/* BelayError */.oT) ||
        failure.code === "connection-lost" ||
        failure.code === "cancelled");
}
function exchange(line, call, input = new Uint8Array(), turn) {
    return liveCall(call[0], line, () => ({
        call,
        ...(turn && { turn }),
        ...sending(input),
        onRecord: (record) => tell(record, line.log),
    }));
}
function tell({ key, values: [first = "", second = ""] }, log) {
    if (key === "waiting")
        log.info(`waiting for the lock, held by ${first}`);
    if (key === "recovered")
        log.notice(`An operation was left by its owner; the server ended it as ${second} first (${first}).`);
}

// EXTERNAL MODULE: ./src/gate/check-table.js
var check_table = __webpack_require__(5225);
;// CONCATENATED MODULE: ./src/gate/downtime.js
const everyMs = 50;
const mostUnderWay = 40;
const attemptTimeoutMs = 5000;
function measureDowntime(url, http, clock, signal) {
    const stopping = new AbortController();
    const ended = signal === undefined ? stopping.signal : AbortSignal.any([stopping.signal, signal]);
    const total = measure({ url, http, clock, signal }, ended);
    return {
        stop: () => {
            stopping.abort();
            return total;
        },
    };
}
async function measure(asked, ended) {
    const { clock } = asked;
    const probes = [];
    const underWay = new Set();
    while (!ended.aborted) {
        const startedAt = clock.monotonic();
        const probe = ask(asked, startedAt);
        probes.push(probe);
        underWay.add(probe);
        void probe.then(() => underWay.delete(probe));
        await clock.sleep(everyMs, ended).catch(() => undefined);
        if (underWay.size >= mostUnderWay)
            await Promise.race(underWay);
    }
    const endedAt = clock.monotonic();
    const heard = await Promise.all(probes);
    return Math.round(downtimeOf(heard.filter((probe) => probe !== undefined), endedAt));
}
function downtimeOf(probes, endedAt) {
    let totalMs = 0;
    let downSince;
    const firstUp = probes.findIndex(({ up }) => up);
    for (const { startedAt, up } of probes.slice(Math.max(0, firstUp))) {
        if (up && downSince !== undefined)
            totalMs += startedAt - downSince;
        downSince = up ? undefined : (downSince ?? startedAt);
    }
    return downSince === undefined ? totalMs : totalMs + endedAt - downSince;
}
async function ask(asked, startedAt) {
    const up = await answers(asked);
    return asked.signal?.aborted === true ? undefined : { startedAt, up };
}
async function answers({ url, http, signal }) {
    const request = { url, timeoutMs: attemptTimeoutMs, maxBodyBytes: 0 };
    try {
        const { status } = await http.request(signal === undefined ? request : { ...request, signal });
        return status < 500;
    }
    catch {
        return false;
    }
}

// EXTERNAL MODULE: ./src/gate/gate.js + 9 modules
var gate = __webpack_require__(801);
// EXTERNAL MODULE: ./src/gate/gate-inputs.js + 1 modules
var gate_inputs = __webpack_require__(354);
// EXTERNAL MODULE: ./src/kit/escape-markdown.js
var escape_markdown = __webpack_require__(8094);
// EXTERNAL MODULE: ./src/kit/escape-mermaid.js
var escape_mermaid = __webpack_require__(3780);
// EXTERNAL MODULE: ./src/gate/percentile.js
var percentile = __webpack_require__(9229);
// EXTERNAL MODULE: ./src/gate/sample.js
var sample = __webpack_require__(1912);
// EXTERNAL MODULE: ./src/gate/window.js
var gate_window = __webpack_require__(8946);
;// CONCATENATED MODULE: ./src/gate/latency-chart.js





const mostPoints = 20;
function latencyChart(checks) {
    const slowest = checks
        .filter(({ check, samples }) => check.kind === "http" && samples.length > 1)
        .toSorted((a, b) => b.latencyP95Ms - a.latencyP95Ms)[0];
    if (slowest === undefined)
        return undefined;
    const points = pointsOf(slowest.samples);
    return `${chart(slowest.check.name, points)}\n\n${table(slowest.check.name, points)}`;
}
function pointsOf(samples) {
    const size = Math.ceil(samples.length / mostPoints);
    const count = Math.ceil(samples.length / size);
    return Array.from({ length: count }, (_, at) => {
        const part = samples.slice(at * size, (at + 1) * size);
        const times = (0,gate_window/* latencies */.h0)(part);
        return {
            atMs: (part[0]?.startedAt ?? 0) - (samples[0]?.startedAt ?? 0),
            attempts: part.length,
            failed: (0,sample/* failures */.e9)(part),
            p50: Math.round((0,percentile/* percentile */.Y)(times, 50)),
            p95: Math.round((0,percentile/* percentile */.Y)(times, 95)),
        };
    });
}
function chart(name, points) {
    const highest = Math.max(1, ...points.map(({ p95 }) => p95));
    return [
        "```mermaid",
        "xychart-beta",
        `  title "Latency of ${(0,escape_mermaid/* escapeMermaid */.F)(name)}"`,
        `  x-axis "seconds" [${points.map(({ atMs }) => `"${latency_chart_seconds(atMs)}"`).join(", ")}]`,
        `  y-axis "ms" 0 --> ${String(highest)}`,
        `  line [${points.map(({ p50 }) => p50).join(", ")}]`,
        `  line [${points.map(({ p95 }) => p95).join(", ")}]`,
        "```",
    ].join("\n");
}
function table(name, points) {
    return [
        `Latency of ${(0,escape_markdown/* escapeMarkdown */.F)(name)}: p50 is the lower line, p95 the upper one.`,
        "",
        "| From second | Attempts | Failed | p50 (ms) | p95 (ms) |",
        "| ---: | ---: | ---: | ---: | ---: |",
        ...points.map(({ atMs, attempts, failed, p50, p95 }) => `| ${[latency_chart_seconds(atMs), attempts, failed, p50, p95].join(" | ")} |`),
    ].join("\n");
}
function latency_chart_seconds(ms) {
    return (ms / 1000).toFixed(1);
}

;// CONCATENATED MODULE: ./src/ssh-deploy-with-backup/app-gate.js






class AppGate {
    #health;
    #tools;
    #gate;
    #downtimeMs;
    constructor(health, tools) {
        this.#health = health;
        this.#tools = tools;
    }
    get asks() {
        return this.#health.checks.length > 0;
    }
    orRecorded(recorded) {
        const { url, expect, checks, defaults } = this.#health;
        if (url !== undefined || recorded.url === "")
            return this;
        const check = (0,gate_inputs/* urlCheck */.Y)(recorded.url, expect ?? (recorded.expect || undefined), defaults);
        const health = { ...this.#health, url: recorded.url, checks: [check, ...checks] };
        return new AppGate(health, this.#tools);
    }
    async open(signal) {
        if (!this.asks) {
            this.#tools.log.notice("Nobody asked the app whether it works: without health-url the restart's exit code decides.");
            this.#tools.witness.skip("gate");
            return;
        }
        const gate = (this.#gate = this.#gateOf(this.#health));
        await this.#tools.witness.step("gate", () => gate.open(signal));
        if (this.#health.observeMs === 0)
            this.#warn(gate);
    }
    async openForAny(name, signal) {
        if (!this.asks)
            return;
        const gate = this.#gateOf({ ...this.#health, checks: this.#health.checks.map(forAny) });
        await this.#tools.witness.step(name, () => gate.open(signal));
    }
    async measuring(signal, change) {
        const { url } = this.#health;
        if (url === undefined) {
            await change();
            return;
        }
        const downtime = measureDowntime(url, this.#tools.http, this.#tools.clock, signal);
        try {
            await change();
        }
        finally {
            this.#downtimeMs = await downtime.stop();
        }
    }
    async observe(signal) {
        const gate = this.#gate;
        if (gate === undefined || this.#health.observeMs === 0)
            return;
        await this.#tools.witness.step("observe", () => gate.observe(signal));
        this.#warn(gate);
    }
    get told() {
        return { facts: this.#facts, outputs: this.#outputs, sections: this.#sections };
    }
    get #sections() {
        const result = this.#gate?.result;
        if (result === undefined || result.attempts === 0)
            return [];
        return [(0,check_table.checkTable)(result.checks), latencyChart(result.checks) ?? ""];
    }
    get #outputs() {
        return this.#downtimeMs === undefined
            ? {}
            : { "downtime-ms": String(Math.round(this.#downtimeMs)) };
    }
    get #facts() {
        const downtime = this.#downtimeMs === undefined
            ? []
            : [{ name: "downtime", value: (0,duration/* formatDuration */.a)(this.#downtimeMs) }];
        const result = this.#gate?.result;
        if (result?.timeToHealthyMs === undefined)
            return downtime;
        const { timeToHealthyMs, latencyP50Ms, latencyP95Ms, attempts } = result;
        return [
            ...downtime,
            {
                name: "healthy after",
                value: `${(0,duration/* formatDuration */.a)(timeToHealthyMs)}, ${String(attempts)} probes`,
            },
            {
                name: "latency",
                value: `p50 ${(0,duration/* formatDuration */.a)(latencyP50Ms)}, p95 ${(0,duration/* formatDuration */.a)(latencyP95Ms)}`,
            },
        ];
    }
    #warn({ result }) {
        for (const { check, status, reason } of result.checks)
            if (status === "degraded")
                this.#tools.log.warning(`${check.name} is degraded: ${reason}`);
    }
    #gateOf(health) {
        const { asker, clock, log } = this.#tools;
        return new gate.Gate(health, { ask: asker(), clock }, log);
    }
}
function forAny(check) {
    return check.kind === "http" ? { ...check, expect: undefined } : check;
}

;// CONCATENATED MODULE: ./src/ssh-deploy-with-backup/cancel.js

function cancelSignal(signal) {
    const cancel = new AbortController();
    const abort = () => cancel.abort(cancelled());
    if (signal.aborted)
        abort();
    else
        signal.addEventListener("abort", abort, { once: true });
    return cancel.signal;
}
function cancelled() {
    return new errors/* BelayError */.oT("cancelled", "the job was cancelled", "Run it again when the release is wanted after all; the server was asked to put back what had changed.");
}

// EXTERNAL MODULE: ./src/ssh-deploy-with-backup/saved-state.js
var saved_state = __webpack_require__(3386);
;// CONCATENATED MODULE: ./src/ssh-deploy-with-backup/site.js






async function openSite(inputs, token, platform, world, timeline) {
    const { clock, log } = platform;
    const host = world.openHost(inputs.connection);
    const caller = new Caller(host, await world.readProgram(), inputs.path, log);
    const patience = { retries: inputs.connection.connectRetries, withinMs: inputs.confirmTimeoutMs };
    const witness = witnessFor(timeline, token, platform);
    const line = { caller, clock, log, patience, witness, signal: cancelSignal(platform.signal) };
    return {
        host,
        server: new Server(line, token, inputs.confirmTimeoutMs),
        gate: new AppGate(inputs.health, {
            http: world.http,
            asker: () => asker({ http: world.http, tcp: world.tcp, clock, host }),
            clock,
            log,
            witness,
        }),
    };
}
function witnessFor(timeline, token, { log, saveState }) {
    return {
        step: async (name, body) => {
            log.startGroup(name);
            try {
                return await timeline.step(name, body);
            }
            finally {
                log.endGroup();
            }
        },
        skip: (name) => timeline.skip(name),
        undone: (name) => timeline.undone(name),
        opening: () => saveState(saved_state/* savedState */.f.token, token),
        closed: () => saveState(saved_state/* savedState */.f.closed, "true"),
    };
}

;// CONCATENATED MODULE: ./src/ssh-deploy-with-backup/operate.js




async function operate(inputs, timeline, platform) {
    const world = await platform.reach();
    const token = (0,external_node_crypto_.randomBytes)(16).toString("hex");
    const site = await openSite(inputs, token, platform, world, timeline);
    try {
        const { run, log } = platform;
        const { processes, http } = world;
        return await runOperation(inputs, site, { run, log, processes, http, clock: platform.clock });
    }
    finally {
        await site.host.close();
    }
}
async function undoLeft(inputs, token, platform) {
    const world = await platform.reach();
    const site = await openSite(inputs, token, platform, world, new timeline/* Timeline */.K(platform.clock));
    try {
        const ending = await site.server.undo("the job was cancelled or its runner was killed");
        return ending?.outcome === "unknown" ? undefined : ending;
    }
    finally {
        await site.host.close();
    }
}


/***/ })

};
