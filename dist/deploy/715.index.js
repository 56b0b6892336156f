export const id = 715;
export const ids = [715];
export const modules = {

/***/ 6489:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   H: () => (/* binding */ failureReason),
/* harmony export */   d: () => (/* binding */ isLasting)
/* harmony export */ });
/* harmony import */ var _kit_one_line_js__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(4544);

function failureReason(error, certificate) {
    return (0,_kit_one_line_js__WEBPACK_IMPORTED_MODULE_0__/* .oneLine */ .T)(reasonOf(error, certificate), 200);
}
function reasonOf(error, certificate) {
    const code = codeOf(error);
    const known = reasons[code];
    if (known !== undefined)
        return known({ error, certificate });
    if (code.startsWith("HPE_"))
        return "the answer is no HTTP";
    if (code === "EPROTO" || code.startsWith("ERR_SSL_"))
        return handshakeReason(error);
    return code === "" ? firstLine(error) : `${firstLine(error)} (${code})`;
}
const lasting = new Set([
    "CERT_HAS_EXPIRED",
    "DEPTH_ZERO_SELF_SIGNED_CERT",
    "SELF_SIGNED_CERT_IN_CHAIN",
    "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
    "UNABLE_TO_GET_ISSUER_CERT",
    "UNABLE_TO_GET_ISSUER_CERT_LOCALLY",
    "ERR_TLS_CERT_ALTNAME_INVALID",
]);
function isLasting(error) {
    return lasting.has(codeOf(error));
}
const selfSigned = () => "TLS: certificate is self-signed";
const unknownIssuer = () => "TLS: certificate's issuer is not trusted, or the server leaves out its intermediate certificate";
const closed = () => "connection closed before the answer was whole";
const reasons = {
    ECONNREFUSED: ({ error }) => `connection refused${peers(" by ", error)}`,
    ECONNRESET: ({ error }) => /hang up|aborted/.test(firstLine(error)) ? closed() : "connection reset",
    EPIPE: closed,
    ETIMEDOUT: ({ error }) => `connection timed out${peers(": ", error)}`,
    EHOSTUNREACH: ({ error }) => `host unreachable${peers(": ", error)}`,
    ENETUNREACH: ({ error }) => `network unreachable${peers(": ", error)}`,
    ENOTFOUND: ({ error }) => `name not found${named(error)}`,
    EAI_AGAIN: ({ error }) => `name server does not answer${named(error)}`,
    CERT_HAS_EXPIRED: ({ certificate }) => `TLS: certificate expired${dated(" on ", certificate?.validTo)}`,
    CERT_NOT_YET_VALID: ({ certificate }) => `TLS: certificate is not valid yet${dated(", only from ", certificate?.validFrom)}`,
    DEPTH_ZERO_SELF_SIGNED_CERT: selfSigned,
    SELF_SIGNED_CERT_IN_CHAIN: () => "TLS: certificate's issuer is self-signed and not trusted",
    UNABLE_TO_VERIFY_LEAF_SIGNATURE: unknownIssuer,
    UNABLE_TO_GET_ISSUER_CERT: unknownIssuer,
    UNABLE_TO_GET_ISSUER_CERT_LOCALLY: unknownIssuer,
    ERR_TLS_CERT_ALTNAME_INVALID: ({ certificate }) => `TLS: certificate is for another name${listed(certificate)}`,
    HPE_HEADER_OVERFLOW: () => "the headers of the answer are larger than 16 KiB",
    ERR_PROXY_TUNNEL: ({ error }) => `the proxy refused the way there${statusLine(error)}`,
};
function codeOf(error) {
    const code = error instanceof Error && "code" in error ? error.code : undefined;
    return typeof code === "string" ? code : "";
}
function peers(lead, error) {
    const all = error instanceof AggregateError ? error.errors : [error];
    const known = all.map(addressOf).filter((peer) => peer !== undefined);
    return known.length === 0 ? "" : `${lead}${known.join(" and ")}`;
}
function addressOf(error) {
    if (!(error instanceof Error && "address" in error && "port" in error))
        return undefined;
    const address = String(error.address);
    return `${address.includes(":") ? `[${address}]` : address}:${String(error.port)}`;
}
function named(error) {
    return error instanceof Error && "hostname" in error ? `: ${String(error.hostname)}` : "";
}
function dated(lead, date) {
    return date === undefined ? "" : `${lead}${date}`;
}
function statusLine(error) {
    const found = /: (HTTP\/.{1,80})/.exec(firstLine(error));
    return found === null ? "" : `: ${found[1] ?? ""}`;
}
function listed(certificate) {
    const names = certificate?.names.slice(0, 3) ?? [];
    return names.length === 0 ? "" : `: ${names.join(", ")}`;
}
function handshakeReason(error) {
    const why = /:SSL routines:[^:]*:([^:]{1,80})/.exec(firstLine(error))?.[1] ?? "unknown reason";
    const isPlain = why === "wrong version number" || why === "packet length too long";
    return isPlain
        ? "TLS: the port answers, but does not speak TLS"
        : `TLS: the handshake failed: ${why}`;
}
function firstLine(error) {
    const message = error instanceof Error ? error.message : String(error);
    return message.split(/[\r\n]/, 1)[0] ?? "";
}


/***/ }),

/***/ 5715:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   tcpClient: () => (/* binding */ tcpClient)
/* harmony export */ });
/* harmony import */ var node_net__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(7030);
/* harmony import */ var _http_failure_js__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(6489);


const tcpClient = { touch };
async function touch(request) {
    const limit = AbortSignal.timeout(Math.max(1, Math.ceil(request.timeoutMs)));
    const signal = request.signal === undefined ? limit : AbortSignal.any([limit, request.signal]);
    try {
        signal.throwIfAborted();
        if (request.dial === undefined)
            await knock(request, signal);
        else
            (await request.dial(request, signal)).destroy();
    }
    catch (cause) {
        if (request.signal?.aborted === true)
            throw new Error("cancelled", { cause });
        if (limit.aborted)
            throw new Error("no connection in time", { cause });
        throw new Error((0,_http_failure_js__WEBPACK_IMPORTED_MODULE_1__/* .failureReason */ .H)(cause), { cause });
    }
}
function knock({ host, port }, signal) {
    return new Promise((resolve, reject) => {
        const socket = (0,node_net__WEBPACK_IMPORTED_MODULE_0__.connect)({ host, port });
        const giveUp = () => void socket.destroy(signal.reason);
        signal.addEventListener("abort", giveUp, { once: true });
        socket.once("close", () => signal.removeEventListener("abort", giveUp));
        socket.on("error", reject);
        socket.once("connect", () => {
            resolve();
            socket.destroy();
        });
    });
}


/***/ })

};
