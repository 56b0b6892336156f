export const id = 202;
export const ids = [202,182,495];
export const modules = {

/***/ 182:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   Z: () => (/* binding */ chooseBuilder),
/* harmony export */   removeOwn: () => (/* binding */ removeOwn)
/* harmony export */ });
/* harmony import */ var _commands_buildx_js__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(873);
/* harmony import */ var _kit_errors_js__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(858);
/* harmony import */ var _kit_one_line_js__WEBPACK_IMPORTED_MODULE_2__ = __webpack_require__(544);



async function chooseBuilder(wish, run) {
    const found = await inspect(wish.name, run);
    if (found.driver !== "docker")
        return { name: found.name, own: false };
    if (wish.name !== "")
        throw tooSimple(wish.name);
    const name = wish.nameOwn();
    await must((0,_commands_buildx_js__WEBPACK_IMPORTED_MODULE_1__/* .createBuilder */ .Ij)(name, wish), run, "be made");
    await must((0,_commands_buildx_js__WEBPACK_IMPORTED_MODULE_1__/* .startBuilder */ .g6)(name), run, "start");
    return { name, own: true };
}
async function removeOwn(name, run) {
    const { code, stderr } = await run((0,_commands_buildx_js__WEBPACK_IMPORTED_MODULE_1__/* .removeBuilder */ .iq)(name));
    return code === 0 || stderr.includes("no builder") ? undefined : lastLine(stderr);
}
async function inspect(name, run) {
    const { code, stdout, stderr } = await run((0,_commands_buildx_js__WEBPACK_IMPORTED_MODULE_1__/* .inspectBuilder */ .IK)(name));
    const found = (0,_commands_buildx_js__WEBPACK_IMPORTED_MODULE_1__/* .parseBuilder */ .xx)(stdout);
    if (/not a docker command|unknown (?:command|flag)/.test(stderr))
        throw noBuildx(stderr);
    if (code !== 0)
        throw noBuilder(name, stderr);
    if (found.error !== "")
        throw unreachable(found.name, found.error);
    return found;
}
async function must(words, run, what) {
    const { code, stderr } = await run(words);
    if (code === 0)
        return;
    const remedy = "Check that the runner may pull moby/buildkit, or make a builder by docker/setup-buildx-action before this step.";
    throw new _kit_errors_js__WEBPACK_IMPORTED_MODULE_0__/* .BelayError */ .oT("tool-missing", `no builder could ${what}: ${lastLine(stderr)}`, remedy);
}
function noBuildx(stderr) {
    const message = `the runner's docker has no buildx: ${lastLine(stderr)}`;
    const remedy = "Install docker's buildx plugin, or use docker/setup-buildx-action before this step.";
    return new _kit_errors_js__WEBPACK_IMPORTED_MODULE_0__/* .BelayError */ .oT("tool-missing", message, remedy);
}
function noBuilder(name, stderr) {
    const named = name === "" ? "the builder in use" : `the builder \`${name}\``;
    const remedy = "Make it by docker/setup-buildx-action before this step, or leave `builder` out.";
    return new _kit_errors_js__WEBPACK_IMPORTED_MODULE_0__/* .BelayError */ .oT("tool-missing", `${named} cannot be used: ${lastLine(stderr)}`, remedy);
}
function unreachable(name, error) {
    const remedy = "Start Docker on the runner, or check DOCKER_HOST and the user's rights.";
    const message = `the builder \`${name}\` does not answer: ${(0,_kit_one_line_js__WEBPACK_IMPORTED_MODULE_2__/* .oneLine */ .T)(error, 300)}`;
    return new _kit_errors_js__WEBPACK_IMPORTED_MODULE_0__/* .BelayError */ .oT("tool-missing", message, remedy);
}
function tooSimple(name) {
    const message = `the builder \`${name}\` has the driver docker, which cannot push without a tag`;
    const remedy = "Leave `builder` out, and one is made for the job; or name one with the driver docker-container.";
    return new _kit_errors_js__WEBPACK_IMPORTED_MODULE_0__/* .BelayError */ .oT("config", message, remedy);
}
function lastLine(text) {
    return (0,_kit_one_line_js__WEBPACK_IMPORTED_MODULE_2__/* .oneLine */ .T)(text.trim().split("\n").at(-1) ?? "", 300);
}


/***/ }),

/***/ 333:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   Kg: () => (/* binding */ readClientConfig),
/* harmony export */   dT: () => (/* binding */ storedLogin),
/* harmony export */   fr: () => (/* binding */ writeClientConfig)
/* harmony export */ });
/* harmony import */ var node_fs_promises__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(455);
/* harmony import */ var node_path__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(760);
/* harmony import */ var _kit_json_js__WEBPACK_IMPORTED_MODULE_3__ = __webpack_require__(727);
/* harmony import */ var _registry_registry_js__WEBPACK_IMPORTED_MODULE_2__ = __webpack_require__(59);




function keyOf({ registry }) {
    return registry === "docker.io" ? "https://index.docker.io/v1/" : registry;
}
async function readClientConfig(folder) {
    const text = await (0,node_fs_promises__WEBPACK_IMPORTED_MODULE_0__.readFile)((0,node_path__WEBPACK_IMPORTED_MODULE_1__.join)(folder, "config.json"), "utf8").catch(() => "");
    const config = (0,_kit_json_js__WEBPACK_IMPORTED_MODULE_3__/* .parseJson */ .qF)(text);
    return typeof config === "object" && config !== null ? config : {};
}
async function storedLogin(image, docker) {
    const config = await readClientConfig(docker.config);
    const encoded = (0,_kit_json_js__WEBPACK_IMPORTED_MODULE_3__/* .textAt */ .$6)(config, "auths", keyOf(image), "auth");
    const text = Buffer.from(encoded, "base64").toString();
    const at = text.indexOf(":");
    return at < 1 ? undefined : { username: text.slice(0, at), password: text.slice(at + 1) };
}
async function writeClientConfig(scratch, image, login, docker) {
    const folder = (0,node_path__WEBPACK_IMPORTED_MODULE_1__.join)(scratch, "docker");
    await (0,node_fs_promises__WEBPACK_IMPORTED_MODULE_0__.mkdir)(folder, { mode: 0o700 });
    const config = withLogin(await readClientConfig(docker.config), image, login, docker);
    await (0,node_fs_promises__WEBPACK_IMPORTED_MODULE_0__.writeFile)((0,node_path__WEBPACK_IMPORTED_MODULE_1__.join)(folder, "config.json"), JSON.stringify(config), { mode: 0o600 });
    await (0,node_fs_promises__WEBPACK_IMPORTED_MODULE_0__.symlink)((0,node_path__WEBPACK_IMPORTED_MODULE_1__.join)(docker.config, "contexts"), (0,node_path__WEBPACK_IMPORTED_MODULE_1__.join)(folder, "contexts"));
    return { DOCKER_CONFIG: folder, BUILDX_CONFIG: docker.buildx };
}
function withLogin(config, image, login, docker) {
    const key = keyOf(image);
    const plugins = (0,_kit_json_js__WEBPACK_IMPORTED_MODULE_3__/* .itemsOf */ .S3)((0,_kit_json_js__WEBPACK_IMPORTED_MODULE_3__/* .memberAt */ .mz)(config, "cliPluginsExtraDirs"));
    return {
        ...config,
        auths: { ...objectAt(config, "auths"), [key]: { auth: (0,_registry_registry_js__WEBPACK_IMPORTED_MODULE_2__/* .basicOf */ .w)(login).replace("Basic ", "") } },
        credHelpers: { ...objectAt(config, "credHelpers"), [key]: "" },
        cliPluginsExtraDirs: [...plugins, (0,node_path__WEBPACK_IMPORTED_MODULE_1__.join)(docker.config, "cli-plugins")],
    };
}
function objectAt(value, name) {
    const found = (0,_kit_json_js__WEBPACK_IMPORTED_MODULE_3__/* .memberAt */ .mz)(value, name);
    return typeof found === "object" && found !== null ? found : {};
}


/***/ }),

/***/ 495:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   findBuildx: () => (/* binding */ findBuildx)
/* harmony export */ });
/* harmony import */ var node_fs__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(24);
/* harmony import */ var node_fs_promises__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(455);
/* harmony import */ var node_path__WEBPACK_IMPORTED_MODULE_2__ = __webpack_require__(760);
/* harmony import */ var _commands_buildx_js__WEBPACK_IMPORTED_MODULE_5__ = __webpack_require__(873);
/* harmony import */ var _kit_json_js__WEBPACK_IMPORTED_MODULE_4__ = __webpack_require__(727);
/* harmony import */ var _client_config_js__WEBPACK_IMPORTED_MODULE_3__ = __webpack_require__(333);






const systemFolders = [
    "/usr/local/lib/docker/cli-plugins",
    "/usr/local/libexec/docker/cli-plugins",
    "/usr/lib/docker/cli-plugins",
    "/usr/libexec/docker/cli-plugins",
];
async function findBuildx(docker) {
    const config = await (0,_client_config_js__WEBPACK_IMPORTED_MODULE_3__/* .readClientConfig */ .Kg)(docker.config);
    const named = (0,_kit_json_js__WEBPACK_IMPORTED_MODULE_4__/* .itemsOf */ .S3)((0,_kit_json_js__WEBPACK_IMPORTED_MODULE_4__/* .memberAt */ .mz)(config, "cliPluginsExtraDirs")).map(String);
    const folders = [...named, (0,node_path__WEBPACK_IMPORTED_MODULE_2__.join)(docker.config, "cli-plugins"), ...systemFolders];
    for (const folder of folders) {
        const program = (0,node_path__WEBPACK_IMPORTED_MODULE_2__.join)(folder, "docker-buildx");
        if (await isProgram(program))
            return [program];
    }
    return _commands_buildx_js__WEBPACK_IMPORTED_MODULE_5__/* .dockerBuildx */ .xU;
}
async function isProgram(path) {
    return (0,node_fs_promises__WEBPACK_IMPORTED_MODULE_1__.access)(path, node_fs__WEBPACK_IMPORTED_MODULE_0__.constants.X_OK).then(() => true, () => false);
}


/***/ }),

/***/ 775:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   Fm: () => (/* binding */ manifestTypes),
/* harmony export */   bp: () => (/* binding */ packingOf),
/* harmony export */   nw: () => (/* binding */ isIndex)
/* harmony export */ });
const indexTypes = [
    "application/vnd.oci.image.index.v1+json",
    "application/vnd.docker.distribution.manifest.list.v2+json",
];
const manifestTypes = [
    ...indexTypes,
    "application/vnd.oci.image.manifest.v1+json",
    "application/vnd.docker.distribution.manifest.v2+json",
];
function isIndex(mediaType) {
    return indexTypes.some((type) => mediaType.startsWith(type));
}
function packingOf(mediaType) {
    if (/[.+]gzip$/.test(mediaType))
        return "gzip";
    return mediaType.endsWith(".tar") ? "none" : undefined;
}


/***/ }),

