export const id = 144;
export const ids = [144];
export const modules = {

/***/ 8925:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   K: () => (/* binding */ excerpt)
/* harmony export */ });
/* harmony import */ var _kit_one_line_js__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(4544);

function excerpt(text, max) {
    return (0,_kit_one_line_js__WEBPACK_IMPORTED_MODULE_0__/* .oneLine */ .T)(text.slice(0, 4096), max).replaceAll("##[", "## [");
}


/***/ }),

/***/ 7620:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   F9: () => (/* binding */ found),
/* harmony export */   Nh: () => (/* binding */ openAnswer),
/* harmony export */   Zk: () => (/* binding */ gravest),
/* harmony export */   b6: () => (/* binding */ textOf)
/* harmony export */ });
/* harmony import */ var _excerpt_js__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(8925);

const bodyCharacters = 160;
function found(state, reason, { said, remedy } = {}) {
    return {
        state,
        reason,
        ...(said === undefined ? {} : { body: (0,_excerpt_js__WEBPACK_IMPORTED_MODULE_0__/* .excerpt */ .K)(said, bodyCharacters) }),
        ...(remedy === undefined ? {} : { remedy }),
    };
}
const severity = ["healthy", "degraded", "unhealthy", "hopeless"];
function gravest(all) {
    return all.reduce((worst, one) => worst === undefined || severity.indexOf(one.state) > severity.indexOf(worst.state)
        ? one
        : worst, undefined);
}
function openAnswer({ bytes }) {
    const end = bytes.indexOf(0x0a);
    if (end < 0)
        return undefined;
    return { head: textOf(bytes.subarray(0, end)), rest: bytes.subarray(end + 1) };
}
function textOf(bytes) {
    return new TextDecoder().decode(bytes);
}


/***/ }),

/***/ 3144:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {


// EXPORTS
__webpack_require__.d(__webpack_exports__, {
  operate: () => (/* binding */ operate)
});

// EXTERNAL MODULE: ./src/kit/deadline.js
var kit_deadline = __webpack_require__(5697);
// EXTERNAL MODULE: ./src/kit/json.js
var json = __webpack_require__(5727);
// EXTERNAL MODULE: ./src/kit/errors.js
var errors = __webpack_require__(9858);
// EXTERNAL MODULE: ./src/kit/one-line.js
var one_line = __webpack_require__(4544);
;// CONCATENATED MODULE: ./src/k8s-rollout/cluster/api-failure.js



class ApiFailure extends Error {
    name = "ApiFailure";
    status;
    reason;
    causes;
    constructor(answer) {
        const body = (0,json/* parseJson */.qF)(answer.body);
        super((0,one_line/* oneLine */.T)((0,json/* textAt */.$6)(body, "message") || answer.body || `status ${answer.status}`, 1500));
        this.status = answer.status;
        this.reason = (0,json/* textAt */.$6)(body, "reason");
        this.causes = (0,json/* itemsOf */.S3)((0,json/* memberAt */.mz)(body, "details", "causes")).map((cause) => ({
            reason: (0,json/* textAt */.$6)(cause, "reason"),
            field: (0,json/* textAt */.$6)(cause, "field"),
            message: (0,json/* textAt */.$6)(cause, "message"),
        }));
    }
}
function isStatus(failure, status) {
    return failure instanceof ApiFailure && failure.status === status;
}
function isNoNamespace(failure) {
    return isStatus(failure, 404) && failure.message.startsWith("namespaces ");
}
function noNamespace(what, namespace, cause) {
    const remedy = "Create it, or put it into `manifests`; a dry run makes none.";
    return new errors/* BelayError */.oT("config", `${what}the namespace ${namespace} does not exist`, remedy, {
        cause,
    });
}
function apiError(what, failure) {
    if (failure instanceof errors/* BelayError */.oT)
        return failure;
    if (!(failure instanceof ApiFailure)) {
        const why = failure instanceof Error ? failure.message : String(failure);
        const remedy = "Check that the runner reaches the cluster, and the server in the kubeconfig.";
        return new errors/* BelayError */.oT("host-unreachable", `${what}: ${why}`, remedy, { cause: failure });
    }
    const { code, remedy } = kindOf(failure);
    return new errors/* BelayError */.oT(code, `${what}: ${failure.message}`, remedy, { cause: failure });
}
function kindOf({ status, reason, message }) {
    if (status === 401)
        return {
            code: "cluster-denied",
            remedy: "The login has expired or is none of this cluster's: renew it, or `kubeconfig`.",
        };
    if (status === 403 && message.includes("exceeded quota"))
        return { code: "command-failed", remedy: "Raise the quota, or delete what is not needed." };
    if (status === 403)
        return {
            code: "cluster-denied",
            remedy: "Give the user of the kubeconfig the rights of docs/kubernetes-role.yaml in this namespace.",
        };
    if (message.startsWith(loginFailed))
        return {
            code: "cluster-denied",
            remedy: "Install the login plug-in that the kubeconfig names in a step before this one.",
        };
    if (isUnreached(status, reason))
        return {
            code: "host-unreachable",
            remedy: "Check that the runner reaches the cluster, and the server in the kubeconfig.",
        };
    return { code: "command-failed", remedy: "Correct what the API server names." };
}
const loginFailed = "getting credentials";
function isUnreached(status, reason) {
    return [502, 503, 504].includes(status) || (status === 500 && reason === "");
}
function isAway(answer) {
    if (answer.status < 400 || answer.body.startsWith(loginFailed))
        return false;
    const { status, reason } = new ApiFailure(answer);
    return status === 429 || isUnreached(status, reason);
}

;// CONCATENATED MODULE: ./src/k8s-rollout/cluster/discovery.js


const known = {
    "authorization.k8s.io/v1": [review("SelfSubjectAccessReview"), review("SelfSubjectRulesReview")],
    "coordination.k8s.io/v1": [{ kind: "Lease", name: "leases", namespaced: true }],
};
function review(kind) {
    return { kind, name: `${kind.toLowerCase()}s`, namespaced: false };
}
class Discovery {
    #get;
    #lists = new Map();
    constructor(get) {
        this.#get = get;
    }
    forget() {
        this.#lists.clear();
    }
    async resource({ apiVersion, kind, }) {
        const ours = known[apiVersion]?.find((one) => one.kind === kind);
        if (ours !== undefined)
            return ours;
        const found = this.#lists.get(apiVersion) ?? this.#ask(apiVersion);
        this.#lists.set(apiVersion, found);
        return (await found).find((one) => one.kind === kind && !one.name.includes("/"));
    }
    async pathOf(object) {
        return `${await this.collectionOf(object)}/${encodeURIComponent(object.metadata.name)}`;
    }
    async collectionOf(object) {
        const resource = await this.resource(object);
        if (resource === undefined)
            throw unknownKind(object);
        const { namespace } = object.metadata;
        const within = resource.namespaced
            ? `/namespaces/${encodeURIComponent(namespace ?? "default")}`
            : "";
        return `${groupPath(object.apiVersion)}${within}/${resource.name}`;
    }
    async #ask(apiVersion) {
        try {
            return (await this.#get(groupPath(apiVersion))).resources;
        }
        catch (failure) {
            this.#lists.delete(apiVersion);
            if (isStatus(failure, 404))
                return [];
            throw failure;
        }
    }
}
function groupPath(apiVersion) {
    return apiVersion.includes("/") ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
}
function unknownKind({ apiVersion, kind, }) {
    return new errors/* BelayError */.oT("config", `the cluster knows no ${kind} of ${apiVersion}`, "Install its CRD first, or correct `apiVersion` and `kind`.");
}

;// CONCATENATED MODULE: ./src/k8s-rollout/cluster/api.js



const fieldManager = "belay";
const mostTries = 11;
const pauseMs = 1000;
class Api {
    cluster;
    discovery;
    #clock;
    warnings = new Set();
    constructor(cluster, clock) {
        this.cluster = cluster;
        this.#clock = clock;
        this.discovery = new Discovery((path) => this.get(path));
    }
    async get(path) {
        return (await this.send({ method: "GET", path }));
    }
    async find(object) {
        return absentIfNotFound(async () => this.get(await this.discovery.pathOf(object)));
    }
    async list(path) {
        const list = await this.get(path);
        return { items: list.items ?? [], resourceVersion: list.metadata.resourceVersion };
    }
    async apply(object, { dryRun = false, force = false } = {}) {
        const query = new URLSearchParams({ fieldManager, fieldValidation: "Strict" });
        if (dryRun)
            query.set("dryRun", "All");
        if (force)
            query.set("force", "true");
        const path = `${await this.discovery.pathOf(object)}?${query.toString()}`;
        const contentType = "application/apply-patch+yaml";
        const body = JSON.stringify(object);
        return (await this.send({ method: "PATCH", path, body, contentType }));
    }
    async create(object) {
        const path = await this.discovery.collectionOf(object);
        return (await this.send({ method: "POST", path, body: JSON.stringify(object) }));
    }
    async replace(object) {
        const path = await this.discovery.pathOf(object);
        return (await this.send({ method: "PUT", path, body: JSON.stringify(object) }));
    }
    async mergePatch(object, patch) {
        const contentType = "application/merge-patch+json";
        const path = `${await this.discovery.pathOf(object)}?fieldManager=${fieldManager}`;
        const body = JSON.stringify(patch);
        return (await this.send({ method: "PATCH", path, body, contentType }));
    }
    async remove(object) {
        const body = JSON.stringify({ propagationPolicy: "Background" });
        await absentIfNotFound(async () => {
            const path = await this.discovery.pathOf(object);
            return this.send({ method: "DELETE", path, body });
        });
    }
    stream(path, signal) {
        return this.cluster.stream(path, signal);
    }
    async text(path) {
        return (await this.#ask({ method: "GET", path })).body;
    }
    async send(request) {
        const { body } = await this.#ask(request);
        const value = (0,json/* parseJson */.qF)(body);
        if ((0,json/* memberAt */.mz)(value, "kind") === undefined)
            throw new ApiFailure({ status: 0, body, warnings: [] });
        return value;
    }
    async #ask(request) {
        const answer = await this.#persist(request);
        for (const warning of answer.warnings)
            this.warnings.add(warning);
        if (answer.status < 200 || answer.status > 299)
            throw new ApiFailure(answer);
        return answer;
    }
    async #persist(request) {
        const tries = ["GET", "PATCH"].includes(request.method) ? mostTries : 1;
        for (let left = tries - 1;; left -= 1) {
            try {
                const answer = await this.cluster.request(request);
                if (left === 0 || !isAway(answer))
                    return answer;
            }
            catch (failure) {
                if (left === 0)
                    throw failure;
            }
            await this.#clock.sleep(pauseMs, request.signal);
        }
    }
}
async function absentIfNotFound(body) {
    try {
        return await body();
    }
    catch (failure) {
        if (isStatus(failure, 404))
            return undefined;
        throw failure;
    }
}

// EXTERNAL MODULE: ./src/ports/http.js
var http = __webpack_require__(4777);
;// CONCATENATED MODULE: ./src/k8s-rollout/explain-failure.js



function explain(failure, signal) {
    if (signal.aborted)
        return signal.reason instanceof errors/* BelayError */.oT ? signal.reason : (0,errors/* cancelled */.KW)();
    if (failure instanceof ApiFailure || failure instanceof http/* NoAnswer */.W)
        return apiError("the cluster refused", failure);
    return (0,errors/* asBelayError */._q)(failure);
}

// EXTERNAL MODULE: ./src/kit/input-problem.js
var input_problem = __webpack_require__(7659);
;// CONCATENATED MODULE: ./src/k8s-rollout/context.js




function contextOf({ code, stdout, stderr }, isGiven) {
    const config = (0,json/* parseJson */.qF)(stdout);
    const name = (0,json/* textAt */.$6)(config, "current-context");
    if (code !== 0 || name === "")
        throw isGiven ? noContext(stderr) : nothingGiven(stderr);
    const context = (0,json/* memberAt */.mz)(config, "contexts", "0", "context");
    return {
        name,
        namespace: (0,json/* textAt */.$6)(context, "namespace") || "default",
        server: (0,json/* textAt */.$6)((0,json/* memberAt */.mz)(config, "clusters", "0"), "cluster", "server"),
    };
}
function noContext(stderr) {
    return new errors/* BelayError */.oT("cluster-denied", `the kubeconfig leads to no cluster: ${reasonOf(stderr)}`, "Give the whole of a kubeconfig, or name one of its contexts by `context`.");
}
function nothingGiven(stderr) {
    const { message, remedy } = (0,input_problem/* emptySecret */.cG)("kubeconfig", undefined);
    return new errors/* BelayError */.oT("config", `${message}; and no login before this step has left kubectl a context: ${reasonOf(stderr)}`, remedy);
}
function reasonOf(stderr) {
    return (0,one_line/* oneLine */.T)(stderr.replace(/^error: /i, ""), 300) || "it names no current context";
}

// EXTERNAL MODULE: external "node:fs/promises"
var promises_ = __webpack_require__(1455);
// EXTERNAL MODULE: external "node:path"
var external_node_path_ = __webpack_require__(6760);
;// CONCATENATED MODULE: ./src/k8s-rollout/manifests/read-manifests.js




const kustomizations = ["kustomization.yaml", "kustomization.yml", "Kustomization"];
const isManifest = /\.(?:ya?ml|json)$/;
async function readManifests(patterns, workspace, kustomize) {
    const { parseManifests } = await Promise.all(/* import() */[__webpack_require__.e(936), __webpack_require__.e(803)]).then(__webpack_require__.bind(__webpack_require__, 8803));
    const manifests = [];
    const problems = [];
    for (const pattern of patterns) {
        const texts = await textsOf(pattern, workspace, kustomize);
        if (texts.length === 0)
            problems.push(nothingThere(pattern));
        for (const { name, text } of texts) {
            const parsed = parseManifests(text, name);
            manifests.push(...parsed.manifests);
            problems.push(...parsed.problems);
        }
    }
    const [first, ...also] = problems;
    if (first !== undefined)
        throw new errors/* BelayError */.oT("config", first.message, first.remedy, { also });
    return manifests;
}
async function textsOf(pattern, workspace, kustomize) {
    const path = (0,external_node_path_.resolve)(workspace, pattern);
    const found = await (0,promises_.stat)(path).catch(() => undefined);
    if (found?.isFile() === true)
        return [await readNamed(path, workspace)];
    if (found?.isDirectory() !== true)
        return matching(pattern, workspace);
    const names = (await (0,promises_.readdir)(path)).sort();
    if (names.some((name) => kustomizations.includes(name)))
        return [await built(path, pattern, kustomize)];
    const files = names.filter((name) => isManifest.test(name)).map((name) => (0,external_node_path_.join)(path, name));
    return Promise.all(files.map((file) => readNamed(file, workspace)));
}
async function matching(pattern, workspace) {
    const found = (0,promises_.glob)(pattern, { cwd: workspace, withFileTypes: true });
    const files = [];
    for await (const entry of found)
        if (entry.isFile())
            files.push((0,external_node_path_.join)(entry.parentPath, entry.name));
    return Promise.all(files.sort().map((file) => readNamed(file, workspace)));
}
async function readNamed(path, workspace) {
    return { name: (0,external_node_path_.relative)(workspace, path), text: await (0,promises_.readFile)(path, "utf8") };
}
async function built(folder, name, kustomize) {
    const { code, stdout, stderr } = await kustomize(folder);
    if (code === 0)
        return { name, text: stdout };
    const why = (0,one_line/* oneLine */.T)(stderr.replace(/^error: /i, ""), 500);
    const remedy = "Correct the kustomization: `kubectl kustomize` on the folder says the same.";
    throw new errors/* BelayError */.oT("config", `${name} cannot be built: ${why}`, remedy);
}
function nothingThere(pattern) {
    const remedy = "Check the path, relative to the checkout, and that a step before checks it out.";
    return new errors/* BelayError */.oT("config", `\`manifests\`: nothing matches ${pattern}`, remedy);
}

// EXTERNAL MODULE: external "node:buffer"
var external_node_buffer_ = __webpack_require__(4573);
// EXTERNAL MODULE: external "node:zlib"
var external_node_zlib_ = __webpack_require__(8522);
;// CONCATENATED MODULE: ./src/k8s-rollout/record/release-store.js




const mark = {
    set: "belay.dev/set",
    number: "belay.dev/release",
    state: "belay.dev/state",
};
const note = {
    cause: "kubernetes.io/change-cause",
    run: "belay.dev/run",
    parts: "belay.dev/parts",
    revisions: "belay.dev/revisions",
};
const partBytes = 700_000;
const kept = 5;
class ReleaseStore {
    #api;
    #namespace;
    #set;
    constructor(api, namespace, set) {
        this.#api = api;
        this.#namespace = namespace;
        this.#set = set;
    }
    async list() {
        const selector = encodeURIComponent(`${mark.set}=${this.#set},${mark.number}`);
        const path = `/api/v1/namespaces/${encodeURIComponent(this.#namespace)}/secrets`;
        const { items } = await this.#api.list(`${path}?labelSelector=${selector}`);
        return items.map(entryOf).toSorted((a, b) => b.number - a.number);
    }
    async read(number) {
        const first = await this.#api.find(this.#name(number));
        const count = Number(first?.metadata.annotations?.[note.parts] ?? 0);
        const parts = [first];
        while (parts.length < count)
            parts.push(await this.#api.find(this.#name(number, parts.length)));
        const bytes = parts.map((part) => external_node_buffer_.Buffer.from(part?.data?.["release"] ?? "", "base64"));
        return decode(external_node_buffer_.Buffer.concat(bytes), number);
    }
    async open(release) {
        const bytes = (0,external_node_zlib_.gzipSync)(JSON.stringify(release));
        const count = Math.max(1, Math.ceil(bytes.length / partBytes));
        for (let part = count - 1; part > 0; part -= 1)
            await this.#api.create(this.#secret(release, { part, count, bytes }));
        await this.#api.create(this.#secret(release, { part: 0, count, bytes }));
    }
    async setState(number, state, revisions = []) {
        const annotations = { [note.revisions]: revisions.join(" ") };
        await this.#api.mergePatch(this.#name(number), {
            metadata: {
                labels: { [mark.state]: state },
                ...(revisions.length > 0 && { annotations }),
            },
        });
    }
    async prune() {
        const all = await this.list();
        const healthy = all.find(({ state }) => state === "healthy");
        const old = all.slice(kept).filter((entry) => entry !== healthy);
        for (const { number } of old) {
            const first = await this.#api.find(this.#name(number));
            const count = Number(first?.metadata.annotations?.[note.parts] ?? 1);
            for (let part = 0; part < count; part += 1)
                await this.#api.remove(this.#name(number, part));
        }
    }
    #name(number, part = 0) {
        const name = `belay.${this.#set}.${number}${part === 0 ? "" : `.${part}`}`;
        return { apiVersion: "v1", kind: "Secret", metadata: { name, namespace: this.#namespace } };
    }
    #secret(release, { part, count, bytes, }) {
        const { metadata, ...rest } = this.#name(release.number, part);
        const data = bytes.subarray(part * partBytes, (part + 1) * partBytes).toString("base64");
        const numbered = { [mark.number]: String(release.number), [mark.state]: "open" };
        const labels = { [mark.set]: this.#set, ...(part === 0 && numbered) };
        const annotations = {
            [note.parts]: String(count),
            [note.cause]: release.changeCause,
            [note.run]: release.runUrl,
        };
        const secret = { type: "belay.dev/release", data: { release: data } };
        return { ...rest, metadata: { ...metadata, labels, annotations }, ...secret };
    }
}
function entryOf({ metadata }) {
    return {
        number: Number(metadata.labels?.[mark.number] ?? 0),
        state: (metadata.labels?.[mark.state] ?? "open"),
        createdAt: metadata.creationTimestamp ?? "",
        changeCause: metadata.annotations?.[note.cause] ?? "",
        runUrl: metadata.annotations?.[note.run] ?? "",
    };
}
function decode(bytes, number) {
    let text;
    try {
        text = (0,external_node_zlib_.gunzipSync)(bytes).toString();
    }
    catch (cause) {
        throw damaged(number, cause);
    }
    const release = (0,json/* parseJson */.qF)(text);
    if (release === undefined)
        throw damaged(number, undefined);
    if (release.version !== 1)
        throw new errors/* BelayError */.oT("config", `release ${number} was recorded by a newer Belay`, "Use the version of the action that made it, or a newer one.");
    return release;
}
function damaged(number, cause) {
    return new errors/* BelayError */.oT("rollback-failed", `the record of release ${number} is incomplete`, "Somebody changed its Secrets (`kubectl get secrets -l belay.dev/set`): choose another `release`.", { cause });
}

