export const id = 443;
export const ids = [443];
export const modules = {

/***/ 7443:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   look: () => (/* binding */ look)
/* harmony export */ });
/* harmony import */ var _kit_errors_js__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(9858);
/* harmony import */ var _project_js__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(5493);
/* harmony import */ var _scripts_js__WEBPACK_IMPORTED_MODULE_2__ = __webpack_require__(3834);



async function look(inputs, platform) {
    const problems = [];
    const found = new Map();
    for (const directory of inputs.directories)
        await (0,_project_js__WEBPACK_IMPORTED_MODULE_1__/* .readProject */ .W)(platform.run.workspace, directory).then(({ scripts }) => found.set(directory, scripts), (failure) => problems.push((0,_kit_errors_js__WEBPACK_IMPORTED_MODULE_0__/* .asBelayError */ ._q)(failure)));
    if (problems.length === 0)
        problems.push(...scriptProblems(inputs, found));
    const [first, ...also] = problems;
    if (first !== undefined)
        throw new _kit_errors_js__WEBPACK_IMPORTED_MODULE_0__/* .BelayError */ .oT("config", first.message, first.remedy, { also });
}
function scriptProblems({ scripts: names, extra }, found) {
    const all = [...found.values()];
    if (names !== undefined) {
        const missing = names.filter((name) => all.every((sources) => (0,_scripts_js__WEBPACK_IMPORTED_MODULE_2__/* .namedScripts */ .S$)([name], sources).scripts.length === 0));
        return missing.map((name) => noScript(name, all));
    }
    const has = all.some((sources) => (0,_scripts_js__WEBPACK_IMPORTED_MODULE_2__/* .usualScripts */ .RJ)(sources).length > 0) || extra.length > 0;
    if (has)
        return [];
    const remedy = "Name them in `scripts`, or add scripts such as `lint`, `typecheck`, `test` and `build`.";
    return [
        new _kit_errors_js__WEBPACK_IMPORTED_MODULE_0__/* .BelayError */ .oT("config", "package.json has no script of a usual name: there is nothing to check", remedy),
    ];
}
function noScript(name, all) {
    const own = [...new Set(all.flatMap(({ own }) => [...own.keys()]))];
    const present = own.length === 0 ? "It has no scripts." : `It has ${own.join(", ")}.`;
    return new _kit_errors_js__WEBPACK_IMPORTED_MODULE_0__/* .BelayError */ .oT("config", `\`scripts\` names ${name}, which package.json does not have`, present);
}


/***/ }),

