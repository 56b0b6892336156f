export const id = 548;
export const ids = [548];
export const modules = {

/***/ 548:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {


// EXPORTS
__webpack_require__.d(__webpack_exports__, {
  scanImage: () => (/* binding */ scanImage)
});

// EXTERNAL MODULE: external "node:fs/promises"
var promises_ = __webpack_require__(455);
// EXTERNAL MODULE: external "node:path"
var external_node_path_ = __webpack_require__(760);
// EXTERNAL MODULE: ./src/kit/errors.js
var kit_errors = __webpack_require__(858);
;// CONCATENATED MODULE: ./src/build-push-ghcr/scan/layout-of-one.js


async function layoutOfOne(layout, { digest, platform }, scratch) {
    const folder = (0,external_node_path_.join)(scratch, `layout-${platform.replaceAll("/", "-")}`);
    await (0,promises_.mkdir)(folder);
    await (0,promises_.symlink)((0,external_node_path_.join)(layout, "blobs"), (0,external_node_path_.join)(folder, "blobs"));
    const [algorithm = "", hex = ""] = digest.split(":");
    const bytes = await (0,promises_.readFile)((0,external_node_path_.join)(layout, "blobs", algorithm, hex));
    const mediaType = "application/vnd.oci.image.manifest.v1+json";
    const index = { schemaVersion: 2, manifests: [{ mediaType, digest, size: bytes.byteLength }] };
    await (0,promises_.writeFile)((0,external_node_path_.join)(folder, "index.json"), JSON.stringify(index));
    await (0,promises_.writeFile)((0,external_node_path_.join)(folder, "oci-layout"), JSON.stringify({ imageLayoutVersion: "1.0.0" }));
    return folder;
}

// EXTERNAL MODULE: ./src/kit/json.js
var json = __webpack_require__(727);
;// CONCATENATED MODULE: ./src/build-push-ghcr/scan/sarif.js

function mergedSarif(image, scans) {
    const runs = scans.flatMap(({ platform, sarif }) => (0,json/* itemsOf */.S3)((0,json/* memberAt */.mz)(sarif, "runs")).map((run) => ({
        ...run,
        automationDetails: { id: `belay/${image}/${platform}/` },
    })));
    const schema = "https://json.schemastore.org/sarif-2.1.0.json";
    return `${JSON.stringify({ $schema: schema, version: "2.1.0", runs })}\n`;
}

;// CONCATENATED MODULE: ./src/commands/scanner.js
function trivyScan(target, { report, ignoreUnfixed, cache, }) {
    const where = target.kind === "layout"
        ? ["--input", target.folder]
        : ["--image-src", "remote", "--platform", target.platform, target.reference];
    return [
        ...["trivy", "image", "--format", "json", "--output", report],
        ...["--scanners", "vuln", "--no-progress", "--disable-telemetry"],
        ...(cache === "" ? [] : ["--cache-dir", cache]),
        ...(ignoreUnfixed ? ["--ignore-unfixed"] : []),
        ...where,
    ];
}
function trivyConvert(report, sarif) {
    return ["trivy", "convert", "--format", "sarif", "--output", sarif, report];
}
function snykScan(target, { report, sarif, dockerfile, }) {
    const where = target.kind === "layout"
        ? [`oci-archive:${target.folder}.tar`]
        : [`--platform=${target.platform}`, target.reference];
    const files = [
        `--json-file-output=${report}`,
        ...(dockerfile === undefined ? [] : [`--file=${dockerfile}`]),
        ...(sarif === undefined ? [] : [`--sarif-file-output=${sarif}`]),
    ];
    return ["snyk", "container", "test", ...files, ...where];
}
function packLayout(folder) {
    return ["tar", "-c", "-h", "-f", `${folder}.tar`, "-C", folder, "."];
}
function inContainer([, ...words], { image, readable, writable, variables, cwd }) {
    const mount = (mode) => (folder) => ["--volume", `${folder}:${folder}${mode}`];
    return [
        ...["docker", "run", "--rm", "--network", "host", "--workdir", cwd],
        ...readable.flatMap(mount(":ro")),
        ...writable.flatMap(mount("")),
        ...variables.flatMap((name) => ["--env", name]),
        image,
        ...words,
    ];
}

// EXTERNAL MODULE: ./src/kit/one-line.js
var one_line = __webpack_require__(544);
// EXTERNAL MODULE: ./src/build-push-ghcr/scan-inputs.js
var scan_inputs = __webpack_require__(816);
;// CONCATENATED MODULE: ./src/build-push-ghcr/scan/finding.js

function rank(severity) {
    return severity === "unknown" ? -1 : scan_inputs/* severities */.g.indexOf(severity);
}
function severityOf(text) {
    const lower = text.toLowerCase();
    return scan_inputs/* severities */.g.find((one) => one === lower) ?? (lower === "negligible" ? "low" : "unknown");
}
function inOrder(findings) {
    const keyOf = ({ id, component, installed }) => [id, component, installed].join("\n");
    const once = [...new Map(findings.map((one) => [keyOf(one), one])).values()];
    return once.sort((a, b) => Number(a.fixed === "") - Number(b.fixed === "") ||
        rank(b.severity) - rank(a.severity) ||
        a.id.localeCompare(b.id));
}

;// CONCATENATED MODULE: ./src/build-push-ghcr/scan/read-snyk.js


function readSnyk(report) {
    const projects = Array.isArray(report) ? (0,json/* itemsOf */.S3)(report) : [report];
    const all = projects.flatMap((one) => [one, ...(0,json/* itemsOf */.S3)((0,json/* memberAt */.mz)(one, "applications"))]);
    if (all.some((one) => !Array.isArray((0,json/* memberAt */.mz)(one, "vulnerabilities"))))
        return undefined;
    return all.flatMap((one) => (0,json/* itemsOf */.S3)((0,json/* memberAt */.mz)(one, "vulnerabilities")).map(findingOf));
}
function findingOf(one) {
    const [cve] = (0,json/* itemsOf */.S3)((0,json/* memberAt */.mz)(one, "identifiers", "CVE"));
    const [fixed] = (0,json/* itemsOf */.S3)((0,json/* memberAt */.mz)(one, "fixedIn"));
    const id = (0,json/* textAt */.$6)(one, "id");
    return {
        id: typeof cve === "string" ? cve : id,
        severity: severityOf((0,json/* textAt */.$6)(one, "severityWithCritical") || (0,json/* textAt */.$6)(one, "severity")),
        component: (0,json/* textAt */.$6)(one, "packageName") || (0,json/* textAt */.$6)(one, "name"),
        installed: (0,json/* textAt */.$6)(one, "version"),
        fixed: (0,json/* textAt */.$6)(one, "nearestFixedInVersion") || (typeof fixed === "string" ? fixed : ""),
        title: (0,json/* textAt */.$6)(one, "title"),
        url: `https://security.snyk.io/vuln/${encodeURIComponent(id)}`,
    };
}

;// CONCATENATED MODULE: ./src/build-push-ghcr/scan/read-trivy.js


function readTrivy(report) {
    if ((0,json/* memberAt */.mz)(report, "SchemaVersion") !== 2)
        return undefined;
    const results = (0,json/* itemsOf */.S3)((0,json/* memberAt */.mz)(report, "Results"));
    const all = results.flatMap((result) => (0,json/* itemsOf */.S3)((0,json/* memberAt */.mz)(result, "Vulnerabilities")));
    return all.map((one) => ({
        id: (0,json/* textAt */.$6)(one, "VulnerabilityID"),
        severity: severityOf((0,json/* textAt */.$6)(one, "Severity")),
        component: (0,json/* textAt */.$6)(one, "PkgName"),
        installed: (0,json/* textAt */.$6)(one, "InstalledVersion"),
        fixed: (0,json/* textAt */.$6)(one, "FixedVersion"),
        title: (0,json/* textAt */.$6)(one, "Title"),
        url: (0,json/* textAt */.$6)(one, "PrimaryURL"),
    }));
}

;// CONCATENATED MODULE: ./src/build-push-ghcr/scan/scanner.js









const trivyImage = "docker.io/aquasec/trivy@sha256:bcc376de8d77cfe086a917230e818dc9f8528e3c852f7b1aff648949b6258d1c";
async function scanAll(images, inputs, place) {
    const scanner = await findScanner(inputs.scanner, place);
    const scans = [];
    for (const image of images)
        scans.push(await scanOne(image, inputs, scanner, place));
    return scans;
}
async function findScanner(name, place) {
    const { processes, cwd, signal, env, scratch } = place;
    const run = (argv) => processes.run(argv, { cwd, signal, env });
    try {
        await run([name, "--version"]);
        return { run, cache: "" };
    }
    catch (failure) {
        if (!(failure instanceof kit_errors/* BelayError */.oT && failure.code === "tool-missing"))
            throw failure;
        if (name !== "trivy")
            throw notInstalled(failure);
        place.log.info(`scan: trivy is not on PATH, so it runs as ${trivyImage}`);
        const contained = (argv) => run(inContainer(argv, containerOf(place)));
        return { run: contained, cache: (0,external_node_path_.join)(scratch, "trivy-cache") };
    }
}
function containerOf({ cwd, scratch, variables, env }) {
    return {
        image: trivyImage,
        readable: [cwd],
        writable: [scratch],
        variables: [...variables, ...Object.keys(env)],
        cwd,
    };
}
function notInstalled(cause) {
    const remedy = "Add `- uses: snyk/actions/setup@9adf32b1121593767fc3c057af55b55db032dc04` before this step, or use `scan: trivy`.";
    const message = "snyk is not on the runner's PATH, and no image of it is pinned";
    return new kit_errors/* BelayError */.oT("tool-missing", message, remedy, { cause });
}
async function scanOne(image, inputs, scanner, place) {
    const { platform } = image;
    const folder = (0,external_node_path_.join)(place.scratch, "scan", platform.replaceAll("/", "-"));
    await (0,promises_.mkdir)(folder, { recursive: true });
    const files = { report: (0,external_node_path_.join)(folder, "report.json"), sarif: (0,external_node_path_.join)(folder, "report.sarif") };
    const target = await place.targetOf(image);
    const isSnyk = inputs.scanner === "snyk";
    if (isSnyk && target.kind === "layout")
        await place.processes.run(packLayout(target.folder));
    const argv = isSnyk
        ? snykScan(target, { ...files, ...sarifOf(files, inputs, place) })
        : trivyScan(target, { ...files, ...inputs, cache: scanner.cache });
    const said = await scanner.run(argv);
    place.log.output(said.stderr);
    const report = await readJson(files.report);
    const findings = isSnyk ? readSnyk(report) : readTrivy(report);
    if (findings === undefined)
        throw cannotScan(inputs.scanner, platform, said);
    const wanted = inputs.ignoreUnfixed ? findings.filter(({ fixed }) => fixed !== "") : findings;
    const sarif = isSarifWanted(inputs) ? await readSarif(files, isSnyk, scanner) : undefined;
    return { platform, findings: inOrder(wanted), sarif };
}
function sarifOf({ sarif }, inputs, { dockerfile }) {
    if (!isSarifWanted(inputs))
        return { sarif: undefined, dockerfile };
    if (dockerfile !== undefined)
        return { sarif, dockerfile };
    throw new kit_errors/* BelayError */.oT("config", "snyk writes SARIF of an image only beside its Dockerfile, and that is not in the checkout", "Check the repository out before this step, or leave `sarif-file` and `upload-sarif` out.");
}
async function readSarif({ report, sarif }, isSnyk, { run }) {
    const said = isSnyk ? undefined : await run(trivyConvert(report, sarif));
    const found = await readJson(sarif);
    if (found !== undefined)
        return found;
    const why = (0,one_line/* oneLine */.T)(said?.stderr ?? "", 300);
    const message = `the scanner left no SARIF${why && `: ${why}`}`;
    throw new kit_errors/* BelayError */.oT("service-failed", message, "Update the scanner, or leave `sarif-file` out.");
}
async function readJson(file) {
    return (0,json/* parseJson */.qF)(await (0,promises_.readFile)(file, "utf8").catch(() => ""));
}
function isSarifWanted({ sarifFile, uploadSarif }) {
    return sarifFile !== "" || uploadSarif;
}
function cannotScan(scanner, platform, said) {
    const words = `${said.stderr}\n${said.stdout}`;
    const isDatabase = /(?:download|update|init|load)[^\n]*\bDB\b|vulnerability database/i.test(words);
    const lines = words.split("\n").filter((line) => line.trim() !== "");
    const fatal = lines.findLast((line) => /FATAL|ERROR|error/.test(line)) ?? lines.at(-1) ?? "";
    const why = isDatabase ? "it could not fetch its vulnerability database" : "it failed";
    const message = `${scanner} could not scan ${platform}: ${why}: ${(0,one_line/* oneLine */.T)(fatal, 300)}`;
    const remedy = isDatabase
        ? "Run the job again, cache the database, or name a mirror (TRIVY_DB_REPOSITORY); `scan-on-error: warn` lets the image through unscanned."
        : "Mend what it says (snyk needs SNYK_TOKEN); `scan-on-error: warn` lets the image through unscanned.";
    return new kit_errors/* BelayError */.oT("service-failed", message, remedy);
}

;// CONCATENATED MODULE: ./src/build-push-ghcr/scan/verdict.js


function refuseVulnerable(scans, { scanner, severity }) {
    const errors = scans.flatMap((scan) => {
        const bad = scan.findings.filter((one) => rank(one.severity) >= rank(severity));
        return bad.length === 0 ? [] : [refusal(scanner, severity, scan.platform, bad)];
    });
    const [first, ...also] = errors;
    if (first !== undefined)
        throw new kit_errors/* BelayError */.oT("image-refused", first.message, first.remedy, { also });
}
function refusal(scanner, severity, platform, bad) {
    const worst = bad.toSorted((a, b) => rank(b.severity) - rank(a.severity)).at(0);
    const example = worst === undefined ? "" : `, such as ${worst.id} (${worst.severity}) in ${worst.component}`;
    const fixable = bad.filter(({ fixed }) => fixed !== "");
    const message = `${scanner} found ${String(bad.length)} vulnerabilities from ${severity} on in ${platform}, ${String(fixable.length)} of them fixable${example}`;
    const ignore = scanner === "snyk" ? ".snyk" : ".trivyignore";
    const remedy = fixable.length > 0
        ? `Update what the summary lists as fixable; what does not concern you goes into ${ignore}.`
        : `Nothing mends them yet: note them in ${ignore}, or set \`scan-ignore-unfixed: true\`.`;
    return new kit_errors/* BelayError */.oT("image-refused", message, remedy);
}

;// CONCATENATED MODULE: ./src/build-push-ghcr/scan-image.js







async function scanImage(site, course) {
    const { inputs, platform } = site;
    try {
        await lookThrough(site, course);
    }
    catch (failure) {
        const isOurs = failure instanceof kit_errors/* BelayError */.oT && !platform.signal.aborted;
        if (inputs.scan.onError === "fail" || !isOurs)
            throw failure;
        platform.log.warning(`${failure.message}. ${failure.remedy}`);
    }
    refuseVulnerable(course.scans ?? [], inputs.scan);
}
async function lookThrough(site, course) {
    const { inputs, platform, world, scratch, cwd } = site;
    const { log, signal } = platform;
    course.scans = await scanAll(course.images ?? [], inputs.scan, {
        ...{ processes: world.processes, log, signal, scratch, cwd },
        env: environmentOf(site),
        variables: world.docker.scannerVariables,
        dockerfile: site.dockerfile && (0,external_node_path_.resolve)(platform.run.workspace, site.dockerfile.path),
        targetOf: (image) => targetOf(image, site),
    });
    if (isSarifWanted(inputs.scan))
        await tellFindings(site, course.scans);
}
function environmentOf({ inputs, env, login }) {
    if (inputs.scan.scanner !== "snyk" || login === undefined)
        return env;
    const { username, password } = login;
    return { ...env, SNYK_REGISTRY_USERNAME: username, SNYK_REGISTRY_PASSWORD: password };
}
async function targetOf(image, { plan, layout, scratch }) {
    if (!plan.push)
        return { kind: "layout", folder: await layoutOfOne(layout, image, scratch) };
    const reference = `${plan.image.name}@${image.digest}`;
    return { kind: "registry", reference, platform: image.platform };
}
async function tellFindings({ inputs: { scan, githubToken }, plan, platform, world }, scans) {
    const { run, signal } = platform;
    const sarif = mergedSarif(plan.image.name, scans);
    if (scan.sarifFile !== "")
        await (0,promises_.writeFile)((0,external_node_path_.resolve)(run.workspace, scan.sarifFile), sarif);
    if (!scan.uploadSarif)
        return;
    const { uploadSarif } = await __webpack_require__.e(/* import() */ 398).then(__webpack_require__.bind(__webpack_require__, 369));
    await uploadSarif(sarif, githubToken, run, world.http, signal);
}


/***/ })

};