;// CONCATENATED MODULE: ./src/k8s-rollout/cluster/objects.js
function nameOf({ kind, metadata }) {
    return `${kind.toLowerCase()}/${metadata.name}`;
}
function identityOf({ apiVersion, kind, metadata }) {
    const [group = ""] = apiVersion.includes("/") ? apiVersion.split("/") : [""];
    return [group, kind, metadata.namespace ?? "", metadata.name].join("/");
}
function isOwnedBy({ metadata }, uid) {
    return metadata.ownerReferences?.some((owner) => owner.uid === uid) ?? false;
}
function conditionOf(conditions, type) {
    return conditions?.find((condition) => condition.type === type);
}

// EXTERNAL MODULE: ./src/k8s-rollout/cluster/workloads.js
var workloads = __webpack_require__(1706);
;// CONCATENATED MODULE: ./src/k8s-rollout/manifests/compare.js

const bookkeeping = [
    "managedFields",
    "resourceVersion",
    "generation",
    "creationTimestamp",
    "uid",
    "selfLink",
    "annotations",
];
const ownMarks = /^(?:belay\.dev\/(?:commit|run|release)|kubernetes\.io\/change-cause|kubectl\.kubernetes\.io\/last-applied-configuration|deployment\.kubernetes\.io\/revision)$/;
function differences(from, to) {
    return leavesThatDiffer("", from === undefined ? undefined : plain(from), plain(to));
}
function plain(object) {
    const metadata = Object.entries(object.metadata).filter(([name]) => !bookkeeping.includes(name));
    const rest = { ...object };
    delete rest.status;
    return {
        ...rest,
        metadata: { ...Object.fromEntries(metadata), ...withoutMarks(object) },
    };
}
function withoutMarks({ metadata }) {
    const kept = Object.entries(metadata.annotations ?? {}).filter(([name]) => !ownMarks.test(name));
    return kept.length === 0 ? {} : { annotations: Object.fromEntries(kept) };
}
function leavesThatDiffer(path, from, to) {
    if (isTree(from) && isTree(to)) {
        const keys = new Set([...keysOf(from), ...keysOf(to)]);
        return [...keys].flatMap((key) => leavesThatDiffer(join(path, key), at(from, key), at(to, key)));
    }
    return canonical(from) === canonical(to) ? [] : [{ path, from, to }];
}
function isTree(value) {
    return typeof value === "object" && value !== null;
}
function keysOf(tree) {
    if (!Array.isArray(tree))
        return Object.keys(tree);
    return tree.map((item, index) => {
        const name = (0,json/* memberAt */.mz)(item, "name");
        return typeof name === "string" ? `[name=${name}]` : `[${index}]`;
    });
}
function at(tree, key) {
    if (!Array.isArray(tree))
        return (0,json/* memberAt */.mz)(tree, key);
    const index = keysOf(tree).indexOf(key);
    return index === -1 ? undefined : tree[index];
}
function join(path, key) {
    return path === "" || key.startsWith("[") ? `${path}${key}` : `${path}.${key}`;
}
function canonical(value) {
    return JSON.stringify(value, (_, member) => isTree(member) && !Array.isArray(member)
        ? Object.fromEntries(Object.entries(member).sort(([a], [b]) => (a < b ? -1 : 1)))
        : member);
}

;// CONCATENATED MODULE: ./src/k8s-rollout/apply-objects.js





const atOnce = 8;
async function applyObjects(objects, site) {
    const changed = [];
    for (const group of ofOneKind(objects)) {
        site.signal.throwIfAborted();
        const ended = await Promise.allSettled(group.map((one) => applyOne(one, site)));
        for (const one of ended)
            if (one.status === "rejected")
                throw one.reason;
        changed.push(...ended.flatMap((one) => (one.status === "fulfilled" ? one.value : [])));
    }
    return changed;
}
function ofOneKind(objects) {
    const groups = [];
    for (const one of objects) {
        const last = groups.at(-1);
        const joins = last?.[0]?.object.kind === one.object.kind && last.length < atOnce;
        if (joins)
            last.push(one);
        else
            groups.push([one]);
    }
    return groups;
}
async function applyOne(one, site) {
    const { object, live } = one;
    const result = await accepted(one, site);
    if (live !== undefined && isSame(live, result))
        return [];
    site.log.info(`apply: ${nameOf(object)} ${live === undefined ? "created" : "changed"}`);
    return (0,workloads/* isWorkload */.gv)(result) ? [result] : [];
}
function isSame(live, result) {
    const before = live.metadata.generation;
    return before === undefined
        ? differences(live, result).length === 0
        : result.metadata.generation === before;
}
async function accepted({ object, force }, site) {
    try {
        return await site.api.apply(object, { force });
    }
    catch (failure) {
        const { code, message, remedy } = apiError(`${nameOf(object)} was refused`, failure);
        throw new errors/* BelayError */.oT(code, message, remedy, { cause: failure });
    }
}

// EXTERNAL MODULE: ./src/kit/escape-markdown.js
var escape_markdown = __webpack_require__(8094);
;// CONCATENATED MODULE: ./src/k8s-rollout/cause-box.js

