export const id = 37;
export const ids = [37];
export const modules = {

/***/ 3997:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   QE: () => (/* binding */ hasCommit),
/* harmony export */   Vg: () => (/* binding */ logCommits),
/* harmony export */   fE: () => (/* binding */ isShallow),
/* harmony export */   iZ: () => (/* binding */ parseCommits)
/* harmony export */ });
/* unused harmony exports commitParents, fetchCommit, diffLines, filesAt, fileAt, editedFiles, readTree, checkoutIndex, commitTime, isAncestor */
const git = ["git", "-c", "safe.directory=*"];
function logCommits(to, count, from) {
    const range = from === undefined ? [to] : [to, `^${from}`];
    return [
        ...git,
        "log",
        "-z",
        `--max-count=${count}`,
        "--format=%H%n%an%n%ae%n%aI%n%B",
        "--end-of-options",
        ...range,
        "--",
    ];
}
function parseCommits(output) {
    const records = output.split("\0").filter((record) => record.trim() !== "");
    return records.map((record) => {
        const [sha = "", author = "", email = "", timestamp = "", ...message] = record.split("\n");
        return { sha, author, email, timestamp, message: message.join("\n").trimEnd() };
    });
}
function isShallow() {
    return [...git, "rev-parse", "--is-shallow-repository"];
}
function hasCommit(commit) {
    return [...git, "cat-file", "-e", `${commit}^{commit}`];
}
function commitParents(commit) {
    return [...git, "cat-file", "-p", `${commit}^{commit}`];
}
function fetchCommit(commit) {
    const options = ["--depth=1", "--no-tags", "--no-write-fetch-head", "--quiet"];
    return [...git, "fetch", ...options, "origin", commit];
}
function diffLines(base) {
    const form = ["--unified=0", "--no-color", "--no-ext-diff", "--no-renames"];
    const names = ["--src-prefix=a/", "--dst-prefix=b/"];
    return [...git, "-c", "core.quotePath=false", "diff", ...form, ...names, base, "--"];
}
function filesAt(commit, folder) {
    return [...git, "ls-tree", "-r", "-z", "--name-only", "--full-tree", commit, "--", folder];
}
function fileAt(commit, path) {
    return [...git, "cat-file", "blob", `${commit}:${path}`];
}
function editedFiles(base, pattern) {
    const form = ["--name-only", "-z", "--diff-filter=M", "--no-renames", "--relative"];
    return [...git, "diff", ...form, base, "--", pattern];
}
function readTree(commit) {
    return [...git, "read-tree", commit];
}
function checkoutIndex(folder) {
    return [...git, "checkout-index", "--all", "--force", `--prefix=${folder}/`];
}
function commitTime(commit) {
    return [...git, "show", "--no-patch", "--format=%ct", "--end-of-options", commit];
}
function isAncestor(ancestor, descendant) {
    return [...git, "merge-base", "--is-ancestor", ancestor, descendant];
}


/***/ }),

/***/ 7413:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   I: () => (/* binding */ eventFacts)
/* harmony export */ });
/* harmony import */ var _json_js__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(5727);

function eventFacts(event) {
    const created = /^0+$/.test((0,_json_js__WEBPACK_IMPORTED_MODULE_0__/* .textAt */ .$6)(event, "before"));
    return {
        commit: pullRequestCommit(event) ?? headCommit(event),
        compareUrl: created ? "" : (0,_json_js__WEBPACK_IMPORTED_MODULE_0__/* .textAt */ .$6)(event, "compare"),
        pullRequestUrl: (0,_json_js__WEBPACK_IMPORTED_MODULE_0__/* .textAt */ .$6)(event, "pull_request", "html_url"),
        environment: (0,_json_js__WEBPACK_IMPORTED_MODULE_0__/* .textAt */ .$6)(event, "deployment", "environment") || (0,_json_js__WEBPACK_IMPORTED_MODULE_0__/* .textAt */ .$6)(event, "inputs", "environment"),
        pushed: (0,_json_js__WEBPACK_IMPORTED_MODULE_0__/* .itemsOf */ .S3)((0,_json_js__WEBPACK_IMPORTED_MODULE_0__/* .memberAt */ .mz)(event, "commits")).map(pushedCommit),
    };
}
function pullRequestCommit(event) {
    const sha = (0,_json_js__WEBPACK_IMPORTED_MODULE_0__/* .textAt */ .$6)(event, "pull_request", "head", "sha");
    if (sha === "")
        return undefined;
    const subject = (0,_json_js__WEBPACK_IMPORTED_MODULE_0__/* .textAt */ .$6)(event, "pull_request", "title");
    return { sha, subject, author: (0,_json_js__WEBPACK_IMPORTED_MODULE_0__/* .textAt */ .$6)(event, "pull_request", "user", "login") };
}
function headCommit(event) {
    const commit = (0,_json_js__WEBPACK_IMPORTED_MODULE_0__/* .memberAt */ .mz)(event, "head_commit") ?? (0,_json_js__WEBPACK_IMPORTED_MODULE_0__/* .memberAt */ .mz)(event, "workflow_run", "head_commit") ?? undefined;
    const sha = (0,_json_js__WEBPACK_IMPORTED_MODULE_0__/* .textAt */ .$6)(commit, "id");
    if (sha === "")
        return undefined;
    const subject = firstLine((0,_json_js__WEBPACK_IMPORTED_MODULE_0__/* .textAt */ .$6)(commit, "message"));
    return { sha, subject, author: (0,_json_js__WEBPACK_IMPORTED_MODULE_0__/* .textAt */ .$6)(commit, "author", "name") };
}
function pushedCommit(commit) {
    return {
        sha: (0,_json_js__WEBPACK_IMPORTED_MODULE_0__/* .textAt */ .$6)(commit, "id"),
        message: (0,_json_js__WEBPACK_IMPORTED_MODULE_0__/* .textAt */ .$6)(commit, "message"),
        author: (0,_json_js__WEBPACK_IMPORTED_MODULE_0__/* .textAt */ .$6)(commit, "author", "name"),
        email: (0,_json_js__WEBPACK_IMPORTED_MODULE_0__/* .textAt */ .$6)(commit, "author", "email"),
        timestamp: (0,_json_js__WEBPACK_IMPORTED_MODULE_0__/* .textAt */ .$6)(commit, "timestamp"),
    };
}
function firstLine(text) {
    return text.split(/[\r\n]/, 1)[0] ?? "";
}


