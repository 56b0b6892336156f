export const id = 80;
export const ids = [80];
export const modules = {

/***/ 3080:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {


// EXPORTS
__webpack_require__.d(__webpack_exports__, {
  readChecks: () => (/* binding */ readChecks)
});

// EXTERNAL MODULE: ./src/kit/unknown-inputs.js + 1 modules
var unknown_inputs = __webpack_require__(7890);
// EXTERNAL MODULE: external "node:util"
var external_node_util_ = __webpack_require__(7975);
// EXTERNAL MODULE: ./src/kit/duration.js
var duration = __webpack_require__(1429);
// EXTERNAL MODULE: ./src/kit/input-problem.js
var input_problem = __webpack_require__(7659);
// EXTERNAL MODULE: ./src/gate/pattern.js
var gate_pattern = __webpack_require__(4918);
;// CONCATENATED MODULE: ./src/gate/check-fields.js





class CheckFields {
    #line;
    #fields;
    #read = new Set();
    #tell;
    constructor(line, fields, tell) {
        this.#line = line;
        this.#fields = fields;
        this.#tell = tell;
    }
    get names() {
        return [...this.#fields.keys()];
    }
    has(key) {
        this.#read.add(key);
        return this.#fields.has(key);
    }
    raw(key) {
        this.#read.add(key);
        return this.#fields.get(key)?.value;
    }
    text(key, wanted) {
        const value = this.raw(key);
        if (value === undefined)
            return undefined;
        if (isPlain(value) && String(value) !== "")
            return String(value);
        this.problem(key, wanted);
        return undefined;
    }
    parsed(key, fallback, wanted, parse) {
        const text = this.text(key, wanted);
        if (text === undefined)
            return fallback;
        const result = parse(text);
        if (result === undefined)
            this.problem(key, wanted);
        return result ?? fallback;
    }
    choice(key, values, fallback) {
        const wanted = { accepted: `one of ${values.join(", ")}`, example: fallback };
        return this.parsed(key, fallback, wanted, (text) => values.find((one) => one === text));
    }
    boolean(key, fallback) {
        const value = this.raw(key);
        if (typeof value === "boolean")
            return value;
        if (value !== undefined)
            this.problem(key, { accepted: "true or false", example: String(fallback) });
        return fallback;
    }
    integer(key, fallback, min, max) {
        const wanted = { accepted: `a whole number${(0,input_problem/* range */.y1)(min, max)}`, example: String(fallback) };
        return this.parsed(key, fallback, wanted, (text) => {
            const number = Number(text);
            return /^\d{1,9}$/.test(text) && number >= min && number <= max ? number : undefined;
        });
    }
    duration(key, fallback, min, max) {
        const wanted = { accepted: `a duration in ms, s, m or h${(0,input_problem/* range */.y1)(min, max)}`, example: "5s" };
        return this.parsed(key, fallback, wanted, (text) => {
            const ms = (0,duration/* parseDuration */.E)(text);
            const fits = ms !== undefined && ms >= least(min) && ms <= least(max);
            return fits ? ms : undefined;
        });
    }
    pattern(key) {
        const text = this.text(key, { accepted: "a regular expression", example: "ok|healthy" });
        if (text === undefined)
            return undefined;
        const pattern = (0,gate_pattern/* readPattern */.ZS)(text);
        if (pattern instanceof RegExp)
            return pattern;
        this.tell(key, pattern.problem, "Write a simpler regular expression of JavaScript.");
        return undefined;
    }
    place(key) {
        const value = this.raw(key);
        if (value === undefined)
            return undefined;
        if (isName(value))
            return { container: value };
        const { service, project, ...rest } = record(value);
        const known = Object.keys(rest).length === 0 && isName(service);
        if (known && (project === undefined || isName(project)))
            return { service, project };
        const accepted = "a container's name, or { service: …, project: … } of a compose project";
        this.problem(key, { accepted, example: "backend" });
        return undefined;
    }
    limits(key, measure) {
        const value = this.raw(key);
        if (value === undefined)
            return undefined;
        const { warning, critical, ...rest } = isPlain(value) ? { critical: value } : record(value);
        if (Object.keys(rest).length === 0)
            return this.limitsOf(key, warning, critical, measure);
        this.problem(key, measure);
        return undefined;
    }
    limitsOf(key, warning, critical, measure) {
        const limits = { warning: bound(warning, measure), critical: bound(critical, measure) };
        const given = [warning, critical].filter((value) => value !== undefined).length;
        const read = [limits.warning, limits.critical].filter((value) => value !== undefined).length;
        if (given === 0 || read < given) {
            this.problem(key, measure);
            return undefined;
        }
        if (isWrongWayRound(limits, measure)) {
            const order = measure.downward === true ? "above" : "below";
            const what = `is the wrong way round: critical lies ${order} warning`;
            this.tell(key, what, "Swap the two.");
            return undefined;
        }
        return limits;
    }
    problem(key, { accepted, example, secret }) {
        const value = this.#fields.get(key)?.value;
        const is = value === undefined ? "is missing" : `is ${secret === true ? "***" : shown(value)}`;
        const remedy = `Write for example \`${key}: ${example}\`.`;
        this.tell(key, `${is}; accepted: ${accepted}`, remedy);
    }
    tell(key, what, remedy) {
        this.#tell(this.#fields.get(key)?.line ?? this.#line, `\`${key}\` ${what}`, remedy);
    }
    refuseUnknown(whose) {
        for (const name of this.names.filter((one) => !this.#read.has(one))) {
            const meant = (0,unknown_inputs/* nearest */.p)(name, [...this.#read]);
            const hint = meant === undefined ? "" : `: did you mean \`${meant}\`?`;
            const keys = [...this.#read].sort().join(", ");
            this.tell(name, `is no key of ${whose}${hint}`, `Keys are ${keys}.`);
        }
    }
}
function isPlain(value) {
    return ["string", "number", "boolean"].includes(typeof value);
}
function isName(value) {
    return typeof value === "string" && /^[A-Za-z0-9][A-Za-z0-9_.-]*$/.test(value);
}
function record(value) {
    return typeof value === "object" && value !== null && !Array.isArray(value)
        ? value
        : { "": value };
}
function bound(value, { parse }) {
    return isPlain(value) ? parse(String(value)) : undefined;
}
function isWrongWayRound({ warning, critical }, { downward }) {
    if (warning === undefined || critical === undefined)
        return false;
    return downward === true ? critical > warning : critical < warning;
}
function least(text) {
    return (0,duration/* parseDuration */.E)(text) ?? 0;
}
function shown(value) {
    const oneLine = { breakLength: Infinity, depth: 3 };
    const text = isPlain(value) ? JSON.stringify(value) : (0,external_node_util_.inspect)(value, oneLine);
    return text.length > 80 ? `${text.slice(0, 79)}…` : text;
}

;// CONCATENATED MODULE: ./src/gate/check-name.js
function nameOf(check) {
    switch (check.kind) {
        case "http":
            return urlName(check.url);
        case "tcp":
            return `tcp ${check.host}:${String(check.port)}`;
        case "container":
            return `container ${placeName(check.place)}`;
        case "command":
            return `command ${/^[\w./-]{1,40}/.exec(check.command)?.[0] ?? ""}`.trimEnd();
        case "logs":
            return `logs ${"file" in check.source ? check.source.file : placeName(check.source)}`;
        case "postgres":
            return `postgres ${check_name_valueOf(check.address.variables, "PGDATABASE")}`.trimEnd();
        case "redis":
            return `redis ${check.address.host}:${String(check.address.port)}`;
        case "server":
            return `server ${check.measure}${check.measure === "disk" ? ` ${check.path}` : ""}`;
    }
}
function urlName(text) {
    return text.replace(/[?#].*$/s, "");
}
function placeName(place) {
    if ("container" in place)
        return place.container;
    return place.project === undefined ? place.service : `${place.project}/${place.service}`;
}
function check_name_valueOf(variables, name) {
    return variables.find((one) => one.name === name)?.value ?? "";
}

// EXTERNAL MODULE: ./src/gate/measures.js
var gate_measures = __webpack_require__(6671);
// EXTERNAL MODULE: ./src/gate/header-secrets.js
var header_secrets = __webpack_require__(9583);
// EXTERNAL MODULE: ./src/gate/url.js
var url = __webpack_require__(9885);
;// CONCATENATED MODULE: ./src/gate/http-fields.js




const urlForm = {
    accepted: "one http:// or https:// address without user and password",
    example: "https://app.example/health",
};
function readHttp(fields, { mask, compile }) {
    const url = readUrl(fields);
    return {
        kind: "http",
        url,
        via: fields.choice("via", ["runner", "server"], "runner"),
        method: fields.choice("method", ["GET", "HEAD", "POST"], "GET"),
        headers: readHeaders(fields, mask),
        hostHeader: readHostHeader(fields),
        ca: readAuthority(fields),
        followRedirects: fields.boolean("follow-redirects", false),
        status: readStatus(fields),
        body: fields.pattern("body"),
        json: readConditions(fields, compile),
        expect: fields.text("expect", { accepted: "text", example: "${{ github.sha }}" }),
        minDays: readMinDays(fields, url),
    };
}
function readTcp(fields) {
    const wanted = { accepted: "host:port", example: "db.example:5432" };
    const address = fields.parsed("tcp", { host: "", port: 0 }, wanted, readAddress);
    return { kind: "tcp", ...address, via: fields.choice("via", ["runner", "server"], "runner") };
}
function readAddress(text) {
    const match = /^(?:\[([0-9A-Fa-f:.]+)\]|([A-Za-z0-9._-]+)):(\d{1,5})$/.exec(text);
    const [host, port] = [match?.[1] ?? match?.[2] ?? "", Number(match?.[3])];
    const isAddress = match?.[1] === undefined || URL.canParse(`http://[${host}]`);
    return match !== null && isAddress && port >= 1 && port <= 65_535 ? { host, port } : undefined;
}
function readUrl(fields) {
    const text = fields.text("http", urlForm) ?? "";
    const accepted = text === "" ? undefined : (0,url/* urlProblem */.r)(text);
    if (accepted === undefined)
        return text;
    fields.problem("http", { ...urlForm, accepted, secret: text.includes("@") });
    return "";
}
function readHeaders(fields, mask) {
    const value = fields.raw("header");
    if (value === undefined)
        return {};
    const entries = typeof value === "object" && value !== null ? Object.entries(value) : [];
    const headers = entries.map(([name, text]) => [name, String(text)]);
    for (const [, text] of headers)
        for (const part of (0,header_secrets/* secretsOf */.F)(text))
            mask(part);
    const isHeader = ([name, text]) => /^[A-Za-z0-9!#$%&'*+.^_`|~-]+$/.test(name) && /^[\t\x20-\x7e\x80-\xff]+$/.test(text);
    if (headers.length > 0 && !Array.isArray(value) && headers.every(isHeader))
        return Object.fromEntries(headers);
    fields.problem("header", {
        accepted: "a mapping of names to values, each on one line",
        example: "{ Authorization: Bearer … }",
        secret: true,
    });
    return {};
}
function readHostHeader(fields) {
    const wanted = { accepted: "a host name, perhaps with its port", example: "app.example" };
    return fields.parsed("host-header", undefined, wanted, (text) => /^[A-Za-z0-9._-]+(:\d{1,5})?$/.test(text) ? text : undefined);
}
function readAuthority(fields) {
    const wanted = { accepted: "certificates in PEM", example: "|" };
    return fields.parsed("ca", undefined, wanted, (text) => /^-----BEGIN CERTIFICATE-----[^]+-----END CERTIFICATE-----\s*$/.test(text) ? text : undefined);
}
function readStatus(fields) {
    const value = fields.raw("status");
    if (value === undefined)
        return url/* usualStatus */.z;
    const items = Array.isArray(value) ? value : [value];
    const ranges = items.map(readRange);
    const known = ranges.filter((one) => one !== undefined);
    if (known.length === ranges.length && known.length > 0)
        return known;
    fields.problem("status", {
        accepted: "a status from 100 to 599, a range, or a list of them",
        example: "[200-299, 401]",
    });
    return url/* usualStatus */.z;
}
function readRange(item) {
    const match = /^([1-5]\d\d)(?:-([1-5]\d\d))?$/.exec(String(item));
    if (match === null)
        return undefined;
    const [low, high] = [Number(match[1]), Number(match[2] ?? match[1])];
    return low <= high ? [low, high] : undefined;
}
function readConditions(fields, compile) {
    const value = fields.raw("json");
    if (value === undefined)
        return [];
    const items = Array.isArray(value) ? value : [value];
    return items.flatMap((item) => readCondition(fields, item, compile) ?? []);
}
function readCondition(fields, item, compile) {
    const { path, matches, ...rest } = (typeof item === "object" && item !== null ? item : {});
    const hasEquals = "equals" in rest;
    const others = Object.keys(rest).filter((key) => key !== "equals");
    if (typeof path !== "string" || others.length > 0 || hasEquals === (matches !== undefined)) {
        const accepted = "{ path, equals } or { path, matches }, or a list of them";
        fields.problem("json", { accepted, example: "{ path: $.status, equals: ok }" });
        return undefined;
    }
    const select = compile(path);
    if (typeof select !== "function") {
        fields.tell("json", `has a path that is none: ${select.problem}`, "Write it as `$.a.b`.");
        return undefined;
    }
    if (hasEquals)
        return { path, select, equals: rest["equals"] };
    const pattern = (0,gate_pattern/* readPattern */.ZS)(String(matches));
    if (pattern instanceof RegExp)
        return { path, select, matches: pattern };
    fields.tell("json", `matches: ${pattern.problem}`, "Write a simpler expression.");
    return undefined;
}
function readMinDays(fields, url) {
    const limits = fields.limits("min-days", gate_measures/* days */._3);
    if (limits === undefined || url === "" || url.startsWith("https:"))
        return limits;
    fields.tell("min-days", "has no certificate to look at", "Ask an https:// address, or drop it.");
    return undefined;
}

// EXTERNAL MODULE: ./src/commands/postgres.js
var postgres = __webpack_require__(2030);
;// CONCATENATED MODULE: ./src/gate/server-fields.js


const nowhere = { container: "-" };
function readContainer(fields) {
    return {
        kind: "container",
        place: fields.place("container") ?? nowhere,
        maxRestarts: fields.integer("max-restarts", 0, 0, 1000),
    };
}
const longestCommand = 20_000;
function readCommand(fields) {
    const wanted = { accepted: "a shell line", example: "pg_isready -U app" };
    const command = fields.text("command", wanted) ?? "";
    if (command.length > longestCommand)
        fields.tell("command", `has ${String(command.length)} characters, more than the ${String(longestCommand)} that a check may have`, "Put it into a script on the server and call that.");
    return {
        kind: "command",
        command,
        place: fields.place("in"),
        exitCode: fields.integer("exit-code", 0, 0, 255),
        matches: fields.pattern("matches"),
    };
}
function readLogs(fields) {
    const check = {
        kind: "logs",
        source: readLogSource(fields),
        forbidden: fields.pattern("forbidden"),
        wanted: fields.pattern("wanted"),
    };
    if (!fields.has("forbidden") && !fields.has("wanted"))
        fields.tell("logs", "needs a pattern to look for", "Add `forbidden: …`, `wanted: …` or both.");
    return check;
}
function readLogSource(fields) {
    const value = fields.raw("logs");
    const { file } = (typeof value === "object" && value !== null ? value : {});
    if (file === undefined)
        return fields.place("logs") ?? nowhere;
    if (typeof file === "string" && /^\/[^\p{Cc}]+$/u.test(file))
        return { file };
    fields.problem("logs", {
        accepted: "a container's name, { service: …, project: … }, or { file: … } with an absolute path",
        example: "{ file: /var/log/app.log }",
    });
    return nowhere;
}
function readPostgres(fields, { mask }) {
    return {
        kind: "postgres",
        address: readDatabase(fields, mask),
        place: fields.place("in"),
        connections: fields.limits("connections", gate_measures/* count */.U9),
    };
}
const emptyAddress = { variables: [], password: "", ignored: [] };
function readDatabase(fields, mask) {
    const wanted = {
        accepted: "a URL of the form postgresql://user:password@host:port/name",
        example: "${{ secrets.DATABASE_URL }}",
        secret: true,
    };
    const url = fields.text("postgres", wanted);
    if (url === undefined) {
        if (!fields.has("postgres"))
            fields.problem("postgres", wanted);
        return emptyAddress;
    }
    const address = (0,postgres/* parseDatabaseUrl */.m)(url);
    if ("problem" in address) {
        mask(url);
        fields.tell("postgres", address.problem, `Write for example \`postgres: ${wanted.example}\`.`);
        return emptyAddress;
    }
    if (address.password !== "")
        for (const secret of [url, address.password])
            mask(secret);
    return address;
}
function readRedis(fields, { mask }) {
    const wanted = {
        accepted: "a URL of the form redis://:password@host:port",
        example: "redis://localhost:6379",
        secret: true,
    };
    const address = fields.parsed("redis", noRedis, wanted, (text) => redisAddress(text));
    if (address.password !== undefined)
        mask(address.password);
    return {
        kind: "redis",
        address,
        place: fields.place("in"),
        memory: fields.limits("memory", gate_measures/* bytes */.ee),
    };
}
const noRedis = {
    host: "127.0.0.1",
    port: 6379,
    username: undefined,
    password: undefined,
    tls: false,
};
function redisAddress(text) {
    const url = URL.parse(text);
    if (url === null || (url.protocol !== "redis:" && url.protocol !== "rediss:"))
        return undefined;
    try {
        return {
            host: url.hostname.replace(/^\[|\]$/g, "") || noRedis.host,
            port: url.port === "" ? noRedis.port : Number(url.port),
            username: decodeURIComponent(url.username) || undefined,
            password: decodeURIComponent(url.password) || undefined,
            tls: url.protocol === "rediss:",
        };
    }
    catch {
        return undefined;
    }
}
function readServerLoad(fields) {
    const measures = ["cpu", "memory", "disk"];
    const wanted = { accepted: "one of cpu, memory, disk", example: "cpu" };
    const measure = fields.parsed("server", "cpu", wanted, (text) => measures.find((one) => one === text));
    const [warning, critical] = [fields.raw("warning"), fields.raw("critical")];
    const limits = { ...gate_measures/* percentage */.X1, accepted: "percent in `warning`, `critical` or both" };
    const key = fields.has("critical") ? "critical" : fields.has("warning") ? "warning" : "server";
    return {
        kind: "server",
        measure,
        path: measure === "disk" ? readPath(fields) : "/",
        limits: fields.limitsOf(key, warning, critical, { ...limits, example: "85%" }) ?? {},
    };
}
function readPath(fields) {
    const wanted = { accepted: "an absolute path on the file system that is meant", example: "/var" };
    return fields.parsed("path", "/", wanted, (text) => /^\/[^\p{Cc}]*$/u.test(text) ? text : undefined);
}

// EXTERNAL MODULE: ./node_modules/js-yaml/dist/browser/js-yaml.esm.min.mjs
var js_yaml_esm_min = __webpack_require__(7163);
;// CONCATENATED MODULE: ./src/gate/yaml-items.js

function readYamlItems(text) {
    try {
        const events = (0,js_yaml_esm_min/* parseEvents */.PH)(text, {});
        const documents = (0,js_yaml_esm_min/* constructFromEvents */.fw)(events, { source: text, schema: js_yaml_esm_min/* CORE_SCHEMA */.OU });
        const [list] = documents;
        if (documents.length === 1 && Array.isArray(list))
            return itemsOf(list, events, text);
        return noList(text, documents.length > 1);
    }
    catch (error) {
        if (error instanceof js_yaml_esm_min/* YAMLException */.tB)
            return noYaml(error);
        throw error;
    }
}
function noList(text, several) {
    if (several) {
        const lines = text.split("\n");
        const line = lines.findLastIndex((one) => one.startsWith("---")) + 1;
        const remedy = "Leave the line `---` out: all checks are one list.";
        return { line, what: "begins a second document", remedy };
    }
    const remedy = "Begin each check with a dash, for example `- http: https://app.example/health`.";
    return { line: 1, what: "is no list of checks", remedy };
}
function noYaml({ reason, mark }) {
    const remedy = "Mend the YAML; a text that begins with a special character needs quotes.";
    const words = reason.replace(/\s*(?:["<:]|!<).*$/s, "");
    return { line: (mark?.line ?? 0) + 1, what: `is no YAML: ${words}`, remedy };
}
function itemsOf(list, events, text) {
    const items = [];
    const within = events.slice(2, -2);
    for (let index = 0; index < within.length;) {
        const end = endOf(within, index);
        items.push(itemOf(list[items.length], within.slice(index, end), text));
        index = end;
    }
    return items;
}
function itemOf(value, events, text) {
    const [first] = events;
    const line = lineOf(first, text);
    if (first?.type !== js_yaml_esm_min/* EVENT_ID */.hy.MAPPING)
        return { line };
    const fields = new Map();
    for (let index = 1; index < events.length - 1;) {
        const key = events[index];
        const name = key?.type === js_yaml_esm_min/* EVENT_ID */.hy.SCALAR ? (0,js_yaml_esm_min/* getScalarValue */.KE)(text, key) : "";
        const under = Object.getOwnPropertyDescriptor(value, name)?.value;
        fields.set(name, { line: lineOf(key, text), value: under });
        index = endOf(events, endOf(events, index));
    }
    return { line, fields };
}
function endOf(events, index) {
    let depth = 0;
    let at = index;
    do {
        const type = events[at]?.type;
        if (type === js_yaml_esm_min/* EVENT_ID */.hy.MAPPING || type === js_yaml_esm_min/* EVENT_ID */.hy.SEQUENCE)
            depth += 1;
        else if (type === js_yaml_esm_min/* EVENT_ID */.hy.POP)
            depth -= 1;
        at += 1;
    } while (depth > 0);
    return at;
}
function lineOf(event, text) {
    return text.slice(0, event === undefined ? 0 : startOf(event)).split("\n").length;
}
function startOf(event) {
    if (event.type === js_yaml_esm_min/* EVENT_ID */.hy.SCALAR)
        return event.valueStart;
    if (event.type === js_yaml_esm_min/* EVENT_ID */.hy.ALIAS)
        return event.anchorStart;
    return "start" in event ? event.start : 0;
}

;// CONCATENATED MODULE: ./src/gate/checks-input.js






const kinds = {
    http: readHttp,
    tcp: readTcp,
    container: readContainer,
    command: readCommand,
    logs: readLogs,
    postgres: readPostgres,
    redis: readRedis,
    server: readServerLoad,
};
const kindNames = Object.keys(kinds);
const nameForm = {
    accepted: "text on one line, of at most 60 characters",
    example: "backend",
};
const example = "- http: https://app.example/health";
function readChecks(reader, defaults, tools) {
    const text = reader.block("checks");
    if (text === "")
        return [];
    const problems = [];
    const tell = (line, what, remedy) => void problems.push({ line, what, remedy });
    const checks = checksIn(text, tell, defaults, tools);
    for (const { line, what, remedy } of problems.toSorted((a, b) => a.line - b.line))
        reader.problemInside("checks", `line ${String(line)}: ${what}`, remedy);
    return checks;
}
function checksIn(text, tell, defaults, tools) {
    const items = readYamlItems(text);
    if ("what" in items) {
        tell(items.line, items.what, items.remedy);
        return [];
    }
    const read = items.flatMap(({ line, fields }) => {
        if (fields !== undefined)
            return readCheck(new CheckFields(line, fields, tell), defaults, tools) ?? [];
        tell(line, "is no check, which is a mapping of keys", `Write for example \`${example}\`.`);
        return [];
    });
    return uniquelyNamed(read);
}
function readCheck(fields, defaults, tools) {
    const kind = kindOf(fields);
    if (kind === undefined)
        return undefined;
    const given = fields.parsed("name", undefined, nameForm, (text) => /^[^\p{Cc}]{1,60}$/u.test(text) ? text : undefined);
    const base = {
        intervalMs: fields.duration("interval", defaults.intervalMs, "100ms", "10m"),
        attemptTimeoutMs: fields.duration("attempt-timeout", defaults.attemptTimeoutMs, "100ms", "10m"),
        successes: fields.integer("successes", defaults.successes, 1, 100),
    };
    const own = kinds[kind](fields, tools);
    fields.refuseUnknown(`${/^(?:[aeiou]|http)/.test(kind) ? "an" : "a"} ${kind} check`);
    const name = given ?? nameOf(own);
    return { check: { name, ...base, ...own }, unnamed: given === undefined, fields };
}
function kindOf(fields) {
    const found = kindNames.filter((kind) => fields.names.includes(kind));
    const [kind] = found;
    if (found.length === 1)
        return kind;
    if (found.length > 1) {
        const remedy = "Begin a new item for each of them.";
        fields.tell(found[1] ?? "", `and \`${String(kind)}\` are two kinds of check in one item`, remedy);
        return undefined;
    }
    const [first = ""] = fields.names;
    const meant = fields.names.map((name) => (0,unknown_inputs/* nearest */.p)(name, kindNames)).find(Boolean);
    const hint = meant === undefined ? "" : `: did you mean \`${meant}\`?`;
    const remedy = `Kinds are ${kindNames.join(", ")}; write for example \`${example}\`.`;
    fields.tell(first, `is no kind of check${hint}`, remedy);
    return undefined;
}
function uniquelyNamed(all) {
    const taken = new Set();
    return all.map(({ check, unnamed, fields }) => {
        let { name } = check;
        if (taken.has(name) && !unnamed)
            fields.tell("name", "is the name of an earlier check too", "Give each check its own name.");
        for (let number = 2; taken.has(name) && unnamed; number += 1)
            name = `${check.name} (${String(number)})`;
        taken.add(name);
        return { ...check, name };
    });
}


/***/ }),

/***/ 9583:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   F: () => (/* binding */ secretsOf)
/* harmony export */ });
function secretsOf(value) {
    const words = value.split(/[\s,;]+/).filter((word) => word.length >= 8);
    return value.length > 3 ? [...new Set([value, ...words])] : words;
}


/***/ }),

/***/ 4918:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   Mm: () => (/* binding */ bounded),
/* harmony export */   ZS: () => (/* binding */ readPattern),
/* harmony export */   cK: () => (/* binding */ matches)
/* harmony export */ });
/* harmony import */ var node_vm__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(714);
/* harmony import */ var safe_regex2__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(8700);


function readPattern(text, flags = "m") {
    let pattern;
    try {
        pattern = new RegExp(text, flags);
    }
    catch (error) {
        const why = error instanceof Error ? error.message.replace(/^.*: /s, "") : "";
        return { problem: `is no regular expression${why === "" ? "" : `: ${why}`}` };
    }
    if (!safe_regex2__WEBPACK_IMPORTED_MODULE_1__(pattern, { limit: 1000 }))
        return { problem: "may take exponential time: it repeats what holds a repetition" };
    const probes = probesOf(text);
    if (bounded(() => probes.some((probe) => pattern.test(probe))) === undefined)
        return {
            problem: "takes exponential time: it can read the same text in many ways, as `(a|a)*` can",
        };
    return pattern;
}
function probesOf(text) {
    const characters = new Set(["a", "A", "0", " ", "_", "-", ...Array.from(text.slice(0, 1000))]);
    return Array.from(characters, (character) => `${character.repeat(40)}\u0000`);
}
const limitMs = 250;
function matches(pattern, text) {
    return bounded(() => pattern.test(text));
}
function bounded(work) {
    let result;
    const run = () => void (result = work());
    try {
        new node_vm__WEBPACK_IMPORTED_MODULE_0__.Script("run()").runInContext((0,node_vm__WEBPACK_IMPORTED_MODULE_0__.createContext)({ run }), { timeout: limitMs });
    }
    catch (error) {
        if (isTimeout(error))
            return undefined;
        throw error;
    }
    return result;
}
function isTimeout(error) {
    return error?.code === "ERR_SCRIPT_EXECUTION_TIMEOUT";
}


/***/ })

};
