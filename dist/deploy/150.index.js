export const id = 150;
export const ids = [150];
export const modules = {

/***/ 4150:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {


// EXPORTS
__webpack_require__.d(__webpack_exports__, {
  openSshHost: () => (/* binding */ openSshHost)
});

// EXTERNAL MODULE: ./src/kit/errors.js
var errors = __webpack_require__(9858);
// EXTERNAL MODULE: ./src/kit/ssh-target.js
var ssh_target = __webpack_require__(6305);
// EXTERNAL MODULE: external "node:events"
var external_node_events_ = __webpack_require__(8474);
// EXTERNAL MODULE: ./src/kit/duration.js
var duration = __webpack_require__(1429);
;// CONCATENATED MODULE: ./src/platform/ssh-errors.js



function unreachable(target, failure, timeoutMs) {
    const { message, remedy } = whyUnreachable(failure, timeoutMs);
    return new errors/* BelayError */.oT("host-unreachable", `${(0,ssh_target/* targetName */.je)(target)} ${message}`, remedy, {
        cause: failure,
    });
}
function hostKeyUnknown(target, offered, line) {
    const prints = offered.map(({ type, fingerprint }) => `${type} ${fingerprint}`).join(", ");
    return new errors/* BelayError */.oT("host-key-unknown", `no host key is pinned for ${(0,ssh_target/* targetName */.je)(target)}, which shows ${prints}`, `Compare a fingerprint with \`ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub\` on the server, then set \`known-hosts\` to its line: ${line}`);
}
function hostKeyChanged(target, pinned, offered) {
    const shown = offered.map(({ type, fingerprint }) => `${fingerprint} (${type})`).join(", ");
    return new errors/* BelayError */.oT("host-key-changed", `the host key of ${(0,ssh_target/* targetName */.je)(target)} is not the pinned one: it shows ${shown}, pinned is ${pinned.join(", ")}`, "If the server was set up anew, verify its key there and pin the new one; otherwise somebody may stand between: do not deploy.");
}
function hostKeyRevoked(target, { fingerprint }) {
    return new errors/* BelayError */.oT("host-key-changed", `the host key of ${(0,ssh_target/* targetName */.je)(target)}, ${fingerprint}, is marked @revoked in \`known-hosts\``, "Give the server a new host key and pin that one; until then do not deploy.");
}
function authRefused(target, { accepted, tried, publicKey }) {
    const takes = accepted.length === 0 ? "" : `, it takes ${accepted.join(" or ")}`;
    const message = `${(0,ssh_target/* targetName */.je)(target)} refused the login by ${tried.join(" and ") || "any method"}${takes}`;
    return new errors/* BelayError */.oT("auth-refused", message, refusedRemedy(target, accepted, publicKey));
}
function refusedRemedy({ username }, accepted, publicKey) {
    if (publicKey === undefined) {
        return accepted.includes("publickey")
            ? "Check the user name and `password`, or give a `private-key`."
            : "Check the user name and `password`.";
    }
    if (accepted.length > 0 && !accepted.includes("publickey")) {
        return "Allow keys on the server (PubkeyAuthentication yes), or check the user name and `password`.";
    }
    return `Check the user name, and that ~${username}/.ssh/authorized_keys (owned by the user, writable by nobody else) has the line: ${publicKey}`;
}
function connectionLost(name, why, cause) {
    const remedy = "Run the job again; what was under way at the server goes on or is undone there by itself.";
    return new errors/* BelayError */.oT("connection-lost", `the connection to ${name} was lost: ${why}`, remedy, {
        cause,
    });
}
const firewall = "Check host and port, and that firewalls let the runner through (GitHub's own runners change their address).";
function whyUnreachable(failure, timeoutMs) {
    const { code, level, message } = failure;
    if (code === "ECONNREFUSED") {
        return {
            message: "refused the connection",
            remedy: "Check host and port, and that sshd runs there.",
        };
    }
    if (code === "ENOTFOUND" || code === "EAI_AGAIN") {
        return {
            message: "cannot be found: its name does not resolve",
            remedy: "Check the name in `host`, or give an address.",
        };
    }
    if (code === "ETIMEDOUT" || level === "client-timeout") {
        return { message: `did not answer within ${(0,duration/* formatDuration */.a)(timeoutMs)}`, remedy: firewall };
    }
    const why = [message, code].find((text) => typeof text === "string" && text !== "") ??
        "no reason given";
    return { message: `could not be reached: ${why.split("\n", 1)[0] ?? ""}`, remedy: firewall };
}

;// CONCATENATED MODULE: ./src/platform/ssh-channel.js



const keptStderr = 4096;
class SshChannel {
    output;
    exit;
    #stream;
    #line;
    #host;
    #deaf = new AbortController();
    #outputWhole = false;
    constructor(stream, line, host) {
        this.#stream = stream;
        this.#line = line;
        this.#host = host;
        this.output = this.#read();
        this.exit = this.#watch();
        this.exit.catch(() => undefined);
        stream.on("error", (failure) => this.#deaf.abort(connectionLost(host, failure.message, failure)));
    }
    async write(bytes) {
        const deaf = this.#deaf.signal;
        deaf.throwIfAborted();
        await new Promise((resolve, reject) => {
            const giveUp = () => reject(deaf.reason);
            deaf.addEventListener("abort", giveUp, { once: true });
            this.#line.stream.cork();
            this.#stream.write(bytes, (failure) => {
                deaf.removeEventListener("abort", giveUp);
                if (failure)
                    reject(connectionLost(this.#host, failure.message, failure));
                else
                    resolve();
            });
            this.#line.stream.uncork();
        });
        while (this.#line.stream.writableNeedDrain && !deaf.aborted)
            await drained(this.#line.stream, deaf);
        deaf.throwIfAborted();
    }
    end() {
        this.#stream.end();
    }
    async *#read() {
        let left = true;
        try {
            for await (const bytes of this.#stream.iterator({ destroyOnReturn: false }))
                yield bytes;
            left = false;
        }
        finally {
            if (left)
                this.#stream.close();
        }
        if (!this.#outputWhole)
            throw this.#lossReason();
    }
    #watch() {
        const { promise, resolve, reject } = Promise.withResolvers();
        const { gone } = this.#line;
        let ended;
        let tail = Buffer.alloc(0);
        const settle = () => {
            if (ended !== undefined)
                resolve({ ...ended, stderr: tail.toString() });
        };
        const lost = () => {
            settle();
            reject(this.#lossReason());
            this.#deaf.abort(this.#lossReason());
        };
        this.#stream.once("exit", (code, signal) => {
            ended = code === null ? { code, signal: signal ?? "unknown" } : { code };
            this.#deaf.abort(endedEarly(this.#host));
        });
        this.#stream.stderr.on("data", (bytes) => (tail = Buffer.concat([tail, bytes]).subarray(-keptStderr)));
        this.#stream.stderr.once("end", () => {
            this.#outputWhole = !gone.aborted;
            settle();
            this.#stream.once("exit", settle);
        });
        this.#stream.stderr.once("close", lost);
        gone.addEventListener("abort", lost, { once: true });
        void promise.catch(() => undefined).finally(() => gone.removeEventListener("abort", lost));
        if (gone.aborted)
            lost();
        return promise;
    }
    #lossReason() {
        const { gone } = this.#line;
        return gone.aborted
            ? gone.reason
            : connectionLost(this.#host, "the command's channel was closed without an exit code");
    }
}
async function drained(stream, signal) {
    await (0,external_node_events_.once)(stream, "drain", { signal }).catch(() => undefined);
}
function endedEarly(host) {
    return new errors/* BelayError */.oT("command-failed", `the command on ${host} ended before it read all of its input`, "Its exit code and its output say why.");
}

// EXTERNAL MODULE: external "node:net"
var external_node_net_ = __webpack_require__(7030);
;// CONCATENATED MODULE: ./src/platform/silence.js
function watchSilence(stream, limitMs, onSilence) {
    const timer = setTimeout(onSilence, limitMs);
    const heard = () => void timer.refresh();
    stream.on("data", heard);
    return () => {
        clearTimeout(timer);
        stream.off("data", heard);
    };
}

// EXTERNAL MODULE: ./src/kit/known-hosts.js
var known_hosts = __webpack_require__(1192);
// EXTERNAL MODULE: external "node:crypto"
var external_node_crypto_ = __webpack_require__(7598);
;// CONCATENATED MODULE: ./src/platform/ssh-host-key.js



function hostKeyOf(bytes) {
    const key = Buffer.from(bytes).toString("base64");
    return { type: (0,known_hosts/* typeOfKey */.Jh)(key), key, fingerprint: fingerprint(key) };
}
function pinsFor(target, policy) {
    const [exact = [], everyPort = []] = linesFor(target, policy.known);
    const trusted = [exact, everyPort].map((lines) => lines.filter(({ revoked }) => !revoked));
    const known = trusted.find((lines) => lines.length > 0) ?? [];
    const fingerprints = [...known.map(({ key }) => fingerprint(key)), ...policy.fingerprints];
    if (fingerprints.length === 0)
        return undefined;
    const revoked = [...exact, ...everyPort]
        .filter((line) => line.revoked)
        .map(({ key }) => fingerprint(key));
    const types = known_hosts/* hostKeyTypes */.nG.filter((type) => policy.fingerprints.length > 0 || known.some((line) => line.type === type));
    return { fingerprints, revoked, types };
}
function algorithmsFor(types) {
    const rsa = ["rsa-sha2-512", "rsa-sha2-256", "ssh-rsa"];
    return known_hosts/* hostKeyTypes */.nG
        .filter((type) => types.includes(type))
        .flatMap((type) => (type === "ssh-rsa" ? rsa : [type]));
}
function knownHostsLine(target, { type, key }) {
    return `${(0,ssh_target/* knownHostsName */.on)(target)} ${type} ${key}`;
}
function linesFor(target, known) {
    const names = [(0,ssh_target/* knownHostsName */.on)(target), (0,ssh_target/* knownHostsName */.on)({ host: target.host, port: 22 })];
    return names.map((name) => known.filter((line) => holdsFor(line, name)));
}
function holdsFor({ patterns }, name) {
    const excluded = patterns.some((pattern) => pattern.startsWith("!") && (0,known_hosts/* matchesPattern */.MT)(pattern.slice(1), name));
    return !excluded && (patterns.length === 0 || patterns.some((pattern) => matches(pattern, name)));
}
function matches(pattern, name) {
    const [, salt, digest] = /^\|1\|([^|]+)\|([^|]+)$/.exec(pattern) ?? [];
    if (salt === undefined || digest === undefined)
        return !pattern.startsWith("!") && (0,known_hosts/* matchesPattern */.MT)(pattern, name);
    const wanted = Buffer.from(digest, "base64");
    const given = (0,external_node_crypto_.createHmac)("sha1", Buffer.from(salt, "base64")).update(name).digest();
    return wanted.length === given.length && (0,external_node_crypto_.timingSafeEqual)(wanted, given);
}
function fingerprint(key) {
    const digest = (0,external_node_crypto_.createHash)("sha256").update(Buffer.from(key, "base64")).digest("base64");
    return `SHA256:${digest.replace(/=+$/, "")}`;
}

;// CONCATENATED MODULE: ./src/platform/ssh-handshake.js

const ciphers = [
    "aes128-gcm@openssh.com",
    "aes256-gcm@openssh.com",
    "chacha20-poly1305@openssh.com",
    "aes128-ctr",
    "aes192-ctr",
    "aes256-ctr",
];
async function shakeHands(ssh, handshake) {
    let hostKey;
    let failedAt = "hello";
    const session = new ssh.NodeSSH();
    const connecting = session.connect({
        sock: handshake.stream,
        username: handshake.username,
        algorithms: { serverHostKey: [...handshake.algorithms], cipher: ciphers },
        readyTimeout: handshake.timeoutMs,
        keepaliveInterval: handshake.keepaliveMs,
        keepaliveCountMax: Infinity,
        hostVerifier: (bytes) => {
            hostKey = hostKeyOf(bytes);
            const trusted = handshake.trusts(hostKey);
            if (!trusted)
                failedAt = "host-key";
            return trusted;
        },
        ...(handshake.login === undefined ? {} : { authHandler: handshake.login.next }),
    });
    const client = session.connection;
    client?.on("error", () => handshake.stream.destroy());
    client?.once("handshake", () => (failedAt = "login"));
    try {
        await connecting;
        if (client === null)
            throw new Error("node-ssh has no client");
        return { client, hostKey };
    }
    catch (failure) {
        handshake.stream.destroy();
        return { failure, failedAt, hostKey };
    }
}

;// CONCATENATED MODULE: ./src/platform/ssh-login.js
class Login {
    #left;
    #key;
    #tried = [];
    #accepted = [];
    constructor({ username, key, password }) {
        this.#key = key;
        this.#left = [
            ...(key === undefined ? [] : [{ type: "publickey", username, key }]),
            ...(password === undefined
                ? []
                : [{ type: "password", username, password }, prompted(username, password)]),
        ];
    }
    next = (accepted, _partial, next) => {
        this.#accepted = accepted ?? this.#accepted;
        const at = this.#left.findIndex(({ type }) => accepted === null || accepted.includes(type));
        const [method] = at < 0 ? [] : this.#left.splice(0, at + 1).slice(at);
        if (method === undefined) {
            next(false);
            return;
        }
        this.#tried.push(method.type);
        next(method);
    };
    refusal() {
        const { accepted, tried } = { accepted: this.#accepted, tried: this.#tried };
        if (this.#key === undefined || !tried.includes("publickey"))
            return { accepted, tried };
        return {
            accepted,
            tried,
            publicKey: `${this.#key.type} ${this.#key.getPublicSSH().toString("base64")}`,
        };
    }
}
function prompted(username, password) {
    return {
        type: "keyboard-interactive",
        username,
        prompt: (_name, _instructions, _language, prompts, finish) => finish(prompts.map(() => password)),
    };
}

;// CONCATENATED MODULE: ./src/platform/ssh-hop.js





async function logIn(hop, context) {
    const pins = context.policy.strict ? pinsFor(hop.target, context.policy) : anyKey;
    if (pins === undefined)
        throw await refuseUnknown(hop, context);
    const first = await attempt(hop, context, pins);
    if ("client" in first)
        return first;
    if (!isWrongKey(first))
        throw explain(hop, context, first, first.login);
    if (first.hostKey !== undefined && pins.revoked.includes(first.hostKey.fingerprint)) {
        throw hostKeyRevoked(hop.target, first.hostKey);
    }
    return logInByOtherKey(hop, context, pins);
}
const anyKey = { fingerprints: [], revoked: [], types: known_hosts/* hostKeyTypes */.nG };
async function attempt(hop, context, pins) {
    const stream = await hop.open();
    const login = new Login({
        username: hop.target.username,
        key: hop.key,
        password: hop.login.password,
    });
    const ended = await shakeHands(context.ssh, {
        stream,
        login,
        username: hop.target.username,
        algorithms: algorithmsFor(pins.types),
        trusts: (key) => pins === anyKey || trusts(pins, key),
        timeoutMs: context.timeoutMs,
        keepaliveMs: context.keepaliveMs,
    });
    return "client" in ended ? { client: ended.client, stream } : { ...ended, login };
}
function trusts({ fingerprints, revoked }, key) {
    return fingerprints.includes(key.fingerprint) && !revoked.includes(key.fingerprint);
}
function isWrongKey({ failedAt, failure, hostKey }) {
    const negotiation = failedAt === "hello" && hostKey === undefined && levelOf(failure) === "handshake";
    return failedAt === "host-key" || negotiation;
}
async function logInByOtherKey(hop, context, pins) {
    const offered = await offeredKeys(hop, context);
    const trusted = offered.filter((key) => trusts(pins, key)).map(({ type }) => type);
    const types = known_hosts/* hostKeyTypes */.nG.filter((type) => trusted.includes(type));
    if (types.length === 0)
        throw hostKeyChanged(hop.target, pins.fingerprints, offered);
    const second = await attempt(hop, context, { ...pins, types });
    if ("client" in second)
        return second;
    throw isWrongKey(second)
        ? hostKeyChanged(hop.target, pins.fingerprints, offered)
        : explain(hop, context, second, second.login);
}
async function refuseUnknown(hop, context) {
    const offered = await offeredKeys(hop, context);
    const lines = offered.map((key) => knownHostsLine(hop.target, key));
    context.log.info("These are the known-hosts lines that the host shows, not yet verified by anybody:");
    for (const line of lines)
        context.log.info(line);
    return hostKeyUnknown(hop.target, offered, lines[0] ?? "");
}
async function offeredKeys(hop, context) {
    const kinds = [
        ["ssh-ed25519"],
        known_hosts/* hostKeyTypes */.nG.filter((type) => type.startsWith("ecdsa-")),
        ["ssh-rsa"],
    ];
    const asked = await Promise.all(kinds.map((types) => askForKey(hop, context, types)));
    const keys = asked.flatMap(({ hostKey }) => hostKey ?? []);
    const [failed] = asked;
    if (keys.length === 0 && failed !== undefined)
        throw unreachable(hop.target, failed.failure, context.timeoutMs);
    return keys;
}
async function askForKey(hop, context, types) {
    const ended = await shakeHands(context.ssh, {
        stream: await hop.open(),
        username: hop.target.username,
        algorithms: algorithmsFor(types),
        trusts: () => false,
        timeoutMs: context.timeoutMs,
        keepaliveMs: 0,
    });
    return "failure" in ended
        ? ended
        : { failure: undefined, failedAt: "host-key", hostKey: ended.hostKey };
}
function explain({ target }, { timeoutMs }, { failure, failedAt }, login) {
    return failedAt === "login" && isRefusal(failure)
        ? authRefused(target, login.refusal())
        : unreachable(target, failure, timeoutMs);
}
function isRefusal(failure) {
    const { code } = failure;
    return levelOf(failure) === "client-authentication" || code === 2 || code === 14;
}
function levelOf(failure) {
    return failure.level;
}

;// CONCATENATED MODULE: ./src/platform/ssh-line.js







const goodbyeMs = 1000;
async function dial(connection, keys, context, pulse, stop) {
    const live = [];
    try {
        for (const hop of connection.hops) {
            const before = live.at(-1)?.client;
            const open = () => openStream(hop, before, context, stop);
            live.push(await logIn({ ...hop, key: keys.get(hop), open }, context));
        }
        const [first, ...further] = live;
        if (first === undefined)
            throw new TypeError("a connection has at least one hop");
        return new Line((0,ssh_target/* targetName */.je)(connection.hops.at(-1)?.target ?? connection.hops[0].target), [first, ...further], pulse);
    }
    catch (failure) {
        for (const { stream } of live)
            stream.destroy();
        throw failure;
    }
}
async function openStream(hop, before, context, stop) {
    stop.throwIfAborted();
    const stream = before === undefined ? openSocket(hop) : await openTunnel(hop, before, context);
    const destroy = () => void stream.destroy();
    stop.addEventListener("abort", destroy, { once: true });
    stream.once("close", () => stop.removeEventListener("abort", destroy));
    return stream;
}
function openSocket({ target: { host, port } }) {
    return (0,external_node_net_.connect)({ host, port, noDelay: true });
}
function openTunnel({ target }, before, { timeoutMs }) {
    return new Promise((resolve, reject) => {
        const timer = setTimeout(() => reject(unreachable(target, { code: "ETIMEDOUT" }, timeoutMs)), timeoutMs);
        const opened = (failure, channel) => {
            clearTimeout(timer);
            if (failure === undefined)
                resolve(channel);
            else
                reject(unreachable(target, failure, timeoutMs));
        };
        try {
            before.forwardOut("127.0.0.1", 0, target.host, target.port, opened);
        }
        catch (failure) {
            opened(failure, undefined);
        }
    });
}
class Line {
    client;
    stream;
    gone;
    #hops;
    constructor(name, hops, { silenceMs }) {
        const gone = new AbortController();
        const last = hops.at(-1) ?? hops[0];
        this.client = last.client;
        this.stream = last.stream;
        this.gone = gone.signal;
        this.#hops = hops;
        const lose = (why, cause) => {
            if (gone.signal.aborted)
                return;
            gone.abort(connectionLost(name, why, cause));
            for (const { stream } of hops)
                stream.destroy();
        };
        const unwatch = watchSilence(last.stream, silenceMs, () => lose(`nothing was heard for ${(0,duration/* formatDuration */.a)(silenceMs)}`));
        gone.signal.addEventListener("abort", unwatch, { once: true });
        for (const { client } of hops) {
            client.on("error", (failure) => lose(failure.message, failure));
            client.once("close", () => lose("the other side closed it"));
        }
    }
    async close() {
        const closed = this.gone.aborted ? Promise.resolve() : (0,external_node_events_.once)(this.gone, "abort");
        this.client.end();
        const timer = setTimeout(() => this.stream.destroy(), goodbyeMs);
        await closed;
        clearTimeout(timer);
        for (const { stream } of this.#hops)
            stream.destroy();
    }
}

;// CONCATENATED MODULE: ./src/platform/module-folder.js
globalThis.__dirname = import.meta.dirname;


;// CONCATENATED MODULE: ./src/platform/ssh-modules.js

async function loadSsh() {
    const [nodeSsh, ssh2] = await Promise.all([Promise.all(/* import() */[__webpack_require__.e(472), __webpack_require__.e(487)]).then(__webpack_require__.bind(__webpack_require__, 9487)), __webpack_require__.e(/* import() */ 472).then(__webpack_require__.t.bind(__webpack_require__, 5472, 19))]);
    return { NodeSSH: nodeSsh.NodeSSH, parseKey: ssh2.default.utils.parseKey };
}

;// CONCATENATED MODULE: ./src/platform/ssh-forward.js
const reasons = {
    1: "the server does not forward connections (AllowTcpForwarding)",
    4: "the server has no room for another connection",
};
function openForward({ client, gone }, { host, port }, signal) {
    const ended = AbortSignal.any([gone, signal]);
    return new Promise((resolve, reject) => {
        if (ended.aborted) {
            reject(ended.reason);
            return;
        }
        const giveUp = () => reject(ended.reason);
        ended.addEventListener("abort", giveUp, { once: true });
        client.forwardOut("127.0.0.1", 0, host, port, (failure, stream) => {
            ended.removeEventListener("abort", giveUp);
            if (failure !== undefined)
                reject(refusal(failure, { host, port }));
            else if (ended.aborted)
                stream.destroy();
            else {
                stream.on("error", () => undefined);
                resolve(stream);
            }
        });
    });
}
function refusal(failure, { host, port }) {
    const reason = "reason" in failure ? Number(failure.reason) : 0;
    const said = failure.message.replace(/^\(SSH\) Channel open failure: ?/, "").toLowerCase();
    const why = `no connection from the server to ${host}:${String(port)}`;
    return new Error(reasons[reason] ?? (said === "" ? why : `${why}: ${said}`), { cause: failure });
}

;// CONCATENATED MODULE: ./src/platform/ssh-private-key.js

function readPrivateKey(login, parseKey) {
    const { privateKey, passphrase, keyInput } = login;
    if (privateKey === undefined)
        return undefined;
    const text = `${privateKey.replaceAll("\r\n", "\n").trim()}\n`;
    const fault = formatFault(text);
    if (fault !== undefined)
        throw new errors/* BelayError */.oT("key-format", `\`${keyInput}\` ${fault.message}`, fault.remedy);
    const key = parseKey(text, passphrase);
    if (!(key instanceof Error) && key.isPrivateKey())
        return key;
    throw isEncrypted(text) ? passphraseFault(login) : damaged(keyInput);
}
const pasteWhole = "Paste the whole file with its line ends, from -----BEGIN to -----END, for example by `gh secret set NAME < key-file`.";
function formatFault(text) {
    if (text.startsWith("PuTTY-User-Key-File-")) {
        const remedy = "Convert it and use the result: `puttygen key.ppk -O private-openssh -o key`.";
        return { message: "is a key in PuTTY's format", remedy };
    }
    if (/^(?:ssh-|ecdsa-sha2-|sk-|---- BEGIN SSH2 PUBLIC|-----BEGIN (?:RSA )?PUBLIC)/.test(text)) {
        const remedy = "Use the other file of the pair: the one without .pub, which begins with -----BEGIN.";
        return { message: "is a public key", remedy };
    }
    if (/-----BEGIN (?:ENCRYPTED )?PRIVATE KEY-----/.test(text)) {
        const remedy = "Rewrite it in OpenSSH's format: `ssh-keygen -p -f key-file` (the passphrase may stay the same).";
        return { message: "is a key in PKCS#8 format", remedy };
    }
    if (!/^-----BEGIN [A-Z ]+-----/.test(text))
        return notAKey(text);
    return lineFault(text);
}
function notAKey(text) {
    if (/^(?:~|\.{0,2})\/\S+\n$/.test(text)) {
        return { message: "is the path of a file, not a key", remedy: pasteWhole };
    }
    return { message: "is no private key: it does not begin with -----BEGIN", remedy: pasteWhole };
}
function lineFault(text) {
    if (text.includes("\\n")) {
        return { message: "has the two characters \\n where its line ends were", remedy: pasteWhole };
    }
    if (!text.trim().includes("\n")) {
        return { message: "has lost its line ends: it is all on one line", remedy: pasteWhole };
    }
    if (!/-----END [A-Z ]+-----\n$/.test(text)) {
        return { message: "is cut off: it does not end with -----END", remedy: pasteWhole };
    }
    return undefined;
}
function isEncrypted(text) {
    if (/^Proc-Type: 4,ENCRYPTED$/m.test(text))
        return true;
    const body = Buffer.from(text.replaceAll(/-----[^-]+-----/g, ""), "base64").toString("latin1");
    const cipher = /^openssh-key-v1\0\0\0\0[\0-\xff]([a-z0-9@.-]+)\0/.exec(body)?.[1];
    return cipher !== undefined && cipher !== "none";
}
function passphraseFault({ keyInput, passphrase }) {
    if (passphrase === undefined) {
        const remedy = "Set `passphrase` to the key's, or use a key of its own for deploys that has none.";
        return new errors/* BelayError */.oT("key-passphrase", `\`${keyInput}\` is encrypted and \`passphrase\` is empty`, remedy);
    }
    const remedy = "Try it with `ssh-keygen -y -f key-file`, and mind white space around the secret's value.";
    return new errors/* BelayError */.oT("key-passphrase", `\`passphrase\` does not open \`${keyInput}\``, remedy);
}
function damaged(keyInput) {
    return new errors/* BelayError */.oT("key-format", `\`${keyInput}\` is damaged, or of a kind that is not supported`, pasteWhole);
}

;// CONCATENATED MODULE: ./src/platform/ssh-host.js








const defaultPulse = { keepaliveMs: 4000, silenceMs: 12_000 };
const firstPauseMs = 1000;
const longestPauseMs = 5000;
function openSshHost(connection, dependencies) {
    return new SshHost(connection, dependencies);
}
class SshHost {
    name;
    #connection;
    #clock;
    #log;
    #pulse;
    #line;
    #connecting;
    #keys;
    #stop = new AbortController();
    constructor(connection, { clock, log, pulse }) {
        this.#connection = connection;
        this.#clock = clock;
        this.#log = log;
        this.#pulse = pulse ?? defaultPulse;
        this.name = (0,ssh_target/* targetName */.je)((connection.hops.at(-1) ?? connection.hops[0]).target);
    }
    async connect() {
        if (this.#line?.gone.aborted === false)
            return;
        this.#connecting ??= this.#dial(this.#stop.signal).finally(() => (this.#connecting = undefined));
        await this.#connecting;
    }
    async start(command) {
        const line = this.#line;
        if (line === undefined)
            throw connectionLost(this.name, "it was never made");
        line.gone.throwIfAborted();
        return new Promise((resolve, reject) => {
            const lost = () => reject(line.gone.reason);
            line.gone.addEventListener("abort", lost, { once: true });
            try {
                line.client.exec(command, (failure, stream) => {
                    line.gone.removeEventListener("abort", lost);
                    if (failure === undefined)
                        resolve(new SshChannel(stream, line, this.name));
                    else
                        reject(line.gone.aborted ? line.gone.reason : refusedSession(this.name, failure));
                });
            }
            catch (failure) {
                line.gone.removeEventListener("abort", lost);
                reject(connectionLost(this.name, "it is closing", failure));
            }
        });
    }
    async dial(target, signal) {
        const line = this.#line;
        if (line === undefined)
            throw connectionLost(this.name, "it was never made");
        line.gone.throwIfAborted();
        return openForward(line, target, signal);
    }
    async close() {
        this.#stop.abort(connectionLost(this.name, "it was closed while it was made"));
        this.#stop = new AbortController();
        await this.#connecting?.catch(() => undefined);
        await this.#line?.close();
        this.#line = undefined;
    }
    async #dial(stop) {
        const { ssh, keys } = await this.#keyRing();
        const { hostKeys: policy, connectTimeoutMs: timeoutMs } = this.#connection;
        const context = {
            ssh,
            policy,
            timeoutMs,
            keepaliveMs: this.#pulse.keepaliveMs,
            log: this.#log,
        };
        const line = await this.#again(stop, () => dial(this.#connection, keys, context, this.#pulse, stop));
        this.#log.debug(`connected to ${this.name}`);
        this.#line = line;
        return line;
    }
    async #again(stop, attempt) {
        for (let failures = 0;; failures += 1) {
            try {
                return await attempt();
            }
            catch (failure) {
                stop.throwIfAborted();
                const worthIt = failure instanceof errors/* BelayError */.oT && failure.code === "host-unreachable";
                if (!worthIt || failures >= this.#connection.connectRetries)
                    throw failure;
                const pauseMs = Math.min(longestPauseMs, firstPauseMs * 2 ** failures);
                this.#log.info(`${failure.message}; trying again (${failures + 1} of ${this.#connection.connectRetries})`);
                await this.#clock.sleep(pauseMs, stop);
            }
        }
    }
    #keyRing() {
        if (this.#keys === undefined && !this.#connection.hostKeys.strict) {
            this.#log.warning(`host-key-check is off: nothing proves that ${this.name} is the right server`);
        }
        this.#keys ??= readKeys(this.#connection);
        return this.#keys;
    }
}
async function readKeys({ hops }) {
    const ssh = await loadSsh();
    const keys = new Map();
    for (const hop of hops) {
        const same = hops.find((other) => other.login.privateKey === hop.login.privateKey && keys.has(other));
        const key = (same && keys.get(same)) ?? readPrivateKey(hop.login, ssh.parseKey);
        if (key !== undefined)
            keys.set(hop, key);
    }
    return { ssh, keys };
}
function refusedSession(host, cause) {
    return new errors/* BelayError */.oT("command-failed", `${host} opened no session for a command: ${cause.message}`, "Allow commands for the deploy user (no ForceCommand internal-sftp, MaxSessions at least 10).", { cause });
}


/***/ })

};