/***/ }),

/***/ 5257:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   V: () => (/* binding */ retryAfterMs),
/* harmony export */   Z: () => (/* binding */ persist)
/* harmony export */ });
const longestTryMs = 10_000;
const shortestTryMs = 50;
const firstPauseMs = 500;
const longestPauseMs = 8000;
async function persist(attempt, { deadline, sleep, random, signal }) {
    for (let round = 0;; round += 1) {
        const timeoutMs = Math.max(1, Math.min(longestTryMs, deadline.leftMs()));
        const ended = await attempt(timeoutMs);
        if ("value" in ended)
            return ended.value;
        const pauseMs = ended.afterMs ?? jittered(round, random());
        if (pauseMs + shortestTryMs > deadline.leftMs())
            throw ended.failure;
        await sleep(pauseMs, signal);
    }
}
function jittered(round, random) {
    const pause = Math.min(longestPauseMs, firstPauseMs * 2 ** round);
    return pause / 2 + (pause / 2) * random;
}
function retryAfterMs(header, now) {
    if (header === undefined || header.trim() === "")
        return undefined;
    const seconds = Number(header);
    if (Number.isFinite(seconds))
        return Math.max(0, seconds * 1000);
    const date = Date.parse(header);
    return Number.isNaN(date) ? undefined : Math.max(0, date - now);
}


/***/ }),

/***/ 7299:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   M: () => (/* binding */ readNeeds),
/* harmony export */   o: () => (/* binding */ readReports)
/* harmony export */ });
/* harmony import */ var _json_js__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(5727);

function readNeeds(text) {
    const needs = (0,_json_js__WEBPACK_IMPORTED_MODULE_0__/* .parseJson */ .qF)(text);
    if (typeof needs !== "object" || needs === null || Array.isArray(needs))
        return undefined;
    const problems = [];
    const found = Object.entries(needs).map(([name, job]) => {
        const read = readOutputs((0,_json_js__WEBPACK_IMPORTED_MODULE_0__/* .memberAt */ .mz)(job, "outputs"), `the outputs of job ${name}`);
        problems.push(...read.problems);
        return { name, result: (0,_json_js__WEBPACK_IMPORTED_MODULE_0__/* .textAt */ .$6)(job, "result"), reports: read.found };
    });
    return { found, problems };
}
function readReports(text) {
    const whole = (0,_json_js__WEBPACK_IMPORTED_MODULE_0__/* .parseJson */ .qF)(text);
    if (whole !== undefined)
        return reportsIn(whole, "the text");
    const lines = text.split("\n").map((line, index) => ({ line: line.trim(), number: index + 1 }));
    return joined(lines
        .filter(({ line }) => line !== "")
        .map(({ line, number }) => reportOrProblem(line, `line ${number}`)));
}
function reportsIn(value, place) {
    const report = asReport(value);
    if (report !== undefined)
        return { found: [report], problems: [] };
    if (Array.isArray(value))
        return joined((0,_json_js__WEBPACK_IMPORTED_MODULE_0__/* .itemsOf */ .S3)(value).map((item, index) => reportsIn(item, `item ${String(index + 1)}`)));
    const members = typeof value === "object" && value !== null ? Object.entries(value) : [];
    const steps = members.filter(([, step]) => (0,_json_js__WEBPACK_IMPORTED_MODULE_0__/* .memberAt */ .mz)(step, "outputs") !== undefined);
    if (steps.length === 0)
        return { found: [], problems: [`${place} is no report of Belay`] };
    return joined(steps.map(([name, step]) => readOutputs((0,_json_js__WEBPACK_IMPORTED_MODULE_0__/* .memberAt */ .mz)(step, "outputs"), `the outputs of ${name}`)));
}
function readOutputs(outputs, place) {
    const entries = typeof outputs === "object" && outputs !== null ? Object.entries(outputs) : [];
    return joined(entries.map(([name, value]) => {
        const isReport = /(?:^|[-_])report$/.test(name);
        const text = typeof value === "string" ? value : "";
        if (text === "")
            return { found: [], problems: [] };
        const read = reportOrProblem(text, `\`${name}\` in ${place}`);
        return isReport ? read : { found: read.found, problems: [] };
    }));
}
function reportOrProblem(text, place) {
    const value = (0,_json_js__WEBPACK_IMPORTED_MODULE_0__/* .parseJson */ .qF)(text);
    if (value === undefined)
        return { found: [], problems: [`${place} is not JSON`] };
    const report = asReport(value);
    return report === undefined
        ? { found: [], problems: [`${place} is no report of Belay`] }
        : { found: [report], problems: [] };
}
function asReport(value) {
    const [action, status] = [(0,_json_js__WEBPACK_IMPORTED_MODULE_0__/* .textAt */ .$6)(value, "action"), (0,_json_js__WEBPACK_IMPORTED_MODULE_0__/* .textAt */ .$6)(value, "status")];
    if ((0,_json_js__WEBPACK_IMPORTED_MODULE_0__/* .memberAt */ .mz)(value, "version") !== 1 || action === "" || status === "")
        return undefined;
    const message = (0,_json_js__WEBPACK_IMPORTED_MODULE_0__/* .textAt */ .$6)(value, "error", "message");
    const facts = (0,_json_js__WEBPACK_IMPORTED_MODULE_0__/* .itemsOf */ .S3)((0,_json_js__WEBPACK_IMPORTED_MODULE_0__/* .memberAt */ .mz)(value, "facts")).map((fact) => ({
        name: (0,_json_js__WEBPACK_IMPORTED_MODULE_0__/* .textAt */ .$6)(fact, "name"),
        value: (0,_json_js__WEBPACK_IMPORTED_MODULE_0__/* .textAt */ .$6)(fact, "value"),
    }));
    return {
        action,
        status,
        title: (0,_json_js__WEBPACK_IMPORTED_MODULE_0__/* .textAt */ .$6)(value, "title"),
        startedAt: (0,_json_js__WEBPACK_IMPORTED_MODULE_0__/* .textAt */ .$6)(value, "startedAt"),
        facts: facts.filter(({ name, value: text }) => name !== "" && text !== ""),
        error: message === "" ? undefined : { message, remedy: (0,_json_js__WEBPACK_IMPORTED_MODULE_0__/* .textAt */ .$6)(value, "error", "remedy") },
    };
}
function joined(readings) {
    return {
        found: readings.flatMap(({ found }) => found),
        problems: readings.flatMap(({ problems }) => problems),
    };
}


