import { BelayError } from "../kit/errors.js";
import { itemsOf, textAt } from "../kit/json.js";
import { type Attempt, type Patience, persist } from "../kit/persist.js";
import type { Http, HttpRequest, HttpResponse } from "../ports/http.js";
import { type Question, sentryAnswer } from "./sentry-answer.js";

/** A commit as Sentry takes it. */
export interface SentryCommit {
  readonly id: string;
  readonly repository?: string;
  readonly message: string;
  readonly author_name?: string;
  readonly author_email?: string;
  readonly timestamp?: string;
}

export interface Deploy {
  readonly environment: string;
  readonly name: string;
  readonly url?: string;
  readonly dateStarted?: string;
  readonly dateFinished: string;
}

export interface Access {
  readonly url: string;
  readonly token: string;
  readonly org: string;
}

export interface Line {
  readonly http: Http;
  readonly now: () => number;
  readonly patience: Patience;
}

/** Lists of more pages than these are not looked through. */
const mostPages = 10;

/** An organisation of one Sentry, by its REST interface; each call is tried again while that may help. */
export class Sentry {
  readonly #access: Access;
  readonly #line: Line;

  constructor(access: Access, line: Line) {
    this.#access = access;
    this.#line = line;
  }

  /** Makes the release, or adds the projects to one that is there. */
  async createRelease(release: {
    readonly version: string;
    readonly projects: readonly string[];
    readonly ref?: string;
    readonly url?: string;
  }): Promise<void> {
    await this.#ask("create the release", "POST", "releases/", release);
  }

  /** Whether Sentry has this repository by an integration that can read its commits. */
  async hasRepository(name: string): Promise<boolean> {
    let cursor = "";
    for (let page = 0; page < mostPages; page += 1) {
      const query = new URLSearchParams({ status: "active", per_page: "100", cursor });
      const answer = await this.#answer("list the repositories", "GET", `repos/?${String(query)}`);
      if (itemsOf(answer.json).some((one) => isReadable(one, name))) return true;
      cursor = nextCursor(answer.link);
      if (cursor === "") break;
    }
    return false;
  }

  /** Has Sentry fetch the commits up to this one. */
  async setRefs(version: string, repository: string, commit: string): Promise<void> {
    const body = { refs: [{ repository, commit }] };
    await this.#ask("set the commits", "PUT", releasePath(version), body);
  }

  async setCommits(version: string, commits: readonly SentryCommit[]): Promise<void> {
    await this.#ask("set the commits", "PUT", releasePath(version), { commits });
  }

  /** The last commit of the release before this one; undefined when there is none. */
  async previousCommit(version: string): Promise<string | undefined> {
    const path = `${releasePath(version)}previous-with-commits/`;
    const previous = await this.#ask("find the release before", "GET", path);
    return textAt(previous, "lastCommit", "id") || undefined;
  }

  async addDeploy(version: string, deploy: Deploy): Promise<void> {
    await this.#ask("record the deploy", "POST", `${releasePath(version)}deploys/`, deploy);
  }

  async finalize(version: string, dateReleased: string): Promise<void> {
    await this.#ask("finalize the release", "PUT", releasePath(version), { dateReleased });
  }

  async #ask(
    question: Question,
    method: "GET" | "POST" | "PUT",
    path: string,
    body?: unknown,
  ): Promise<unknown> {
    return (await this.#answer(question, method, path, body)).json;
  }

  async #answer(
    question: Question,
    method: "GET" | "POST" | "PUT",
    path: string,
    body?: unknown,
  ): Promise<{ readonly json: unknown; readonly link: string }> {
    const { url, org, token } = this.#access;
    const headers = {
      authorization: `Bearer ${token}`,
      ...(body !== undefined && { "content-type": "application/json" }),
    };
    const request = {
      url: `${url}/api/0/organizations/${encodeURIComponent(org)}/${path}`,
      method,
      headers,
      maxBodyBytes: 2 ** 20,
      ...(body !== undefined && { body: JSON.stringify(body) }),
    };
    let link = "";
    const json = await persist(async (timeoutMs): Promise<Attempt<unknown>> => {
      const answer = await requestOnce(this.#line, { ...request, timeoutMs }, url);
      if ("failure" in answer) return answer;
      link = answer.headers["link"] ?? "";
      return sentryAnswer(answer, question, this.#line.now());
    }, this.#line.patience);
    return { json, link };
  }
}

async function requestOnce(
  { http, patience: { signal } }: Line,
  request: HttpRequest,
  url: string,
): Promise<HttpResponse | { readonly failure: BelayError }> {
  try {
    return await http.request(signal === undefined ? request : { ...request, signal });
  } catch (cause) {
    if (signal?.aborted === true)
      throw new BelayError(
        "cancelled",
        "the job was cancelled before Sentry had answered",
        "Nothing.",
      );
    return { failure: unreachable(url, cause) };
  }
}

function unreachable(url: string, cause: unknown): BelayError {
  const why = cause instanceof Error ? cause.message : String(cause);
  const message = `Sentry cannot be reached at ${new URL(url).host}: ${why}`;
  const remedy =
    "Check `sentry-url`, HTTPS_PROXY where the runner needs a proxy, and NODE_EXTRA_CA_CERTS where Sentry has a certificate of your own.";
  return new BelayError("host-unreachable", message, remedy, { cause });
}

function releasePath(version: string): string {
  return `releases/${encodeURIComponent(version)}/`;
}

/** Repositories that were only named in commits have no provider that could read them. */
function isReadable(repository: unknown, name: string): boolean {
  const provider = textAt(repository, "provider", "id");
  const isIntegration = provider.startsWith("integrations:") || provider.startsWith("github");
  return isIntegration && textAt(repository, "name").toLowerCase() === name.toLowerCase();
}

/** Of `<…>; rel="next"; results="true"; cursor="…"`; "" when there is no further page. */
function nextCursor(link: string): string {
  const next = link.split(/,(?=\s*<)/).find((part) => part.includes('rel="next"')) ?? "";
  return next.includes('results="true"') ? (/cursor="([^"]+)"/.exec(next)?.[1] ?? "") : "";
}
