export const id = 419;
export const ids = [419];
export const modules = {

/***/ 419:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {


// EXPORTS
__webpack_require__.d(__webpack_exports__, {
  tellSentry: () => (/* binding */ tellSentry)
});

// EXTERNAL MODULE: ./src/kit/json.js
var kit_json = __webpack_require__(727);
;// CONCATENATED MODULE: ./src/kit/event.js

function eventFacts(event) {
    const created = /^0+$/.test((0,kit_json/* textAt */.$6)(event, "before"));
    return {
        commit: pullRequestCommit(event) ?? headCommit(event),
        compareUrl: created ? "" : (0,kit_json/* textAt */.$6)(event, "compare"),
        pullRequestUrl: (0,kit_json/* textAt */.$6)(event, "pull_request", "html_url"),
        environment: (0,kit_json/* textAt */.$6)(event, "deployment", "environment") || (0,kit_json/* textAt */.$6)(event, "inputs", "environment"),
        pushed: (0,kit_json/* itemsOf */.S3)((0,kit_json/* memberAt */.mz)(event, "commits")).map(pushedCommit),
    };
}
function pullRequestCommit(event) {
    const sha = (0,kit_json/* textAt */.$6)(event, "pull_request", "head", "sha");
    if (sha === "")
        return undefined;
    const subject = (0,kit_json/* textAt */.$6)(event, "pull_request", "title");
    return { sha, subject, author: (0,kit_json/* textAt */.$6)(event, "pull_request", "user", "login") };
}
function headCommit(event) {
    const commit = (0,kit_json/* memberAt */.mz)(event, "head_commit") ?? (0,kit_json/* memberAt */.mz)(event, "workflow_run", "head_commit") ?? undefined;
    const sha = (0,kit_json/* textAt */.$6)(commit, "id");
    if (sha === "")
        return undefined;
    const subject = firstLine((0,kit_json/* textAt */.$6)(commit, "message"));
    return { sha, subject, author: (0,kit_json/* textAt */.$6)(commit, "author", "name") };
}
function pushedCommit(commit) {
    return {
        sha: (0,kit_json/* textAt */.$6)(commit, "id"),
        message: (0,kit_json/* textAt */.$6)(commit, "message"),
        author: (0,kit_json/* textAt */.$6)(commit, "author", "name"),
        email: (0,kit_json/* textAt */.$6)(commit, "author", "email"),
        timestamp: (0,kit_json/* textAt */.$6)(commit, "timestamp"),
    };
}
function firstLine(text) {
    return text.split(/[\r\n]/, 1)[0] ?? "";
}

;// CONCATENATED MODULE: ./src/kit/read-reports.js

function readNeeds(text) {
    const needs = parseJson(text);
    if (typeof needs !== "object" || needs === null || Array.isArray(needs))
        return undefined;
    const problems = [];
    const found = Object.entries(needs).map(([name, job]) => {
        const read = readOutputs(memberAt(job, "outputs"), `the outputs of job ${name}`);
        problems.push(...read.problems);
        return { name, result: textAt(job, "result"), reports: read.found };
    });
    return { found, problems };
}
function readReports(text) {
    const whole = (0,kit_json/* parseJson */.qF)(text);
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
        return joined((0,kit_json/* itemsOf */.S3)(value).map((item, index) => reportsIn(item, `item ${String(index + 1)}`)));
    const members = typeof value === "object" && value !== null ? Object.entries(value) : [];
    const steps = members.filter(([, step]) => (0,kit_json/* memberAt */.mz)(step, "outputs") !== undefined);
    if (steps.length === 0)
        return { found: [], problems: [`${place} is no report of Belay`] };
    return joined(steps.map(([name, step]) => readOutputs((0,kit_json/* memberAt */.mz)(step, "outputs"), `the outputs of ${name}`)));
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
    const value = (0,kit_json/* parseJson */.qF)(text);
    if (value === undefined)
        return { found: [], problems: [`${place} is not JSON`] };
    const report = asReport(value);
    return report === undefined
        ? { found: [], problems: [`${place} is no report of Belay`] }
        : { found: [report], problems: [] };
}
function asReport(value) {
    const [action, status] = [(0,kit_json/* textAt */.$6)(value, "action"), (0,kit_json/* textAt */.$6)(value, "status")];
    if ((0,kit_json/* memberAt */.mz)(value, "version") !== 1 || action === "" || status === "")
        return undefined;
    const message = (0,kit_json/* textAt */.$6)(value, "error", "message");
    const facts = (0,kit_json/* itemsOf */.S3)((0,kit_json/* memberAt */.mz)(value, "facts")).map((fact) => ({
        name: (0,kit_json/* textAt */.$6)(fact, "name"),
        value: (0,kit_json/* textAt */.$6)(fact, "value"),
    }));
    return {
        action,
        status,
        title: (0,kit_json/* textAt */.$6)(value, "title"),
        startedAt: (0,kit_json/* textAt */.$6)(value, "startedAt"),
        facts: facts.filter(({ name, value: text }) => name !== "" && text !== ""),
        error: message === "" ? undefined : { message, remedy: (0,kit_json/* textAt */.$6)(value, "error", "remedy") },
    };
}
function joined(readings) {
    return {
        found: readings.flatMap(({ found }) => found),
        problems: readings.flatMap(({ problems }) => problems),
    };
}

// EXTERNAL MODULE: ./src/kit/errors.js
var errors = __webpack_require__(858);
;// CONCATENATED MODULE: ./src/commands/git.js
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

// EXTERNAL MODULE: ./src/kit/one-line.js
var one_line = __webpack_require__(544);
;// CONCATENATED MODULE: ./src/sentry-release/local-commits.js


const usual = 20;
const most = 500;
async function localCommits({ sha, workspace, repository }, previous, pushed, processes, signal) {
    const git = (argv) => processes.run(argv, { cwd: workspace, signal });
    const named = (one) => sentryCommit(one, repository);
    if (workspace === "" || !(await isCheckout(git, sha))) {
        const commits = pushed.toReversed().map(named);
        return {
            commits,
            source: "the push, because there is no checkout that git can read",
            shallow: false,
        };
    }
    const known = previous !== undefined && (await git(hasCommit(previous))).code === 0;
    const log = await git(known ? logCommits(sha, most, previous) : logCommits(sha, usual));
    const shallow = !known && (await git(isShallow())).stdout.trim() === "true";
    const source = known ? `the checkout, since ${previous.slice(0, 7)}` : "the checkout";
    const commits = log.code === 0 ? parseCommits(log.stdout).map(named) : [];
    return { commits, source, shallow };
}
async function isCheckout(git, sha) {
    try {
        return (await git(hasCommit(sha))).code === 0;
    }
    catch {
        return false;
    }
}
function sentryCommit({ sha, message, author, email, timestamp }, repository) {
    const name = (0,one_line/* oneLine */.T)(author, 120);
    const isTime = !Number.isNaN(Date.parse(timestamp));
    return {
        id: sha,
        message: message.slice(0, 4000).toWellFormed(),
        ...(repository !== "" && repository.length <= 64 && { repository }),
        ...(name !== "" && { author_name: name }),
        ...(/^[^\s@<>]+@[^\s@<>]+\.[^\s@<>]+$/.test(email) &&
            email.length <= 75 && { author_email: email }),
        ...(isTime && { timestamp }),
    };
}

;// CONCATENATED MODULE: ./src/sentry-release/commits.js


async function tellCommits(version, sentry, sources) {
    const { run, log } = sources;
    if (run.sha === "")
        return "none: the run names no commit";
    if (await isReadBySentry(run.repository, sentry, log)) {
        try {
            await sentry.setRefs(version, run.repository, run.sha);
            return `read by Sentry from ${run.repository}`;
        }
        catch (failure) {
            if (!isRefused(failure))
                throw failure;
            log.info(`${failure.message}; the commits of the checkout are told instead`);
        }
    }
    return tellLocal(version, sentry, sources);
}
async function isReadBySentry(repository, sentry, log) {
    try {
        return repository !== "" && (await sentry.hasRepository(repository));
    }
    catch (failure) {
        if (!isRefused(failure))
            throw failure;
        log.info(`${failure.message}; the commits of the checkout are told instead`);
        return false;
    }
}
async function tellLocal(version, sentry, { run, pushed, processes, log, signal }) {
    const previous = await previousCommit(version, sentry);
    const { commits, source, shallow } = await localCommits(run, previous, pushed, processes, signal);
    if (shallow) {
        log.warning(`The checkout is shallow: Sentry is told of ${commits.length} commit(s) only, and older ones of this release may be missing. Give actions/checkout \`fetch-depth: 0\`, or connect the repository in Sentry.`);
    }
    if (commits.length === 0)
        return `none in ${source}`;
    await sentry.setCommits(version, commits);
    return `${commits.length} from ${source}`;
}
async function previousCommit(version, sentry) {
    try {
        return await sentry.previousCommit(version);
    }
    catch (failure) {
        if (isRefused(failure))
            return undefined;
        throw failure;
    }
}
function isRefused(failure) {
    return (failure instanceof errors/* BelayError */.oT && (failure.code === "config" || failure.code === "auth-refused"));
}

;// CONCATENATED MODULE: ./src/sentry-release/deployed.js
const running = ["deployed", "unchanged", "adopted", "restored"];
function whyNotDeployed(status, reports) {
    const failed = reports.find(({ error }) => error !== undefined);
    if (failed !== undefined)
        return `${failed.action} ended as ${failed.status}`;
    if (status !== "" && !["success", ...running].includes(status))
        return `the status is ${status}`;
    const idle = reports.find((report) => ["planned", "superseded", "rolled-back"].includes(report.status));
    return idle && `${idle.action} ended as ${idle.status}`;
}

// EXTERNAL MODULE: ./src/sentry-release/ending.js
var ending = __webpack_require__(105);
;// CONCATENATED MODULE: ./src/sentry-release/plan.js

function planOf(inputs, run, event, reports) {
    const version = inputs.release || run.sha;
    if (version === "") {
        const remedy = "Give `release`: here is no commit to name it after.";
        throw new errors/* BelayError */.oT("config", "`release` is empty, and the run names no commit", remedy);
    }
    return {
        version,
        projects: inputs.projects,
        environment: inputs.environment || event.environment || environmentOf(reports),
        deployStartedAt: reports[0]?.startedAt ?? "",
        commits: inputs.commits === "auto",
        finalize: inputs.finalize,
    };
}
function environmentOf(reports) {
    const facts = reports.flatMap((report) => report.facts);
    return facts.find(({ name }) => name === "environment")?.value ?? "";
}
function planFacts(plan, { url, org }) {
    return [
        { name: "release", value: plan.version },
        { name: "projects", value: `${plan.projects.join(", ")} of ${org} at ${new URL(url).host}` },
        { name: "environment", value: plan.environment || "none given: no deploy is recorded" },
        { name: "finalize", value: plan.finalize ? "yes" : "no" },
    ];
}

;// CONCATENATED MODULE: ./src/kit/persist.js
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

;// CONCATENATED MODULE: ./src/sentry-release/sentry-answer.js




function sentryAnswer(answer, question, now) {
    const { status } = answer;
    const json = (0,kit_json/* parseJson */.qF)(answer.body);
    if (status >= 200 && status < 300) {
        if (json !== undefined)
            return { value: json };
        throw strange(answer, question);
    }
    if (status === 409 || status === 429 || status >= 500)
        return passing(answer, question, now);
    throw refusal(answer, json, question);
}
function passing(answer, question, now) {
    const { status, headers } = answer;
    const reset = Number(headers["x-sentry-rate-limit-reset"]) * 1000;
    const afterMs = retryAfterMs(headers["retry-after"], now) ??
        (status === 429 && reset > now ? reset - now : undefined);
    const words = status === 429 ? "too many requests" : detailOf((0,kit_json/* parseJson */.qF)(answer.body));
    const message = `Sentry answered HTTP ${status} when asked to ${question}${words && `: ${words}`}`;
    const remedy = "Run the job again later, or raise `time-limit`; see status.sentry.io.";
    const failure = new errors/* BelayError */.oT("service-failed", message, remedy);
    return afterMs === undefined ? { failure } : { failure, afterMs };
}
function refusal(answer, json, question) {
    const { status } = answer;
    const detail = detailOf(json);
    const message = `Sentry refused to ${question}: HTTP ${status}${detail && `, ${detail}`}`;
    if (json === undefined)
        return strange(answer, question);
    if (status === 401)
        return new errors/* BelayError */.oT("auth-refused", message, newToken);
    if (status === 403)
        return new errors/* BelayError */.oT("auth-refused", message, scopes);
    if (status === 404)
        return new errors/* BelayError */.oT("config", message, names);
    if ((0,kit_json/* memberAt */.mz)(json, "projects") !== undefined)
        return new errors/* BelayError */.oT("config", message, projects);
    return new errors/* BelayError */.oT("config", message, "Correct the input that it names.");
}
const newToken = "Make an organisation token in Sentry (Settings, Auth Tokens), and store it as the secret anew; a self-hosted Sentry needs its own address in `sentry-url`.";
const scopes = "Give the token the scopes `project:releases` and `org:read`, or take an organisation token, and check that its user sees the projects.";
const names = "Check `sentry-org`, and `sentry-url`: they must be those of the same Sentry.";
const projects = "Check `sentry-projects`: the slugs as they stand in Sentry's addresses.";
function strange({ status, headers, body }, question) {
    const to = headers["location"];
    const host = to !== undefined && URL.canParse(to) ? ` to ${new URL(to).host}` : "";
    const what = status >= 300 && status < 400
        ? `HTTP ${status}, a redirect${host}, which is not followed`
        : `HTTP ${status} with ${kindOf(body)}`;
    const message = `the answer to "${question}" is not Sentry's: ${what}`;
    const remedy = "Check `sentry-url` (with https, and the region's own host where it has one), and whether a proxy or log-in page stands before it.";
    return new errors/* BelayError */.oT("config", message, remedy);
}
function kindOf(body) {
    if (body.trim() === "")
        return "nothing in it";
    return /<(?:!doctype|html|head|body)\b/i.test(body) ? "a web page" : "some other text";
}
function detailOf(json) {
    const detail = (0,kit_json/* textAt */.$6)(json, "detail") || (0,kit_json/* textAt */.$6)(json, "detail", "message");
    if (detail !== "" || typeof json !== "object" || json === null)
        return (0,one_line/* oneLine */.T)(detail, 200);
    const fields = Object.entries(json).map(([name, problem]) => `${name}: ${plain(problem)}`);
    return (0,one_line/* oneLine */.T)(fields.join("; "), 200);
}
function plain(problem) {
    if (Array.isArray(problem))
        return problem.map(plain).join(", ");
    return typeof problem === "string" ? problem : JSON.stringify(problem);
}

;// CONCATENATED MODULE: ./src/sentry-release/sentry.js




const mostPages = 10;
class Sentry {
    #access;
    #line;
    constructor(access, line) {
        this.#access = access;
        this.#line = line;
    }
    async createRelease(release) {
        await this.#ask("create the release", "POST", "releases/", release);
    }
    async hasRepository(name) {
        let cursor = "";
        for (let page = 0; page < mostPages; page += 1) {
            const query = new URLSearchParams({ status: "active", per_page: "100", cursor });
            const answer = await this.#answer("list the repositories", "GET", `repos/?${String(query)}`);
            if ((0,kit_json/* itemsOf */.S3)(answer.json).some((one) => isReadable(one, name)))
                return true;
            cursor = nextCursor(answer.link);
            if (cursor === "")
                break;
        }
        return false;
    }
    async setRefs(version, repository, commit) {
        const body = { refs: [{ repository, commit }] };
        await this.#ask("set the commits", "PUT", releasePath(version), body);
    }
    async setCommits(version, commits) {
        await this.#ask("set the commits", "PUT", releasePath(version), { commits });
    }
    async previousCommit(version) {
        const path = `${releasePath(version)}previous-with-commits/`;
        const previous = await this.#ask("find the release before", "GET", path);
        return (0,kit_json/* textAt */.$6)(previous, "lastCommit", "id") || undefined;
    }
    async addDeploy(version, deploy) {
        await this.#ask("record the deploy", "POST", `${releasePath(version)}deploys/`, deploy);
    }
    async finalize(version, dateReleased) {
        await this.#ask("finalize the release", "PUT", releasePath(version), { dateReleased });
    }
    async #ask(question, method, path, body) {
        return (await this.#answer(question, method, path, body)).json;
    }
    async #answer(question, method, path, body) {
        const { url, org, token } = this.#access;
        const headers = {
            authorization: `Bearer ${token}`,
            ...(body !== undefined && { "content-type": "application/json" }),
        };
        const request = {
            url: `${url}/api/0/organizations/${encodeURIComponent(org)}/${path}`,
            method,
            headers,
            maxBodyBytes: 2 ** 20,
            ...(body !== undefined && { body: JSON.stringify(body) }),
        };
        let link = "";
        const json = await persist(async (timeoutMs) => {
            const answer = await requestOnce(this.#line, { ...request, timeoutMs }, url);
            if ("failure" in answer)
                return answer;
            link = answer.headers["link"] ?? "";
            return sentryAnswer(answer, question, this.#line.now());
        }, this.#line.patience);
        return { json, link };
    }
}
async function requestOnce({ http, patience: { signal } }, request, url) {
    try {
        return await http.request(signal === undefined ? request : { ...request, signal });
    }
    catch (cause) {
        if (signal?.aborted === true)
            throw new errors/* BelayError */.oT("cancelled", "the job was cancelled before Sentry had answered", "Nothing.");
        return { failure: unreachable(url, cause) };
    }
}
function unreachable(url, cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    const message = `Sentry cannot be reached at ${new URL(url).host}: ${why}`;
    const remedy = "Check `sentry-url`, HTTPS_PROXY where the runner needs a proxy, and NODE_EXTRA_CA_CERTS where Sentry has a certificate of your own.";
    return new errors/* BelayError */.oT("host-unreachable", message, remedy, { cause });
}
function releasePath(version) {
    return `releases/${encodeURIComponent(version)}/`;
}
function isReadable(repository, name) {
    const provider = (0,kit_json/* textAt */.$6)(repository, "provider", "id");
    const isIntegration = provider.startsWith("integrations:") || provider.startsWith("github");
    return isIntegration && (0,kit_json/* textAt */.$6)(repository, "name").toLowerCase() === name.toLowerCase();
}
function nextCursor(link) {
    const next = link.split(/,(?=\s*<)/).find((part) => part.includes('rel="next"')) ?? "";
    return next.includes('results="true"') ? (/cursor="([^"]+)"/.exec(next)?.[1] ?? "") : "";
}

;// CONCATENATED MODULE: ./src/sentry-release/tell-sentry.js








async function tellSentry(inputs, timeline, deadline, platform) {
    const { run, log } = platform;
    const event = eventFacts(await platform.event());
    const reports = readAll(inputs.reports, (problem) => log.warning(problem));
    const plan = planOf(inputs, run, event, reports);
    const facts = planFacts(plan, inputs);
    const why = whyNotDeployed(inputs.status, reports);
    if (why !== undefined)
        return (0,ending/* ending */.K)("skipped", `nothing new runs: ${why}`, { facts });
    if (inputs.dryRun) {
        for (const { name, value } of facts)
            log.info(`${name}: ${value}`);
        return (0,ending/* ending */.K)("planned", "the plan stands above; Sentry was told nothing", { facts });
    }
    const { http, processes } = await platform.reach();
    const sentry = new Sentry(inputs, lineOf(platform, http, deadline));
    const signal = AbortSignal.any([
        platform.signal,
        AbortSignal.timeout(Math.round(deadline.leftMs() / 3)),
    ]);
    const sources = { run, pushed: event.pushed, processes, log, signal };
    return tellAll(plan, facts, sentry, sources, { timeline, now: () => platform.clock.now() });
}
async function tellAll(plan, planned, sentry, sources, { timeline, now }) {
    const { version } = plan;
    const { run } = sources;
    const time = () => new Date(now()).toISOString();
    await timeline.step("release", () => sentry.createRelease(releaseOf(plan, run)));
    let facts = planned;
    let failure;
    try {
        if (plan.commits) {
            const value = await timeline.step("commits", () => tellCommits(version, sentry, sources));
            facts = [...facts, { name: "commits", value }];
        }
    }
    catch (thrown) {
        failure = thrown;
    }
    try {
        if (plan.environment !== "")
            await timeline.step("deploy", () => sentry.addDeploy(version, deployOf(plan, run, time())));
        if (plan.finalize)
            await timeline.step("finalize", () => sentry.finalize(version, time()));
    }
    catch (thrown) {
        failure ??= thrown;
    }
    if (failure === undefined)
        return (0,ending/* ending */.K)("created", `Sentry knows the release ${version}`, { facts, release: version });
    const verdict = `the release ${version} is there, but: ${(0,errors/* asBelayError */._q)(failure).message}`;
    return (0,ending/* ending */.K)("failed", verdict, { failure, facts, release: version });
}
function releaseOf({ version, projects }, { sha, repository, server }) {
    const isKnown = sha !== "" && repository !== "" && server !== "";
    return {
        version,
        projects,
        ...(sha !== "" && { ref: sha }),
        ...(isKnown && { url: `${server}/${repository}/commit/${sha}` }),
    };
}
function deployOf({ environment, deployStartedAt }, { url, id, attempt }, dateFinished) {
    const dateStarted = Number.isNaN(Date.parse(deployStartedAt))
        ? {}
        : { dateStarted: deployStartedAt };
    const name = `run ${id}${attempt === "" || attempt === "1" ? "" : `, attempt ${attempt}`}`;
    return { environment, name, ...(url !== "" && { url }), ...dateStarted, dateFinished };
}
function readAll(text, warn) {
    if (text === "")
        return [];
    const { found, problems } = readReports(text);
    for (const problem of problems)
        warn(`\`reports\`: ${problem}; it is left out.`);
    return found;
}
function lineOf({ clock, random, signal }, http, deadline) {
    const sleep = (ms, stop) => clock.sleep(ms, stop);
    return { http, now: () => clock.now(), patience: { deadline, sleep, random, signal } };
}


/***/ })

};
