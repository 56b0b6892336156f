export const id = 933;
export const ids = [933];
export const modules = {

/***/ 6933:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {


// EXPORTS
__webpack_require__.d(__webpack_exports__, {
  runDjangoChecks: () => (/* binding */ runDjangoChecks)
});

// EXTERNAL MODULE: external "node:crypto"
var external_node_crypto_ = __webpack_require__(7598);
// EXTERNAL MODULE: external "node:fs/promises"
var promises_ = __webpack_require__(1455);
// EXTERNAL MODULE: external "node:path"
var external_node_path_ = __webpack_require__(6760);
// EXTERNAL MODULE: ./src/checks/changed-coverage.js
var changed_coverage = __webpack_require__(8069);
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

// EXTERNAL MODULE: ./src/kit/json.js
var json = __webpack_require__(5727);
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

// EXTERNAL MODULE: ./src/checks/coverage.js
var coverage = __webpack_require__(5458);
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

;// CONCATENATED MODULE: ./src/test-django/driver.js



async function runDriver(check, project, { options = {}, env = {}, cwd = project.folder, signal, print }) {
    const folder = (0,external_node_path_.join)(project.scratch, check);
    await (0,promises_.rm)(folder, { recursive: true, force: true });
    await (0,promises_.mkdir)(folder, { recursive: true, mode: 0o700 });
    const [task, out] = [(0,external_node_path_.join)(folder, "task.json"), (0,external_node_path_.join)(folder, "out.jsonl")];
    const { token } = project;
    await (0,promises_.writeFile)(task, JSON.stringify({ out, token, folder, ...options }), { mode: 0o600 });
    await (0,promises_.writeFile)(out, "", { mode: 0o600 });
    const argv = [project.python, (0,external_node_path_.join)(project.drivers, "driver.py"), check, task];
    const end = await project.children.run({
        argv,
        cwd,
        env: { ...project.env, BELAY_ROOT: cwd, ...env },
        onOutput: print,
        signal,
    });
    const records = (await (0,promises_.readFile)(out, "utf8")).split("\n").map(json/* parseJson */.qF);
    return endOf(records, end.code ?? end.signal ?? "", project.place);
}
function endOf(records, code, place) {
    const last = records.findLast((record) => (0,json/* textAt */.$6)(record, "status") !== "");
    const status = (0,json/* textAt */.$6)(last, "status");
    const isWhole = status === "passed" || status === "failed" || status === "skipped";
    return {
        status: isWhole ? status : "failed",
        reason: isWhole ? (0,json/* textAt */.$6)(last, "reason") : `broke off (${code})`,
        findings: records.flatMap((record) => findingOf((0,json/* memberAt */.mz)(record, "finding"), place)),
        records,
        isWhole,
    };
}
function findingOf(value, place) {
    const message = (0,json/* textAt */.$6)(value, "message");
    if (message === "")
        return [];
    const where = placeOf(value, place);
    const level = (0,json/* textAt */.$6)(value, "level") === "warning" ? "warning" : "error";
    return [{ level, message, ...(where && { place: where }) }];
}
function placeOf(record, place) {
    const line = (0,json/* memberAt */.mz)(record, "line");
    return place((0,json/* textAt */.$6)(record, "file"), typeof line === "number" ? line : undefined);
}

;// CONCATENATED MODULE: ./src/test-django/breaking-findings.js





function breakingFindings({ records, findings }, strict, place) {
    const level = strict ? "error" : "warning";
    const broken = [];
    let before;
    for (const record of records) {
        const after = parseCatalogue((0,json/* textAt */.$6)(record, "catalogue"));
        if (after === undefined)
            continue;
        const where = placeOf(record, place);
        for (const change of before === undefined ? [] : breakingChanges(before, after)) {
            const message = `${(0,json/* textAt */.$6)(record, "migration")} breaks the version that still runs: ${change}`;
            broken.push({ level, message, ...(where && { place: where }) });
        }
        before = after;
    }
    const reason = broken.length === 0 ? "" : `changes that break the version that still runs: ${broken.length}`;
    const outcome = passed([...findings, ...broken], reason);
    return strict && broken.length > 0 ? { ...outcome, status: "failed" } : outcome;
}

;// CONCATENATED MODULE: ./src/test-django/base-state.js





class BaseState {
    #project;
    #session;
    #made;
    constructor(project, session) {
        this.#project = project;
        this.#session = session;
    }
    get isMade() {
        return this.#made !== undefined;
    }
    get(run) {
        this.#made ??= this.#make(run);
        return this.#made;
    }
    async #make(run) {
        const { base } = this.#session;
        if ("unknown" in base)
            return { noBase: base.unknown };
        const tree = await this.#checkOut(base.commit, run);
        if (tree === undefined)
            return { noBase: "the base state could not be checked out" };
        const cwd = (0,external_node_path_.join)(tree, (0,external_node_path_.relative)(this.#project.workspace, this.#project.folder));
        if (!(await exists((0,external_node_path_.join)(cwd, "manage.py"))))
            return { noBase: "the base state has no manage.py there" };
        run.print(`The base state is ${base.commit}\n`);
        const end = await runDriver("base", this.#project, { ...run, cwd });
        const made = end.records.find((record) => (0,json/* memberAt */.mz)(record, "databases") !== undefined);
        if (end.status !== "passed" || made === undefined) {
            const why = end.findings[0]?.message ?? end.reason;
            return { noBase: `the base state's own migrations do not run here: ${why}` };
        }
        const databases = (0,json/* memberAt */.mz)(made, "databases");
        const seeded = await this.#seed(cwd, databases, run);
        if (seeded === undefined)
            return { noBase: "the `seed` lines failed on the base state", seedFailed: true };
        return { base: { databases, migrations: (0,json/* memberAt */.mz)(made, "migrations"), seeded } };
    }
    async #checkOut(commit, { signal, print }) {
        const { scratch, workspace, children } = this.#project;
        const tree = (0,external_node_path_.join)(scratch, "base-tree");
        await (0,promises_.mkdir)(tree, { recursive: true });
        const env = { GIT_INDEX_FILE: (0,external_node_path_.join)(scratch, "base-index") };
        for (const argv of [readTree(commit), checkoutIndex(tree)]) {
            const end = await children.run({ argv, cwd: workspace, env, signal, onOutput: print });
            if (end.code !== 0)
                return undefined;
        }
        return tree;
    }
    async #seed(cwd, databases, { signal, print }) {
        const { seed } = this.#session.inputs;
        if (seed.length === 0)
            return false;
        const { children, env, drivers } = this.#project;
        const names = { BELAY_DATABASES: JSON.stringify(databases), PYTHONPATH: drivers };
        const argv = ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", seed.join("\n")];
        const end = await children.run({
            argv,
            cwd,
            env: { ...env, ...names },
            signal,
            onOutput: print,
        });
        return end.code === 0 ? true : undefined;
    }
}
function exists(path) {
    return (0,promises_.stat)(path).then(() => true, () => false);
}

;// CONCATENATED MODULE: ./src/test-django/deploy-environment.js

function deployEnvironment({ deploySettings, deployEnv }) {
    const key = (0,external_node_crypto_.randomBytes)(40).toString("base64url");
    return {
        SECRET_KEY: key,
        DJANGO_SECRET_KEY: key,
        ...(deploySettings !== "" && { DJANGO_SETTINGS_MODULE: deploySettings }),
        ...Object.fromEntries(deployEnv.map(({ name, value }) => [name, value])),
    };
}

;// CONCATENATED MODULE: ./src/test-django/edited-migrations.js


async function editedMigrations({ children, folder, place }, base, signal) {
    if ("unknown" in base)
        return [];
    const argv = editedFiles(base.commit, ":(glob)**/migrations/*.py");
    const end = await children.run({ argv, cwd: folder, keepStdout: 1 << 20, signal });
    if (end.code !== 0)
        return [];
    const files = end.stdout
        .split("\0")
        .filter((file) => /\/migrations\/[^/]*\d[^/]*\.py$/.test(file));
    return files.flatMap((file) => {
        const where = place((0,external_node_path_.join)(folder, file));
        const message = "This migration was edited: a database that has applied it stays as it is";
        return where === undefined ? [] : [{ level: "warning", message, place: { ...where, line: 1 } }];
    });
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

;// CONCATENATED MODULE: ./src/checks/coverage-py.js

function parseCoveragePy(text, place) {
    const files = (0,json/* memberAt */.mz)((0,json/* parseJson */.qF)(text), "files");
    if (typeof files !== "object" || files === null)
        return undefined;
    const coverage = new Map();
    for (const [path, found] of Object.entries(files)) {
        const name = place(path)?.file;
        if (name === undefined)
            continue;
        const covered = numbersOf((0,json/* memberAt */.mz)(found, "executed_lines"));
        coverage.set(name, { covered, missed: numbersOf((0,json/* memberAt */.mz)(found, "missing_lines")) });
    }
    return coverage;
}
function numbersOf(value) {
    return new Set((0,json/* itemsOf */.S3)(value).filter((one) => typeof one === "number"));
}

;// CONCATENATED MODULE: ./src/test-django/coverage-run.js




async function findCoverage(project, folder, signal) {
    const [rcfile, data] = [(0,external_node_path_.join)(folder, "coverage.rc"), (0,external_node_path_.join)(folder, "coverage.data")];
    const report = (0,external_node_path_.join)(folder, "coverage.json");
    const { python, drivers, children, env, folder: cwd } = project;
    const argv = [python, (0,external_node_path_.join)(drivers, "belay_coverage.py"), rcfile, data];
    const end = await children.run({ argv, cwd, env, keepStdout: 4096, signal });
    const answer = (0,json/* parseJson */.qF)(end.stdout.trim().split("\n").at(-1) ?? "");
    if (typeof (0,json/* memberAt */.mz)(answer, "version") !== "string")
        return { kind: "none", rcfile, report, env: {} };
    const kind = (0,json/* memberAt */.mz)(answer, "pytestCov") === true ? "pytest-cov" : "coverage";
    return { kind, rcfile, report, env: { COVERAGE_RCFILE: rcfile, COVERAGE_FILE: data } };
}
async function readCoverage({ kind, rcfile, report, env }, project, { signal, print }) {
    if (kind === "none")
        print("Coverage is not measured: the project has no coverage installed\n");
    if (kind === "none" || signal.aborted)
        return undefined;
    const { python, children, folder: cwd } = project;
    const coverage = (...words) => {
        const argv = [python, "-m", "coverage", ...words, `--rcfile=${rcfile}`];
        return children.run({ argv, cwd, env: { ...project.env, ...env }, signal });
    };
    await coverage("combine", "--quiet");
    const end = await coverage("json", "--quiet", "-o", report);
    if (end.code === 0)
        return parseCoveragePy(await (0,promises_.readFile)(report, "utf8"), project.place);
    print(`Coverage was not measured: ${end.tail.trim()}\n`);
    return undefined;
}

;// CONCATENATED MODULE: ./src/test-django/test-runner.js


const configurations = {
    "pytest.ini": /(?:)/,
    ".pytest.ini": /(?:)/,
    "pyproject.toml": /^\[tool\.pytest/m,
    "tox.ini": /^\[pytest\]/m,
    "setup.cfg": /^\[tool:pytest\]/m,
    "conftest.py": /(?:)/,
};
async function usesPytest(project, signal) {
    if (!(await isConfigured(project.folder)))
        return false;
    const { children, python, folder: cwd, env } = project;
    const question = "import importlib.util as u, sys; sys.exit(not (u.find_spec('pytest') and u.find_spec('pytest_django')))";
    const end = await children.run({ argv: [python, "-c", question], cwd, env, signal });
    return end.code === 0;
}
async function isConfigured(folder) {
    for (const [name, pattern] of Object.entries(configurations)) {
        const text = await (0,promises_.readFile)((0,external_node_path_.join)(folder, name), "utf8").catch(() => undefined);
        if (text !== undefined && pattern.test(text))
            return true;
    }
    return false;
}

;// CONCATENATED MODULE: ./src/test-django/run-tests.js







async function runTests(project, inputs, { signal, print }) {
    const folder = (0,external_node_path_.join)(project.scratch, "tests");
    await (0,promises_.rm)(folder, { recursive: true, force: true });
    await (0,promises_.mkdir)(folder, { recursive: true, mode: 0o700 });
    const events = (0,external_node_path_.join)(folder, "events.jsonl");
    await makeEventFile(events);
    const tool = await findCoverage(project, folder, signal);
    const pytest = await usesPytest(project, signal);
    print(`The tests run with ${pytest ? "pytest" : "manage.py test"}\n`);
    const { argv, env } = pytest
        ? pytestCommand(project, inputs, tool)
        : await djangoCommand(project, inputs, tool, folder);
    const all = { ...project.env, ...env, BELAY_EVENTS: events, BELAY_ROOT: project.workspace };
    const end = await project.children.run({
        argv,
        cwd: project.folder,
        env: all,
        onOutput: print,
        signal,
    });
    const ledger = new TestLedger(project.place);
    await readEvents(events, ledger);
    const outcome = (0,test_outcome/* testOutcome */.BD)({
        end: pytest && end.code === 5 ? { ...end, code: 0 } : end,
        ledger,
        allowNoTests: inputs.allowNoTests,
        wasEnded: signal.aborted,
    });
    const coverage = await readCoverage(tool, project, { signal, print });
    return { ...outcome, ...(coverage && { coverage }) };
}
function pytestCommand({ python, drivers, env }, { parallel }, tool) {
    const workers = parallel === "" ? [] : ["-n", parallel];
    const plugins = [env["PYTEST_PLUGINS"], "belay_pytest"].filter(Boolean).join(",");
    const path = [drivers, env["PYTHONPATH"]].filter(Boolean).join(":");
    const measured = tool.kind === "pytest-cov" ? ["--cov", `--cov-config=${tool.rcfile}`, "--cov-report="] : [];
    const wrapper = tool.kind === "coverage" ? ["-m", "coverage", "run", `--rcfile=${tool.rcfile}`] : [];
    return {
        argv: [python, ...wrapper, "-m", "pytest", ...workers, ...measured],
        env: { PYTEST_PLUGINS: plugins, PYTHONPATH: path, ...tool.env },
    };
}
async function djangoCommand({ python, drivers }, { parallel }, tool, folder) {
    const task = (0,external_node_path_.join)(folder, "task.json");
    const words = ["--noinput", ...(parallel === "" ? [] : ["--parallel", parallel])];
    await (0,promises_.writeFile)(task, JSON.stringify({ arguments: words }), { mode: 0o600 });
    const wrapper = tool.kind === "none" ? [] : ["-m", "coverage", "run", `--rcfile=${tool.rcfile}`];
    return {
        argv: [python, ...wrapper, (0,external_node_path_.join)(drivers, "driver.py"), "test", task],
        env: tool.env,
    };
}

;// CONCATENATED MODULE: ./src/test-django/django-checks.js







function djangoChecks(project, session) {
    return new ChecksOfProject(project, session);
}
class ChecksOfProject {
    #project;
    #session;
    #base;
    #hasLeft = false;
    constructor(project, session) {
        this.#project = project;
        this.#session = session;
        this.#base = new BaseState(project, session);
    }
    get database() {
        const needed = [...this.withTests, ...this.withDatabase].length > 0;
        return needed ? this.#plainCheck("database") : undefined;
    }
    get plain() {
        const { inputs } = this.#session;
        const deploy = {
            options: { failLevel: inputs.deployFailLevel },
            env: deployEnvironment(inputs),
        };
        return this.#wanted([
            this.#plainCheck("system"),
            this.#plainCheck("deploy", deploy),
            { name: "migrations", run: (signal, print) => this.#migrations({ signal, print }) },
            this.#plainCheck("static"),
        ]);
    }
    get withTests() {
        const run = (signal, print) => runTests(this.#project, this.#session.inputs, { signal, print });
        return this.#wanted([{ name: "tests", run }]);
    }
    get withDatabase() {
        return this.#wanted([
            { name: "migrate", run: (signal, print) => this.#migrate({ signal, print }) },
            { name: "reverse", run: (signal, print) => this.#overBase("reverse", { signal, print }) },
            { name: "compatible", run: (signal, print) => this.#compatible({ signal, print }) },
        ]);
    }
    async cleanUp() {
        if (!this.#hasLeft && !this.#base.isMade)
            return;
        const signal = AbortSignal.timeout(30_000);
        await runDriver("clean", this.#project, { signal, print: () => undefined });
    }
    #wanted(checks) {
        const { inputs } = this.#session;
        return checks.filter(({ name }) => inputs.checks.includes(name));
    }
    #plainCheck(name, more = {}) {
        return { name, run: (signal, print) => this.#drive(name, { ...more, signal, print }) };
    }
    async #drive(name, run) {
        const end = await runDriver(name, this.#project, run);
        this.#hasLeft ||= !end.isWhole;
        return end;
    }
    async #migrations(run) {
        const end = await this.#drive("migrations", run);
        const edited = await editedMigrations(this.#project, this.#session.base, run.signal);
        return { ...end, findings: [...end.findings, ...edited] };
    }
    async #overBase(name, run) {
        const base = await this.#base.get(run);
        const strict = this.#session.inputs.strictMigrations;
        return this.#drive(name, { ...run, options: { ...base, strict, catalogueQuery: catalogueQuery } });
    }
    async #migrate(run) {
        const { seedFailed = false, noBase = "" } = await this.#base.get(run);
        const end = await this.#overBase("migrate", run);
        return seedFailed && end.status === "passed"
            ? { ...end, status: "failed", reason: noBase }
            : end;
    }
    async #compatible(run) {
        const end = await this.#overBase("compatible", run);
        if (end.status !== "passed")
            return end;
        const { strictMigrations } = this.#session.inputs;
        return breakingFindings(end, strictMigrations, this.#project.place);
    }
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

;// CONCATENATED MODULE: ./src/test-django/installer-error.js
function installerError(output) {
    const lines = output.split("\n");
    const said = (lines.findLast((line) => /^\s*error\b/i.test(line)) ??
        lines.findLast((line) => /error/i.test(line)) ??
        "").trim();
    const named = /^error: [a-z-]+$/i.test(said) ? packageIn(lines) : undefined;
    return [said, named, buildError(lines)].filter((part) => part !== undefined).join(": ");
}
function packageIn(lines) {
    const below = lines.findLast((line) => /^╰─> (?!See |from |\[)\S+$/.test(line));
    const begun = lines.findLast((line) => /^(?:Collecting|Processing) /.test(line));
    return (below ?? begun)?.split(" ")[1];
}
function buildError(lines) {
    const end = lines.findLastIndex((line) => line.trim() === "[end of output]");
    const begin = lines
        .slice(0, Math.max(0, end))
        .findLastIndex((line) => line.includes("lines of output]"));
    if (end === -1 || begin === -1)
        return undefined;
    const built = lines.slice(begin + 1, end).map((line) => line.trim());
    return (built.findLast((line) => /^[\w.]*(?:Error|Exception): /.test(line)) ??
        built.find((line) => /\berror: /.test(line)));
}

;// CONCATENATED MODULE: ./src/test-django/lockfile.js


const lockfiles = [
    { installer: "uv", lock: "uv.lock", also: ["pyproject.toml"] },
    { installer: "poetry", lock: "poetry.lock", also: ["pyproject.toml"] },
    { installer: "pipenv", lock: "Pipfile.lock", also: ["Pipfile"] },
];
const extraFiles = [
    "requirements-test.txt",
    "requirements-tests.txt",
    "requirements.test.txt",
    "requirements-dev.txt",
    "requirements.dev.txt",
    "requirements_test.txt",
    "requirements_dev.txt",
    "test-requirements.txt",
    "dev-requirements.txt",
];
const folderFiles = ["test.txt", "tests.txt", "dev.txt", "development.txt", "local.txt", "ci.txt"];
async function findDependencies(folder, wish) {
    const there = new Set(await (0,promises_.readdir)(folder));
    for (const { installer, lock, also } of lockfiles) {
        if (!there.has(lock) || (wish !== "auto" && wish !== installer))
            continue;
        return { installer, files: [lock, ...also.filter((name) => there.has(name))], words: [] };
    }
    return wish === "auto" || wish === "pip" ? forPip(folder, there) : undefined;
}
async function forPip(folder, there) {
    const nested = there.has("requirements") ? await (0,promises_.readdir)((0,external_node_path_.join)(folder, "requirements")) : [];
    const inFolder = folderFiles.find((name) => nested.includes(name));
    const extra = extraFiles.find((name) => there.has(name)) ?? (inFolder && `requirements/${inFolder}`);
    const chosen = [
        ...(there.has("requirements.txt") ? ["requirements.txt"] : []),
        ...(extra === undefined ? [] : [extra]),
    ];
    if (chosen.length === 0 && nested.includes("base.txt"))
        chosen.push("requirements/base.txt");
    const all = [...there].filter((name) => /requirements.*\.(?:txt|in)$|^constraints.*\.txt$/.test(name));
    const files = [
        ...all,
        ...nested.filter((name) => name.endsWith(".txt")).map((name) => `requirements/${name}`),
    ];
    const words = chosen.flatMap((name) => ["-r", name]);
    if (words.length > 0)
        return { installer: "pip", files: files.sort(), words };
    if (!there.has("pyproject.toml") && !there.has("setup.py"))
        return undefined;
    const own = ["pyproject.toml", "setup.py", "setup.cfg"].filter((name) => there.has(name));
    return { installer: "pip", files: own, words: ["-e", "."] };
}
async function poetryVersion(folder) {
    const text = await (0,promises_.readFile)((0,external_node_path_.join)(folder, "poetry.lock"), "utf8").catch(() => "");
    return /^# This file is automatically @generated by Poetry (\d+\.\d+\.\d+)/.exec(text)?.[1];
}

;// CONCATENATED MODULE: ./src/test-django/installer.js






async function findInstaller(place) {
    const { folder, dependencies, children, tools, venv, interpreter, signal } = place;
    const name = dependencies.installer;
    if (name === "pip")
        return {
            program: (0,external_node_path_.join)(venv, "bin/python"),
            version: interpreter.version,
            requirement: undefined,
        };
    const child = { argv: [name, "--version"], cwd: folder, keepStdout: 4096, signal };
    const end = await children.run(child).catch(() => undefined);
    if (end?.code === 0)
        return { program: name, version: end.stdout.trim(), requirement: undefined };
    const version = name === "poetry" ? await poetryVersion(folder) : undefined;
    const requirement = version === undefined ? name : `${name}==${version}`;
    return { program: (0,external_node_path_.join)(tools, "bin", name), version: `fetched ${requirement}`, requirement };
}
async function install(installer, restored, place) {
    const { interpreter, tools, venv, dependencies } = place;
    const python = interpreter.path;
    const steps = [];
    if (!restored)
        steps.push([python, "-m", "venv", ...withoutPip(dependencies.installer), venv]);
    if (installer.requirement !== undefined && !(await installer_exists(installer.program)))
        steps.push([python, "-m", "venv", tools], [(0,external_node_path_.join)(tools, "bin/python"), ...pip, "--quiet", installer.requirement]);
    steps.push([installer.program, ...wordsOf(dependencies)]);
    for (const argv of steps) {
        const outcome = await run(argv, place);
        if (outcome.status === "failed")
            return outcome;
    }
    return passed([], restored ? "from the cache, looked over by the installer" : "");
}
const pip = ["-m", "pip", "install", "--no-input", "--disable-pip-version-check"];
function withoutPip(installer) {
    return installer === "uv" ? ["--without-pip"] : [];
}
function wordsOf({ installer, words }) {
    switch (installer) {
        case "uv":
            return ["sync", "--frozen"];
        case "poetry":
            return ["install", "--no-interaction", "--no-ansi"];
        case "pipenv":
            return ["sync", "--dev"];
        case "pip":
            return [...pip, ...words];
    }
}
function environmentOf({ venv, downloads, interpreter, env, }) {
    return {
        ...env,
        VIRTUAL_ENV: venv,
        PIP_CACHE_DIR: (0,external_node_path_.join)(downloads, "pip"),
        PIP_NO_INPUT: "1",
        UV_CACHE_DIR: (0,external_node_path_.join)(downloads, "uv"),
        UV_PROJECT_ENVIRONMENT: venv,
        UV_PYTHON: interpreter.path,
        UV_PYTHON_DOWNLOADS: "never",
        UV_NO_PROGRESS: "1",
        POETRY_CACHE_DIR: (0,external_node_path_.join)(downloads, "poetry"),
        POETRY_VIRTUALENVS_IN_PROJECT: "true",
        POETRY_VIRTUALENVS_CREATE: "true",
        PIPENV_CACHE_DIR: (0,external_node_path_.join)(downloads, "pipenv"),
        PIPENV_VENV_IN_PROJECT: "1",
        PIPENV_NOSPIN: "1",
        PIPENV_YES: "1",
    };
}
async function run(argv, place) {
    const { children, folder: cwd, signal, print } = place;
    const end = await children.run({
        argv,
        cwd,
        env: environmentOf(place),
        signal,
        onOutput: print,
    });
    if (end.code === 0)
        return passed();
    const said = installerError(withoutColours(end.tail));
    const how = end.code === null ? `was ended by ${end.signal ?? "a signal"}` : `ended with ${end.code}`;
    const command = argv.join(" ");
    const message = `\`${command}\` ${how}${said === "" ? "" : `: ${said}`}`;
    return failed("the dependencies could not be installed", [{ level: "error", message }]);
}
function installer_exists(path) {
    return (0,promises_.stat)(path).then(() => true, () => false);
}

;// CONCATENATED MODULE: ./src/test-django/dependencies.js






const marker = "belay-complete";
async function prepareDependencies(run) {
    const { place, cache, platform } = run;
    const { venv, downloads, tools, dependencies } = place;
    const installer = await findInstaller(place);
    const key = await dependencies_keyOf(installer, run);
    const prefix = `belay-python-downloads-${platform.machine}-${dependencies.installer}-`;
    const plan = {
        paths: installer.requirement === undefined ? [venv] : [venv, tools],
        key: `belay-python-${platform.machine}-${key}`,
        downloads: () => Promise.resolve([downloads]),
        downloadsKey: `${prefix}${key}`,
        downloadsPrefix: prefix,
        isWhole: () => isWhole(key, place),
        install: async (restored) => {
            const outcome = await install(installer, restored, place);
            if (outcome.status === "passed")
                await (0,promises_.writeFile)((0,external_node_path_.join)(venv, marker), key);
            return outcome;
        },
    };
    return installDependencies(plan, cache, platform.log);
}
async function dependencies_keyOf(installer, { place, platform }) {
    const { interpreter, folder, venv, dependencies } = place;
    const hash = (0,external_node_crypto_.createHash)("sha256");
    const facts = [interpreter.version, interpreter.path, platform.machine, installer.version, venv];
    const indexes = ["PIP_INDEX_URL", "PIP_EXTRA_INDEX_URL", "UV_INDEX_URL", "UV_DEFAULT_INDEX"];
    for (const fact of [...facts, ...dependencies.words, ...indexes.map(platform.variable)])
        hash.update(`${fact}\0`);
    for (const file of dependencies.files)
        hash.update(`${file}\0`).update(await (0,promises_.readFile)((0,external_node_path_.join)(folder, file)));
    return hash.digest("hex").slice(0, 32);
}
async function isWhole(key, { venv, folder, children, signal }) {
    const found = await (0,promises_.readFile)((0,external_node_path_.join)(venv, marker), "utf8").catch(() => "");
    if (found !== key)
        return false;
    const argv = [(0,external_node_path_.join)(venv, "bin/python"), "-c", "import encodings, json, ssl"];
    const end = await children.run({ argv, cwd: folder, signal }).catch(() => undefined);
    return end?.code === 0;
}
function noLockfile(directory) {
    const message = `no dependencies are named in \`${directory}\`: there is neither uv.lock, poetry.lock, Pipfile.lock, ` +
        "a requirements file nor pyproject.toml. Commit one of them, or set `install: none` where a step before installs";
    const outcome = failed("no lockfile", [{ level: "error", message }]);
    return { hit: "none", outcome };
}

;// CONCATENATED MODULE: ./src/test-django/python-version.js
function fromVersionFile(text, source = ".python-version") {
    const line = text.split(/\r?\n/).find((one) => one.trim() !== "" && !one.startsWith("#"));
    const version = line?.trim().replace(/^(?:c?python-?)/i, "");
    if (version === undefined || !/^\d+(?:\.\d+){0,2}$/.test(version))
        return undefined;
    return { source, text: version, accepts: (given) => `${given}.`.startsWith(`${version}.`) };
}
function fromPyproject(text) {
    const standard = /^requires-python\s*=\s*["']([^"']+)["']/m.exec(text)?.[1];
    const poetry = /^\[tool\.poetry\.dependencies\][^[]*?^python\s*=\s*["']([^"']+)["']/ms.exec(text)?.[1];
    const wanted = standard ?? poetry;
    if (wanted === undefined)
        return undefined;
    const source = "pyproject.toml";
    return { source, text: wanted, accepts: (version) => satisfies(version, wanted) };
}
function satisfies(version, conditions) {
    const alternatives = conditions.split("||");
    return alternatives.some((all) => all.split(",").every((one) => holds(version, one.trim())));
}
function holds(version, condition) {
    const [, operator = "==", text = ""] = /^(\^|~=?|[=!<>]=?=?)?\s*([\d.]+(?:\.\*)?)$/.exec(condition) ?? [];
    if (text === "")
        return true;
    const wanted = text.replace(/\.\*$/, "");
    const order = compare(version, wanted);
    if (operator === ">=")
        return order >= 0;
    if (operator === ">")
        return order > 0;
    if (operator === "<=")
        return order <= 0;
    if (operator === "<")
        return order < 0;
    if (operator === "^")
        return order >= 0 && version.split(".")[0] === wanted.split(".")[0];
    if (operator.startsWith("~"))
        return order >= 0 && isBelow(version, wanted);
    const same = text.endsWith(".*") ? `${version}.`.startsWith(`${wanted}.`) : order === 0;
    return operator === "!=" ? !same : same;
}
function isBelow(version, wanted) {
    const fixed = wanted.split(".").slice(0, -1).join(".");
    return fixed === "" || `${version}.`.startsWith(`${fixed}.`);
}
function compare(version, wanted) {
    const [left, right] = [version, wanted].map((text) => text.split(".").map(Number));
    for (const [at, number] of (right ?? []).entries()) {
        const difference = (left?.[at] ?? 0) - number;
        if (difference !== 0)
            return difference;
    }
    return 0;
}

;// CONCATENATED MODULE: ./src/test-django/interpreter.js





async function findInterpreter(search) {
    const { wish } = search;
    const asVersion = fromVersionFile(wish, "`python`");
    if (wish !== "" && asVersion === undefined)
        return named(wish, search);
    const wanted = asVersion ?? (await wantedBy(search.folder));
    const seen = [];
    for (const candidate of await candidates(wanted, search)) {
        const found = await ask(candidate, search);
        if (found === undefined)
            continue;
        if (wanted === undefined || wanted.accepts(found.version))
            return found;
        seen.push(found);
    }
    throw notFound(wanted, seen);
}
async function named(path, search) {
    const found = await ask(path, search);
    if (found !== undefined)
        return found;
    const remedy = "Name a version such as `3.12`, or a Python that is on the runner.";
    throw new errors/* BelayError */.oT("config", `\`python\`: ${path} cannot be started`, remedy);
}
async function wantedBy(folder) {
    const read = (name) => (0,promises_.readFile)((0,external_node_path_.join)(folder, name), "utf8").catch(() => "");
    return (fromVersionFile(await read(".python-version")) ?? fromPyproject(await read("pyproject.toml")));
}
async function candidates(wanted, { toolCache, active }) {
    const versioned = wanted !== undefined && /^\d+\.\d+/.exec(wanted.text)?.[0];
    return [
        ...(active === "" ? [] : [(0,external_node_path_.join)(active, "bin/python")]),
        "python",
        "python3",
        ...(versioned === undefined || versioned === false ? [] : [`python${versioned}`]),
        ...(toolCache === "" ? [] : await kept((0,external_node_path_.join)(toolCache, "Python"))),
    ];
}
async function kept(folder) {
    const versions = (await (0,promises_.readdir)(folder).catch(() => [])).filter((name) => /^\d+\.\d+\.\d+$/.test(name));
    const newest = versions.sort((a, b) => b.localeCompare(a, "en", { numeric: true }));
    const machine = process.arch === "arm64" ? "arm64" : "x64";
    return newest.map((version) => (0,external_node_path_.join)(folder, version, machine, "bin/python"));
}
const question = "import sys, json; print(json.dumps(['.'.join(map(str, sys.version_info[:3])), sys.executable]))";
async function ask(program, { folder, children, signal }) {
    const child = { argv: [program, "-c", question], cwd: folder, keepStdout: 4096, signal };
    const end = await children.run(child).catch(() => undefined);
    if (end?.code !== 0)
        return undefined;
    const [version, path] = (0,json/* itemsOf */.S3)((0,json/* parseJson */.qF)(end.stdout));
    return typeof version === "string" && typeof path === "string" ? { version, path } : undefined;
}
function notFound(wanted, seen) {
    if (wanted === undefined)
        return new errors/* BelayError */.oT("tool-missing", "there is no Python on the runner", setUp("3.x"));
    const there = seen.map(({ version }) => version);
    const only = there.length === 0 ? "none" : `only ${[...new Set(there)].join(", ")}`;
    const message = `${wanted.source} asks for Python ${wanted.text}, and the runner has ${only}`;
    return new errors/* BelayError */.oT("config", message, setUp(wanted.text));
}
function setUp(version) {
    return `Add a step before this one: actions/setup-python with python-version "${version}".`;
}

;// CONCATENATED MODULE: ./src/test-django/prepare-project.js






async function prepareProject(directory, session, step) {
    const { inputs, platform, children } = session;
    const folder = (0,external_node_path_.join)(platform.run.workspace, directory);
    const interpreter = await findInterpreter({
        folder,
        wish: inputs.python,
        toolCache: platform.variable("RUNNER_TOOL_CACHE"),
        active: inputs.install === "none" ? platform.variable("VIRTUAL_ENV") : "",
        children,
        signal: step.signal,
    });
    step.print(`Python ${interpreter.version} (${interpreter.path})\n`);
    if (inputs.install === "none") {
        const outcome = passed([], "the environment is the one that is there");
        return { hit: "none", outcome, project: projectIn(folder, interpreter.path, "", session) };
    }
    const venv = (0,external_node_path_.join)(folder, ".venv");
    const installed = await installInto(venv, interpreter, { directory, session, step });
    if (installed.outcome.status === "failed")
        return { ...installed, project: undefined };
    const python = (0,external_node_path_.join)(venv, "bin/python");
    return { ...installed, project: projectIn(folder, python, venv, session) };
}
async function installInto(venv, interpreter, { directory, session, step }) {
    const { inputs, platform, children, cache } = session;
    const folder = (0,external_node_path_.join)(platform.run.workspace, directory);
    const wish = inputs.install === "none" ? "auto" : inputs.install;
    const dependencies = await findDependencies(folder, wish);
    if (dependencies === undefined)
        return noLockfile(directory);
    const downloads = (0,external_node_path_.join)(platform.temp, "belay-downloads");
    const tools = (0,external_node_path_.join)(platform.temp, "belay-tools", dependencies.installer);
    const env = projectEnvironment(session);
    const place = {
        folder,
        interpreter,
        dependencies,
        venv,
        downloads,
        tools,
        env,
        children,
        ...step,
    };
    return prepareDependencies({ place, cache, platform });
}
function projectIn(folder, python, venv, session) {
    const { platform, children, scratch, token } = session;
    const { workspace } = platform.run;
    const active = {
        PATH: `${(0,external_node_path_.dirname)(python)}:${platform.variable("PATH")}`,
        PYTHONHOME: undefined,
        ...(venv !== "" && { VIRTUAL_ENV: venv }),
    };
    return {
        folder,
        workspace,
        python,
        drivers: (0,external_node_path_.join)(scratch, "python"),
        scratch,
        token,
        env: { PYTHONUNBUFFERED: "1", ...active, ...projectEnvironment(session) },
        place: placesFrom(workspace, folder),
        children,
    };
}
function projectEnvironment({ inputs }) {
    return {
        ...(inputs.databaseUrl !== "" && { DATABASE_URL: inputs.databaseUrl }),
        ...(inputs.settings !== "" && { DJANGO_SETTINGS_MODULE: inputs.settings }),
        ...Object.fromEntries(inputs.env.map(({ name, value }) => [name, value])),
    };
}

;// CONCATENATED MODULE: ./src/test-django/check-folder.js





async function checkFolder(directory, session) {
    let prepared;
    const install = {
        name: "install",
        run: async (signal, print) => {
            prepared = await prepareProject(directory, session, { signal, print });
            return prepared.outcome;
        },
    };
    const begun = await check_folder_run([[[install]]], session);
    const { project, hit = "none" } = (() => prepared ?? {})();
    const rest = project === undefined
        ? session.inputs.checks.map((name) => notRun(name, "the dependencies are not installed"))
        : await checkProject(project, session);
    const results = [...begun, ...rest];
    return { results: inFolder(directory, results, session), hit };
}
async function checkProject(project, session) {
    const checks = djangoChecks(project, session);
    try {
        const database = await check_folder_run([[checks.database === undefined ? [] : [checks.database]]], session);
        const hasDatabase = database.every(({ status }) => status !== "failed");
        const stages = [lanes(checks, hasDatabase), [extras(project, session)]];
        const results = await check_folder_run(stages, session);
        const without = hasDatabase ? [] : [...checks.withTests, ...checks.withDatabase];
        const all = [...results, ...without.map(({ name }) => notRun(name, "there is no database"))];
        return [...database.filter(({ status }) => status === "failed"), ...inOrder(all, session)];
    }
    finally {
        await checks.cleanUp();
    }
}
function lanes(checks, hasDatabase) {
    const all = hasDatabase
        ? [checks.withTests, [...checks.plain, ...checks.withDatabase]]
        : [checks.plain];
    return all.filter((lane) => lane.length > 0);
}
function extras({ children, folder, env }, { inputs }) {
    return inputs.extra.map((one) => extraCheck(one, { children, cwd: folder, env }));
}
function check_folder_run(stages, { platform: { clock, log, signal }, endsAt }) {
    const timeLimitMs = Math.max(0, endsAt - clock.monotonic());
    return runChecks(stages, { clock, log, timeLimitMs, signal });
}
function notRun(name, reason) {
    return { name, startedAt: "", durationMs: 0, ...skipped(reason) };
}
function inOrder(results, { inputs }) {
    const order = inputs.checks;
    const rank = ({ name }) => order.includes(name) ? order.indexOf(name) : order.length;
    return results.toSorted((a, b) => rank(a) - rank(b));
}
function inFolder(directory, results, { inputs }) {
    if (inputs.directories.length === 1)
        return results;
    return results.map((result) => ({ ...result, name: `${directory}: ${result.name}` }));
}

;// CONCATENATED MODULE: ./src/test-django/run.js












async function runDjangoChecks(inputs, platform) {
    const endsAt = platform.clock.monotonic() + inputs.timeoutMs;
    const [children, cache] = [await platform.openChildren(), await openCache(platform)];
    const token = (0,external_node_crypto_.randomBytes)(4).toString("hex");
    const scratch = (0,external_node_path_.join)(platform.temp, `belay-django-${token}`);
    await (0,promises_.mkdir)(scratch, { mode: 0o700, recursive: true });
    await (0,promises_.cp)((0,external_node_path_.join)(platform.home, "python"), (0,external_node_path_.join)(scratch, "python"), { recursive: true });
    const { workspace } = platform.run;
    const checkout = { children, workspace, signal: platform.signal };
    try {
        const base = await findBase(await platform.event(), checkout);
        const session = { inputs, platform, children, cache, base, scratch, token, endsAt };
        const folders = [];
        for (const directory of inputs.directories)
            folders.push(await checkFolder(directory, session));
        const results = [...folders.flatMap((folder) => folder.results), ...(await reported(session))];
        const verdict = { results, cacheHit: worst(folders.map(({ hit }) => hit)) };
        return await withComparisons(verdict, session);
    }
    finally {
        await (0,promises_.rm)(scratch, { recursive: true, force: true });
    }
}
async function reported({ inputs, platform, endsAt }) {
    if (inputs.results.length === 0)
        return [];
    const { clock, log, signal, run } = platform;
    const timeLimitMs = Math.max(0, endsAt - clock.monotonic());
    const check = reportFilesCheck(inputs.results, run.workspace);
    return runChecks([[[check]]], { clock, log, timeLimitMs, signal });
}
async function withComparisons(verdict, session) {
    const { platform, children, cache, base } = session;
    const coverage = coverageOf(verdict.results);
    const checkout = { children, workspace: platform.run.workspace, signal: platform.signal };
    const lines = coverage === undefined || "unknown" in base
        ? undefined
        : await changedLines(base.commit, checkout);
    const changed = coverage && lines && (0,changed_coverage/* changedCoverage */.H)(coverage, lines);
    const previous = cache && new PreviousResults("test-django", cache, platform);
    const tests = (0,checks_verdict/* testsOf */.V)(verdict);
    const newFailures = await previous?.newFailures(tests);
    await previous?.keep(tests);
    return { ...verdict, coverage, changed, newFailures };
}
function coverageOf(results) {
    const parts = results.flatMap(({ coverage }) => coverage ?? []);
    return parts.length === 0 ? undefined : (0,coverage/* mergeCoverage */.P)(parts);
}
function worst(hits) {
    return hits.find((hit) => hit === "none") ?? hits.find((hit) => hit === "partial") ?? "exact";
}


/***/ })

};
