export const id = 182;
export const ids = [182];
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