/***/ 202:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {


// EXPORTS
__webpack_require__.d(__webpack_exports__, {
  operate: () => (/* binding */ operate)
});

// EXTERNAL MODULE: external "node:path"
var external_node_path_ = __webpack_require__(760);
// EXTERNAL MODULE: ./src/commands/buildx.js
var commands_buildx = __webpack_require__(873);
// EXTERNAL MODULE: ./src/kit/errors.js
var errors = __webpack_require__(858);
// EXTERNAL MODULE: ./src/kit/one-line.js
var one_line = __webpack_require__(544);
// EXTERNAL MODULE: ./src/build-push-ghcr/registry/refusal.js
var refusal = __webpack_require__(17);
;// CONCATENATED MODULE: ./src/build-push-ghcr/build/failure.js



function buildFailure(build) {
    const step = build.steps.findLast(({ error }) => error !== "");
    const reason = reasonOf(build.words) || (step?.error ?? "");
    const lastLines = step?.lastLines ?? [];
    if (isOfCache(step?.name ?? "", reason))
        return { error: plain(`the cache failed: ${(0,one_line/* oneLine */.T)(reason, 300)}`), mends: "cache", lastLines };
    if (reason.includes("unexpected commit digest"))
        return { error: dockerfileFailure(build, step, reason), mends: "cache", lastLines };
    if (/failed to push|pushing (?:layers|manifest)/.test(reason))
        return pushFailure(build, reason);
    return { error: dockerfileFailure(build, step, reason), mends: undefined, lastLines };
}
function ignoredFailures(steps) {
    return steps
        .filter(({ error }) => error !== "" && !/\bcontext canceled$/.test(error))
        .map(({ name, error }) => `${name}: ${(0,one_line/* oneLine */.T)(error, 300)}`);
}
function reasonOf(words) {
    const found = /^ERROR: ([^]*)$/m.exec(words)?.[1] ?? "";
    return found.replace(/^(?:failed to (?:build|solve): )+/, "").trim();
}
function isOfCache(step, reason) {
    return (/^(?:importing cache|exporting (?:cache|to .*cache)|preparing build cache)/i.test(step) ||
        /cache (?:exporter|importer)|failed to (?:export|import) cache/.test(reason));
}
function pushFailure({ image, username }, reason) {
    const status = statusOf(reason);
    const asked = `take the image ${image.repository}`;
    if (status !== undefined) {
        const error = (0,refusal/* refusal */.x)({ status, body: "", image, asked, username });
        return { error, mends: (0,refusal/* mayPass */.b)(status) ? "push" : undefined, lastLines: [] };
    }
    const why = (0,one_line/* oneLine */.T)(reason.replace(/^failed to push \S+: /, ""), 300);
    const message = `${image.registry} did not take the image: ${why}`;
    const remedy = `Check whether ${image.registry} works, and run the job again.`;
    return {
        error: new errors/* BelayError */.oT("host-unreachable", message, remedy),
        mends: "push",
        lastLines: [],
    };
}
function statusOf(reason) {
    const told = /unexpected status[^]*?: (\d{3})\b/.exec(reason)?.[1];
    if (told !== undefined)
        return Number(told);
    if (/insufficient_scope|authorization failed|denied/i.test(reason))
        return 403;
    if (/unauthorized|authentication required/i.test(reason))
        return 401;
    if (/toomanyrequests/i.test(reason))
        return 429;
    return undefined;
}
function dockerfileFailure({ words, file, secretIds }, step, reason) {
    const line = Number(/^\S.*:(\d+)\n-{10}/m.exec(words)?.[1] ?? 0);
    const place = line > 0 ? { file, line } : undefined;
    const where = place === undefined ? "" : `${file}:${String(line)}: `;
    const what = step === undefined ? "" : `${(0,one_line/* oneLine */.T)(step.name, 160)}: `;
    const said = (step?.lastLines ?? []).filter((one) => !isNotice.test(one));
    const last = (0,one_line/* oneLine */.T)(said.slice(-3).join(" | "), 300);
    const telling = (step?.lastLines ?? []).findLast((line) => saysMore.test(line)) ?? reason;
    const { short, remedy } = explain(telling, secretIds);
    const message = `${where}${what}${short}${last && `: ${last}`}`;
    const code = noSpace.test(telling) ? "disk-full" : "build-failed";
    return new errors/* BelayError */.oT(code, message, remedy, place === undefined ? {} : { place });
}
const isNotice = /^npm (?:notice|warn)\b/;
const noSpace = /no space left on device/i;
const saysMore = /exec format error|no space left on device/i;
const explanations = [
    [
        noSpace,
        ({ input }) => ({
            short: `no space is left: ${(0,one_line/* oneLine */.T)(input, 200)}`,
            remedy: "Free some on the machine that this path lies on (a builder's: `docker builder prune`), or leave less in the image.",
        }),
    ],
    [
        /exec format error/,
        () => ({
            short: "the builder cannot run programs of this platform",
            remedy: "Use docker/setup-qemu-action before this step, or build with `FROM --platform=$BUILDPLATFORM` and cross-compile.",
        }),
    ],
    [
        /secret (\S+?): not found/,
        ([, id = ""], ids) => ({
            short: `the secret \`${id}\` is not there`,
            remedy: `Add a line \`${id}=…\` to \`secrets\`; ${ids.length === 0 ? "none is given" : `given: ${ids.join(", ")}`}.`,
        }),
    ],
    [
        /did not complete successfully: exit code: (\d+)/,
        ([, code = ""]) => ({
            short: `ended with exit code ${code}`,
            remedy: "Mend what the line says; all that the step printed stands in the log.",
        }),
    ],
    [
        /dockerfile parse error[^:]*: (.*)|(unknown instruction.*)/,
        ([, why = "", other = ""]) => ({
            short: `the Dockerfile is wrong: ${(0,one_line/* oneLine */.T)(why || other, 200)}`,
            remedy: "Mend the line.",
        }),
    ],
    [
        /"(\/[^"]*)": not found/,
        ([, path = ""]) => ({
            short: `${path} is not in the build context`,
            remedy: "Check `context`, the path in the Dockerfile, and .dockerignore.",
        }),
    ],
    [
        /failed to resolve source metadata for (\S+): (.*)/,
        ([, image = "", why = ""]) => ({
            short: `the image ${image} cannot be had: ${(0,one_line/* oneLine */.T)(why, 200)}`,
            remedy: "Check its name; a private one needs a login before this step (docker/login-action), a busy registry another try.",
        }),
    ],
    [
        /target stage "?([^"\s]+)"? could not be found/,
        ([, stage = ""]) => ({
            short: `the Dockerfile has no stage \`${stage}\``,
            remedy: "Correct `target`.",
        }),
    ],
];
function explain(reason, secretIds) {
    for (const [pattern, tell] of explanations) {
        const match = pattern.exec(reason);
        if (match !== null)
            return tell(match, secretIds);
    }
    const short = (0,one_line/* oneLine */.T)(reason, 300) || "buildx failed without a word";
    return { short, remedy: "All that buildx said stands in the log." };
}
function plain(message) {
    return new errors/* BelayError */.oT("build-failed", message, "Set `cache: off` until the cache works.");
}

;// CONCATENATED MODULE: ./src/build-push-ghcr/cache.js
const noCache = { from: [], to: [], gha: false };
function cacheOf({ kind, from, to }, facts) {
    const own = {
        from,
        to,
        gha: [...from, ...to].some((line) => /(?:^|,)type=gha(?:,|$)/.test(line)),
    };
    const given = from.length + to.length > 0;
    if (kind === "off" || (kind === "auto" && given))
        return own;
    if (kind === "registry")
        return joined(own, registryCache(facts));
    if (facts.hasService)
        return joined(own, ghaCache(facts));
    if (kind === "auto")
        return own;
    return {
        ...own,
        warning: "`cache: gha` does nothing here: the runner offers no cache service. Builds start from nothing.",
    };
}
function joined(own, more) {
    return {
        from: [...own.from, ...more.from],
        to: [...own.to, ...more.to],
        gha: own.gha || more.gha,
    };
}
function ghaCache({ image, target }) {
    const scope = `scope=belay-${slug([image.repository, target])}`;
    return {
        from: [`type=gha,${scope}`],
        to: [`type=gha,${scope},mode=max,ignore-error=true`],
        gha: true,
    };
}
function registryCache({ image, target, push }) {
    const ref = `ref=${image.name}:${slug(["buildcache", target])}`;
    const options = "mode=max,image-manifest=true,oci-mediatypes=true,ignore-error=true";
    return {
        from: [`type=registry,${ref}`],
        to: push ? [`type=registry,${ref},${options}`] : [],
        gha: false,
    };
}
function slug(parts) {
    return parts
        .filter((part) => part !== "")
        .join("-")
        .replaceAll(/[^\w.-]+/g, "-");
}

// EXTERNAL MODULE: external "node:fs/promises"
var promises_ = __webpack_require__(455);
// EXTERNAL MODULE: ./src/kit/json.js
var json = __webpack_require__(727);
;// CONCATENATED MODULE: ./src/build-push-ghcr/build/progress.js

const longestLine = 8192;
const keptLines = 20;
const keptWords = 64 * 1024;
class BuildProgress {
    #print;
    #steps = new Map();
    #warnings = [];
    #unfinished = "";
    #words = "";
    #lastPrinted = "";
    constructor(print) {
        this.#print = print;
    }
    get steps() {
        return [...this.#steps.values()];
    }
    get warnings() {
        return this.#warnings;
    }
    get words() {
        return this.#words + this.#unfinished;
    }
    feed(text) {
        const lines = (this.#unfinished + text).split("\n");
        this.#unfinished = lines.pop() ?? "";
        for (const line of lines)
            this.#take(line);
    }
    #take(line) {
        const status = line.startsWith("{") ? (0,json/* parseJson */.qF)(line) : undefined;
        if (status === undefined)
            this.#words = `${this.#words}${line}\n`.slice(-keptWords);
        for (const vertex of (0,json/* itemsOf */.S3)((0,json/* memberAt */.mz)(status, "vertexes")))
            this.#noteStep(vertex);
        for (const log of (0,json/* itemsOf */.S3)((0,json/* memberAt */.mz)(status, "logs")))
            this.#noteLog(log);
        for (const warning of (0,json/* itemsOf */.S3)((0,json/* memberAt */.mz)(status, "warnings")))
            this.#noteWarning(warning);
    }
    #noteStep(vertex) {
        const step = this.#stepOf((0,json/* textAt */.$6)(vertex, "digest"));
        const before = { ...step };
        step.name = (0,json/* textAt */.$6)(vertex, "name") || step.name;
        step.started = timeAt(vertex, "started") ?? step.started;
        step.completed = timeAt(vertex, "completed");
        step.cached ||= (0,json/* memberAt */.mz)(vertex, "cached") === true;
        step.error = (0,json/* textAt */.$6)(vertex, "error");
        this.#tell(step, before);
    }
    #tell(step, before) {
        if (isQuiet(step.name))
            return;
        if (before.started === undefined && step.started !== undefined && !step.cached)
            this.#line(step, step.name);
        if (before.completed !== undefined || step.completed === undefined)
            return;
        this.#endLine(step);
        if (step.error !== "")
            this.#line(step, `FAILED ${step.name}: ${step.error}`);
        else if (step.cached)
            this.#line(step, `cached ${step.name}`);
        else if (step.completed - (step.started ?? 0) >= 1000)
            this.#line(step, `done in ${seconds(step)} s: ${step.name}`);
    }
    #noteLog(log) {
        const step = this.#stepOf((0,json/* textAt */.$6)(log, "vertex"));
        const text = Buffer.from((0,json/* textAt */.$6)(log, "data"), "base64").toString();
        const [first = "", ...more] = text.split(/\r\n|[\n\r]/);
        this.#grow(step, first);
        for (const piece of more) {
            this.#endLine(step);
            this.#grow(step, piece);
        }
    }
    #grow(step, text) {
        const room = longestLine - step.unfinished.length;
        step.isCut ||= text.length > room;
        step.unfinished += text.slice(0, Math.max(0, room));
    }
    #endLine(step) {
        if (step.unfinished === "")
            return;
        const line = step.isCut ? `${step.unfinished}…` : step.unfinished;
        step.unfinished = "";
        step.isCut = false;
        step.lastLines.push(line);
        if (step.lastLines.length > keptLines)
            step.lastLines.shift();
        if (this.#lastPrinted !== step.name)
            this.#line(step, step.name);
        this.#print(`  ${line}\n`);
    }
    #line(step, text) {
        this.#lastPrinted = step.name;
        this.#print(`${text}\n`);
    }
    #noteWarning(warning) {
        const [range] = (0,json/* itemsOf */.S3)((0,json/* memberAt */.mz)(warning, "range"));
        this.#warnings.push({
            text: Buffer.from((0,json/* textAt */.$6)(warning, "short"), "base64").toString(),
            url: (0,json/* textAt */.$6)(warning, "url"),
            file: (0,json/* textAt */.$6)(warning, "sourceInfo", "filename"),
            line: Number((0,json/* memberAt */.mz)(range, "start", "line") ?? 0),
        });
    }
    #stepOf(digest) {
        const known = this.#steps.get(digest);
        if (known !== undefined)
            return known;
        const times = { started: undefined, completed: undefined };
        const texts = { name: "", error: "", unfinished: "" };
        const step = { ...times, ...texts, cached: false, isCut: false, lastLines: [] };
        this.#steps.set(digest, step);
        return step;
    }
}
function isQuiet(name) {
    return name.startsWith("[internal]") || name.startsWith("[auth]");
}
function seconds({ started, completed }) {
    return (((completed ?? 0) - (started ?? 0)) / 1000).toFixed(1);
}
function timeAt(vertex, name) {
    const time = Date.parse((0,json/* textAt */.$6)(vertex, name).replace(/(\.\d{3})\d*/, "$1"));
    return Number.isNaN(time) ? undefined : time;
}

