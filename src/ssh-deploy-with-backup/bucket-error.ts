import { BelayError } from "../kit/errors.js";
import type { HttpResponse } from "../ports/http.js";

/** The text of the first element `name`; empty when there is none. */
export function textOf(xml: string, name: string): string {
  const text = new RegExp(`<${name}>([^<]*)</${name}>`).exec(xml)?.[1] ?? "";
  return text.replaceAll("&quot;", '"').replaceAll("&amp;", "&");
}

/** What a bucket's refusal means, never with the address: its signature opens the bucket for a while. */
export function refused(
  place: string,
  { status, body }: Pick<HttpResponse, "status" | "body">,
): BelayError {
  const code = textOf(body, "Code");
  return bucketError(place, status, code);
}

/** The same of an answer that the server had. */
export function bucketError(place: string, status: number, code: string): BelayError {
  return new BelayError(
    "backup-failed",
    `${place}: the bucket answered ${status === 0 ? "nothing" : String(status)}${code === "" ? "" : ` (${code})`}`,
    remedies[code] ??
      remedies[String(status)] ??
      "The backup itself is whole on the server; the next run tries again.",
  );
}

const remedies: Readonly<Record<string, string>> = {
  "403":
    "The keys must be allowed s3:PutObject, s3:GetObject and s3:AbortMultipartUpload under this prefix, and the runner's clock must be right.",
  "404": "Make the bucket first, or mend its name in backup-upload.",
  InvalidAccessKeyId: "aws-access-key-id is not one that this endpoint knows.",
  SignatureDoesNotMatch:
    "aws-secret-access-key does not belong to aws-access-key-id, or aws-region is another one.",
  RequestTimeTooSkewed: "The clock of the runner is wrong by more than a quarter of an hour.",
  ExpiredToken:
    "The session's credentials have expired: take new ones in a step right before this one.",
};
