import { promisify } from "node:util";
import { gzip } from "node:zlib";
import { BelayError } from "../../kit/errors.js";
import { parseJson, textAt } from "../../kit/json.js";
import type { Http } from "../../ports/http.js";
import type { Run } from "../platform.js";

/** GitHub takes no more of it, compressed. */
const longestBytes = 10 * 2 ** 20;

/** Hands the findings to GitHub's code scanning. */
export async function uploadSarif(
  sarif: string,
  token: string,
  run: Run,
  http: Http,
  signal: AbortSignal,
): Promise<void> {
  const packed = await promisify(gzip)(sarif);
  if (packed.byteLength > longestBytes)
    throw refused(
      "the findings are larger than the 10 MiB that GitHub takes",
      "Set `scan-ignore-unfixed: true`.",
    );
  const { status, body } = await http.request({
    url: `${run.api}/repos/${run.repository}/code-scanning/sarifs`,
    method: "POST",
    headers: {
      accept: "application/vnd.github+json",
      authorization: `Bearer ${token}`,
      "content-type": "application/json",
      "x-github-api-version": "2022-11-28",
    },
    body: JSON.stringify({
      commit_sha: run.sha,
      ref: run.ref,
      sarif: packed.toString("base64"),
    }),
    timeoutMs: 30_000,
    signal,
  });
  if (status >= 200 && status < 300) return;
  const words = textAt(parseJson(body), "message");
  const remedy =
    status === 403 || status === 404
      ? "Give the job `permissions: security-events: write`, and enable code scanning in the repository's settings; a pull request from a fork may not upload."
      : "Run the job again, or set `upload-sarif: false`.";
  throw refused(`${String(status)} from code scanning${words && `: ${words}`}`, remedy);
}

function refused(message: string, remedy: string): BelayError {
  return new BelayError("service-failed", message, remedy);
}
