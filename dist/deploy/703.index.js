export const id = 703;
export const ids = [703];
export const modules = {

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


/***/ })

};