/***/ }),

/***/ 7264:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   $: () => (/* binding */ redactor)
/* harmony export */ });
const urlPassword = /(\b[a-z][a-z0-9+.-]*:\/\/[^\s:/?#@]*):([^\s/?#]+)@/gi;
const shapes = [
    /\bgh[pousr]_[A-Za-z0-9]{20,}/g,
    /\bgithub_pat_[A-Za-z0-9_]{20,}/g,
    /\bxox[a-z]-[A-Za-z0-9-]{10,}/g,
    /\bxapp-[A-Za-z0-9-]{10,}/g,
    /\bsntry[su]_[A-Za-z0-9+/=_-]{20,}/g,
    /\bA(?:KIA|SIA)[A-Z0-9]{16}\b/g,
    /https:\/\/hooks\.slack(?:-gov)?\.com\/(?:services|workflows|triggers)\/[A-Za-z0-9/_-]+/g,
    /-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z ]*PRIVATE KEY-----|$)/g,
];
const hidden = "***";
function redactor(secrets) {
    const longestFirst = secrets.filter((one) => one !== "").sort((a, b) => b.length - a.length);
    return (text) => {
        const known = longestFirst.reduce((rest, secret) => rest.replaceAll(secret, hidden), text);
        const named = known.replace(urlPassword, `$1:${hidden}@`);
        return shapes.reduce((rest, shape) => rest.replace(shape, hidden), named);
    };
}


/***/ }),