;// CONCATENATED MODULE: ./src/build-push-ghcr/build/run-build.js






const longestSilenceMs = 30_000;
async function runBuild(request, place) {
    const { processes, buildx, log, signal, cwd, env, image, username, file } = place;
    let heardAt = place.clock.monotonic();
    const progress = new BuildProgress((text) => {
        heardAt = place.clock.monotonic();
        log.output(text);
    });
    const stop = keepTelling(place, () => heardAt, progress);
    const onStderr = (text) => progress.feed(text);
    const { code } = await processes
        .run([...buildx, ...(0,commands_buildx/* build */.jq)(request)], { cwd, signal, env, onStderr, onStdout: () => undefined })
        .finally(stop);
    if (signal.aborted)
        throw (0,errors/* cancelled */.KW)();
    const { steps, warnings, words } = progress;
    if (code === 0)
        return { ...(await readMetadata(request.metadataFile)), steps, warnings };
    if (words.trim() !== "")
        log.output(`${words.trim()}\n`);
    const secretIds = request.secrets.map(({ id }) => id);
    return buildFailure({ steps, words, image, username, file, secretIds });
}
async function readMetadata(file) {
    const metadata = (0,json/* parseJson */.qF)(await (0,promises_.readFile)(file, "utf8").catch(() => ""));
    const digest = (0,json/* textAt */.$6)(metadata, "containerimage.digest");
    if (digest !== "")
        return { digest, metadata };
    const remedy = "Update buildx (0.13 or newer) or the builder's BuildKit.";
    throw new errors/* BelayError */.oT("tool-too-old", "buildx does not tell the digest of what it built", remedy);
}
function keepTelling({ clock, log }, heardAt, progress) {
    const end = new AbortController();
    let told = heardAt();
    const loop = async () => {
        for (;;) {
            const silentSince = Math.max(told, heardAt());
            await clock.sleep(silentSince + longestSilenceMs - clock.monotonic(), end.signal);
            if (clock.monotonic() - Math.max(told, heardAt()) < longestSilenceMs)
                continue;
            told = clock.monotonic();
            const running = progress.steps.findLast(({ started, completed }) => started !== undefined && completed === undefined);
            log.info(`build: still at work${running === undefined ? "" : `: ${running.name}`}`);
        }
    };
    loop().catch(() => undefined);
    return () => end.abort();
}

;// CONCATENATED MODULE: ./src/build-push-ghcr/build/persistently.js


const firstPauseMs = 1000;
const longestPauseMs = 20_000;
async function buildPersistently(request, wanted, retries, place) {
    let cache = wanted;
    for (let round = 0;;) {
        const env = { ...place.env, ...(cache.gha && place.cacheService) };
        const whole = { ...request, cacheFrom: cache.from, cacheTo: cache.to };
        const ended = await runBuild(whole, { ...place, env });
        if ("digest" in ended)
            return ended;
        const { error, mends, lastLines } = ended;
        if (mends === "cache" && cache !== noCache) {
            place.log.warning(`${error.message}; the build goes on without a cache`);
            cache = noCache;
        }
        else if (mends === "push" && round < retries) {
            const pauseMs = Math.min(longestPauseMs, firstPauseMs * 2 ** round) * (0.5 + place.random());
            place.log.warning(`${error.message}; it is pushed again (${String(round + 1)} of ${String(retries)})`);
            await place.clock.sleep(pauseMs, place.signal);
            round += 1;
        }
        else {
            place.onFailure(lastLines);
            throw error;
        }
    }
}

;// CONCATENATED MODULE: ./src/build-push-ghcr/build-image.js





const mostWarnings = 5;
async function buildImage(site, course) {
    const { inputs, plan, platform, world, login, dockerfile } = site;
    const { log, clock, signal, random } = platform;
    const secrets = secretSources(site);
    log.startGroup(`build: ${plan.image.name}`);
    const built = await buildPersistently(requestOf(site, secrets), cacheFor(site), inputs.retries, {
        ...{ log, clock, signal, random, processes: world.processes, cwd: site.cwd },
        buildx: site.buildx,
        ...{ image: plan.image, username: login?.username ?? "", file: dockerfile?.path ?? "" },
        env: { ...site.env, ...secretValues(site, secrets), BUILDX_METADATA_PROVENANCE: "disabled" },
        cacheService: world.docker.cacheService,
        onFailure: (lines) => (course.lastLines = lines),
    }).finally(() => log.endGroup());
    course.built = built;
    tellWarnings(built, site);
    for (const line of ignoredFailures(built.steps))
        log.warning(line);
    return built.digest;
}
function requestOf({ inputs, plan, ...site }, secrets) {
    const { context, target, platforms, buildArgs, provenance, sbom } = inputs;
    const options = { rewriteTimestamps: site.world.docker.sourceDateEpoch !== "" };
    return {
        ...{ context, target, platforms, buildArgs, provenance, sbom, secrets },
        builder: site.builder.name,
        file: inputs.file || (site.dockerfile?.path ?? ""),
        ...{ labels: plan.labels, annotations: plan.annotations },
        output: plan.push ? (0,commands_buildx/* pushByDigest */.yw)(plan.image.name, options) : (0,commands_buildx/* ociLayout */.Sq)(site.layout, options),
        metadataFile: (0,external_node_path_.join)(site.scratch, "metadata.json"),
    };
}
function cacheFor({ inputs, plan, platform: { log }, world }) {
    const cache = cacheOf(inputs.cache, {
        ...{ image: plan.image, target: inputs.target, push: plan.push },
        hasService: Object.keys(world.docker.cacheService).length > 0,
    });
    if (cache.warning !== undefined)
        log.warning(cache.warning);
    return cache;
}
function secretSources({ inputs }) {
    return inputs.secrets.map(({ name }, index) => ({
        id: name,
        variable: `BELAY_SECRET_${String(index + 1)}`,
    }));
}
function secretValues({ inputs }, sources) {
    const values = new Map(inputs.secrets.map(({ name, value }) => [name, value]));
    return Object.fromEntries(sources.map(({ id, variable }) => [variable, values.get(id) ?? ""]));
}
function tellWarnings({ warnings }, { dockerfile, platform: { log } }) {
    for (const { text, url, line } of warnings.slice(0, mostWarnings)) {
        const where = dockerfile === undefined || line < 1 ? undefined : { file: dockerfile.path, line };
        log.warning(`${text}${url && ` (${url})`}`, where && { place: where });
    }
}

