import { AwsV4Signer } from "aws4fetch";
import type { Http, HttpRequest, HttpResponse } from "../ports/http.js";
import { refused, textOf } from "./bucket-error.js";
import type { BucketInputs } from "./bucket-inputs.js";

/** A request that anybody may make with it, for as long as its signature holds. */
export interface Signed {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** A part of an upload, as the bucket has it. */
export interface SentPart {
  readonly number: number;
  readonly tag: string;
  /** Base64. */
  readonly sha256: string;
}

/** An upload in parts that nobody has completed. */
export interface Unfinished {
  readonly key: string;
  readonly upload: string;
  /** Begun so long ago that no address for its parts holds any more. */
  readonly stale: boolean;
}

/** What the bucket says of an object. */
export interface Stored {
  readonly bytes: number;
  /** Base64 (of several parts with `-N`), or empty where it keeps none. */
  readonly sha256: string;
  readonly encryption: string;
}

/** How long a signed address holds: as long as an upload may take. */
const holdsForSeconds = 6 * 3600;
const encrypted = { "x-amz-server-side-encryption": "AES256" };

/** A bucket that speaks S3, as whoever holds its keys sees it. */
export class Bucket {
  readonly #inputs: BucketInputs;
  readonly #http: Http;

  constructor(inputs: BucketInputs, http: Http) {
    this.#inputs = inputs;
    this.#http = http;
  }

  /** `s3://bucket/prefix/key`. */
  place(key: string): string {
    return `s3://${this.#inputs.bucket}/${this.#inputs.prefix}${key}`;
  }

  /** Signs an upload of exactly the bytes that have this checksum. */
  signPut(key: string, sha256: string): Promise<Signed> {
    return this.#sign("PUT", key, {}, { ...encrypted, "x-amz-checksum-sha256": sha256 });
  }

  signPart(key: string, upload: string, number: number, sha256: string): Promise<Signed> {
    const query = { partNumber: String(number), uploadId: upload };
    return this.#sign("PUT", key, query, { "x-amz-checksum-sha256": sha256 });
  }

  signGet(key: string): Promise<Signed> {
    return this.#sign("GET", key, {}, {});
  }

  /** Begins an upload in parts and returns its id. */
  async begin(key: string): Promise<string> {
    const headers = { ...encrypted, "x-amz-checksum-algorithm": "SHA256" };
    const answer = await this.#must("POST", key, { uploads: "" }, headers);
    return textOf(answer.body, "UploadId");
  }

  async complete(key: string, upload: string, parts: readonly SentPart[]): Promise<void> {
    const items = parts.map(
      ({ number, tag, sha256 }) =>
        `<Part><PartNumber>${String(number)}</PartNumber><ETag>${tag.replaceAll('"', "&quot;")}</ETag><ChecksumSHA256>${sha256}</ChecksumSHA256></Part>`,
    );
    const body = `<CompleteMultipartUpload xmlns="http://s3.amazonaws.com/doc/2006-03-01/">${items.join("")}</CompleteMultipartUpload>`;
    const answer = await this.#must("POST", key, { uploadId: upload }, {}, body);
    // It answers 200 before it knows.
    if (answer.body.includes("<Error>")) throw refused(this.place(key), answer);
  }

  async abort(key: string, upload: string): Promise<void> {
    await this.#must("DELETE", key, { uploadId: upload }, {});
  }

  /** Uploads in parts under our prefix that nobody has completed. */
  async unfinished(): Promise<readonly Unfinished[]> {
    const { prefix } = this.#inputs;
    const answer = await this.#must("GET", undefined, { uploads: "", prefix }, {});
    // By the bucket's own clock on both sides.
    const now = Date.parse(answer.headers["date"] ?? "");
    return Array.from(answer.body.matchAll(/<Upload>([^]*?)<\/Upload>/g), ([, item = ""]) => ({
      key: textOf(item, "Key").slice(prefix.length),
      upload: textOf(item, "UploadId"),
      stale: now - Date.parse(textOf(item, "Initiated")) > 4 * holdsForSeconds * 1000,
    }));
  }

  async look(key: string): Promise<Stored> {
    const answer = await this.#must("HEAD", key, {}, { "x-amz-checksum-mode": "ENABLED" });
    return {
      bytes: Number(answer.headers["content-length"] ?? Number.NaN),
      sha256: answer.headers["x-amz-checksum-sha256"] ?? "",
      encryption: answer.headers["x-amz-server-side-encryption"] ?? "",
    };
  }

  async read(key: string): Promise<string> {
    return (await this.#must("GET", key, {}, {})).body;
  }

  /** In days, how long objects stay by the bucket's own rules; undefined when none removes them. */
  async lifecycle(): Promise<number | undefined> {
    const answer = await this.#ask("GET", undefined, { lifecycle: "" }, {});
    if (answer.status === 404) return undefined;
    if (answer.status !== 200) throw refused(this.place("?lifecycle"), answer);
    const days = Array.from(
      answer.body.matchAll(/<Expiration>[^]*?<Days>(\d+)<\/Days>/g),
      (match) => Number(match[1]),
    );
    return days.length === 0 ? undefined : Math.min(...days);
  }

  async #must(
    method: Method,
    key: string | undefined,
    query: Words,
    headers: Words,
    body?: string,
  ): Promise<HttpResponse> {
    const answer = await this.#ask(method, key, query, headers, body);
    if (answer.status < 200 || answer.status > 299) throw refused(this.place(key ?? ""), answer);
    return answer;
  }

  async #ask(
    method: Method,
    key: string | undefined,
    query: Words,
    headers: Words,
    body?: string,
  ): Promise<HttpResponse> {
    const signed = await this.#sign(method, key, query, headers);
    const limits = { timeoutMs: 60_000, maxBodyBytes: 8 * 1024 * 1024 };
    return this.#http.request({
      method,
      ...signed,
      ...(body !== undefined && { body }),
      ...limits,
    });
  }

  async #sign(
    method: Method,
    key: string | undefined,
    query: Words,
    headers: Words,
  ): Promise<Signed> {
    const { accessKeyId, secretAccessKey, sessionToken, region } = this.#inputs;
    const url = this.#address(key);
    for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value);
    url.searchParams.set("X-Amz-Expires", String(holdsForSeconds));
    const signer = new AwsV4Signer({
      method,
      url: url.href,
      headers: { ...headers },
      accessKeyId,
      secretAccessKey,
      ...(sessionToken !== "" && { sessionToken }),
      service: "s3",
      region,
      signQuery: true,
      allHeaders: true,
    });
    return { url: (await signer.sign()).url.href, headers };
  }

  /** With an endpoint of one's own the bucket stands in the path: few of those have names for buckets. */
  #address(key: string | undefined): URL {
    const { bucket, prefix, endpoint, region } = this.#inputs;
    const path = key === undefined ? "" : encodeURI(`${prefix}${key}`);
    return endpoint === ""
      ? new URL(`https://${bucket}.s3.${region}.amazonaws.com/${path}`)
      : new URL(`${endpoint}/${bucket}${path === "" ? "" : `/${path}`}`);
  }
}

type Method = NonNullable<HttpRequest["method"]>;
type Words = Readonly<Record<string, string>>;
