export const id = 576;
export const ids = [576];
export const modules = {

/***/ 9576:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {


// EXPORTS
__webpack_require__.d(__webpack_exports__, {
  systemChildren: () => (/* binding */ systemChildren)
});

// EXTERNAL MODULE: external "node:child_process"
var external_node_child_process_ = __webpack_require__(1421);
// EXTERNAL MODULE: external "node:crypto"
var external_node_crypto_ = __webpack_require__(7598);
// EXTERNAL MODULE: external "node:events"
var external_node_events_ = __webpack_require__(8474);
// EXTERNAL MODULE: external "node:string_decoder"
var external_node_string_decoder_ = __webpack_require__(6193);
// EXTERNAL MODULE: external "node:timers/promises"
var promises_ = __webpack_require__(8500);
// EXTERNAL MODULE: ./src/kit/errors.js
var errors = __webpack_require__(9858);
// EXTERNAL MODULE: external "node:fs/promises"
var external_node_fs_promises_ = __webpack_require__(1455);
;// CONCATENATED MODULE: ./src/platform/marked-processes.js

const mostRounds = 50;
async function endMarked(mark) {
    for (let round = 0; round < mostRounds; round += 1) {
        const found = await marked(mark);
        if (found.length === 0)
            return;
        for (const id of found)
            kill(id);
        await new Promise((resolve) => setTimeout(resolve, round));
    }
}
async function marked(mark) {
    const ids = (await (0,external_node_fs_promises_.readdir)("/proc").catch(() => [])).filter((name) => /^\d+$/.test(name));
    const found = await Promise.all(ids.map(async (id) => {
        const environment = await (0,external_node_fs_promises_.readFile)(`/proc/${id}/environ`, "latin1").catch(() => "");
        return environment.split("\0").includes(mark) ? [Number(id)] : [];
    }));
    return found.flat().filter((id) => id !== process.pid);
}
function kill(id) {
    try {
        process.kill(id, "SIGKILL");
    }
    catch {
    }
}

// EXTERNAL MODULE: external "node:stream/consumers"
var consumers_ = __webpack_require__(8321);
;// CONCATENATED MODULE: ./src/platform/system-processes.js




const commandFiles = [
    "GITHUB_ENV",
    "GITHUB_PATH",
    "GITHUB_OUTPUT",
    "GITHUB_STATE",
    "GITHUB_STEP_SUMMARY",
];
function systemProcesses(env) {
    const visible = visibleEnvironment(env);
    return {
        run: async ([program = "", ...words], options = {}) => {
            const { cwd, signal, env: more = {} } = options;
            if (signal?.aborted === true)
                return { code: 255, stdout: "", stderr: "" };
            const env = { ...visible, ...more };
            const place = { env, ...(cwd && { cwd }), ...(signal && { signal }) };
            const child = await start(program, words, place);
            return resultOf(child, options);
        },
    };
}
async function resultOf(child, { signal, onStdout, onStderr }) {
    const ended = new Promise((resolve) => void child.once("close", resolve));
    const outputs = Promise.all([hear(child.stdout, onStdout), hear(child.stderr, onStderr)]);
    const [stdout, stderr] = await outputs.catch((failure) => {
        if (signal?.aborted === true)
            return ["", ""];
        throw failure;
    });
    return { code: (await ended) ?? 255, stdout, stderr };
}
async function hear(stream, tell) {
    if (tell === undefined)
        return text(stream);
    for await (const piece of stream.setEncoding("utf8"))
        tell(piece);
    return "";
}
async function start(program, words, options) {
    try {
        const child = spawn(program, words, {
            ...options,
            killSignal: "SIGKILL",
            stdio: ["ignore", "pipe", "pipe"],
        });
        await once(child, "spawn");
        child.on("error", () => {
            child.stdout.destroy();
            child.stderr.destroy();
        });
        return child;
    }
    catch (cause) {
        const remedy = `Install ${program} in a step before this one.`;
        throw new BelayError("tool-missing", `${program} cannot be started on the runner`, remedy, {
            cause,
        });
    }
}
function visibleEnvironment(env) {
    const hidden = (name) => /^(?:INPUT|STATE|ACTIONS)_/i.test(name) || commandFiles.includes(name);
    const entries = Object.entries(env).filter((entry) => entry[1] !== undefined);
    return Object.fromEntries(entries.filter(([name]) => !hidden(name)));
}

;// CONCATENATED MODULE: ./src/platform/system-children.js








const marker = "BELAY_CHILD";
const graceMs = 1000;
const drainMs = 5000;
const tailLength = 8 << 10;
function systemChildren(env) {
    const visible = visibleEnvironment(env);
    return { run: (child) => runChild(child, visible) };
}
async function runChild(child, visible) {
    const { signal } = child;
    const mark = (0,external_node_crypto_.randomUUID)();
    if (signal?.aborted === true)
        return { code: null, signal: "SIGKILL", stdout: "", isCut: false, tail: "" };
    const running = await system_children_start(child, { ...visible, ...child.env, [marker]: mark });
    const heard = system_children_hear(running, child);
    const forget = whenAborted(signal, () => void endAll(running, mark));
    const [code, killedBy] = (await (0,external_node_events_.once)(running, "exit"));
    forget();
    await endMarked(`${marker}=${mark}`);
    await drained(running);
    return { code, signal: killedBy, ...heard() };
}
function whenAborted(signal, act) {
    if (signal?.aborted === true)
        act();
    signal?.addEventListener("abort", act);
    return () => signal?.removeEventListener("abort", act);
}
async function system_children_start({ argv: [program = "", ...words], cwd }, env) {
    try {
        const running = (0,external_node_child_process_.spawn)(program, words, {
            cwd,
            env,
            detached: true,
            stdio: ["ignore", "pipe", "pipe"],
        });
        await (0,external_node_events_.once)(running, "spawn");
        running.on("error", () => undefined);
        return running;
    }
    catch (cause) {
        const remedy = `Install ${program} in a step before this one.`;
        const message = `${program} cannot be started on the runner`;
        throw new errors/* BelayError */.oT("tool-missing", message, remedy, { cause });
    }
}
function system_children_hear(running, { onOutput, keepStdout = 0 }) {
    let [stdout, tail] = ["", ""];
    let isCut = false;
    const listen = (stream, keep) => {
        const decoder = new external_node_string_decoder_.StringDecoder("utf8");
        stream.on("data", (bytes) => {
            const text = decoder.write(bytes);
            keep(text);
            tail = (tail + text).slice(-tailLength);
            onOutput?.(text);
        });
    };
    listen(running.stdout, (text) => {
        isCut ||= stdout.length + text.length > keepStdout;
        if (stdout.length < keepStdout)
            stdout += text.slice(0, keepStdout - stdout.length);
    });
    listen(running.stderr, () => undefined);
    return () => ({ stdout, isCut, tail });
}
async function endAll(running, mark) {
    signalGroup(running, "SIGTERM");
    await Promise.race([(0,external_node_events_.once)(running, "exit"), (0,promises_.setTimeout)(graceMs)]);
    signalGroup(running, "SIGKILL");
    await endMarked(`${marker}=${mark}`);
}
function signalGroup({ pid }, signal) {
    if (pid === undefined)
        return;
    try {
        process.kill(-pid, signal);
    }
    catch {
    }
}
async function drained(running) {
    const open = [running.stdout, running.stderr].filter((stream) => !stream.closed);
    await Promise.race([
        Promise.all(open.map((stream) => (0,external_node_events_.once)(stream, "close"))),
        (0,promises_.setTimeout)(drainMs, undefined, { ref: false }),
    ]);
    for (const stream of open)
        stream.destroy();
}


/***/ })

};
