export const id = 674;
export const ids = [674];
export const modules = {

/***/ 6674:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {


// EXPORTS
__webpack_require__.d(__webpack_exports__, {
  operate: () => (/* binding */ operate),
  undoLeft: () => (/* binding */ undoLeft)
});

// EXTERNAL MODULE: external "node:crypto"
var external_node_crypto_ = __webpack_require__(7598);
// EXTERNAL MODULE: ./src/kit/timeline.js
var timeline = __webpack_require__(8462);
// EXTERNAL MODULE: ./src/kit/errors.js
var errors = __webpack_require__(9858);
// EXTERNAL MODULE: ./src/kit/size.js
var size = __webpack_require__(4268);
// EXTERNAL MODULE: ./src/ssh-deploy-with-backup/outcome.js
var outcome = __webpack_require__(1249);
;// CONCATENATED MODULE: ./src/ssh-deploy-with-backup/single-step.js

async function singleStep(operation, step, done) {
    try {
        await operation.run(step);
        const result = done(operation);
        await operation.confirm();
        return result;
    }
    catch (failure) {
        const error = (0,outcome/* asBelayError */._q)(failure);
        await operation.undo(error.message).catch(() => undefined);
        return (0,outcome/* outcome */.bu)("failed", error.message, { operation, error });
    }
}

;// CONCATENATED MODULE: ./src/ssh-deploy-with-backup/backup.js




async function backUp(fields, server) {
    return singleStep(await server.begin("backup", fields), "backup", (operation) => {
        const nothing = operation.results.find(({ key }) => key === "nothing");
        if (nothing !== undefined)
            throw nothingToBackUp(nothing.values[0] ?? "");
        return (0,outcome/* outcome */.bu)("backed-up", `backup ${describeBackup(operation)} was taken and is whole`, {
            operation,
        });
    });
}
function describeBackup({ results }) {
    const value = (key) => results.findLast((record) => record.key === key)?.values[0] ?? "";
    return `${value("backup-id")} (${(0,size/* formatSize */.X)(Number(value("backup-bytes")))})`;
}
function nothingToBackUp(text) {
    const remedy = "Give `database-url`, as the database is reached from the server.";
    return new errors/* BelayError */.o("backup-failed", text || "there is nothing to back up", remedy);
}

;// CONCATENATED MODULE: ./src/ssh-deploy-with-backup/superseded.js

async function refuseOlder(origin, running, processes) {
    if (running === undefined)
        return;
    if (isSmaller(origin.runId, running.runId)) {
        throw superseded(`run ${running.runId}, which is newer than this run ${origin.runId}, has deployed ${running.id}`);
    }
    if (await isAncestor(origin, running.sha, processes)) {
        throw superseded(`${running.id} runs commit ${superseded_short(running.sha)}, which already contains ${superseded_short(origin.sha)}`);
    }
}
function isSmaller(one, other) {
    return /^\d+$/.test(one) && /^\d+$/.test(other) && BigInt(one) < BigInt(other);
}
async function isAncestor({ sha, workspace }, of, processes) {
    if (sha === of || !isCommit(sha) || !isCommit(of))
        return false;
    const git = ["git", "-c", `safe.directory=${workspace}`, "merge-base", "--is-ancestor", sha, of];
    try {
        return (await processes.run(git, { cwd: workspace })).code === 0;
    }
    catch {
        return false;
    }
}
function isCommit(text) {
    return /^[0-9a-f]{40,64}$/.test(text);
}
function superseded_short(sha) {
    return sha.slice(0, 7);
}
function superseded(message) {
    return new errors/* BelayError */.o("superseded", message, "Nothing to do. To deploy the older state all the same: allow-older: true.");
}

;// CONCATENATED MODULE: ./src/ssh-deploy-with-backup/unconfirmed.js


async function settleUnconfirmed(operation, server, gate, force) {
    const id = operation.look.unconfirmed;
    if (id === undefined || force)
        return;
    try {
        await gate.openForAny("gate unconfirmed", operation.signal);
    }
    catch (failure) {
        operation.signal.throwIfAborted();
        throw new errors/* BelayError */.o("gate-failed", `${id}, which the server had activated by itself when its runner vanished, is not healthy: ${(0,outcome/* asBelayError */._q)(failure).message}`, "Roll back with `operation: rollback`, or deploy over it with `force: true`.", { cause: failure });
    }
    await server.settle(id);
}

;// CONCATENATED MODULE: ./src/ssh-deploy-with-backup/undo.js

async function undo(operation, failure, gate, rules) {
    const error = (0,outcome/* asBelayError */._q)(failure);
    const ending = await undo_close(operation, error, rules);
    if (ending.outcome === "confirmed")
        return confirmedAllTheSame(operation, gate, ending);
    const told = { operation, error, facts: gate.facts, outputs: gate.outputs };
    if (error.code === "superseded")
        return (0,outcome/* outcome */.bu)("superseded", error.message, told);
    const status = (0,outcome/* statusAfter */.Bh)(ending, operation);
    const still = status === "rolled-back" ? await gatePrevious(gate, error) : undefined;
    if (still !== undefined)
        return (0,outcome/* outcome */.bu)("rollback-failed", `${ending.text}, but it is not healthy: ${still.message}`, told);
    return (0,outcome/* outcome */.bu)(status, verdict(status, ending, error), told);
}
async function undo_close(operation, error, rules) {
    try {
        if (error.code === "superseded")
            return await operation.abandon("superseded", error.message);
        if (!rules.rollbackOnFailure && operation.started("activate"))
            return await operation.abandon("failed", error.message);
        return await operation.undo(error.message);
    }
    catch (unreachable) {
        return {
            outcome: "unknown",
            text: `the server undoes by itself, because it could not be asked to: ${(0,outcome/* asBelayError */._q)(unreachable).message}`,
        };
    }
}
async function gatePrevious(gate, error) {
    if (error.code === "cancelled")
        return undefined;
    try {
        await gate.openForAny("gate previous", new AbortController().signal);
        return undefined;
    }
    catch (unhealthy) {
        return (0,outcome/* asBelayError */._q)(unhealthy);
    }
}
function confirmedAllTheSame(operation, gate, ending) {
    return (0,outcome/* outcome */.bu)("deployed", `${operation.look.release} serves: ${ending.text}`, {
        operation,
        facts: gate.facts,
        outputs: gate.outputs,
    });
}
function verdict(status, ending, error) {
    const first = ending.text.startsWith(error.message) ? "" : `${error.message}; `;
    return `${first}${ending.text || status}`;
}

;// CONCATENATED MODULE: ./src/ssh-deploy-with-backup/deploy.js




async function deploy(plan, server, gate, processes) {
    const operation = await server.begin("deploy", plan.fields);
    try {
        await settleUnconfirmed(operation, server, gate, plan.force);
        if (!plan.allowOlder)
            await refuseOlder(plan.origin, operation.look.previous, processes);
        if (isUnchanged(plan, operation))
            return await keepUnchanged(operation, gate);
        await operation.upload(plan.files);
        await operation.run("build", plan.build);
        await operation.run("backup", plan.databases);
        await operation.run("before", plan.before);
        await operation.run("migrate", plan.migrate);
        await gate.measuring(operation.signal, async () => {
            await operation.run("activate");
            await gate.open(operation.signal);
        });
        await gate.observe(operation.signal);
        await operation.run("after", plan.after);
        await operation.confirm();
        return deployed(operation, gate);
    }
    catch (failure) {
        return undo(operation, failure, gate, plan);
    }
}
function isUnchanged(plan, operation) {
    return !plan.force && operation.look.previous?.digest === plan.digest;
}
async function keepUnchanged(operation, gate) {
    await gate.openForAny("gate", operation.signal);
    const running = operation.look.previous?.id ?? "";
    const verdict = `${running} has the same files, environment and lines: nothing to do`;
    await operation.abandon("unchanged", verdict);
    return (0,outcome/* outcome */.bu)("unchanged", verdict, {
        operation,
        facts: gate.facts,
        outputs: { release: running },
    });
}
function deployed(operation, gate) {
    const { release, previous } = operation.look;
    return (0,outcome/* outcome */.bu)("deployed", `${release} serves${previous === undefined ? "" : `, after ${previous.id}`}`, {
        operation,
        facts: gate.facts,
        outputs: gate.outputs,
    });
}

;// CONCATENATED MODULE: ./src/ssh-deploy-with-backup/dry-run.js

async function dryRun(operation, fields, server, log) {
    const look = await server.check(operation, fields);
    const facts = [...planFacts(operation, fields, look), ...look.facts];
    for (const { name, value } of facts)
        log.info(`${name}: ${value}`);
    return (0,outcome/* outcome */.bu)("planned", `${operation} is possible; nothing was changed`, {
        facts,
        outputs: {
            "previous-release": look.previous?.id ?? "",
            candidates: look.candidates.map(({ id }) => id).join("\n"),
        },
    });
}
async function planMigration(plan, server) {
    const operation = await server.begin("plan", plan.fields);
    try {
        await operation.upload(plan.files);
        await operation.run("build", plan.build);
        await operation.run("migrate-plan");
        await operation.abandon("planned", "planned");
    }
    catch (failure) {
        const error = (0,outcome/* asBelayError */._q)(failure);
        await operation.undo(error.message).catch(() => undefined);
        return (0,outcome/* outcome */.bu)("failed", error.message, { operation, error });
    }
    const facts = planFacts("deploy", plan.fields, operation.look);
    return (0,outcome/* outcome */.bu)("planned", "the plan stands above; nothing was changed", { operation, facts });
}
function planFacts(operation, fields, look) {
    if (operation !== "deploy")
        return [{ name: "running", value: look.previous?.id ?? "none" }];
    const steps = ["build", "before", "migrate", "restart", "after"].filter((name) => (fields[name] ?? "") !== "");
    const databases = Object.keys(fields).filter((name) => name.startsWith("databases/")).length;
    return [
        { name: "running", value: look.previous?.id ?? "none: this is the first deploy" },
        { name: "same as running", value: String(look.previous?.digest === fields["digest"]) },
        {
            name: "files",
            value: `${String((fields["files"] ?? "").split("\nf\t").length)} files, ${fields["upload-bytes"] ?? "0"} bytes`,
        },
        {
            name: "backup",
            value: databases === 0 ? "no database is given" : `${String(databases)} database(s)`,
        },
        { name: "lines", value: steps.join(", ") || "none" },
    ];
}

;// CONCATENATED MODULE: ./src/commands/shell.js
function quote(text) {
    return `'${text.replaceAll("'", `'\\''`)}'`;
}
function exportStatements(variables) {
    return variables.map(({ name, value }) => `export ${name}=${quote(value)}\n`).join("");
}

// EXTERNAL MODULE: ./src/ssh-deploy-with-backup/backup-inputs.js + 1 modules
var backup_inputs = __webpack_require__(902);
;// CONCATENATED MODULE: ./src/ssh-deploy-with-backup/digest.js

function digestOf(content) {
    const { files, env, shell, build, restart, before, migrate, after, onRecovery, sharedPaths } = content;
    const parts = [
        files,
        env,
        shell,
        build,
        restart,
        before,
        migrate,
        after,
        onRecovery,
        ...sharedPaths,
    ];
    return (0,external_node_crypto_.createHash)("sha256").update(JSON.stringify(parts)).digest("hex");
}

// EXTERNAL MODULE: ./src/ssh-deploy-with-backup/inputs.js + 2 modules
var ssh_deploy_with_backup_inputs = __webpack_require__(3198);
;// CONCATENATED MODULE: ./src/ssh-deploy-with-backup/manifest.js
function manifestText(manifest) {
    return manifest.map((entry) => `${line(entry)}\n`).join("");
}
function sortManifest(entries) {
    const keyed = entries.map((entry) => ({ entry, key: Buffer.from(entry.path) }));
    return keyed.sort((a, b) => Buffer.compare(a.key, b.key)).map(({ entry }) => entry);
}
function line({ type, mode, size, sha256, path, target }) {
    const fields = [type, mode.toString(8), String(size), sha256, path];
    return [...fields, ...(target === undefined ? [] : [target])].join("\t");
}

// EXTERNAL MODULE: ./src/ssh-deploy-with-backup/release-inputs.js
var release_inputs = __webpack_require__(700);
// EXTERNAL MODULE: ./src/kit/duration.js
var duration = __webpack_require__(1429);
;// CONCATENATED MODULE: ./src/ssh-deploy-with-backup/plan.js







function deployFields(inputs, run, manifest) {
    const { release, backup } = inputs;
    const files = manifestText(manifest);
    const env = exportStatements(release.env);
    return {
        ...originFields(run),
        ...hookFields(inputs),
        ...databaseFields(inputs),
        strategy: release.strategy,
        source: release.source,
        files,
        env,
        digest: digestOf({ ...release, files, env }),
        "shared-paths": lines(release.sharedPaths),
        "health-url": inputs.health.url ?? "",
        "health-expect": inputs.health.expect ?? "",
        "health-timeout": seconds(inputs.health.timeoutMs),
        migrations: release.migrations,
        "migrations-table": lines(release.migrationsTables),
        "backup-dir": backup.dir,
        "backup-label": backup.label || "deploy",
        "backup-keep": keepText(backup.keep),
        "backup-verify": backup.verify,
        "backup-compression": backup.compression,
        "keep-releases": String(release.keepReleases),
        "confirm-timeout": seconds(inputs.confirmTimeoutMs),
        "lock-timeout": seconds(inputs.lockTimeoutMs),
        "rollback-on-failure": String(inputs.rollbackOnFailure),
        "upload-bytes": String(manifest.reduce((sum, { size }) => sum + size, 0)),
    };
}
function otherFields(inputs, run) {
    const { backup, rollback, release } = inputs;
    return given({
        ...originFields(run),
        ...databaseFields(inputs),
        "health-url": inputs.health.url ?? "",
        "health-expect": inputs.health.expect ?? "",
        "migrations-table": lines(release.migrationsTables),
        "backup-dir": backup.dir,
        "backup-label": backup.label || (inputs.operation === "backup" ? "manual" : "deploy"),
        "backup-keep": unlessDefault(keepText(backup.keep), keepText(backup_inputs/* defaultKeep */.d)),
        "backup-verify": unlessDefault(backup.verify, "read"),
        "backup-compression": unlessDefault(backup.compression, "auto"),
        "keep-releases": unlessDefault(String(release.keepReleases), String(release_inputs/* defaultKeepReleases */.H)),
        "confirm-timeout": unlessDefault(seconds(inputs.confirmTimeoutMs), seconds((0,duration/* parseDuration */.E)(ssh_deploy_with_backup_inputs/* timeDefaults */.Q.confirm) ?? 0)),
        "lock-timeout": unlessDefault(seconds(inputs.lockTimeoutMs), seconds((0,duration/* parseDuration */.E)(ssh_deploy_with_backup_inputs/* timeDefaults */.Q.lock) ?? 0)),
        release: rollback.release,
        "across-migrations": String(rollback.acrossMigrations),
        "rollback-env": rollback.env,
        backup: backup.backup,
    });
}
function originFields(run) {
    return {
        sha: run.sha,
        ref: run.ref,
        actor: run.actor,
        "run-url": run.url,
        "run-id": run.id,
        repository: run.repository,
    };
}
function hookFields({ release }) {
    const { shell, build, restart, before, migrate, after, onRecovery, migratePlan } = release;
    return {
        shell,
        build,
        restart,
        before,
        migrate,
        after,
        "on-recovery": onRecovery,
        "migrate-plan": migratePlan,
    };
}
function databaseFields({ backup }) {
    const entries = backup.databases.map(({ variables }, index) => {
        return [`databases/${String(index + 1)}/env`, exportStatements(variables)];
    });
    return Object.fromEntries(entries);
}
function given(fields) {
    return Object.fromEntries(Object.entries(fields).filter(([, text]) => text !== ""));
}
function unlessDefault(value, fallback) {
    return value === fallback ? "" : value;
}
function keepText(keep) {
    return lines(Array.from(keep, ([label, count]) => `${label}=${String(count)}`));
}
function lines(items) {
    return items.map((item) => `${item}\n`).join("");
}
function seconds(ms) {
    return String(Math.ceil(ms / 1000));
}

;// CONCATENATED MODULE: ./src/ssh-deploy-with-backup/rollback.js


async function rollback(fields, server, ownGate) {
    const operation = await server.begin("rollback", fields);
    const gate = ownGate.orRecorded(operation.look.recordedHealth);
    try {
        await gate.measuring(operation.signal, async () => {
            await operation.run("activate");
            await gate.open(operation.signal);
        });
        await gate.observe(operation.signal);
        await operation.confirm();
    }
    catch (failure) {
        const undone = await undo(operation, failure, gate, { rollbackOnFailure: true });
        return undone.status === "rolled-back" ? { ...undone, status: "failed" } : undone;
    }
    const { release, previous } = operation.look;
    return (0,outcome/* outcome */.bu)("rolled-back", `${release} serves again, instead of ${previous?.id ?? "nothing"}`, {
        operation,
        facts: gate.facts,
        outputs: gate.outputs,
    });
}

;// CONCATENATED MODULE: ./src/server/look.js

function readLook(records) {
    const first = (key) => records.find((record) => record.key === key)?.values[0] ?? "";
    const all = (key) => records.filter((record) => record.key === key);
    return {
        findings: readFindings(records),
        facts: all("fact").map(({ values: [name = "", value = ""] }) => ({ name, value })),
        previous: first("previous") === ""
            ? undefined
            : {
                id: first("previous"),
                sha: first("previous-sha"),
                runId: first("previous-run"),
                digest: first("previous-digest"),
            },
        unconfirmed: first("unconfirmed") || undefined,
        candidates: all("candidate").map(({ values: [id = "", sha = "", confirmedAt = ""] }) => ({
            id,
            sha,
            confirmedAt,
        })),
        release: first("begun"),
        recordedHealth: { url: first("health-url"), expect: first("health-expect") },
    };
}
function readFindings(records) {
    return records
        .filter(({ key }) => key === "finding")
        .map(({ values: [severity = "", code = "", message = "", remedy = ""] }) => ({
        severity: severity === "warning" ? "warning" : "error",
        error: new errors/* BelayError */.o(knownCode(code), message, remedy),
    }));
}
function errorOf(findings) {
    const [first, ...also] = findings
        .filter(({ severity }) => severity === "error")
        .map(({ error }) => error);
    return first && new errors/* BelayError */.o(first.code, first.message, first.remedy, { also });
}
function knownCode(code) {
    return errors/* errorCodes */.f.find((known) => known === code) ?? "config";
}

;// CONCATENATED MODULE: ./src/ssh-deploy-with-backup/status.js



async function status_status(server, log) {
    const records = await server.status();
    const facts = statusFacts(records);
    const widest = Math.max(0, ...facts.map(({ name }) => name.length));
    for (const { name, value } of facts)
        log.info(`${name.padEnd(widest)}  ${value}`);
    for (const { error } of readFindings(records))
        log.warning(`${error.message}. ${error.remedy}`);
    const current = value(records, "current");
    return (0,outcome/* outcome */.bu)("ok", current === "" ? "no release serves yet" : `${current} serves`, {
        facts,
        outputs: {
            release: current,
            candidates: status_all(records, "candidate")
                .map(({ values }) => values[0] ?? "")
                .join("\n"),
        },
    });
}
function statusFacts(records) {
    return [
        { name: "current", value: value(records, "current") || "none" },
        ...status_all(records, "phase").map(({ values }) => ({
            name: "at work",
            value: sentence(values) || "nobody",
        })),
        ...status_all(records, "hold").map(({ values }) => ({ name: "held", value: values[0] ?? "" })),
        ...status_all(records, "unconfirmed").map(({ values }) => ({
            name: "unconfirmed",
            value: values[0] ?? "",
        })),
        ...status_all(records, "release").map(({ values }) => ({ name: "release", value: sentence(values) })),
        ...status_all(records, "backup").map(({ values: [id = "", , bytes = "0", before = "-"] }) => ({
            name: "backup",
            value: `${id}, ${(0,size/* formatSize */.X)(Number(bytes))}${before === "-" ? "" : `, before ${before}`}`,
        })),
        ...status_all(records, "fact").map(({ values: [name = "", text = ""] }) => ({ name, value: text })),
    ];
}
function status_all(records, key) {
    return records.filter((record) => record.key === key);
}
function value(records, key) {
    const [first = ""] = status_all(records, key)[0]?.values ?? [];
    return first === "none" ? "" : first;
}
function sentence(values) {
    return values.filter((part) => part !== "" && part !== "none").join(", ");
}

// EXTERNAL MODULE: external "node:fs/promises"
var promises_ = __webpack_require__(1455);
// EXTERNAL MODULE: external "node:path"
var external_node_path_ = __webpack_require__(6760);
;// CONCATENATED MODULE: ./src/commands/tar.js
const block = 512;
const shortName = 100;
function tarHeader(member) {
    const name = Buffer.from(member.name);
    const header = fileHeader(name.subarray(0, shortName), member);
    return name.length <= shortName ? header : Buffer.concat([longName(name), header]);
}
function tarPadding(size) {
    return Buffer.alloc((block - (size % block)) % block);
}
const tarEnd = Buffer.alloc(2 * block);
function tarOf(files) {
    const parts = Array.from(files, ([name, text]) => {
        const bytes = Buffer.from(text);
        return Buffer.concat([
            tarHeader({ name, mode: 0o600, size: bytes.length }),
            bytes,
            tarPadding(bytes.length),
        ]);
    });
    return Buffer.concat([...parts, tarEnd]);
}
function longName(name) {
    const size = name.length + 1;
    const header = fileHeader(Buffer.from("././@LongLink"), { mode: 0o644, size }, "L");
    return Buffer.concat([header, name, Buffer.alloc(1), tarPadding(size)]);
}
function fileHeader(name, member, type = "0") {
    const header = Buffer.alloc(block);
    header.set(name, 0);
    header.write(octal(member.mode, 7), 100);
    header.write(octal(0, 7), 108);
    header.write(octal(0, 7), 116);
    header.set(sizeField(member.size), 124);
    header.write(octal(member.modified ?? 0, 11), 136);
    header.write(type, 156);
    header.write("ustar  ", 257);
    header.write(`${octal(checksum(header), 6)}\0 `, 148);
    return header;
}
function sizeField(size) {
    if (size < 8 ** 11)
        return Buffer.from(octal(size, 11));
    const field = Buffer.alloc(12);
    field.writeBigUInt64BE(BigInt(size), 4);
    field[0] = 0x80;
    return field;
}
function octal(value, digits) {
    return Math.max(0, Math.floor(value)).toString(8).padStart(digits, "0");
}
function checksum(header) {
    return header.reduce((sum, byte) => sum + byte, 8 * 0x20);
}

;// CONCATENATED MODULE: ./src/ssh-deploy-with-backup/upload.js




const chunkBytes = 256 * 1024;
function filesToUpload(folder, manifest) {
    return {
        tar: (need) => gathered(archive(folder, needed(manifest, need))),
        paths: (need) => needed(manifest, need).map(({ path }) => path),
    };
}
function needed(manifest, need) {
    const entries = need === "all" ? manifest : need.map((line) => manifest[line - 1]);
    return entries.filter((entry) => entry !== undefined).filter(({ type }) => type === "f");
}
async function* archive(folder, entries) {
    for (const entry of entries) {
        yield tarHeader({ name: entry.path, mode: entry.mode, size: entry.size });
        if (entry.size > 0)
            yield* content((0,external_node_path_.join)(folder, entry.path), entry);
        yield tarPadding(entry.size);
    }
    yield tarEnd;
}
async function* content(file, entry) {
    const handle = await (0,promises_.open)(file).catch((cause) => {
        throw changed(entry, cause);
    });
    try {
        for (let left = entry.size; left > 0;) {
            const { bytesRead, buffer } = await handle.read(Buffer.allocUnsafe(Math.min(left, chunkBytes)));
            if (bytesRead === 0)
                throw changed(entry);
            left -= bytesRead;
            yield buffer.subarray(0, bytesRead);
        }
    }
    finally {
        await handle.close();
    }
}
async function* gathered(pieces) {
    let waiting = [];
    let size = 0;
    for await (const piece of pieces) {
        waiting.push(piece);
        size += piece.length;
        if (size < chunkBytes)
            continue;
        yield Buffer.concat(waiting);
        waiting = [];
        size = 0;
    }
    if (size > 0)
        yield Buffer.concat(waiting);
}
function changed(entry, cause) {
    return new errors/* BelayError */.o("config", `${entry.path} was changed or removed while it was uploaded`, "Let nothing write to the files while they are uploaded, or leave it out with a `!` line in `files`.", { cause });
}

;// CONCATENATED MODULE: ./src/ssh-deploy-with-backup/verify-backup.js



async function verifyBackup(fields, server) {
    return singleStep(await server.begin("verify-backup", fields), "verify-backup", (operation) => (0,outcome/* outcome */.bu)("verified", `backup ${describeBackup(operation)} reads back whole`, { operation }));
}

// EXTERNAL MODULE: external "node:fs"
var external_node_fs_ = __webpack_require__(3024);
;// CONCATENATED MODULE: ./src/ssh-deploy-with-backup/outside-links.js

const longestChain = 200;
function outsideLinks(entries) {
    const links = new Map(entries.filter(({ type }) => type === "l").map((entry) => [entry.path, entry]));
    return [...links.values()].filter((link) => leavesRelease(link, links));
}
function leavesRelease(link, links) {
    const at = external_node_path_.posix.dirname(link.path).split("/").filter(isName);
    let ahead = partsOf(link);
    for (let steps = 0; ahead !== undefined && steps < longestChain; steps += 1) {
        const [part, ...rest] = ahead;
        if (part === undefined)
            return false;
        ahead = rest;
        if (part === ".." && at.pop() === undefined)
            return true;
        if (!isName(part))
            continue;
        at.push(part);
        const next = links.get(at.join("/"));
        if (next === undefined)
            continue;
        at.pop();
        const parts = partsOf(next);
        ahead = parts && [...parts, ...rest];
    }
    return ahead === undefined;
}
function partsOf(link) {
    const target = link.target ?? "";
    return target.startsWith("/") ? undefined : target.split("/");
}
function isName(part) {
    return part !== "" && part !== "." && part !== "..";
}

// EXTERNAL MODULE: ./node_modules/picomatch/index.js
var picomatch = __webpack_require__(4006);
;// CONCATENATED MODULE: ./src/ssh-deploy-with-backup/selection.js

function selectFiles(lines) {
    const given = lines.map(compile);
    const first = given[0]?.wanted === true ? [] : [compile("**")];
    const git = lines.some((line) => /^(\.\/)?\.git(\/|$)/.test(line))
        ? []
        : [compile("!.git"), compile("!**/.git")];
    const patterns = [...first, ...given, ...git];
    const deciding = (path) => {
        const parents = withParents(path);
        return patterns.findLastIndex(({ matches }) => parents.some(matches));
    };
    return {
        includes: (path) => patterns[deciding(path)]?.wanted === true,
        mayInclude: (path) => {
            const at = deciding(path);
            const wanted = patterns[at]?.wanted === true;
            return (wanted ||
                patterns.slice(at + 1).some((pattern) => pattern.wanted && reaches(pattern.base, path)));
        },
    };
}
function compile(line) {
    const wanted = !line.startsWith("!");
    const glob = (wanted ? line : line.slice(1)).replace(/^(\.\/)+/, "").replace(/\/+$/, "");
    const text = glob === "" || glob === "." ? "**" : glob;
    const match = picomatch(text, { dot: true, flags: "s" });
    return { wanted, base: picomatch.scan(text).base, matches: (path) => match(path) };
}
function withParents(path) {
    const parts = path.split("/");
    return parts.map((_, index) => parts.slice(0, index + 1).join("/"));
}
function reaches(base, path) {
    return base === "" || base === path || base.startsWith(`${path}/`) || path.startsWith(`${base}/`);
}

;// CONCATENATED MODULE: ./src/ssh-deploy-with-backup/workspace.js








const readers = 8;
const namedAtMost = 5;
async function readWorkspace(folder, patterns) {
    const found = { entries: [], files: [], problems: [] };
    await walk(folder, "", selectFiles(patterns), found);
    for (const link of outsideLinks(found.entries)) {
        found.problems.push({
            what: "links that lead outside the release",
            path: `${link.path} -> ${link.target ?? ""}`,
        });
    }
    refuse(found.problems);
    const files = await readFiles(folder, found);
    refuse(found.problems);
    const manifest = sortManifest([...found.entries, ...files]);
    if (manifest.every(({ type }) => type === "d"))
        throw nothingFound(folder);
    return manifest;
}
async function walk(folder, path, selection, found) {
    let any = false;
    for (const name of (await (0,promises_.readdir)((0,external_node_path_.join)(folder, path))).sort()) {
        const child = path === "" ? name : `${path}/${name}`;
        const stats = await (0,promises_.lstat)((0,external_node_path_.join)(folder, child)).catch(() => undefined);
        if (stats?.isDirectory() === true)
            any = (await walkFolder(folder, child, stats, selection, found)) || any;
        else if (selection.includes(child)) {
            any = true;
            await note(folder, child, stats, found);
        }
    }
    return any;
}
async function walkFolder(folder, path, stats, selection, found) {
    if (!selection.mayInclude(path))
        return false;
    const holds = await walk(folder, path, selection, found);
    if (!holds && !selection.includes(path))
        return false;
    noteName(path, found);
    found.entries.push({ type: "d", mode: stats.mode & 0o777, size: 0, sha256: "-", path });
    return true;
}
async function note(folder, path, stats, found) {
    noteName(path, found);
    if (stats === undefined)
        found.problems.push({ what: "names that are not UTF-8", path });
    else if (stats.isSymbolicLink())
        await noteLink(folder, path, found);
    else if (stats.isFile())
        found.files.push({ path, mode: stats.mode & 0o777, size: stats.size });
    else
        found.problems.push({ what: "sockets, pipes or devices", path });
}
async function noteLink(folder, path, found) {
    const target = await (0,promises_.readlink)((0,external_node_path_.join)(folder, path));
    if (/[\t\r\n]/.test(target))
        found.problems.push({ what: "names with a tab or line end", path: `${path} -> ${target}` });
    found.entries.push({ type: "l", mode: 0o777, size: 0, sha256: "-", path, target });
}
function noteName(path, found) {
    if (/[\t\r\n]/.test(path))
        found.problems.push({ what: "names with a tab or line end", path });
}
async function readFiles(folder, found) {
    const entries = [];
    const queue = found.files.values();
    const read = async () => {
        for (const { path, mode, size } of queue) {
            const sha256 = await hashFile((0,external_node_path_.join)(folder, path)).catch(() => undefined);
            if (sha256 === undefined)
                found.problems.push({ what: "files that cannot be read", path });
            else
                entries.push({ type: "f", mode, size, sha256, path });
        }
    };
    await Promise.all(Array.from({ length: readers }, read));
    return entries;
}
async function hashFile(file) {
    const hash = (0,external_node_crypto_.createHash)("sha256");
    for await (const chunk of (0,external_node_fs_.createReadStream)(file))
        hash.update(chunk);
    return hash.digest("hex");
}
function refuse(problems) {
    const kinds = Map.groupBy(problems, ({ what }) => what);
    const [first, ...also] = Array.from(kinds, ([what, list]) => refusal(what, list));
    if (first !== undefined)
        throw new errors/* BelayError */.o("config", first.message, first.remedy, { also });
}
function refusal(what, list) {
    const named = list.slice(0, namedAtMost).map(({ path }) => JSON.stringify(path));
    const more = list.length > namedAtMost ? ` and ${String(list.length - namedAtMost)} more` : "";
    return new errors/* BelayError */.o("config", `files: a release cannot hold ${what}: ${named.join(", ")}${more}`, "Leave them out with a `!` line in `files`, or mend them in a step before the deploy.");
}
function nothingFound(folder) {
    return new errors/* BelayError */.o("config", `files: nothing in ${folder} matches`, "Check the repository out and build before this step, or give `files` patterns relative to the workspace.");
}

;// CONCATENATED MODULE: ./src/ssh-deploy-with-backup/run.js









async function runOperation(inputs, site, { run, log, processes }) {
    const { operation } = inputs;
    tellIgnored(inputs, log);
    const { server, gate } = site;
    if (operation === "status")
        return status_status(server, log);
    if (operation === "deploy") {
        const plan = await deployPlan(inputs, run);
        if (plan.databases === "")
            log.info("without database-url there is nothing to back up");
        if (!inputs.dryRun)
            return deploy(plan, server, gate, processes);
        return inputs.release.migratePlan === ""
            ? dryRun("deploy", plan.fields, server, log)
            : planMigration(plan, server);
    }
    const fields = otherFields(inputs, run);
    if (inputs.dryRun)
        return dryRun(operation, fields, server, log);
    const operations = {
        rollback: () => rollback(fields, server, gate),
        backup: () => backUp(fields, server),
        "verify-backup": () => verifyBackup(fields, server),
    };
    return operations[operation]();
}
async function deployPlan(inputs, run) {
    const { release, allowOlder, force, rollbackOnFailure } = inputs;
    const { build, before, migrate, after } = release;
    const manifest = release.source === "none" ? [] : await readWorkspace(run.workspace, release.files);
    const fields = deployFields(inputs, run, manifest);
    return {
        fields,
        files: filesToUpload(run.workspace, manifest),
        origin: { sha: run.sha, runId: run.id, workspace: run.workspace },
        digest: fields["digest"] ?? "",
        databases: inputs.backup.databases.map((_, index) => String(index + 1)).join("\n"),
        ...{ build, before, migrate, after, allowOlder, force, rollbackOnFailure },
    };
}
function tellIgnored({ backup }, log) {
    const names = backup.databases.flatMap(({ ignored }) => ignored);
    if (names.length > 0)
        log.info(`database-url: ignored parameters: ${names.join(", ")}`);
}

;// CONCATENATED MODULE: ./src/server/answer.js

const newline = 0x0a;
const longestLine = 64 * 1024;
async function* readAnswer(stream) {
    const reader = new AnswerReader();
    for await (const bytes of stream)
        yield* reader.read(bytes);
}
class AnswerReader {
    #marked = false;
    #line = Buffer.alloc(0);
    #frame = 0;
    *read(bytes) {
        let rest = bytes;
        while (rest.length > 0) {
            const taken = this.#frame > 0 ? Math.min(this.#frame, rest.length) : lineLength(rest);
            const piece = rest.subarray(0, taken);
            rest = rest.subarray(taken);
            if (this.#frame > 0) {
                this.#frame -= taken;
                yield { kind: "output", bytes: piece };
            }
            else {
                yield* this.#extendLine(piece);
            }
        }
    }
    *#extendLine(piece) {
        this.#line = Buffer.concat([this.#line, piece]);
        if (this.#line.at(-1) === newline) {
            const line = this.#line.subarray(0, -1).toString("utf8");
            this.#line = Buffer.alloc(0);
            yield* this.#take(line);
        }
        else if (this.#line.length > longestLine) {
            if (this.#marked)
                throw unreadable("a line without an end");
            this.#line = Buffer.alloc(0);
        }
    }
    *#take(line) {
        if (!this.#marked) {
            this.#marked = isMarker(line);
            if (!this.#marked)
                yield { kind: "noise", text: line };
            return;
        }
        const record = parseRecord(line);
        if (record.key === "output")
            this.#frame = frameLength(record);
        else
            yield { kind: "record", record };
    }
}
function lineLength(bytes) {
    const end = bytes.indexOf(newline);
    return end < 0 ? bytes.length : end + 1;
}
function isMarker(line) {
    const version = /belay (\d+)$/.exec(line)?.[1];
    if (version !== "1" && line === `belay ${String(version)}`)
        throw unreadable(`version ${version} of the protocol`);
    return version === "1";
}
function parseRecord(line) {
    const [key = "", ...values] = line.split("\t");
    return { key, values: values.map(decode) };
}
function decode(value) {
    return value.replace(/%([0-9A-Fa-f]{2})/g, (_, hex) => String.fromCharCode(Number.parseInt(hex, 16)));
}
function frameLength(record) {
    const length = Number(record.values[0]);
    if (!Number.isSafeInteger(length) || length < 0)
        throw unreadable("an output record without a length");
    return length;
}
function unreadable(what) {
    return new errors/* BelayError */.o("config", `the server's side of Belay answered with ${what}, which this version cannot read`, "Use the same version of the action in all workflows that deploy to this path.");
}

;// CONCATENATED MODULE: ./src/server/call.js
const findPath = 'p=$(printf %b "$1"); case $p in "~") p=$HOME ;; "~/"*) p=$HOME/${p#??} ;; esac';
const bootstrap = [
    findPath,
    "b=$p/.belay/bin/belay-$2",
    "shift 2",
    'if [ -f "$b" ]; then exec sh "$b" --porcelain "$@"; fi',
    'printf "\\nbelay 1\\nneed-program\\n"',
    "exit 1",
].join("; ");
const installer = [
    findPath,
    "d=$p/.belay/bin",
    "t=$d/.new.$$",
    'r() { rm -f "$t"; printf "\\nbelay 1\\nrefused\\t%s\\n" "$1"; exit 1; }',
    '[ "$5" = make ] || [ -d "$p/.belay" ] || r nothing-there',
    '[ -d "$p" ] || mkdir -p "$p"',
    "umask 077",
    'mkdir -p "$d" && [ -w "$d" ] || r not-writable',
    'cat >"$t" && chmod 700 "$t" || r disk-full',
    '[ "$(wc -c <"$t")" -eq "$4" ] || r damaged',
    'if command -v sha256sum >/dev/null; then case $(sha256sum <"$t") in "$2"*) ;; *) r damaged ;; esac; fi',
    'mv -f "$t" "$d/belay-$2" || r not-writable',
    'printf "\\nbelay 1\\ninstalled\\n"',
].join("; ");
function commandLine(path, hash, call) {
    return execute(bootstrap, path, hash, call);
}
function installLine(path, hash, size, call) {
    return execute(installer, path, hash, [
        "install",
        String(size),
        makesPath(call) ? "make" : "find",
    ]);
}
function makesPath([name, operation]) {
    const first = ["deploy", "plan", "backup"];
    return (name === "begin" || name === "check") && first.includes(operation ?? "");
}
function execute(script, path, hash, call) {
    for (const word of call) {
        if (!/^[A-Za-z0-9._:-]+$/.test(word))
            throw new TypeError(`not a word of a call: ${JSON.stringify(word)}`);
    }
    return `sh -c '${script}' belay '${encodePath(path)}' ${hash} ${call.join(" ")}`;
}
function encodePath(path) {
    return Array.from(Buffer.from(path), (byte) => {
        const character = String.fromCharCode(byte);
        return /[A-Za-z0-9._/~-]/.test(character)
            ? character
            : `\\0${byte.toString(8).padStart(3, "0")}`;
    }).join("");
}

;// CONCATENATED MODULE: ./src/server/until.js
async function until(work, signal) {
    if (signal === undefined)
        return work;
    work.catch(() => undefined);
    signal.throwIfAborted();
    const settled = new AbortController();
    const aborted = new Promise((_, reject) => {
        signal.addEventListener("abort", () => reject(signal.reason), {
            signal: settled.signal,
        });
    });
    try {
        return await Promise.race([work, aborted]);
    }
    finally {
        settled.abort();
    }
}

;// CONCATENATED MODULE: ./src/server/caller.js




class Caller {
    #host;
    #program;
    #path;
    #log;
    constructor(host, program, path, log) {
        this.#host = host;
        this.#program = program;
        this.#path = path;
        this.#log = log;
    }
    connect() {
        return this.#host.connect();
    }
    async call(call, exchange = {}) {
        const reply = await this.#exec(commandLine(this.#path, this.#program.hash, call), exchange);
        if (!reply.records.some(({ key }) => key === "need-program"))
            return reply;
        await this.#install(call);
        return this.#exec(commandLine(this.#path, this.#program.hash, call), exchange);
    }
    async #install(call) {
        const { bytes, hash } = this.#program;
        const reply = await this.#exec(installLine(this.#path, hash, bytes.length, call), {
            send: (channel) => channel.write(bytes),
        });
        const refused = reply.records.find(({ key }) => key === "refused");
        if (refused !== undefined)
            throw installRefused(refused.values[0] ?? "", this.#host.name, this.#path);
    }
    async #exec(command, exchange) {
        const channel = await until(this.#host.start(command), exchange.signal);
        channel.exit.catch(() => undefined);
        const sending = this.#send(channel, exchange.send);
        const heard = await until(this.#hear(channel, exchange), exchange.signal);
        const exit = await until(channel.exit, exchange.signal);
        if (exit.code === null)
            throw endedBySignal(this.#host.name, exit);
        if (!heard.marked)
            throw noAnswer(this.#host.name, exit, heard.noise);
        if (sending.failure !== undefined && !isOfTheLine(sending.failure))
            throw asError(sending.failure);
        return { code: exit.code, records: heard.records };
    }
    #send(channel, send) {
        const sending = {};
        void Promise.resolve(send?.(channel))
            .catch((failure) => (sending.failure = failure))
            .finally(() => channel.end());
        return sending;
    }
    async #hear(channel, exchange) {
        const records = [];
        const noise = [];
        let marked = false;
        for await (const item of readAnswer(channel.output)) {
            if (exchange.signal?.aborted === true)
                break;
            marked ||= item.kind !== "noise";
            if (item.kind === "output")
                exchange.onOutput?.(item.bytes);
            else if (item.kind === "noise")
                noise.push(item.text);
            else {
                records.push(item.record);
                exchange.onRecord?.(item.record);
            }
        }
        for (const line of noise)
            this.#log.debug(`login shell: ${line}`);
        return { marked, records, noise };
    }
}
function asError(failure) {
    return failure instanceof Error ? failure : new Error(String(failure));
}
function isOfTheLine(failure) {
    const codes = ["connection-lost", "command-failed"];
    return failure instanceof errors/* BelayError */.o && codes.includes(failure.code);
}
function installRefused(why, host, path) {
    switch (why) {
        case "not-writable":
            return new errors/* BelayError */.o("not-writable", `${path} on ${host} cannot be written by the deploy user`, `Create it once and give it to the deploy user: sudo install -d -o <user> ${path}`);
        case "nothing-there":
            return new errors/* BelayError */.o("config", `nothing was ever deployed to ${path} on ${host}`, "Check `path` and `host`; the first deploy makes it.");
        case "disk-full":
            return new errors/* BelayError */.o("disk-full", `${path} on ${host} has no room for the server's side of Belay (1 MiB)`, "Free space or inodes on its file system.");
        default:
            return new errors/* BelayError */.o("connection-lost", `the server's side of Belay arrived at ${host} damaged`, "Run the job again; when it stays, something between the runner and the server changes what is sent.");
    }
}
function endedBySignal(host, exit) {
    return new errors/* BelayError */.o("connection-lost", `the command on ${host} was ended by signal ${exit.signal ?? "unknown"} before it answered`, "Look for a memory limit or a clean-up of processes on the server.");
}
function noAnswer(host, exit, noise) {
    const said = [...noise, ...exit.stderr.split("\n")]
        .map((line) => line.trim())
        .find((line) => line !== "");
    return new errors/* BelayError */.o(exit.code === 127 ? "tool-missing" : "command-failed", `${host} ran no command: exit code ${String(exit.code)}${said === undefined ? "" : `, "${said.slice(0, 200)}"`}`, "The deploy user needs a login shell and may not be tied to one command (ForceCommand, command= in authorized_keys).");
}

;// CONCATENATED MODULE: ./src/server/ending.js

function readEnding(reply) {
    const record = reply.records.findLast(({ key }) => key === "outcome" || key === "late");
    return record && { outcome: record.values[0] ?? "", text: record.values[1] ?? "" };
}
function endedByServer(ending) {
    return new errors/* BelayError */.o("connection-lost", `the server has ended this operation as ${ending.outcome}: ${ending.text}`, "Nothing more was changed. See why the runner was silent for longer than confirm-timeout, then deploy again.");
}

;// CONCATENATED MODULE: ./src/server/lines.js
class Lines {
    #print;
    #decoder = new TextDecoder();
    #rest = "";
    constructor(print) {
        this.#print = print;
    }
    add(bytes) {
        const lines = (this.#rest + this.#decoder.decode(bytes, { stream: true })).split("\n");
        this.#rest = lines.pop() ?? "";
        for (const line of lines)
            this.#print(line);
        if (this.#rest.length > lines_longestLine)
            this.end();
    }
    end() {
        if (this.#rest !== "")
            this.#print(this.#rest);
        this.#rest = "";
    }
}
const lines_longestLine = 16 * 1024;

;// CONCATENATED MODULE: ./src/server/reconnect.js


const firstPauseMs = 500;
const longestPauseMs = 10_000;
async function onLiveLine(line, attempt) {
    const { clock, patience, signal } = line;
    let failures = 0;
    let deadline = Number.POSITIVE_INFINITY;
    const alive = () => void (failures = 0);
    for (;;) {
        try {
            await connectBefore(deadline, line);
            return await attempt(alive);
        }
        catch (failure) {
            signal?.throwIfAborted();
            if (!isDrop(failure, failures))
                throw failure;
            if (failures === 0)
                deadline = clock.monotonic() + patience.withinMs;
            const left = deadline - clock.monotonic();
            if (failures >= patience.retries || left <= 0)
                throw givenUp(failure);
            failures += 1;
            await clock.sleep(Math.min(left, pauseMs(failures)), signal);
        }
    }
}
async function connectBefore(deadline, line) {
    const connected = new AbortController();
    const connecting = until(line.caller.connect(), line.signal);
    try {
        await Promise.race([connecting, expiry(deadline, line.clock, connected.signal)]);
    }
    finally {
        connected.abort();
    }
}
async function expiry(deadline, clock, over) {
    const leftMs = deadline - clock.monotonic();
    if (leftMs === Number.POSITIVE_INFINITY)
        return new Promise(() => undefined);
    await clock.sleep(Math.max(0, leftMs), over).catch(() => new Promise(() => undefined));
    throw new errors/* BelayError */.o("connection-lost", "no new connection came about in time", "The server acts alone now.");
}
function pauseMs(failures) {
    return Math.min(longestPauseMs, firstPauseMs * 2 ** (failures - 1));
}
function isDrop(failure, failures) {
    if (!(failure instanceof errors/* BelayError */.o))
        return false;
    return (failure.code === "connection-lost" || (failures > 0 && failure.code === "host-unreachable"));
}
function givenUp(cause) {
    return new errors/* BelayError */.o("connection-lost", `the connection was lost and could not be made again: ${cause.message}`, "The server ends the operation by itself and puts the old release back where needed; `operation: status` tells how it ended.", { cause });
}

;// CONCATENATED MODULE: ./src/server/silence.js

const longestSilenceMs = 30_000;
async function breakingSilence(what, clock, log, body) {
    const started = clock.monotonic();
    let last = started;
    const over = new AbortController();
    const watch = async () => {
        for (;;) {
            await clock.sleep(Math.max(1, longestSilenceMs - (clock.monotonic() - last)), over.signal);
            if (clock.monotonic() - last < longestSilenceMs)
                continue;
            log.info(`${what}: still at work after ${(0,duration/* formatDuration */.a)(clock.monotonic() - started)}`);
            last = clock.monotonic();
        }
    };
    void watch().catch(() => undefined);
    try {
        return await body(() => (last = clock.monotonic()));
    }
    finally {
        over.abort();
    }
}

;// CONCATENATED MODULE: ./src/server/live-call.js



async function liveCall(name, line, nextAttempt) {
    const { caller, clock, log, signal } = line;
    const lines = new Lines((text) => log.output(`${text}\n`));
    try {
        return await breakingSilence(name, clock, log, (heard) => onLiveLine(line, (alive) => {
            const { call, onOutput, onRecord, ...exchange } = nextAttempt();
            return caller.call(call, {
                ...exchange,
                ...(signal && { signal }),
                onOutput: (bytes) => {
                    alive();
                    heard();
                    lines.add(bytes);
                    onOutput?.(bytes);
                },
                onRecord: (record) => {
                    alive();
                    heard();
                    onRecord?.(record);
                },
            });
        }));
    }
    finally {
        lines.end();
    }
}
function sending(bytes) {
    return { send: (channel) => channel.write(bytes) };
}

// EXTERNAL MODULE: ./src/kit/one-line.js
var one_line = __webpack_require__(4544);
;// CONCATENATED MODULE: ./src/server/attendance.js


const shortestBeatMs = 250;
const longestBeatMs = 5_000;
function beatInterval(confirmTimeoutMs) {
    return Math.max(shortestBeatMs, Math.min(longestBeatMs, confirmTimeoutMs / 4));
}
class Attendance {
    #over = new AbortController();
    #ended;
    constructor(line, token, intervalMs, onLate) {
        this.#ended = this.#attend(line, token, intervalMs, onLate).catch((failure) => {
            if (!this.#over.signal.aborted)
                line.log.debug(`beats ended: ${String(failure)}`);
        });
    }
    async stop() {
        this.#over.abort(new Error("the operation is over"));
        await this.#ended;
    }
    async #attend(line, token, intervalMs, onLate) {
        const signal = this.#over.signal;
        const reply = await onLiveLine({ ...line, signal }, (alive) => line.caller.call(["attend", token], {
            signal,
            onRecord: alive,
            send: async (channel) => {
                for (;;) {
                    await channel.write(beat);
                    await line.clock.sleep(intervalMs, signal);
                }
            },
        }));
        const ending = readEnding(reply);
        if (ending !== undefined && !signal.aborted)
            onLate(ending);
    }
}
const beat = Buffer.from("beat\n");

;// CONCATENATED MODULE: ./src/server/refusal.js


function refusal_refusal(reply) {
    const value = (key) => reply.records.findLast((record) => record.key === key)?.values[0];
    const held = value("held");
    if (held !== undefined) {
        return new errors/* BelayError */.o("locked", `deploys are held: ${held}`, "When the reason is gone: `belay release-hold` on the server.");
    }
    const owner = value("locked");
    if (owner !== undefined) {
        return new errors/* BelayError */.o("locked", `the deploy path is locked by ${owner}`, "Wait until that is over, or set a longer lock-timeout.");
    }
    const ending = readEnding(reply);
    return new errors/* BelayError */.o("command-failed", ending === undefined
        ? `the server's side of Belay failed with exit code ${String(reply.code)}`
        : `the server has ended this operation as ${ending.outcome}: ${ending.text}`, "See `belay logs` in the .belay folder of the deploy path.");
}

;// CONCATENATED MODULE: ./src/server/release-files.js

const release_files_namedAtMost = 5;
function needOf(records) {
    const needs = records.filter(({ key }) => key === "need").map(({ values }) => values[0] ?? "");
    return needs.includes("all") ? "all" : needs.map(Number);
}
function stillMissing(paths, tries) {
    const named = paths.slice(0, release_files_namedAtMost).join(", ");
    const more = paths.length > release_files_namedAtMost ? ` and ${paths.length - release_files_namedAtMost} more` : "";
    return new errors/* BelayError */.o("config", `files arrived otherwise than they were read, ${tries} times: ${named}${more}`, "Let nothing write to the files while they are uploaded.");
}

// EXTERNAL MODULE: external "node:stream"
var external_node_stream_ = __webpack_require__(7075);
// EXTERNAL MODULE: external "node:stream/promises"
var external_node_stream_promises_ = __webpack_require__(6466);
// EXTERNAL MODULE: external "node:zlib"
var external_node_zlib_ = __webpack_require__(8522);
;// CONCATENATED MODULE: ./src/server/send-tar.js



const measuredBytes = 1024 * 1024;
const slowBytesPerMs = 30_000;
const gzipLevel = 3;
async function sendTar(tar, write, clock) {
    const source = tar[Symbol.asyncIterator]();
    const started = clock.monotonic();
    const left = await sendFirst(source, write);
    if (left === undefined)
        return;
    const slow = measuredBytes / Math.max(clock.monotonic() - started, 0.001) < slowBytesPerMs;
    await write(Buffer.from(slow ? "gzip\n" : "plain\n"));
    const rest = restOf(left, source);
    if (slow)
        await sendCompressed(rest, write);
    else
        await sendAll(rest, write);
}
async function sendCompressed(chunks, write) {
    const gzip = (0,external_node_zlib_.createGzip)({ level: gzipLevel });
    await (0,external_node_stream_promises_.pipeline)(external_node_stream_.Readable.from(chunks), gzip, (coded) => sendAll(coded, write));
}
async function sendFirst(source, write) {
    let sent = 0;
    for (let next = await source.next(); next.done !== true; next = await source.next()) {
        const head = next.value.subarray(0, measuredBytes - sent);
        await write(head);
        sent += head.length;
        if (sent === measuredBytes)
            return next.value.subarray(head.length);
    }
    return undefined;
}
async function* restOf(left, source) {
    if (left.length > 0)
        yield left;
    for (let next = await source.next(); next.done !== true; next = await source.next())
        yield next.value;
}
async function sendAll(chunks, write) {
    for await (const chunk of chunks)
        await write(chunk);
}

;// CONCATENATED MODULE: ./src/server/step-failure.js


const stepCodes = {
    backup: "backup-failed",
    "verify-backup": "backup-damaged",
};
function judgeStep(name, reply, log) {
    const findings = readFindings(reply.records);
    for (const { severity, error } of findings) {
        if (severity === "warning")
            log.warning(`${error.message}. ${error.remedy}`);
    }
    const code = stepCode(reply);
    if (code === 0 && reply.code === 0)
        return;
    throw errorOf(findings) ?? stepFailed(name, code);
}
function stepCode(reply) {
    const code = Number(reply.records.findLast((record) => record.key === "code")?.values[0] ?? reply.code);
    return Number.isInteger(code) ? code : 1;
}
function stepFailed(name, code) {
    const ended = code > 128
        ? `was ended by signal ${String(code - 128)}`
        : `ended with exit code ${String(code)}`;
    return new errors/* BelayError */.o(stepCodes[name] ?? "command-failed", `${name} ${ended}`, `What it printed stands above, in the group "${name}".`);
}

;// CONCATENATED MODULE: ./src/server/operation.js









const putBack = ["upload", "build", "activate"];
const mostUploads = 3;
class Operation {
    look;
    #line;
    #token;
    #attendance;
    #late = new AbortController();
    signal;
    #results = [];
    #started = new Set();
    #uploads = 0;
    #closing = false;
    #ending;
    constructor(line, token, look, confirmTimeoutMs) {
        this.#line = line;
        this.#token = token;
        this.look = look;
        this.signal = AbortSignal.any([line.signal, this.#late.signal]);
        this.#attendance = new Attendance(line, token, beatInterval(confirmTimeoutMs), (ending) => {
            if (this.#closing)
                return;
            this.#ending = ending;
            this.#late.abort(endedByServer(ending));
        });
    }
    get results() {
        return this.#results;
    }
    started(name) {
        return this.#started.has(name);
    }
    async run(name, lines) {
        if (lines === "") {
            this.#line.witness.skip(name);
            return;
        }
        this.#started.add(name);
        await this.#line.witness.step(name, async () => this.#keep(name, await this.#step(name)));
    }
    async upload(files) {
        await this.#line.witness.step("upload", async () => {
            const prepared = await this.#step("prepare");
            this.#keep("prepare", prepared);
            await this.#send(files, needOf(prepared.records));
        });
    }
    async #send(files, need, tries = 1) {
        if (need.length === 0)
            return;
        const reply = await this.#receive(files, need);
        const missing = needOf(reply.records);
        if (missing.length === 0 || tries === mostUploads || readFindings(reply.records).length > 0)
            this.#keep("upload", reply);
        if (missing.length > 0 && tries === mostUploads)
            throw stillMissing(files.paths(missing), mostUploads);
        await this.#send(files, missing, tries + 1);
    }
    async confirm() {
        const reply = await this.#line.witness.step("confirm", () => this.#close(["confirm", this.#token]));
        this.#tellOldProcesses(reply);
        if (reply.code === 0) {
            this.#line.witness.closed();
            return;
        }
        const ending = readEnding(reply);
        if (ending === undefined)
            throw refusal_refusal(reply);
        this.#ending = ending;
        throw endedByServer(ending);
    }
    #tellOldProcesses({ records }) {
        const left = records.filter(({ key }) => key === "old-process");
        if (left.length === 0)
            return;
        const names = left.map(({ values: [pid = "", command = ""] }) => `${command} (${pid})`);
        this.#line.log.warning(`After the restart these processes still work in the previous release's folder: ${names.join(", ")}. ` +
            "They run its code: let the restart lines reload or end them.");
    }
    undo(reason) {
        return this.#end(["undo", this.#token], reason);
    }
    abandon(outcome, reason) {
        return this.#end(["abandon", this.#token, outcome], reason);
    }
    async #end(call, reason) {
        if (this.#ending === undefined) {
            const reply = await this.#close(call, reason);
            this.#ending = readEnding(reply);
            if (this.#ending === undefined)
                throw refusal_refusal(reply);
        }
        await this.#attendance.stop();
        const { witness } = this.#line;
        if (this.#ending.outcome === "undone")
            for (const name of putBack)
                witness.undone(name);
        witness.closed();
        return this.#ending;
    }
    async #close(call, input = "") {
        const { signal: _, ...line } = this.#line;
        this.#closing = true;
        try {
            const text = Buffer.from(`${(0,one_line/* oneLine */.T)(input)}\n`);
            return await liveCall(call[0], line, () => ({ call, ...sending(text) }));
        }
        finally {
            await this.#attendance.stop();
        }
    }
    #step(name) {
        let offset = 0;
        return liveCall(name, { ...this.#line, signal: this.signal }, () => ({
            call: ["step", this.#token, name, String(offset)],
            onOutput: (bytes) => (offset += bytes.length),
        }));
    }
    #receive(files, need) {
        return liveCall("upload", { ...this.#line, signal: this.signal }, () => {
            this.#uploads += 1;
            return {
                call: ["receive", this.#token, `receive-${this.#uploads}`, "switch"],
                send: (channel) => sendTar(files.tar(need), (bytes) => channel.write(bytes), this.#line.clock),
            };
        });
    }
    #keep(name, reply) {
        this.#results.push(...reply.records);
        const ending = readEnding(reply);
        if (ending !== undefined) {
            this.#ending = ending;
            throw endedByServer(ending);
        }
        judgeStep(name, reply, this.#line.log);
    }
}