const mostLines = 20;
const longestLine = 300;
function causeBox(cause, evidence) {
    const { events, logs } = evidence ?? { events: [], logs: [] };
    const parts = [
        [`**${(0,escape_markdown/* escapeMarkdown */.F)(cause)}**`],
        ...(events.length === 0 ? [] : [events.map((event) => `- ${(0,escape_markdown/* escapeMarkdown */.F)(event)}`)]),
        ...logs.map(({ title, text }) => [`${(0,escape_markdown/* escapeMarkdown */.F)(title)}:`, "", ...fenced(text)]),
    ];
    const lines = parts.flatMap((part) => ["", ...part]).slice(1);
    return ["[!CAUTION]", ...lines].map((line) => `> ${line}`.trimEnd()).join("\n");
}
function fenced(text) {
    const lines = text
        .trimEnd()
        .split(/\r\n|[\r\n]/)
        .slice(-mostLines);
    const longest = Math.max(2, ...[...text.matchAll(/`+/g)].map(([marks]) => marks.length));
    const fence = "`".repeat(longest + 1);
    return [`${fence}text`, ...lines.map((line) => line.slice(0, longestLine)), fence];
}

;// CONCATENATED MODULE: ./src/k8s-rollout/manifests/order.js

const first = [
    "Namespace",
    "CustomResourceDefinition",
    "PriorityClass",
    "StorageClass",
    "ResourceQuota",
    "LimitRange",
    "NetworkPolicy",
    "ServiceAccount",
    "ClusterRole",
    "ClusterRoleBinding",
    "Role",
    "RoleBinding",
    "Secret",
    "ConfigMap",
    "PersistentVolume",
    "PersistentVolumeClaim",
    "Service",
];
const last = [
    "PodDisruptionBudget",
    "DaemonSet",
    "StatefulSet",
    "Deployment",
    "Pod",
    "ReplicaSet",
    "Job",
    "CronJob",
    "HorizontalPodAutoscaler",
    "Ingress",
    "APIService",
];
function inOrder(all) {
    return all.toSorted((a, b) => rank(a.object) - rank(b.object));
}
const phaseMark = "belay.dev/phase";
function isPredeploy({ metadata }) {
    return (metadata.annotations?.[phaseMark] ?? metadata.labels?.[phaseMark]) === "predeploy";
}
function isGround({ kind }) {
    return kind === "Namespace" || kind === "CustomResourceDefinition";
}
function isConfig(object) {
    return !(0,workloads/* isWorkload */.gv)(object) && rank(object) <= first.length;
}
function rank({ kind }) {
    if (first.includes(kind))
        return first.indexOf(kind);
    return last.includes(kind) ? first.length + 1 + last.indexOf(kind) : first.length;
}

;// CONCATENATED MODULE: ./src/k8s-rollout/manifests/config-names.js


function configNames(template) {
    const found = new Map();
    for (const one of named(template)) {
        const key = `${one.kind}/${one.name}`;
        const optional = one.optional && found.get(key)?.optional !== false;
        if (one.name !== "")
            found.set(key, { ...one, optional });
    }
    return [...found.keys()].sort().flatMap((key) => found.get(key) ?? []);
}
function named(template) {
    const ofContainers = (0,workloads/* containersOf */.Mz)(template?.spec).flatMap((container) => [
        ...(0,json/* itemsOf */.S3)(container["envFrom"]).flatMap((source) => [
            nameAt("ConfigMap", (0,json/* memberAt */.mz)(source, "configMapRef")),
            nameAt("Secret", (0,json/* memberAt */.mz)(source, "secretRef")),
        ]),
        ...(0,json/* itemsOf */.S3)(container["env"]).flatMap((variable) => [
            nameAt("ConfigMap", (0,json/* memberAt */.mz)(variable, "valueFrom", "configMapKeyRef")),
            nameAt("Secret", (0,json/* memberAt */.mz)(variable, "valueFrom", "secretKeyRef")),
        ]),
    ]);
    const ofVolumes = (0,json/* itemsOf */.S3)(template?.spec?.["volumes"]).flatMap((volume) => [
        nameAt("ConfigMap", (0,json/* memberAt */.mz)(volume, "configMap")),
        nameAt("Secret", (0,json/* memberAt */.mz)(volume, "secret"), "secretName"),
        ...(0,json/* itemsOf */.S3)((0,json/* memberAt */.mz)(volume, "projected", "sources")).flatMap((source) => [
            nameAt("ConfigMap", (0,json/* memberAt */.mz)(source, "configMap")),
            nameAt("Secret", (0,json/* memberAt */.mz)(source, "secret")),
        ]),
    ]);
    return [...ofContainers, ...ofVolumes];
}
function nameAt(kind, source, member = "name") {
    return { kind, name: (0,json/* textAt */.$6)(source, member), optional: (0,json/* memberAt */.mz)(source, "optional") === true };
}

;// CONCATENATED MODULE: ./src/k8s-rollout/pod-secrets.js

async function notePodSecrets(template, namespace, { api, secrets }) {
    const named = configNames(template).filter(({ kind }) => kind === "Secret");
    const noted = named.map(async ({ kind, name }) => {
        const secret = { apiVersion: "v1", kind, metadata: { name, namespace } };
        secrets.note(await api.find(secret).catch(() => undefined));
    });
    await Promise.all(noted);
}

;// CONCATENATED MODULE: ./src/k8s-rollout/job-logs.js




const logLines = 200;
const logBytes = 65_536;
async function showJobLogs(job, site) {
    const { kind, metadata } = job;
    const { api, log } = site;
    const namespace = metadata.namespace ?? site.namespace;
    const selector = encodeURIComponent(`batch.kubernetes.io/job-name=${metadata.name}`);
    const base = `/api/v1/namespaces/${namespace}/pods`;
    try {
        await notePodSecrets((0,json/* memberAt */.mz)(job, "spec", "template"), namespace, site);
        const { items } = await api.list(`${base}?labelSelector=${selector}`);
        for (const pod of items.slice(-2)) {
            for (const { name } of (0,workloads/* containersOf */.Mz)(pod.spec)) {
                const query = `container=${name}&tailLines=${logLines}&limitBytes=${logBytes}`;
                const text = await api.text(`${base}/${pod.metadata.name}/log?${query}`).catch(() => "");
                if (text.trim() === "")
                    continue;
                log.startGroup(`log of ${nameOf({ kind, metadata })}, ${name}`);
                log.output(`${site.secrets.redact(text.trimEnd())}\n`);
                log.endGroup();
            }
        }
    }
    catch {
        log.info(`the log of ${nameOf({ kind, metadata })} cannot be read`);
    }
}

;// CONCATENATED MODULE: ./src/k8s-rollout/predeploy.js





const lookMs = 500;
const goneMs = 60_000;
async function runPredeploy(objects, site) {
    for (const one of objects) {
        const isJob = one.object.kind === "Job";
        if (isJob && one.live !== undefined)
            await removeAndWait(one.object, site);
        await applyObjects([{ ...one, live: isJob ? undefined : one.live }], site);
        if (isJob)
            await jobDone(one.object, "command-failed", site);
    }
}
async function jobDone(job, code, site) {
    const name = nameOf(job);
    for (;;) {
        const live = await site.api.find(job);
        const conditions = (0,json/* memberAt */.mz)(live, "status", "conditions");
        const isTrue = (type) => conditionOf(conditions, type)?.status === "True";
        if (isTrue("Complete"))
            break;
        const failed = conditionOf(conditions, "Failed");
        if (failed?.status === "True") {
            await showJobLogs(job, site);
            const why = [failed.reason, failed.message].filter(Boolean).join(", ");
            const remedy = "Look at its log lines, above; nothing of the workloads has changed.";
            throw new errors/* BelayError */.oT(code, `${name} failed: ${why}`, remedy);
        }
        if (live === undefined)
            throw new errors/* BelayError */.oT(code, `${name} was deleted while it ran`, "Deploy again.");
        if (site.deadline.leftMs() === 0) {
            await showJobLogs(job, site);
            const remedy = "Look at `kubectl describe` of it; `timeout` waits longer.";
            throw new errors/* BelayError */.oT(code, `${name} did not end in time`, remedy);
        }
        await site.clock.sleep(lookMs, site.signal);
    }
    await showJobLogs(job, site);
    site.log.info(`${name} succeeded`);
}
async function removeAndWait(job, site) {
    await site.api.remove(job);
    const until = site.clock.monotonic() + goneMs;
    while ((await site.api.find(job)) !== undefined) {
        if (site.clock.monotonic() > until)
            throw new errors/* BelayError */.oT("command-failed", `${nameOf(job)} of the last deploy does not go away`, "Look at its finalizers and its pods, and delete it.");
        await site.clock.sleep(lookMs / 5, site.signal);
    }
}

;// CONCATENATED MODULE: ./src/k8s-rollout/prune.js

const neverPruned = [
    "PersistentVolumeClaim",
    "PersistentVolume",
    "Namespace",
    "CustomResourceDefinition",
];
async function pruneLeftOut(release, previous, site) {
    const kept = new Set(release.objects.map(identityOf));
    const gone = (previous?.objects ?? []).filter((object) => !kept.has(identityOf(object)));
    for (const object of gone.toReversed()) {
        if (neverPruned.includes(object.kind)) {
            site.log.notice(`${nameOf(object)} is no longer among the manifests; it is never deleted`);
            continue;
        }
        await site.api.remove(object);
        site.log.info(`prune: ${nameOf(object)} deleted: it is no longer among the manifests`);
    }
}

// EXTERNAL MODULE: ./src/kit/duration.js
var duration = __webpack_require__(1429);
;// CONCATENATED MODULE: ./src/k8s-rollout/rollout-section.js




function rolloutSection(rolled, before) {
    if (rolled.length === 0)
        return "";
    return [
        ...(before === undefined ? [] : [titleOf(before), ""]),
        "| Workload | Result | Images | Ready after | Took |",
        "| --- | --- | --- | ---: | ---: |",
        ...rolled.map((one) => row(one, before?.objects ?? [])),
    ].join("\n");
}
function titleOf({ from, to }) {
    return from === 0 ? `To release ${to}:` : `From release ${from} to release ${to}:`;
}
function row({ judge, standing, readyAfterMs, tookMs, timedOut }, before) {
    const { workload } = judge;
    const images = imagesFrom(before.find((one) => identityOf(one) === identityOf(workload)), workload);
    const result = timedOut ? "not ready in time" : standing.state;
    const why = standing.trouble === undefined ? "" : `: ${standing.trouble.line}`;
    const ready = readyAfterMs === undefined ? "–" : (0,duration/* formatDuration */.a)(readyAfterMs);
    const cells = [nameOf(workload), `${result}${why}`, images.join("\n")].map(escape_markdown/* escapeMarkdown */.F);
    return `| ${[...cells, ready, (0,duration/* formatDuration */.a)(tookMs)].join(" | ")} |`;
}
function imagesFrom(was, workload) {
    const old = new Map(imagesOf(was));
    return imagesOf(workload).map(([name, image]) => {
        const before = old.get(name) ?? image;
        return before === image ? shortImage(image) : `${shortImage(before)} → ${shortImage(image)}`;
    });
}
function imagesOf(object) {
    const spec = object === undefined ? undefined : (0,workloads/* templateOf */.kW)(object)?.spec;
    return (0,workloads/* containersOf */.Mz)(spec).map(({ name, image }) => [name, image ?? ""]);
}
function shortImage(image) {
    return image.replace(/(@sha256:[0-9a-f]{12})[0-9a-f]+/, "$1…");
}

;// CONCATENATED MODULE: ./src/k8s-rollout/rollout/cause.js



const remedies = {
    refused: "Correct the manifest: it can never start as it is written.",
    config: "Create what is missing, or correct its name; what comes late is waited for (`config-grace`).",
    image: "Check that the image was pushed, and that the pod's `imagePullSecrets` may pull it.",
    crash: "Look at the container's last log lines, above.",
    unschedulable: "Give the nodes room, or ask for less; `schedule-grace` waits longer.",
    quota: "Raise the quota or lower the requests; a rolling update needs room for one pod more.",
    waiting: "Look at the events and log lines, above; `timeout` waits longer.",
};
function rolloutError(rolled, hint = "") {
    const worst = worstOf(rolled);
    if (worst === undefined)
        return undefined;
    const { standing, timedOut } = worst;
    if (standing.state === "superseded")
        return new errors/* BelayError */.oT("superseded", lineOf(worst), "Find out who changed it (`kubectl get --show-managed-fields`); what they have put stays.");
    const remedy = remedies[standing.trouble?.kind ?? "waiting"];
    return new errors/* BelayError */.oT(timedOut ? "gate-timeout" : "gate-failed", `${lineOf(worst)}${hint}`, remedy);
}
function worstOf(rolled) {
    return (rolled.find(({ standing }) => standing.state === "superseded") ??
        rolled.find(({ standing }) => standing.state === "failed") ??
        rolled.find(({ timedOut, standing }) => timedOut && standing.trouble !== undefined) ??
        rolled.find(({ timedOut }) => timedOut));
}
function lineOf({ judge, standing, timedOut, tookMs }) {
    const { workload } = judge;
    const { name } = workload.metadata;
    if (standing.state === "superseded")
        return `${nameOf(workload)}: ${standing.line}`;
    const what = standing.trouble?.line ?? standing.line;
    return timedOut
        ? `${name}: not ready after ${(0,duration/* formatDuration */.a)(tookMs)}: ${what}`
        : `${name}: ${what}`;
}

;// CONCATENATED MODULE: ./src/k8s-rollout/rollout/listening.js


const patienceMs = 5000;
async function portHint({ standing: { trouble } }, view, cluster) {
    const { pod: podName, container, line = "" } = trouble ?? {};
    if (!/probe .*connection refused/.test(line))
        return "";
    const pod = [...view.pods.values()].find(({ metadata }) => metadata.name === podName);
    if (pod === undefined || container === undefined)
        return "";
    const heard = await listening(cluster, pod.metadata.namespace ?? "default", pod.metadata.name, container);
    if (heard !== undefined)
        return heard.length === 0
            ? `; nothing listens in ${nameOf(pod)} yet`
            : `; the pod listens on ${heard.join(", ")}`;
    const spec = (0,workloads/* containersOf */.Mz)(pod.spec).find(({ name }) => name === container);
    const declared = (spec?.ports ?? []).map(({ containerPort }) => containerPort);
    return declared.length === 0 ? "" : `; the container declares ${declared.join(", ")}`;
}
async function listening(cluster, namespace, pod, container) {
    const files = ["/proc/net/tcp", "/proc/net/tcp6"];
    const argv = ["exec", "-n", namespace, pod, "-c", container, "--", "cat", ...files];
    const { stdout } = await cluster.kubectl(argv, AbortSignal.timeout(patienceMs));
    return stdout.includes("local_address") ? listeningPorts(stdout) : undefined;
}
function listeningPorts(table) {
    const listen = /^\s*\d+: ([0-9A-F]+):([0-9A-F]{4}) [0-9A-F]+:[0-9A-F]{4} 0A /gm;
    const ports = [...table.matchAll(listen)]
        .filter(([, address = ""]) => !isLoopback(address))
        .map(([, , port = ""]) => Number.parseInt(port, 16));
    return [...new Set(ports)].sort((a, b) => a - b);
}
function isLoopback(address) {
    return /^[0-9A-F]{6}7F$/.test(address) || address === "00000000000000000000000001000000";
}

;// CONCATENATED MODULE: ./src/k8s-rollout/rollout/revision.js


const revisionMark = "deployment.kubernetes.io/revision";
function newRevision(workload, view) {
    const { generation = 0 } = workload.metadata;
    if ((workload.status?.observedGeneration ?? 0) < generation)
        return undefined;
    if (workload.kind === "Deployment")
        return ofDeployment(workload, view);
    const name = workload.kind === "StatefulSet"
        ? workload.status?.updateRevision
        : newestRevision(workload, view);
    if (name === undefined)
        return undefined;
    const hash = hashOf(workload, name, view);
    const pods = podsOf(workload, view, "controller-revision-hash", hash);
    return { owner: workload, name, pods };
}
function ofDeployment(workload, view) {
    const revision = workload.metadata.annotations?.[revisionMark];
    const owner = [...view.replicaSets.values()].find((one) => isOwnedBy(one, workload.metadata.uid) &&
        one.metadata.annotations?.[revisionMark] === revision);
    if (owner === undefined || revision === undefined)
        return undefined;
    const pods = [...view.pods.values()].filter((pod) => isOwnedBy(pod, owner.metadata.uid));
    return { owner, name: owner.metadata.name, pods: pods.filter(counts) };
}
function podsOf(workload, view, label, hash) {
    return [...view.pods.values()].filter((pod) => isOwnedBy(pod, workload.metadata.uid) && pod.metadata.labels?.[label] === hash && counts(pod));
}
function hashOf({ kind }, name, view) {
    if (kind === "StatefulSet")
        return name;
    const revision = [...view.controllerRevisions.values()].find((one) => one.metadata.name === name);
    return revision?.metadata.labels?.["controller-revision-hash"] ?? name;
}
function newestRevision({ metadata }, view) {
    const all = [...view.controllerRevisions.values()].filter((one) => isOwnedBy(one, metadata.uid));
    const number = (one) => Number((0,json/* memberAt */.mz)(one, "revision") ?? 0);
    return all.toSorted((a, b) => number(b) - number(a))[0]?.metadata.name;
}
function counts({ metadata, status }) {
    if (metadata.deletionTimestamp !== undefined)
        return false;
    if (["Evicted", "Preempting", "NodeShutdown", "Terminated"].includes(status?.reason ?? ""))
        return false;
    return conditionOf(status?.conditions, "DisruptionTarget")?.status !== "True";
}

;// CONCATENATED MODULE: ./src/k8s-rollout/rollout/evidence.js





const mostEvents = 10;
const mostPods = 2;
const evidence_logLines = 40;
const evidence_logBytes = 16_384;
async function showEvidence({ judge, standing }, view, { api, log, logs, secrets, }) {
    const live = view.workloads.get(judge.workload.metadata.uid ?? "") ?? judge.workload;
    const revision = newRevision(live, view);
    const pods = worstFirst(revision?.pods ?? [], standing.trouble?.pod).slice(0, mostPods);
    const { template } = live.spec ?? {};
    const [read] = await Promise.all([
        Promise.all((logs ? pods : []).map((pod) => logsOf(pod, api))),
        notePodSecrets(template, live.metadata.namespace ?? "default", { api, secrets }),
    ]);
    const { redact } = secrets;
    const concerned = [live, ...(revision === undefined ? [] : [revision.owner]), ...pods];
    const uids = new Set(concerned.map(({ metadata }) => metadata.uid));
    const events = [...view.events.values()]
        .filter(({ type, involvedObject }) => type !== "Normal" && uids.has(involvedObject?.uid))
        .slice(-mostEvents)
        .map((event) => redact(eventLine(event)));
    log.startGroup(`events of ${nameOf(judge.workload)}`);
    for (const event of events)
        log.output(`${event}\n`);
    if (events.length === 0)
        log.output("no warnings\n");
    log.endGroup();
    const found = read.flat().map(({ title, text }) => ({ title, text: redact(text) }));
    for (const { title, text } of found) {
        log.startGroup(title);
        log.output(`${text}\n`);
        log.endGroup();
    }
    return { events, logs: found };
}
function worstFirst(pods, named) {
    return pods.toSorted((a, b) => Number(b.metadata.name === named) - Number(a.metadata.name === named));
}
function eventLine({ reason, message, count, series, involvedObject }) {
    const times = series?.count ?? count ?? 1;
    const often = times > 1 ? ` (${times} times)` : "";
    const who = `${(involvedObject?.kind ?? "").toLowerCase()}/${involvedObject?.name ?? ""}`;
    return `${who}: ${reason ?? ""}${often}: ${(0,one_line/* oneLine */.T)(message ?? "", 500)}`;
}
async function logsOf(pod, api) {
    const { initContainerStatuses = [], containerStatuses = [] } = pod.status ?? {};
    const all = [...initContainerStatuses, ...containerStatuses].filter(hasFailed);
    const found = all.map(async ({ name, lastState, state }) => {
        const previous = state?.terminated === undefined && lastState?.terminated !== undefined;
        const text = (await logOf(pod, name, previous, api)).trimEnd();
        const when = previous ? ", before its restart" : "";
        return { title: `last log lines of ${nameOf(pod)}, ${name}${when}`, text };
    });
    return (await Promise.all(found)).filter(({ text }) => text.trim() !== "");
}
function hasFailed({ ready, lastState, state }) {
    const hasRun = state?.running ?? state?.terminated ?? lastState?.terminated;
    return hasRun !== undefined && ready !== true && state?.terminated?.exitCode !== 0;
}
async function logOf(pod, container, previous, api) {
    const query = new URLSearchParams({
        container,
        tailLines: String(evidence_logLines),
        limitBytes: String(evidence_logBytes),
        ...(previous && { previous: "true" }),
    });
    const { namespace = "default", name } = pod.metadata;
    const path = `/api/v1/namespaces/${namespace}/pods/${name}/log?${query.toString()}`;
    try {
        return await api.text(path);
    }
    catch (failure) {
        if (isStatus(failure, 403))
            return "(no right to read logs: pods/log)";
        return "";
    }
}

;// CONCATENATED MODULE: ./src/k8s-rollout/rollout/owner-trouble.js



function ownerTroubles({ owner, pods }, wanted, events) {
    if (pods.length >= wanted)
        return [];
    const conditions = (0,json/* memberAt */.mz)(owner, "status", "conditions");
    const failure = conditionOf(conditions, "ReplicaFailure");
    const event = events.findLast(({ reason, involvedObject }) => involvedObject?.uid === owner.metadata.uid && reason === "FailedCreate");
    const message = failure?.status === "True" ? failure.message : event?.message;
    if (message === undefined)
        return [];
    const what = message.replace(/^.*?(?=pods? "|error looking up)/, "");
    const line = `FailedCreate, ${(0,one_line/* oneLine */.T)(what, 400)}`;
    return [{ kind: owner_trouble_kindOf(message), key: "create", line, pod: undefined, container: undefined }];
}
function owner_trouble_kindOf(message) {
    if (message.includes("exceeded quota"))
        return "quota";
    if (/looking up service account|serviceaccount "[^"]*" not found|no API token found/.test(message))
        return "config";
    if (/violates PodSecurity|is invalid: |(?:maximum|minimum) (?:cpu|memory)\b/.test(message))
        return "refused";
    return "quota";
}

;// CONCATENATED MODULE: ./src/k8s-rollout/rollout/image-answer.js
const later = /(?<![:.])\b(?:429|5\d\d)\b|too ?many ?requests|rate limit|time(?:d )?out|deadline exceeded|connection (?:refused|reset)|no such host|temporar|unexpected EOF|server misbehaving/i;
const never = /not found|manifest unknown|name unknown|does not exist|denied|unauthorized|forbidden|authorization failed|no basic auth|insufficient_scope|\b40[134]\b/i;
const names = /"[^"]*"|https?:\/\/\S+/g;
function isFinalAnswer(message) {
    const said = message.replace(names, "");
    return !later.test(said) && never.test(said);
}
function registryAnswer(message) {
    const parts = message.replace(/^Back-off pulling image "[^"]*":? ?/, "").split(": ");
    const from = parts.findIndex((part) => {
        const said = part.replace(names, "");
        return later.test(said) || never.test(said);
    });
    return parts.slice(Math.max(0, from)).join(": ");
}

;// CONCATENATED MODULE: ./src/k8s-rollout/rollout/pod-trouble.js




function podTroubles(pod, history) {
    const status = [
        ...(pod.status?.initContainerStatuses ?? []),
        ...(pod.status?.containerStatuses ?? []),
    ];
    const specs = (0,workloads/* containersOf */.Mz)(pod.spec);
    const found = status.flatMap((container) => {
        const spec = specs.find(({ name }) => name === container.name);
        return containerTrouble(pod, container, spec, history) ?? [];
    });
    return [...found, ...unscheduled(pod, history.events), ...missingVolume(pod, history.events)];
}
function containerTrouble(pod, status, spec, history) {
    const { waiting, terminated } = status.state ?? {};
    const reason = waiting?.reason ?? "";
    const message = (0,one_line/* oneLine */.T)(waiting?.message ?? "", 300);
    const about = { pod: pod.metadata.name, container: status.name };
    const key = (kind) => `${kind} ${status.name}`;
    const label = labelOf(pod, status.name);
    if (reason === "InvalidImageName")
        return {
            kind: "refused",
            key: key("image"),
            line: `${label}InvalidImageName, ${message}`,
            ...about,
        };
    if (["ErrImagePull", "ImagePullBackOff", "ErrImageNeverPull", "ImageInspectError"].includes(reason)) {
        const said = (0,one_line/* oneLine */.T)(waiting?.message ?? "");
        const final = reason === "ErrImageNeverPull" || isFinalAnswer(said);
        const answer = (0,one_line/* oneLine */.T)(registryAnswer(said), 300);
        const line = `${label}${reason}, image ${spec?.image ?? status.image ?? ""}: ${answer}`;
        const answers = history.pullAnswers(pod, status.name);
        return { kind: final ? "image" : "waiting", key: key("image"), line, answers, ...about };
    }
    if (["CreateContainerConfigError", "CreateContainerError"].includes(reason))
        return { kind: "config", key: key("config"), line: `${label}${reason}, ${message}`, ...about };
    const last = terminated ?? status.lastState?.terminated;
    const startError = ["StartError", "ContainerCannotRun"].includes(last?.reason ?? "");
    if (reason === "RunContainerError" || (startError && status.state?.running === undefined)) {
        const why = (0,one_line/* oneLine */.T)(last?.message ?? message, 300);
        return { kind: "config", key: key("config"), line: `${label}StartError, ${why}`, ...about };
    }
    return crash(pod, status, spec, { label, history });
}
function crash(pod, status, spec, { label, history }) {
    const restarts = (status.restartCount ?? 0) - history.restartsBefore(pod, status.name);
    const ended = status.state?.terminated ?? status.lastState?.terminated;
    const isInit = pod.status?.initContainerStatuses?.includes(status) === true;
    const finished = isInit && status.state?.terminated?.exitCode === 0;
    const failedAtOnce = status.state?.terminated !== undefined && !finished;
    if (finished || ended === undefined || (restarts <= 0 && !failedAtOnce))
        return undefined;
    const how = endOf(status, spec, history.events, pod);
    return {
        kind: "crash",
        key: `crash ${status.name}`,
        line: `${label}${how}${restartText(restarts)}`,
        restarts,
        pod: pod.metadata.name,
        container: status.name,
    };
}
function restartText(restarts) {
    if (restarts <= 0)
        return "";
    return restarts === 1 ? ", 1 restart" : `, ${restarts} restarts`;
}
function endOf(status, spec, events, pod) {
    const ended = status.state?.terminated ?? status.lastState?.terminated;
    const limit = spec?.resources?.limits?.["memory"];
    if (ended?.reason === "OOMKilled")
        return `OOMKilled${limit === undefined ? "" : `, limit ${limit}`}`;
    const killed = probeFailure("Liveness", pod, status.name, events);
    if (killed !== undefined)
        return `killed by its liveness probe ${probeText(spec?.livenessProbe)}: ${killed}`;
    if (ended?.exitCode === 0)
        return "ended with exit code 0, and it should keep running";
    const why = (0,one_line/* oneLine */.T)(ended?.message ?? "", 200);
    return `exited with ${ended?.exitCode ?? "?"}${why === "" ? "" : ` (${why})`}`;
}
function probeFailure(kind, pod, container, events) {
    const start = `${kind} probe failed: `;
    const event = events.findLast(({ reason, message, involvedObject }) => reason === "Unhealthy" &&
        involvedObject?.uid === pod.metadata.uid &&
        (involvedObject?.fieldPath ?? container).includes(container) &&
        message?.startsWith(start) === true);
    return event?.message === undefined ? undefined : (0,one_line/* oneLine */.T)(event.message.slice(start.length), 200);
}
function probeText(probe) {
    if (probe?.httpGet !== undefined)
        return `GET :${probe.httpGet.port ?? ""}${probe.httpGet.path ?? "/"}`;
    if (probe?.tcpSocket !== undefined)
        return `TCP :${probe.tcpSocket.port ?? ""}`;
    if (probe?.grpc !== undefined)
        return `gRPC :${probe.grpc.port ?? ""}`;
    return (0,one_line/* oneLine */.T)(probe?.exec?.command?.join(" ") ?? "", 80);
}
function unscheduled(pod, events) {
    const condition = conditionOf(pod.status?.conditions, "PodScheduled");
    if (condition?.status !== "False")
        return [];
    const comingUp = events.some(({ reason, involvedObject }) => involvedObject?.uid === pod.metadata.uid &&
        ["TriggeredScaleUp", "Nominated"].includes(reason ?? ""));
    const line = `${condition.reason ?? "Unschedulable"}, ${(0,one_line/* oneLine */.T)(condition.message ?? "", 300)}`;
    const about = { pod: pod.metadata.name, container: undefined };
    return [{ kind: "unschedulable", key: "unschedulable", line, comingUp, ...about }];
}
function missingVolume(pod, events) {
    const creating = [
        ...(pod.status?.initContainerStatuses ?? []),
        ...(pod.status?.containerStatuses ?? []),
    ].every(({ state }) => ["ContainerCreating", "PodInitializing"].includes(state?.waiting?.reason ?? ""));
    if (!creating)
        return [];
    const event = events.findLast(({ reason, involvedObject }) => involvedObject?.uid === pod.metadata.uid && reason === "FailedMount");
    if (event === undefined)
        return [];
    const line = `FailedMount, ${(0,one_line/* oneLine */.T)(event.message ?? "", 300)}`;
    return [{ kind: "config", key: "mount", line, pod: pod.metadata.name, container: undefined }];
}
function labelOf(pod, container) {
    const init = pod.spec?.initContainers?.find(({ name }) => name === container);
    if (init !== undefined)
        return `${init.restartPolicy === "Always" ? "sidecar" : "init container"} ${container}: `;
    return (pod.spec?.containers?.length ?? 1) > 1 ? `container ${container}: ` : "";
}

;// CONCATENATED MODULE: ./src/k8s-rollout/rollout/progress.js

function progressOf(workload, revision) {
    const wanted = wantedPods(workload);
    const ready = revision?.pods.filter(isReady).length ?? 0;
    const held = heldBy(workload);
    const observed = (workload.status?.observedGeneration ?? 0) >= (workload.metadata.generation ?? 0);
    const complete = observed && (held !== undefined || isComplete(workload, wanted));
    const old = oldPods(workload);
    const line = held ?? `${ready} of ${wanted} new pods ready${old > 0 ? `, ${old} old` : ""}`;
    return { complete, held, wanted, ready, line };
}
function isReady({ status }) {
    return conditionOf(status?.conditions, "Ready")?.status === "True";
}
function wantedPods({ kind, spec, status }) {
    if (kind === "DaemonSet")
        return status?.desiredNumberScheduled ?? 0;
    const partition = spec?.updateStrategy?.rollingUpdate?.partition ?? 0;
    return Math.max(0, (spec?.replicas ?? 1) - (kind === "StatefulSet" ? partition : 0));
}
function heldBy({ spec }) {
    if (spec?.paused === true)
        return "paused: it rolls out when it is resumed";
    if (spec?.updateStrategy?.type === "OnDelete")
        return "update strategy OnDelete: pods become new when somebody deletes them";
    return undefined;
}
function isComplete({ kind, spec, status }, wanted) {
    if (status === undefined)
        return false;
    const { replicas = 0, updatedReplicas = 0, availableReplicas = 0, readyReplicas = 0 } = status;
    switch (kind) {
        case "Deployment":
            return (updatedReplicas >= wanted && replicas === updatedReplicas && availableReplicas >= wanted);
        case "StatefulSet":
            return (replicas === (spec?.replicas ?? 1) &&
                readyReplicas >= replicas &&
                (status.availableReplicas ?? readyReplicas) >= replicas &&
                (status.updateRevision === status.currentRevision || updatedReplicas >= wanted));
        case "DaemonSet":
            return ((status.updatedNumberScheduled ?? 0) >= wanted && (status.numberAvailable ?? 0) >= wanted);
    }
}
function oldPods({ kind, status }) {
    const { replicas = 0, updatedReplicas = 0 } = status ?? {};
    if (kind === "DaemonSet")
        return Math.max(0, (status?.desiredNumberScheduled ?? 0) - (status?.updatedNumberScheduled ?? 0));
    return Math.max(0, replicas - updatedReplicas);
}

;// CONCATENATED MODULE: ./src/k8s-rollout/rollout/stable.js

const leastSeconds = 10;
const mostSeconds = 60;
function stableMs(template) {
    const probes = (0,workloads/* containersOf */.Mz)(template?.spec).flatMap(({ livenessProbe }) => livenessProbe ?? []);
    const slowest = Math.max(leastSeconds, ...probes.map(secondsToFire));
    return Math.min(mostSeconds, slowest) * 1000;
}
function secondsToFire(probe) {
    const { initialDelaySeconds = 0, periodSeconds = 10, timeoutSeconds = 1, failureThreshold = 3, } = probe;
    return initialDelaySeconds + periodSeconds * failureThreshold + timeoutSeconds + 2;
}

;// CONCATENATED MODULE: ./src/k8s-rollout/rollout/judge.js








const flapMs = 3000;
class Judge {
    #workload;
    #grace;
    #template;
    #before;
    #stood = new Map();
    #readySince = new Map();
    #pulls = new Map();
    #lastProgress = { line: "", at: 0 };
    #seen = false;
    constructor(workload, grace, before) {
        this.#workload = workload;
        this.#grace = grace;
        this.#template = canonical(workload.spec?.template);
        this.#before = restartsIn(before);
    }
    get workload() {
        return this.#workload;
    }
    look(view, now) {
        const workload = findIn(view, this.#workload);
        const settleMs = this.#grace.stableMs ?? stableMs(this.#workload.spec?.template);
        const stands = { trouble: undefined, revision: undefined, stableMs: settleMs };
        if (workload === undefined)
            return this.#seen
                ? { ...stands, state: "superseded", line: "it was deleted meanwhile" }
                : { ...stands, state: "rolling", line: "applied" };
        this.#seen = true;
        const lags = (workload.metadata.generation ?? 0) < (this.#workload.metadata.generation ?? 0);
        if (lags)
            return { ...stands, state: "rolling", line: "applied" };
        if (canonical(workload.spec?.template) !== this.#template)
            return { ...stands, state: "superseded", line: "somebody else has changed its pod template" };
        const revision = newRevision(workload, view);
        const progress = progressOf(workload, revision);
        this.#noteProgress(progress, now);
        const pods = revision?.pods ?? [];
        pods.forEach((pod) => this.#notePod(pod, now));
        const named = { ...stands, revision: revision?.name };
        const events = [...view.events.values()];
        const troubles = [
            ...pods.flatMap((pod) => podTroubles(pod, this.#history(events))),
            ...(revision === undefined ? [] : ownerTroubles(revision, progress.wanted, events)),
        ];
        const fatal = this.#fatal(troubles, pods, now, settleMs);
        if (fatal !== undefined)
            return { ...named, state: "failed", line: progress.line, trouble: fatal };
        if (progress.complete)
            return { ...named, ...this.#settled(progress, pods, now, settleMs) };
        const stuck = conditionOf(workload.status?.conditions, "Progressing");
        const trouble = troubles[0] ?? notReady(pods, events);
        if (stuck?.reason === "ProgressDeadlineExceeded")
            return {
                ...named,
                state: "failed",
                line: progress.line,
                trouble: trouble ?? stalled(stuck.message),
            };
        return { ...named, state: "rolling", line: progress.line, trouble };
    }
    #history(events) {
        return {
            events,
            restartsBefore: (pod, container) => this.#before.get(keyOf(pod, container)) ?? 0,
            pullAnswers: (pod, container) => this.#pulls.get(keyOf(pod, container))?.answers ?? 0,
        };
    }
    #noteProgress({ line }, now) {
        if (line !== this.#lastProgress.line)
            this.#lastProgress = { line, at: now };
    }
    #notePod(pod, now) {
        const uid = pod.metadata.uid ?? pod.metadata.name;
        const restarts = restartsOf(pod);
        if (!isReady(pod))
            this.#readySince.delete(uid);
        else if (this.#readySince.get(uid)?.restarts !== restarts)
            this.#readySince.set(uid, { at: now, restarts });
        const { initContainerStatuses = [], containerStatuses = [] } = pod.status ?? {};
        for (const { name, state } of [...initContainerStatuses, ...containerStatuses]) {
            const reason = state?.waiting?.reason ?? "";
            const known = this.#pulls.get(keyOf(pod, name)) ?? { reason: "", answers: 0 };
            const asked = reason === "ErrImagePull" && known.reason !== reason ? 1 : 0;
            this.#pulls.set(keyOf(pod, name), { reason, answers: known.answers + asked });
        }
    }
    #settled({ line, held }, pods, now, settleMs) {
        if (held !== undefined)
            return { state: "done", line };
        const since = pods.map(({ metadata }) => this.#readySince.get(metadata.uid ?? metadata.name)?.at ?? now);
        const settledInMs = pods.length === 0 ? 0 : Math.max(...since) + settleMs - now;
        return settledInMs <= 0 ? { state: "done", line } : { state: "settling", line, settledInMs };
    }
    #fatal(troubles, pods, now, settleMs) {
        for (const trouble of troubles) {
            const key = `${trouble.kind} ${trouble.key}`;
            const stood = this.#stood.get(key) ?? { since: now, seen: now };
            stood.seen = now;
            this.#stood.set(key, stood);
        }
        for (const [key, { seen }] of this.#stood)
            if (now - seen > flapMs)
                this.#stood.delete(key);
        const anotherIsStable = pods.some(({ metadata }) => {
            const since = this.#readySince.get(metadata.uid ?? metadata.name)?.at;
            return since !== undefined && now - since >= settleMs;
        });
        return troubles.find((trouble) => {
            const since = this.#stood.get(`${trouble.kind} ${trouble.key}`)?.since ?? now;
            return this.#isFatal(trouble, { stoodMs: now - since, now, anotherIsStable });
        });
    }
    #isFatal(trouble, { stoodMs, now, anotherIsStable }) {
        const { maxRestarts, pullMs, configMs, scheduleMs } = this.#grace;
        switch (trouble.kind) {
            case "refused":
                return true;
            case "config":
                return stoodMs >= configMs;
            case "image":
                return (trouble.answers ?? 0) >= 2 || stoodMs >= pullMs;
            case "crash":
                return (trouble.restarts ?? 0) >= maxRestarts && !anotherIsStable;
            case "unschedulable":
                return stoodMs >= scheduleMs && trouble.comingUp !== true;
            case "quota":
                return stoodMs >= scheduleMs && now - this.#lastProgress.at >= scheduleMs;
            case "waiting":
                return false;
        }
    }
}
function findIn(view, { metadata, ...rest }) {
    const byId = view.workloads.get(metadata.uid ?? "");
    if (byId !== undefined)
        return byId;
    const name = identityOf({ ...rest, metadata });
    return metadata.uid === undefined
        ? [...view.workloads.values()].find((one) => identityOf(one) === name)
        : undefined;
}
function restartsIn(view) {
    const counts = [...view.pods.values()].flatMap((pod) => [...(pod.status?.initContainerStatuses ?? []), ...(pod.status?.containerStatuses ?? [])].map(({ name, restartCount }) => [keyOf(pod, name), restartCount ?? 0]));
    return new Map(counts);
}
function restartsOf({ status }) {
    return (status?.containerStatuses ?? []).reduce((sum, { restartCount = 0 }) => sum + restartCount, 0);
}
function keyOf({ metadata }, container) {
    return `${metadata.uid ?? metadata.name} ${container}`;
}
function notReady(pods, events) {
    for (const pod of pods.filter((one) => !isReady(one))) {
        for (const kind of ["Startup", "Readiness"]) {
            for (const container of pod.spec?.containers ?? []) {
                const failure = probeFailure(kind, pod, container.name, events);
                if (failure === undefined)
                    continue;
                const probe = kind === "Startup" ? container.startupProbe : container.readinessProbe;
                const about = { pod: pod.metadata.name, container: container.name };
                const line = `not ready: ${kind.toLowerCase()} probe ${probeText(probe)}: ${failure}`;
                return { kind: "waiting", key: "probe", line, ...about };
            }
        }
    }
    return undefined;
}
function stalled(message) {
    const line = `ProgressDeadlineExceeded, ${message ?? "it does not progress"}`;
    return { kind: "waiting", key: "progress", line, pod: undefined, container: undefined };
}

;// CONCATENATED MODULE: ./src/k8s-rollout/cluster/nodes.js


const nodes_patienceMs = 5000;
const firstNodes = "/api/v1/nodes?limit=100";
async function nodesAt(path, cluster) {
    const body = await answerAt(path, cluster);
    if (body === undefined)
        return [];
    return (0,json/* itemsOf */.S3)((0,json/* memberAt */.mz)(body, "items") ?? [body]);
}
async function allNodes(cluster) {
    const body = await answerAt(firstNodes, cluster);
    if ((0,json/* textAt */.$6)(body, "metadata", "continue") !== "")
        return [];
    return (0,json/* itemsOf */.S3)((0,json/* memberAt */.mz)(body, "items"));
}
function nodeConditions(node) {
    return (0,json/* itemsOf */.S3)((0,json/* memberAt */.mz)(node, "status", "conditions"));
}
function isOpen(node) {
    const isReady = conditionOf(nodeConditions(node), "Ready")?.status === "True";
    return isReady && (0,json/* memberAt */.mz)(node, "spec", "unschedulable") !== true;
}
async function answerAt(path, cluster) {
    const asked = cluster.request({ method: "GET", path, timeoutMs: nodes_patienceMs });
    const answer = await asked.catch(() => undefined);
    return answer?.status === 200 ? (0,json/* parseJson */.qF)(answer.body) : undefined;
}

;// CONCATENATED MODULE: ./src/k8s-rollout/rollout/node-trouble.js



const pressures = ["MemoryPressure", "DiskPressure", "PIDPressure", "NetworkUnavailable"];
const mostNodes = 3;
async function nodeHint(rolled, view, cluster) {
    const paths = rolled.standing.trouble?.kind === "unschedulable"
        ? [firstNodes]
        : nodesOf(rolled, view).map((name) => `/api/v1/nodes/${encodeURIComponent(name)}`);
    const nodes = (await Promise.all(paths.map((path) => nodesAt(path, cluster)))).flat();
    const ill = nodes.flatMap((node) => troubleOf(node) ?? []);
    const more = ill.length > mostNodes ? ` and ${ill.length - mostNodes} more` : "";
    return ill.length === 0 ? "" : `; ${ill.slice(0, mostNodes).join(", ")}${more}`;
}
function nodesOf({ judge }, view) {
    const live = view.workloads.get(judge.workload.metadata.uid ?? "");
    const pods = live === undefined ? [] : (newRevision(live, view)?.pods ?? []);
    return [...new Set(pods.flatMap(({ spec }) => spec?.nodeName ?? []))].slice(0, mostNodes);
}
function troubleOf(node) {
    const conditions = nodeConditions(node);
    const pressed = pressures.filter((type) => conditionOf(conditions, type)?.status === "True");
    const isAway = conditionOf(conditions, "Ready")?.status !== "True";
    const what = [
        ...(pressed.length === 0 ? [] : [`has ${pressed.join(", ")}`]),
        ...(isAway ? ["is not ready"] : []),
    ];
    return what.length === 0 ? undefined : `node ${node.metadata.name} ${what.join(" and ")}`;
}

// EXTERNAL MODULE: ./src/ports/cluster.js
var cluster = __webpack_require__(2215);
;// CONCATENATED MODULE: ./src/k8s-rollout/cluster/follow.js



const firstPauseMs = 100;
const longestPauseMs = 5000;
const watchSeconds = 290;
async function follow(path, follower, { api, clock, signal, }) {
    const isOver = () => signal.aborted;
    let version;
    let pauseMs = firstPauseMs;
    while (!isOver()) {
        try {
            if (version === undefined) {
                const list = await api.list(path);
                follower.listed(list.items);
                version = list.resourceVersion;
            }
            for await (const event of watch(api, path, version, signal)) {
                pauseMs = firstPauseMs;
                version = event.object.metadata.resourceVersion ?? version;
                tell(event, follower);
            }
        }
        catch (failure) {
            if (isOver())
                return;
            if (isGone(failure))
                version = undefined;
            else if (isFinal(failure))
                throw failure;
            else {
                follower.interrupted?.(failure instanceof Error ? failure.message : String(failure));
                await clock.sleep(pauseMs, signal).catch(() => undefined);
                pauseMs = Math.min(longestPauseMs, pauseMs * 2);
            }
        }
    }
}
async function* watch(api, path, resourceVersion, signal) {
    const query = new URLSearchParams({
        watch: "1",
        allowWatchBookmarks: "true",
        timeoutSeconds: String(watchSeconds),
        resourceVersion,
    });
    const separator = path.includes("?") ? "&" : "?";
    try {
        for await (const line of api.stream(`${path}${separator}${query.toString()}`, signal)) {
            const event = (0,json/* parseJson */.qF)(line);
            if (event === undefined)
                continue;
            if (event.type === "ERROR")
                throw new ApiFailure({
                    status: event.object.code ?? 500,
                    body: JSON.stringify(event.object),
                    warnings: [],
                });
            yield event;
        }
    }
    catch (failure) {
        throw failure instanceof cluster/* RefusedStream */.p ? new ApiFailure(failure.answer) : failure;
    }
}
function tell({ type, object }, follower) {
    if (type === "DELETED")
        follower.deleted(object);
    else if (type !== "BOOKMARK")
        follower.changed(object);
}
function isGone(failure) {
    return isStatus(failure, 410);
}
function isFinal(failure) {
    return (failure instanceof ApiFailure &&
        failure.status >= 400 &&
        failure.status < 500 &&
        ![408, 429].includes(failure.status));
}

;// CONCATENATED MODULE: ./src/k8s-rollout/rollout/view.js

const viewedPaths = {
    deployments: "/apis/apps/v1/namespaces/NAMESPACE/deployments",
    statefulSets: "/apis/apps/v1/namespaces/NAMESPACE/statefulsets",
    daemonSets: "/apis/apps/v1/namespaces/NAMESPACE/daemonsets",
    replicaSets: "/apis/apps/v1/namespaces/NAMESPACE/replicasets",
    controllerRevisions: "/apis/apps/v1/namespaces/NAMESPACE/controllerrevisions",
    pods: "/api/v1/namespaces/NAMESPACE/pods",
    events: "/api/v1/namespaces/NAMESPACE/events",
};
class LiveView {
    workloads;
    replicaSets = new Map();
    controllerRevisions = new Map();
    pods;
    events;
    #ended = new AbortController();
    #failure;
    #wake = () => undefined;
    constructor() {
        this.workloads = new Map();
        this.pods = new Map();
        this.events = new Map();
    }
    static async open(namespace, api, clock, interrupted) {
        const view = new LiveView();
        const workloads = view.workloads;
        const stores = [
            ["deployments", workloads],
            ["statefulSets", workloads],
            ["daemonSets", workloads],
            ["replicaSets", view.replicaSets],
            ["controllerRevisions", view.controllerRevisions],
            ["pods", view.pods],
            ["events", view.events],
        ];
        const kinds = {
            deployments: "Deployment",
            statefulSets: "StatefulSet",
            daemonSets: "DaemonSet",
        };
        const told = new Set();
        const listed = stores.map(([name, store]) => {
            const path = viewedPaths[name].replace("NAMESPACE", encodeURIComponent(namespace));
            return view.#keep(path, kinds[name], store, { api, clock }, (why) => {
                if (!told.has(why))
                    interrupted(why);
                told.add(why);
            });
        });
        try {
            await Promise.all(listed);
        }
        catch (failure) {
            view.close();
            throw failure;
        }
        return view;
    }
    async changed() {
        if (this.#failure !== undefined)
            throw this.#failure;
        await new Promise((resolve) => (this.#wake = resolve));
    }
    close() {
        this.#ended.abort();
        this.#wake();
    }
    #keep(path, kind, store, { api, clock }, interrupted) {
        return new Promise((resolve, reject) => {
            const mine = new Set();
            const put = (item) => {
                const key = item.metadata.uid ?? item.metadata.name;
                mine.add(key);
                store.set(key, kind === undefined ? item : { ...item, kind, apiVersion: "apps/v1" });
            };
            const follower = {
                listed: (items) => {
                    for (const key of mine)
                        store.delete(key);
                    mine.clear();
                    items.forEach(put);
                    this.#wake();
                    resolve();
                },
                changed: (item) => {
                    put(item);
                    this.#wake();
                },
                deleted: (item) => {
                    store.delete(item.metadata.uid ?? item.metadata.name);
                    this.#wake();
                },
                interrupted,
            };
            follow(path, follower, { api, clock, signal: this.#ended.signal }).catch((failure) => {
                this.#failure = failure instanceof Error ? failure : new Error(String(failure));
                this.#wake();
                reject(this.#failure);
            });
        });
    }
}

;// CONCATENATED MODULE: ./src/k8s-rollout/rollout/watch-rollout.js


const watch_rollout_lookMs = 250;
const silenceMs = 30_000;
async function watchRollout(judges, view, { clock, log, deadline, signal, }) {
    const begun = clock.monotonic();
    const all = judges.map((judge) => ({
        judge,
        line: "",
        toldAt: begun,
        readyAfterMs: undefined,
        rolled: undefined,
    }));
    for (;;) {
        signal.throwIfAborted();
        const now = clock.monotonic();
        const late = deadline.leftMs() === 0;
        let waitMs = Math.min(watch_rollout_lookMs, deadline.leftMs());
        for (const one of all) {
            const standing = one.judge.look(view, now);
            waitMs = Math.min(waitMs, standing.settledInMs ?? waitMs);
            watch_rollout_note(one, standing, now - begun, log);
            one.rolled = ended(one, standing, now - begun, late);
        }
        const failed = all.some(({ rolled }) => rolled !== undefined && rolled.standing.state !== "done");
        if (failed || all.every(({ rolled }) => rolled !== undefined))
            return all.map((one) => one.rolled ?? left(one, view, now, begun));
        await Promise.race([view.changed(), clock.sleep(Math.max(1, Math.ceil(waitMs)), signal)]);
    }
}
function ended(one, standing, tookMs, late) {
    const { state } = standing;
    const { judge, readyAfterMs } = one;
    if (state === "done" || state === "failed" || state === "superseded")
        return { judge, standing, readyAfterMs, tookMs: one.rolled?.tookMs ?? tookMs, timedOut: false };
    return late ? { judge, standing, readyAfterMs, tookMs, timedOut: true } : undefined;
}
function left({ judge, readyAfterMs }, view, now, begun) {
    const standing = judge.look(view, now);
    return { judge, standing, readyAfterMs, tookMs: now - begun, timedOut: false };
}
function watch_rollout_note(one, standing, sinceMs, log) {
    const isReadyNow = standing.state === "settling" || standing.state === "done";
    if (isReadyNow)
        one.readyAfterMs ??= sinceMs;
    else if (standing.state === "rolling")
        one.readyAfterMs = undefined;
    const line = watch_rollout_lineOf(standing);
    const isSilent = sinceMs - one.toldAt >= silenceMs;
    if (line === one.line && !(isSilent && standing.state !== "done"))
        return;
    one.line = line;
    one.toldAt = sinceMs;
    log.info(`rollout: ${nameOf(one.judge.workload)}: ${line}`);
}
function watch_rollout_lineOf({ state, line, trouble, stableMs }) {
    if (state === "settling")
        return `${line}, to stay so for ${(0,duration/* formatDuration */.a)(stableMs)}`;
    return trouble === undefined ? line : `${line}; ${trouble.line}`;
}

;// CONCATENATED MODULE: ./src/k8s-rollout/rollouts.js








class Rollouts {
    #site;
    #view;
    #rolled = [];
    #evidence;
    constructor(site, view) {
        this.#site = site;
        this.#view = view;
    }
    static async open(site, api = site.api) {
        const { namespace, clock, log } = site;
        const view = await LiveView.open(namespace, api, clock, (why) => {
            log.info(`rollout: the watch was interrupted (${why}): taken up again`);
        });
        return new Rollouts(site, view);
    }
    get rolled() {
        return this.#rolled;
    }
    get evidence() {
        return this.#evidence;
    }
    get workloads() {
        return [...this.#view.workloads.values()];
    }
    get view() {
        return this.#view;
    }
    judges(workloads, grace) {
        return workloads.map((workload) => new Judge(workload, grace, this.#view));
    }
    async done(workloads, { grace, logs }) {
        if (workloads.length === 0)
            return;
        const judges = this.judges(workloads, grace);
        this.#rolled = await watchRollout(judges, this.#view, this.#site);
        const error = rolloutError(this.#rolled);
        if (error === undefined)
            return;
        const worst = worstOf(this.#rolled);
        const { api, log, secrets } = this.#site;
        if (worst === undefined || error.code === "superseded")
            throw error;
        const { cluster } = api;
        const found = { api, log, logs, secrets };
        const [port, node, evidence] = await Promise.all([
            portHint(worst, this.#view, cluster),
            nodeHint(worst, this.#view, cluster),
            showEvidence(worst, this.#view, found),
        ]);
        this.#evidence = evidence;
        throw rolloutError(this.#rolled, `${port}${node}`) ?? error;
    }
    async back(workloads, { grace, logs }) {
        if (workloads.length === 0)
            return [];
        const judges = this.judges(workloads, { ...grace, stableMs: 0 });
        const { clock, api, log, secrets } = this.#site;
        const deadline = new kit_deadline/* Deadline */.B(clock, clock.monotonic(), this.#site.timeoutMs);
        const rolled = await watchRollout(judges, this.#view, { ...this.#site, deadline });
        const error = rolloutError(rolled);
        const worst = worstOf(rolled);
        if (error === undefined || worst === undefined)
            return rolled;
        const found = { api, log, logs, secrets };
        this.#evidence ??= await showEvidence(worst, this.#view, found);
        throw error;
    }
    close() {
        this.#view.close();
    }
}
function revisionsOf(rolled) {
    return rolled.flatMap(({ judge, standing: { revision } }) => {
        const kind = judge.workload.kind === "Deployment" ? "replicaset" : "controllerrevision";
        return revision === undefined ? [] : [`${kind}/${revision}`];
    });
}

;// CONCATENATED MODULE: ./src/k8s-rollout/manifests/autoscaled.js



function isAutoscaled(object, autoscalers) {
    return autoscalers.some((one) => (0,json/* textAt */.$6)(one, "spec", "scaleTargetRef", "kind") === object.kind &&
        (0,json/* textAt */.$6)(one, "spec", "scaleTargetRef", "name") === object.metadata.name &&
        (one.metadata.namespace ?? "") === (object.metadata.namespace ?? ""));
}
function leaveReplicas(object, live) {
    if (!(0,workloads/* isWorkload */.gv)(object))
        return object;
    const { replicas: _, ...spec } = object.spec ?? {};
    const current = (0,json/* memberAt */.mz)(live, "spec", "replicas");
    const kept = ownsReplicas(live) && typeof current === "number" ? { replicas: current } : {};
    return { ...object, spec: { ...spec, ...kept } };
}
function ownsReplicas(live) {
    return (live?.metadata.managedFields ?? []).some((entry) => entry.manager === fieldManager &&
        (0,json/* memberAt */.mz)(entry, "fieldsV1", "f:spec", "f:replicas") !== undefined);
}

// EXTERNAL MODULE: external "node:crypto"
var external_node_crypto_ = __webpack_require__(7598);
;// CONCATENATED MODULE: ./src/k8s-rollout/manifests/config-hash.js







const configMark = "belay.dev/config";
async function withConfigHash(workload, all, find) {
    if (!(0,workloads/* isWorkload */.gv)(workload))
        return workload;
    const template = workload.spec?.template;
    const names = configNames(template);
    if (names.length === 0)
        return workload;
    const hash = (0,external_node_crypto_.createHash)("sha256");
    for (const { kind, name } of names) {
        const metadata = { name, namespace: workload.metadata.namespace ?? "default" };
        const wanted = { apiVersion: "v1", kind, metadata };
        const written = all.find((one) => identityOf(one) === identityOf(wanted));
        hash.update(`${kind}/${name}\n${contentOf(written ?? (await find(wanted)))}\n`);
    }
    const annotations = {
        ...template?.metadata?.annotations,
        [configMark]: hash.digest("hex").slice(0, 16),
    };
    const marked = { ...template, metadata: { ...template?.metadata, annotations } };
    return { ...workload, spec: { ...workload.spec, template: marked } };
}
function contentOf(object) {
    if (object === undefined)
        return "";
    const texts = Object.entries((0,json/* memberAt */.mz)(object, "stringData") ?? {}).map(([key, value]) => [
        key,
        external_node_buffer_.Buffer.from(String(value)).toString("base64"),
    ]);
    const data = { ...((0,json/* memberAt */.mz)(object, "data") ?? {}), ...Object.fromEntries(texts) };
    return canonical({ data, binaryData: (0,json/* memberAt */.mz)(object, "binaryData") });
}

// EXTERNAL MODULE: ./src/k8s-rollout/manifests/images.js
var manifests_images = __webpack_require__(1760);
;// CONCATENATED MODULE: ./src/k8s-rollout/manifests/assemble.js







const assemble_atOnce = 8;
async function assemble(manifests, options, api) {
    refuseStrayImages(options.images, manifests);
    const placed = await placeAll(manifests, options.namespace, api);
    const imaged = placed.map((one) => ({ ...one, object: (0,manifests_images/* withImages */.nS)(one.object, options.images) }));
    const written = imaged.map(({ object }) => object);
    const autoscalers = [...written.filter(isAutoscaler), ...(await autoscalersIn(written, api))];
    const complete = async ({ object, place }) => {
        const live = await api.find(object);
        const hashed = options.restartOnConfig
            ? await withConfigHash(object, written, (one) => api.find(one))
            : object;
        const scaled = isAutoscaled(object, autoscalers) ? leaveReplicas(hashed, live) : hashed;
        return { object: marked(scaled, options), live, place };
    };
    return inOrder(await mapAtOnce(imaged, assemble_atOnce, complete));
}
async function mapAtOnce(items, width, body) {
    const results = [];
    for (let at = 0; at < items.length; at += width)
        results.push(...(await Promise.all(items.slice(at, at + width).map(body))));
    return results;
}
async function placeAll(manifests, namespace, api) {
    const problems = [];
    const placed = [];
    for (const { object, place } of manifests) {
        const resource = await api.discovery.resource(object);
        if (resource === undefined) {
            const { message, remedy } = unknownKind(object);
            problems.push(new errors/* BelayError */.oT("config", `${place}: ${message}`, remedy));
        }
        else if (!resource.namespaced || object.metadata.namespace !== undefined)
            placed.push({ object, place });
        else
            placed.push({ object: { ...object, metadata: { ...object.metadata, namespace } }, place });
    }
    const [first, ...also] = problems;
    if (first !== undefined)
        throw new errors/* BelayError */.oT("config", first.message, first.remedy, { also });
    return placed;
}
function refuseStrayImages(images, manifests) {
    const stray = images.find((image) => !manifests.some(({ object }) => (0,manifests_images/* isFor */.Gi)(image, object)));
    if (stray === undefined)
        return;
    throw new errors/* BelayError */.oT("config", `\`images\`: ${stray.kind}/${stray.name} is not among what is deployed`, "Name a workload of `manifests`, or leave `manifests` out to set the images of what runs.");
}
function isAutoscaler({ kind }) {
    return kind === "HorizontalPodAutoscaler";
}
async function autoscalersIn(objects, api) {
    const namespaces = new Set(objects.filter(workloads/* isWorkload */.gv).flatMap(({ metadata }) => metadata.namespace ?? []));
    const lists = [...namespaces].map((namespace) => api.list(`/apis/autoscaling/v2/namespaces/${namespace}/horizontalpodautoscalers`));
    return (await Promise.all(lists)).flatMap(({ items }) => items);
}
function marked(object, { changeCause, marks }) {
    if (!(0,workloads/* isWorkload */.gv)(object))
        return object;
    const cause = changeCause === "" ? {} : { "kubernetes.io/change-cause": changeCause };
    const annotations = { ...object.metadata.annotations, ...marks, ...cause };
    return { ...object, metadata: { ...object.metadata, annotations } };
}

;// CONCATENATED MODULE: ./src/k8s-rollout/manifests/restrict.js

function restrict(live, ours) {
    if (Array.isArray(live) && Array.isArray(ours))
        return restrictList(live, ours);
    if (!isMap(live) || !isMap(ours))
        return live;
    const kept = Object.entries(ours).filter(([key]) => Object.hasOwn(live, key));
    return Object.fromEntries(kept.map(([key, value]) => [key, restrict(live[key], value)]));
}
function restrictList(live, ours) {
    const named = [...live, ...ours].every((item) => typeof (0,json/* memberAt */.mz)(item, "name") === "string");
    if (!named)
        return live;
    return live.flatMap((item) => {
        const same = ours.find((one) => (0,json/* memberAt */.mz)(one, "name") === (0,json/* memberAt */.mz)(item, "name"));
        return same === undefined ? [] : [restrict(item, same)];
    });
}
function isMap(value) {
    return typeof value === "object" && value !== null && !Array.isArray(value);
}

;// CONCATENATED MODULE: ./src/k8s-rollout/way-back.js





const way_back_atOnce = 8;
const neverRemoved = [
    "PersistentVolumeClaim",
    "PersistentVolume",
    "Namespace",
    "CustomResourceDefinition",
];
async function wayBack(failed, good, site) {
    const target = (good?.objects ?? []).filter((object) => !isPredeploy(object));
    const known = new Set((good?.objects ?? []).map(identityOf));
    const strangers = failed.before.filter((one) => !known.has(identityOf(asName(one))));
    const restored = strangers.flatMap(({ object }) => (object === undefined ? [] : [object]));
    const made = strangers.filter(({ object }) => object === undefined).map(asName);
    const objects = [...target, ...restored].toSorted((a, b) => Number(isConfig(b)) - Number(isConfig(a)));
    const autoscalers = objects.filter(({ kind }) => kind === "HorizontalPodAutoscaler");
    const toApply = async (object) => {
        const live = await site.api.find(object);
        const scaled = isAutoscaled(object, autoscalers) ? leaveReplicas(object, live) : object;
        return { object: scaled, live, force: true };
    };
    return {
        apply: await mapAtOnce(objects, way_back_atOnce, toApply),
        remove: made.filter(({ kind }) => !neverRemoved.includes(kind)).reverse(),
        stays: made.filter(({ kind }) => neverRemoved.includes(kind)).map(nameOf),
    };
}
function asName({ apiVersion, kind, name, namespace }) {
    return { apiVersion, kind, metadata: { name, ...(namespace !== undefined && { namespace }) } };
}
function beforeUs(all, good) {
    const known = new Set(good?.objects.map(identityOf));
    return all.flatMap(({ object, live }) => {
        if (known.has(identityOf(object)))
            return [];
        const { apiVersion, kind } = object;
        const { name, namespace } = object.metadata;
        const place = { apiVersion, kind, name, ...(namespace !== undefined && { namespace }) };
        return [
            live === undefined ? place : { ...place, object: restrict(live, object) },
        ];
    });
}

;// CONCATENATED MODULE: ./src/k8s-rollout/undo.js






async function undo(failed, rollouts, patience, site) {
    const { release, good } = failed;
    const error = explain(failed.failure, site.signal);
    const told = { release: String(release.number), cause: error.message };
    if (error.code === "superseded")
        return superseded(error, told, release, site);
    if (!failed.rollbackOnFailure) {
        await site.store.setState(release.number, "failed");
        const verdict = `${error.message}; left as it is, because rollback-on-failure is false`;
        return { status: "failed", verdict, error, outputs: told };
    }
    const where = good === undefined ? "what there was before" : `release ${good.number}`;
    site.log.info(`rollback: ${error.message}: going back to ${where}`);
    try {
        const stays = await site.timeline.step("rollback", () => goBack(failed, rollouts, patience, site));
        await site.store.setState(release.number, "undone");
        const kept = stays.length === 0 ? "" : `; stays: ${stays.join(", ")}`;
        const schema = release.migrates ? "; the migration stays: the schema is not put back" : "";
        const end = site.signal.aborted ? "was put back, its pods not waited for" : "runs again";
        const verdict = `${error.message}; ${where} ${end}${kept}${schema}`;
        const status = good === undefined ? "failed" : "rolled-back";
        return { status, verdict, error, outputs: { ...told, ...previousOf(good) } };
    }
    catch (failure) {
        return rollbackFailed(error, failure, failed, site);
    }
}
async function goBack({ release, good }, rollouts, patience, site) {
    const way = await wayBack(release, good, site);
    const back = site.signal.aborted ? { ...site, signal: new AbortController().signal } : site;
    const broken = brokenPods(rollouts);
    const changed = await applyObjects(way.apply, back);
    for (const object of way.remove) {
        await site.api.remove(object);
        site.log.info(`rollback: ${nameOf(object)} deleted`);
    }
    for (const pod of broken)
        await site.api.remove(pod);
    if (site.signal.aborted)
        return way.stays;
    await rollouts.back(changed, patience);
    return way.stays;
}
function brokenPods(rollouts) {
    const ordered = rollouts.rolled.filter(({ judge }) => isOrdered(judge.workload));
    return ordered.flatMap(({ standing }) => [...rollouts.view.pods.values()]
        .filter(({ metadata }) => metadata.labels?.["controller-revision-hash"] === standing.revision)
        .filter((pod) => !isReady(pod))
        .map(({ metadata }) => ({ apiVersion: "v1", kind: "Pod", metadata })));
}
function isOrdered({ kind, spec }) {
    return kind === "StatefulSet" && spec?.podManagementPolicy !== "Parallel";
}
async function superseded(error, outputs, { number }, site) {
    await site.store.setState(number, "failed").catch(() => undefined);
    return { status: "superseded", verdict: error.message, error, ...(outputs && { outputs }) };
}
async function rollbackFailed(error, failure, { release, good }, site) {
    const second = explain(failure, new AbortController().signal);
    await site.store.setState(release.number, "failed").catch(() => undefined);
    const message = `${error.message}; the way back failed, too: ${second.message}`;
    const remedy = `${second.remedy} Then run \`operation: rollback\`.`;
    return {
        status: "rollback-failed",
        verdict: message,
        error: new errors/* BelayError */.oT("rollback-failed", message, remedy, { cause: error }),
        outputs: { release: String(release.number), cause: error.message, ...previousOf(good) },
    };
}
function previousOf(good) {
    return good === undefined ? {} : { "previous-release": String(good.number) };
}

;// CONCATENATED MODULE: ./src/k8s-rollout/deploy.js











async function deploy(plan, inputs, { rollouts, health, patience }, site) {
    const { store, timeline } = site;
    if (isUnchanged(plan, inputs))
        return unchanged(plan, site);
    const release = releaseOf(plan, inputs, site);
    await timeline.step("record", () => store.open(release));
    try {
        await plan.backUp();
        const [first, rest] = partition(plan.objects, ({ object }) => isPredeploy(object));
        const [config, others] = partition(rest, ({ object }) => !(0,workloads/* isWorkload */.gv)(object));
        await timeline.step("configuration", () => applyObjects(config, site));
        if (first.length > 0)
            await timeline.step("predeploy", () => runPredeploy(first, site));
        const changed = await timeline.step("apply", () => applyObjects(others, site));
        await timeline.step("rollout", () => rollouts.done(wanted(changed, plan, inputs, rollouts), patience));
        await health.open();
        if (inputs.prune && inputs.manifests.length > 0)
            await pruneLeftOut(release, plan.good, site);
        await store.setState(release.number, "healthy", revisionsOf(rollouts.rolled));
    }
    catch (failure) {
        const { rollbackOnFailure } = inputs;
        const outcome = await undo({ release, good: plan.good, failure, rollbackOnFailure }, rollouts, patience, site);
        const box = causeBox(outcome.outputs?.cause ?? outcome.verdict, rollouts.evidence);
        return { ...outcome, sections: [box, rolloutSection(rollouts.rolled, beforeOf(plan))] };
    }
    await store.prune();
    return deployed(release, plan, rollouts, health);
}
function isUnchanged(plan, inputs) {
    return !plan.afterFailure && plan.changed.length === 0 && hasSameObjects(plan, inputs);
}
function hasSameObjects({ good, objects }, { manifests }) {
    if (good === undefined || manifests.length === 0)
        return good !== undefined;
    const names = (all) => all.map(identityOf).sort().join("\n");
    return names(good.objects) === names(objects.map(({ object }) => object));
}
function unchanged({ good, objects }, { namespace }) {
    const number = String(good?.number ?? "");
    return {
        status: "unchanged",
        verdict: `${namespace} has all ${objects.length} objects as they are written: nothing to do`,
        outputs: { release: number, images: deploy_imagesOf(objects.map(({ object }) => object)) },
    };
}
function beforeOf({ good, number, objects }) {
    const lives = objects.flatMap(({ live }) => (live === undefined ? [] : [live]));
    return { from: good?.number ?? 0, to: number, objects: lives };
}
function deployed(release, plan, rollouts, health) {
    const { good } = plan;
    const after = good === undefined ? "" : `, after release ${good.number}`;
    const many = release.objects.length;
    return {
        status: "deployed",
        verdict: `release ${release.number} of ${release.set} runs${after}`,
        facts: [
            { name: "release", value: String(release.number) },
            ...(good === undefined ? [] : [{ name: "previous release", value: String(good.number) }]),
            { name: "objects", value: String(many) },
            ...health.facts,
        ],
        sections: [rolloutSection(rollouts.rolled, beforeOf(plan)), ...health.sections],
        outputs: {
            release: String(release.number),
            "previous-release": good === undefined ? "" : String(good.number),
            images: deploy_imagesOf(release.objects),
            migrated: String(release.migrates),
        },
    };
}
function releaseOf(plan, { migrateJob }, { set, run, clock }) {
    return {
        version: 1,
        set,
        number: plan.number,
        createdAt: new Date(clock.now()).toISOString(),
        changeCause: plan.changeCause,
        sha: run.sha,
        runUrl: run.url,
        actor: run.actor,
        previous: plan.good?.number ?? 0,
        objects: plan.objects.map(({ object }) => object),
        before: beforeUs(plan.objects, plan.good),
        migrates: migrateJob !== "",
    };
}
function wanted(changed, { afterFailure, objects }, { workloads }, rollouts) {
    if (workloads.length === 0 && !afterFailure)
        return changed;
    const given = workloads.map(({ kind, name }) => `${kind}/${name}`);
    const names = given.length > 0 ? given : objects.map(({ object }) => nameOf(object));
    const known = [...changed, ...rollouts.workloads].filter((one) => names.includes(nameOf(one)));
    return names.flatMap((name) => known.find((one) => nameOf(one) === name) ?? []);
}
function deploy_imagesOf(objects) {
    return objects
        .flatMap((object) => (0,workloads/* containersOf */.Mz)((0,workloads/* templateOf */.kW)(object)?.spec).map(({ name, image }) => `${nameOf(object)} ${name}=${image ?? ""}`))
        .join("\n");
}
function partition(all, isFirst) {
    return [all.filter(isFirst), all.filter((one) => !isFirst(one))];
}

;// CONCATENATED MODULE: ./src/k8s-rollout/dry-run.js



const dry_run_mostLines = 50;
function showPlan({ changed, objects, number, good }, { log, set }) {
    for (const one of changed) {
        log.startGroup(`${nameOf(one.object)}: ${one.live === undefined ? "new" : "changed"}`);
        log.output(`${linesOf(one).join("\n")}\n`);
        log.endGroup();
    }
    const rows = changed.map((one) => {
        const what = one.live === undefined ? "new" : linesOf(one).slice(0, 10).join("\n");
        return `| ${(0,escape_markdown/* escapeMarkdown */.F)(nameOf(one.object))} | ${(0,escape_markdown/* escapeMarkdown */.F)(what)} |`;
    });
    return {
        status: "planned",
        verdict: `release ${number} of ${set} would change ${changed.length} of ${objects.length} objects`,
        sections: rows.length === 0 ? [] : [["| Object | Change |", "| --- | --- |", ...rows].join("\n")],
        outputs: { "previous-release": good === undefined ? "" : String(good.number) },
    };
}
function linesOf({ object, live, changes }) {
    if (object.kind === "Secret") {
        const keys = changes.map(({ path }) => path.replace(/^(?:data|stringData)\.?/, ""));
        return [...new Set(keys)].map((key) => `${key === "" ? "data" : key}: key changed`);
    }
    if (live === undefined)
        return ["new"];
    return changes
        .slice(0, dry_run_mostLines)
        .map(({ path, from, to }) => `${path}: ${shown(from)} -> ${shown(to)}`);
}
function shown(value) {
    return value === undefined ? "nothing" : (0,one_line/* oneLine */.T)(JSON.stringify(value), 120);
}

;// CONCATENATED MODULE: ./src/k8s-rollout/ground.js




const establishMs = 30_000;
const ground_lookMs = 100;
async function ensureGround(manifests, site) {
    for (const { object } of manifests.filter((one) => isGround(one.object))) {
        if ((await site.api.find(object)) !== undefined)
            continue;
        await site.api.apply(object);
        site.log.notice(`${nameOf(object)} was made before anything else, and is never taken back`);
        if (object.kind === "CustomResourceDefinition") {
            await established(object, site);
            site.api.discovery.forget();
        }
        else
            await accountMade(object.metadata.name, site);
    }
}
async function established(crd, site) {
    await awaited(`${nameOf(crd)} to be established`, site, async () => {
        const live = await site.api.find(crd);
        const conditions = (0,json/* memberAt */.mz)(live, "status", "conditions");
        return conditionOf(conditions, "Established")?.status === "True";
    });
}
async function accountMade(namespace, site) {
    const account = {
        apiVersion: "v1",
        kind: "ServiceAccount",
        metadata: { name: "default", namespace },
    };
    await awaited(`the default account of ${namespace}`, site, async () => {
        return (await site.api.find(account)) !== undefined;
    });
}
async function awaited(what, site, look) {
    const until = site.clock.monotonic() + establishMs;
    while (!(await look())) {
        if (site.clock.monotonic() > until)
            throw new errors/* BelayError */.oT("command-failed", `waited in vain for ${what}`, "Look at the cluster's controllers.");
        await site.clock.sleep(ground_lookMs, site.signal);
    }
}

// EXTERNAL MODULE: ./src/gate/server-checks/found.js
var found = __webpack_require__(7620);
;// CONCATENATED MODULE: ./src/k8s-rollout/pod-health.js


function podCheck({ workload, command }, { defaults }) {
    const name = `${(0,one_line/* oneLine */.T)(command, 60)} in ${workload}`;
    return {
        ...defaults,
        kind: "command",
        name,
        command,
        place: undefined,
        exitCode: 0,
        matches: undefined,
    };
}
async function askPod(check, workload, { timeoutMs, signal }, { cluster, namespace, clock }) {
    const start = clock.monotonic();
    const limit = AbortSignal.timeout(Math.ceil(timeoutMs));
    const argv = ["exec", "-n", namespace, workload, "--", "sh", "-c", check.command];
    const ended = await cluster.kubectl(argv, AbortSignal.any([limit, ...(signal === undefined ? [] : [signal])]));
    signal?.throwIfAborted();
    const tookMs = clock.monotonic() - start;
    if (limit.aborted)
        return { ...(0,found/* found */.F9)("unhealthy", "no end in time"), tookMs };
    return { ...read(ended), tookMs };
}
function read({ code, stdout, stderr }) {
    if (code === 0)
        return (0,found/* found */.F9)("healthy", "exit code 0");
    const own = /^(?:Error from server|error:|Unable to|The connection to).*/m.exec(stderr)?.[0];
    const end = /^command terminated with exit code \d+$/m;
    if (own !== undefined && !end.test(stderr))
        return (0,found/* found */.F9)("unhealthy", (0,one_line/* oneLine */.T)(own, 200));
    return (0,found/* found */.F9)("unhealthy", `exit code ${code}`, {
        said: `${stdout}${stderr.replace(end, "")}`.trim(),
    });
}

// EXTERNAL MODULE: ./src/gate/gate-inputs.js + 1 modules
var gate_inputs = __webpack_require__(354);
;// CONCATENATED MODULE: ./src/k8s-rollout/service-health.js

function serviceCheck(service, { expect, defaults }) {
    const [place = "", ...path] = service.split("/");
    const check = (0,gate_inputs/* urlCheck */.Y)(`http://${place}/${path.join("/")}`, expect, defaults);
    return { ...check, name: `service ${service}` };
}
function serviceHttp(cluster, namespace) {
    return {
        request: async ({ url, method = "GET", timeoutMs, signal }) => {
            const [, place = "", path = ""] = /^http:\/\/([^/]+)\/(.*)$/.exec(url) ?? [];
            const base = `/api/v1/namespaces/${namespace}/services/${place}/proxy/`;
            const verb = method === "HEAD" ? "GET" : method;
            const answer = await cluster.request({
                method: verb,
                path: `${base}${path}`,
                timeoutMs,
                signal,
            });
            return { status: answer.status, headers: {}, body: answer.body };
        },
    };
}

;// CONCATENATED MODULE: ./src/k8s-rollout/health.js



class Health {
    #inputs;
    #services;
    #workloads;
    #http;
    #site;
    #gate;
    #table = [];
    constructor(inputs, { services, commands }, http, site) {
        const byService = services.map((one) => serviceCheck(one, inputs));
        const inPods = commands.map((one) => [podCheck(one, inputs), one.workload]);
        const pods = inPods.map(([check]) => check);
        this.#inputs = { ...inputs, checks: [...inputs.checks, ...byService, ...pods] };
        this.#services = new Set(byService);
        this.#workloads = new Map(inPods);
        this.#http = http;
        this.#site = site;
    }
    async open() {
        const { signal, timeline, clock, log } = this.#site;
        if (this.#inputs.checks.length === 0)
            return;
        const { Gate } = await __webpack_require__.e(/* import() */ 801).then(__webpack_require__.bind(__webpack_require__, 801));
        const { checkTable } = await __webpack_require__.e(/* import() */ 225).then(__webpack_require__.bind(__webpack_require__, 5225));
        const gate = (this.#gate = new Gate(this.#inputs, { ask: await this.#asker(), clock }, log));
        try {
            await timeline.step("gate", () => gate.open(signal));
            if (this.#inputs.observeMs > 0)
                await timeline.step("observe", () => gate.observe(signal));
        }
        finally {
            if (gate.result.attempts > 0)
                this.#table = [checkTable(gate.result.checks)];
        }
    }
    get facts() {
        const after = this.#gate?.result.timeToHealthyMs;
        return after === undefined ? [] : [{ name: "healthy after", value: (0,duration/* formatDuration */.a)(after) }];
    }
    get sections() {
        return this.#table;
    }
    async #asker() {
        const { askHttp } = await Promise.all(/* import() */[__webpack_require__.e(700), __webpack_require__.e(611)]).then(__webpack_require__.bind(__webpack_require__, 3611));
        const { clock, api, namespace } = this.#site;
        const byService = serviceHttp(api.cluster, namespace);
        return (check, limits) => {
            const workload = this.#workloads.get(check);
            if (check.kind === "command" && workload !== undefined)
                return askPod(check, workload, limits, { cluster: api.cluster, namespace, clock });
            if (check.kind !== "http")
                throw new TypeError(`${check.name} cannot be asked from here`);
            const http = this.#services.has(check) ? byService : this.#http;
            return askHttp(check, limits, { http, clock, dial: undefined });
        };
    }
}

;// CONCATENATED MODULE: ./src/k8s-rollout/backup.js



async function backUp(cronJob, number, site) {
    if (cronJob === "")
        return;
    await site.timeline.step("backup", async () => {
        const job = jobOf(await cronJobNamed(cronJob, site), number, site);
        await site.api.create(job);
        site.log.info(`backup: job/${job.metadata.name} started`);
        await jobDone(job, "backup-failed", site);
    });
}
async function cronJobNamed(name, site) {
    const metadata = { name, namespace: site.namespace };
    const found = await site.api.find({ apiVersion: "batch/v1", kind: "CronJob", metadata });
    if (found !== undefined)
        return found;
    throw new errors/* BelayError */.oT("config", `\`backup-cronjob\`: ${site.namespace} has no CronJob ${name}`, "Correct the name, or create it first: no backup, no deploy.");
}
function jobOf(cronJob, number, site) {
    const template = (0,json/* memberAt */.mz)(cronJob, "spec", "jobTemplate");
    const { apiVersion, kind, metadata } = cronJob;
    const run = site.run.id === "" ? "" : `-${site.run.id}`;
    const { name, uid = "" } = metadata;
    return {
        apiVersion: "batch/v1",
        kind: "Job",
        metadata: {
            ...template?.metadata,
            name: `${name.slice(0, 30)}-belay-${number}${run}`.slice(0, 63),
            namespace: site.namespace,
            annotations: {
                ...template?.metadata?.annotations,
                "cronjob.kubernetes.io/instantiate": "manual",
            },
            ownerReferences: [
                { apiVersion, kind, name, uid },
            ],
        },
        spec: template?.["spec"],
    };
}

;// CONCATENATED MODULE: ./src/k8s-rollout/manifests/conflicts.js
function conflictsIn(failure) {
    if (failure.status !== 409)
        return [];
    return failure.causes
        .filter(({ reason }) => reason === "FieldManagerConflict")
        .map(({ field, message }) => ({
        field,
        manager: /conflict with "([^"]*)"/.exec(message)?.[1] ?? "",
    }));
}
function isPerson({ manager }) {
    return /^kubectl\b/.test(manager) || manager === "before-first-apply";
}
function conflictText(conflicts) {
    const managers = [...new Set(conflicts.map(({ manager }) => manager))];
    return managers
        .map((manager) => {
        const fields = conflicts.filter((one) => one.manager === manager).map(({ field }) => field);
        return `${manager} (${fields.join(", ")})`;
    })
        .join("; ");
}

;// CONCATENATED MODULE: ./src/k8s-rollout/prepare.js







const prepare_atOnce = 8;
async function prepare(assembled, takeOver, site) {
    const problems = [];
    const prepared = await mapAtOnce(assembled, prepare_atOnce, async (one) => {
        try {
            return [await dryRun(one, takeOver, site)];
        }
        catch (failure) {
            problems.push(refusal(one, failure));
            return [];
        }
    });
    const [first, ...also] = problems;
    if (first !== undefined)
        throw new errors/* BelayError */.oT(first.code, first.message, first.remedy, { also });
    return prepared.flat();
}
async function dryRun(one, takeOver, site) {
    const { object, live } = one;
    const probe = object.kind === "Job" && live !== undefined ? renamed(object) : object;
    try {
        const result = await site.api.apply(probe, { dryRun: true });
        const changes = probe === object ? differences(live, result) : [];
        return { ...one, force: false, result, changes };
    }
    catch (failure) {
        const conflicts = failure instanceof ApiFailure ? conflictsIn(failure) : [];
        const others = takeOver === "all" ? [] : conflicts.filter((conflict) => !isPerson(conflict));
        if (conflicts.length === 0 || others.length > 0 || takeOver === "none")
            throw failure;
        const result = await site.api.apply(probe, { dryRun: true, force: true });
        site.log.notice(`${nameOf(object)}: taken over from ${conflictText(conflicts)}`);
        return { ...one, force: true, result, changes: differences(live, result) };
    }
}
function renamed(object) {
    const name = `${object.metadata.name.slice(0, 50)}-belay-check`;
    return { ...object, metadata: { ...object.metadata, name } };
}
function refusal({ object, place }, failure) {
    const what = `${nameOf(object)} (${place})`;
    const conflicts = failure instanceof ApiFailure ? conflictsIn(failure) : [];
    if (conflicts.length > 0)
        return conflict(what, conflictText(conflicts), failure);
    const immutable = immutableFields(failure);
    if (immutable.length > 0)
        return unchangeable(what, immutable, object, failure);
    if (isNoNamespace(failure))
        return noNamespace(`${what}: `, object.metadata.namespace ?? "", failure);
    const { code, message, remedy } = apiError(what, failure);
    const invalid = isStatus(failure, 422) || isStatus(failure, 400);
    return new errors/* BelayError */.oT(invalid ? "config" : code, message, remedy, { cause: failure });
}
function conflict(what, owners, cause) {
    return new errors/* BelayError */.oT("config", `${what}: fields of it belong to ${owners}`, "Let that tool change it, remove these fields from the manifest, or set `take-over: all`.", { cause });
}
function immutableFields(failure) {
    if (!isStatus(failure, 422))
        return [];
    return failure.causes
        .filter(({ message }) => /immutable|updates to statefulset spec for fields other than/.test(message))
        .map(({ field }) => field);
}
function unchangeable(what, fields, object, cause) {
    const remedy = isPredeploy(object)
        ? "Give it another name."
        : `Take the change back, or delete ${nameOf(object)} yourself (\`--cascade=orphan\` keeps its pods) and deploy again.`;
    return new errors/* BelayError */.oT("config", `${what}: ${fields.join(", ")} cannot be changed`, remedy, {
        cause,
    });
}

;// CONCATENATED MODULE: ./src/k8s-rollout/room/quantity.js
const units = {
    ...{ n: 1e-9, u: 1e-6, m: 1e-3, "": 1, k: 1e3, M: 1e6, G: 1e9, T: 1e12, P: 1e15, E: 1e18 },
    ...{ Ki: 2 ** 10, Mi: 2 ** 20, Gi: 2 ** 30, Ti: 2 ** 40, Pi: 2 ** 50, Ei: 2 ** 60 },
};
function quantity(written) {
    const text = typeof written === "number" ? String(written) : written;
    if (typeof text !== "string")
        return Number.NaN;
    const [, digits = "", unit = ""] = /^([+-]?[\d.]+(?:[eE][+-]?\d+)?)([A-Za-z]*)$/.exec(text) ?? [];
    return digits === "" ? Number.NaN : Number(digits) * (units[unit] ?? Number.NaN);
}

;// CONCATENATED MODULE: ./src/k8s-rollout/room/node-room.js




const resources = ["cpu", "memory"];
function tooSmall(nodes, needs, workload) {
    const selector = (workload.spec?.template?.spec?.["nodeSelector"] ?? {});
    const fits = (node) => isOpen(node) && isSelected(node, selector) && holds(node, needs);
    if (nodes.length === 0 || nodes.some(fits))
        return [];
    const asked = resources.filter((resource) => needs.has(`requests.${resource}`));
    const by = [...asked, ...Object.keys(selector)].join(", ");
    const why = by === "" ? "none is ready" : `by ${by}`;
    return [`no node takes a pod of ${nameOf(workload)}: ${why}`];
}
function isSelected({ metadata: { labels } }, selector) {
    return Object.entries(selector).every(([name, value]) => labels?.[name] === value);
}
function holds(node, needs) {
    return resources.every((resource) => {
        const offered = quantity((0,json/* memberAt */.mz)(node, "status", "allocatable", resource));
        const need = needs.get(`requests.${resource}`) ?? 0;
        return Number.isNaN(offered) || need <= offered;
    });
}

;// CONCATENATED MODULE: ./src/k8s-rollout/room/pod-needs.js

const pod_needs_resources = ["cpu", "memory"];
function podNeeds(template) {
    const { containers = [], initContainers = [] } = template?.spec ?? {};
    const sidecars = initContainers.filter(({ restartPolicy }) => restartPolicy === "Always");
    const needs = new Map([["pods", 1]]);
    for (const kind of ["requests", "limits"])
        for (const resource of pod_needs_resources) {
            const of = (container) => asked(container, kind, resource);
            const together = [...containers, ...sidecars].reduce((sum, one) => sum + of(one), 0);
            const most = Math.max(together, ...initContainers.map(of));
            if (most > 0)
                needs.set(`${kind}.${resource}`, most);
        }
    return needs;
}
function asked({ resources: { requests, limits } = {} }, kind, resource) {
    const limit = limits?.[resource];
    const given = kind === "limits" ? limit : (requests?.[resource] ?? limit);
    return given === undefined ? 0 : quantity(given);
}

;// CONCATENATED MODULE: ./src/k8s-rollout/room/quota-room.js



function fullOf(quota, needs, workload) {
    if ((0,json/* memberAt */.mz)(quota, "spec", "scopes") ?? (0,json/* memberAt */.mz)(quota, "spec", "scopeSelector"))
        return [];
    const hard = ((0,json/* memberAt */.mz)(quota, "status", "hard") ?? {});
    const used = ((0,json/* memberAt */.mz)(quota, "status", "used") ?? {});
    const who = `resourcequota/${quota.metadata.name}`;
    return Object.entries(hard).flatMap(([name, most]) => {
        const need = needs.get(name) ?? needs.get(`requests.${name}`) ?? 0;
        const isFull = need > 0 && quantity(used[name]) + need > quantity(most);
        const state = `${name}: ${used[name] ?? ""} of ${most} used`;
        return isFull ? [`${who} has no room for one pod more of ${nameOf(workload)} (${state})`] : [];
    });
}

;// CONCATENATED MODULE: ./src/k8s-rollout/room/look-at-room.js






async function roomIn({ api, namespace }) {
    const path = `/api/v1/namespaces/${encodeURIComponent(namespace)}/resourcequotas`;
    const [quotas, nodes] = await Promise.all([
        api.list(path).catch(() => ({ items: [] })),
        allNodes(api.cluster),
    ]);
    return { quotas: quotas.items, nodes };
}
function narrowPlaces(changed, { quotas, nodes }) {
    return changed.flatMap(({ result, live }) => {
        if (!(0,workloads/* isWorkload */.gv)(result) || result.spec?.replicas === 0)
            return [];
        const needs = podNeeds(result.spec?.template);
        const isMore = live === undefined || surges(result);
        const full = isMore ? quotas.flatMap((quota) => fullOf(quota, needs, result)) : [];
        return [...full, ...tooSmall(nodes, needs, result)];
    });
}
function surges({ spec }) {
    const most = (0,json/* memberAt */.mz)(spec, "strategy", "rollingUpdate", "maxSurge");
    return most !== undefined && most !== 0 && most !== "0%";
}

;// CONCATENATED MODULE: ./src/k8s-rollout/record/release.js
function currentOf(releases) {
    const [newest] = releases;
    return newest?.state === "failed" ? newest : releases.find(({ state }) => state === "healthy");
}
function candidatesOf(releases) {
    const current = currentOf(releases);
    return releases
        .filter((one) => one.state === "healthy" && one !== current)
        .map(({ number }) => number);
}

;// CONCATENATED MODULE: ./src/k8s-rollout/plan.js












async function planDeploy(manifests, releases, inputs, site) {
    const { secrets } = site;
    const good = await runningRelease(releases, site);
    const number = (releases[0]?.number ?? 0) + 1;
    const changeCause = causeOf(inputs, site);
    const written = manifests.length > 0 ? manifests : await imagesOnly(inputs.images, good, site);
    const all = written.map((one) => withMigration(one, inputs.migrateJob));
    secrets.spare(all.map(({ object }) => object.metadata.name));
    for (const { object } of all)
        secrets.note(object);
    refuseMissingJob(inputs.migrateJob, all);
    const marks = { "belay.dev/commit": site.run.sha, "belay.dev/run": site.run.url };
    const { namespace } = site;
    const { restartOnConfig } = inputs;
    const options = { namespace, images: inputs.images, restartOnConfig, changeCause, marks };
    const assembled = await assemble(all, options, site.api);
    for (const { live } of assembled)
        secrets.note(live);
    const [objects, room] = await Promise.all([
        prepare(assembled, inputs.takeOver, site),
        roomIn(site),
    ]);
    const changed = objects.filter(({ object, changes }) => isPredeploy(object) || changes.length > 0);
    for (const narrow of narrowPlaces(changed, room))
        site.log.warning(narrow);
    return {
        number,
        good,
        afterFailure: currentOf(releases)?.state === "failed",
        objects,
        changed,
        changeCause,
        backUp: () => backUp(inputs.backupCronJob, number, site),
    };
}
async function runningRelease(releases, { store }) {
    const entry = releases.find(({ state }) => state === "healthy");
    return entry && store.read(entry.number);
}
async function imagesOnly(images, good, site) {
    const recorded = (good?.objects ?? []).filter((object) => !isPredeploy(object));
    const strange = images.filter((image) => !recorded.some((one) => (0,manifests_images/* isFor */.Gi)(image, one)));
    const names = new Map(strange.map((image) => [`${image.kind}/${image.name}`, image]));
    const found = await Promise.all([...names.values()].map((image) => runningWorkload(image, site)));
    found.forEach(refuseLostRecord);
    return [
        ...recorded.map((object) => ({ object, place: `release ${good?.number ?? 0}` })),
        ...found.map((live) => ({ object: (0,manifests_images/* imagesAlone */.EI)(live, strange), place: "images" })),
    ];
}
const kinds = {
    deployment: "Deployment",
    statefulset: "StatefulSet",
    daemonset: "DaemonSet",
};
function refuseJob({ kind, name }) {
    if (kind in kinds)
        return;
    throw new errors/* BelayError */.oT("config", `\`images\`: ${kind}/${name} is no workload that runs`, "Put it into `manifests`; without them only deployments, statefulsets and daemonsets get images.");
}
async function runningWorkload(image, site) {
    refuseJob(image);
    const { kind, name } = image;
    const metadata = { name, namespace: site.namespace };
    const wanted = { apiVersion: "apps/v1", kind: kinds[kind] ?? kind, metadata };
    const live = await site.api.find(wanted);
    if (live !== undefined && (0,workloads/* isWorkload */.gv)(live))
        return live;
    throw new errors/* BelayError */.oT("config", `\`images\`: ${site.namespace} has no ${nameOf(wanted)}`, "Check `namespace` and the name, or deploy it by `manifests` first.");
}
function refuseLostRecord(live) {
    const isWhole = (live.metadata.managedFields ?? []).some((entry) => entry.manager === fieldManager &&
        (0,json/* memberAt */.mz)(entry, "fieldsV1", "f:spec", "f:selector") !== undefined);
    if (!isWhole)
        return;
    throw new errors/* BelayError */.oT("config", `${nameOf(live)} was deployed from manifests, and the record of that is gone`, "Deploy it once more with `manifests`.");
}
function withMigration({ object, place }, job) {
    if (object.kind !== "Job" || object.metadata.name !== job)
        return { object, place };
    const annotations = { ...object.metadata.annotations, [phaseMark]: "predeploy" };
    return { object: { ...object, metadata: { ...object.metadata, annotations } }, place };
}
function refuseMissingJob(job, all) {
    const found = all.some(({ object }) => object.kind === "Job" && object.metadata.name === job);
    if (job === "" || found)
        return;
    throw new errors/* BelayError */.oT("config", `\`migrate-job\`: the manifests have no Job ${job}`, "Put the Job into `manifests`, or correct the name.");
}
function causeOf({ changeCause }, { run }) {
    const short = run.sha.slice(0, 7);
    const given = changeCause === "" ? "deployed by Belay" : changeCause;
    return [given, short === "" ? "" : `(${short})`, run.url].filter(Boolean).join(" ");
}

;// CONCATENATED MODULE: ./src/k8s-rollout/granted.js


async function grantedIn(namespace, api) {
    const status = await granted_review("SelfSubjectRulesReview", { namespace }, api).catch(noneIfRefused);
    if (status === undefined || (0,json/* memberAt */.mz)(status, "incomplete") === true)
        return () => false;
    const rules = (0,json/* itemsOf */.S3)((0,json/* memberAt */.mz)(status, "resourceRules"));
    return (right) => right.namespace === namespace && rules.some((rule) => covers(rule, right));
}
async function isAllowed({ verb, group, resource, namespace }, api) {
    const [plural = "", subresource] = resource.split("/");
    const resourceAttributes = {
        verb,
        group,
        resource: plural,
        ...(subresource !== undefined && { subresource }),
        ...(namespace !== "" && { namespace }),
    };
    const status = await granted_review("SelfSubjectAccessReview", { resourceAttributes }, api);
    return (0,json/* memberAt */.mz)(status, "allowed") === true;
}
async function granted_review(kind, spec, api) {
    const asked = { apiVersion: "authorization.k8s.io/v1", kind, metadata: { name: "" }, spec };
    return (0,json/* memberAt */.mz)(await api.create(asked), "status");
}
function noneIfRefused(failure) {
    if (!(failure instanceof ApiFailure))
        throw failure;
}
function covers(rule, { verb, group, resource }) {
    const has = (member, ...wanted) => (0,json/* itemsOf */.S3)((0,json/* memberAt */.mz)(rule, member)).some((one) => one === "*" || wanted.includes(String(one)));
    const subresource = resource.split("/")[1];
    const all = subresource === undefined ? [] : [`*/${subresource}`];
    return ((0,json/* itemsOf */.S3)((0,json/* memberAt */.mz)(rule, "resourceNames")).length === 0 &&
        has("verbs", verb) &&
        has("apiGroups", group) &&
        has("resources", resource, ...all));
}

;// CONCATENATED MODULE: ./src/k8s-rollout/rights.js



const rights_atOnce = 16;
async function checkRights(manifests, inputs, site) {
    const [objects, isGranted] = await Promise.all([
        forObjects(manifests, inputs, site),
        grantedIn(site.namespace, site.api),
    ]);
    const wanted = [...always(inputs, site.namespace), ...objects];
    const unique = [...new Map(wanted.map((right) => [textOf(right), right])).values()];
    const unsure = unique.filter((right) => !isGranted(right));
    const answers = await mapAtOnce(unsure, rights_atOnce, async (right) => ({
        right,
        allowed: await isAllowed(right, site.api),
    }));
    const missing = answers.filter(({ allowed }) => !allowed).map(({ right }) => textOf(right));
    if (missing.length === 0)
        return;
    throw new errors/* BelayError */.oT("cluster-denied", `rights are missing in ${site.namespace}: ${missing.join("; ")}`, "Give them to the user of the kubeconfig: docs/kubernetes-role.yaml has all of them.");
}
function textOf({ verb, group, resource, namespace }) {
    const where = namespace === "" ? " (in the cluster)" : "";
    return `${verb} ${resource}${group === "" ? "" : `.${group}`}${where}`;
}
function always({ backupCronJob, inside, logs, operation }, namespace) {
    const rights = (group, resource, verbs) => verbs.split(" ").map((verb) => ({ verb, group, resource, namespace }));
    const writes = operation === "deploy" || operation === "rollback";
    return [
        ...["deployments", "statefulsets", "daemonsets", "replicasets", "controllerrevisions"].flatMap((resource) => rights("apps", resource, "list watch")),
        ...rights("", "pods", "list watch"),
        ...rights("", "events", "list watch"),
        ...(logs ? rights("", "pods/log", "get") : []),
        ...(writes ? rights("", "secrets", "get list create patch delete") : []),
        ...(writes ? rights("coordination.k8s.io", "leases", "get create update") : []),
        ...(backupCronJob === "" ? [] : rights("batch", "cronjobs", "get")),
        ...(backupCronJob === "" ? [] : rights("batch", "jobs", "get create")),
        ...(inside.services.length === 0 ? [] : rights("", "services/proxy", "get")),
        ...(inside.commands.length === 0 ? [] : rights("", "pods/exec", "create")),
        ...inside.commands.flatMap(({ workload }) => rights("apps", `${workload.split("/")[0] ?? ""}s`, "get")),
    ];
}
async function forObjects(manifests, { rollbackOnFailure, prune }, { api, namespace }) {
    const verbs = ["get", "create", "patch", ...(rollbackOnFailure || prune ? ["delete"] : [])];
    const all = manifests.map(async ({ object }) => {
        const resource = await api.discovery.resource(object);
        if (resource === undefined)
            return [];
        const [group = ""] = object.apiVersion.includes("/") ? object.apiVersion.split("/") : [""];
        const place = resource.namespaced ? (object.metadata.namespace ?? namespace) : "";
        return verbs.map((verb) => ({ verb, group, resource: resource.name, namespace: place }));
    });
    return (await Promise.all(all)).flat();
}

;// CONCATENATED MODULE: ./src/k8s-rollout/rollback.js









async function rollback(releases, inputs, { rollouts, health, patience, }, site) {
    const { store, timeline, clock, run, set } = site;
    const candidates = candidatesOf(releases);
    const target = await store.read(targetOf(inputs.release, releases, candidates));
    const current = currentOf(releases);
    const running = current && (await store.read(current.number));
    const way = await wayBack({ ...target, before: [] }, target, site);
    const assembled = way.apply.map((one) => ({ ...one, place: `release ${target.number}` }));
    const prepared = await timeline.step("check", () => prepare(assembled, "all", site));
    const told = { candidates: candidates.join("\n"), images: deploy_imagesOf(target.objects) };
    if (inputs.dryRun) {
        const many = prepared.filter(({ changes }) => changes.length > 0).length;
        const verdict = `would go back to release ${target.number}: ${many} objects would change`;
        return { status: "planned", verdict, outputs: { ...told, release: String(target.number) } };
    }
    const release = {
        ...target,
        number: (releases[0]?.number ?? 0) + 1,
        createdAt: new Date(clock.now()).toISOString(),
        changeCause: `back to release ${target.number}`,
        runUrl: run.url,
        actor: run.actor,
        previous: running?.number ?? 0,
        before: beforeUs(prepared, running),
        migrates: false,
    };
    await timeline.step("record", () => store.open(release));
    let rolled;
    try {
        const changed = await timeline.step("apply", () => applyObjects(prepared, site));
        rolled = await timeline.step("rollout", () => rollouts.back(changed, patience));
        await health.open();
        if (inputs.prune)
            await pruneLeftOut(release, running, site);
        await store.setState(release.number, "healthy", revisionsOf(rolled));
    }
    catch (failure) {
        await store.setState(release.number, "failed").catch(() => undefined);
        throw failure;
    }
    await store.prune();
    const objects = prepared.flatMap(({ live }) => (live === undefined ? [] : [live]));
    const before = { from: running?.number ?? 0, to: release.number, objects };
    const schema = running?.migrates === true ? "; the schema stays as its migration left it" : "";
    return {
        status: "rolled-back",
        verdict: `release ${target.number} of ${set} runs again, as release ${release.number}${schema}`,
        sections: [rolloutSection(rolled, before)],
        outputs: {
            ...told,
            release: String(release.number),
            "previous-release": String(running?.number ?? ""),
        },
    };
}
function targetOf(wanted, releases, candidates) {
    const known = releases.some(({ number, state }) => number === wanted && state === "healthy");
    if (wanted !== 0 && known)
        return wanted;
    const [newest] = candidates;
    if (wanted === 0 && newest !== undefined)
        return newest;
    const all = candidates.length === 0 ? "there is none" : `there are ${candidates.join(", ")}`;
    throw new errors/* BelayError */.oT("config", wanted === 0
        ? "no release to go back to is recorded"
        : `release ${wanted} is none to go back to`, `Choose \`release\` among the healthy ones: ${all}.`);
}

;// CONCATENATED MODULE: ./src/k8s-rollout/settle-open.js







async function settleOpen(releases, rollouts, site) {
    const open = releases.filter(({ state }) => state === "open");
    for (const { number, runUrl } of open) {
        const whose = runUrl === "" ? "" : ` (${runUrl})`;
        const release = await site.store.read(number);
        if (number === releases[0]?.number && (await hasArrived(release, rollouts, site))) {
            site.log.notice(`release ${number} was left open by a run that ended${whose}: its pods are ready, so it counts as healthy`);
            await site.store.setState(number, "healthy");
        }
        else {
            site.log.notice(`release ${number} was left open by a run that ended${whose}: it is taken back first`);
            await takeBack(release, releases, site);
            await site.store.setState(number, "undone");
        }
    }
    return open.length === 0 ? releases : site.store.list();
}
async function hasArrived(release, rollouts, site) {
    for (const object of release.objects) {
        const live = await site.api.find(object);
        if (live === undefined)
            return false;
        const result = await site.api.apply(object, { dryRun: true, force: true });
        if (canonical(result["spec"]) !== canonical(live["spec"]))
            return false;
        if (!(0,workloads/* isWorkload */.gv)(live))
            continue;
        const seen = rollouts.workloads.find(({ metadata }) => metadata.uid === live.metadata.uid);
        if (seen === undefined)
            return false;
        if (!progressOf(seen, newRevision(seen, rollouts.view)).complete)
            return false;
    }
    return true;
}
async function takeBack(release, releases, site) {
    const entry = releases.find(({ state }) => state === "healthy");
    const good = entry && (await site.store.read(entry.number));
    const way = await wayBack(release, good, site);
    await applyObjects(way.apply, site);
    for (const object of way.remove) {
        await site.api.remove(object);
        site.log.info(`rollback: ${nameOf(object)} deleted`);
    }
}

;// CONCATENATED MODULE: ./src/k8s-rollout/tls-secret.js



const soonDays = 14;
const dayMs = 86_400_000;
async function tlsProblem(name, { api, namespace, clock }) {
    const secret = await api.find({
        apiVersion: "v1",
        kind: "Secret",
        metadata: { name, namespace },
    });
    if (secret === undefined)
        return `its TLS secret ${name} is missing`;
    const text = external_node_buffer_.Buffer.from((0,json/* textAt */.$6)(secret, "data", "tls.crt"), "base64");
    try {
        const { validTo } = new external_node_crypto_.X509Certificate(text);
        const days = Math.floor((Date.parse(validTo) - clock.now()) / dayMs);
        if (days < 0)
            return `the certificate in ${name} expired on ${validTo}`;
        return days < soonDays ? `the certificate in ${name} expires in ${days} days` : undefined;
    }
    catch {
        return `${name} holds no certificate that can be read`;
    }
}

;// CONCATENATED MODULE: ./src/k8s-rollout/objects-health.js




const looks = [
    { path: "/api/v1/namespaces/NS/resourcequotas", kind: "ResourceQuota", problem: quotaProblem },
    { path: "/api/v1/namespaces/NS/services", kind: "Service", problem: serviceProblem },
    {
        path: "/api/v1/namespaces/NS/persistentvolumeclaims",
        kind: "PersistentVolumeClaim",
        problem: claimProblem,
    },
    {
        path: "/apis/networking.k8s.io/v1/namespaces/NS/ingresses",
        kind: "Ingress",
        problem: ingressProblem,
    },
    {
        path: "/apis/autoscaling/v2/namespaces/NS/horizontalpodautoscalers",
        kind: "HorizontalPodAutoscaler",
        problem: autoscalerProblem,
    },
    {
        path: "/apis/policy/v1/namespaces/NS/poddisruptionbudgets",
        kind: "PodDisruptionBudget",
        problem: budgetProblem,
    },
    { path: "/apis/batch/v1/namespaces/NS/cronjobs", kind: "CronJob", problem: cronProblem },
];
async function others(site) {
    const found = await Promise.all(looks.map((look) => lookAt(look, site)));
    return found.flat();
}
async function lookAt({ path, kind, problem }, site) {
    try {
        const { items } = await site.api.list(path.replace("NS", site.namespace));
        return await Promise.all(items.map(async (item) => ({
            name: nameOf({ ...item, kind }),
            problem: await problem(item, site),
            detail: "well",
        })));
    }
    catch (failure) {
        if (!(failure instanceof ApiFailure) || failure.status !== 403)
            throw failure;
        return [{ name: kind, problem: "no right to list them", detail: "" }];
    }
}
function quotaProblem(quota) {
    const [hard, used] = [(0,json/* memberAt */.mz)(quota, "status", "hard"), (0,json/* memberAt */.mz)(quota, "status", "used")];
    const full = Object.entries((hard ?? {})).filter(([name, limit]) => limit !== "0" && (0,json/* textAt */.$6)(used, name) === limit);
    return full.length === 0
        ? undefined
        : `used up: ${full.map(([name, limit]) => `${name} ${limit}`).join(", ")}`;
}
async function serviceProblem(service, { api, namespace }) {
    if ((0,json/* memberAt */.mz)(service, "spec", "selector") === undefined)
        return undefined;
    const selector = encodeURIComponent(`kubernetes.io/service-name=${service.metadata.name}`);
    const path = `/apis/discovery.k8s.io/v1/namespaces/${namespace}/endpointslices?labelSelector=${selector}`;
    const { items } = await api.list(path);
    const endpoints = items.flatMap((slice) => (0,json/* itemsOf */.S3)((0,json/* memberAt */.mz)(slice, "endpoints")));
    const ready = endpoints.filter((one) => (0,json/* memberAt */.mz)(one, "conditions", "ready") === true);
    return ready.length > 0 ? undefined : "no pod behind it is ready";
}
function claimProblem(claim) {
    const phase = (0,json/* textAt */.$6)(claim, "status", "phase");
    return phase === "Bound" ? undefined : `is ${phase}`;
}
async function ingressProblem(ingress, site) {
    for (const entry of (0,json/* itemsOf */.S3)((0,json/* memberAt */.mz)(ingress, "spec", "tls"))) {
        const name = (0,json/* textAt */.$6)(entry, "secretName");
        const problem = name === "" ? undefined : await tlsProblem(name, site);
        if (problem !== undefined)
            return problem;
    }
    return undefined;
}
function autoscalerProblem(autoscaler) {
    const conditions = (0,json/* memberAt */.mz)(autoscaler, "status", "conditions");
    const active = conditionOf(conditions, "ScalingActive");
    if (active?.status === "True" || active?.reason === "ScalingDisabled")
        return undefined;
    return `has no metrics: ${active?.message ?? "not looked at yet"}`;
}
function budgetProblem(budget) {
    const [healthy, desired] = [
        (0,json/* memberAt */.mz)(budget, "status", "currentHealthy"),
        (0,json/* memberAt */.mz)(budget, "status", "desiredHealthy"),
    ];
    return Number(healthy ?? 0) >= Number(desired ?? 0)
        ? undefined
        : `${Number(healthy ?? 0)} of ${Number(desired ?? 0)} pods healthy`;
}
function cronProblem(cronJob) {
    const last = (0,json/* textAt */.$6)(cronJob, "status", "lastScheduleTime");
    const success = (0,json/* textAt */.$6)(cronJob, "status", "lastSuccessfulTime");
    if ((0,json/* memberAt */.mz)(cronJob, "spec", "suspend") === true)
        return "is suspended";
    if (last === "" || success >= last || (0,json/* itemsOf */.S3)((0,json/* memberAt */.mz)(cronJob, "status", "active")).length > 0)
        return undefined;
    return `its last run (${last}) did not succeed; the last success was ${success === "" ? "never" : success}`;
}

;// CONCATENATED MODULE: ./src/k8s-rollout/status.js











async function showStatus({ workloads }, site) {
    const rollouts = await Rollouts.open(site);
    try {
        const names = workloads.map(({ kind, name }) => `${kind}/${name}`);
        const wanted = rollouts.workloads.filter((one) => names.length === 0 || names.includes(nameOf(one)));
        const rolled = wanted.map((one) => workloadHealth(one, rollouts));
        const missing = names
            .filter((name) => !wanted.some((one) => nameOf(one) === name))
            .map((name) => ({ name, problem: "there is none", detail: "" }));
        const [found, ...more] = await Promise.all([
            others(site),
            namespaceHealth(site),
            ...wanted.map((one) => configHealth(one, site)),
        ]);
        const all = [...more.flat(), ...missing, ...rolled, ...found];
        return verdict(unique(all), await site.store.list(), site);
    }
    finally {
        rollouts.close();
    }
}
function verdict(all, releases, { log, namespace }) {
    for (const { name, problem, detail } of all)
        log.info(`${problem === undefined ? "ok" : "problem"}: ${name}: ${problem ?? detail}`);
    const wrong = all.filter(({ problem }) => problem !== undefined);
    const rows = all.map(({ name, problem, detail }) => `| ${(0,escape_markdown/* escapeMarkdown */.F)(name)} | ${problem === undefined ? "✅" : "❌"} | ${(0,escape_markdown/* escapeMarkdown */.F)(problem ?? detail)} |`);
    const told = {
        sections: [["| Object | | Found |", "| --- | --- | --- |", ...rows].join("\n")],
        outputs: {
            release: String(currentOf(releases)?.number ?? ""),
            candidates: candidatesOf(releases).join("\n"),
        },
    };
    if (wrong.length === 0)
        return { status: "ok", verdict: `${namespace}: ${all.length} objects are well`, ...told };
    const [first, ...also] = wrong.map(({ name, problem = "" }) => new errors/* BelayError */.oT("gate-failed", `${name}: ${problem}`, "Look at `kubectl describe` of it."));
    const message = `${namespace}: ${wrong.length} of ${all.length} objects are not well: ${wrong.map(({ name }) => name).join(", ")}`;
    const error = new errors/* BelayError */.oT("gate-failed", message, first?.remedy ?? "", {
        also: first === undefined ? [] : [first, ...also],
    });
    return { status: "failed", verdict: message, error, ...told };
}
function workloadHealth(workload, { view }) {
    const { complete, line } = progressOf(workload, newRevision(workload, view));
    return { name: nameOf(workload), problem: complete ? undefined : line, detail: line };
}
function unique(all) {
    return [...new Map(all.map((one) => [one.name, one])).values()];
}
async function namespaceHealth({ api, namespace }) {
    const object = { apiVersion: "v1", kind: "Namespace", metadata: { name: namespace } };
    const name = nameOf(object);
    try {
        const found = await api.find(object);
        const phase = found === undefined ? "missing" : (0,json/* textAt */.$6)(found, "status", "phase");
        return [{ name, problem: phase === "Active" ? undefined : `is ${phase}`, detail: "well" }];
    }
    catch (failure) {
        if (!isStatus(failure, 403))
            throw failure;
        return [];
    }
}
async function configHealth(workload, { api }) {
    const { namespace = "default" } = workload.metadata;
    const looked = configNames(workload.spec?.template).map(async ({ kind, name, optional }) => {
        const object = { apiVersion: "v1", kind, metadata: { name, namespace } };
        const isThere = optional || (await api.find(object)) !== undefined;
        const problem = isThere ? undefined : `is missing, and ${nameOf(workload)} needs it`;
        return { name: nameOf(object), problem, detail: "well" };
    });
    return Promise.all(looked);
}

;// CONCATENATED MODULE: ./src/k8s-rollout/watch-only.js





async function watchOnly(inputs, { rollouts, health, patience, processes, }, site) {
    const workloads = chosen(rollouts.workloads, inputs.workloads, site.namespace);
    try {
        await site.timeline.step("rollout", () => rollouts.done(workloads, patience));
        await health.open();
    }
    catch (failure) {
        const error = explain(failure, site.signal);
        const box = causeBox(error.message, rollouts.evidence);
        const sections = [box, rolloutSection(rollouts.rolled)];
        const told = { error, sections, outputs: { cause: error.message } };
        if (error.code === "superseded")
            return { status: "superseded", verdict: error.message, ...told };
        return { ...told, ...(await runUndo(inputs.undo, error, processes, site)) };
    }
    const names = workloads.map(nameOf).join(", ");
    const sections = [rolloutSection(rollouts.rolled), ...health.sections];
    return { status: "deployed", verdict: `${names}: ready`, facts: health.facts, sections };
}
function chosen(all, names, namespace) {
    if (names.length === 0 && all.length > 0)
        return all;
    const wanted = names.map(({ kind, name }) => `${kind}/${name}`);
    const missing = wanted.filter((name) => !all.some((one) => nameOf(one) === name));
    if (missing.length === 0 && wanted.length > 0)
        return all.filter((one) => wanted.includes(nameOf(one)));
    const what = missing.length > 0 ? missing.join(", ") : "workload";
    const remedy = "Check `namespace` and `workloads`, and that the step before has applied them.";
    throw new errors/* BelayError */.oT("config", `${namespace} has no ${what}`, remedy);
}
async function runUndo(lines, error, processes, { log, timeline }) {
    if (lines === "")
        return { status: "failed", verdict: error.message, error };
    log.info(`undo: ${error.message}: running the undo lines`);
    try {
        await timeline.step("undo", async () => {
            const { code, stdout, stderr } = await processes.run([
                "bash",
                "-euo",
                "pipefail",
                "-c",
                lines,
            ]);
            log.output(`${stdout}${stderr}`);
            if (code !== 0)
                throw new Error(`the undo lines ended with exit code ${code}`);
        });
        return { status: "rolled-back", verdict: `${error.message}; the undo lines were run`, error };
    }
    catch (failure) {
        const why = failure instanceof Error ? failure.message : String(failure);
        const message = `${error.message}; ${why}`;
        const remedy = "Look at their output, above, and put the old release back by hand.";
        const both = new errors/* BelayError */.oT("rollback-failed", message, remedy, { cause: error });
        return { status: "rollback-failed", verdict: message, error: both };
    }
}

;// CONCATENATED MODULE: ./src/k8s-rollout/record/lease.js


const renewMs = 8000;
const lease_lookMs = 1000;
const deadAfterMs = 30_000;
async function takeLease(options) {
    const { api, clock, log, deadline, signal } = options;
    let seen = { version: "", at: 0 };
    let told = "";
    for (;;) {
        signal.throwIfAborted();
        const held = await api.find(lease_nameOf(options));
        const holder = held?.spec?.holderIdentity ?? "";
        const version = held?.metadata.resourceVersion ?? "";
        if (version !== seen.version)
            seen = { version, at: clock.monotonic() };
        const isDead = clock.monotonic() - seen.at >= deadAfterMs;
        if (holder === "" || isDead) {
            if (isDead && holder !== "")
                log.info(`lock: ${holder} no longer renews it: taken over`);
            const taken = await take(options, held);
            if (taken !== undefined)
                return keep(options, taken);
        }
        else if (told !== holder) {
            log.info(`lock: ${holder} deploys this set: waiting`);
            told = holder;
        }
        if (deadline.leftMs() < lease_lookMs)
            throw locked(holder);
        await clock.sleep(lease_lookMs, signal);
    }
}
function lease_nameOf({ namespace, set, }) {
    const metadata = { name: `belay.${set}`, namespace };
    return { apiVersion: "coordination.k8s.io/v1", kind: "Lease", metadata };
}
async function take(options, held) {
    try {
        const wanted = written(options, held, options.holder);
        return await (held === undefined
            ? options.api.create(wanted)
            : options.api.replace(wanted));
    }
    catch (failure) {
        if (isStatus(failure, 409))
            return undefined;
        throw isNoNamespace(failure) ? noNamespace("", options.namespace, failure) : failure;
    }
}
function written(options, held, holder) {
    const { metadata, ...rest } = lease_nameOf(options);
    const { resourceVersion } = held?.metadata ?? {};
    const renewTime = new Date(options.clock.now()).toISOString().replace("Z", "000Z");
    return {
        ...rest,
        metadata: { ...metadata, ...(resourceVersion !== undefined && { resourceVersion }) },
        spec: { holderIdentity: holder, leaseDurationSeconds: deadAfterMs / 1000, renewTime },
    };
}
function keep(options, first) {
    const lost = new AbortController();
    const ended = new AbortController();
    let held = first;
    const renewed = renew();
    return {
        lost: lost.signal,
        release: async () => {
            ended.abort();
            await renewed;
            if (lost.signal.aborted)
                return;
            await options.api.replace(written(options, held, null)).catch(() => undefined);
        },
    };
    async function renew() {
        for (;;) {
            await options.clock.sleep(renewMs, ended.signal).catch(() => undefined);
            if (ended.signal.aborted)
                return;
            try {
                held = await options.api.replace(written(options, held, options.holder));
            }
            catch (failure) {
                if (!isStatus(failure, 409))
                    continue;
                const now = await options.api.find(lease_nameOf(options)).catch(() => held);
                if (now?.spec?.holderIdentity !== options.holder) {
                    lost.abort(taken());
                    return;
                }
                held = now;
            }
        }
    }
}
function taken() {
    return new errors/* BelayError */.oT("superseded", "another run has taken the lock over, because this one stood still for 30 s", "Look at the other run, then deploy again.");
}
function locked(holder) {
    return new errors/* BelayError */.oT("locked", `${holder} still deploys this set`, "Wait for that run, or raise `timeout`.");
}

;// CONCATENATED MODULE: ./src/k8s-rollout/run-operation.js












async function runOperation(manifests, inputs, world, site) {
    const { operation, dryRun } = inputs;
    await site.timeline.step("rights", () => checkRights(manifests, inputs, site));
    if (operation === "status")
        return showStatus(inputs, site);
    if (operation === "watch")
        return watching(inputs, world, site, watchOnly);
    if (dryRun)
        return planOnly(manifests, inputs, world, site);
    if (operation === "deploy")
        await ensureGround(manifests, site);
    return alone(site, (held) => watching(inputs, world, held, async (_, tools) => {
        const releases = await settleOpen(await held.store.list(), tools.rollouts, held);
        if (operation === "rollback")
            return rollback(releases, inputs, tools, held);
        const plan = await held.timeline.step("check", () => planDeploy(manifests, releases, inputs, held));
        return deploy(plan, inputs, tools, held);
    }));
}
async function planOnly(manifests, inputs, world, site) {
    const releases = await site.store.list();
    if (inputs.operation === "rollback")
        return watching(inputs, world, site, (_, tools) => rollback(releases, inputs, tools, site));
    return showPlan(await planDeploy(manifests, releases, inputs, site), site);
}
async function watching(inputs, world, site, body) {
    const rollouts = await Rollouts.open(site);
    const health = new Health(inputs.health, inputs.inside, world.http, site);
    const { grace, logs } = inputs;
    const { processes } = world;
    try {
        return await body(inputs, { rollouts, health, processes, patience: { grace, logs } }, site);
    }
    finally {
        rollouts.close();
    }
}
async function alone(site, body) {
    const { api, clock, log, deadline, signal, namespace, set, run } = site;
    const holder = run.url === "" ? `run ${run.id}` : run.url;
    const lease = await site.timeline.step("lock", () => takeLease({ api, clock, log, deadline, signal, namespace, set, holder }));
    try {
        return await body({ ...site, signal: AbortSignal.any([signal, lease.lost]) });
    }
    finally {
        await lease.release();
    }
}

// EXTERNAL MODULE: ./src/kit/mask.js
var mask = __webpack_require__(2441);
// EXTERNAL MODULE: ./src/kit/redact.js
var redact = __webpack_require__(7264);
;// CONCATENATED MODULE: ./src/k8s-rollout/secret-values.js




class SecretValues {
    #values = new Set();
    #names = new Set();
    #mask;
    constructor(mask) {
        this.#mask = mask;
    }
    spare(names) {
        for (const name of names)
            this.#names.add(name);
    }
    note(object) {
        if (object?.kind !== "Secret")
            return;
        const encoded = Object.values((0,json/* memberAt */.mz)(object, "data") ?? {}).map(String);
        const texts = Object.values((0,json/* memberAt */.mz)(object, "stringData") ?? {}).map(String);
        const decoded = encoded.map((value) => external_node_buffer_.Buffer.from(value, "base64").toString("utf8"));
        for (const value of [...encoded, ...decoded, ...texts])
            for (const line of value.split(/\r?\n/))
                (0,mask/* maskPart */.O)(line.trim(), (part) => this.#add(part));
    }
    redact = (text) => (0,redact/* redactor */.$)([...this.#values])(text);
    #add(value) {
        if ([...this.#names].some((name) => name.includes(value)))
            return;
        if (!this.#values.has(value))
            this.#mask(value);
        this.#values.add(value);
    }
}

;// CONCATENATED MODULE: ./src/k8s-rollout/operate.js








async function operate(inputs, timeline, platform) {
    const begun = platform.clock.monotonic();
    const world = await platform.reach();
    const cluster = await world.openCluster(inputs.address);
    try {
        const site = siteOf(cluster, inputs, { begun, timeline, platform });
        const kustomize = (folder) => cluster.kubectl(["kustomize", folder], platform.signal);
        const manifests = await readManifests(inputs.manifests, platform.run.workspace, kustomize);
        const outcome = await runOperation(manifests, inputs, world, site);
        for (const warning of site.api.warnings)
            platform.log.warning(`The API server warns: ${warning}`);
        return outcome;
    }
    catch (failure) {
        throw explain(failure, platform.signal);
    }
    finally {
        await cluster.close();
    }
}
function siteOf(cluster, inputs, { begun, timeline, platform, }) {
    const { clock, log, signal, run } = platform;
    const api = new Api(cluster, clock);
    const context = contextOf(cluster.config, inputs.address.kubeconfig !== "");
    const namespace = inputs.namespace || context.namespace;
    const set = inputs.set || setOf(run.repository);
    log.info(`cluster: ${context.server}, context ${context.name}, namespace ${namespace}, set ${set}`);
    const secrets = new SecretValues((secret) => log.mask(secret));
    secrets.spare([namespace, set]);
    const { timeoutMs } = inputs;
    return {
        api,
        namespace,
        set,
        store: new ReleaseStore(api, namespace, set),
        clock,
        log,
        timeline,
        deadline: new kit_deadline/* Deadline */.B(clock, begun, timeoutMs),
        timeoutMs,
        signal,
        run,
        secrets,
    };
}
function setOf(repository) {
    const name = repository.split("/").at(-1) ?? "";
    const plain = name
        .toLowerCase()
        .replace(/[^a-z0-9]+/g, "-")
        .slice(0, 42);
    return plain.replace(/^-+|-+$/g, "") || "app";
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
