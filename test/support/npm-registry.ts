import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { buffer } from "node:stream/consumers";
import { gunzipSync } from "node:zlib";
import { parseJson } from "../../src/kit/json.js";
import { mustRun } from "./program.js";
import { removeFolder, scratchFolder } from "./scratch.js";

/** What is known to be wrong with a package. */
export interface KnownWeakness {
  readonly name: string;
  readonly ghsa: string;
  readonly severity: string;
  /** A range of versions. */
  readonly vulnerable: string;
  readonly patched?: string;
}

export interface NpmRegistryOptions {
  /** Versions by the package's name; each is a package with nothing in it. */
  readonly packages?: Readonly<Record<string, readonly string[]>>;
  readonly weaknesses?: readonly KnownWeakness[];
  /** The endpoints of weaknesses answer 503. */
  readonly auditFails?: boolean;
}

/** A registry on 127.0.0.1 with packages of our own, and both forms of npm's endpoint for known weaknesses. */
export interface NpmRegistry {
  readonly url: string;
  stop(): Promise<void>;
}

export async function startNpmRegistry(options: NpmRegistryOptions): Promise<NpmRegistry> {
  const folder = await scratchFolder("registry");
  for (const [name, versions] of Object.entries(options.packages ?? {}))
    for (const version of versions) await pack(folder, name, version);
  const server = createServer((request, response) => {
    answer(request, response, options, folder).catch((failure: unknown) => {
      response.writeHead(500).end(String(failure));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`,
    stop: async () => {
      await new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      });
      await removeFolder(folder);
    },
  };
}

async function pack(folder: string, name: string, version: string): Promise<void> {
  const content = join(folder, `${name}-${version}`, "package");
  await mkdir(content, { recursive: true });
  await writeFile(join(content, "package.json"), JSON.stringify({ name, version }));
  const archive = join(folder, `${name}-${version}.tgz`);
  await mustRun(["tar", "-czf", archive, "-C", join(content, ".."), "package"]);
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  options: NpmRegistryOptions,
  folder: string,
): Promise<void> {
  const url = new URL(request.url ?? "/", `http://${request.headers.host ?? ""}`);
  const body = await buffer(request);
  const isAudit = url.pathname.startsWith("/-/npm/v1/security/");
  const archive = /\/-\/([^/]+\.tgz)$/.exec(url.pathname)?.[1];
  if (isAudit && options.auditFails === true) {
    send(response, 503, { error: "out of order" });
  } else if (url.pathname.endsWith("/advisories/bulk")) {
    const isPacked = request.headers["content-encoding"] === "gzip";
    const asked = parseJson((isPacked ? gunzipSync(body) : body).toString());
    send(response, 200, bulkAnswer(asked, options.weaknesses ?? []));
  } else if (isAudit) {
    send(response, 200, olderAnswer(options.weaknesses ?? []));
  } else if (archive !== undefined) {
    response.writeHead(200).end(await readFile(join(folder, archive)));
  } else {
    const name = decodeURIComponent(url.pathname.slice(1));
    const versions = options.packages?.[name];
    if (versions === undefined) send(response, 404, { error: "not found" });
    else send(response, 200, packument(name, versions, url.origin));
  }
}

function packument(name: string, versions: readonly string[], origin: string): unknown {
  const entries = versions.map((version) => {
    const tarball = `${origin}/${name}/-/${name}-${version}.tgz`;
    return [version, { name, version, dist: { tarball } }];
  });
  return {
    name,
    "dist-tags": { latest: versions.at(-1) },
    versions: Object.fromEntries(entries) as unknown,
  };
}

/** By name, for those that were asked for. */
function bulkAnswer(asked: unknown, weaknesses: readonly KnownWeakness[]): unknown {
  const names = new Set(Object.keys(asked ?? {}));
  const known = weaknesses.filter(({ name }) => names.has(name));
  return Object.fromEntries(known.map((one) => [one.name, [advisoryOf(one)]]));
}

function advisoryOf({ name, ghsa, severity, vulnerable }: KnownWeakness): object {
  return {
    id: idOf(ghsa),
    url: `https://github.com/advisories/${ghsa}`,
    title: `A weakness of ${name}`,
    severity,
    vulnerable_versions: vulnerable,
    cwe: [],
    cvss: { score: 0, vectorString: null },
  };
}

function olderAnswer(weaknesses: readonly KnownWeakness[]): unknown {
  const advisories = weaknesses.map((one) => {
    const more = {
      module_name: one.name,
      github_advisory_id: one.ghsa,
      patched_versions: one.patched ?? "<0.0.0",
      findings: [{ version: "2.1.3", paths: [`packages__app>${one.name}`] }],
    };
    return [idOf(one.ghsa), { ...advisoryOf(one), ...more }];
  });
  const none = { info: 0, low: 0, moderate: 0, high: 0, critical: 0 };
  const actions = weaknesses.map(({ name, ghsa }) => {
    const resolves = [{ id: idOf(ghsa), path: `packages__app>${name}`, dev: false }];
    return { action: "review", module: name, resolves };
  });
  return {
    actions,
    advisories: Object.fromEntries(advisories) as unknown,
    muted: [],
    metadata: { vulnerabilities: { ...none, high: 1 }, dependencies: 1, totalDependencies: 1 },
  };
}

function idOf(ghsa: string): number {
  return 1_000_000 + Buffer.from(ghsa).reduce((sum, byte) => sum + byte, 0);
}

function send(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { "content-type": "application/json" });
  response.end(JSON.stringify(body));
}
