export const id = 711;
export const ids = [711,703];
export const modules = {

/***/ 1711:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   openCluster: () => (/* binding */ openCluster)
/* harmony export */ });
/* harmony import */ var node_events__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(8474);
/* harmony import */ var node_fs_promises__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(1455);
/* harmony import */ var node_http__WEBPACK_IMPORTED_MODULE_2__ = __webpack_require__(7067);
/* harmony import */ var node_os__WEBPACK_IMPORTED_MODULE_3__ = __webpack_require__(8161);
/* harmony import */ var node_path__WEBPACK_IMPORTED_MODULE_4__ = __webpack_require__(6760);
/* harmony import */ var node_readline__WEBPACK_IMPORTED_MODULE_5__ = __webpack_require__(481);
/* harmony import */ var node_child_process__WEBPACK_IMPORTED_MODULE_6__ = __webpack_require__(1421);
/* harmony import */ var node_stream_consumers__WEBPACK_IMPORTED_MODULE_7__ = __webpack_require__(8321);
/* harmony import */ var _kit_errors_js__WEBPACK_IMPORTED_MODULE_8__ = __webpack_require__(9858);
/* harmony import */ var _ports_cluster_js__WEBPACK_IMPORTED_MODULE_9__ = __webpack_require__(2215);
/* harmony import */ var _ports_http_js__WEBPACK_IMPORTED_MODULE_10__ = __webpack_require__(4777);
/* harmony import */ var _system_processes_js__WEBPACK_IMPORTED_MODULE_11__ = __webpack_require__(6703);