/***/ 1037:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {


// EXPORTS
__webpack_require__.d(__webpack_exports__, {
  notify: () => (/* binding */ notify)
});

// EXTERNAL MODULE: ./src/kit/redact.js
var redact = __webpack_require__(7264);
// EXTERNAL MODULE: ./src/commands/git.js
var git = __webpack_require__(3997);
// EXTERNAL MODULE: ./src/kit/event.js
var kit_event = __webpack_require__(7413);
// EXTERNAL MODULE: ./src/kit/read-reports.js
var read_reports = __webpack_require__(7299);
;// CONCATENATED MODULE: ./src/slack-notify/story.js
function reportsOf({ reports, jobs }) {
    const all = [...reports, ...jobs.flatMap((job) => job.reports)];
    return [
        ...all.filter(({ error }) => error !== undefined),
        ...all.filter(({ error }) => error === undefined),
    ];
}

// EXTERNAL MODULE: ./src/slack-notify/verdict.js
var slack_notify_verdict = __webpack_require__(6272);
;// CONCATENATED MODULE: ./src/slack-notify/collect.js





const longestGitMs = 3000;
async function collect(inputs, { run, event, log, clock }, { processes }, { github, deadline }) {
    const facts = (0,kit_event/* eventFacts */.I)(await event());
    const told = readTold(inputs, (problem) => log.warning(problem));
    const commit = facts.commit ?? (await checkedOut(run, processes, deadline));
    const story = tellStory(inputs, run, facts, { ...told, commit });
    const began = earliest(reportsOf(story)) ?? (await github?.startedAt());
    return { ...story, durationMs: began && Math.max(0, clock.now() - began) };
}
function readTold({ needs, reports }, warn) {
    const jobs = needs === "" ? { found: [], problems: [] } : (0,read_reports/* readNeeds */.M)(needs);
    const read = reports === "" ? { found: [], problems: [] } : (0,read_reports/* readReports */.o)(reports);
    const advice = "Write it as `${{ toJSON(needs) }}`.";
    if (jobs === undefined)
        warn(`\`needs\` is not the JSON of needs: the message cannot say how the jobs ended. ${advice}`);
    for (const problem of jobs?.problems ?? [])
        warn(`\`needs\`: ${problem}; it is left out.`);
    for (const problem of read.problems)
        warn(`\`reports\`: ${problem}; it is left out.`);
    const incomplete = jobs === undefined || (read.problems.length > 0 && read.found.length === 0);
    return { jobs: jobs?.found ?? [], reports: read.found, incomplete };
}
function tellStory(inputs, run, facts, { jobs, reports, incomplete, commit }) {
    const repositoryUrl = run.repository === "" ? "" : `${run.server}/${run.repository}`;
    const sha = commit?.sha ?? run.sha;
    const all = [...reports, ...jobs.flatMap((job) => job.reports)];
    return {
        kind: (0,slack_notify_verdict/* verdictOf */.Vj)({ status: inputs.status, jobs, reports, incomplete }),
        title: inputs.title || run.workflow || run.repository || "The workflow",
        environment: inputs.environment || facts.environment || factOf(all, "environment"),
        message: inputs.message,
        fields: inputs.fields,
        jobs,
        reports,
        repository: run.repository,
        repositoryUrl,
        branch: run.refName,
        commit: commit ?? (sha === "" ? undefined : { sha, subject: "", author: "" }),
        commitUrl: sha === "" || repositoryUrl === "" ? "" : `${repositoryUrl}/commit/${sha}`,
        actor: run.actor,
        runUrl: run.url,
        compareUrl: sinceLastRelease(all, repositoryUrl, sha) || facts.compareUrl,
        pullRequestUrl: facts.pullRequestUrl,
        durationMs: undefined,
    };
}
function sinceLastRelease(reports, repositoryUrl, sha) {
    const previous = /-([0-9a-f]{7,40})$/.exec(factOf(reports, "previous release"))?.[1];
    if (previous === undefined || repositoryUrl === "" || sha === "" || sha.startsWith(previous))
        return "";
    return `${repositoryUrl}/compare/${previous}...${sha}`;
}
function factOf(reports, name) {
    return reports.flatMap(({ facts }) => facts).find((fact) => fact.name === name)?.value ?? "";
}
async function checkedOut({ sha, workspace }, processes, deadline) {
    const limitMs = Math.round(Math.min(longestGitMs, deadline.leftMs() / 3));
    if (sha === "" || workspace === "")
        return undefined;
    try {
        const options = { cwd: workspace, signal: AbortSignal.timeout(limitMs) };
        const { code, stdout } = await processes.run((0,git/* logCommits */.Vg)(sha, 1), options);
        const commit = code === 0 ? (0,git/* parseCommits */.iZ)(stdout)[0] : undefined;
        return (commit && { sha, subject: commit.message.split("\n", 1)[0] ?? "", author: commit.author });
    }
    catch {
        return undefined;
    }
}
function earliest(reports) {
    const times = reports.map(({ startedAt }) => Date.parse(startedAt));
    const known = times.filter((time) => !Number.isNaN(time));
    return known.length === 0 ? undefined : Math.min(...known);
}

// EXTERNAL MODULE: ./src/kit/errors.js
var errors = __webpack_require__(9858);
;// CONCATENATED MODULE: ./src/slack-notify/ending.js

const noOutputs = { ok: "false", ts: "", "thread-ts": "", "channel-id": "" };
function ending(status, verdict, told = {}) {
    return {
        status,
        verdict,
        ...(told.failure !== undefined && { error: (0,errors/* asBelayError */._q)(told.failure) }),
        facts: told.facts ?? [],
        outputs: { ...noOutputs, ...told.outputs },
    };
}

;// CONCATENATED MODULE: ./src/slack-notify/dry-run.js

function dryRun(message, facts, log) {
    log.startGroup("payload");
    log.output(`${JSON.stringify(message, undefined, 2)}\n`);
    log.endGroup();
    return ending("planned", "the payload stands above; nothing was sent", { facts });
}

// EXTERNAL MODULE: ./src/kit/json.js
var kit_json = __webpack_require__(5727);
;// CONCATENATED MODULE: ./src/slack-notify/github.js

const longestAskMs = 5000;
class GitHub {
    #http;
    #token;
    #run;
    #deadline;
    constructor(http, token, run, deadline) {
        this.#http = http;
        this.#token = token;
        this.#run = run;
        this.#deadline = deadline;
    }
    async lastRunWasGood() {
        const file = workflowFile(this.#run.workflowRef);
        const { refName, repository, id } = this.#run;
        if (file === undefined || refName === "")
            return undefined;
        const query = new URLSearchParams({ branch: refName, status: "completed", per_page: "30" });
        const answer = await this.#ask(`actions/workflows/${encodeURIComponent(file)}/runs?${String(query)}`);
        const runs = (0,kit_json/* itemsOf */.S3)((0,kit_json/* memberAt */.mz)(answer, "workflow_runs"));
        const ours = runs.filter((run) => (0,kit_json/* textAt */.$6)(run, "head_repository", "full_name").toLowerCase() === repository.toLowerCase() &&
            String((0,kit_json/* memberAt */.mz)(run, "id")) !== id);
        return ours.map((run) => isGood((0,kit_json/* textAt */.$6)(run, "conclusion"))).find((good) => good !== undefined);
    }
    async startedAt() {
        const answer = await this.#ask(`actions/runs/${encodeURIComponent(this.#run.id)}`);
        const time = Date.parse((0,kit_json/* textAt */.$6)(answer, "run_started_at"));
        return Number.isNaN(time) ? undefined : time;
    }
    async #ask(path) {
        const { api, repository } = this.#run;
        try {
            const { status, body } = await this.#http.request({
                url: `${api}/repos/${repository}/${path}`,
                headers: {
                    accept: "application/vnd.github+json",
                    authorization: `Bearer ${this.#token}`,
                    "x-github-api-version": "2022-11-28",
                },
                timeoutMs: Math.max(1, Math.min(longestAskMs, this.#deadline.leftMs() / 3)),
                maxBodyBytes: 2 ** 21,
            });
            return status === 200 ? (0,kit_json/* parseJson */.qF)(body) : undefined;
        }
        catch {
            return undefined;
        }
    }
}
function workflowFile(workflowRef) {
    return /\/\.github\/workflows\/([^/@]+)@/.exec(workflowRef)?.[1];
}
function isGood(conclusion) {
    if (conclusion === "success")
        return true;
    return ["failure", "timed_out", "startup_failure"].includes(conclusion) ? false : undefined;
}

// EXTERNAL MODULE: ./src/kit/duration.js
var duration = __webpack_require__(1429);
;// CONCATENATED MODULE: ./src/kit/cut-text.js
const unprintable = /[\p{Cc}\u2028\u2029\u200B\u200E\u200F\u202A-\u202E\u2060\u2066-\u2069\uFEFF]/gu;
const mark = "…";
function printable(text) {
    const lines = text
        .toWellFormed()
        .replace(/\r\n?|\u2028|\u2029/g, "\n")
        .split("\n");
    return lines
        .map((line) => line.replaceAll("\t", "  ").replace(unprintable, ""))
        .join("\n")
        .trim();
}
function cutText(text, max) {
    if (text.length <= max)
        return text;
    const room = max - mark.length;
    if (room <= 0)
        return "";
    return `${text.slice(0, sensibleEnd(text, room)).trimEnd()}${mark}`;
}
function sensibleEnd(text, room) {
    const head = text.slice(0, room);
    const soonest = Math.floor((room * 2) / 3);
    const line = head.lastIndexOf("\n");
    if (line > soonest)
        return line;
    const sentence = lastMatchEnd(head, /[.!?。！？](?=\s)/gu);
    if (sentence > soonest)
        return sentence;
    const word = lastMatchEnd(head, /\S(?=\s)/gu);
    return word > soonest ? word : characterEnd(text, room);
}
function lastMatchEnd(text, pattern) {
    let end = 0;
    for (const match of text.matchAll(pattern))
        end = match.index + match[0].length;
    return end;
}
const longestCharacter = 64;
function characterEnd(text, room) {
    const from = Math.max(0, room - longestCharacter);
    const around = new Intl.Segmenter().segment(text.slice(from, room + longestCharacter));
    const starts = [...around].map(({ index }) => from + index);
    const end = starts.findLast((start) => start <= room) ?? from;
    if (end > from)
        return end;
    return /[\uD800-\uDBFF]$/.test(text.slice(0, room)) ? room - 1 : room;
}

// EXTERNAL MODULE: ./src/kit/one-line.js
var one_line = __webpack_require__(4544);
;// CONCATENATED MODULE: ./src/slack-notify/rich-text.js


class Room {
    #left;
    constructor(characters) {
        this.#left = characters;
    }
    line(value, max) {
        return this.#take((0,one_line/* oneLine */.T)(value), max);
    }
    lines(value, max) {
        return this.#take(printable(value), max);
    }
    get isSpent() {
        return this.#left < 20;
    }
    #take(value, max) {
        const cut = cutText(value, Math.min(max, this.#left));
        this.#left -= cut.length;
        return cut;
    }
}
function rich_text_text(value, style) {
    return style === undefined ? { type: "text", text: value } : { type: "text", text: value, style };
}
function rich_text_link(words, url) {
    const isLink = url.length <= 2000 && /^https?:\/\/[^\s<>|]+$/.test(url);
    return isLink ? { type: "link", url, text: words } : rich_text_text(words);
}
function richBlock(parts) {
    const elements = parts.flatMap((part) => {
        if (isList(part))
            return part.elements.length === 0 ? [] : [part];
        return sections([part]);
    });
    return elements.length === 0 ? undefined : { type: "rich_text", elements };
}
function bullets(items) {
    return { type: "rich_text_list", style: "bullet", elements: sections(items) };
}
function sections(items) {
    return items
        .map((item) => item.filter((element) => element.type !== "text" || element.text !== ""))
        .filter((item) => item.length > 0)
        .map((elements) => ({ type: "rich_text_section", elements }));
}
function isList(part) {
    return !Array.isArray(part);
}

;// CONCATENATED MODULE: ./src/slack-notify/jobs.js


const roomForAll = 1500;
const mostLines = 40;
function jobsBlock(jobs) {
    const room = new Room(roomForAll);
    const rank = (job) => slack_notify_verdict/* verdictKinds */.PV.indexOf((0,slack_notify_verdict/* jobKind */.G$)(job));
    const sorted = jobs.toSorted((a, b) => rank(a) - rank(b));
    const lines = [];
    for (const job of sorted.slice(0, mostLines)) {
        if (room.isSpent)
            break;
        lines.push(line(job, room));
    }
    const left = sorted.length - lines.length;
    return richBlock([bullets(left === 0 ? lines : [...lines, [rich_text_text(`and ${left} more`)]])]);
}
function line(job, room) {
    const { sign, words } = slack_notify_verdict/* looks */.dx[(0,slack_notify_verdict/* jobKind */.G$)(job)];
    return [rich_text_text(`${sign} `), rich_text_text(room.line(job.name, 80)), rich_text_text(` ${words}`)];
}

// EXTERNAL MODULE: ./src/slack-notify/mention.js
var slack_notify_mention = __webpack_require__(9795);
;// CONCATENATED MODULE: ./src/slack-notify/report-block.js


const report_block_roomForAll = 2200;
const mostFacts = 6;
const factOrder = ["release", "previous release", "backup", "schema", "downtime", "image"];
function reportsBlock(reports) {
    const room = new Room(report_block_roomForAll);
    return richBlock(reports.map((report) => (room.isSpent ? [] : lines(report, room))));
}
function lines(report, room) {
    const { action, status, title, error } = report;
    const verdict = `${slack_notify_verdict/* looks */.dx[(0,slack_notify_verdict/* reportKind */.V_)(report)].sign} ${room.line(`${action}: ${status}`, 100)}`;
    const said = error === undefined ? room.line(title, 300) : "";
    return [
        rich_text_text(verdict, { bold: true }),
        rich_text_text(said === "" ? "\n" : ` – ${said}\n`),
        ...(error === undefined ? [] : failure(error, room)),
        ...facts(report, room),
    ];
}
function failure({ message, remedy }, room) {
    const [what, next] = [room.line(message, 500), room.line(remedy, 500)];
    return [
        rich_text_text("What happened: ", { bold: true }),
        rich_text_text(`${what}\n`),
        ...(next === "" ? [] : [rich_text_text("What to do: ", { bold: true }), rich_text_text(`${next}\n`)]),
    ];
}
function facts(report, room) {
    const rank = (name) => {
        const at = factOrder.indexOf(name);
        return at === -1 ? factOrder.length : at;
    };
    const sorted = report.facts.toSorted((a, b) => rank(a.name) - rank(b.name));
    return sorted.slice(0, mostFacts).flatMap(({ name, value }) => {
        if (room.isSpent)
            return [];
        return [rich_text_text(`${room.line(name, 40)}: ${room.line(value, 150)}\n`)];
    });
}

;// CONCATENATED MODULE: ./src/slack-notify/message.js









const longestHeader = 150;
const room = { message: 2800, fields: 800, where: 900 };
function messageOf(story, mentions = []) {
    const blocks = [
        mentionBlock(mentions),
        richBlock([[rich_text_text(new Room(room.message).lines(story.message, room.message))]]),
        reportsBlock(reportsOf(story)),
        jobsBlock(story.jobs),
        fieldsBlock(story),
        whereBlock(story),
    ];
    return {
        text: fallback(story, mentions),
        blocks: [header(story), ...blocks.filter((block) => block !== undefined)],
    };
}
function headline({ kind, title, environment }) {
    const { sign, words } = slack_notify_verdict/* looks */.dx[kind];
    const place = environment === "" ? "" : ` (${(0,one_line/* oneLine */.T)(environment, 40)})`;
    const rest = ` ${words}${place}`;
    return `${sign} ${cutText((0,one_line/* oneLine */.T)(title), longestHeader - sign.length - 1 - rest.length)}${rest}`;
}
function header(story) {
    return { type: "header", text: { type: "plain_text", text: headline(story), emoji: false } };
}
function fallback(story, mentions) {
    const cause = reportsOf(story).find(({ error }) => error !== undefined)?.error?.message ?? "";
    const line = cause === "" ? headline(story) : `${headline(story)}: ${(0,one_line/* oneLine */.T)(cause, 200)}`;
    const escaped = line.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
    return [...mentions.map(slack_notify_mention/* mentionText */.ah), escaped].join(" ");
}
function mentionBlock(mentions) {
    return richBlock([mentions.flatMap((mention) => [(0,slack_notify_mention/* mentionElement */.BN)(mention), rich_text_text(" ")])]);
}
function fieldsBlock({ fields }) {
    const space = new Room(room.fields);
    const lines = fields.flatMap(({ name, value }) => space.isSpent
        ? []
        : [rich_text_text(`${space.line(name, 60)}: `, { bold: true }), rich_text_text(`${space.line(value, 300)}\n`)]);
    return richBlock([lines]);
}
function whereBlock(story) {
    const space = new Room(room.where);
    const { repository, repositoryUrl, branch, actor, durationMs } = story;
    const place = separated(" · ", [
        repository === "" ? [] : [rich_text_link(space.line(repository, 140), repositoryUrl)],
        branch === "" ? [] : [rich_text_text(space.line(branch, 120), { code: true })],
        actor === "" ? [] : [rich_text_text(`by ${space.line(actor, 60)}`)],
        durationMs === undefined ? [] : [rich_text_text(`after ${(0,duration/* formatDuration */.a)(durationMs)}`)],
    ]);
    const links = separated(" · ", [
        linkUnlessEmpty("Run", story.runUrl),
        linkUnlessEmpty("Changes", story.compareUrl),
        linkUnlessEmpty("Pull request", story.pullRequestUrl),
    ]);
    return richBlock([separated("\n", [place, commitLine(story, space), links])]);
}
function commitLine({ commit, commitUrl }, space) {
    if (commit === undefined)
        return [];
    const subject = space.line(commit.subject, 200);
    const author = space.line(commit.author, 60);
    return [
        rich_text_link(commit.sha.slice(0, 7), commitUrl),
        rich_text_text(subject === "" ? "" : ` ${subject}`),
        rich_text_text(author === "" ? "" : ` – ${author}`),
    ];
}
function linkUnlessEmpty(words, url) {
    return url === "" ? [] : [rich_text_link(words, url)];
}
function separated(separator, parts) {
    const filled = parts.filter((part) => part.length > 0);
    return filled.flatMap((part, index) => (index === 0 ? part : [rich_text_text(separator), ...part]));
}

;// CONCATENATED MODULE: ./src/slack-notify/only-on.js

async function reasonToSkip(onlyOn, kind, github) {
    if (onlyOn === "always" || kind === "unknown")
        return undefined;
    if (onlyOn === "failure")
        return (0,slack_notify_verdict/* isBad */.e2)(kind) ? undefined : "nothing failed, and only-on is failure";
    if (kind !== "succeeded" && !(0,slack_notify_verdict/* isBad */.e2)(kind))
        return undefined;
    const wasGood = await github?.lastRunWasGood();
    const same = wasGood === !(0,slack_notify_verdict/* isBad */.e2)(kind);
    return same ? "the last run ended the same way, and only-on is change" : undefined;
}

;// CONCATENATED MODULE: ./src/slack-notify/redacted.js
function redacted(story, hide) {
    return walk(story, hide);
}
function walk(value, hide) {
    if (typeof value === "string")
        return hide(value);
    if (Array.isArray(value))
        return value.map((item) => walk(item, hide));
    if (typeof value !== "object" || value === null)
        return value;
    return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, walk(member, hide)]));
}

