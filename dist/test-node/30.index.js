export const id = 30;
export const ids = [30];
export const modules = {

/***/ 1030:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {


// EXPORTS
__webpack_require__.d(__webpack_exports__, {
  runProjects: () => (/* binding */ runProjects)
});

// EXTERNAL MODULE: external "node:fs/promises"
var promises_ = __webpack_require__(1455);
// EXTERNAL MODULE: external "node:path"
var external_node_path_ = __webpack_require__(6760);
;// CONCATENATED MODULE: ./src/checks/result.js
function passed(findings = [], reason = "") {
    return { status: "passed", reason, findings };
}
function failed(reason, findings = []) {
    return { status: "failed", reason, findings };
}
function skipped(reason) {
    return { status: "skipped", reason, findings: [] };
}

;// CONCATENATED MODULE: ./src/checks/extra-check.js

function extraCheck({ name, command }, place) {
    const { children, cwd, env } = place;
    return {
        name,
        run: async (signal, print) => {
            const argv = ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", command];
            const end = await children.run({ argv, cwd, env, signal, onOutput: print });
            if (end.code === 0)
                return passed();
            return failed(end.code === null
                ? `ended by ${end.signal ?? "a signal"}`
                : `ended with exit code ${end.code}`);
        },
    };
}

// EXTERNAL MODULE: ./src/kit/duration.js
var duration = __webpack_require__(1429);
;// CONCATENATED MODULE: ./src/checks/open-cache.js

const longestMissMs = 3000;
async function openCache({ openCache: open, clock, log, }) {
    const cache = await open();
    if (cache === undefined)
        return undefined;
    let fails = false;
    const restore = async (...words) => {
        if (fails)
            return undefined;
        const begun = clock.monotonic();
        const found = await cache.restore(...words);
        const tookMs = clock.monotonic() - begun;
        fails = found === undefined && tookMs > longestMissMs;
        if (fails)
            log.info(`the cache had no answer in ${(0,duration/* formatDuration */.a)(tookMs)}: this run does without it`);
        return found;
    };
    return { restore, save: async (...words) => !fails && cache.save(...words) };
}

// EXTERNAL MODULE: external "node:crypto"
var external_node_crypto_ = __webpack_require__(7598);
// EXTERNAL MODULE: ./src/kit/json.js
var json = __webpack_require__(5727);
;// CONCATENATED MODULE: ./src/checks/previous-results.js




class PreviousResults {
    #cache;
    #path;
    #prefix;
    #key;
    constructor(action, cache, { run, temp, machine, clock }) {
        const branch = (0,external_node_crypto_.createHash)("sha256").update(run.refName).digest("hex").slice(0, 16);
        this.#cache = cache;
        this.#path = (0,external_node_path_.join)(temp, `belay-results-${action}.json`);
        this.#prefix = `belay-results-${action}-${machine}-${branch}-`;
        this.#key = `${this.#prefix}${run.id}-${clock.now()}`;
    }
    async newFailures(tests) {
        const before = await this.#read().catch(() => undefined);
        if (before === undefined)
            return undefined;
        return tests.filter(({ id, outcome }) => outcome === "failed" && (0,json/* memberAt */.mz)(before, id) === "passed");
    }
    async keep(tests) {
        if (tests.length === 0)
            return;
        const outcomes = Object.fromEntries(tests.map(({ id, outcome }) => [id, outcome]));
        await (0,promises_.writeFile)(this.#path, JSON.stringify({ version: 1, outcomes }), { mode: 0o600 });
        await this.#cache.save([this.#path], this.#key).catch(() => false);
    }
    async #read() {
        await (0,promises_.rm)(this.#path, { force: true });
        const found = await this.#cache.restore([this.#path], this.#key, [this.#prefix]);
        if (found === undefined)
            return undefined;
        const value = (0,json/* parseJson */.qF)(await (0,promises_.readFile)(this.#path, "utf8"));
        return (0,json/* memberAt */.mz)(value, "version") === 1 ? (0,json/* memberAt */.mz)(value, "outcomes") : undefined;
    }
}

// EXTERNAL MODULE: ./src/kit/one-line.js
var one_line = __webpack_require__(4544);
// EXTERNAL MODULE: ./node_modules/@rgrove/parse-xml/dist/index.js + 11 modules
var dist = __webpack_require__(2811);
// EXTERNAL MODULE: ./node_modules/@rgrove/parse-xml/dist/lib/XmlElement.js
var XmlElement = __webpack_require__(5614);
;// CONCATENATED MODULE: ./src/kit/colours.js
const escapes = /\u001b(?:\[[0-9;?]*[ -/]*[@-~]|\][^\u0007\u001b]*(?:\u0007|\u001b\\))/g;
function withoutColours(text) {
    return text.replace(escapes, "");
}

;// CONCATENATED MODULE: ./src/checks/xml-tree.js


function xmlRoot(text) {
    try {
        return (0,dist/* parseXml */.NO)(withoutControls(text)).root ?? undefined;
    }
    catch {
        return undefined;
    }
}
const controls = /[\u0000-\u0008\u000B\u000C\u000E-\u001F\uFFFE\uFFFF]/g;
function withoutControls(text) {
    return withoutColours(text).toWellFormed().replace(controls, "");
}
function* elementsNamed(root, name) {
    for (const child of root.children) {
        if (!(child instanceof XmlElement/* XmlElement */.W))
            continue;
        if (child.name === name)
            yield child;
        yield* elementsNamed(child, name);
    }
}
function childNamed(parent, ...names) {
    for (const child of parent.children)
        if (child instanceof XmlElement/* XmlElement */.W && names.includes(child.name))
            return child;
    return undefined;
}

;// CONCATENATED MODULE: ./src/checks/junit.js


const longestMessage = 300;
const longestDetail = 8000;
function parseJunit(text, place) {
    const root = xmlRoot(text);
    if (root === undefined || !["testsuites", "testsuite"].includes(root.name))
        return undefined;
    const byId = new Map();
    for (const element of elementsNamed(root, "testcase")) {
        const test = testOf(element, place);
        const before = byId.get(test.id);
        byId.set(test.id, before === undefined ? test : again(before, test));
    }
    return [...byId.values()];
}
function again(before, now) {
    const failedBefore = before.outcome === "failed" || before.flaky;
    return {
        ...now,
        attempts: before.attempts + 1,
        durationMs: before.durationMs + now.durationMs,
        flaky: failedBefore && now.outcome === "passed",
    };
}
function testOf(element, place) {
    const { attributes } = element;
    const group = attributes["classname"] ?? "";
    const own = attributes["name"] ?? "";
    const name = group === "" || own.startsWith(group) ? own : `${group} › ${own}`;
    const trouble = childNamed(element, "failure", "error");
    const retried = childNamed(element, "flakyFailure", "flakyError", "rerunFailure", "rerunError");
    const where = place(attributes["file"] ?? "", Number(attributes["line"] ?? Number.NaN));
    const seconds = Number(attributes["time"] ?? 0);
    return {
        id: name,
        name,
        ...(where && { place: where }),
        outcome: outcomeOf(element, trouble),
        durationMs: Number.isFinite(seconds) ? Math.round(seconds * 1000) : 0,
        attempts: retried === undefined ? 1 : 2,
        flaky: trouble === undefined && retried !== undefined,
        ...(trouble && troubleOf(trouble)),
    };
}
function outcomeOf(element, trouble) {
    if (trouble !== undefined)
        return "failed";
    return childNamed(element, "skipped") === undefined ? "passed" : "skipped";
}
function troubleOf({ attributes, text }) {
    const detail = text.trim().slice(0, longestDetail);
    const message = (0,one_line/* oneLine */.T)(attributes["message"] || detail || "failed", longestMessage);
    return { message, ...(detail !== "" && { detail }) };
}

;// CONCATENATED MODULE: ./src/checks/places.js

const foreign = /(?:^|\/)(?:node_modules|site-packages|\.?venv|\.git)(?:\/|$)/;
function placesFrom(root, folder) {
    return (path, line) => {
        if (path === "")
            return undefined;
        const file = (0,external_node_path_.relative)(root, (0,external_node_path_.resolve)(folder, path)).split(external_node_path_.sep).join("/");
        if (file === "" || file.startsWith("../") || (0,external_node_path_.isAbsolute)(file) || foreign.test(file))
            return undefined;
        return { file, ...(line !== undefined && line >= 1 && { line: Math.floor(line) }) };
    };
}

// EXTERNAL MODULE: ./src/checks/test-outcome.js
var test_outcome = __webpack_require__(5593);
;// CONCATENATED MODULE: ./src/checks/report-files.js






function reportFilesCheck(patterns, workspace) {
    return { name: "results", run: () => report_files_outcomeOf(patterns, workspace) };
}
async function report_files_outcomeOf(patterns, workspace) {
    const files = [];
    const exclude = ["**/node_modules/**", "**/.venv/**"];
    for await (const file of (0,promises_.glob)([...patterns], { cwd: workspace, exclude }))
        files.push(file);
    if (files.length === 0)
        return failed("no file fits `results`: nothing wrote the reports");
    const place = placesFrom(workspace, workspace);
    const tests = [];
    const damaged = [];
    for (const file of files.sort()) {
        const found = parseJunit(await (0,promises_.readFile)((0,external_node_path_.join)(workspace, file), "utf8"), place);
        if (found === undefined)
            damaged.push(file);
        tests.push(...(found ?? []));
    }
    return verdictOn(tests, damaged);
}
function verdictOn(tests, damaged) {
    const failures = tests.filter(({ outcome }) => outcome === "failed");
    const reasons = [
        ...(failures.length === 0 ? [] : [`${failures.length} of ${tests.length} tests failed`]),
        ...(damaged.length === 0 ? [] : [`${damaged.length} report files cannot be read`]),
    ];
    const findings = [...failures.map(test_outcome/* failureFinding */.Ue), ...damaged.map(damagedFinding)];
    const status = reasons.length === 0 ? "passed" : "failed";
    return { status, reason: reasons.join("; "), findings, tests };
}
function damagedFinding(file) {
    return { level: "error", message: `${file} is no JUnit report, or was cut short` };
}

// EXTERNAL MODULE: ./src/kit/errors.js
var errors = __webpack_require__(9858);
// EXTERNAL MODULE: ./src/kit/size.js
var size = __webpack_require__(4268);
;// CONCATENATED MODULE: ./src/checks/printer.js

const mostBytes = 4 << 20;
const tailLength = 16 << 10;
class Printer {
    #log;
    #sideBySide;
    #sinks = new Map();
    constructor(log, sideBySide) {
        this.#log = log;
        this.#sideBySide = sideBySide;
    }
    begin(name) {
        if (this.#sideBySide)
            this.#log.info(`${name}: started`);
        else
            this.#log.startGroup(name);
        const sink = new Sink((text) => this.#log.output(text), this.#sideBySide ? `${name} | ` : "");
        this.#sinks.set(name, sink);
        return (text) => sink.write(text);
    }
    end(name, line) {
        this.#sinks.get(name)?.end();
        if (!this.#sideBySide)
            this.#log.endGroup();
        this.#log.info(`${name}: ${line}`);
    }
}
class Sink {
    #print;
    #prefix;
    #unfinished = "";
    #printed = 0;
    #left = 0;
    #tail = "";
    constructor(print, prefix) {
        this.#print = print;
        this.#prefix = prefix;
    }
    write(text) {
        if (this.#printed >= mostBytes) {
            this.#keep(text);
            return;
        }
        const lines = (this.#unfinished + text).split("\n");
        this.#unfinished = lines.pop() ?? "";
        if (this.#unfinished.length > tailLength)
            lines.push(this.#unfinished);
        if (this.#unfinished.length > tailLength)
            this.#unfinished = "";
        this.#lines(lines);
    }
    end() {
        if (this.#left > tailLength)
            this.#lines([`… ${(0,size/* formatSize */.X)(this.#left - this.#tail.length)} are left out here …`]);
        const rest = this.#unfinished + this.#tail;
        if (rest !== "")
            this.#lines(rest.replace(/\n$/, "").split("\n"));
        this.#unfinished = "";
        this.#tail = "";
    }
    #keep(text) {
        this.#left += text.length;
        this.#tail = (this.#tail + text).slice(-tailLength);
    }
    #lines(lines) {
        if (lines.length === 0)
            return;
        const text = lines.map((line) => `${this.#prefix}${line}\n`).join("");
        this.#printed += text.length;
        this.#print(text);
    }
}

;// CONCATENATED MODULE: ./src/checks/run-checks.js




async function runChecks(stages, run) {
    const over = new AbortController();
    const timer = new AbortController();
    run.clock.sleep(run.timeLimitMs, timer.signal).then(() => over.abort(new Error("the time for all checks was over")), () => undefined);
    const cancel = () => over.abort(new Error("the job was cancelled"));
    if (run.signal.aborted)
        cancel();
    run.signal.addEventListener("abort", cancel);
    try {
        const results = [];
        for (const lanes of stages) {
            const printer = new Printer(run.log, lanes.length > 1);
            const ended = await Promise.all(lanes.map((lane) => runLane(lane, { ...run, signal: over.signal }, printer)));
            results.push(...ended.flat());
        }
        return results;
    }
    finally {
        timer.abort(new Error("all checks have ended"));
        run.signal.removeEventListener("abort", cancel);
    }
}
async function runLane(lane, run, printer) {
    const results = [];
    for (const check of lane)
        results.push(await runCheck(check, run, printer));
    return results;
}
async function runCheck(check, run, printer) {
    const { clock, signal } = run;
    const { name } = check;
    if (signal.aborted)
        return { name, startedAt: "", durationMs: 0, ...failed(`not run: ${reasonOf(signal)}`) };
    const startedAt = new Date(clock.now()).toISOString();
    const begun = clock.monotonic();
    const print = printer.begin(name);
    const outcome = inTime(await run_checks_outcomeOf(check, signal, print), signal);
    const durationMs = Math.round(clock.monotonic() - begun);
    printer.end(name, lineOf(outcome, durationMs));
    return { name, startedAt, durationMs, ...outcome };
}
async function run_checks_outcomeOf(check, signal, print) {
    try {
        return await check.run(signal, print);
    }
    catch (failure) {
        const { message, remedy } = (0,errors/* asBelayError */._q)(failure);
        return failed(message, [{ level: "error", message: `${message}. ${remedy}` }]);
    }
}
function inTime(outcome, signal) {
    if (!signal.aborted)
        return outcome;
    const why = outcome.reason === "" ? "" : `; ${outcome.reason}`;
    return { ...outcome, status: "failed", reason: `ended because ${reasonOf(signal)}${why}` };
}
function reasonOf(signal) {
    return signal.reason instanceof Error ? signal.reason.message : String(signal.reason);
}
function lineOf({ status, reason }, durationMs) {
    return `${status} (${(0,duration/* formatDuration */.a)(durationMs)})${reason === "" ? "" : `: ${reason}`}`;
}

// EXTERNAL MODULE: ./src/checks/verdict.js
var checks_verdict = __webpack_require__(7527);
;// CONCATENATED MODULE: ./src/kit/deadline.js
class Deadline {
    #clock;
    #at;
    constructor(clock, startedAt, limitMs) {
        this.#clock = clock;
        this.#at = startedAt + limitMs;
    }
    leftMs() {
        return Math.max(0, this.#at - this.#clock.monotonic());
    }
}

// EXTERNAL MODULE: ./src/kit/escape-markdown.js
var escape_markdown = __webpack_require__(8094);
;// CONCATENATED MODULE: ./src/test-node/build-sizes.js



const folders = ["dist", "build", "out", ".next/static", ".output/public"];
async function buildSizes(folder) {
    const patterns = folders.map((name) => `${name}/**/*.{js,mjs,cjs,css}`);
    const sizes = {};
    for await (const path of (0,promises_.glob)(patterns, { cwd: folder, exclude: ["**/node_modules/**"] })) {
        const { size } = await (0,promises_.stat)((0,external_node_path_.join)(folder, path));
        const name = withoutHash(path);
        sizes[name] = (sizes[name] ?? 0) + size;
    }
    return sizes;
}
function withoutHash(path) {
    const name = path.replace(/^\.next\/static\/[\w-]{21}\//, ".next/static/*/");
    return name.replace(/[-.](?=[\w-]*\d)[\w-]{8,20}(?=\.(?:chunk\.|module\.)?(?:m?js|cjs|css)$)/, "");
}
function sizesTable(now, before) {
    const names = [...new Set([...Object.keys(now), ...Object.keys(before ?? {})])];
    const rows = names
        .map((name) => ({ name, bytes: now[name] ?? 0, was: before?.[name] }))
        .sort((a, b) => b.bytes - a.bytes || a.name.localeCompare(b.name));
    return rows.map(({ name, bytes, was }) => `${name}: ${(0,size/* formatSize */.X)(bytes)}${change(bytes, was, before !== undefined)}`);
}
function change(bytes, was, isKnown) {
    if (!isKnown)
        return "";
    if (was === undefined)
        return " (new)";
    if (bytes === 0)
        return " (gone)";
    const more = bytes - was;
    return more === 0 ? "" : ` (${more > 0 ? "+" : "−"}${(0,size/* formatSize */.X)(Math.abs(more))})`;
}

;// CONCATENATED MODULE: ./src/test-node/built.js







function withSizes(check, { project, built }) {
    return {
        name: check.name,
        run: async (signal, print) => {
            const outcome = await check.run(signal, print);
            if (outcome.status !== "passed")
                return outcome;
            const sizes = await buildSizes(project.folder);
            const bytes = Object.values(sizes).reduce((sum, size) => sum + size, 0);
            if (bytes === 0)
                return outcome;
            built.set(check.name, sizes);
            const made = `${Object.keys(sizes).length} bundles, ${(0,size/* formatSize */.X)(bytes)}`;
            return { ...outcome, reason: outcome.reason === "" ? made : `${outcome.reason}; ${made}` };
        },
    };
}
const mostRows = 30;
async function builtSections(run) {
    const { built, platform, cache } = run;
    if (built.size === 0)
        return {};
    const before = cache && (await previousSizes(platform, cache));
    const sections = [...built].map(([name, sizes]) => {
        const lines = sizesTable(sizes, (0,json/* memberAt */.mz)(before, name));
        for (const line of lines.slice(0, mostRows))
            platform.log.info(`${name}: ${line}`);
        return sectionOf(name, lines);
    });
    if (cache !== undefined)
        await keep(Object.fromEntries(built), platform, cache);
    return { sections };
}
function sectionOf(name, lines) {
    const shown = lines.slice(0, mostRows).map((line) => `- ${(0,escape_markdown/* escapeMarkdown */.F)(line)}`);
    const more = lines.length - shown.length;
    const rest = more > 0 ? [`- and ${more} smaller ones`] : [];
    return [`#### Bundles of ${(0,escape_markdown/* escapeMarkdown */.F)(name)}`, "", ...shown, ...rest].join("\n");
}
function placeOf({ temp, machine, run }) {
    const branch = (0,external_node_crypto_.createHash)("sha256").update(run.refName).digest("hex").slice(0, 16);
    return { path: (0,external_node_path_.join)(temp, "belay-bundles.json"), prefix: `belay-bundles-${machine}-${branch}-` };
}
async function previousSizes(platform, cache) {
    const { path, prefix } = placeOf(platform);
    await (0,promises_.rm)(path, { force: true });
    const found = await cache
        .restore([path], `${prefix}${platform.run.id}`, [prefix])
        .catch(() => undefined);
    return found === undefined ? undefined : (0,json/* parseJson */.qF)(await (0,promises_.readFile)(path, "utf8").catch(() => ""));
}
async function keep(sizes, platform, cache) {
    const { path, prefix } = placeOf(platform);
    await (0,promises_.writeFile)(path, JSON.stringify(sizes), { mode: 0o600 });
    await cache
        .save([path], `${prefix}${platform.run.id}-${platform.clock.now()}`)
        .catch(() => false);
}

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

;// CONCATENATED MODULE: ./src/checks/changed-lines.js


const mostDiff = 32 << 20;
async function findBase(event, checkout) {
    const isPullRequest = (0,json/* memberAt */.mz)(event, "pull_request") !== undefined;
    const wanted = isPullRequest
        ? ((await mergedInto(checkout)) ?? (0,json/* textAt */.$6)(event, "pull_request", "base", "sha"))
        : (0,json/* textAt */.$6)(event, "before");
    if (wanted === "" || /^0+$/.test(wanted))
        return { unknown: "the event names no earlier state to compare with" };
    if (!/^[0-9a-f]{40,64}$/.test(wanted))
        return { unknown: "the event names no commit" };
    if (await has(wanted, checkout))
        return { commit: wanted };
    await changed_lines_git(fetchCommit(wanted), checkout);
    if (await has(wanted, checkout))
        return { commit: wanted };
    const short = wanted.slice(0, 7);
    return { unknown: `the commit ${short} is not in the checkout and could not be fetched` };
}
async function mergedInto(checkout) {
    const { stdout } = await changed_lines_git(commitParents("HEAD"), checkout);
    const parents = [...stdout.matchAll(/^parent ([0-9a-f]+)$/gm)].map(([, parent]) => parent);
    return parents.length === 2 ? parents[0] : undefined;
}
async function changedLines(base, checkout) {
    const { code, stdout, isCut } = await changed_lines_git(diffLines(base), checkout);
    return code === 0 && !isCut ? parseDiff(stdout) : undefined;
}
function parseDiff(diff) {
    const files = new Map();
    let lines;
    let left = 0;
    for (const line of diff.split("\n")) {
        if (left > 0 && /^[+-]/.test(line)) {
            left -= 1;
            continue;
        }
        const hunk = /^@@ -\d+(?:,(\d+))? \+(\d+)(?:,(\d+))? @@/.exec(line);
        if (hunk === null) {
            if (line.startsWith("+++ "))
                lines = linesOf(line, files);
            continue;
        }
        const [removed, from, added] = [hunk[1] ?? 1, hunk[2], hunk[3] ?? 1].map(Number);
        left = (removed ?? 0) + (added ?? 0);
        for (let at = 0; at < (added ?? 0); at += 1)
            lines?.add((from ?? 0) + at);
    }
    return files;
}
function linesOf(line, files) {
    const name = /^\+\+\+ b\/(.*?)\t?$/.exec(line)?.[1];
    if (name === undefined)
        return undefined;
    const lines = files.get(name) ?? new Set();
    files.set(name, lines);
    return lines;
}
async function has(commit, checkout) {
    return (await changed_lines_git(hasCommit(commit), checkout)).code === 0;
}
function changed_lines_git(argv, { children, workspace, signal }) {
    const env = { GIT_TERMINAL_PROMPT: "0", GIT_OPTIONAL_LOCKS: "0" };
    return children.run({ argv, cwd: workspace, env, keepStdout: mostDiff, signal });
}

;// CONCATENATED MODULE: ./src/commands/packages.js
function installCommand(installer, restored) {
    switch (installer) {
        case "npm": {
            const quiet = ["--prefer-offline", "--no-audit", "--no-fund"];
            return restored ? ["npm", "install", ...quiet] : ["npm", "ci", ...quiet];
        }
        case "pnpm":
            return ["pnpm", "install", "--frozen-lockfile", "--prefer-offline"];
        case "yarn":
            return ["yarn", "install", "--immutable"];
        case "yarn-classic":
            return ["yarn", "install", "--frozen-lockfile", "--prefer-offline", "--non-interactive"];
    }
}
function scriptCommand(installer, script) {
    return [programOf(installer), "run", script];
}
function workspaceScriptCommands(installer, script, packages) {
    switch (installer) {
        case "npm":
            return [["npm", "run", script, "--workspaces", "--if-present"]];
        case "pnpm":
            return [["pnpm", "--recursive", "--if-present", "run", script]];
        case "yarn":
            return [["yarn", "workspaces", "foreach", "--all", "--topological-dev", "run", script]];
        case "yarn-classic":
            return packages.map((name) => ["yarn", "--silent", "workspace", name, "run", script]);
    }
}
function programCommand(installer, program, words) {
    switch (installer) {
        case "npm":
            return ["npm", "exec", "--no", "--", program, ...words];
        case "pnpm":
            return ["pnpm", "exec", program, ...words];
        case "yarn":
            return ["yarn", "run", "--binaries-only", program, ...words];
        case "yarn-classic":
            return ["yarn", "--silent", "run", program, ...words];
    }
}
function downloadsCommand(installer) {
    switch (installer) {
        case "npm":
            return ["npm", "config", "get", "cache"];
        case "pnpm":
            return ["pnpm", "store", "path", "--silent"];
        case "yarn":
            return ["yarn", "config", "get", "cacheFolder"];
        case "yarn-classic":
            return ["yarn", "cache", "dir"];
    }
}
function auditCommand(installer) {
    switch (installer) {
        case "npm":
            return ["npm", "audit", "--json"];
        case "pnpm":
            return ["pnpm", "audit", "--json"];
        case "yarn":
            return ["yarn", "npm", "audit", "--all", "--recursive", "--json"];
        case "yarn-classic":
            return ["yarn", "audit", "--json"];
    }
}
function programOf(installer) {
    return installer === "yarn-classic" ? "yarn" : installer;
}

// EXTERNAL MODULE: ./src/commands/postgres.js
var postgres = __webpack_require__(2030);
;// CONCATENATED MODULE: ./src/test-node/databases.js





const databases_mostRows = 32 << 20;
async function checkRights(server) {
    const rights = await psql(server, server.url, "select rolcreatedb or rolsuper from pg_roles where rolname = current_user");
    if (rights.trim() === "t")
        return;
    const { variables } = addressOf(server.url);
    const user = variables.find(({ name }) => name === "PGUSER")?.value ?? "the user";
    throw new errors/* BelayError */.oT("config", `${user} of \`database-url\` may not create databases, which each check needs for itself`, `Run \`ALTER ROLE "${user}" CREATEDB\` in a step before this one, or take the user that the service made.`);
}
async function withDatabase(server, use) {
    const name = `belay_${(0,external_node_crypto_.randomBytes)(6).toString("hex")}`;
    await psql(server, server.url, `create database "${name}" template template0`);
    const url = urlWith(server.url, name);
    try {
        return await use({ url, query: (sql) => psql(server, url, sql) });
    }
    finally {
        const later = { ...server, signal: AbortSignal.timeout(30_000) };
        await psql(later, server.url, `drop database if exists "${name}" with (force)`).catch((failure) => server.print(`${String(failure)}\n`));
    }
}
async function psql(server, url, sql) {
    const { children, path, cwd, scratch, signal } = server;
    const variables = addressOf(url).variables.map(({ name, value }) => [name, value]);
    const env = { PATH: path, ...Object.fromEntries(variables), PGCONNECT_TIMEOUT: "10" };
    const file = (0,external_node_path_.join)(scratch, `${(0,external_node_crypto_.randomBytes)(6).toString("hex")}.sql`);
    await (0,promises_.writeFile)(file, sql, { mode: 0o600 });
    try {
        const argv = ["psql", "-XAtq", "-v", "ON_ERROR_STOP=1", "-f", file];
        const end = await children.run({ argv, cwd, env, keepStdout: databases_mostRows, signal });
        if (end.code !== 0)
            throw failureOf(end);
        return end.stdout;
    }
    finally {
        await (0,promises_.rm)(file, { force: true });
    }
}
function failureOf({ tail }) {
    const lines = tail.split("\n").map((line) => line.replace(/^psql:(?:\S+?:\d+:)? ?/, "").trim());
    const said = lines.find((line) => /ERROR|FATAL|error:/.test(line)) ?? "nothing";
    const isDown = /could not connect|connection to server|Connection refused/.test(tail);
    const remedy = isDown
        ? "Is the service of the job there, with its port published, and healthy before the steps begin?"
        : "Look at the statement that it names.";
    return new errors/* BelayError */.oT("command-failed", `the database said: ${said}`, remedy);
}
function addressOf(url) {
    const address = (0,postgres/* parseDatabaseUrl */.m)(url);
    if ("problem" in address)
        throw new errors/* BelayError */.oT("config", `\`database-url\`: the URL ${address.problem}`, "Write for example `postgresql://postgres:postgres@localhost:5432/postgres`.");
    return address;
}
function urlWith(url, name) {
    return url.replace(/^([^:]+:\/\/[^/?#]*)(?:\/[^?#]*)?/, (_, server) => `${server}/${name}`);
}

;// CONCATENATED MODULE: ./src/test-node/program-end.js

const longestLine = 300;
function endText(end, name) {
    const { code, signal, tail } = end;
    const last = lastLine(tail);
    const said = last === "" ? "" : `; its last line: ${last}`;
    if (signal === "SIGKILL" || code === 137)
        return `\`${name}\` was killed, most likely because the machine ran out of memory${said}`;
    const how = code === null ? `was ended by ${signal ?? "a signal"}` : `ended with exit code ${code}`;
    return `\`${name}\` ${how}${said}`;
}
function lastLine(tail) {
    const lines = withoutColours(tail)
        .split("\n")
        .map((line) => line.trim());
    const noise = /^(?:npm (?:error|ERR!|notice|warn)|info Visit https|ELIFECYCLE|\[?ERR_PNPM_)/i;
    const own = lines.filter((line) => line !== "" && !noise.test(line));
    return (own.at(-1) ?? "").slice(0, longestLine);
}

;// CONCATENATED MODULE: ./src/test-node/site.js
function runIn({ project, children, env }, argv, { signal, print, env: more, cwd = project.folder, keepStdout = 0 }) {
    return children.run({
        argv,
        cwd,
        env: { ...env, ...more },
        onOutput: print,
        keepStdout,
        signal,
    });
}

;// CONCATENATED MODULE: ./src/checks/narrower-type.js
const integers = ["smallint", "integer", "bigint"];
const floats = ["real", "double precision"];
function isNarrower(before, after) {
    if (before === after)
        return false;
    const [old, now] = [parse(before), parse(after)];
    if (now.name === "text" || (now.name === "character varying" && now.sizes.length === 0))
        return !["character", "character varying", "text", "citext"].includes(old.name);
    if (now.name === "character varying")
        return isShorter(old, now);
    if (integers.includes(old.name))
        return !holdsIntegers(old.name, now);
    if (old.name === "numeric" && now.name === "numeric")
        return isCoarser(old, now);
    if (floats.includes(old.name))
        return !floats.includes(now.name) || floats.indexOf(now.name) < floats.indexOf(old.name);
    return !(old.name === "json" && now.name === "jsonb");
}
function parse(type) {
    const match = /^(.*?)\((\d+)(?:,(-?\d+))?\)(.*)$/.exec(type);
    if (match === null)
        return { name: type, sizes: [] };
    const sizes = [match[2], match[3]].filter((size) => size !== undefined).map(Number);
    return { name: `${match[1] ?? ""}${match[4] ?? ""}`, sizes };
}
function isShorter(old, now) {
    const isText = old.name === "character varying" || old.name === "character";
    return !isText || (old.sizes[0] ?? Infinity) > (now.sizes[0] ?? Infinity);
}
function holdsIntegers(old, now) {
    if (now.name === "numeric")
        return now.sizes.length === 0;
    return integers.indexOf(now.name) >= integers.indexOf(old);
}
function isCoarser(old, now) {
    if (now.sizes.length === 0)
        return false;
    if (old.sizes.length === 0)
        return true;
    const [oldAll = 0, oldScale = 0] = old.sizes;
    const [nowAll = 0, nowScale = 0] = now.sizes;
    return nowScale < oldScale || nowAll - nowScale < oldAll - oldScale;
}

;// CONCATENATED MODULE: ./src/checks/breaking-changes.js

function breakingChanges(before, after) {
    const tables = new Set(after.columns.map(({ table }) => table));
    const known = new Set(before.columns.map(({ table }) => table));
    const gone = [...known].filter((table) => !tables.has(table));
    const columns = byKey(after.columns);
    const old = byKey(before.columns);
    return [
        ...gone.map((table) => `the table ${table} is gone`),
        ...before.columns.flatMap((column) => tables.has(column.table) ? changeOf(column, columns.get(keyOf(column))) : []),
        ...after.columns.flatMap((column) => known.has(column.table) && !old.has(keyOf(column)) ? additionOf(column) : []),
        ...newUniques(before, after, known),
    ];
}
function changeOf(old, now) {
    const name = `${old.table}.${old.name}`;
    if (now === undefined)
        return [`the column ${name} is gone`];
    const isNewlyRequired = now.isRequired && !old.isRequired;
    const lostDefault = now.isRequired && old.hasDefault && !now.hasDefault;
    return [
        ...(isNewlyRequired ? [`the column ${name} became NOT NULL`] : []),
        ...(lostDefault && !isNewlyRequired
            ? [`the column ${name} is NOT NULL and lost its default in the database`]
            : []),
        ...(isNarrower(old.type, now.type)
            ? [`the column ${name} was ${old.type} and is ${now.type}`]
            : []),
    ];
}
function additionOf({ table, name, isRequired, hasDefault }) {
    return isRequired && !hasDefault
        ? [`the new column ${table}.${name} is NOT NULL without a default in the database`]
        : [];
}
function newUniques(before, after, known) {
    const old = new Set(before.uniques.map(uniqueKey));
    const added = after.uniques.filter((one) => known.has(one.table) && !old.has(uniqueKey(one)));
    const columns = byKey(after.columns);
    const oldColumns = byKey(before.columns);
    return added.filter((one) => !isHarmless(one, columns, oldColumns)).map(uniqueLine);
}
function isHarmless({ table, columns }, now, before) {
    return columns.some((name) => {
        const key = keyOf({ table, name });
        const column = now.get(key);
        return column !== undefined && !before.has(key) && !column.isRequired && !column.hasDefault;
    });
}
function uniqueLine({ table, name, columns }) {
    const what = columns.map((column) => column || "an expression").join(", ");
    return `${table} has a new unique constraint on ${what} (${name})`;
}
function uniqueKey({ table, name, columns }) {
    return JSON.stringify(columns.includes("") ? [table, name] : [table, [...columns].sort()]);
}
function byKey(columns) {
    return new Map(columns.map((column) => [keyOf(column), column]));
}
function keyOf({ table, name }) {
    return JSON.stringify([table, name]);
}

;// CONCATENATED MODULE: ./src/checks/catalogue.js

const ownTables = "n.nspname not in ('pg_catalog', 'information_schema') and n.nspname not like 'pg\\_t%' and c.relkind in ('r', 'p')";
const tableName = "case n.nspname when 'public' then c.relname::text else n.nspname || '.' || c.relname end";
const catalogueQuery = `
select json_build_object(
  'columns', (select coalesce(json_agg(json_build_object(
      'table', ${tableName}, 'name', a.attname::text,
      'type', format_type(a.atttypid, a.atttypmod), 'isRequired', a.attnotnull,
      'hasDefault', a.atthasdef or a.attidentity <> '') order by n.nspname, c.relname, a.attnum), '[]')
    from pg_attribute a join pg_class c on c.oid = a.attrelid join pg_namespace n on n.oid = c.relnamespace
    where ${ownTables} and a.attnum > 0 and not a.attisdropped),
  'uniques', (select coalesce(json_agg(json_build_object(
      'table', ${tableName}, 'name', x.relname::text,
      'columns', (select coalesce(json_agg(coalesce(a.attname::text, '')), '[]')
        from unnest(i.indkey) as k left join pg_attribute a on a.attrelid = c.oid and a.attnum = k and k > 0)
      ) order by n.nspname, x.relname), '[]')
    from pg_index i join pg_class x on x.oid = i.indexrelid join pg_class c on c.oid = i.indrelid
      join pg_namespace n on n.oid = c.relnamespace
    where i.indisunique and ${ownTables}))::text`;
function parseCatalogue(text) {
    const value = (0,json/* parseJson */.qF)(text);
    if (!Array.isArray((0,json/* memberAt */.mz)(value, "columns")) || !Array.isArray((0,json/* memberAt */.mz)(value, "uniques")))
        return undefined;
    return {
        columns: (0,json/* itemsOf */.S3)((0,json/* memberAt */.mz)(value, "columns")).map((one) => ({
            table: (0,json/* textAt */.$6)(one, "table"),
            name: (0,json/* textAt */.$6)(one, "name"),
            type: (0,json/* textAt */.$6)(one, "type"),
            isRequired: (0,json/* memberAt */.mz)(one, "isRequired") === true,
            hasDefault: (0,json/* memberAt */.mz)(one, "hasDefault") === true,
        })),
        uniques: (0,json/* itemsOf */.S3)((0,json/* memberAt */.mz)(value, "uniques")).map((one) => ({
            table: (0,json/* textAt */.$6)(one, "table"),
            name: (0,json/* textAt */.$6)(one, "name"),
            columns: (0,json/* itemsOf */.S3)((0,json/* memberAt */.mz)(one, "columns")).filter((name) => typeof name === "string"),
        })),
    };
}

;// CONCATENATED MODULE: ./src/test-node/prisma/destructive.js
const kinds = [
    [/\bdrop\s+table\b(?:\s+if\s+exists)?\s+(?<name>[\w".]+)/i, "drops the table"],
    [/\bdrop\s+column\b(?:\s+if\s+exists)?\s+(?<name>[\w".]+)/i, "drops the column"],
    [/\btruncate\b(?:\s+table)?\s+(?<name>[\w".]+)/i, "empties the table"],
    [/\bdelete\s+from\s+(?<name>[\w".]+)/i, "deletes rows of"],
    [
        /\bdrop\s+(?:schema|type|view|materialized\s+view)\b(?:\s+if\s+exists)?\s+(?<name>[\w".]+)/i,
        "drops",
    ],
    [
        /\balter\s+column\s+(?<name>[\w".]+)\s+(?:set\s+data\s+)?type\b/i,
        "changes the type of the column",
    ],
];
function destructiveStatements({ file, sql }) {
    return withoutComments(sql)
        .split("\n")
        .flatMap((line, at) => kinds.flatMap(([pattern, what]) => {
        const name = pattern.exec(line)?.groups?.["name"];
        return name === undefined
            ? []
            : [{ file, line: at + 1, what: `${what} ${name.replaceAll('"', "")}` }];
    }));
}
function withoutComments(sql) {
    return sql.replace(/'(?:[^']|'')*'|--[^\n]*|\/\*[^]*?\*\//g, (part) => part.replace(/[^\n]/g, " "));
}
function destructive_lineOf(change, sql) {
    const words = (/\b(?:table|column|on) (\S+)/.exec(change)?.[1] ??
        change.split(" ")[0] ??
        "").split(".");
    const lines = withoutComments(sql).split("\n");
    const found = lines.findIndex((line) => line.includes(words.at(-1) ?? ""));
    return found === -1 ? 1 : found + 1;
}

;// CONCATENATED MODULE: ./src/test-node/prisma/migrations.js




const mostSql = 16 << 20;
async function migrationsIn(workspace, folder) {
    const entries = await (0,promises_.readdir)((0,external_node_path_.join)(workspace, folder), { withFileTypes: true });
    const names = entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name);
    const read = names.sort().map(async (name) => {
        const file = (0,external_node_path_.join)(folder, name, "migration.sql");
        const sql = await (0,promises_.readFile)((0,external_node_path_.join)(workspace, file), "utf8").catch(() => undefined);
        return sql === undefined ? [] : [{ name, file, sql }];
    });
    return (await Promise.all(read)).flat();
}
async function migrationsAt(commit, folder, { children, workspace }) {
    const print = (argv) => children.run({ argv, cwd: workspace, keepStdout: mostSql });
    const listed = await print(filesAt(commit, folder));
    if (listed.code !== 0 || listed.isCut)
        return undefined;
    const files = listed.stdout.split("\0").filter((file) => file.endsWith("/migration.sql"));
    const migrations = [];
    for (const file of files.sort()) {
        const { code, stdout, isCut } = await print(fileAt(commit, file));
        if (code !== 0 || isCut)
            return undefined;
        migrations.push({ name: file.split("/").at(-2) ?? "", file, sql: stdout });
    }
    return migrations;
}
function compareMigrations(base, now) {
    const before = new Map(base.map((one) => [one.name, one]));
    const after = new Set(now.map(({ name }) => name));
    return {
        added: now.filter(({ name }) => !before.has(name)),
        edited: now.filter(({ name, sql }) => before.has(name) && before.get(name)?.sql !== sql),
        removed: base.filter(({ name }) => !after.has(name)),
    };
}
function appliedRows(migrations) {
    const rows = migrations.map(({ name, sql }, at) => {
        const checksum = (0,external_node_crypto_.createHash)("sha256").update(sql).digest("hex");
        const id = `00000000-0000-4000-8000-${String(at).padStart(12, "0")}`;
        return `insert into "_prisma_migrations" (id, checksum, finished_at, migration_name, applied_steps_count) values ('${id}', '${checksum}', now(), '${name.replaceAll("'", "''")}', 1);`;
    });
    return [table, ...rows].join("\n");
}
const table = `create table if not exists "_prisma_migrations" (
  id varchar(36) primary key not null, checksum varchar(64) not null, finished_at timestamptz,
  migration_name varchar(255) not null, logs text, rolled_back_at timestamptz,
  started_at timestamptz not null default now(), applied_steps_count integer not null default 0);`;

;// CONCATENATED MODULE: ./src/test-node/prisma/compatibility.js





async function compatibility(base, now, { query }) {
    const { added, edited, removed } = compareMigrations(base, now);
    const findings = [...edited.map(editedFinding), ...removed.map(removedFinding)];
    for (const { sql } of base)
        await query(sql);
    let before = await catalogue(query);
    for (const migration of added) {
        await query(migration.sql);
        const after = await catalogue(query);
        findings.push(...breakingFindings(migration, before, after), ...destructiveFindings(migration));
        before = after;
    }
    const isBroken = edited.length + removed.length > 0;
    const reason = isBroken
        ? "migrations that the base has were changed"
        : saidOf(added.length, findings.length);
    return { status: isBroken ? "failed" : "passed", reason, findings };
}
function saidOf(added, findings) {
    if (added === 0)
        return "no new migrations";
    return findings === 0 ? "" : `${findings} things to weigh before the deploy`;
}
async function catalogue(query) {
    const found = parseCatalogue(await query(catalogueQuery));
    if (found !== undefined)
        return found;
    throw new errors/* BelayError */.oT("command-failed", "the database's catalogue cannot be read", "Which version of PostgreSQL is it? 12 and later are known.");
}
function breakingFindings(migration, before, after) {
    return breakingChanges(before, after).map((change) => ({
        level: "warning",
        message: `Breaks the version that still runs: ${change}`,
        place: { file: migration.file, line: destructive_lineOf(change, migration.sql) },
    }));
}
function destructiveFindings(migration) {
    return destructiveStatements(migration).map(({ file, line, what }) => ({
        level: "warning",
        message: `This statement ${what}`,
        place: { file, line },
    }));
}
function editedFinding({ name, file }) {
    const message = `${name} was edited after it was merged: where it has been applied, nobody applies it again. Write a new migration.`;
    return { level: "error", message, place: { file, line: 1 } };
}
function removedFinding({ name }) {
    return {
        level: "error",
        message: `The migration ${name} is gone, and Prisma refuses databases that have it applied`,
    };
}

;// CONCATENATED MODULE: ./src/test-node/prisma/prisma-checks.js









const placeholder = "postgresql://belay:belay@127.0.0.1:1/belay";
function schemaCheck(files, site) {
    return {
        name: `${site.label}prisma`,
        run: async (signal, print) => {
            const url = site.inputs.databaseUrl || placeholder;
            for (const words of [["validate"], ["generate"]]) {
                const end = await prisma(words, files, site, url, { signal, print });
                if (end.code !== 0)
                    return failed(endText(end, `prisma ${words.join(" ")}`));
            }
            return passed();
        },
    };
}
function migrationLanes(files, site) {
    if (files.migrations === undefined)
        return [];
    const { migrations } = files;
    const check = (name, body) => ({
        name: `${site.label}${name}`,
        run: async (signal, print) => {
            const why = reasonToSkip(files, site);
            if (why !== undefined)
                return skipped(why);
            const look = { files, migrations, site, manner: { signal, print } };
            await checkRights(serverOf(look));
            return body(look);
        },
    });
    return [[check("migrate", applied)], [check("compatible", compatible)]];
}
function reasonToSkip({ provider }, { inputs }) {
    if (provider !== "postgresql" && provider !== "")
        return `the migrations are for ${provider}, and only those for PostgreSQL are applied`;
    return inputs.databaseUrl === "" ? noDatabase : undefined;
}
const noDatabase = "there is no `database-url`: give the job `services: { postgres: { image: postgres:17, env: { POSTGRES_PASSWORD: postgres }, ports: ['5432:5432'], options: --health-cmd pg_isready --health-interval 2s } }` and this step `database-url: postgresql://postgres:postgres@localhost:5432/postgres`";
async function applied(look) {
    const fresh = await withDatabase(serverOf(look), async ({ url }) => {
        const argv = ["migrate", "deploy"];
        const end = await prisma(argv, look.files, look.site, url, look.manner);
        if (end.code !== 0)
            return failed(`on an empty database: ${endText(end, "prisma migrate deploy")}`);
        return look.files.hasAdapter ? passed() : drift(look, url);
    });
    if (fresh.status === "passed" && look.files.hasAdapter) {
        const drifted = await withDatabase(serverOf(look), ({ url }) => drift(look, url));
        if (drifted.status === "failed")
            return drifted;
    }
    if (fresh.status === "failed")
        return fresh;
    return overBase(look);
}
async function drift(look, url) {
    const { files, site, manner } = look;
    const words = driftWords(files, (0,external_node_path_.join)(site.platform.run.workspace, look.migrations));
    const argv = ["migrate", "diff", ...words, "--exit-code"];
    const end = await prisma(argv, files, site, url, { ...manner, keepStdout: 64 << 10 });
    if (end.code === 0)
        return passed();
    if (end.code !== 2)
        return failed(endText(end, "prisma migrate diff"));
    const lines = end.stdout.split("\n").map((line) => line.trim());
    const named = lines
        .filter((line) => /^\[[+*-]\]|^(?:Added|Removed|Changed)\b/.test(line))
        .slice(0, 5);
    return failed(`the schema has drifted from the migrations: ${named.join("; ")}. Make a migration with \`prisma migrate dev\`.`);
}
function driftWords({ schema, major, hasAdapter }, migrations) {
    if (major >= 7)
        return ["--from-config-datasource", "--to-schema", schema];
    const from = hasAdapter
        ? ["--from-migrations", migrations]
        : ["--from-schema-datasource", schema];
    return [...from, "--to-schema-datamodel", schema];
}
async function overBase(look) {
    const base = await baseMigrations(look);
    if (typeof base === "string")
        return passed([], `not tried over an earlier state: ${base}`);
    const { files, site, manner } = look;
    return withDatabase(serverOf(look), async ({ url, query }) => {
        for (const { sql } of base)
            await query(sql);
        await query(appliedRows(base));
        const seeded = await seed(look, url);
        if (seeded !== undefined)
            return seeded;
        const end = await prisma(["migrate", "deploy"], files, site, url, manner);
        const state = site.inputs.seed.length === 0
            ? "the earlier state, without rows"
            : "the earlier state with its rows";
        return end.code === 0
            ? passed([], `also over ${state}`)
            : failed(`over ${state}: ${endText(end, "prisma migrate deploy")}`);
    });
}
async function seed({ site, manner, files }, url) {
    if (site.inputs.seed.length === 0)
        return undefined;
    const argv = [
        "bash",
        "--noprofile",
        "--norc",
        "-eo",
        "pipefail",
        "-c",
        site.inputs.seed.join("\n"),
    ];
    const end = await runIn(site, argv, {
        ...manner,
        env: { DATABASE_URL: url, [files.variable]: url },
    });
    return end.code === 0 ? undefined : failed(endText(end, "seed"));
}
async function compatible(look) {
    const base = await baseMigrations(look);
    if (typeof base === "string")
        return skipped(base);
    const { workspace } = look.site.platform.run;
    const now = await migrationsIn(workspace, look.migrations);
    return withDatabase(serverOf(look), (database) => compatibility(base, now, database));
}
async function baseMigrations(look) {
    const { site, migrations, manner } = look;
    const { platform, children } = site;
    const { workspace } = platform.run;
    const checkout = { children, workspace, signal: manner.signal };
    const base = await findBase(await platform.event(), checkout);
    if ("unknown" in base)
        return base.unknown;
    const found = await migrationsAt(base.commit, migrations, checkout);
    return found ?? "git could not read the migrations of the earlier state";
}
function serverOf({ site, manner }) {
    const { children, inputs, env, project, scratch } = site;
    const path = env["PATH"] ?? "";
    return { children, url: inputs.databaseUrl, path, cwd: project.folder, scratch, ...manner };
}
function prisma(words, files, site, url, manner) {
    const argv = programCommand(site.project.manager.name, "prisma", words);
    const quiet = { CHECKPOINT_DISABLE: "1", PRISMA_HIDE_UPDATE_MESSAGE: "1", NO_COLOR: "1" };
    const env = { ...quiet, DATABASE_URL: url, [files.variable]: url };
    return runIn(site, argv, { ...manner, env: { ...env, PATH: site.env["PATH"] } });
}

// EXTERNAL MODULE: ./src/test-node/project.js + 1 modules
var test_node_project = __webpack_require__(5493);
;// CONCATENATED MODULE: ./src/test-node/prisma/schema.js




async function findPrisma(project, workspace) {
    if (!(0,test_node_project/* dependsOn */.fr)(project, "prisma") && !(0,test_node_project/* dependsOn */.fr)(project, "@prisma/client"))
        return undefined;
    const config = await configText(project.folder);
    const schema = await firstThere(project.folder, schemaPlaces(project.manifest, config));
    if (schema === undefined)
        return undefined;
    const text = await schemaText(schema);
    const migrations = await migrationsOf(project.folder, schema, config);
    return {
        schema,
        migrations: migrations && (0,external_node_path_.relative)(workspace, migrations),
        provider: /^\s*provider\s*=\s*"(\w+)"/m.exec(datasourceOf(text))?.[1] ?? "",
        variable: variableOf(text, config),
        hasAdapter: /\badapter\b\s*[:(,]/.test(config.replace(/experimental:\s*\{[^}]*\}/, "")),
        major: await majorOf(project),
    };
}
function schemaPlaces(manifest, config) {
    const inConfig = /\bschema:\s*["'`]([^"'`]+)["'`]/.exec(config)?.[1] ?? "";
    const named = [inConfig, (0,json/* textAt */.$6)(manifest, "prisma", "schema")].filter((one) => one !== "");
    return [...named, "prisma/schema.prisma", "schema.prisma", "prisma/schema"];
}
async function configText(folder) {
    const names = ["prisma.config.ts", "prisma.config.mts", "prisma.config.js", "prisma.config.mjs"];
    const texts = names.map((name) => (0,promises_.readFile)((0,external_node_path_.join)(folder, name), "utf8").catch(() => ""));
    return (await Promise.all(texts)).find((text) => text !== "") ?? "";
}
async function firstThere(folder, places) {
    for (const place of places) {
        const path = (0,external_node_path_.join)(folder, place);
        if ((await (0,promises_.stat)(path).catch(() => undefined)) !== undefined)
            return path;
    }
    return undefined;
}
async function schemaText(schema) {
    const isFolder = (await (0,promises_.stat)(schema)).isDirectory();
    return (0,promises_.readFile)(isFolder ? (0,external_node_path_.join)(schema, "schema.prisma") : schema, "utf8").catch(() => "");
}
async function migrationsOf(folder, schema, config) {
    const named = /\bmigrations:\s*\{[^}]*\bpath:\s*["'`]([^"'`]+)["'`]/.exec(config)?.[1];
    const path = named === undefined ? (0,external_node_path_.join)((0,external_node_path_.dirname)(schema), "migrations") : (0,external_node_path_.join)(folder, named);
    return (await (0,promises_.stat)(path).catch(() => undefined))?.isDirectory() === true ? path : undefined;
}
function datasourceOf(text) {
    return /^\s*datasource\s+\w+\s*\{([^}]*)\}/m.exec(text)?.[1] ?? "";
}
function variableOf(text, config) {
    const inSchema = /\burl\s*=\s*env\("(\w+)"\)/.exec(datasourceOf(text))?.[1];
    const inConfig = /\bprocess\.env(?:\.(\w+)|\[["'](\w+)["']\])|\benv\(["'](\w+)["']\)/.exec(config);
    return inSchema ?? inConfig?.[1] ?? inConfig?.[2] ?? inConfig?.[3] ?? "DATABASE_URL";
}
async function majorOf({ folder, root }) {
    for (const place of [folder, root]) {
        const path = (0,external_node_path_.join)(place, "node_modules/prisma/package.json");
        const version = (0,json/* textAt */.$6)((0,json/* parseJson */.qF)(await (0,promises_.readFile)(path, "utf8").catch(() => "")), "version");
        if (version !== "")
            return Number.parseInt(version, 10);
    }
    return 0;
}

;// CONCATENATED MODULE: ./src/test-node/advisories.js

function parseAudit(text) {
    const whole = (0,json/* parseJson */.qF)(text);
    if (whole !== undefined && (0,json/* memberAt */.mz)(whole, "error") === undefined) {
        const found = (0,json/* memberAt */.mz)(whole, "vulnerabilities");
        if (typeof found === "object" && found !== null)
            return unique(ofNpm(found));
        const advisories = (0,json/* memberAt */.mz)(whole, "advisories");
        if (typeof advisories === "object" && advisories !== null)
            return unique(Object.values(advisories).map(ofRegistry));
    }
    return unique(ofLines(text));
}
function ofNpm(vulnerabilities) {
    return Object.values(vulnerabilities).flatMap((one) => (0,json/* itemsOf */.S3)((0,json/* memberAt */.mz)(one, "via")).flatMap((via) => {
        if (typeof via === "string")
            return [];
        const url = (0,json/* textAt */.$6)(via, "url");
        const advisory = { name: (0,json/* textAt */.$6)(via, "name"), severity: (0,json/* textAt */.$6)(via, "severity") };
        return [
            { ...advisory, title: (0,json/* textAt */.$6)(via, "title"), url, id: idOf(url, via), fix: fixOf(one) },
        ];
    }));
}
function fixOf(vulnerability) {
    const fix = (0,json/* memberAt */.mz)(vulnerability, "fixAvailable");
    if (fix === true)
        return "a version that package.json allows: `npm audit fix`";
    const [name, version] = [(0,json/* textAt */.$6)(fix, "name"), (0,json/* textAt */.$6)(fix, "version")];
    return name === "" ? "" : `${name} ${version}`;
}
function ofRegistry(advisory) {
    const url = (0,json/* textAt */.$6)(advisory, "url");
    const patched = (0,json/* textAt */.$6)(advisory, "patched_versions");
    return {
        id: (0,json/* textAt */.$6)(advisory, "github_advisory_id") || idOf(url, advisory),
        name: (0,json/* textAt */.$6)(advisory, "module_name"),
        severity: (0,json/* textAt */.$6)(advisory, "severity"),
        title: (0,json/* textAt */.$6)(advisory, "title"),
        url,
        fix: patched === "<0.0.0" ? "" : patched,
    };
}
function ofLines(text) {
    const lines = text.split("\n").filter((line) => line.trim() !== "");
    const events = lines.map(json/* parseJson */.qF);
    if (events.some((event) => event === undefined))
        return undefined;
    if (events.some((event) => (0,json/* textAt */.$6)(event, "type") === "error" || (0,json/* memberAt */.mz)(event, "error") !== undefined))
        return undefined;
    return events.flatMap((event) => {
        if ((0,json/* textAt */.$6)(event, "type") === "auditAdvisory")
            return [ofRegistry((0,json/* memberAt */.mz)(event, "data", "advisory"))];
        const children = (0,json/* memberAt */.mz)(event, "children");
        return children === undefined ? [] : [ofYarn((0,json/* textAt */.$6)(event, "value"), children)];
    });
}
function ofYarn(name, children) {
    const url = (0,json/* textAt */.$6)(children, "URL");
    const severity = (0,json/* textAt */.$6)(children, "Severity");
    const title = (0,json/* textAt */.$6)(children, "Issue");
    return { id: idOf(url, children), name, severity, title, url, fix: "" };
}
function idOf(url, advisory) {
    const named = /GHSA(?:-[0-9a-z]{4}){3}/.exec(url)?.[0];
    const number = (0,json/* memberAt */.mz)(advisory, "source") ?? (0,json/* memberAt */.mz)(advisory, "ID") ?? (0,json/* memberAt */.mz)(advisory, "id");
    return named ?? (typeof number === "number" || typeof number === "string" ? String(number) : url);
}
function unique(advisories) {
    return (advisories && [...new Map(advisories.map((one) => [`${one.id} ${one.name}`, one])).values()]);
}

// EXTERNAL MODULE: ./src/test-node/inputs.js + 3 modules
var inputs = __webpack_require__(5619);
;// CONCATENATED MODULE: ./src/test-node/audit.js








const audit_mostBytes = 32 << 20;
function auditCheck(site) {
    return {
        name: `${site.label}audit`,
        run: async (signal, print) => {
            const { project, inputs, platform } = site;
            const argv = auditCommand(project.manager.name);
            const manner = { signal, print: () => undefined, cwd: project.root, keepStdout: audit_mostBytes };
            const end = await runIn(site, argv, manner);
            const advisories = answerOf(end);
            if (advisories === undefined) {
                print(end.tail);
                const why = refusalIn(end.stdout) || endText(end, argv.join(" "));
                return failed(`the registry gave no answer about weaknesses: ${why}`);
            }
            const today = new Date(platform.clock.now()).toISOString().slice(0, 10);
            return judge(advisories, inputs.auditLevel, inputs.auditIgnore, today);
        },
    };
}
function answerOf({ code, stdout, }) {
    const found = parseAudit(stdout);
    return found?.length === 0 && code !== 0 ? undefined : found;
}
function refusalIn(stdout) {
    const said = (0,json/* parseJson */.qF)(stdout);
    return (0,one_line/* oneLine */.T)((0,json/* textAt */.$6)(said, "message") || (0,json/* textAt */.$6)((0,json/* memberAt */.mz)(said, "error"), "message"), 300);
}
function judge(advisories, level, ignored, today) {
    const reaches = ({ severity }) => rank(severity) >= rank(level);
    const accepted = new Map(ignored.map(({ id, until }) => [id, until]));
    const stands = ({ id }) => today <= (accepted.get(id) ?? "");
    const counting = advisories.filter((one) => reaches(one) && !stands(one)).sort(worstFirst);
    const findings = [
        ...counting.map((one) => findingOf(one, accepted.get(one.id))),
        ...unneeded(ignored, advisories),
    ];
    if (counting.length === 0)
        return passed(findings);
    const fixable = counting.filter(({ fix }) => fix !== "").length;
    return failed(`${counting.length} known weaknesses, ${fixable} of them with a fix`, findings);
}
function worstFirst(a, b) {
    const fixable = Number(b.fix !== "") - Number(a.fix !== "");
    return fixable !== 0 ? fixable : rank(b.severity) - rank(a.severity);
}
function rank(severity) {
    const at = inputs/* auditLevels */.h.findIndex((level) => level === severity);
    return severity === "info" ? 0 : at === -1 ? inputs/* auditLevels */.h.length : at;
}
function findingOf({ id, name, severity, title, url, fix }, until) {
    const expired = until === undefined ? "" : ` (it was accepted until ${until})`;
    const cure = fix === "" ? "There is no fix yet" : `Fixed in ${fix}`;
    return {
        level: "error",
        message: `${name}: ${title} (${severity}, ${id})${expired}. ${cure}. ${url}`,
    };
}
function unneeded(ignored, advisories) {
    const present = new Set(advisories.map(({ id }) => id));
    return ignored
        .filter(({ id }) => !present.has(id))
        .map(({ id }) => ({
        level: "warning",
        message: `\`audit-ignore\` names ${id}, which no dependency has any more`,
    }));
}

;// CONCATENATED MODULE: ./src/test-node/browsers.js








function browsersCheck(site, scripts, cache) {
    const { project, inputs } = site;
    const uses = (0,test_node_project/* dependsOn */.fr)(project, "@playwright/test") || (0,test_node_project/* dependsOn */.fr)(project, "playwright");
    const { browsers } = inputs;
    if (browsers === undefined || !uses)
        return undefined;
    if (browsers.length === 0 && !scripts.some(({ kind }) => kind === "e2e"))
        return undefined;
    return {
        name: `${site.label}browsers`,
        run: async (signal, print) => {
            const version = await versionOf(site);
            const folder = browsersFolder(site);
            const key = ["belay-browsers", site.platform.machine, version, ...browsers].join("-");
            const found = await cache?.restore([folder], key, []).catch(() => undefined);
            const words = ["install", ...(isDebian(site) ? ["--with-deps"] : []), ...browsers];
            const argv = programCommand(project.manager.name, "playwright", words);
            const env = { PLAYWRIGHT_BROWSERS_PATH: folder };
            const end = await runIn(site, argv, { signal, print, env });
            if (end.code !== 0)
                return failed(endText(end, argv.join(" ")));
            if (found === undefined)
                await cache?.save([folder], key).catch(() => false);
            return passed([], found === undefined ? "" : "from the cache");
        },
    };
}
function browsersFolder({ platform, env }) {
    const named = env["PLAYWRIGHT_BROWSERS_PATH"] ?? platform.variable("PLAYWRIGHT_BROWSERS_PATH");
    const home = platform.variable("HOME");
    const usual = platform.machine.startsWith("darwin") ? "Library/Caches" : ".cache";
    return named || (0,external_node_path_.join)(home, usual, "ms-playwright");
}
function isDebian({ platform }) {
    return (platform.machine.startsWith("linux") &&
        platform.variable("RUNNER_ENVIRONMENT") === "github-hosted");
}
async function versionOf({ project }) {
    for (const name of ["playwright-core", "playwright", "@playwright/test"])
        for (const folder of [project.folder, project.root]) {
            const path = (0,external_node_path_.join)(folder, "node_modules", name, "package.json");
            const version = (0,json/* textAt */.$6)((0,json/* parseJson */.qF)(await (0,promises_.readFile)(path, "utf8").catch(() => "")), "version");
            if (version !== "")
                return version;
        }
    return "unknown";
}

;// CONCATENATED MODULE: ./src/checks/event-file.js

const blockSize = 1 << 20;
async function makeEventFile(path) {
    await (0,promises_.writeFile)(path, "", { mode: 0o600 });
}
async function readEvents(path, ledger) {
    const file = await (0,promises_.open)(path);
    try {
        let unfinished = Buffer.alloc(0);
        const block = Buffer.alloc(blockSize);
        for (;;) {
            const { bytesRead } = await file.read(block, 0, blockSize);
            if (bytesRead === 0)
                return;
            const bytes = Buffer.concat([unfinished, block.subarray(0, bytesRead)]);
            const end = bytes.lastIndexOf(10) + 1;
            for (const line of bytes.toString("utf8", 0, end).split("\n"))
                if (line !== "")
                    ledger.add(line);
            unfinished = bytes.subarray(end);
        }
    }
    finally {
        await file.close();
    }
}

;// CONCATENATED MODULE: ./src/checks/test-events.js



const test_events_longestMessage = 300;
const test_events_longestDetail = 8000;
class TestLedger {
    #place;
    #entries = new Map();
    isDone = false;
    found;
    constructor(place) {
        this.#place = place;
    }
    add(line) {
        const event = (0,json/* parseJson */.qF)(line);
        const kind = (0,json/* textAt */.$6)(event, "event");
        if (kind === "done")
            this.isDone = true;
        else if (kind === "found")
            this.found = numberAt(event, "count");
        else if (kind === "start")
            this.#entry(event).running = true;
        else if (kind === "closed")
            this.#entry(event).running = false;
        else if (kind === "end")
            this.#end(event);
    }
    running() {
        const entries = [...this.#entries].filter(([, { running }]) => running);
        const innermost = entries.filter(([id]) => !entries.some(([of]) => of.startsWith(`${id} > `)));
        return innermost.map(([, { name, place }]) => ({ name, ...(place && { place }) }));
    }
    results() {
        return [...this.#entries].flatMap(([id, entry]) => resultOf(id, entry) ?? []);
    }
    #end(event) {
        const entry = this.#entry(event);
        const number = numberAt(event, "attempt") ?? 1;
        entry.running = false;
        if (entry.attempts.has(number))
            return;
        entry.attempts.set(number, {
            outcome: outcomeAt(event),
            durationMs: Math.max(0, numberAt(event, "durationMs") ?? 0),
            message: (0,one_line/* oneLine */.T)(withoutColours((0,json/* textAt */.$6)(event, "message")), test_events_longestMessage),
            detail: withoutColours((0,json/* textAt */.$6)(event, "detail")).slice(0, test_events_longestDetail),
            place: this.#place((0,json/* textAt */.$6)(event, "failedFile"), numberAt(event, "failedLine")),
        });
    }
    #entry(event) {
        const id = (0,json/* textAt */.$6)(event, "id");
        const place = this.#place((0,json/* textAt */.$6)(event, "file"), numberAt(event, "line"));
        const name = (0,json/* textAt */.$6)(event, "name") || id;
        const entry = this.#entries.get(id) ?? {
            name,
            place,
            attempts: new Map(),
            running: false,
        };
        entry.place ??= place;
        this.#entries.set(id, entry);
        return entry;
    }
}
function resultOf(id, { name, place, attempts }) {
    const all = [...attempts].sort(([a], [b]) => a - b).map(([, attempt]) => attempt);
    const last = all.at(-1);
    if (last === undefined)
        return undefined;
    const where = (last.outcome === "failed" ? last.place : undefined) ?? place;
    const told = last.message === "" ? {} : { message: last.message };
    return {
        id,
        name,
        ...(where && { place: where }),
        outcome: last.outcome,
        durationMs: Math.round(all.reduce((sum, { durationMs }) => sum + durationMs, 0)),
        attempts: all.length,
        flaky: last.outcome === "passed" && all.some(({ outcome }) => outcome === "failed"),
        ...told,
        ...(last.detail === "" ? {} : { detail: last.detail }),
    };
}
function outcomeAt(event) {
    const outcome = (0,json/* textAt */.$6)(event, "outcome");
    return outcome === "passed" || outcome === "skipped" ? outcome : "failed";
}
function numberAt(event, name) {
    const value = (0,json/* memberAt */.mz)(event, name);
    return typeof value === "number" && Number.isFinite(value) ? value : undefined;
}

;// CONCATENATED MODULE: ./src/test-node/lint-findings.js


async function lintFindings(file, place) {
    const lines = (await (0,promises_.readFile)(file, "utf8")).split("\n");
    const all = lines.map(json/* parseJson */.qF).filter((event) => event !== undefined);
    const findings = all.map((event) => lint_findings_findingOf(event, place));
    return [
        ...findings.filter(({ level }) => level === "error"),
        ...findings.filter(({ level }) => level === "warning"),
    ];
}
function lint_findings_findingOf(event, place) {
    const rule = (0,json/* textAt */.$6)(event, "rule");
    const message = (0,json/* textAt */.$6)(event, "message");
    const line = (0,json/* memberAt */.mz)(event, "line");
    const where = place((0,json/* textAt */.$6)(event, "file"), typeof line === "number" ? line : undefined);
    return {
        level: (0,json/* memberAt */.mz)(event, "severity") === 1 ? "warning" : "error",
        message: rule === "" ? message : `${message} (${rule})`,
        ...(where && { place: where }),
    };
}

;// CONCATENATED MODULE: ./src/test-node/reporters.js


async function makeReportFiles(folder, check) {
    const name = check.replaceAll(/[^\w-]+/g, "-");
    const path = (kind) => (0,external_node_path_.join)(folder, `${name}.${kind}`);
    const files = {
        events: path("events"),
        lint: path("lint"),
        tools: path("tools"),
        lcov: path("lcov"),
    };
    await Promise.all(Object.values(files).map((file) => makeEventFile(file)));
    return files;
}
function reporterEnvironment(files, place) {
    const hook = `--require ${quoted((0,external_node_path_.join)(place.reporters, "hook.cjs"))}`;
    return {
        NODE_OPTIONS: place.nodeOptions === "" ? hook : `${place.nodeOptions} ${hook}`,
        PW_TEST_REPORTER: (0,external_node_path_.join)(place.reporters, "playwright.cjs"),
        BELAY_EVENTS: files.events,
        BELAY_LINT: files.lint,
        BELAY_TOOLS: files.tools,
        BELAY_LCOV: files.lcov,
        BELAY_ROOT: place.root,
        ...(place.coverage && { BELAY_COVERAGE: "1" }),
    };
}
function quoted(path) {
    return `"${path.replaceAll(/["\\]/g, "\\$&")}"`;
}

// EXTERNAL MODULE: ./src/test-node/scripts.js
var test_node_scripts = __webpack_require__(3834);
;// CONCATENATED MODULE: ./src/checks/lcov.js
function parseLcov(text, place) {
    const files = new Map();
    let file;
    for (const line of lines(text)) {
        if (line.startsWith("SF:")) {
            const name = place(line.slice(3))?.file;
            file =
                name === undefined
                    ? undefined
                    : (files.get(name) ?? { covered: new Set(), missed: new Set() });
            if (name !== undefined && file !== undefined)
                files.set(name, file);
        }
        else if (file !== undefined && line.startsWith("DA:")) {
            count(file, line);
        }
    }
    return files;
}
function count(file, line) {
    const [number, hits] = line.slice(3).split(",", 2).map(Number);
    if (number === undefined || hits === undefined || !Number.isInteger(number))
        return;
    if (hits > 0) {
        file.covered.add(number);
        file.missed.delete(number);
    }
    else if (!file.covered.has(number)) {
        file.missed.add(number);
    }
}
function* lines(text) {
    for (let at = 0; at < text.length;) {
        const end = text.indexOf("\n", at);
        const stop = end === -1 ? text.length : end;
        yield text.slice(at, stop).trimEnd();
        at = stop + 1;
    }
}

;// CONCATENATED MODULE: ./src/test-node/script-coverage.js


async function coverageOf(lcov, place) {
    const text = await (0,promises_.readFile)(lcov, "utf8");
    const coverage = parseLcov(text, place);
    return coverage.size === 0 ? undefined : coverage;
}

;// CONCATENATED MODULE: ./src/test-node/tool-output.js

const plainTsc = /^(?<file>[^\s(][^(\n]*)\((?<line>\d+),\d+\): (?<level>error|warning) (?<message>TS\d+: .*)$/gm;
const prettyTsc = /^(?<file>[^\s:][^:\n]*):(?<line>\d+):\d+ - (?<level>error|warning) (?<message>TS\d+: .*)$/gm;
const nextBuild = /^\.\/(?<file>[^\s:]+):(?<line>\d+):\d+\n(?<message>Type error: .*)$/gm;
const prettierStyle = /^\[warn\] (?<file>(?!Code style issues|Ignored)\S.*)$/gm;
const prettierSyntax = /^\[error\] (?<file>[^:\n]+): (?<message>SyntaxError: .*) \((?<line>\d+):\d+\)$/gm;
function typeFindings(output, place) {
    const text = withoutColours(output);
    return [plainTsc, prettyTsc, nextBuild].flatMap((pattern) => [...text.matchAll(pattern)].flatMap(({ groups }) => tool_output_findingOf(groups, place)));
}
function formatFindings(output, place) {
    const text = withoutColours(output);
    const message = "Not formatted as Prettier writes it";
    return [
        ...[...text.matchAll(prettierSyntax)].flatMap(({ groups }) => tool_output_findingOf(groups, place)),
        ...[...text.matchAll(prettierStyle)].flatMap(({ groups }) => tool_output_findingOf({ message, ...groups }, place)),
    ];
}
function tool_output_findingOf(groups, place) {
    const { file = "", line, message = "", level } = groups ?? {};
    const where = place(file, line === undefined ? undefined : Number(line));
    const text = where === undefined ? `${file}: ${message}` : message;
    return [
        {
            level: level === "warning" ? "warning" : "error",
            message: text,
            ...(where && { place: where }),
        },
    ];
}

;// CONCATENATED MODULE: ./src/test-node/script-check.js
















const mostOutput = 4 << 20;
function scriptCheck(script, site) {
    const name = `${site.label}${script.name}`;
    return { name, run: (signal, print) => runScript(script, site, { name, signal, print }) };
}
async function runScript(script, site, { name, signal, print, }) {
    const files = await makeReportFiles(site.scratch, name);
    let output = "";
    const end = await runAll(commandsOf(script, site), site, {
        signal,
        env: environmentOf(script, site, files),
        print: (text) => {
            if (output.length < mostOutput)
                output += text;
            print(text);
        },
    });
    const { workspace } = site.platform.run;
    const place = placesFrom(workspace, site.project.folder);
    return script_check_outcomeOf({ site, script, end, files, output, place, signal });
}
async function runAll([argv = [], ...rest], site, manner) {
    const end = await runIn(site, argv, manner);
    if (rest.length === 0 || manner.signal.aborted)
        return end;
    const later = await runAll(rest, site, manner);
    return end.code === 0 ? later : end;
}
function commandsOf({ name, inWorkspaces }, { project }) {
    const installer = project.manager.name;
    if (!inWorkspaces)
        return [scriptCommand(installer, name)];
    return workspaceScriptCommands(installer, name, (0,test_node_project/* packagesWith */.Ul)(name, project));
}
function environmentOf({ kind }, { inputs, platform, env }, files) {
    if (kind === "build" || kind === "format" || kind === "types")
        return {};
    return reporterEnvironment(files, {
        reporters: (0,external_node_path_.join)(platform.home, "reporters"),
        root: platform.run.workspace,
        nodeOptions: env["NODE_OPTIONS"] ?? platform.variable("NODE_OPTIONS"),
        coverage: kind === "test" && inputs.minCoverage !== undefined,
    });
}
async function script_check_outcomeOf(run) {
    const tools = await toolsOf(run.files);
    const ledger = new TestLedger(run.place);
    await readEvents(run.files.events, ledger);
    const isTest = run.script.kind === "test" || run.script.kind === "e2e";
    const knows = ledger.results().length > 0 || ledger.running().length > 0;
    if (isTest && (knows || tools.some((tool) => tool !== "eslint")))
        return ofTests(run, ledger);
    return ofTool(run, isTest);
}
async function ofTests(run, ledger) {
    const { end, site, signal, files } = run;
    const { allowNoTests } = site.inputs;
    const outcome = (0,test_outcome/* testOutcome */.BD)({ end, ledger, allowNoTests, wasEnded: signal.aborted });
    const coverage = await coverageOf(files.lcov, run.place);
    return { ...outcome, ...(coverage && { coverage }) };
}
async function ofTool(run, isTest) {
    const { end, script } = run;
    const findings = await findingsOf(run);
    if (isTest)
        sayNothingKnown(run);
    if (end.code === 0)
        return passed(findings, isTest ? "judged by its exit code alone" : "");
    const errors = findings.filter(({ level }) => level === "error").length;
    return failed(errors > 0 ? counted(errors) : endText(end, script.name), findings);
}
async function findingsOf({ script, output, files, place, }) {
    const lint = await lintFindings(files.lint, place);
    if (script.kind === "format")
        return formatFindings(output, place);
    if (script.kind === "types" || script.kind === "build")
        return typeFindings(output, place);
    return [...lint, ...typeFindings(output, place), ...formatFindings(output, place)];
}
function sayNothingKnown({ script, site }) {
    const why = (0,test_node_scripts/* dropsReporters */.Hx)(script)
        ? 'it sets NODE_OPTIONS by itself, which takes our reporter out (write `NODE_OPTIONS="$NODE_OPTIONS …"`)'
        : "its runner is none of Vitest, Jest, Mocha, Playwright and `node --test`";
    site.platform.log.info(`${site.label}${script.name}: only the exit code is known: ${why}. Name its JUnit files in \`results\` for more.`);
}
function counted(errors) {
    return errors === 1 ? "1 error" : `${errors} errors`;
}
async function toolsOf({ tools }) {
    const lines = (await (0,promises_.readFile)(tools, "utf8")).split("\n");
    return lines.flatMap((line) => /"tool":"(\w+)"/.exec(line)?.[1] ?? []);
}

;// CONCATENATED MODULE: ./src/test-node/tracked-files.js
const tracked_files_mostBytes = 8 << 20;
async function changedFiles(workspace, children) {
    const git = ["git", "-c", `safe.directory=${workspace}`, "-c", "core.quotePath=false"];
    const argv = [...git, "diff", "--name-only", "--no-ext-diff", "-z", "HEAD"];
    try {
        const end = await children.run({ argv, cwd: workspace, keepStdout: tracked_files_mostBytes });
        return end.code === 0 ? new Set(end.stdout.split("\0").filter(Boolean)) : undefined;
    }
    catch {
        return undefined;
    }
}
function keepingTracked(check, workspace, children) {
    return {
        name: check.name,
        run: async (signal, print) => {
            const before = await changedFiles(workspace, children);
            const outcome = await check.run(signal, print);
            const after = before && (await changedFiles(workspace, children));
            const changed = [...(after ?? [])].filter((file) => before?.has(file) === false);
            return changed.length === 0 ? outcome : withChanges(outcome, changed);
        },
    };
}
function withChanges(outcome, changed) {
    const shown = changed.slice(0, 5).join(", ") + (changed.length > 5 ? ", …" : "");
    const reason = `it changed tracked files: ${shown}`;
    const findings = changed.map((file) => ({
        level: "error",
        message: "A check changed this file: commit what it writes, or let it only look",
        place: { file },
    }));
    return {
        ...outcome,
        status: "failed",
        reason: outcome.reason === "" ? reason : `${outcome.reason}; ${reason}`,
        findings: [...outcome.findings, ...findings],
    };
}

;// CONCATENATED MODULE: ./src/test-node/plan.js








const looking = ["lint", "format", "types"];
async function planProject(site, cache) {
    const { project, platform, inputs } = site;
    const prisma = inputs.prisma === "off" ? undefined : await findPrisma(project, platform.run.workspace);
    const schema = prisma === undefined ? [] : [[[schemaCheck(prisma, site)]]];
    const audit = inputs.auditLevel === "off" ? [] : [[auditCheck(site)]];
    const beside = [...audit, ...(prisma === undefined ? [] : migrationLanes(prisma, site))];
    const scripts = scriptsOf(site);
    const stages = planScripts(scripts, site, beside);
    const browsers = browsersCheck(site, scripts, cache);
    return [...schema, ...(browsers === undefined ? [] : [[[browsers]]]), ...stages];
}
function planScripts(scripts, site, beside) {
    const side = scripts.filter((script) => looking.includes(script.kind) && !(0,test_node_scripts/* writes */.D3)(script));
    const alone = scripts.filter((script) => looking.includes(script.kind) && (0,test_node_scripts/* writes */.D3)(script));
    const inOrder = scripts.filter(({ kind }) => !looking.includes(kind));
    const first = [...side.map((script) => [checkOf(script, site)]), ...beside];
    const rest = [...alone, ...inOrder].map((script) => [[checkOf(script, site)]]);
    return first.length === 0 ? rest : [first, ...rest];
}
function checkOf(script, site) {
    const own = scriptCheck(script, site);
    const check = script.kind === "build" ? withSizes(own, site) : own;
    return keepingTracked(check, site.platform.run.workspace, site.children);
}
function scriptsOf({ project, inputs }) {
    return inputs.scripts === undefined
        ? (0,test_node_scripts/* usualScripts */.RJ)(project.scripts)
        : (0,test_node_scripts/* namedScripts */.S$)(inputs.scripts, project.scripts).scripts;
}

;// CONCATENATED MODULE: ./src/checks/install-dependencies.js


async function installDependencies(plan, cache, log) {
    const kept = cache && tolerant(cache, log);
    if (kept !== undefined && (await restoreWhole(plan, kept, log))) {
        if (plan.asksForDownloads === true)
            await restoreDownloads(plan, await plan.downloads(), kept);
        const outcome = await plan.install(true);
        if (outcome.status !== "failed")
            return { hit: "exact", outcome };
        log.warning("The installer failed on what the cache held: everything is installed anew");
        await discard(plan.paths);
    }
    const downloads = kept === undefined ? [] : await plan.downloads();
    const found = kept && (await restoreDownloads(plan, downloads, kept));
    const outcome = await plan.install(false);
    if (kept !== undefined && outcome.status !== "failed")
        await saveAll(plan, downloads, kept, found);
    return { hit: found === undefined ? "none" : "partial", outcome };
}
async function restoreWhole(plan, cache, log) {
    await discard(plan.paths);
    const found = await cache.restore(plan.paths, plan.key, []);
    if (found === plan.key && (await plan.isWhole()))
        return true;
    if (found !== undefined)
        log.warning("The cache of the dependencies is damaged and is not used");
    await discard(plan.paths);
    return false;
}
function restoreDownloads({ downloadsKey, downloadsPrefix }, downloads, cache) {
    return cache.restore(downloads, downloadsKey, [downloadsPrefix]);
}
async function saveAll({ paths, key, downloadsKey }, downloads, cache, foundDownloads) {
    if (await anyThere(paths))
        await cache.save(paths, key);
    if (foundDownloads !== downloadsKey && (await anyThere(downloads)))
        await cache.save(downloads, downloadsKey);
}
async function discard(paths) {
    for (const path of paths)
        await (0,promises_.rm)(path, { recursive: true, force: true });
}
async function anyThere(paths) {
    const found = paths.map((path) => (0,promises_.stat)(path).then(() => true, () => false));
    return (await Promise.all(found)).includes(true);
}
function tolerant(cache, log) {
    return {
        restore: (...words) => cache.restore(...words).catch((failure) => {
            log.info(`the cache could not be read: ${(0,errors/* asBelayError */._q)(failure).message}`);
            return undefined;
        }),
        save: (...words) => cache.save(...words).catch((failure) => {
            log.info(`the cache could not be written: ${(0,errors/* asBelayError */._q)(failure).message}`);
            return false;
        }),
    };
}

;// CONCATENATED MODULE: ./src/test-node/install.js






async function install(site, restored, manner) {
    const { root, manager } = site.project;
    const path = (0,external_node_path_.join)(root, manager.lockfile);
    const before = await (0,promises_.readFile)(path);
    const argv = installCommand(manager.name, restored);
    const end = await runIn(site, argv, { ...manner, cwd: root });
    if (end.code !== 0)
        return failed(install_reasonOf(end, argv.join(" "), manager.lockfile));
    const after = await (0,promises_.readFile)(path).catch(() => Buffer.alloc(0));
    if (after.equals(before))
        return passed();
    return failed(`the install changed ${manager.lockfile}: it does not fit package.json. Install on your machine and commit it.`);
}
function install_reasonOf(end, command, lockfile) {
    const hint = hintOf(end.tail, lockfile);
    return hint === "" ? endText(end, command) : `${hint}; ${endText(end, command)}`;
}
function hintOf(tail, lockfile) {
    if (/EUSAGE|ERR_PNPM_OUTDATED_LOCKFILE|needs to be updated, but yarn was run with|YN0028/.test(tail))
        return `${lockfile} does not fit package.json: install on your machine and commit it`;
    if (/EJSONPARSE|ERR_PNPM_BROKEN_LOCKFILE|ERR_PNPM_LOCKFILE|Invalid value type|Unknown token/.test(tail))
        return `${lockfile} is broken: delete it, install on your machine and commit the new one`;
    if (/EBADENGINE|ERR_PNPM_UNSUPPORTED_ENGINE|The engine "node" is incompatible/.test(tail))
        return "a package does not run on this version of Node";
    if (/npm error command (?:sh|failed)|postinstall|ELIFECYCLE|YN0009/.test(tail))
        return "an install script failed";
    return "";
}

;// CONCATENATED MODULE: ./src/test-node/dependencies.js






const dependencies_form = "1";
async function installationOf(site, programs, manner) {
    const { platform, project } = site;
    const { name } = project.manager;
    const head = `belay-node-${dependencies_form}-${platform.machine}-${name}`;
    const contents = await contentsHash(project.root, project.manager.lockfile);
    const { node, manager } = programs;
    const tools = hash([node.version, node.path, manager.version, project.root]);
    return {
        paths: installedPaths(site),
        key: `${head}-${tools}-${contents}`,
        downloads: () => downloadsOf(site, manner),
        downloadsKey: `${head}-downloads-${contents}`,
        downloadsPrefix: `${head}-downloads-`,
        asksForDownloads: name === "yarn",
        isWhole: () => isWhole(site),
        install: (restored) => install(site, restored, manner),
    };
}
function installedPaths({ project }) {
    const { root, packages, manager } = project;
    const directories = [".", ...packages.map(({ directory }) => directory)];
    const folders = directories.map((directory) => (0,external_node_path_.join)(root, directory, "node_modules"));
    if (manager.name !== "yarn")
        return folders;
    return [
        ...folders,
        ...[".pnp.cjs", ".pnp.loader.mjs", ".yarn/unplugged", ".yarn/install-state.gz"].map((name) => (0,external_node_path_.join)(root, name)),
    ];
}
const lastFiles = {
    npm: "node_modules/.package-lock.json",
    pnpm: "node_modules/.modules.yaml",
    yarn: ".yarn/install-state.gz",
    "yarn-classic": "node_modules/.yarn-integrity",
};
async function isWhole({ project }) {
    const file = (0,external_node_path_.join)(project.root, lastFiles[project.manager.name]);
    return (0,promises_.stat)(file).then(({ size }) => size > 0, () => false);
}
async function downloadsOf(site, manner) {
    const { root, manager } = site.project;
    const argv = downloadsCommand(manager.name);
    const quiet = { ...manner, print: () => undefined, cwd: root, keepStdout: 4096 };
    const { code, stdout } = await runIn(site, argv, quiet);
    const path = stdout.trim().split("\n").at(-1) ?? "";
    if (code !== 0 || !path.startsWith("/"))
        return [];
    return [manager.name === "npm" ? (0,external_node_path_.join)(path, "_cacache") : path];
}
async function contentsHash(root, lockfile) {
    const names = [
        lockfile,
        "package.json",
        ".npmrc",
        ".yarnrc",
        ".yarnrc.yml",
        ".pnpmfile.cjs",
        "pnpm-workspace.yaml",
    ];
    const patches = [];
    for await (const path of (0,promises_.glob)(["patches/**/*.patch", ".yarn/patches/**/*.patch"], { cwd: root }))
        patches.push(path);
    const parts = [...names, ...patches.sort()].map(async (name) => {
        const text = await (0,promises_.readFile)((0,external_node_path_.join)(root, name)).catch(() => undefined);
        return text === undefined ? `${name} absent` : `${name} ${hash([text.toString("latin1")])}`;
    });
    return hash(await Promise.all(parts));
}
function hash(parts) {
    return (0,external_node_crypto_.createHash)("sha256").update(JSON.stringify(parts)).digest("hex").slice(0, 24);
}

;// CONCATENATED MODULE: ./src/test-node/manager-program.js




const manager_program_packages = {
    npm: "npm",
    pnpm: "pnpm",
    yarn: "@yarnpkg/cli-dist",
    "yarn-classic": "yarn",
};
async function findManager(manager, place) {
    const { version } = manager;
    const present = await manager_program_versionOf(manager.name, place);
    if (present !== undefined &&
        (version === undefined || present === version || manager.name === "npm"))
        return { version: present, path: place.path };
    if (version === undefined)
        throw missing(manager);
    const path = await fetched(manager.name, version, place);
    const found = await manager_program_versionOf(manager.name, { ...place, path });
    if (found === undefined)
        throw missing(manager);
    return { version: found, path };
}
async function manager_program_versionOf(name, place) {
    const { children, cwd, env, path, signal } = place;
    const argv = [programOf(name), "--version"];
    try {
        const end = await children.run({
            argv,
            cwd,
            env: { ...env, PATH: path },
            keepStdout: 4096,
            signal,
        });
        const version = end.stdout.trim().split("\n").at(-1) ?? "";
        return end.code === 0 && /^\d+\.\d+\.\d+/.test(version) ? version : undefined;
    }
    catch {
        return undefined;
    }
}
async function fetched(name, version, place) {
    const { children, cwd, env, path, tools, signal, print } = place;
    const folder = (0,external_node_path_.join)(tools, `${name}-${version}`);
    await (0,promises_.mkdir)(folder, { recursive: true });
    const words = ["install", "--prefix", folder, "--no-audit", "--no-fund", "--ignore-scripts"];
    const argv = ["npm", ...words, `${manager_program_packages[name]}@${version}`];
    const end = await children.run({
        argv,
        cwd,
        env: { ...env, PATH: path },
        onOutput: print,
        signal,
    });
    if (end.code !== 0) {
        const message = `${manager_program_packages[name]}@${version}, which package.json names, could not be fetched by npm`;
        const remedy = "Look at npm's output above, or set it up in a step before this one.";
        throw new errors/* BelayError */.oT("tool-missing", message, remedy);
    }
    return [(0,external_node_path_.join)(folder, "node_modules/.bin"), path].join(external_node_path_.delimiter);
}
function missing({ name, lockfile }) {
    const program = programOf(name);
    return new errors/* BelayError */.oT("tool-missing", `the lockfile is ${lockfile}, and ${program} is not on the runner`, `Name its version in package.json (\`"packageManager": "${program}@X.Y.Z"\`), or set it up in a step before this one.`);
}

;// CONCATENATED MODULE: ./src/test-node/node-program.js

async function findNode(children, cwd, signal) {
    const argv = ["node", "-p", "process.versions.node + ' ' + process.execPath"];
    const env = { NODE_OPTIONS: undefined };
    const { code, stdout } = await children.run({ argv, cwd, env, keepStdout: 4096, signal });
    const [, version, path] = /^(\d+\.\d+\.\d+\S*) (.+)$/m.exec(stdout) ?? [];
    if (code !== 0 || version === undefined || path === undefined)
        throw new errors/* BelayError */.oT("tool-missing", "node on the runner does not work", "Use actions/setup-node before this step.");
    return { version, path };
}
async function runtimeFindings(version, wanted) {
    const { engines, pin, pinFile } = wanted;
    const { default: satisfies } = await __webpack_require__.e(/* import() */ 11).then(__webpack_require__.t.bind(__webpack_require__, 8011, 19));
    const remedy = "Use actions/setup-node with `node-version-file` before this step";
    if (engines !== "" && !satisfies(version, engines, { includePrerelease: true }))
        return [
            {
                level: "error",
                message: `Node ${version} is on the runner, and \`engines\` in package.json wants ${engines}. ${remedy}`,
            },
        ];
    const plain = pin.replace(/^v/, "");
    if (/^\d+(?:\.\d+){0,2}$/.test(plain) && !satisfies(version, plain))
        return [
            {
                level: "warning",
                message: `Node ${version} is on the runner, and ${pinFile} names ${pin}. ${remedy}`,
            },
        ];
    return [];
}

;// CONCATENATED MODULE: ./src/test-node/prepare.js






function prepareCheck(site, tools, cache, prepared) {
    return {
        name: `${site.label}install`,
        run: async (signal, print) => {
            const { children, project } = site;
            const node = await findNode(children, project.root, signal);
            const runtime = await runtimeOf(node, site);
            if (runtime.status === "failed")
                return runtime;
            const place = {
                children,
                cwd: project.root,
                path: prepared.path,
                tools,
                env: site.env,
                signal,
                print,
            };
            const manager = await findManager(project.manager, place);
            prepared.path = manager.path;
            const manner = { signal, print, env: { PATH: manager.path } };
            const plan = await installationOf(site, { node, manager }, manner);
            const { hit, outcome } = await installDependencies(plan, cache, site.platform.log);
            prepared.hit = hit;
            return { ...outcome, findings: [...runtime.findings, ...outcome.findings] };
        },
    };
}
async function runtimeOf(node, { project }) {
    const { pin } = project;
    const engines = (0,json/* textAt */.$6)(project.manifest, "engines", "node");
    const wanted = { engines, pin: pin.version, pinFile: pin.file };
    const findings = await runtimeFindings(node.version, wanted);
    const [error] = findings.filter(({ level }) => level === "error");
    if (error !== undefined)
        return failed("the runner has another Node than the project wants", findings);
    return { status: "passed", reason: "", findings };
}

// EXTERNAL MODULE: ./src/checks/changed-coverage.js
var changed_coverage = __webpack_require__(8069);
// EXTERNAL MODULE: ./src/checks/coverage.js
var checks_coverage = __webpack_require__(5458);
;// CONCATENATED MODULE: ./src/test-node/coverage-verdict.js




async function coverageVerdict(verdict, { platform, children }) {
    const parts = verdict.results.flatMap(({ coverage }) => coverage ?? []);
    if (parts.length === 0)
        return verdict;
    const coverage = (0,checks_coverage/* mergeCoverage */.P)(parts);
    const event = await platform.event();
    if ((0,json/* memberAt */.mz)(event, "pull_request") === undefined)
        return { ...verdict, coverage };
    const { log, signal, run } = platform;
    const checkout = { children, workspace: run.workspace, signal };
    const base = await findBase(event, checkout);
    if ("unknown" in base) {
        log.info(`the changed lines are not known: ${base.unknown}`);
        return { ...verdict, coverage };
    }
    const lines = await changedLines(base.commit, checkout);
    return { ...verdict, coverage, ...(lines && { changed: (0,changed_coverage/* changedCoverage */.H)(coverage, lines) }) };
}

;// CONCATENATED MODULE: ./src/test-node/run.js















async function runProjects(inputs, platform) {
    const { clock } = platform;
    const deadline = new Deadline(clock, clock.monotonic(), inputs.timeoutMs);
    const children = await platform.openChildren();
    const cache = await openCache(platform);
    const scratch = await (0,promises_.mkdtemp)((0,external_node_path_.join)(platform.temp, "belay-test-node-"));
    try {
        return await run_runAll({ inputs, platform, children, cache, scratch, deadline, built: new Map() });
    }
    finally {
        await (0,promises_.rm)(scratch, { recursive: true, force: true });
    }
}
async function run_runAll(run) {
    const { inputs, platform } = run;
    const { workspace } = platform.run;
    const projects = [];
    for (const directory of inputs.directories)
        projects.push(await (0,test_node_project/* readProject */.Wh)(workspace, directory));
    const results = [];
    const prepared = new Map();
    for (const project of projects) {
        const ready = prepared.get(project.root) ?? (await prepare(project, run, projects, results));
        prepared.set(project.root, ready);
        results.push(...(await runProject(project, ready, run, projects)));
    }
    results.push(...(await runExtra(run, projects, prepared)), ...(await reported(run)));
    const hits = [...prepared.values()].map(({ hit }) => hit);
    return finish({ results, cacheHit: worst(hits) }, run);
}
async function prepare(project, run, projects, results) {
    const prepared = { path: run.platform.variable("PATH"), hit: "none" };
    const site = siteOf(project, run, projects, prepared.path);
    const check = prepareCheck(site, (0,external_node_path_.join)(run.scratch, "tools"), run.cache, prepared);
    const [result] = await run_inTime([[[check]]], run);
    if (result !== undefined)
        results.push(result);
    return { ...prepared, isReady: result?.status === "passed" };
}
async function runProject(project, { path, isReady }, run, projects) {
    const stages = await planProject(siteOf(project, run, projects, path), run.cache);
    if (isReady)
        return run_inTime(stages, run);
    const names = stages.flat(2).map(({ name }) => name);
    const outcome = skipped("not run: the install failed");
    return names.map((name) => ({ name, startedAt: "", durationMs: 0, ...outcome }));
}
async function runExtra(run, projects, prepared) {
    const [project] = projects;
    if (project === undefined)
        return [];
    const path = prepared.get(project.root)?.path ?? "";
    const { children, env } = siteOf(project, run, projects, path);
    const place = { children, cwd: project.folder, env };
    return run_inTime(run.inputs.extra.map((one) => [[extraCheck(one, place)]]), run);
}
async function reported(run) {
    const { inputs, platform } = run;
    if (inputs.results.length === 0)
        return [];
    return run_inTime([[[reportFilesCheck(inputs.results, platform.run.workspace)]]], run);
}
function siteOf(project, run, projects, path) {
    const { inputs, platform, children, scratch, built } = run;
    const given = inputs.env.map(({ name, value }) => [name, value]);
    const label = projects.length > 1 ? `${project.directory}: ` : "";
    const env = { PATH: path, CI: platform.variable("CI") || "true", ...Object.fromEntries(given) };
    return { project, inputs, platform, children, scratch, env, label, built };
}
function run_inTime(stages, { platform, deadline }) {
    const { clock, log, signal } = platform;
    return runChecks(stages, { clock, log, signal, timeLimitMs: deadline.leftMs() });
}
async function finish(verdict, run) {
    const { platform, cache } = run;
    const measured = { ...(await coverageVerdict(verdict, run)), ...(await builtSections(run)) };
    if (cache === undefined)
        return measured;
    const previous = new PreviousResults("test-node", cache, platform);
    const newFailures = await previous.newFailures((0,checks_verdict/* testsOf */.V)(measured));
    await previous.keep((0,checks_verdict/* testsOf */.V)(measured));
    return { ...measured, ...(newFailures && { newFailures }) };
}
function worst(hits) {
    const order = ["none", "partial", "exact"];
    return order.find((hit) => hits.includes(hit)) ?? "none";
}


/***/ })

};
