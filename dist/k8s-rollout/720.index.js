export const id = 720;
export const ids = [720];
export const modules = {

/***/ 3720:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {


// EXPORTS
__webpack_require__.d(__webpack_exports__, {
  Gate: () => (/* binding */ Gate)
});

// EXTERNAL MODULE: ./src/kit/duration.js
var duration = __webpack_require__(1429);
// EXTERNAL MODULE: ./src/kit/errors.js
var errors = __webpack_require__(9858);
;// CONCATENATED MODULE: ./src/gate/sample.js
const timerSlackMs = 5;
async function sample(check, { ask, clock }, signal, leftMs = Number.POSITIVE_INFINITY) {
    signal.throwIfAborted();
    const timeoutMs = Math.max(1, Math.min(check.attemptTimeoutMs, leftMs));
    const startedAt = clock.monotonic();
    const finding = await ask(check, { timeoutMs, signal });
    const cutShort = finding.state === "unhealthy" &&
        timeoutMs < check.attemptTimeoutMs &&
        finding.tookMs + timerSlackMs >= timeoutMs;
    return { startedAt, finding, cutShort };
}
function passed({ finding }) {
    return finding.state === "healthy" || finding.state === "degraded";
}
function failures(samples) {
    return samples.filter((one) => !passed(one)).length;
}
async function pauseAfter(check, last, leftMs, clock, signal) {
    signal.throwIfAborted();
    const { intervalMs } = check;
    const due = last === undefined ? intervalMs : last.startedAt + intervalMs - clock.monotonic();
    const pause = Math.min(due, leftMs);
    if (pause > 0)
        await clock.sleep(pause, signal);
}

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
    const healthy = passed(sample);
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

// EXTERNAL MODULE: ./src/kit/size.js
var size = __webpack_require__(4268);
;// CONCATENATED MODULE: ./src/gate/percentile.js
function percentile(values, percent) {
    const sorted = values.toSorted((a, b) => a - b);
    const rank = Math.max(1, Math.ceil((percent / 100) * sorted.length));
    return sorted[rank - 1] ?? 0;
}

// EXTERNAL MODULE: ./src/gate/limits.js
var gate_limits = __webpack_require__(1210);
;// CONCATENATED MODULE: ./src/gate/window.js




const toleratedPercent = 10;
function windowProblem(watch, gate) {
    const samples = watch.counted;
    const failed = failures(samples);
    if (rateState(samples, gate) === "unhealthy" || isFlapping(watch, gate))
        return `in ${String(failed)} of ${String(samples.length)} probes`;
    if (latencyState(watch, gate) !== "unhealthy")
        return undefined;
    const allowed = (0,duration/* formatDuration */.a)(gate.maxLatencyP95?.critical ?? 0);
    return `to answer in time: p95 is ${(0,duration/* formatDuration */.a)(latencyP95(samples))}, allowed are less than ${allowed}`;
}
function observationProblem(watch, gate) {
    const { check, observation } = watch;
    const isRequest = check.kind === "http" || check.kind === "tcp";
    const last = observation.slice(isRequest ? -check.successes : -1);
    if (failures(last) === last.length)
        return "";
    const problem = windowProblem(watch, gate);
    return problem === undefined ? undefined : ` ${problem}`;
}
function windowWarning(watch, gate) {
    const samples = watch.counted;
    if (rateState(samples, gate) === "degraded")
        return `${String(failures(samples))} of ${String(samples.length)} probes failed`;
    return latencyState(watch, gate) === "degraded"
        ? `p95 latency is ${(0,duration/* formatDuration */.a)(latencyP95(samples))}`
        : undefined;
}
function errorPercent(samples) {
    return (100 * failures(samples)) / Math.max(1, samples.length);
}
function latencyP95(samples) {
    return percentile(latencies(samples), 95);
}
function latencies(samples) {
    return samples.map(({ finding }) => finding.tookMs);
}
function rateState(samples, { maxErrorRate }) {
    return limited(errorPercent(samples), maxErrorRate);
}
function isFlapping({ counted, check }, { maxErrorRate }) {
    if (maxErrorRate?.critical !== undefined)
        return false;
    return failures(counted) >= check.successes && errorPercent(counted) > toleratedPercent;
}
function latencyState({ counted, check }, { maxLatencyP95 }) {
    return check.kind === "http" ? limited(latencyP95(counted), maxLatencyP95) : "healthy";
}
function limited(value, limits) {
    return limits === undefined || value === 0 ? "healthy" : (0,gate_limits/* judgeUpward */.V)(value, limits);
}

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
    const times = latencies(counted);
    return {
        check,
        status: statusOf(watch, gate),
        attempts: standing.attempts,
        reason: reasonOf(watch, gate),
        measured: measuredOf(counted.at(-1) ?? shown.at(-1)),
        timeToHealthyMs: healthyAfterMs === undefined ? undefined : Math.round(healthyAfterMs),
        latencyP50Ms: Math.round(percentile(times, 50)),
        latencyP95Ms: Math.round(percentile(times, 95)),
        errorRate: errorPercent(counted) / 100,
        samples: shown,
    };
}
function statusOf(watch, gate) {
    const { standing, observation, isOpen } = watch;
    const isGood = observation.length === 0 ? isOpen : observationProblem(watch, gate) === undefined;
    if (!isGood)
        return "unhealthy";
    const warned = standing.finding?.state === "degraded" || windowWarning(watch, gate) !== undefined;
    return warned ? "degraded" : "healthy";
}
function reasonOf(watch, gate) {
    const { finding, healthy, lastFailure } = watch.standing;
    if (finding === undefined)
        return "no answer yet";
    if (!healthy || finding.state === "degraded")
        return finding.reason;
    const window = windowProblem(watch, gate) ?? windowWarning(watch, gate);
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
                const last = await sample(watch.check, this.#asking, over, this.#left());
                watch.waited(last, clock.monotonic());
                if (last.finding.state === "hopeless" && this.#gate.failFast)
                    throw gateHopeless(watch);
                if (this.#watches.every(({ isOpen }) => isOpen))
                    this.#opened.abort(opened);
                await pauseAfter(nextOf(watch.check, passed(last)), last, this.#left(), clock, over);
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
            const problem = windowProblem(watch, this.#gate);
            return problem === undefined ? [] : [{ watch, how: ` ${problem}` }];
        });
        if (bad.length > 0)
            throw gateFailed(bad);
    }
    missing() {
        const all = this.#watches.flatMap(({ observation }) => observation);
        const left = (0,duration/* formatDuration */.a)(Math.max(0, this.#left()));
        return `still observing: ${String(failures(all))} of ${String(all.length)} failed (${left} left)`;
    }
    async #ask(watch, ended) {
        const { check } = watch;
        do {
            const left = this.#left() > 0 ? this.#left() : check.intervalMs;
            await pauseAfter(check, watch.observation.at(-1), left, this.#asking.clock, ended);
            watch.observed(await sample(check, this.#asking, ended));
            this.#refuseRow(watch);
        } while (this.#left() > 0 || !watch.standing.healthy);
    }
    #refuseRow(watch) {
        const { successes } = watch.check;
        const last = watch.observation.slice(-successes);
        if (this.#gate.failFast && last.at(-1)?.finding.state === "hopeless")
            throw gateHopeless(watch);
        if (last.length < successes || failures(last) < successes)
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
            const last = await sample(watch.check, asking, ended, Math.max(1, left()));
            watch.observed(last);
            if (isDone(watch, samples))
                return;
            await pauseAfter(watch.check, last, left(), asking.clock, ended);
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
    const how = observationProblem(watch, gate);
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
            this.#row = passed(sample) ? [...this.#row, sample].slice(-this.check.successes) : [];
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


/***/ })

};