// EXTERNAL MODULE: ./src/kit/persist.js
var persist = __webpack_require__(5257);
;// CONCATENATED MODULE: ./src/slack-notify/slack-errors.js

const newToken = "Take the Bot User OAuth Token from the app's page OAuth & Permissions, and store it as the secret anew.";
const newWebhook = "Make a new incoming webhook for the channel on the app's page, and store its whole URL as the secret.";
const askAdmin = "Ask an administrator of the workspace to allow it, or send to another channel.";
const report = "Report it with the payload that `dry-run: true` prints.";
function auth(message, remedy = newToken) {
    return { code: "auth-refused", message, remedy };
}
function config(message, remedy) {
    return { code: "config", message, remedy };
}
const known = {
    invalid_auth: auth("Slack does not know the token, or not from this address"),
    not_authed: auth("Slack was given no token"),
    token_revoked: auth("the token was revoked, or the app removed from the workspace"),
    token_expired: auth("the token has expired"),
    account_inactive: auth("the token belongs to a user or workspace that was deleted"),
    not_allowed_token_type: auth("the token is of a kind that may not post messages"),
    invalid_token: auth("the webhook's URL is wrong or was revoked", newWebhook),
    missing_scope: auth("the token lacks a right", "Add the scope `chat:write` on the app's page OAuth & Permissions (for channels that the app is not in `chat:write.public`), and install the app again."),
    no_permission: auth("the token may not post there", "Invite the app to the channel: `/invite @app`."),
    access_denied: auth("the token may not do that", askAdmin),
    ekm_access_denied: auth("an administrator has suspended posting", askAdmin),
    accesslimited: auth("the workspace refuses this runner's address", "Allow the runner's addresses for the app, or use a runner of your own."),
    org_login_required: auth("the workspace is being moved", "Try again when the move to an organisation is over."),
    team_access_not_granted: auth("the app is not allowed in that workspace", "Install the app in the workspace of the channel."),
    channel_not_found: config("there is no such channel, or the app cannot see it", "Check the name or take the channel's ID from its details, and for a private channel invite the app: `/invite @app`."),
    not_in_channel: config("the app is not in the channel", "Invite it there: `/invite @app`, or give it the scope `chat:write.public` for public channels."),
    is_archived: config("the channel is archived", "Name another channel in `channel`, or unarchive it."),
    channel_is_archived: config("the webhook's channel is archived", newWebhook),
    restricted_action: config("the workspace's settings forbid posting there", askAdmin),
    restricted_action_read_only_channel: config("the channel is read-only", askAdmin),
    restricted_action_thread_only_channel: config("the channel takes only replies", "Give `thread`, or another channel."),
    restricted_action_non_threadable_channel: config("the channel takes no replies", "Leave `thread` out, or name another channel."),
    action_prohibited: config("the workspace forbids the webhook to post there", askAdmin),
    posting_to_general_channel_denied: config("only some may post to #general", askAdmin),
    no_service: config("the webhook was removed or is disabled", newWebhook),
    no_service_id: config("the webhook's URL is not complete", newWebhook),
    no_active_hooks: config("the webhook is disabled", newWebhook),
    no_team: config("the webhook's workspace is gone, or its URL not complete", newWebhook),
    team_disabled: config("the webhook's workspace is disabled", askAdmin),
    team_not_found: config("the workspace of the message is gone", newToken),
    user_not_found: config("the user that the webhook posts to is gone", newWebhook),
    message_not_found: config("there is no message with the `ts` that `update` names", "Feed `update` and `channel-id` from the outputs of the same step; a message that somebody deleted cannot be edited."),
    cant_update_message: config("the message that `update` names is not the app's own", "Edit with the token that the message was sent with."),
    edit_window_closed: config("the workspace lets nobody edit so late", "Use `thread` instead of `update`, or ask an administrator for a longer time."),
    is_inactive: config("the channel is archived or frozen", "Name another channel in `channel`."),
    thread_not_found: config("there is no thread with the `ts` that `thread` names", "Feed `thread` from the output `thread-ts` of the step that sent the first message."),
    cannot_reply_to_message: config("the message that `thread` names takes no replies", "Leave `thread` out."),
    invalid_blocks: config("Slack refuses the blocks of the message", report),
    invalid_blocks_format: config("Slack cannot read the blocks of the message", report),
    block_mismatch: config("the message that `update` names is of another kind", "Only a message that this action has sent can be edited by it."),
    invalid_payload: config("Slack cannot read the message", report),
    invalid_arguments: config("Slack refuses what it was asked", report),
    msg_too_long: config("the message is too long for Slack", report),
    msg_blocks_too_long: config("the message is too long for Slack", report),
    too_many_attachments: config("the message has too many parts for Slack", report),
    no_text: config("the message is empty", report),
};
const passing = new Set([
    ...["ratelimited", "rate_limited", "internal_error", "fatal_error", "service_unavailable"],
    ...["request_timeout", "rollup_error", "team_added_to_org", "update_failed"],
    ...["external_channel_migrating", "message_limit_exceeded"],
]);
function isPassing(code) {
    return passing.has(code);
}
function isSlackCode(text) {
    return Object.hasOwn(known, text) || passing.has(text);
}
function slackError(code, details = "") {
    const found = Object.hasOwn(known, code) ? known[code] : undefined;
    const more = details === "" ? "" : `: ${details}`;
    if (found !== undefined) {
        const message = `Slack answered ${code}: ${found.message}${more}`;
        return new errors/* BelayError */.oT(found.code, message, found.remedy);
    }
    const remedy = passing.has(code)
        ? "Run the job again later; see slack-status.com."
        : `Look the code up on Slack's page of the method chat.postMessage.`;
    return new errors/* BelayError */.oT("service-failed", `Slack answered ${code}${more}`, remedy);
}