const startMs = 20_000;
const answerMs = 60_000;
const notFound = 127;
const tied = `
exec 3<&0
kubectl "$@" </dev/null 3<&- &
proxy=$!
{ while read -r _; do :; done; kill -KILL "$proxy"; rm -rf "$0"; } <&3 >/dev/null 2>&1 &
tie=$!
exec 3<&-
wait "$proxy"
code=$?
kill -KILL "$tie"
exit "$code"
`;
const viewConfig = ["config", "view", "--minify", "--output=json"];
const longestSocket = 100;
async function openCluster({ kubeconfig, context }, env) {
    const folder = await privateFolder(env["RUNNER_TEMP"]);
    try {
        const options = await connectionOptions(folder, kubeconfig, context);
        const visible = (0,_system_processes_js__WEBPACK_IMPORTED_MODULE_11__/* .visibleEnvironment */ .U)(env);
        const processes = (0,_system_processes_js__WEBPACK_IMPORTED_MODULE_11__.systemProcesses)(env);
        const viewed = processes
            .run(["kubectl", ...options, ...viewConfig])
            .catch((cause) => ({ code: notFound, stdout: "", stderr: messageOf(cause) }));
        const proxy = await startProxy(folder, options, visible);
        return clusterBehind(proxy, { folder, options, processes, config: await viewed });
    }
    catch (failure) {
        await (0,node_fs_promises__WEBPACK_IMPORTED_MODULE_1__.rm)(folder, { recursive: true, force: true });
        throw failure;
    }
}
async function privateFolder(preferred) {
    const short = preferred !== undefined && preferred !== "" && preferred.length < longestSocket - 40;
    return (0,node_fs_promises__WEBPACK_IMPORTED_MODULE_1__.mkdtemp)((0,node_path__WEBPACK_IMPORTED_MODULE_4__.join)(short ? preferred : (0,node_os__WEBPACK_IMPORTED_MODULE_3__.tmpdir)(), "belay-kubectl-"));
}
async function connectionOptions(folder, kubeconfig, context) {
    const named = context === "" ? [] : [`--context=${context}`];
    if (kubeconfig === "")
        return named;
    const file = (0,node_path__WEBPACK_IMPORTED_MODULE_4__.join)(folder, "kubeconfig");
    await (0,node_fs_promises__WEBPACK_IMPORTED_MODULE_1__.writeFile)(file, kubeconfig, { mode: 0o600 });
    return [`--kubeconfig=${file}`, ...named];
}
async function startProxy(folder, options, env) {
    const argv = ["-c", tied, folder, "proxy", `--unix-socket=${socketIn(folder)}`, ...options];
    const proxy = (0,node_child_process__WEBPACK_IMPORTED_MODULE_6__.spawn)("/bin/sh", argv, { env: { ...env }, stdio: ["pipe", "pipe", "pipe"] });
    proxy.stdin.on("error", () => undefined);
    const said = (0,node_stream_consumers__WEBPACK_IMPORTED_MODULE_7__.text)(proxy.stderr);
    const outcome = await Promise.race([
        (0,node_events__WEBPACK_IMPORTED_MODULE_0__.once)(proxy.stdout, "data").then(() => "serving"),
        (0,node_events__WEBPACK_IMPORTED_MODULE_0__.once)(proxy, "close").then(() => "ended"),
        new Promise((resolve) => setTimeout(resolve, startMs, "late").unref()),
    ]);
    if (outcome !== "serving") {
        proxy.stdin.end();
        throw proxy.exitCode === notFound ? missing() : notStarted(await said);
    }
    await (0,node_fs_promises__WEBPACK_IMPORTED_MODULE_1__.chmod)(socketIn(folder), 0o600);
    proxy.stdout.resume();
    return proxy;
}
function missing() {
    const remedy = "Install kubectl in a step before this one; hosted runners have it.";
    return new _kit_errors_js__WEBPACK_IMPORTED_MODULE_8__/* .BelayError */ .oT("tool-missing", "kubectl cannot be started on the runner", remedy);
}
function notStarted(said) {
    const why = said
        .trim()
        .split("\n")
        .at(-1)
        ?.replace(/^error: /i, "") ?? "";
    return new _kit_errors_js__WEBPACK_IMPORTED_MODULE_8__/* .BelayError */ .oT("cluster-denied", `kubectl cannot use the kubeconfig: ${why === "" ? "it gave no reason" : why}`, "Check `kubeconfig` and `context`: `kubectl config get-contexts` lists what a kubeconfig holds.");
}
function socketIn(folder) {
    return (0,node_path__WEBPACK_IMPORTED_MODULE_4__.join)(folder, "socket");
}
function clusterBehind(proxy, { folder, options, processes, config }) {
    const agent = new node_http__WEBPACK_IMPORTED_MODULE_2__.Agent({ keepAlive: true, maxSockets: 16 });
    const socketPath = socketIn(folder);
    const ended = (0,node_events__WEBPACK_IMPORTED_MODULE_0__.once)(proxy, "close");
    return {
        config,
        request: (request) => ask(request, { socketPath, agent }),
        stream: (path, signal) => stream(path, signal, socketPath),
        kubectl: (args, signal) => processes.run(["kubectl", ...options, ...args], signal === undefined ? {} : { signal }),
        close: async () => {
            agent.destroy();
            proxy.stdin.end();
            await ended;
            await (0,node_fs_promises__WEBPACK_IMPORTED_MODULE_1__.rm)(folder, { recursive: true, force: true }).catch(() => undefined);
        },
    };
}
async function ask(request, way) {
    const limit = AbortSignal.timeout(Math.ceil(request.timeoutMs ?? answerMs));
    const signal = request.signal === undefined ? limit : AbortSignal.any([limit, request.signal]);
    try {
        const answer = await open(request, way, signal);
        return {
            status: answer.statusCode ?? 0,
            body: await (0,node_stream_consumers__WEBPACK_IMPORTED_MODULE_7__.text)(answer),
            warnings: warningsOf(answer),
        };
    }
    catch (cause) {
        if (request.signal?.aborted === true)
            throw new _ports_http_js__WEBPACK_IMPORTED_MODULE_10__/* .NoAnswer */ .W("cancelled", { cause });
        const why = limit.aborted ? "no answer in time" : messageOf(cause);
        throw new _ports_http_js__WEBPACK_IMPORTED_MODULE_10__/* .NoAnswer */ .W(`the API server: ${why}`, { cause });
    }
}
async function* stream(path, signal, socketPath) {
    let answer;
    try {
        answer = await open({ method: "GET", path }, { socketPath }, signal);
    }
    catch (cause) {
        if (signal.aborted)
            return;
        throw new _ports_http_js__WEBPACK_IMPORTED_MODULE_10__/* .NoAnswer */ .W(`the API server: ${messageOf(cause)}`, { cause });
    }
    if (answer.statusCode !== 200) {
        const status = answer.statusCode ?? 0;
        throw new _ports_cluster_js__WEBPACK_IMPORTED_MODULE_9__/* .RefusedStream */ .p({ status, body: await (0,node_stream_consumers__WEBPACK_IMPORTED_MODULE_7__.text)(answer), warnings: warningsOf(answer) });
    }
    let broken;
    answer.once("error", (failure) => (broken = failure));
    for await (const line of (0,node_readline__WEBPACK_IMPORTED_MODULE_5__.createInterface)({ input: answer, crlfDelay: Infinity }))
        yield line;
    if (broken !== undefined && !signal.aborted)
        throw new _ports_http_js__WEBPACK_IMPORTED_MODULE_10__/* .NoAnswer */ .W(`the API server: ${messageOf(broken)}`, { cause: broken });
}
function open({ method, path, body, contentType = "application/json" }, { socketPath, agent }, signal) {
    const length = body === undefined ? {} : { "content-length": Buffer.byteLength(body) };
    const headers = { host: "localhost", accept: "application/json", ...length };
    const typed = body === undefined ? headers : { ...headers, "content-type": contentType };
    return new Promise((resolve, reject) => {
        const sent = node_http__WEBPACK_IMPORTED_MODULE_2__.request({
            socketPath,
            method,
            path,
            headers: typed,
            signal,
            agent: agent ?? false,
        });
        sent.once("response", resolve);
        sent.on("error", reject);
        sent.end(body);
    });
}
function warningsOf({ headers }) {
    const header = [headers.warning ?? []].flat().join(", ");
    return [...header.matchAll(/299 \S+ "((?:[^"\\]|\\.)*)"/g)].map(([, said = ""]) => said.replace(/\\(.)/g, "$1"));
}
function messageOf(failure) {
    return failure instanceof Error ? failure.message : String(failure);
}


