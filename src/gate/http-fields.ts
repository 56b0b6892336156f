import type { HttpCheck, JsonCondition, TcpCheck } from "./check.js";
import type { CheckFields } from "./check-fields.js";
import { days } from "./measures.js";
import { secretsOf } from "./header-secrets.js";
import { readPattern } from "./pattern.js";
import { urlProblem, usualStatus } from "./url.js";

/** What a check has of its own kind, without name and times. */
export type OwnFields<C> = Omit<C, "name" | "intervalMs" | "attemptTimeoutMs" | "successes">;

const urlForm = {
  accepted: "one http:// or https:// address without user and password",
  example: "https://app.example/health",
} as const;

/** What a parser of checks needs besides the YAML. */
export interface ReadingTools {
  /** Hides a secret from all that follows. */
  readonly mask: (secret: string) => void;
  /** What selects by a JSON path, or why that is none. */
  readonly compile: (path: string) => JsonCondition["select"] | { readonly problem: string };
}

/** Reads the keys of an `http` check; `mask` hides what is sent in headers. */
export function readHttp(
  fields: CheckFields,
  { mask, compile }: ReadingTools,
): OwnFields<HttpCheck> {
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

/** Reads the keys of a `tcp` check. */
export function readTcp(fields: CheckFields): OwnFields<TcpCheck> {
  const wanted = { accepted: "host:port", example: "db.example:5432" };
  const address = fields.parsed("tcp", { host: "", port: 0 }, wanted, readAddress);
  return { kind: "tcp", ...address, via: fields.choice("via", ["runner", "server"], "runner") };
}

function readAddress(text: string): { host: string; port: number } | undefined {
  const match = /^(?:\[([0-9A-Fa-f:.]+)\]|([A-Za-z0-9._-]+)):(\d{1,5})$/.exec(text);
  const [host, port] = [match?.[1] ?? match?.[2] ?? "", Number(match?.[3])];
  const isAddress = match?.[1] === undefined || URL.canParse(`http://[${host}]`);
  return match !== null && isAddress && port >= 1 && port <= 65_535 ? { host, port } : undefined;
}

function readUrl(fields: CheckFields): string {
  const text = fields.text("http", urlForm) ?? "";
  const accepted = text === "" ? undefined : urlProblem(text);
  if (accepted === undefined) return text;
  fields.problem("http", { ...urlForm, accepted, secret: text.includes("@") });
  return "";
}

function readHeaders(
  fields: CheckFields,
  mask: (secret: string) => void,
): Readonly<Record<string, string>> {
  const value = fields.raw("header");
  if (value === undefined) return {};
  const entries = typeof value === "object" && value !== null ? Object.entries(value) : [];
  const headers = entries.map(([name, text]): [string, string] => [name, String(text)]);
  for (const [, text] of headers) for (const part of secretsOf(text)) mask(part);
  const isHeader = ([name, text]: [string, string]): boolean =>
    /^[A-Za-z0-9!#$%&'*+.^_`|~-]+$/.test(name) && /^[\t\x20-\x7e\x80-\xff]+$/.test(text);
  if (headers.length > 0 && !Array.isArray(value) && headers.every(isHeader))
    return Object.fromEntries(headers);
  fields.problem("header", {
    accepted: "a mapping of names to values, each on one line",
    example: "{ Authorization: Bearer … }",
    secret: true,
  });
  return {};
}

function readHostHeader(fields: CheckFields): string | undefined {
  const wanted = { accepted: "a host name, perhaps with its port", example: "app.example" };
  return fields.parsed<string | undefined>("host-header", undefined, wanted, (text) =>
    /^[A-Za-z0-9._-]+(:\d{1,5})?$/.test(text) ? text : undefined,
  );
}

function readAuthority(fields: CheckFields): string | undefined {
  const wanted = { accepted: "certificates in PEM", example: "|" };
  return fields.parsed<string | undefined>("ca", undefined, wanted, (text) =>
    /^-----BEGIN CERTIFICATE-----[^]+-----END CERTIFICATE-----\s*$/.test(text) ? text : undefined,
  );
}

function readStatus(fields: CheckFields): HttpCheck["status"] {
  const value = fields.raw("status");
  if (value === undefined) return usualStatus;
  const items: readonly unknown[] = Array.isArray(value) ? value : [value];
  const ranges = items.map(readRange);
  const known = ranges.filter((one) => one !== undefined);
  if (known.length === ranges.length && known.length > 0) return known;
  fields.problem("status", {
    accepted: "a status from 100 to 599, a range, or a list of them",
    example: "[200-299, 401]",
  });
  return usualStatus;
}

function readRange(item: unknown): readonly [number, number] | undefined {
  const match = /^([1-5]\d\d)(?:-([1-5]\d\d))?$/.exec(String(item));
  if (match === null) return undefined;
  const [low, high] = [Number(match[1]), Number(match[2] ?? match[1])];
  return low <= high ? [low, high] : undefined;
}

function readConditions(
  fields: CheckFields,
  compile: ReadingTools["compile"],
): readonly JsonCondition[] {
  const value = fields.raw("json");
  if (value === undefined) return [];
  const items: readonly unknown[] = Array.isArray(value) ? value : [value];
  return items.flatMap((item) => readCondition(fields, item, compile) ?? []);
}

function readCondition(
  fields: CheckFields,
  item: unknown,
  compile: ReadingTools["compile"],
): JsonCondition | undefined {
  const { path, matches, ...rest } = (
    typeof item === "object" && item !== null ? item : {}
  ) as Readonly<Record<string, unknown>>;
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
  if (hasEquals) return { path, select, equals: rest["equals"] };
  const pattern = readPattern(String(matches));
  if (pattern instanceof RegExp) return { path, select, matches: pattern };
  fields.tell("json", `matches: ${pattern.problem}`, "Write a simpler expression.");
  return undefined;
}

function readMinDays(fields: CheckFields, url: string): HttpCheck["minDays"] {
  const limits = fields.limits("min-days", days);
  if (limits === undefined || url === "" || url.startsWith("https:")) return limits;
  fields.tell("min-days", "has no certificate to look at", "Ask an https:// address, or drop it.");
  return undefined;
}