;// CONCATENATED MODULE: ./src/slack-notify/slack-answer.js






function webhookAnswer(answer, now) {
    const body = answer.body.trim();
    if (answer.status === 200 && body === "ok")
        return { value: { ts: "", channel: "" } };
    if (isSlackCode(body))
        return failed(body, "", answer, now);
    return strange(answer, "webhook", now);
}
function apiAnswer(answer, now) {
    const json = (0,kit_json/* parseJson */.qF)(answer.body);
    if (answer.status === 200 && (0,kit_json/* memberAt */.mz)(json, "ok") === true) {
        return { value: { ts: (0,kit_json/* textAt */.$6)(json, "ts"), channel: (0,kit_json/* textAt */.$6)(json, "channel") } };
    }
    const code = (0,kit_json/* textAt */.$6)(json, "error");
    if (/^\w{1,80}$/.test(code))
        return failed(code, detailsOf(json), answer, now);
    return strange(answer, "api-url", now);
}
function detailsOf(json) {
    const needed = (0,kit_json/* textAt */.$6)(json, "needed");
    const provided = (0,kit_json/* textAt */.$6)(json, "provided");
    if (needed !== "")
        return `needed ${(0,one_line/* oneLine */.T)(needed, 100)}, provided ${(0,one_line/* oneLine */.T)(provided, 200)}`;
    const messages = (0,kit_json/* itemsOf */.S3)((0,kit_json/* memberAt */.mz)(json, "response_metadata", "messages"));
    const texts = messages.filter((one) => typeof one === "string");
    return (0,one_line/* oneLine */.T)(texts.slice(0, 3).join("; "), 300);
}
function failed(code, details, answer, now) {
    if (answer.status === 429 || isPassing(code))
        return slack_answer_passing(answer, code, now, details);
    throw slackError(code, details);
}
function strange(answer, input, now) {
    const { status } = answer;
    if (status === 429 || status >= 500)
        return slack_answer_passing(answer, `HTTP ${status}`, now);
    throw new errors/* BelayError */.oT("config", `the answer is not Slack's: ${described(answer)}`, remedy(input));
}
function slack_answer_passing(answer, code, now, details = "") {
    const afterMs = (0,persist/* retryAfterMs */.V)(answer.headers["retry-after"], now);
    const limited = answer.status === 429 || /^rate_?limited$/.test(code);
    const failure = limited ? rateLimited(afterMs) : slackError(code, details);
    return afterMs === undefined ? { failure } : { failure, afterMs };
}
function rateLimited(afterMs) {
    const wait = afterMs === undefined ? "" : `, and asks to wait ${(0,duration/* formatDuration */.a)(afterMs)}`;
    const message = `Slack answered ratelimited: too many messages for this channel${wait}`;
    const remedy = "Raise `time-limit` above that, or send fewer messages: about one a second is allowed.";
    return new errors/* BelayError */.oT("service-failed", message, remedy);
}
function described({ status, headers, body }) {
    if (status >= 300 && status < 400) {
        const to = headers["location"];
        const host = to !== undefined && URL.canParse(to) ? ` to ${new URL(to).host}` : "";
        return `HTTP ${status}, a redirect${host}, which is not followed`;
    }
    if (body.trim() === "")
        return `HTTP ${status} with nothing in it`;
    const kind = /<(?:!doctype|html|head|body)\b/i.test(body) ? "a web page" : "some other text";
    return `HTTP ${status} with ${kind}`;
}
function remedy(input) {
    return `Check \`${input}\`, and whether a proxy or firewall stands between the runner and Slack.`;
}

