import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { httpClient } from "../src/platform/http-client.js";
import { Bucket } from "../src/ssh-deploy-with-backup/bucket.js";
import type { DeployHost } from "../test/support/deploy-host.js";
import { startObjectStore } from "../test/support/peers/versitygw.js";
import type { Site } from "../test/support/site.js";
import { compare, type ComparisonResult, timed } from "./measure.js";

/** A backup on its way into a bucket, checksums compared, against curl with one signed address. */
export async function measureOffSite(
  site: Site,
  host: DeployHost,
  pairs: number,
): Promise<readonly ComparisonResult[]> {
  const store = await startObjectStore(["bench"]);
  const inputs = {
    "backup-upload": "s3://bench/ours",
    "backup-upload-endpoint": store.endpoint,
    "aws-region": store.region,
    "aws-access-key-id": store.accessKey,
    "aws-secret-access-key": store.secretKey,
  };
  const bucket = new Bucket(
    {
      ...{ bucket: "bench", prefix: "peer/", endpoint: store.endpoint, region: store.region },
      ...{ accessKeyId: store.accessKey, secretAccessKey: store.secretKey, sessionToken: "" },
    },
    httpClient({}),
  );
  try {
    return [
      await compare(
        {
          name: "upload of a backup",
          ours: "step upload backup",
          peer: "curl -T",
          target: 1 / 0.9,
          runOurs: () => uploadTime(site, inputs),
          runPeer: () => timed(() => curl(site, host, bucket)),
        },
        pairs,
      ),
    ];
  } finally {
    await store.stop();
  }
}

/** What the report says of the step alone. */
async function uploadTime(site: Site, inputs: Readonly<Record<string, string>>): Promise<number> {
  const result = await site.operate("backup", inputs);
  const report = JSON.parse(result.outputs["report"] ?? "{}") as {
    readonly steps?: readonly { readonly name: string; readonly durationMs: number }[];
  };
  const step = report.steps?.find(({ name }) => name === "upload backup");
  if (step === undefined) throw new Error(`nothing was uploaded: ${result.log.text}`);
  return step.durationMs;
}

async function curl(site: Site, host: DeployHost, bucket: Bucket): Promise<void> {
  const backups = join(site.path, "backups");
  const newest = (await readdir(backups)).sort().at(-1) ?? "";
  const file = join(backups, newest, "database.dump");
  const sum = await host.run(["sha256sum", file]);
  const hex = sum.stdout.slice(0, 64);
  const signed = await bucket.signPut("database.dump", Buffer.from(hex, "hex").toString("base64"));
  const headers = Object.entries(signed.headers).flatMap(([name, text]) => [
    "-H",
    `${name}: ${text}`,
  ]);
  const words = ["curl", "-sS", "--fail", "-o", "/dev/null", "-T", file, ...headers, signed.url];
  const { code, stderr } = await host.run(words, {});
  if (code !== 0) throw new Error(`curl failed: ${stderr}`);
}
