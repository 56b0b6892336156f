import type { Deadline } from "../kit/deadline.js";
import { itemsOf, memberAt, parseJson, textAt } from "../kit/json.js";
import type { Http } from "../ports/http.js";
import type { Run } from "./platform.js";

/** GitHub may be slow; the message may not wait for it long. */
const longestAskMs = 5000;

/** Asks GitHub's API about this workflow's runs; what it does not answer in time is unknown. */
export class GitHub {
  readonly #http: Http;
  readonly #token: string;
  readonly #run: Run;
  readonly #deadline: Deadline;

  constructor(http: Http, token: string, run: Run, deadline: Deadline) {
    this.#http = http;
    this.#token = token;
    this.#run = run;
    this.#deadline = deadline;
  }

  /** Whether the last run of this workflow and branch that ended by itself was good. */
  async lastRunWasGood(): Promise<boolean | undefined> {
    const file = workflowFile(this.#run.workflowRef);
    const { refName, repository, id } = this.#run;
    if (file === undefined || refName === "") return undefined;
    const query = new URLSearchParams({ branch: refName, status: "completed", per_page: "30" });
    const answer = await this.#ask(
      `actions/workflows/${encodeURIComponent(file)}/runs?${String(query)}`,
    );
    const runs = itemsOf(memberAt(answer, "workflow_runs"));
    // A fork's branch may bear the same name; and who runs again is no run before.
    const ours = runs.filter(
      (run) =>
        textAt(run, "head_repository", "full_name").toLowerCase() === repository.toLowerCase() &&
        String(memberAt(run, "id")) !== id,
    );
    return ours.map((run) => isGood(textAt(run, "conclusion"))).find((good) => good !== undefined);
  }

  /** When this attempt of the run began, in milliseconds since the epoch. */
  async startedAt(): Promise<number | undefined> {
    const answer = await this.#ask(`actions/runs/${encodeURIComponent(this.#run.id)}`);
    const time = Date.parse(textAt(answer, "run_started_at"));
    return Number.isNaN(time) ? undefined : time;
  }

  async #ask(path: string): Promise<unknown> {
    const { api, repository } = this.#run;
    try {
      const { status, body } = await this.#http.request({
        url: `${api}/repos/${repository}/${path}`,
        headers: {
          accept: "application/vnd.github+json",
          authorization: `Bearer ${this.#token}`,
          "x-github-api-version": "2022-11-28",
        },
        timeoutMs: Math.max(1, Math.min(longestAskMs, this.#deadline.leftMs() / 3)),
        maxBodyBytes: 2 ** 21,
      });
      return status === 200 ? parseJson(body) : undefined;
    } catch {
      return undefined;
    }
  }
}

/** Of `OWNER/REPO/.github/workflows/FILE@REF`. */
function workflowFile(workflowRef: string): string | undefined {
  return /\/\.github\/workflows\/([^/@]+)@/.exec(workflowRef)?.[1];
}

/** Undefined for those that say nothing of the code, such as a cancelled one. */
function isGood(conclusion: string): boolean | undefined {
  if (conclusion === "success") return true;
  return ["failure", "timed_out", "startup_failure"].includes(conclusion) ? false : undefined;
}