;// CONCATENATED MODULE: ./src/slack-notify/slack.js



function send(message, place, way, line) {
    const { request, judge } = way.kind === "webhook" ? byWebhook(message, way.url) : byApi(message, place, way);
    return (0,persist/* persist */.Z)((timeoutMs) => attempt({ ...request, timeoutMs }, judge, line), line.patience);
}
function byWebhook(message, url) {
    return { request: jsonPost(url, { ...message, ...quiet }), judge: webhookAnswer };
}
const quiet = { unfurl_links: false, unfurl_media: false };
function byApi(message, place, way) {
    const channel = place.channel ?? way.channel;
    const headers = { authorization: `Bearer ${way.token}` };
    if (place.update !== undefined) {
        const body = { channel, ts: place.update, parse: "none", ...message };
        return { request: jsonPost(`${way.api}/chat.update`, body, headers), judge: apiAnswer };
    }
    const thread = place.thread !== undefined && {
        thread_ts: place.thread,
        ...(place.broadcast === true && { reply_broadcast: true }),
    };
    const body = { channel, ...message, ...quiet, ...thread };
    return { request: jsonPost(`${way.api}/chat.postMessage`, body, headers), judge: apiAnswer };
}
function jsonPost(url, body, headers = {}) {
    const type = { "content-type": "application/json; charset=utf-8" };
    return { url, method: "POST", headers: { ...type, ...headers }, body: JSON.stringify(body) };
}
async function attempt(request, judge, line) {
    const { signal } = line.patience;
    let answer;
    try {
        answer = await line.http.request(signal === undefined ? request : { ...request, signal });
    }
    catch (cause) {
        if (signal?.aborted === true)
            throw cancelled();
        return { failure: unreachable(request.url, cause) };
    }
    return judge(answer, line.now());
}
function unreachable(url, cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    const message = `Slack cannot be reached at ${new URL(url).host}: ${why}`;
    const remedy = "Check the address, and HTTPS_PROXY where the runner needs a proxy; else run the job again later.";
    return new errors/* BelayError */.oT("host-unreachable", message, remedy, { cause });
}
function cancelled() {
    return new errors/* BelayError */.oT("cancelled", "the job was cancelled before Slack had answered", "Nothing.");
}

