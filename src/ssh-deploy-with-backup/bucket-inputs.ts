import type { InputReader } from "../kit/inputs.js";

/** Where backups go off the server, and as whom. */
export interface BucketInputs {
  readonly bucket: string;
  /** Empty, or with a `/` at its end. */
  readonly prefix: string;
  /** Empty: Amazon's own. */
  readonly endpoint: string;
  readonly region: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string;
}

const place = /^s3:\/\/([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])(?:\/([A-Za-z0-9!_.*'()/-]*))?$/;

/** Reads where `name` leads to, with the keys for it; undefined when it is empty. */
export function readBucket(
  reader: InputReader,
  name: string,
  given: string,
): BucketInputs | undefined {
  const keys = {
    endpoint: reader
      .text("backup-upload-endpoint", {
        accepted: "the http or https address of an object store",
        example: "https://s3.eu-central-003.backblazeb2.com",
        pattern: /^https?:\/\/[^/?#@]+\/?$/,
      })
      .replace(/\/$/, ""),
    region: reader.text("aws-region", { default: "us-east-1", pattern: /^[a-z0-9-]+$/ }),
    accessKeyId: reader.secret("aws-access-key-id"),
    secretAccessKey: reader.secret("aws-secret-access-key"),
    sessionToken: reader.secret("aws-session-token"),
  };
  if (given === "") return undefined;
  const [, bucket = "", prefix = ""] = place.exec(given) ?? [];
  if (bucket === "") {
    reader.problem(name, { accepted: "s3://bucket/prefix", example: "s3://acme-backups/shop" });
    return undefined;
  }
  for (const key of ["aws-access-key-id", "aws-secret-access-key"])
    if (!reader.has(key)) reader.secret(key, { required: true });
  const whole = prefix.replace(/^\/+|\/+$/g, "");
  return { bucket, prefix: whole === "" ? "" : `${whole}/`, ...keys };
}