;// CONCATENATED MODULE: ./src/server/plan.js

function packPlan(fields) {
    const files = Object.entries({ format: "1", ...fields }).map(([name, text]) => [
        name,
        text,
    ]);
    return tarOf(new Map(files));
}

;// CONCATENATED MODULE: ./src/server/server.js








class Server {
    #line;
    #token;
    #confirmTimeoutMs;
    constructor(line, token, confirmTimeoutMs) {
        this.#line = line;
        this.#token = token;
        this.#confirmTimeoutMs = confirmTimeoutMs;
    }
    async check(operation, plan) {
        return this.#line.witness.step("check", async () => {
            const reply = await this.#ask(["check", operation], plan);
            return this.#accept(readLook(reply.records), reply);
        });
    }
    async begin(operation, plan) {
        return this.#line.witness.step("check", async () => {
            const reply = await this.#open(["begin", operation, this.#token], plan);
            const look = this.#accept(readLook(reply.records), reply);
            return new Operation(this.#line, this.#token, look, this.#confirmTimeoutMs);
        });
    }
    async #open(call, plan) {
        const { caller, witness, signal } = this.#line;
        await until(caller.connect(), signal);
        witness.opening();
        try {
            const reply = await this.#ask(call, plan);
            if (reply.code !== 0)
                witness.closed();
            return reply;
        }
        catch (failure) {
            if (!mayBeOpen(failure))
                witness.closed();
            throw failure;
        }
    }
    async status() {
        const reply = await this.#ask(["status"]);
        if (reply.code !== 0)
            throw refusal_refusal(reply);
        return reply.records;
    }
    async settle(id) {
        const reply = await this.#ask(["settle", id, "healthy"]);
        if (reply.code !== 0)
            throw refusal_refusal(reply);
    }
    async undo(reason) {
        const { signal: _, ...line } = this.#line;
        return readEnding(await exchange(line, ["undo", this.#token], Buffer.from(`${reason}\n`)));
    }
    #ask(call, plan) {
        return exchange(this.#line, call, plan && packPlan(plan));
    }
    #accept(look, reply) {
        for (const { severity, error } of look.findings) {
            if (severity === "warning")
                this.#line.log.warning(`${error.message}. ${error.remedy}`);
        }
        if (reply.code !== 0)
            throw errorOf(look.findings) ?? refusal_refusal(reply);
        return look;
    }
}
function mayBeOpen(failure) {
    return (!(failure instanceof errors/* BelayError */.o) ||
        failure.code === "connection-lost" ||
        failure.code === "cancelled");
}
function exchange(line, call, input = new Uint8Array()) {
    return liveCall(call[0], line, () => ({
        call,
        ...sending(input),
        onRecord: (record) => tell(record, line.log),
    }));
}
function tell({ key, values: [first = "", second = ""] }, log) {
    if (key === "waiting")
        log.info(`waiting for the lock, held by ${first}`);
    if (key === "recovered")
        log.notice(`An operation was left by its owner; the server ended it as ${second} first (${first}).`);
}

;// CONCATENATED MODULE: ./src/gate/excerpt.js

function excerpt(text, max) {
    return (0,one_line/* oneLine */.T)(text.slice(0, 4096), max).replaceAll("##[", "## [");
}

;// CONCATENATED MODULE: ./src/gate/http-status.js
const phrases = {
    301: "Moved Permanently",
    302: "Found",
    303: "See Other",
    304: "Not Modified",
    307: "Temporary Redirect",
    308: "Permanent Redirect",
    400: "Bad Request",
    401: "Unauthorized",
    403: "Forbidden",
    404: "Not Found",
    405: "Method Not Allowed",
    408: "Request Timeout",
    410: "Gone",
    421: "Misdirected Request",
    429: "Too Many Requests",
    500: "Internal Server Error",
    501: "Not Implemented",
    502: "Bad Gateway",
    503: "Service Unavailable",
    504: "Gateway Timeout",
};
function statusText(status) {
    const phrase = phrases[status];
    return phrase === undefined ? String(status) : `${String(status)} ${phrase}`;
}

;// CONCATENATED MODULE: ./src/gate/judge.js


const bodyCharacters = 160;
function judge(answer, expect) {
    const { status } = answer;
    const body = excerpt(answer.body, bodyCharacters);
    if (status < 200 || status > 299)
        return { kind: "status", reason: statusText(status) + target(answer), status, body };
    if (expect === undefined || answer.body.includes(expect))
        return undefined;
    const reason = `${String(status)}, but without the expected text "${excerpt(expect, 80)}"`;
    return { kind: "text", reason, status, body };
}
function target({ status, headers }) {
    const location = headers["location"];
    return status < 300 || status > 399 || location === undefined
        ? ""
        : ` to ${excerpt(location, 120)}`;
}

;// CONCATENATED MODULE: ./src/gate/probe.js


const attemptTimeoutMs = 5000;
const timerSlackMs = 5;
const bodyBytes = 1024 * 1024;
async function probe(asked, leftMs = attemptTimeoutMs) {
    const timeoutMs = Math.max(1, Math.min(attemptTimeoutMs, leftMs));
    const startedAt = asked.clock.monotonic();
    const unhealthy = await attempt(asked, timeoutMs);
    const tookMs = asked.clock.monotonic() - startedAt;
    const cutShort = unhealthy?.kind === "no-answer" &&
        timeoutMs < attemptTimeoutMs &&
        tookMs + timerSlackMs >= timeoutMs;
    return { startedAt, tookMs, unhealthy, cutShort };
}
async function attempt({ url, expect, http, signal }, timeoutMs) {
    const request = {
        url,
        timeoutMs,
        maxBodyBytes: bodyBytes,
        headers: { "cache-control": "no-cache" },
    };
    try {
        return judge(await http.request(signal === undefined ? request : { ...request, signal }), expect);
    }
    catch (error) {
        signal?.throwIfAborted();
        return {
            kind: "no-answer",
            reason: excerpt(error instanceof Error ? error.message : String(error), 200),
        };
    }
}

;// CONCATENATED MODULE: ./src/gate/downtime.js

const everyMs = 100;
function measureDowntime(url, http, clock, signal) {
    const stopping = new AbortController();
    const ended = signal === undefined ? stopping.signal : AbortSignal.any([stopping.signal, signal]);
    const total = sum({ url, http, clock, signal }, ended);
    return {
        stop: () => {
            stopping.abort();
            return total;
        },
    };
}
async function sum(asked, ended) {
    const { clock } = asked;
    let totalMs = 0;
    let downSince;
    while (!ended.aborted) {
        const startedAt = clock.monotonic();
        const up = await answers(asked);
        if (asked.signal?.aborted === true)
            break;
        if (up && downSince !== undefined)
            totalMs += startedAt - downSince;
        downSince = up ? undefined : (downSince ?? startedAt);
        await clock
            .sleep(Math.max(0, startedAt + everyMs - clock.monotonic()), ended)
            .catch(() => undefined);
    }
    if (downSince !== undefined)
        totalMs += clock.monotonic() - downSince;
    return Math.round(totalMs);
}
async function answers({ url, http, signal }) {
    const request = { url, timeoutMs: attemptTimeoutMs, maxBodyBytes: 0 };
    try {
        const { status } = await http.request(signal === undefined ? request : { ...request, signal });
        return status < 500;
    }
    catch {
        return false;
    }
}

;// CONCATENATED MODULE: ./src/gate/narrator.js
const narrator_longestSilenceMs = 30_000;
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
            const left = () => this.#spokeAt + narrator_longestSilenceMs - this.#clock.monotonic();
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

;// CONCATENATED MODULE: ./src/gate/standing.js

function healthySince(since) {
    return { attempts: 0, row: 0, since, unhealthy: undefined, lastFailure: undefined };
}
function after(before, probe) {
    const attempts = (before?.attempts ?? 0) + 1;
    if (before !== undefined && probe.cutShort)
        return { ...before, attempts };
    const same = before !== undefined && before.unhealthy?.reason === probe.unhealthy?.reason;
    return {
        attempts,
        row: same ? before.row + 1 : 1,
        since: same ? before.since : probe.startedAt,
        unhealthy: probe.unhealthy,
        lastFailure: probe.unhealthy ?? before?.lastFailure,
    };
}
function isNews(before, now) {
    return before === undefined || before.unhealthy?.reason !== now.unhealthy?.reason;
}
function news({ unhealthy }) {
    return unhealthy === undefined ? "healthy" : reasonAndBody(unhealthy);
}
function describe(standing, now) {
    const { unhealthy, lastFailure } = standing;
    if (unhealthy !== undefined) {
        return `${unhealthy.reason} for ${(0,duration/* formatDuration */.a)(now - standing.since)}${lastBody(unhealthy)}`;
    }
    const before = lastFailure === undefined ? "" : `; before that ${reasonAndBody(lastFailure)}`;
    return `healthy ${String(standing.row)} in a row${before}`;
}
function reasonAndBody(failure) {
    return `${failure.reason}${lastBody(failure)}`;
}
function lastBody({ body }) {
    if (body === undefined)
        return "";
    return body === "" ? ", the body is empty" : `, last body: ${body}`;
}

;// CONCATENATED MODULE: ./src/gate/gate-errors.js



function gateTimeout(url, wait, standing) {
    const wanted = wait.successes === 1 ? "" : ` ${String(wait.successes)} times in a row`;
    return new errors/* BelayError */.o("gate-timeout", `${url} was not healthy${wanted} within ${(0,duration/* formatDuration */.a)(wait.timeoutMs)}: ${describe(standing, wait.now)}`, remedy(standing.lastFailure));
}
function gateFailed(url, often, last) {
    const why = last === undefined ? "" : `: ${reasonAndBody(last)}`;
    return new errors/* BelayError */.o("gate-failed", `${url} was healthy, then failed${often} under observation${why}`, remedy(last));
}
function gateCancelled(url, signal) {
    const reason = signal.reason;
    if (reason instanceof errors/* BelayError */.o)
        return reason;
    return new errors/* BelayError */.o("cancelled", `the wait for ${url} was cancelled`, "Run the job again when the release is wanted after all.", { cause: reason });
}
const logs = "Look at the app's own log on the server for why it fails";
function remedy(failure) {
    if (failure === undefined)
        return "Give the app more time, or ask for fewer successes in a row.";
    if (failure.kind === "text") {
        return "See that the restart really loads the new release, and that this address prints the expected text.";
    }
    return failure.kind === "status"
        ? statusRemedy(failure.status ?? 0)
        : answerRemedy(failure.reason);
}
function statusRemedy(status) {
    if (status >= 500)
        return `${logs}; give it more time if it only starts slowly.`;
    if (status === 401 || status === 403)
        return "Let this path answer without a login, or ask another one.";
    if (status >= 300 && status < 400)
        return "Ask the address that it redirects to: redirects are not followed.";
    return "See that the path of the health address is one that the app serves.";
}
function answerRemedy(reason) {
    if (reason.startsWith("TLS"))
        return "Mend the certificate that the server shows for this name.";
    if (reason.startsWith("name "))
        return "See that the host name is spelled right and that its DNS record exists.";
    if (reason.includes("proxy"))
        return "Mend the proxy variables of the runner, or name the host in NO_PROXY.";
    return `${logs}, and see that it listens on this address and port and that the runner can reach it.`;
}

;// CONCATENATED MODULE: ./src/gate/percentile.js
function percentile(values, percent) {
    const sorted = values.toSorted((a, b) => a - b);
    const rank = Math.max(1, Math.ceil((percent / 100) * sorted.length));
    return sorted[rank - 1] ?? 0;
}

;// CONCATENATED MODULE: ./src/gate/gate-result.js

const unasked = {
    attempts: 0,
    timeToHealthyMs: 0,
    latencyP50Ms: 0,
    latencyP95Ms: 0,
    errorRate: 0,
};
function gateResult(opened, counted) {
    const probes = [...counted.row, ...counted.observed];
    const latencies = probes.map((probe) => probe.tookMs);
    return {
        attempts: opened.attempts + counted.observed.length,
        timeToHealthyMs: Math.round(opened.afterMs),
        latencyP50Ms: Math.round(percentile(latencies, 50)),
        latencyP95Ms: Math.round(percentile(latencies, 95)),
        errorRate: failed(probes) / Math.max(1, probes.length),
    };
}
function failed(probes) {
    return probes.filter((probe) => probe.unhealthy !== undefined).length;
}

;// CONCATENATED MODULE: ./src/gate/probe-pause.js
async function pauseAfter(last, intervalMs, leftMs, clock, signal) {
    signal?.throwIfAborted();
    const due = last === undefined ? intervalMs : last.startedAt + intervalMs - clock.monotonic();
    const pause = Math.min(due, leftMs);
    if (pause > 0)
        await clock.sleep(pause, signal);
}

;// CONCATENATED MODULE: ./src/gate/observe.js






const toleratedErrorRate = 0.1;
async function observe(health, asked, narrator) {
    if (health.observeMs <= 0)
        return [];
    const observation = new Observation(health, asked, narrator);
    return narrator.during(() => observation.missing(), () => observation.run());
}
class Observation {
    #health;
    #asked;
    #narrator;
    #end;
    #probes = [];
    #standing;
    constructor(health, asked, narrator) {
        this.#health = health;
        this.#asked = asked;
        this.#narrator = narrator;
        this.#end = asked.clock.monotonic() + health.observeMs;
        this.#standing = healthySince(asked.clock.monotonic());
    }
    async run() {
        const { intervalMs, observeMs } = this.#health;
        const { clock, signal } = this.#asked;
        this.#narrator.say(`observing for ${(0,duration/* formatDuration */.a)(observeMs)}`);
        do {
            const left = this.#left() > 0 ? this.#left() : intervalMs;
            await pauseAfter(this.#probes.at(-1), intervalMs, left, clock, signal);
            this.#take(await probe(this.#asked));
            this.#refuseRow();
        } while (this.#left() > 0 || this.#standing.unhealthy !== undefined);
        this.#refuseRate();
        return this.#probes;
    }
    missing() {
        return `still observing: ${this.#tally()} failed (${(0,duration/* formatDuration */.a)(Math.max(0, this.#left()))} left)`;
    }
    #take(last) {
        const before = this.#standing;
        const standing = after(before, last);
        if (isNews(before, standing))
            this.#narrator.say(news(standing));
        this.#standing = standing;
        this.#probes.push(last);
    }
    #refuseRow() {
        const { successes } = this.#health;
        const last = this.#probes.slice(-successes);
        if (last.length < successes || failed(last) < successes)
            return;
        const often = successes === 1 ? "" : ` ${successes} times in a row`;
        throw gateFailed(this.#asked.url, often, this.#standing.lastFailure);
    }
    #refuseRate() {
        const count = failed(this.#probes);
        if (count < this.#health.successes || count / this.#probes.length <= toleratedErrorRate)
            return;
        throw gateFailed(this.#asked.url, ` in ${this.#tally()} probes`, this.#standing.lastFailure);
    }
    #tally() {
        return `${failed(this.#probes)} of ${this.#probes.length}`;
    }
    #left() {
        return this.#end - this.#asked.clock.monotonic();
    }
}

;// CONCATENATED MODULE: ./src/gate/open.js





function openGate(health, asked, narrator) {
    const waiting = new Waiting(health, asked, narrator);
    return narrator.during(() => waiting.missing(), () => waiting.run());
}
class Waiting {
    #health;
    #asked;
    #narrator;
    #begun;
    #standing;
    #row = [];
    constructor(health, asked, narrator) {
        this.#health = health;
        this.#asked = asked;
        this.#narrator = narrator;
        this.#begun = asked.clock.monotonic();
    }
    async run() {
        const { successes, intervalMs } = this.#health;
        const { clock, signal } = this.#asked;
        this.#announce();
        for (;;) {
            const last = await probe(this.#asked, this.#left());
            const standing = this.#take(last);
            if (this.#row.length >= successes) {
                return { attempts: standing.attempts, afterMs: this.#spent(), row: this.#row };
            }
            await pauseAfter(last, intervalMs, this.#left(), clock, signal);
            if (this.#left() <= 0)
                throw this.#late(standing);
        }
    }
    missing() {
        const now = this.#asked.clock.monotonic();
        const seen = this.#standing === undefined ? "no answer yet" : describe(this.#standing, now);
        return `still waiting: ${seen} (${(0,duration/* formatDuration */.a)(this.#left())} left)`;
    }
    #take(last) {
        const before = this.#standing;
        const standing = after(before, last);
        if (isNews(before, standing))
            this.#narrator.say(news(standing));
        this.#standing = standing;
        this.#row = last.unhealthy === undefined ? [...this.#row, last] : [];
        return standing;
    }
    #announce() {
        const { successes, timeoutMs } = this.#health;
        const often = successes === 1 ? "" : ` ${successes} times in a row`;
        this.#narrator.say(`${this.#asked.url} must be healthy${often} within ${(0,duration/* formatDuration */.a)(timeoutMs)}`);
    }
    #late(standing) {
        return gateTimeout(this.#asked.url, { ...this.#health, now: this.#asked.clock.monotonic() }, standing);
    }
    #spent() {
        return this.#asked.clock.monotonic() - this.#begun;
    }
    #left() {
        return this.#health.timeoutMs - this.#spent();
    }
}

;// CONCATENATED MODULE: ./src/gate/wait.js






async function waitUntilHealthy(health, http, clock, log, signal) {
    const narrator = new Narrator(log, clock);
    if (health.url === undefined) {
        narrator.say("no health check is given, so nobody asked the app");
        return unasked;
    }
    const asked = { url: health.url, expect: health.expect, http, clock, signal };
    try {
        const opened = await openGate(health, asked, narrator);
        narrator.say(`open after ${(0,duration/* formatDuration */.a)(opened.afterMs)}, ${opened.attempts} attempts`);
        const observed = await observe(health, asked, narrator);
        return gateResult(opened, { row: opened.row, observed });
    }
    catch (failure) {
        throw signal?.aborted === true ? gateCancelled(asked.url, signal) : failure;
    }
}

;// CONCATENATED MODULE: ./src/ssh-deploy-with-backup/app-gate.js





class AppGate {
    #health;
    #tools;
    #result;
    #downtimeMs;
    constructor(health, tools) {
        this.#health = health;
        this.#tools = tools;
    }
    get asks() {
        return this.#health.url !== undefined;
    }
    orRecorded(recorded) {
        if (this.asks || recorded.url === "")
            return this;
        return new AppGate({ ...this.#health, url: recorded.url, expect: recorded.expect || undefined }, this.#tools);
    }
    async open(signal) {
        if (!this.asks) {
            this.#tools.log.notice("Nobody asked the app whether it works: without health-url the restart's exit code decides.");
            this.#tools.witness.skip("gate");
            return;
        }
        this.#result = await this.#wait("gate", this.#health, signal);
    }
    async openForAny(name, signal) {
        if (this.asks)
            await this.#wait(name, { ...this.#health, expect: undefined }, signal);
    }
    async measuring(signal, change) {
        const { url } = this.#health;
        if (url === undefined) {
            await change();
            return;
        }
        const downtime = measureDowntime(url, this.#tools.http, this.#tools.clock, signal);
        try {
            await change();
        }
        finally {
            this.#downtimeMs = await downtime.stop();
        }
    }
    get outputs() {
        return this.#downtimeMs === undefined
            ? {}
            : { "downtime-ms": String(Math.round(this.#downtimeMs)) };
    }
    get facts() {
        const downtime = this.#downtimeMs === undefined
            ? []
            : [{ name: "downtime", value: (0,duration/* formatDuration */.a)(this.#downtimeMs) }];
        if (this.#result === undefined)
            return downtime;
        const { timeToHealthyMs, latencyP50Ms, latencyP95Ms, attempts } = this.#result;
        return [
            ...downtime,
            {
                name: "healthy after",
                value: `${(0,duration/* formatDuration */.a)(timeToHealthyMs)}, ${String(attempts)} probes`,
            },
            {
                name: "latency",
                value: `p50 ${(0,duration/* formatDuration */.a)(latencyP50Ms)}, p95 ${(0,duration/* formatDuration */.a)(latencyP95Ms)}`,
            },
        ];
    }
    #wait(name, health, signal) {
        const { http, clock, log, witness } = this.#tools;
        return witness.step(name, () => waitUntilHealthy({ ...health, observeMs: 0 }, http, clock, log, signal));
    }
    async observe(signal) {
        const { http, clock, log, witness } = this.#tools;
        const { url, expect, observeMs } = this.#health;
        if (url === undefined || observeMs === 0)
            return;
        const narrator = new Narrator(log, clock);
        await witness.step("observe", async () => {
            try {
                await observe(this.#health, { url, expect, http, clock, signal }, narrator);
            }
            catch (failure) {
                signal.throwIfAborted();
                throw failure;
            }
        });
    }
}

;// CONCATENATED MODULE: ./src/ssh-deploy-with-backup/cancel.js

function cancelSignal(signal) {
    const cancel = new AbortController();
    const abort = () => cancel.abort(cancelled());
    if (signal.aborted)
        abort();
    else
        signal.addEventListener("abort", abort, { once: true });
    return cancel.signal;
}
function cancelled() {
    return new errors/* BelayError */.o("cancelled", "the job was cancelled", "Run it again when the release is wanted after all; the server was asked to put back what had changed.");
}

// EXTERNAL MODULE: ./src/ssh-deploy-with-backup/saved-state.js
var saved_state = __webpack_require__(3386);
;// CONCATENATED MODULE: ./src/ssh-deploy-with-backup/site.js





async function openSite(inputs, token, platform, world, timeline) {
    const { clock, log } = platform;
    const host = world.openHost(inputs.connection);
    const caller = new Caller(host, await world.readProgram(), inputs.path, log);
    const patience = { retries: inputs.connection.connectRetries, withinMs: inputs.confirmTimeoutMs };
    const witness = witnessFor(timeline, token, platform);
    const line = { caller, clock, log, patience, witness, signal: cancelSignal(platform.signal) };
    return {
        host,
        server: new Server(line, token, inputs.confirmTimeoutMs),
        gate: new AppGate(inputs.health, { http: world.http, clock, log, witness }),
    };
}
function witnessFor(timeline, token, { log, saveState }) {
    return {
        step: async (name, body) => {
            log.startGroup(name);
            try {
                return await timeline.step(name, body);
            }
            finally {
                log.endGroup();
            }
        },
        skip: (name) => timeline.skip(name),
        undone: (name) => timeline.undone(name),
        opening: () => saveState(saved_state/* savedState */.f.token, token),
        closed: () => saveState(saved_state/* savedState */.f.closed, "true"),
    };
}

;// CONCATENATED MODULE: ./src/ssh-deploy-with-backup/operate.js




async function operate(inputs, timeline, platform) {
    const world = await platform.reach();
    const token = (0,external_node_crypto_.randomBytes)(16).toString("hex");
    const site = await openSite(inputs, token, platform, world, timeline);
    try {
        const { run, log } = platform;
        return await runOperation(inputs, site, { run, log, processes: world.processes });
    }
    finally {
        await site.host.close();
    }
}
async function undoLeft(inputs, token, platform) {
    const world = await platform.reach();
    const site = await openSite(inputs, token, platform, world, new timeline/* Timeline */.K(platform.clock));
    try {
        const ending = await site.server.undo("the job was cancelled or its runner was killed");
        return ending?.outcome === "unknown" ? undefined : ending;
    }
    finally {
        await site.host.close();
    }
}


/***/ })

};