;// CONCATENATED MODULE: ./src/slack-notify/notify.js










async function notify(inputs, timeline, deadline, platform) {
    const world = await platform.reach();
    const { githubToken, onlyOn, way, mentions } = inputs;
    const github = githubToken === "" ? undefined : new GitHub(world.http, githubToken, platform.run, deadline);
    const hide = (0,redact/* redactor */.$)(secretsOf(inputs));
    const story = await timeline.step("collect", async () => redacted(await collect(inputs, platform, world, { github, deadline }), hide));
    const skip = await reasonToSkip(onlyOn, story.kind, github);
    if (skip !== undefined)
        return ending("skipped", skip, { facts: factsOf(story) });
    const pinged = (0,slack_notify_verdict/* isBad */.e2)(story.kind) ? mentions : [];
    if (inputs.dryRun || way === undefined)
        return dryRun(messageOf(story, pinged), factsOf(story), platform.log);
    const line = lineOf(platform, world.http, deadline);
    return timeline.step("send", () => deliver(story, pinged, way, line));
}
function lineOf({ clock, random, signal }, http, deadline) {
    const sleep = (ms, stop) => clock.sleep(ms, stop);
    return { http, now: () => clock.now(), patience: { deadline, sleep, random, signal } };
}
async function deliver(story, mentions, way, line) {
    const edits = way.kind === "bot" && way.update !== "";
    const message = messageOf(story, edits ? [] : mentions);
    const place = placeOf(way, (0,slack_notify_verdict/* isBad */.e2)(story.kind));
    const sent = await send(message, place, way, line);
    const told = toldOf(sent, place, story);
    if (!edits || !(0,slack_notify_verdict/* isBad */.e2)(story.kind))
        return told;
    const reply = {
        thread: way.update,
        broadcast: true,
        channel: sent.channel || way.channel,
    };
    try {
        await send(shortened(messageOf(story, mentions)), reply, way, line);
        return told;
    }
    catch (failure) {
        return ending("failed", "the message was edited, but the reply that pings was not sent", {
            failure,
            facts: told.facts,
            outputs: { ...told.outputs, ok: "false" },
        });
    }
}
function placeOf(way, bad) {
    if (way.kind === "webhook")
        return {};
    if (way.update !== "")
        return { update: way.update };
    return way.thread === "" ? {} : { thread: way.thread, broadcast: bad };
}
function shortened({ text, blocks }) {
    return { text, blocks: blocks.slice(0, 2) };
}
function toldOf(sent, { update, thread }, story) {
    const verdict = `Slack was told: ${headline(story)}`;
    const threadTs = thread ?? update ?? sent.ts;
    return ending("sent", verdict, {
        facts: factsOf(story),
        outputs: { ok: "true", ts: sent.ts, "thread-ts": threadTs, "channel-id": sent.channel },
    });
}
function factsOf(story) {
    return [{ name: "message", value: headline(story) }];
}
function secretsOf({ way, githubToken }) {
    const own = way === undefined ? "" : way.kind === "webhook" ? way.url : way.token;
    return [own, githubToken];
}


/***/ })

};
