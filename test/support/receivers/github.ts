// GitHub's REST API, as far as runs of a workflow go.
//
// Known, from docs.github.com (REST, workflow runs): the paths, the filters branch, status and per_page (at most
// 100), the newest first, the fields that are used here, 401 "Bad credentials", 403 "Resource not accessible by
// integration" for a token without `actions: read`, 404 for what is not there or may not be seen, and that
// `branch` also finds runs of forks' branches of that name.
// Assumed: nothing further; what is not asked for here is not served.

import { json, type Receiver, type Received, type Reply, startReceiver } from "./receiver.js";

export interface WorkflowRun {
  readonly id: number;
  readonly file: string;
  readonly branch: string;
  readonly status: "completed" | "in_progress";
  readonly conclusion: string | null;
  /** `owner/name`; default the repository itself. */
  readonly headRepository?: string;
  readonly startedAt?: string;
}

export interface GitHubApi extends Receiver {
  readonly token: string;
}

export interface GitHubOptions {
  readonly repository?: string;
  /** The newest first. */
  readonly runs: readonly WorkflowRun[];
  readonly mayReadActions?: boolean;
}

const token = "ghs_plantedTokenOfTheJob0123456789";

/** Starts GitHub's API for one repository. */
export async function startGitHub(options: GitHubOptions): Promise<GitHubApi> {
  const receiver = await startReceiver((request) => answer(request, options));
  return { ...receiver, token };
}

function answer(request: Received, options: GitHubOptions): Reply {
  const { repository = "ada/climbing", runs, mayReadActions = true } = options;
  const url = new URL(request.path, "http://api");
  if (request.headers["user-agent"] === undefined) return { status: 403, body: "no User-Agent" };
  if (request.headers.authorization !== `Bearer ${token}`)
    return json(401, { message: "Bad credentials", status: "401" });
  const rest = url.pathname.startsWith(`/repos/${repository}/actions/`)
    ? url.pathname.slice(`/repos/${repository}/actions/`.length)
    : undefined;
  if (rest === undefined || request.method !== "GET") return notFound();
  if (!mayReadActions) return json(403, { message: "Resource not accessible by integration" });
  const file = /^workflows\/([^/]+)\/runs$/.exec(rest)?.[1];
  if (file !== undefined) return list(runs, decodeURIComponent(file), url.searchParams, repository);
  const run = runs.find(({ id }) => rest === `runs/${String(id)}`);
  return run === undefined ? notFound() : json(200, asJson(run, repository));
}

function list(
  runs: readonly WorkflowRun[],
  file: string,
  query: URLSearchParams,
  repository: string,
): Reply {
  const ofFile = runs.filter((run) => run.file === file);
  if (ofFile.length === 0) return notFound();
  const asked = ofFile.filter(
    ({ branch, status }) =>
      branch === (query.get("branch") ?? branch) && status === (query.get("status") ?? status),
  );
  const page = asked.slice(0, Math.min(100, Number(query.get("per_page") ?? 30)));
  const all = page.map((run) => asJson(run, repository));
  return json(200, { total_count: asked.length, workflow_runs: all });
}

function asJson(run: WorkflowRun, repository: string): unknown {
  return {
    id: run.id,
    head_branch: run.branch,
    status: run.status,
    conclusion: run.conclusion,
    run_started_at: run.startedAt ?? "2026-01-02T03:04:05Z",
    head_repository: { full_name: run.headRepository ?? repository },
  };
}

function notFound(): Reply {
  return json(404, { message: "Not Found", status: "404" });
}
