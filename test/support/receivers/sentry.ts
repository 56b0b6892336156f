// Sentry's REST interface, as far as releases go.
//
// Known, from docs.sentry.io (API, Releases) and the endpoints' public source (getsentry/sentry,
// organization_releases.py, release_deploys.py, serializers release.py and commit.py): the paths; 201 for a new
// release and 208 for one that is there; the fields with their lengths (version 200, id 64, repository 64,
// author_name 128, author_email 75 in older versions, environment 64); 400 with the fields that are wrong,
// `projects: ["Invalid project slugs"]`; `refs` refused for repositories that are not there; 401 and 403 with
// `detail`; the scopes project:releases or org:ci to write, org:read to list repositories; cursors in `Link`.
// Known from public issues: that `refs` only work where an integration reads the repository
// (getsentry/sentry-cli 789, 848), and that listing repositories needs org:read (sentry-docs 213).
// Assumed: the wording of the refusal of refs, and that commits without a parsable time or address are refused.

import { json, type Receiver, type Received, type Reply, startReceiver } from "./receiver.js";

export interface Release {
  readonly version: string;
  projects: readonly string[];
  ref?: string;
  url?: string;
  commits?: readonly Readonly<Record<string, unknown>>[];
  refs?: readonly Readonly<Record<string, unknown>>[];
  dateReleased?: string;
  readonly deploys: Readonly<Record<string, unknown>>[];
}

export interface Repository {
  readonly name: string;
  /** Default `integrations:github`. */
  readonly provider?: string;
}

export interface SentryReceiver extends Receiver {
  readonly token: string;
  readonly releases: ReadonlyMap<string, Release>;
}

export interface SentryOptions {
  readonly repositories?: readonly Repository[];
  readonly scopes?: readonly string[];
  /** Default `web` and `api`. */
  readonly projects?: readonly string[];
  /** What `previous-with-commits` tells; an older version does not have it: null. */
  readonly previousCommit?: string | null;
  /** Before `/api/0`, as behind a proxy. */
  readonly prefix?: string;
}

const token = "sntrys_planted+Token/Of=The_Organisation-123";
const pageSize = 2;
type Fields = Readonly<Record<string, unknown>>;
type Problems = Record<string, readonly string[]>;

/** Starts a Sentry with the organisation `acme` and its projects. */
export async function startSentry(options: SentryOptions = {}): Promise<SentryReceiver> {
  const organisation = new Organisation(options);
  const receiver = await startReceiver((request) => organisation.answer(request));
  const { prefix = "" } = options;
  return {
    ...receiver,
    url: `${receiver.url}${prefix}`,
    token,
    releases: organisation.releases,
  };
}

class Organisation {
  readonly releases = new Map<string, Release>();
  readonly #options: SentryOptions;

  constructor(options: SentryOptions) {
    this.#options = options;
  }

  answer(request: Received): Reply {
    const url = new URL(request.path, "http://sentry");
    const { prefix = "" } = this.#options;
    if (!url.pathname.startsWith(`${prefix}/api/0/`))
      return {
        status: 200,
        headers: { "content-type": "text/html" },
        body: "<!doctype html><p>Sentry",
      };
    if (request.headers.authorization !== `Bearer ${token}`)
      return json(401, { detail: "Invalid token" });
    const [, org, rest] =
      /^\/api\/0\/organizations\/([^/]+)\/(.*\/)$/.exec(url.pathname.slice(prefix.length)) ?? [];
    if (org !== "acme" || rest === undefined) return notFound();
    if (rest === "repos/") return this.#repositories(url.searchParams);
    if (!this.#may(["project:releases", "project:write", "org:ci"])) return forbidden();
    return this.#release(request, rest);
  }

  #may(scopes: readonly string[]): boolean {
    const { scopes: own = ["project:releases", "org:read"] } = this.#options;
    return scopes.some((scope) => own.includes(scope));
  }

  #repositories(query: URLSearchParams): Reply {
    if (!this.#may(["org:read", "org:ci"])) return forbidden();
    const { repositories = [] } = this.#options;
    const from = Number((query.get("cursor") || "0:0:0").split(":")[1]) * pageSize;
    const page = repositories.slice(from, from + pageSize).map(({ name, provider }) => ({
      name,
      status: "active",
      provider: { id: provider ?? "integrations:github", name: "GitHub" },
    }));
    const more = String(from + pageSize < repositories.length);
    const cursor = `0:${String(from / pageSize + 1)}:0`;
    const link = `<http://sentry/repos/?cursor=x>; rel="previous"; results="false"; cursor="0:0:1", <http://sentry/repos/?cursor=y>; rel="next"; results="${more}"; cursor="${cursor}"`;
    return json(200, page, { link });
  }

