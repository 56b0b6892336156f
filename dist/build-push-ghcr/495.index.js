export const id = 495;
export const ids = [495];
export const modules = {

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