/***/ }),

/***/ 6703:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   U: () => (/* binding */ visibleEnvironment),
/* harmony export */   systemProcesses: () => (/* binding */ systemProcesses)
/* harmony export */ });
/* harmony import */ var node_child_process__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(1421);
/* harmony import */ var node_events__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(8474);
/* harmony import */ var node_stream_consumers__WEBPACK_IMPORTED_MODULE_2__ = __webpack_require__(8321);
/* harmony import */ var _kit_errors_js__WEBPACK_IMPORTED_MODULE_3__ = __webpack_require__(9858);




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
        return (0,node_stream_consumers__WEBPACK_IMPORTED_MODULE_2__.text)(stream);
    for await (const piece of stream.setEncoding("utf8"))
        tell(piece);
    return "";
}
async function start(program, words, options) {
    try {
        const child = (0,node_child_process__WEBPACK_IMPORTED_MODULE_0__.spawn)(program, words, {
            ...options,
            killSignal: "SIGKILL",
            stdio: ["ignore", "pipe", "pipe"],
        });
        await (0,node_events__WEBPACK_IMPORTED_MODULE_1__.once)(child, "spawn");
        child.on("error", () => {
            child.stdout.destroy();
            child.stderr.destroy();
        });
        return child;
    }
    catch (cause) {
        const remedy = `Install ${program} in a step before this one.`;
        throw new _kit_errors_js__WEBPACK_IMPORTED_MODULE_3__/* .BelayError */ .oT("tool-missing", `${program} cannot be started on the runner`, remedy, {
            cause,
        });
    }
}
function visibleEnvironment(env) {
    const hidden = (name) => /^(?:INPUT|STATE|ACTIONS)_/i.test(name) || commandFiles.includes(name);
    const entries = Object.entries(env).filter((entry) => entry[1] !== undefined);
    return Object.fromEntries(entries.filter(([name]) => !hidden(name)));
}


/***/ }),

/***/ 2215:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   p: () => (/* binding */ RefusedStream)
/* harmony export */ });
class RefusedStream extends Error {
    name = "RefusedStream";
    answer;
    constructor(answer) {
        super(`status ${answer.status}`);
        this.answer = answer;
    }
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
