export const id = 844;
export const ids = [844];
export const modules = {

/***/ 5844:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {


// EXPORTS
__webpack_require__.d(__webpack_exports__, {
  httpClient: () => (/* binding */ httpClient)
});

// EXTERNAL MODULE: external "node:http"
var external_node_http_ = __webpack_require__(7067);
var external_node_http_namespaceObject = /*#__PURE__*/__webpack_require__.t(external_node_http_, 2);
// EXTERNAL MODULE: external "node:net"
var external_node_net_ = __webpack_require__(7030);
// EXTERNAL MODULE: ./src/ports/http.js
var http = __webpack_require__(4777);
// EXTERNAL MODULE: ./src/platform/http-failure.js
var http_failure = __webpack_require__(6489);
;// CONCATENATED MODULE: ./src/platform/tls-modules.js
function https() {
    return process.getBuiltinModule("node:https");
}
function tls() {
    return process.getBuiltinModule("node:tls");
}

;// CONCATENATED MODULE: ./src/platform/peer-certificate.js
function watchCertificate(request) {
    let seen;
    request.once("socket", (socket) => {
        if (!isSecure(socket))
            return;
        socket.prependListener("secure", () => {
            seen = read(socket);
        });
    });
    return () => seen;
}
function isSecure(socket) {
    return "getPeerCertificate" in socket;
}
function read(socket) {
    const certificate = socket.getPeerCertificate();
    if (!("valid_to" in certificate))
        return undefined;
    return {
        ends: moment(certificate.valid_to),
        validFrom: day(certificate.valid_from),
        validTo: day(certificate.valid_to),
        names: [...(certificate.subjectaltname ?? "").matchAll(/(?:DNS|IP Address):([^,]+)/g)].map(([, name]) => name ?? ""),
    };
}
function moment(text) {
    const time = Date.parse(text);
    return Number.isNaN(time) ? "" : new Date(time).toISOString();
}
function day(text) {
    return moment(text).slice(0, 10) || text;
}

;// CONCATENATED MODULE: ./src/platform/http-client.js






const defaultBodyBytes = 64 * 1024;
const noCertificate = () => undefined;
function httpClient(env, { keepAlive = false } = {}) {
    let agents;
    return { request: (request) => ask(request, () => (agents ??= makeAgents(env, keepAlive))) };
}
function makeAgents(proxyEnv, keepAlive) {
    const options = { keepAlive, proxyEnv };
    let secure;
    try {
        return {
            http: new external_node_http_.Agent(options),
            https: () => (secure ??= new (https().Agent)(options)),
        };
    }
    catch {
        throw new Error("the proxy variable of the environment is no usable URL");
    }
}
async function ask(request, agents) {
    const limit = AbortSignal.timeout(Math.max(1, Math.ceil(request.timeoutMs)));
    const signal = request.signal === undefined ? limit : AbortSignal.any([limit, request.signal]);
    let answered = false;
    let certificate = noCertificate;
    try {
        const stream = await request.dial?.(targetOf(request.url), signal);
        const sent = http_client_open(request, stream ?? agents(), signal);
        certificate = watchCertificate(sent);
        const answer = await send(sent, request.body);
        answered = true;
        const whole = await http_client_read(answer, request.maxBodyBytes ?? defaultBodyBytes);
        const ends = certificate()?.ends;
        return ends === undefined ? whole : { ...whole, certificateEnds: ends };
    }
    catch (cause) {
        if (request.signal?.aborted === true)
            throw new http/* NoAnswer */.W("cancelled", { cause });
        if (limit.aborted)
            throw new http/* NoAnswer */.W(lateReason(request.timeoutMs, answered), { cause });
        throw new http/* NoAnswer */.W((0,http_failure/* failureReason */.H)(cause, certificate()), { lasting: (0,http_failure/* isLasting */.d)(cause), cause });
    }
}
function targetOf(text) {
    const { hostname, port, protocol } = new URL(text);
    const host = hostname.replace(/^\[|\]$/g, "");
    return { host, port: Number(port) || (protocol === "https:" ? 443 : 80) };
}
function http_client_open(request, way, signal) {
    const url = new URL(request.url);
    const headers = { "user-agent": "belay", ...request.headers };
    const secure = {
        ...(request.ca !== undefined && { ca: request.ca }),
        ...(request.serverName !== undefined && { servername: request.serverName }),
    };
    const options = { method: request.method ?? "GET", headers, signal, ...secure };
    const isSecure = url.protocol === "https:";
    const sent = "read" in way
        ? overStream(url, { ...options, stream: isSecure ? secured(way, url, secure) : way })
        : isSecure
            ? https().request(url, { ...options, agent: way.https() })
            : external_node_http_.request(url, { ...options, agent: way.http });
    sent.on("error", () => undefined);
    return sent;
}
function secured(stream, { hostname }, secure) {
    const host = hostname.replace(/^\[|\]$/g, "");
    const name = (0,external_node_net_.isIP)(host) === 0 ? { servername: host } : {};
    return tls().connect({ socket: stream, host, ...name, ...secure });
}
function overStream(url, { stream, ...options }) {
    const { request } = url.protocol === "https:" ? https() : external_node_http_namespaceObject;
    const sent = request(url, { ...options, createConnection: () => stream });
    sent.once("close", () => stream.destroy());
    return sent;
}
function send(sent, body) {
    return new Promise((resolve, reject) => {
        sent.once("response", resolve);
        sent.once("error", reject);
        sent.end(body);
    });
}
async function http_client_read(answer, maxBytes) {
    const chunks = [];
    let left = maxBytes;
    if (left <= 0)
        answer.destroy();
    else
        for await (const chunk of answer) {
            chunks.push(chunk.subarray(0, left));
            left -= chunk.byteLength;
            if (left <= 0)
                break;
        }
    const bytes = Buffer.concat(chunks);
    return {
        status: answer.statusCode ?? 0,
        headers: flatHeaders(answer),
        body: http_client_text(bytes, left <= 0),
        bytes,
    };
}
function http_client_text(bytes, cut) {
    return new TextDecoder().decode(bytes, { stream: cut });
}
function flatHeaders(answer) {
    const headers = {};
    for (const [name, value] of Object.entries(answer.headers)) {
        if (value !== undefined)
            headers[name] = Array.isArray(value) ? value.join(", ") : value;
    }
    return headers;
}
function lateReason(timeoutMs, answered) {
    const limit = timeoutMs < 1000
        ? `${String(Math.ceil(timeoutMs))} ms`
        : `${String(Math.round(timeoutMs / 100) / 10)} s`;
    return answered
        ? `the answer began but did not end within ${limit}`
        : `no answer within ${limit}`;
}


/***/ }),

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
