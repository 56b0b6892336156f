export const id = 670;
export const ids = [670];
export const modules = {

/***/ 2272:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   J5: () => (/* binding */ refused),
/* harmony export */   b6: () => (/* binding */ textOf),
/* harmony export */   vq: () => (/* binding */ bucketError)
/* harmony export */ });
/* harmony import */ var _kit_errors_js__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(9858);

function textOf(xml, name) {
    const text = new RegExp(`<${name}>([^<]*)</${name}>`).exec(xml)?.[1] ?? "";
    return text.replaceAll("&quot;", '"').replaceAll("&amp;", "&");
}
function refused(place, { status, body }) {
    const code = textOf(body, "Code");
    return bucketError(place, status, code);
}
function bucketError(place, status, code) {
    return new _kit_errors_js__WEBPACK_IMPORTED_MODULE_0__/* .BelayError */ .oT("backup-failed", `${place}: the bucket answered ${status === 0 ? "nothing" : String(status)}${code === "" ? "" : ` (${code})`}`, remedies[code] ??
        remedies[String(status)] ??
        "The backup itself is whole on the server; the next run tries again.");
}
const remedies = {
    "403": "The keys must be allowed s3:PutObject, s3:GetObject and s3:AbortMultipartUpload under this prefix, and the runner's clock must be right.",
    "404": "Make the bucket first, or mend its name in backup-upload.",
    InvalidAccessKeyId: "aws-access-key-id is not one that this endpoint knows.",
    SignatureDoesNotMatch: "aws-secret-access-key does not belong to aws-access-key-id, or aws-region is another one.",
    RequestTimeTooSkewed: "The clock of the runner is wrong by more than a quarter of an hour.",
    ExpiredToken: "The session's credentials have expired: take new ones in a step right before this one.",
};


/***/ }),

/***/ 6670:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

__webpack_require__.r(__webpack_exports__);
/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   fetchBack: () => (/* binding */ fetchBack),
/* harmony export */   sendOffSite: () => (/* binding */ sendOffSite),
/* harmony export */   waitingFiles: () => (/* binding */ waitingFiles)
/* harmony export */ });
/* harmony import */ var node_crypto__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(7598);
/* harmony import */ var _bucket_error_js__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(2272);