  #release({ method, body }: Received, rest: string): Reply {
    const given = (body === "" ? {} : JSON.parse(body)) as Fields;
    if (rest === "releases/") return method === "POST" ? this.#create(given) : json(200, []);
    const [, encoded = "", more = ""] = /^releases\/([^/]+)\/(.*)$/.exec(rest) ?? [];
    const release = this.releases.get(decodeURIComponent(encoded));
    if (release === undefined) return notFound();
    if (method === "PUT" && more === "") return this.#change(release, given);
    if (method === "POST" && more === "deploys/") return deploy(release, given);
    if (method === "GET" && more === "previous-with-commits/") return this.#previous();
    return notFound();
  }

  #create(given: Fields): Reply {
    const problems = lengths(given, { version: 200, ref: 200, url: 2000 }, ["version"]);
    const version = String(given["version"]);
    if (/[\r\n\f\t/\\]/.test(version) || ["", ".", "..", "latest"].includes(version))
      problems["version"] = [`Release with name ${version} is not allowed`];
    if (!Array.isArray(given["projects"]) || given["projects"].length === 0)
      problems["projects"] = ["This field is required."];
    if (Object.keys(problems).length > 0) return json(400, problems);
    const projects = given["projects"] as readonly string[];
    const { projects: known = ["web", "api"] } = this.#options;
    if (projects.some((slug) => !known.includes(slug)))
      return json(400, { projects: ["Invalid project slugs"] });
    const old = this.releases.get(version);
    if (old !== undefined) {
      old.projects = [...new Set([...old.projects, ...projects])];
      return json(208, { version });
    }
    const { ref, url } = given as { ref?: string; url?: string };
    const release = { version, projects, ...(ref && { ref }), ...(url && { url }), deploys: [] };
    this.releases.set(version, release);
    return json(201, { version });
  }

  #change(release: Release, given: Fields): Reply {
    const { refs, commits, dateReleased } = given as Partial<Release>;
    if (refs !== undefined) {
      const names = refs.map((ref) => String(ref["repository"]));
      const known = (this.#options.repositories ?? []).map(({ name }) => name);
      const unknown = names.filter((name) => !known.includes(name));
      if (unknown.length > 0)
        return json(400, { refs: [`Invalid repository names: ${unknown.join(",")}`] });
      release.refs = refs;
    }
    const wrong = (commits ?? []).map(commitProblems).filter((one) => Object.keys(one).length > 0);
    if (wrong.length > 0) return json(400, { commits: wrong });
    if (commits !== undefined) release.commits = commits;
    if (dateReleased !== undefined) {
      if (Number.isNaN(Date.parse(dateReleased)))
        return json(400, { dateReleased: ["Datetime has wrong format."] });
      release.dateReleased = dateReleased;
    }
    return json(200, { version: release.version });
  }

  #previous(): Reply {
    const { previousCommit } = this.#options;
    if (previousCommit === null) return notFound();
    return json(200, previousCommit === undefined ? {} : { lastCommit: { id: previousCommit } });
  }
}

function deploy(release: Release, given: Fields): Reply {
  const problems = lengths(given, { environment: 64, name: 64, url: 2000 }, ["environment"]);
  for (const name of ["dateStarted", "dateFinished"])
    if (given[name] !== undefined && !isTime(given[name]))
      problems[name] = ["Datetime has wrong format."];
  if (Object.keys(problems).length > 0) return json(400, problems);
  release.deploys.push(given);
  return json(201, { id: String(release.deploys.length), ...given });
}

function commitProblems(commit: Fields): Problems {
  const limits = { id: 64, repository: 64, author_name: 128, author_email: 75, message: Infinity };
  const problems = lengths(commit, limits, ["id"]);
  const { timestamp, author_email: email } = commit;
  if (timestamp !== undefined && !isTime(timestamp))
    problems["timestamp"] = ["Datetime has wrong format."];
  if (
    email !== undefined &&
    !(typeof email === "string" && /^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(email))
  )
    problems["author_email"] = ["Enter a valid email address."];
  return problems;
}

function lengths(
  given: Fields,
  limits: Readonly<Record<string, number>>,
  required: readonly string[],
): Problems {
  const problems: Problems = {};
  for (const [name, most] of Object.entries(limits)) {
    const value = given[name];
    if (value === undefined && !required.includes(name)) continue;
    if (typeof value !== "string" || value === "") problems[name] = ["This field is required."];
    else if (value.length > most)
      problems[name] = [`Ensure this field has no more than ${String(most)} characters.`];
  }
  return problems;
}

function isTime(value: unknown): boolean {
  return typeof value === "string" && !Number.isNaN(Date.parse(value));
}

function notFound(): Reply {
  return json(404, { detail: "The requested resource does not exist" });
}

function forbidden(): Reply {
  return json(403, { detail: "You do not have permission to perform this action." });
}