;// CONCATENATED MODULE: ./src/build-push-ghcr/build/dockerfile.js
function parseDockerfile(text) {
    const lines = text.split(/\r?\n/);
    const escape = /^#\s*escape\s*=\s*`\s*$/im.test(text.split(/^[^#]/m, 1)[0] ?? "") ? "`" : "\\";
    const instructions = [];
    const stages = [];
    for (let at = 0; at < lines.length;) {
        const { text: whole, lines: count } = joinLines(lines, at, escape);
        const [, keyword, rest = ""] = /^\s*([A-Za-z]+)(?:\s+([^]*))?$/.exec(whole) ?? [];
        if (keyword !== undefined) {
            const capitals = keyword.toUpperCase();
            if (capitals === "FROM")
                stages.push(stageOf(rest));
            const stage = stages.length - 1;
            instructions.push({ line: at + 1, keyword: capitals, text: rest.trim(), stage });
        }
        at += count + heredocLines(lines, at + count, keyword, rest);
    }
    return { instructions, stages };
}
function joinLines(lines, from, escape) {
    const first = lines[from] ?? "";
    if (/^\s*(?:#|$)/.test(first))
        return { text: "", lines: 1 };
    let text = "";
    let at = from;
    for (; at < lines.length; at += 1) {
        const line = lines[at] ?? "";
        if (at > from && /^\s*(?:#|$)/.test(line))
            continue;
        const continued = line.trimEnd().endsWith(escape);
        text += continued ? `${line.trimEnd().slice(0, -1)} ` : line;
        if (!continued)
            break;
    }
    return { text, lines: at - from + 1 };
}
function heredocLines(lines, from, keyword, text) {
    if (keyword === undefined || !/^(?:RUN|COPY|ADD)$/i.test(keyword))
        return 0;
    let at = from;
    for (const [, dash, , name = ""] of text.matchAll(/<<(-?)(["']?)([A-Za-z_]\w*)\2/g)) {
        const isEnd = (line) => (dash === "-" ? line.trimStart() : line) === name;
        const end = lines.findIndex((line, index) => index >= at && isEnd(line));
        if (end !== -1)
            at = end + 1;
    }
    return at - from;
}
function stageOf(text) {
    const words = text.split(/\s+/).filter((word) => word !== "" && !word.startsWith("--"));
    const [from = "", as = "", name = ""] = words;
    return { from, name: as.toUpperCase() === "AS" ? name.toLowerCase() : "" };
}
function chainOf({ instructions, stages }, target) {
    let stage = indexOf(stages, target);
    const chain = [];
    while (stage >= 0) {
        const own = stage;
        chain.unshift(instructions.filter((one) => one.stage === own && one.keyword !== "FROM"));
        const from = stages[own]?.from.toLowerCase() ?? "";
        const below = stages.slice(0, own).findLastIndex(({ name }) => name === from && name !== "");
        stage = below;
    }
    return chain.flat();
}
function indexOf(stages, target) {
    if (target === "")
        return stages.length - 1;
    const named = stages.findLastIndex(({ name }) => name === target.toLowerCase());
    return named === -1 && /^\d+$/.test(target) ? Number(target) : named;
}
function mountedSecrets({ instructions }) {
    const texts = instructions.filter(({ keyword }) => keyword === "RUN").map(({ text }) => text);
    const mounts = texts.flatMap((text) => [...text.matchAll(/--mount=(\S*type=secret\S*)/g)]);
    return mounts.flatMap(([, mount = ""]) => {
        const field = (name) => new RegExp(`(?:^|,)${name}=([^,]+)`).exec(mount)?.[1];
        const target = field("target") ?? field("dst") ?? field("destination");
        const id = field("id") ?? target?.split("/").at(-1);
        return id === undefined || id.includes("$") ? [] : [id];
    });
}

;// CONCATENATED MODULE: ./src/build-push-ghcr/image/layer-lines.js

function layerLines({ history }, dockerfile, target) {
    const lines = new Map();
    const instructions = chainOf(dockerfile, target).toReversed();
    for (const [index, entry] of history.toReversed().entries()) {
        const instruction = instructions[index];
        if (keywordOf(entry.createdBy) !== instruction?.keyword)
            break;
        if (entry.layer !== undefined)
            lines.set(entry.layer, instruction.line);
    }
    return lines;
}
function keywordOf(createdBy) {
    return /^(?:\/bin\/sh -c #\(nop\)\s+)?([A-Z]+)\b/.exec(createdBy)?.[1] ?? "";
}

;// CONCATENATED MODULE: ./src/build-push-ghcr/image/layout.js



class OciLayout {
    #folder;
    constructor(folder) {
        this.#folder = folder;
    }
    async manifest(digest) {
        const bytes = await (0,promises_.readFile)(this.#pathOf(digest)).catch((failure) => {
            if (isMissing(failure))
                return undefined;
            throw failure;
        });
        if (bytes === undefined)
            return undefined;
        const document = (0,json/* parseJson */.qF)(bytes.toString());
        return { bytes, document, mediaType: (0,json/* textAt */.$6)(document, "mediaType") };
    }
    async json({ digest }) {
        return (0,json/* parseJson */.qF)(await (0,promises_.readFile)(this.#pathOf(digest), "utf8"));
    }
    async lastBytes({ digest, size }, count) {
        const file = await (0,promises_.open)(this.#pathOf(digest));
        try {
            const { buffer, bytesRead } = await file.read(Buffer.alloc(count), 0, count, size - count);
            return bytesRead === count ? buffer : undefined;
        }
        finally {
            await file.close();
        }
    }
    #pathOf(digest) {
        const [, algorithm, hex] = /^([a-z0-9]+):([a-f0-9]+)$/.exec(digest) ?? [];
        if (algorithm === undefined || hex === undefined)
            throw new Error(`no digest: ${digest}`);
        return (0,external_node_path_.join)(this.#folder, "blobs", algorithm, hex);
    }
}
function isMissing(failure) {
    return failure instanceof Error && "code" in failure && failure.code === "ENOENT";
}

// EXTERNAL MODULE: ./src/build-push-ghcr/image/media-types.js
var media_types = __webpack_require__(775);
;// CONCATENATED MODULE: ./src/build-push-ghcr/image/measure.js



async function measure(source, digest) {
    const root = await mustFind(source, digest);
    if (!(0,media_types/* isIndex */.nw)(root.mediaType))
        return [await measureOne(source, digest, root)];
    const children = platformsIn(root.document);
    return Promise.all(children.map(async (child) => measureOne(source, child, await mustFind(source, child))));
}
async function mustFind(source, digest) {
    const found = await source.manifest(digest);
    if (found !== undefined)
        return found;
    const remedy = "Something deleted it: have clean-ups of untagged images spare those younger than a day, and run the job again.";
    throw new errors/* BelayError */.oT("image-refused", `${digest} was built, but is gone`, remedy);
}
function platformsIn(index) {
    const images = (0,json/* itemsOf */.S3)((0,json/* memberAt */.mz)(index, "manifests")).filter((one) => (0,json/* textAt */.$6)(one, "platform", "os") !== "unknown" &&
        (0,json/* textAt */.$6)(one, "annotations", "vnd.docker.reference.type") === "");
    return images.map((one) => (0,json/* textAt */.$6)(one, "digest"));
}
async function measureOne(source, digest, { document }) {
    const configBlob = blobOf((0,json/* memberAt */.mz)(document, "config"));
    const stored = (0,json/* itemsOf */.S3)((0,json/* memberAt */.mz)(document, "layers"));
    const [config, ...sizes] = await Promise.all([
        source.json(configBlob),
        ...stored.map((one) => unpackedSize(source, one)),
    ]);
    const history = historyOf(config, stored.length);
    const layers = stored.map((one, index) => {
        const entry = history.find(({ layer }) => layer === index);
        return { ...blobOf(one), unpacked: sizes[index], createdBy: entry?.createdBy ?? "" };
    });
    return {
        platform: platformOf(config),
        digest,
        compressed: configBlob.size + sum(layers.map(({ size }) => size)),
        unpacked: sum(layers.map(({ unpacked, size }) => unpacked ?? size)),
        exact: layers.every(({ unpacked }) => unpacked !== undefined),
        ...{ layers, history, labels: labelsOf(config) },
    };
}
async function unpackedSize(source, layer) {
    const blob = blobOf(layer);
    const packing = (0,media_types/* packingOf */.bp)((0,json/* textAt */.$6)(layer, "mediaType"));
    if (packing === "none")
        return blob.size;
    if (packing === undefined || blob.size < shortestGzip)
        return undefined;
    const end = await source.lastBytes(blob, 4);
    if (end === undefined)
        return undefined;
    const size = Buffer.from(end).readUInt32LE();
    return isPlausible(size, blob.size) ? size : undefined;
}
const shortestGzip = 20;
function isPlausible(unpacked, compressed) {
    return compressed < 2 ** 30 && unpacked + 64 + unpacked / 1000 >= compressed;
}
function blobOf(descriptor) {
    return { digest: (0,json/* textAt */.$6)(descriptor, "digest"), size: Number((0,json/* memberAt */.mz)(descriptor, "size") ?? 0) };
}
function platformOf(config) {
    const parts = ["os", "architecture", "variant"].map((name) => (0,json/* textAt */.$6)(config, name));
    return parts.filter((part) => part !== "").join("/");
}
function labelsOf(config) {
    const labels = (0,json/* memberAt */.mz)(config, "config", "Labels");
    return typeof labels === "object" && labels !== null ? labels : {};
}
function historyOf(config, layerCount) {
    const entries = (0,json/* itemsOf */.S3)((0,json/* memberAt */.mz)(config, "history"));
    const makers = entries.filter((entry) => (0,json/* memberAt */.mz)(entry, "empty_layer") !== true);
    const fits = makers.length === layerCount;
    return entries.map((entry) => {
        const layer = makers.indexOf(entry);
        return {
            createdBy: (0,json/* textAt */.$6)(entry, "created_by"),
            layer: fits && layer >= 0 ? layer : undefined,
        };
    });
}
function sum(numbers) {
    return numbers.reduce((total, one) => total + one, 0);
}

;// CONCATENATED MODULE: ./src/build-push-ghcr/image/remembering.js
function remembering(source) {
    const answers = new Map();
    const once = (key, ask) => {
        const known = answers.get(key);
        const answer = known ?? ask();
        answers.set(key, answer);
        return answer;
    };
    return {
        manifest: (reference) => once(`manifest ${reference}`, () => source.manifest(reference)),
        json: (blob) => once(`json ${blob.digest}`, () => source.json(blob)),
        lastBytes: (blob, count) => once(`last ${String(count)} of ${blob.digest}`, () => source.lastBytes(blob, count)),
    };
}

// EXTERNAL MODULE: ./src/kit/size.js
var size = __webpack_require__(268);
;// CONCATENATED MODULE: ./src/build-push-ghcr/max-size.js


function refuseTooLarge(images, maxSize) {
    const large = images.filter(({ unpacked }) => unpacked > maxSize);
    const [first, ...also] = large.map((image) => tooLarge(image, maxSize));
    if (first !== undefined)
        throw new errors/* BelayError */.oT("image-refused", first.message, first.remedy, { also });
}
function unprovenSizes(images) {
    return images
        .filter(({ exact }) => !exact)
        .map(({ platform, unpacked }) => `${platform}: a layer does not tell its unpacked size without a download; the image has at least ${(0,size/* formatSize */.X)(unpacked)}`);
}
function tooLarge({ platform, unpacked, exact, layers }, max) {
    const least = exact ? "" : "at least ";
    const message = `the image for ${platform} has ${least}${(0,size/* formatSize */.X)(unpacked)} unpacked, more than max-size (${(0,size/* formatSize */.X)(max)})`;
    const [largest] = layers.toSorted((a, b) => sizeOf(b) - sizeOf(a));
    const what = largest === undefined ? "" : ` The largest layer has ${(0,size/* formatSize */.X)(sizeOf(largest))}.`;
    const remedy = `Leave less in the last stage, or raise \`max-size\`; the summary names the largest layers.${what}`;
    return new errors/* BelayError */.oT("image-refused", message, remedy);
}
function sizeOf({ unpacked, size }) {
    return unpacked ?? size;
}

;// CONCATENATED MODULE: ./src/build-push-ghcr/measure-image.js






async function measureImage(digest, site, course) {
    const { inputs, plan, registry, dockerfile, platform } = site;
    const moving = plan.push ? plan.tags.find(({ kind }) => kind === "moving") : undefined;
    const source = remembering(plan.push ? registry : new OciLayout(site.layout));
    const [images, before] = await Promise.all([
        measure(source, digest),
        moving === undefined ? undefined : measureBefore(moving.name, source),
    ]);
    course.images = images;
    if (before !== undefined)
        course.before = before;
    if (dockerfile !== undefined) {
        const parsed = parseDockerfile(dockerfile.text);
        const of = images.map((image) => layerLines(image, parsed, inputs.target));
        course.lines = { file: dockerfile.path, of };
    }
    if (inputs.maxSize === undefined)
        return;
    course.maxSize = inputs.maxSize;
    for (const sentence of unprovenSizes(images))
        platform.log.warning(sentence);
    refuseTooLarge(images, inputs.maxSize);
}
async function measureBefore(tag, source) {
    try {
        return { tag, images: await measure(source, tag) };
    }
    catch {
        return undefined;
    }
}

// EXTERNAL MODULE: external "node:crypto"
var external_node_crypto_ = __webpack_require__(598);
;// CONCATENATED MODULE: ./src/kit/event.js

function eventFacts(event) {
    const created = /^0+$/.test((0,json/* textAt */.$6)(event, "before"));
    return {
        commit: pullRequestCommit(event) ?? headCommit(event),
        compareUrl: created ? "" : (0,json/* textAt */.$6)(event, "compare"),
        pullRequestUrl: (0,json/* textAt */.$6)(event, "pull_request", "html_url"),
        environment: (0,json/* textAt */.$6)(event, "deployment", "environment") || (0,json/* textAt */.$6)(event, "inputs", "environment"),
        pushed: (0,json/* itemsOf */.S3)((0,json/* memberAt */.mz)(event, "commits")).map(pushedCommit),
    };
}
function pullRequestCommit(event) {
    const sha = (0,json/* textAt */.$6)(event, "pull_request", "head", "sha");
    if (sha === "")
        return undefined;
    const subject = (0,json/* textAt */.$6)(event, "pull_request", "title");
    return { sha, subject, author: (0,json/* textAt */.$6)(event, "pull_request", "user", "login") };
}
function headCommit(event) {
    const commit = (0,json/* memberAt */.mz)(event, "head_commit") ?? (0,json/* memberAt */.mz)(event, "workflow_run", "head_commit") ?? undefined;
    const sha = (0,json/* textAt */.$6)(commit, "id");
    if (sha === "")
        return undefined;
    const subject = firstLine((0,json/* textAt */.$6)(commit, "message"));
    return { sha, subject, author: (0,json/* textAt */.$6)(commit, "author", "name") };
}
function pushedCommit(commit) {
    return {
        sha: (0,json/* textAt */.$6)(commit, "id"),
        message: (0,json/* textAt */.$6)(commit, "message"),
        author: (0,json/* textAt */.$6)(commit, "author", "name"),
        email: (0,json/* textAt */.$6)(commit, "author", "email"),
        timestamp: (0,json/* textAt */.$6)(commit, "timestamp"),
    };
}
function firstLine(text) {
    return text.split(/[\r\n]/, 1)[0] ?? "";
}

// EXTERNAL MODULE: ./src/build-push-ghcr/builder.js
var builder = __webpack_require__(182);
// EXTERNAL MODULE: ./src/build-push-ghcr/client-config.js
var client_config = __webpack_require__(333);
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

;// CONCATENATED MODULE: ./src/build-push-ghcr/commit.js

class History {
    #run;
    #processes;
    #signal;
    constructor(run, processes, signal) {
        this.#run = run;
        this.#processes = processes;
        this.#signal = signal;
    }
    async committedAt({ pushed }) {
        const { sha } = this.#run;
        if (sha === "")
            return undefined;
        const { code, stdout } = await this.#git(commitTime(sha));
        const seconds = Number(stdout.trim());
        if (code === 0 && stdout.trim() !== "" && Number.isFinite(seconds))
            return seconds * 1000;
        const told = Date.parse(pushed.find((commit) => commit.sha === sha)?.timestamp ?? "");
        return Number.isNaN(told) ? undefined : told;
    }
    async isDescendant(commit) {
        const { sha } = this.#run;
        if (!/^[0-9a-f]{7,64}$/.test(commit) || sha === "")
            return undefined;
        if (commit === sha)
            return false;
        if ((await this.#git(hasCommit(commit))).code !== 0)
            return undefined;
        const { code } = await this.#git(isAncestor(sha, commit));
        return code === 0 ? true : code === 1 ? false : undefined;
    }
    async #git(argv) {
        const failed = { code: 255, stdout: "", stderr: "" };
        const { workspace: cwd } = this.#run;
        if (cwd === "")
            return failed;
        return this.#processes.run(argv, { cwd, signal: this.#signal }).catch(() => failed);
    }
}

// EXTERNAL MODULE: ./src/build-push-ghcr/find-buildx.js
var find_buildx = __webpack_require__(495);
// EXTERNAL MODULE: ./src/build-push-ghcr/image-name.js
var image_name = __webpack_require__(974);
;// CONCATENATED MODULE: ./src/build-push-ghcr/local-dockerfile.js




async function readDockerfile({ context, file }, workspace) {
    if (isRemote(context) && file === "")
        return undefined;
    const whole = (0,external_node_path_.resolve)(workspace, file || (0,external_node_path_.join)(context, "Dockerfile"));
    const inside = (0,external_node_path_.relative)(workspace, whole);
    const path = inside.startsWith("..") ? whole : inside;
    try {
        return { path, text: await (0,promises_.readFile)(whole, "utf8") };
    }
    catch (cause) {
        const remedy = "Check `context` and `file`, and check the repository out before this step.";
        throw new errors/* BelayError */.oT("config", `there is no Dockerfile at ${path}`, remedy, { cause });
    }
}
function isRemote(context) {
    return /^(?:[a-z][a-z0-9+.-]*:\/\/|git@|github\.com\/|-$)/i.test(context);
}
function unusedSecrets(names, { path, text }) {
    const mounted = mountedSecrets(parseDockerfile(text));
    const has = mounted.length === 0 ? "none" : mounted.join(", ");
    return names
        .filter((name) => !mounted.includes(name))
        .map((name) => `\`secrets\` gives \`${name}\`, which no RUN of ${path} mounts by that id; mounted: ${has}`);
}

;// CONCATENATED MODULE: ./src/build-push-ghcr/oci-fields.js

const namespace = "org.opencontainers.image";
const fieldNames = {
    revision: `${namespace}.revision`,
    created: `${namespace}.created`,
};
function ociFields(run, event, version, committedAt) {
    const repository = (...path) => (0,json/* textAt */.$6)(event, "repository", ...path);
    const page = run.repository === "" ? "" : `${run.server}/${run.repository}`;
    const licence = repository("license", "spdx_id");
    const fields = {
        title: repository("name") || (run.repository.split("/")[1] ?? ""),
        description: repository("description").replaceAll(/\s+/g, " "),
        url: page,
        source: page,
        version,
        created: committedAt === undefined ? "" : new Date(committedAt).toISOString(),
        revision: run.sha,
        licenses: licence === "NOASSERTION" ? "" : licence,
    };
    const known = Object.entries(fields).filter(([, value]) => value !== "");
    return known.map(([name, value]) => `${namespace}.${name}=${value}`);
}
function mergeFields(filled, own) {
    const nameOf = (field) => field.slice(0, field.indexOf("="));
    const byName = new Map([...filled, ...own].map((field) => [nameOf(field), field]));
    return [...byName.keys()].sort().flatMap((name) => byName.get(name) ?? []);
}

;// CONCATENATED MODULE: ./src/build-push-ghcr/tags/date-format.js
const token = /\[([^\]]*)\]|YYYY|YY|MM|M|DD|D|HH|H|hh|h|mm|m|ss|s|SSS|A|a|X|([A-Za-z]+)/g;
function formatDate(ms, format, timeZone) {
    const parts = partsOf(ms, timeZone);
    return format.replace(token, (whole, literal, unknown) => {
        if (literal !== undefined)
            return literal;
        if (unknown !== undefined)
            throw new RangeError(`\`${unknown}\` is no letter of a date format`);
        return part(whole, parts, ms);
    });
}
function partsOf(ms, timeZone) {
    const format = new Intl.DateTimeFormat("en-US", {
        timeZone,
        hourCycle: "h23",
        ...{ year: "numeric", month: "2-digit", day: "2-digit" },
        ...{ hour: "2-digit", minute: "2-digit", second: "2-digit" },
    });
    return new Map(format.formatToParts(ms).map(({ type, value }) => [type, value]));
}
function part(letters, parts, ms) {
    const of = (type) => parts.get(type) ?? "";
    const short = (text) => String(Number(text));
    const hour = Number(of("hour"));
    const twelve = String(hour % 12 === 0 ? 12 : hour % 12);
    const texts = {
        ...{ YYYY: of("year"), YY: of("year").slice(-2) },
        ...{ MM: of("month"), M: short(of("month")), DD: of("day"), D: short(of("day")) },
        ...{ HH: of("hour"), H: String(hour), hh: twelve.padStart(2, "0"), h: twelve },
        ...{ mm: of("minute"), m: short(of("minute")), ss: of("second"), s: short(of("second")) },
        SSS: String(((ms % 1000) + 1000) % 1000).padStart(3, "0"),
        ...{ A: hour < 12 ? "AM" : "PM", a: hour < 12 ? "am" : "pm" },
        X: String(Math.floor(ms / 1000)),
    };
    return texts[letters] ?? "";
}

;// CONCATENATED MODULE: ./src/build-push-ghcr/tags/expression.js

const expression = /\{\{\{?\s*([A-Za-z_]+)(?:\s+(?:'([^']*)'|"([^"]*)"))?(?:\s+tz\s*=\s*(?:'([^']*)'|"([^"]*)"))?\s*\}\}\}?/g;
function fill(text, values) {
    const filled = text.replace(expression, (whole, name) => {
        const value = Object.hasOwn(values, name) ? values[name] : undefined;
        if (value === undefined)
            throw unknown(whole);
        return value;
    });
    if (text.replace(expression, "").includes("{{"))
        throw unknown(text);
    return filled;
}
function fillGlobal(text, facts) {
    const values = globals(facts);
    const dated = text.replace(expression, (whole, name, a, b, c, d) => {
        if (name !== "date" && name !== "commit_date")
            return whole;
        const format = a ?? b;
        if (format === undefined)
            throw new RangeError(`\`${whole}\` names no format`);
        return formatDate(momentOf(name, facts), format, c ?? d ?? "UTC");
    });
    return fill(dated, values);
}
function momentOf(name, { now, committedAt }) {
    if (name === "date")
        return now;
    if (committedAt === undefined)
        throw new RangeError("nobody knows the commit's time: check the repository out before");
    return committedAt;
}
function globals(facts) {
    const isDefault = isDefaultBranch(facts);
    return {
        branch: branchOf(facts) ?? "",
        tag: gitTagOf(facts) ?? "",
        sha: facts.sha.slice(0, 7),
        base_ref: facts.baseRef,
        is_default_branch: String(isDefault),
        is_not_default_branch: String(!isDefault),
    };
}
function branchOf({ ref }) {
    return /^refs\/heads\/(.+)$/.exec(ref)?.[1];
}
function gitTagOf({ ref }) {
    return /^refs\/tags\/(.+)$/.exec(ref)?.[1];
}
function isDefaultBranch(facts) {
    const branch = facts.ref.replace(/^refs\/heads\//, "");
    if (branch === "")
        return false;
    return (branch === facts.defaultBranch || /create|discussion|issues|schedule/.test(facts.eventName));
}
function unknown(text) {
    return new RangeError(`\`${text}\` is no expression that a tag can hold here`);
}

// EXTERNAL MODULE: ./src/build-push-ghcr/tags/rule.js
var tags_rule = __webpack_require__(693);
;// CONCATENATED MODULE: ./src/build-push-ghcr/tags/version.js
const number = "(0|[1-9]\\d*)";
const identifier = "(?:0|[1-9]\\d*|\\d*[a-zA-Z-][0-9a-zA-Z-]*)";
const semantic = new RegExp(`^\\s*[v=]*\\s*${number}\\.${number}\\.${number}(?:-(${identifier}(?:\\.${identifier})*))?(?:\\+[0-9A-Za-z-]+(?:\\.[0-9A-Za-z-]+)*)?\\s*$`);
function parseSemver(text) {
    const [, major, minor, patch, prerelease = ""] = semantic.exec(text) ?? [];
    if (major === undefined || minor === undefined || patch === undefined)
        return undefined;
    const main = `${major}.${minor}.${patch}`;
    const version = prerelease === "" ? main : `${main}-${prerelease}`;
    return { raw: text, version, major, minor, patch, prerelease };
}
function parsePep440(text) {
    const found = pep440.exec(text)?.groups;
    if (found === undefined)
        return undefined;
    const { epoch, release = "", pre, preNumber, post, postNumber, postOnly, dev, devNumber } = found;
    const numbers = release.split(".").map((part) => String(Number(part)));
    const [major = "0", minor = "0", patch = "0"] = numbers;
    const special = (pre === undefined ? "" : `${shortNames[pre.toLowerCase()] ?? pre}${count(preNumber)}`) +
        (post === undefined && postOnly === undefined ? "" : `.post${count(postOnly ?? postNumber)}`) +
        (dev === undefined ? "" : `.dev${count(devNumber)}`);
    const local = found["local"]?.toLowerCase().replaceAll(/[-_]/g, ".");
    const start = epoch === undefined || Number(epoch) === 0 ? "" : `${String(Number(epoch))}!`;
    const version = `${start}${numbers.join(".")}${special}${local === undefined ? "" : `+${local}`}`;
    return { raw: text, version, major, minor, patch, prerelease: special };
}
const shortNames = {
    alpha: "a",
    a: "a",
    beta: "b",
    b: "b",
    c: "rc",
    rc: "rc",
    pre: "rc",
    preview: "rc",
};
const pep440 = /^\s*v?(?:(?<epoch>\d+)!)?(?<release>\d+(?:\.\d+)*)(?:[-_.]?(?<pre>alpha|a|beta|b|preview|pre|c|rc)[-_.]?(?<preNumber>\d+)?)?(?:-(?<postOnly>\d+)|[-_.]?(?<post>post|rev|r)[-_.]?(?<postNumber>\d+)?)?(?:[-_.]?(?<dev>dev)[-_.]?(?<devNumber>\d+)?)?(?:\+(?<local>[a-z0-9]+(?:[-_.][a-z0-9]+)*))?\s*$/i;
function count(digits) {
    return String(Number(digits ?? "0"));
}

;// CONCATENATED MODULE: ./src/build-push-ghcr/tags/tag-names.js



function tagNames(rules, flavor, facts) {
    const warnings = [];
    const tags = new Map();
    let latest;
    for (const rule of rules.toSorted((a, b) => b.priority - a.priority)) {
        const found = isEnabled(rule, facts) ? apply(rule, facts) : undefined;
        if (typeof found === "string")
            warnings.push(found);
        if (found === undefined || typeof found === "string")
            continue;
        const name = validTag(dressed(found.value, rule, flavor, facts));
        if (name === "")
            continue;
        if (!tags.has(name))
            tags.set(name, found.kind ?? kindOf(name));
        latest ??= flavor.latest === "auto" ? (found.latest ?? false) : flavor.latest === "true";
    }
    if (latest === true)
        addLatest(tags, flavor, facts);
    return { tags: [...tags].map(([name, kind]) => ({ name, kind })), warnings };
}
function addLatest(tags, flavor, facts) {
    const prefix = flavor.prefixLatest ? flavor.prefix : "";
    const suffix = flavor.suffixLatest ? flavor.suffix : "";
    const name = validTag(fillGlobal(`${prefix}latest${suffix}`, facts));
    if (!tags.has(name))
        tags.set(name, "moving");
}
function isEnabled({ enable }, facts) {
    const enabled = fillGlobal(enable, facts);
    if (enabled !== "true" && enabled !== "false")
        throw new RangeError(`\`enable=${enabled}\` is neither true nor false`);
    return enabled === "true";
}
function apply(rule, facts) {
    switch (rule.type) {
        case "schedule":
            return facts.eventName === "schedule" ? { value: fillGlobal(rule.value, facts) } : undefined;
        case "semver":
        case "pep440":
            return applyVersion(rule, facts);
        case "match":
            return applyMatch(rule, facts);
        case "edge":
            return branchOf(facts) === (rule.branch || facts.defaultBranch)
                ? { value: "edge" }
                : undefined;
        case "ref":
            return applyRef(rule.event, facts);
        case "raw":
            return { value: fillGlobal(rule.value, facts) };
        case "sha":
            return facts.sha === ""
                ? undefined
                : { value: rule.format === "long" ? facts.sha : facts.sha.slice(0, 7), kind: "commit" };
    }
}
function applyRef(event, facts) {
    const value = {
        branch: branchOf(facts),
        tag: gitTagOf(facts),
        pr: /^refs\/pull\/(.+?)(?:\/merge)?$/.exec(facts.ref)?.[1],
    }[event];
    return value === undefined ? undefined : { value, latest: event === "tag" };
}
function subject({ value }, facts) {
    return value === "" ? gitTagOf(facts) : fillGlobal(value, facts);
}
function applyVersion(rule, facts) {
    const given = subject(rule, facts);
    if (given === undefined)
        return undefined;
    const matched = rule.match === "" ? given : (0,tags_rule/* patternOf */.I)(rule.match)?.exec(given)?.[1];
    const text = (matched ?? given).replaceAll("/", "-");
    const version = rule.type === "semver" ? parseSemver(text) : parsePep440(text);
    if (version === undefined)
        return `${text} is no version by ${rule.type}, so type=${rule.type} gives no tag`;
    const isRaw = /^\{\{\s*raw\s*\}\}$/.test(rule.pattern);
    if (version.prerelease !== "")
        return { value: isRaw ? version.raw : version.version, kind: "version" };
    const kind = /\{\{\s*(?:raw|version|patch)\s*\}\}/.test(rule.pattern) ? "version" : "moving";
    return { value: fill(rule.pattern, { ...version }), kind, latest: true };
}
function applyMatch(rule, facts) {
    const given = subject(rule, facts);
    if (given === undefined)
        return undefined;
    const found = (0,tags_rule/* patternOf */.I)(rule.pattern)?.exec(given);
    if (found === undefined || found === null)
        return `${rule.pattern} does not match ${given}, so type=match gives no tag`;
    const value = found[rule.group];
    return value === undefined
        ? `${rule.pattern} has no group ${String(rule.group)} in ${given}, so type=match gives no tag`
        : { value, latest: true };
}
function dressed(value, rule, flavor, facts) {
    if (value === "")
        return "";
    const [prefix, suffix] = [rule.prefix ?? flavor.prefix, rule.suffix ?? flavor.suffix];
    return `${fillGlobal(prefix, facts)}${value}${fillGlobal(suffix, facts)}`;
}
function validTag(text) {
    return text
        .replace(/[^a-zA-Z0-9._-]+/g, "-")
        .replace(/^[.-]+/, "")
        .slice(0, 128);
}
function kindOf(name) {
    return parseSemver(name) === undefined ? "moving" : "version";
}

;// CONCATENATED MODULE: ./src/build-push-ghcr/plan.js






function planOf(inputs, facts) {
    const { run, event, committedAt } = facts;
    const image = imageOf(inputs);
    const about = tagFacts(facts);
    const { tags, warnings } = filled("tags", () => tagNames(inputs.tagging.rules, inputs.tagging.flavor, about));
    const fields = ociFields(run, event, tags[0]?.name ?? "", committedAt);
    const own = (lines, name) => filled(name, () => lines.map((line) => fillGlobal(line, about)));
    const level = inputs.platforms.length > 1 ? "index:" : "manifest:";
    return {
        ...{ image, tags, warnings, committedAt },
        push: isPushed(inputs.push, run.eventName),
        login: loginOf(inputs, image, run),
        labels: mergeFields(fields, own(inputs.labels, "labels")),
        annotations: mergeFields(fields, own(inputs.annotations, "annotations")).map((line) => /^(?:index|manifest)(?:-descriptor)?(?:\[[^\]]*\])?:/.test(line) ? line : `${level}${line}`),
    };
}
function isPushed(push, eventName) {
    return push === "auto" ? !eventName.startsWith("pull_request") : push === "true";
}
function imageOf({ image }) {
    const name = (0,image_name/* parseImageName */["if"])(image);
    if (name !== undefined)
        return name;
    throw new errors/* BelayError */.oT("config", "`image` is no name of an image", "Correct `image`.");
}
function loginOf(inputs, image, { actor }) {
    const token = (0,image_name/* isGitHub */.Wz)(image) ? inputs.githubToken : "";
    const password = inputs.password || token;
    return password === "" ? undefined : { username: inputs.username || actor, password };
}
function tagFacts({ run, event, now, committedAt }) {
    const base = (0,json/* textAt */.$6)(event, "pull_request", "base", "ref");
    const from = (0,json/* textAt */.$6)(event, "base_ref").replace(/^refs\/heads\//, "");
    return {
        ...{ ref: run.ref, sha: run.sha, eventName: run.eventName, now, committedAt },
        defaultBranch: (0,json/* textAt */.$6)((0,json/* memberAt */.mz)(event, "repository"), "default_branch"),
        baseRef: run.ref.startsWith("refs/tags/") ? from : base,
    };
}
function filled(input, body) {
    try {
        return body();
    }
    catch (failure) {
        if (!(failure instanceof RangeError))
            throw failure;
        const remedy = "The README lists what a tag can be made of.";
        throw new errors/* BelayError */.oT("config", `\`${input}\`: ${failure.message}`, remedy);
    }
}

// EXTERNAL MODULE: ./src/build-push-ghcr/registry/registry.js + 3 modules
var registry_registry = __webpack_require__(59);
// EXTERNAL MODULE: ./src/build-push-ghcr/saved-state.js
var saved_state = __webpack_require__(906);
;// CONCATENATED MODULE: ./src/build-push-ghcr/site.js













async function prepare(inputs, course, platform) {
    const { run, log, clock, random, signal } = platform;
    const world = await platform.reach();
    const history = new History(run, world.processes, signal);
    const plan = await makePlan(inputs, history, platform);
    course.plan = plan;
    const dockerfile = await readDockerfile(inputs, run.workspace);
    const names = inputs.secrets.map(({ name }) => name);
    for (const one of dockerfile === undefined ? [] : unusedSecrets(names, dockerfile))
        log.warning(one);
    const login = plan.login ?? (await (0,client_config/* storedLogin */.dT)(plan.image, world.docker));
    if (login !== undefined)
        course.secrets = [...course.secrets, login.password];
    const line = { http: world.http, clock, random, signal, retries: inputs.retries };
    const registry = new registry_registry/* Registry */.O(plan.image, login, line);
    const scratch = await makeScratch(platform);
    const env = plan.login === undefined
        ? {}
        : await (0,client_config/* writeClientConfig */.fr)(scratch, plan.image, plan.login, world.docker);
    const buildx = await (0,find_buildx.findBuildx)(world.docker);
    const runBuildx = (words) => world.processes.run([...buildx, ...words], { env, signal });
    const [builder] = await Promise.all([
        findBuilder(inputs, plan, platform, runBuildx),
        plan.push ? registry.checkLogin() : undefined,
    ]);
    const places = { scratch, layout: (0,external_node_path_.join)(scratch, "layout"), cwd: run.workspace || "." };
    const known = { inputs, plan, platform, world, history, login, registry };
    return { ...known, ...places, ...{ buildx, builder, env, dockerfile } };
}
async function makePlan(inputs, history, { run, event, clock, log }) {
    const payload = await event();
    const committedAt = await history.committedAt(eventFacts(payload));
    const plan = planOf(inputs, { run, event: payload, now: clock.now(), committedAt });
    for (const warning of plan.warnings)
        log.warning(warning);
    return plan;
}
async function makeScratch({ run, saveState }) {
    const folder = (0,external_node_path_.join)(run.temp, `belay-build-${(0,external_node_crypto_.randomUUID)()}`);
    saveState(saved_state/* savedState */.f.scratch, folder);
    await (0,promises_.mkdir)(folder, { mode: 0o700 });
    return folder;
}
async function findBuilder({ builder: name }, { image }, { run, saveState, log }, runBuildx) {
    const nameOwn = () => {
        const own = `belay-${run.number || "0"}-${(0,external_node_crypto_.randomUUID)().slice(0, 8)}`;
        saveState(saved_state/* savedState */.f.builder, own);
        log.info(`check: the driver docker cannot push without a tag, so the builder ${own} is made`);
        return own;
    };
    const wish = { name, hostNetwork: (0,image_name/* isLoopback */.U9)(image), nameOwn };
    return (0,builder/* chooseBuilder */.Z)(wish, runBuildx);
}

;// CONCATENATED MODULE: ./src/build-push-ghcr/image/digest.js

function digestOf(bytes) {
    return `sha256:${(0,external_node_crypto_.createHash)("sha256").update(bytes).digest("hex")}`;
}

;// CONCATENATED MODULE: ./src/build-push-ghcr/tagging/age.js




async function originOf(source, image) {
    const told = fieldsAt(image.document, "annotations");
    if (told.revision !== "")
        return told;
    const [child] = (0,media_types/* isIndex */.nw)(image.mediaType) ? platformsIn(image.document) : [];
    const manifest = child === undefined ? image : await source.manifest(child);
    const config = (0,json/* memberAt */.mz)(manifest?.document, "config");
    const digest = (0,json/* textAt */.$6)(config, "digest");
    if (digest === "")
        return told;
    const labels = await source.json({ digest, size: Number((0,json/* memberAt */.mz)(config, "size") ?? 0) });
    return fieldsAt((0,json/* memberAt */.mz)(labels, "config"), "Labels");
}
function fieldsAt(value, name) {
    return {
        revision: (0,json/* textAt */.$6)(value, name, fieldNames.revision),
        created: (0,json/* textAt */.$6)(value, name, fieldNames.created),
    };
}
async function isYounger({ revision, created }, { history, committedAt }) {
    const known = await history.isDescendant(revision);
    if (known !== undefined)
        return known;
    const theirs = Date.parse(created);
    if (Number.isNaN(theirs) || committedAt === undefined)
        return undefined;
    return theirs > committedAt;
}
function childrenOf({ document }) {
    return itemsOf(memberAt(document, "manifests")).map((one) => textAt(one, "digest"));
}

;// CONCATENATED MODULE: ./src/build-push-ghcr/tagging/put-tags.js



async function putTags(image, wish, registry, clock) {
    const tagging = new Tagging(image, wish, registry, clock);
    try {
        await tagging.keep();
        for (const kind of ["commit", "version"])
            for (const { name } of wish.tags.filter((tag) => tag.kind === kind))
                await tagging.fix(name, kind);
        for (const { name } of wish.tags.filter((tag) => tag.kind === "moving"))
            await tagging.move(name);
        await tagging.settle();
        return tagging.result(undefined);
    }
    catch (failure) {
        return tagging.result((0,errors/* asBelayError */._q)(failure));
    }
}
const mostNames = 9;
const shortestPauseMs = 50;
const put_tags_longestPauseMs = 500;
class Tagging {
    #image;
    #digest;
    #wish;
    #registry;
    #clock;
    #on = [];
    #moved = [];
    #skipped = new Map();
    #slowestMoveMs = 0;
    constructor(image, wish, registry, clock) {
        this.#image = image;
        this.#digest = digestOf(image.bytes);
        this.#wish = wish;
        this.#registry = registry;
        this.#clock = clock;
    }
    result(failure) {
        const error = failure && this.#withWhatIsOn(failure);
        return { on: this.#on, skipped: this.#skipped, failure: error };
    }
    async keep() {
        const { sha, runNumber } = this.#wish;
        if (sha === "")
            return;
        const base = `sha-${sha}`;
        const second = runNumber === "" ? base : `${base}-${runNumber}`;
        const more = Array.from({ length: mostNames }, (_, at) => `${second}-${String(at + 2)}`);
        for (const name of new Set([base, second, ...more])) {
            const there = await this.#registry.manifest(name);
            if (there !== undefined && !this.#isOurs(there))
                continue;
            if (there === undefined)
                await this.#registry.putTag(name, this.#image);
            this.#on.push(name);
            return;
        }
    }
    async fix(name, kind) {
        if (this.#on.includes(name))
            return;
        const there = await this.#registry.manifest(name);
        if (there !== undefined && !this.#isOurs(there) && !this.#wish.overwrite) {
            const digest = digestOf(there.bytes);
            if (kind === "version")
                throw taken(name, digest);
            this.#skipped.set(name, `it names ${digest} already`);
            return;
        }
        if (there === undefined || !this.#isOurs(there))
            await this.#registry.putTag(name, this.#image);
        this.#on.push(name);
    }
    async move(name) {
        if (this.#on.includes(name))
            return;
        const begun = this.#clock.monotonic();
        const there = await this.#registry.manifest(name);
        const isOurs = there !== undefined && this.#isOurs(there);
        if (there !== undefined && !isOurs) {
            const origin = await originOf(this.#registry, there);
            if ((await isYounger(origin, this.#wish.age)) === true) {
                const of = origin.revision === "" ? "" : `, of ${origin.revision.slice(0, 7)}`;
                this.#skipped.set(name, `a younger commit has it${of}`);
                return;
            }
        }
        if (!isOurs) {
            await this.#registry.putTag(name, this.#image);
            this.#moved.push(name);
        }
        this.#on.push(name);
        this.#slowestMoveMs = Math.max(this.#slowestMoveMs, this.#clock.monotonic() - begun);
    }
    async settle() {
        if (this.#moved.length === 0)
            return;
        const pauseMs = Math.max(shortestPauseMs, 3 * this.#slowestMoveMs);
        await this.#clock.sleep(Math.min(put_tags_longestPauseMs, pauseMs));
        for (const name of this.#moved) {
            const there = await this.#registry.manifest(name);
            if (there === undefined || this.#isOurs(there))
                continue;
            const origin = await originOf(this.#registry, there);
            if ((await isYounger(origin, this.#wish.age)) === false && origin.revision !== this.#wish.sha)
                await this.#registry.putTag(name, this.#image);
        }
    }
    #isOurs({ bytes }) {
        return digestOf(bytes) === this.#digest;
    }
    #withWhatIsOn(failure) {
        const on = this.#on.length === 0 ? "no tag is on" : `on are ${this.#on.join(", ")}`;
        return new errors/* BelayError */.oT(failure.code, `${failure.message}; ${on}`, failure.remedy, {
            cause: failure.cause,
        });
    }
}
function taken(name, digest) {
    const remedy = "Release the change under a new version, or set `overwrite: true`.";
    return new errors/* BelayError */.oT("image-refused", `the version ${name} names ${digest} already`, remedy);
}

;// CONCATENATED MODULE: ./src/build-push-ghcr/tag-image.js


async function tagImage(digest, site, course) {
    const { inputs, plan, platform, history, registry } = site;
    const { run, clock, log } = platform;
    const image = await registry.manifest(digest);
    if (image === undefined) {
        const remedy = "Have clean-ups of untagged images spare those younger than a day.";
        throw new errors/* BelayError */.oT("image-refused", `${digest} was deleted before it got a tag`, remedy);
    }
    const wish = {
        ...{ tags: plan.tags, sha: run.sha, runNumber: run.number, overwrite: inputs.overwrite },
        age: { history, committedAt: plan.committedAt },
    };
    const tagged = await putTags(image, wish, registry, clock);
    course.tagged = tagged;
    for (const [name, why] of tagged.skipped)
        log.warning(`the tag ${name} stays where it is: ${why}`);
    if (tagged.failure !== undefined)
        throw tagged.failure;
}

;// CONCATENATED MODULE: ./src/build-push-ghcr/operate.js




async function operate(inputs, course, timeline, platform) {
    const site = await timeline.step("check", () => prepare(inputs, course, platform));
    const digest = await timeline.step("build", () => buildImage(site, course));
    await timeline.step("measure", () => measureImage(digest, site, course));
    if (inputs.scan.scanner !== "off") {
        const { scanImage } = await __webpack_require__.e(/* import() */ 548).then(__webpack_require__.bind(__webpack_require__, 548));
        await timeline.step("scan", () => scanImage(site, course));
    }
    if (site.plan.push)
        await timeline.step("tag", () => tagImage(digest, site, course));
}


/***/ }),

/***/ 17:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   b: () => (/* binding */ mayPass),
/* harmony export */   x: () => (/* binding */ refusal)
/* harmony export */ });
/* harmony import */ var _kit_errors_js__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(858);
/* harmony import */ var _kit_json_js__WEBPACK_IMPORTED_MODULE_2__ = __webpack_require__(727);
/* harmony import */ var _kit_one_line_js__WEBPACK_IMPORTED_MODULE_3__ = __webpack_require__(544);
/* harmony import */ var _image_name_js__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(974);




function mayPass(status) {
    return status === 408 || status === 429 || status >= 500;
}
function refusal(given) {
    const { status, image, asked } = given;
    const words = wordsOf(given.body);
    const message = `${String(status)} from ${image.registry} when asked to ${asked}${words && `: ${words}`}`;
    const { code, remedy } = explain(given);
    return new _kit_errors_js__WEBPACK_IMPORTED_MODULE_0__/* .BelayError */ .oT(code, message, remedy);
}
function explain(given) {
    const { status, image, body } = given;
    if (/MANIFEST_BLOB_UNKNOWN|BLOB_UNKNOWN/.test(body) && status < 500)
        return { code: "image-refused", remedy: childGone };
    const known = remedies[status];
    if (known !== undefined)
        return known(given);
    return status >= 500
        ? { code: "service-failed", remedy: `Run the job again when ${image.registry} works.` }
        : { code: "registry-denied", remedy: "Check `image` and the registry's own log." };
}
const childGone = "A part of the image was deleted between push and tag. Have clean-ups of untagged images spare those younger than a day, and run the job again.";
const remedies = {
    401: ({ image, username }) => ({
        code: "registry-denied",
        remedy: username === ""
            ? `Give \`username\` and \`password\`: nobody has logged in to ${image.registry}.`
            : `Check \`username\` (${username}) and \`password\`: the registry does not know them, or the token has run out.`,
    }),
    403: ({ image }) => ({
        code: "registry-denied",
        remedy: (0,_image_name_js__WEBPACK_IMPORTED_MODULE_1__/* .isGitHub */ .Wz)(image)
            ? `This token lacks \`packages: write\` (give the job \`permissions: packages: write\`), or the package belongs to another repository: link it under ${packagePage(image)}, "Manage Actions access".`
            : `Give the user of \`username\` the right to push to ${image.repository}.`,
    }),
    404: ({ image }) => ({
        code: "registry-denied",
        remedy: `Check \`image\`: ${image.registry} has no ${image.repository}, or hides it from this login. Some registries want it made first.`,
    }),
    413: ({ image }) => ({
        code: "registry-denied",
        remedy: `A layer is larger than ${image.registry}, or a proxy in front of it, takes: split the layer, or raise the limit (nginx: \`client_max_body_size\`).`,
    }),
    429: ({ image, username }) => ({
        code: "service-failed",
        remedy: username === ""
            ? `Log in with \`username\` and \`password\`: ${image.registry} lets more pass from a login.`
            : `Run the job again later: ${image.registry} limits how much one login may ask.`,
    }),
};
function packagePage({ registry, repository }) {
    const [owner = "", ...rest] = repository.split("/");
    const host = registry === "ghcr.io" ? "github.com" : registry.replace(/^containers\./, "");
    const name = encodeURIComponent(rest.join("/"));
    return `https://${host}/${owner} (Packages, ${decodeURIComponent(name)}, Package settings)`;
}
function wordsOf(body) {
    const [first] = (0,_kit_json_js__WEBPACK_IMPORTED_MODULE_2__/* .itemsOf */ .S3)((0,_kit_json_js__WEBPACK_IMPORTED_MODULE_2__/* .memberAt */ .mz)((0,_kit_json_js__WEBPACK_IMPORTED_MODULE_2__/* .parseJson */ .qF)(body), "errors"));
    const words = [(0,_kit_json_js__WEBPACK_IMPORTED_MODULE_2__/* .textAt */ .$6)(first, "code"), (0,_kit_json_js__WEBPACK_IMPORTED_MODULE_2__/* .textAt */ .$6)(first, "message")].filter((one) => one !== "");
    const text = words.length > 0 ? words.join(", ") : /^\s*[<{]/.test(body) ? "" : body;
    return (0,_kit_one_line_js__WEBPACK_IMPORTED_MODULE_3__/* .oneLine */ .T)(text, 200);
}


/***/ }),

/***/ 59:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {


// EXPORTS
__webpack_require__.d(__webpack_exports__, {
  O: () => (/* binding */ Registry),
  w: () => (/* binding */ basicOf)
});

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

// EXTERNAL MODULE: ./src/kit/errors.js
var errors = __webpack_require__(858);
// EXTERNAL MODULE: ./src/kit/json.js
var json = __webpack_require__(727);
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

// EXTERNAL MODULE: ./src/build-push-ghcr/image-name.js
var image_name = __webpack_require__(974);
// EXTERNAL MODULE: ./src/build-push-ghcr/image/media-types.js
var media_types = __webpack_require__(775);
;// CONCATENATED MODULE: ./src/build-push-ghcr/registry/challenge.js
function parseChallenge(header) {
    if (/^\s*basic\b/i.test(header))
        return { scheme: "basic" };
    if (!/^\s*bearer\b/i.test(header))
        return undefined;
    const fields = new Map([...header.matchAll(/(\w+)="([^"]*)"/g)].map(([, name = "", value = ""]) => [
        name.toLowerCase(),
        value,
    ]));
    const realm = fields.get("realm") ?? "";
    return URL.canParse(realm)
        ? { scheme: "bearer", realm, service: fields.get("service") ?? "" }
        : undefined;
}

// EXTERNAL MODULE: ./src/build-push-ghcr/registry/refusal.js
var refusal = __webpack_require__(17);
;// CONCATENATED MODULE: ./src/build-push-ghcr/registry/registry.js








const patienceMs = 60_000;
const mostRenewals = 3;
const longestManifest = 4 * 2 ** 20;
const mostRedirects = 3;
class Registry {
    #image;
    #login;
    #line;
    #base;
    #authorization;
    constructor(image, login, line) {
        this.#image = image;
        this.#login = login;
        this.#line = line;
        const host = image.registry === "docker.io" ? "registry-1.docker.io" : image.registry;
        this.#base = `${(0,image_name/* isLoopback */.U9)(image) ? "http" : "https"}://${host}/v2/`;
    }
    async checkLogin() {
        const answer = await this.#ask({ path: "", asked: "log in", fine: [200, 404] });
        if (answer.status === 404)
            throw this.#refusal(answer, "log in: it is no registry");
    }
    async manifest(reference) {
        const answer = await this.#ask({
            path: this.#path(`manifests/${reference}`),
            headers: { accept: media_types/* manifestTypes */.Fm.join(", ") },
            maxBodyBytes: longestManifest,
            asked: `read ${this.#image.repository}:${reference}`,
            fine: [200, 404],
        });
        if (answer.status === 404)
            return undefined;
        const bytes = answer.bytes ?? new TextEncoder().encode(answer.body);
        const document = (0,json/* parseJson */.qF)(answer.body);
        const told = (0,json/* textAt */.$6)(document, "mediaType");
        return { bytes, document, mediaType: told || (answer.headers["content-type"] ?? "") };
    }
    async json(blob) {
        const answer = await this.#ask({
            path: this.#path(`blobs/${blob.digest}`),
            maxBodyBytes: longestManifest,
            asked: `read the configuration of ${this.#image.repository}`,
            fine: [200],
        });
        return (0,json/* parseJson */.qF)(answer.body);
    }
    async lastBytes(blob, count) {
        const answer = await this.#ask({
            path: this.#path(`blobs/${blob.digest}`),
            headers: { range: `bytes=${String(blob.size - count)}-${String(blob.size - 1)}` },
            maxBodyBytes: count + 1,
            asked: `read the end of a layer of ${this.#image.repository}`,
            fine: [200, 206, 416],
        });
        const whole = answer.status === 206 && answer.bytes?.byteLength === count;
        return whole ? answer.bytes : undefined;
    }
    async putTag(tag, { bytes, mediaType }) {
        await this.#ask({
            method: "PUT",
            path: this.#path(`manifests/${tag}`),
            headers: { "content-type": mediaType },
            body: bytes,
            asked: `put the tag ${tag} on ${this.#image.repository}`,
            fine: [200, 201, 202],
        });
    }
    #path(rest) {
        return `${this.#image.repository}/${rest}`;
    }
    #ask(question) {
        const { clock, random, signal, retries } = this.#line;
        let tries = 0;
        const attempt = async (timeoutMs) => {
            const ended = await this.#try(question, timeoutMs);
            tries += 1;
            if ("failure" in ended && tries > retries)
                throw ended.failure;
            return ended;
        };
        return persist(attempt, {
            deadline: new Deadline(clock, clock.monotonic(), patienceMs),
            sleep: (ms, given) => clock.sleep(ms, given),
            ...{ random, signal },
        });
    }
    async #try(question, timeoutMs) {
        try {
            let answer = await this.#send(question, timeoutMs);
            for (let renewals = 0; answer.status === 401 && renewals < mostRenewals; renewals += 1)
                answer = await this.#sendAnew(question, answer, timeoutMs);
            return this.#judge(question, answer);
        }
        catch (failure) {
            if (failure instanceof errors/* BelayError */.oT)
                throw failure;
            if (this.#line.signal.aborted)
                throw (0,errors/* cancelled */.KW)();
            return { failure: this.#unreachable(failure) };
        }
    }
    #judge(question, answer) {
        if (question.fine.includes(answer.status))
            return { value: answer };
        const failure = this.#refusal(answer, question.asked);
        if (!(0,refusal/* mayPass */.b)(answer.status))
            throw failure;
        const afterMs = retryAfterMs(answer.headers["retry-after"], this.#line.clock.now());
        return afterMs === undefined ? { failure } : { failure, afterMs };
    }
    async #sendAnew(question, refused, timeoutMs) {
        this.#authorization = this.#authorize(refused, timeoutMs);
        this.#authorization.catch(() => (this.#authorization = undefined));
        if ((await this.#authorization) === "")
            return refused;
        return this.#send(question, timeoutMs);
    }
    async #send(question, timeoutMs) {
        const authorization = (await this.#authorization) ?? "";
        const { method = "GET", body, headers, maxBodyBytes } = question;
        const request = {
            url: `${this.#base}${question.path}`,
            ...{ method, timeoutMs, signal: this.#line.signal },
            headers: { ...headers, ...(authorization !== "" && { authorization }) },
            ...(body !== undefined && { body }),
            ...(maxBodyBytes !== undefined && { maxBodyBytes }),
        };
        return this.#follow(request);
    }
    async #follow(first) {
        let request = first;
        for (let hop = 0;; hop += 1) {
            const answer = await this.#line.http.request(request);
            const to = answer.headers["location"];
            const moved = [301, 302, 303, 307, 308].includes(answer.status) && to !== undefined;
            if (!moved || first.method === "PUT" || hop === mostRedirects)
                return answer;
            request = redirected(request, to);
        }
    }
    async #authorize(refused, timeoutMs) {
        const challenge = parseChallenge(refused.headers["www-authenticate"] ?? "");
        const basic = this.#login === undefined ? "" : basicOf(this.#login);
        if (challenge === undefined)
            return "";
        if (challenge.scheme === "basic")
            return basic;
        const url = new URL(challenge.realm);
        url.searchParams.set("service", challenge.service);
        const rights = this.#login === undefined ? "pull" : "pull,push";
        url.searchParams.set("scope", `repository:${this.#image.repository}:${rights}`);
        const answer = await this.#line.http.request({
            url: url.href,
            headers: basic === "" ? {} : { authorization: basic },
            ...{ timeoutMs, signal: this.#line.signal },
        });
        if (answer.status !== 200) {
            if ((0,refusal/* mayPass */.b)(answer.status))
                throw new Error(`${String(answer.status)} instead of a token`);
            throw this.#refusal(answer, "log in");
        }
        const document = (0,json/* parseJson */.qF)(answer.body);
        const token = (0,json/* textAt */.$6)(document, "token") || (0,json/* textAt */.$6)(document, "access_token");
        return token === "" ? "" : `Bearer ${token}`;
    }
    #refusal({ status, body }, asked) {
        const username = this.#login?.username ?? "";
        return (0,refusal/* refusal */.x)({ status, body, image: this.#image, asked, username });
    }
    #unreachable(cause) {
        const { registry } = this.#image;
        const why = cause instanceof Error ? cause.message : String(cause);
        const remedy = `Check \`image\`, whether ${registry} works, and HTTPS_PROXY where the runner needs a proxy.`;
        return new errors/* BelayError */.oT("host-unreachable", `${registry} cannot be reached: ${why}`, remedy, {
            cause,
        });
    }
}
function redirected({ url, headers = {}, ...rest }, location) {
    const to = new URL(location, url);
    const { authorization, ...others } = headers;
    const same = to.origin === new URL(url).origin && authorization !== undefined;
    return { ...rest, url: to.href, headers: same ? { ...others, authorization } : others };
}
function basicOf({ username, password }) {
    return `Basic ${Buffer.from(`${username}:${password}`).toString("base64")}`;
}


/***/ }),

/***/ 873:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   IK: () => (/* binding */ inspectBuilder),
/* harmony export */   Ij: () => (/* binding */ createBuilder),
/* harmony export */   Sq: () => (/* binding */ ociLayout),
/* harmony export */   g6: () => (/* binding */ startBuilder),
/* harmony export */   iq: () => (/* binding */ removeBuilder),
/* harmony export */   jq: () => (/* binding */ build),
/* harmony export */   xU: () => (/* binding */ dockerBuildx),
/* harmony export */   xx: () => (/* binding */ parseBuilder),
/* harmony export */   yw: () => (/* binding */ pushByDigest)
/* harmony export */ });
const dockerBuildx = ["docker", "buildx"];
function build(request) {
    const { platforms, target, secrets, file } = request;
    return [
        ...["build", "--builder", request.builder, "--progress", "rawjson"],
        ...(file === "" ? [] : ["--file", file]),
        ...(target === "" ? [] : ["--target", target]),
        ...(platforms.length === 0 ? [] : ["--platform", platforms.join(",")]),
        ...each("--label", request.labels),
        ...each("--annotation", request.annotations),
        ...each("--build-arg", request.buildArgs),
        ...each("--secret", secrets.map(({ id, variable }) => `id=${id},env=${variable}`)),
        ...each("--cache-from", request.cacheFrom),
        ...each("--cache-to", request.cacheTo),
        ...[`--provenance=${request.provenance}`, `--sbom=${request.sbom}`],
        ...["--output", request.output, "--metadata-file", request.metadataFile],
        ...["--", request.context],
    ];
}
function pushByDigest(image, options) {
    const where = `type=image,name=${image},push-by-digest=true,name-canonical=true,push=true`;
    return `${where},${imageOptions(options)}`;
}
function ociLayout(folder, options) {
    return csv(["type=oci", `dest=${folder}`, "tar=false", imageOptions(options)]);
}
function imageOptions({ rewriteTimestamps }) {
    return `oci-mediatypes=true${rewriteTimestamps ? ",rewrite-timestamp=true" : ""}`;
}
function inspectBuilder(name) {
    return ["inspect", ...(name === "" ? [] : [name])];
}
function parseBuilder(output) {
    const field = (name) => new RegExp(`^${name}:[ \\t]+(\\S.*)$`, "m").exec(output)?.[1]?.trim() ?? "";
    return { name: field("Name"), driver: field("Driver"), error: field("Error") };
}
function createBuilder(name, { hostNetwork }) {
    const network = hostNetwork ? ["--driver-opt", "network=host"] : [];
    const driver = ["--driver", "docker-container", ...network];
    return ["create", "--name", name, ...driver];
}
function startBuilder(name) {
    return ["inspect", "--bootstrap", name];
}
function removeBuilder(name) {
    return ["rm", "--force", name];
}
function each(option, values) {
    return values.flatMap((value) => [option, value]);
}
function csv(fields) {
    const quoted = fields
        .slice(0, -1)
        .map((field) => (/[,"]/.test(field) ? `"${field.replaceAll('"', '""')}"` : field));
    return [...quoted, ...fields.slice(-1)].join(",");
}


/***/ })

};