const mostTries = 3;
async function sendOffSite(operation, bucket, log) {
    const files = waitingFiles(operation.results);
    if (files.length === 0)
        return;
    await operation.step("upload backup", async () => {
        for (const id of new Set(files.map(({ whole }) => whole.id))) {
            const own = files.filter(({ whole }) => whole.id === id);
            for (const file of [...own].sort((a, b) => rank(a) - rank(b)))
                await sendFile(operation, bucket, file, log);
            await operation.transfer("send", [["sent", id, bucket.place(id)].join("\t")]);
            log.info(`backup ${id} is in ${bucket.place(id)}`);
        }
        await tellLifecycle(bucket, log);
    });
}
function rank({ whole }) {
    return whole.name === "MANIFEST.txt" ? 1 : 0;
}
function waitingFiles(records) {
    const pieces = records
        .filter(({ key }) => key === "part")
        .map(({ values: [id = "", name = "", number = "", skip = "", count = "", sum = ""] }) => {
        return { id, name, part: Number(number), skip, count, sha256: base64(sum) };
    });
    return records
        .filter(({ key }) => key === "stored")
        .map(({ values: [id = "", name = "", bytes = "", sum = ""] }) => ({
        key: `${id}/${name}`,
        bytes: Number(bytes),
        whole: { id, name, part: 0, skip: "-", count: "-", sha256: base64(sum) },
        parts: pieces.filter((piece) => piece.id === id && piece.name === name),
    }));
}
async function sendFile(operation, bucket, file, log) {
    const expected = file.parts.length === 0
        ? await sendWhole(operation, bucket, file)
        : await sendParts(operation, bucket, file, log);
    const stored = await bucket.look(file.key);
    if (stored.bytes !== file.bytes || (stored.sha256 !== "" && stored.sha256 !== expected))
        throw (0,_bucket_error_js__WEBPACK_IMPORTED_MODULE_1__/* .bucketError */ .vq)(bucket.place(file.key), 200, "it has other bytes than were sent");
    if (stored.sha256 === "")
        log.info(`${bucket.place(file.key)}: the bucket keeps no checksum; it took one in while it was sent`);
    if (stored.encryption === "")
        log.info(`${bucket.place(file.key)}: AES256 was asked for, and the bucket does not say that it did so`);
}
async function sendWhole(operation, bucket, file) {
    await sendPieces(operation, bucket, file, [file.whole], (piece) => bucket.signPut(file.key, piece.sha256));
    return file.whole.sha256;
}
async function sendParts(operation, bucket, file, log) {
    await giveUpUnfinished(bucket, file.key, log);
    const upload = await bucket.begin(file.key);
    try {
        const parts = await sendPieces(operation, bucket, file, file.parts, (piece) => bucket.signPart(file.key, upload, piece.part, piece.sha256));
        await bucket.complete(file.key, upload, parts);
        const sums = Buffer.concat(parts.map(({ sha256 }) => Buffer.from(sha256, "base64")));
        return `${(0,node_crypto__WEBPACK_IMPORTED_MODULE_0__.createHash)("sha256").update(sums).digest("base64")}-${String(parts.length)}`;
    }
    catch (failure) {
        await bucket.abort(file.key, upload).catch(() => undefined);
        throw failure;
    }
}
async function giveUpUnfinished(bucket, own, log) {
    try {
        for (const { key, upload, stale } of await bucket.unfinished())
            if (key === own || stale)
                await bucket.abort(key, upload);
    }
    catch (failure) {
        log.info(`unfinished uploads could not be given up: ${failure instanceof Error ? failure.message : ""}`);
    }
}
async function sendPieces(operation, bucket, file, pieces, sign) {
    const sent = new Map();
    let answer = { status: 0, code: "" };
    for (let tries = 0; tries < mostTries && sent.size < pieces.length; tries += 1) {
        const left = pieces.filter(({ part }) => !sent.has(part));
        const lines = await Promise.all(left.map(async (piece) => putLine(piece, await sign(piece))));
        for (const { values } of transfers(await operation.transfer("send", lines))) {
            const [, , part = "", status = "", tag = "", code = ""] = values;
            const piece = left.find((one) => String(one.part) === part);
            if (status === "200" && piece)
                sent.set(piece.part, { number: piece.part, tag, sha256: piece.sha256 });
            else
                answer = { status: Number(status), code };
        }
        if (answer.status === 403 && answer.code !== "ExpiredToken" && answer.code !== "AccessDenied")
            break;
    }
    if (sent.size < pieces.length)
        throw (0,_bucket_error_js__WEBPACK_IMPORTED_MODULE_1__/* .bucketError */ .vq)(bucket.place(file.key), answer.status, answer.code);
    return [...sent.values()].sort((a, b) => a.number - b.number);
}
function transfers(records) {
    return records.filter(({ key }) => key === "transferred");
}
function putLine({ id, name, part, skip, count }, { url, headers }) {
    const lines = Object.entries(headers).map(([header, value]) => `${header}: ${value}`);
    return ["put", id, name, String(part), skip, count, url, ...lines].join("\t");
}
async function tellLifecycle(bucket, log) {
    try {
        const days = await bucket.lifecycle();
        if (days === undefined)
            log.warning(`${bucket.place("")} has no lifecycle rule: backups stay there for ever. Add one that expires them, such as after 90 days.`);
        else
            log.info(`${bucket.place("")}: the bucket removes objects after ${String(days)} days`);
    }
    catch (failure) {
        log.info(`the bucket's lifecycle rule could not be read: ${failure instanceof Error ? failure.message : ""}`);
    }
}
async function fetchBack(operation, bucket, id) {
    await operation.step("fetch backup", async () => {
        const manifest = await bucket.read(`${id}/MANIFEST.txt`);
        const names = Array.from(manifest.matchAll(/^file: ([A-Za-z0-9._-]+) bytes /gm), ([, name = ""]) => name);
        const lines = await Promise.all(["MANIFEST.txt", ...names].map(async (name) => {
            const { url } = await bucket.signGet(`${id}/${name}`);
            return ["get", id, name, "0", "-", "-", url].join("\t");
        }));
        await operation.transfer("fetch", lines);
    });
}
function base64(hex) {
    return Buffer.from(hex, "hex").toString("base64");
}


/***/ })

};