/***/ 5493:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {


// EXPORTS
__webpack_require__.d(__webpack_exports__, {
  f: () => (/* binding */ dependsOn),
  W: () => (/* binding */ readProject)
});

// EXTERNAL MODULE: external "node:fs/promises"
var promises_ = __webpack_require__(1455);
// EXTERNAL MODULE: external "node:path"
var external_node_path_ = __webpack_require__(6760);
// EXTERNAL MODULE: ./src/kit/errors.js
var errors = __webpack_require__(9858);
// EXTERNAL MODULE: ./src/kit/json.js
var json = __webpack_require__(5727);
;// CONCATENATED MODULE: ./src/test-node/package-manager.js

const lockfiles = [
    ["pnpm-lock.yaml", "pnpm"],
    ["yarn.lock", "yarn"],
    ["package-lock.json", "npm"],
    ["npm-shrinkwrap.json", "npm"],
];
function packageManagerOf({ files, manifest, yarnLock, }) {
    const named = namedManager(manifest);
    if (typeof named === "string")
        return named;
    const present = lockfiles.filter(([file]) => files.includes(file));
    const fitting = named === undefined ? present : present.filter(([, name]) => name === named.name);
    const [first] = fitting;
    if (first === undefined)
        return noLockfile(present, named);
    if (named === undefined && new Set(present.map(([, name]) => name)).size > 1)
        return `there are ${listed(present.map(([file]) => file))}, and \`packageManager\` in package.json does not say which one counts`;
    const [lockfile, name] = first;
    const isClassic = name === "yarn" && /^# yarn lockfile v1$/m.test(yarnLock);
    return { name: isClassic ? "yarn-classic" : name, lockfile, version: named?.version };
}
function namedManager(manifest) {
    const given = (0,json/* textAt */.$6)(manifest, "packageManager");
    if (given === "") {
        const engine = (0,json/* memberAt */.mz)(manifest, "devEngines", "packageManager");
        const name = knownName((0,json/* textAt */.$6)(engine, "name"));
        const version = (0,json/* textAt */.$6)(engine, "version");
        const exact = /^\d+\.\d+\.\d+$/.test(version) ? version : undefined;
        return name && { name, version: exact };
    }
    const match = /^([a-z]+)@(\d+\.\d+\.\d+[\w.-]*)(?:\+[\w.-]+)?$/.exec(given);
    const name = knownName(match?.[1] ?? "");
    if (name === undefined)
        return `\`packageManager\` in package.json is ${JSON.stringify(given)}; npm, pnpm and yarn are known, with an exact version`;
    return { name, version: match?.[2] };
}
function knownName(name) {
    return ["npm", "pnpm", "yarn"].find((one) => one === name);
}
function noLockfile(present, named) {
    if (named !== undefined && present.length > 0)
        return `\`packageManager\` is ${named.name}, but the lockfile is ${listed(present.map(([file]) => file))}`;
    return "there is no lockfile (package-lock.json, pnpm-lock.yaml or yarn.lock)";
}
function listed(names) {
    return names.join(" and ");
}

;// CONCATENATED MODULE: ./src/test-node/project.js





async function readProject(workspace, directory) {
    const folder = (0,external_node_path_.join)(workspace, directory);
    const manifest = await readManifest(folder, directory);
    const { root, manager } = await findRoot(workspace, folder, directory);
    const packages = await workspacePackages(root);
    const below = packages.filter((one) => (0,external_node_path_.join)(root, one.directory).startsWith(`${folder}/`));
    const workspaces = below.map((one) => scriptsOf(one.manifest));
    return {
        directory,
        folder,
        root,
        manager,
        manifest,
        scripts: { own: scriptsOf(manifest), workspaces },
        packages,
        pin: await pinOf([folder, root]),
    };
}
function dependsOn({ manifest }, name) {
    const groups = ["dependencies", "devDependencies"];
    return groups.some((group) => (0,json/* textAt */.$6)(manifest, group, name) !== "");
}
async function pinOf(folders) {
    for (const folder of folders)
        for (const file of [".nvmrc", ".node-version"]) {
            const text = await (0,promises_.readFile)((0,external_node_path_.join)(folder, file), "utf8").catch(() => "");
            if (text.trim() !== "")
                return { file, version: text.trim() };
        }
    return { file: "", version: "" };
}
async function readManifest(folder, directory) {
    const shown = directory === "." ? "the root of the repository" : `\`${directory}\``;
    const remedy = "Name the folder of the project in `working-directory`, and check the code out before this step.";
    let text;
    try {
        text = await (0,promises_.readFile)((0,external_node_path_.join)(folder, "package.json"), "utf8");
    }
    catch (cause) {
        throw new errors/* BelayError */.oT("config", `${shown} has no package.json`, remedy, { cause });
    }
    const manifest = (0,json/* parseJson */.qF)(text);
    if (manifest === undefined)
        throw new errors/* BelayError */.oT("config", `package.json in ${shown} is no JSON`, "Mend it: npm would refuse it too.");
    return manifest;
}
async function findRoot(workspace, folder, directory) {
    let problem = "";
    for (let at = folder;; at = (0,external_node_path_.dirname)(at)) {
        const found = await managerIn(at);
        if (typeof found === "object")
            return { root: at, manager: found };
        problem ||= found ?? "";
        if (at === workspace || (0,external_node_path_.relative)(workspace, at).startsWith(".."))
            break;
    }
    const remedy = "Commit the lockfile that your package manager writes: without one nobody knows what is tested.";
    throw new errors/* BelayError */.oT("config", `${directory === "." ? "At the root of the repository" : `In \`${directory}\``} ${problem}`, remedy);
}
async function managerIn(folder) {
    const files = await (0,promises_.readdir)(folder).catch(() => []);
    if (!files.includes("package.json"))
        return undefined;
    const manifest = (0,json/* parseJson */.qF)(await (0,promises_.readFile)((0,external_node_path_.join)(folder, "package.json"), "utf8"));
    const yarnLock = files.includes("yarn.lock")
        ? await (0,promises_.readFile)((0,external_node_path_.join)(folder, "yarn.lock"), "utf8")
        : "";
    return packageManagerOf({ files, manifest, yarnLock });
}
async function workspacePackages(root) {
    const manifest = (0,json/* parseJson */.qF)(await (0,promises_.readFile)((0,external_node_path_.join)(root, "package.json"), "utf8"));
    const paths = [...(await packagesByPattern(root, manifest)), ...(await packagesOfPnpm(root))];
    const found = paths.map(async (path) => {
        const text = await (0,promises_.readFile)((0,external_node_path_.join)(root, path), "utf8").catch(() => "");
        return { directory: (0,external_node_path_.dirname)(path), manifest: (0,json/* parseJson */.qF)(text) };
    });
    return (await Promise.all(found)).filter((one) => one.manifest !== undefined);
}
async function packagesByPattern(folder, manifest) {
    const patterns = workspacePatterns(manifest);
    const unwanted = patterns.flatMap((one) => (one.startsWith("!") ? [one.slice(1)] : []));
    const wanted = patterns.filter((one) => !one.startsWith("!"));
    const manifests = wanted.map((one) => `${one.replace(/\/+$/, "")}/package.json`);
    const exclude = ["**/node_modules/**", ...unwanted];
    const found = [];
    for await (const path of (0,promises_.glob)(manifests, { cwd: folder, exclude }))
        found.push(path);
    return found.sort();
}
function workspacePatterns(manifest) {
    const given = (0,json/* memberAt */.mz)(manifest, "workspaces");
    const list = Array.isArray(given) ? given : (0,json/* memberAt */.mz)(given, "packages");
    return (0,json/* itemsOf */.S3)(list).filter((one) => typeof one === "string");
}
async function packagesOfPnpm(folder) {
    const isWorkspace = (await (0,promises_.readFile)((0,external_node_path_.join)(folder, "pnpm-workspace.yaml"), "utf8").catch(() => "")) !== "";
    if (!isWorkspace)
        return [];
    const lockfile = await (0,promises_.readFile)((0,external_node_path_.join)(folder, "pnpm-lock.yaml"), "utf8").catch(() => "");
    const [, importers = ""] = /^importers:\n([^]*?)(?=^\S|$(?![^]))/m.exec(lockfile) ?? [];
    const names = [...importers.matchAll(/^ {2}(\S.*):$/gm)].map(([, name = ""]) => name.replace(/^'|'$/g, ""));
    return names.filter((name) => name !== ".").map((name) => (0,external_node_path_.join)(name, "package.json"));
}
function scriptsOf(manifest) {
    const scripts = (0,json/* memberAt */.mz)(manifest, "scripts");
    if (typeof scripts !== "object" || scripts === null)
        return new Map();
    const entries = Object.entries(scripts);
    return new Map(entries.filter((entry) => typeof entry[1] === "string"));
}


/***/ }),

/***/ 3834:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   D3: () => (/* binding */ writes),
/* harmony export */   Hx: () => (/* binding */ dropsReporters),
/* harmony export */   RJ: () => (/* binding */ usualScripts),
/* harmony export */   S$: () => (/* binding */ namedScripts)
/* harmony export */ });
const usualNames = {
    lint: ["lint:check", "lint:ci", "lint", "eslint"],
    format: ["format:check", "check:format", "format-check", "prettier:check", "fmt:check", "format"],
    types: ["typecheck", "type-check", "check-types", "check:types", "types:check", "types", "tsc"],
    test: ["test:ci", "test", "test:unit", "unit"],
    build: ["build"],
    e2e: ["test:e2e", "e2e", "playwright", "test:playwright"],
};
const kinds = Object.keys(usualNames);
function usualScripts(sources) {
    return kinds.flatMap((kind) => {
        const names = usualNames[kind];
        const found = names.map((name) => scriptOf(name, kind, sources)).find((one) => fits(one));
        return found === undefined ? [] : [found];
    });
}
function namedScripts(names, sources) {
    const found = names.map((name) => scriptOf(name, kindOf(name), sources));
    const missing = names.filter((_, at) => found[at] === undefined);
    return { scripts: found.filter((one) => one !== undefined), missing };
}
function scriptOf(name, kind, { own, workspaces }) {
    const text = own.get(name);
    if (text !== undefined)
        return { name, kind, text, inWorkspaces: false };
    const texts = workspaces.flatMap((scripts) => scripts.get(name) ?? []);
    if (texts.length === 0)
        return undefined;
    return { name, kind, text: texts.join("\n"), inWorkspaces: true };
}
function fits(script) {
    if (script === undefined)
        return false;
    if (script.text.includes("Error: no test specified"))
        return false;
    return script.kind !== "format" || !writes(script);
}
function kindOf(name) {
    return kinds.find((kind) => usualNames[kind].includes(name)) ?? guessed(name);
}
function guessed(name) {
    if (/e2e|playwright/.test(name))
        return "e2e";
    if (/^test|:test$|unit/.test(name))
        return "test";
    if (name.includes("lint"))
        return "lint";
    if (/format|prettier|fmt/.test(name))
        return "format";
    return /type|tsc/.test(name) ? "types" : name.startsWith("build") ? "build" : "other";
}
function writes({ text }) {
    return /(?:^|\s)--(?:fix|write|update|updateSnapshot)(?=\s|$|=true)|\bbiome\b.*--(?:apply|write)/.test(text);
}
function dropsReporters({ text }) {
    return /\bNODE_OPTIONS=/.test(text) && !/\$\{?NODE_OPTIONS/.test(text);
}


/***/ })

};
