export const id = 611;
export const ids = [611];
export const modules = {

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

/***/ 1210:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   V: () => (/* binding */ judgeUpward),
/* harmony export */   s: () => (/* binding */ judgeDownward)
/* harmony export */ });
function judgeUpward(value, limits) {
    if (limits.critical !== undefined && value >= limits.critical)
        return "unhealthy";
    return limits.warning !== undefined && value >= limits.warning ? "degraded" : "healthy";
}
function judgeDownward(value, limits) {
    if (limits.critical !== undefined && value < limits.critical)
        return "unhealthy";
    return limits.warning !== undefined && value < limits.warning ? "degraded" : "healthy";
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


/***/ })

};
