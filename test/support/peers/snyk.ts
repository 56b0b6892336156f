import { readFile } from "node:fs/promises";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import { json, type Received, type Receiver, startReceiver } from "../receivers/receiver.js";

const install = new URL("../../peers/install", import.meta.url);

/** What a step needs to find snyk itself, and to ask `api` with `token`. */
export async function snykFacts(api: string, token: string): Promise<Record<string, string>> {
  const [, version = ""] = /^snyk=(\S+)/m.exec(await readFile(install, "utf8")) ?? [];
  const cache = process.env["XDG_CACHE_HOME"] ?? join(homedir(), ".cache");
  const bin = join(cache, "belay-peers", `snyk-${version}`, "node_modules/.bin");
  return {
    // Its first line asks for a node on PATH.
    PATH: [bin, dirname(process.execPath), process.env["PATH"] ?? ""].join(":"),
    SNYK_API: `${api}/api/v1`,
    SNYK_TOKEN: token,
    SNYK_HTTP_PROTOCOL_UPGRADE: "0",
    SNYK_DISABLE_ANALYTICS: "1",
  };
}

/** Snyk's service, as far as an image is tested by it: each package of these names has a vulnerability. */
export function startSnykService(token: string, vulnerable: readonly string[]): Promise<Receiver> {
  return startReceiver((request) => {
    if (request.headers.authorization !== `token ${token}`)
      return json(401, { code: 401, error: "Not authorised", message: "Not authorised" });
    return json(200, answerTo(request, vulnerable));
  });
}

interface DepGraph {
  readonly pkgs: readonly { readonly info: { readonly name: string; readonly version: string } }[];
}

function answerTo(request: Received, vulnerable: readonly string[]): unknown {
  const depGraphData = depGraphOf(request);
  const found = depGraphData.pkgs.filter(({ info }) => vulnerable.includes(info.name));
  const issues = found.map(({ info }) => ({
    pkgName: info.name,
    pkgVersion: info.version,
    issueId: `SNYK-${info.name.toUpperCase()}`,
    fixInfo: { nearestFixedInVersion: "9.9", upgradePaths: [], isPatchable: false },
  }));
  const data = found.map(({ info }) => issueData(info.name));
  const issuesData = Object.fromEntries(data.map((one) => [one.id, one]));
  const meta = { isPrivate: true, isLicensesEnabled: false, org: "acme", policy: "" };
  return { result: { issues, issuesData, depGraphData }, meta };
}

function issueData(name: string) {
  const time = "2026-01-01T00:00:00Z";
  return {
    id: `SNYK-${name.toUpperCase()}`,
    title: "Out-of-bounds Read",
    severity: "high",
    severityWithCritical: "critical",
    packageName: name,
    packageManager: "debian:12",
    identifiers: { CVE: ["CVE-2026-0001"], CWE: [] },
    semver: { vulnerable: ["<9.9"] },
    description: "It reads too far.",
    ...{ creationTime: time, publicationTime: time, disclosureTime: time, modificationTime: time },
    cvssScore: 9.1,
    references: [],
    language: "linux",
    from: [],
  };
}

function depGraphOf({ body }: Received): DepGraph {
  const { scanResult } = JSON.parse(body) as {
    scanResult: { facts: readonly { type: string; data: DepGraph }[] };
  };
  const fact = scanResult.facts.find(({ type }) => type === "depGraph");
  if (fact === undefined) throw new Error("snyk found no packages");
  return fact.data;
}
