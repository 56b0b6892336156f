import { text } from "node:stream/consumers";
import { loadSsh } from "../src/platform/ssh-modules.js";
import type { Operation } from "../src/server/operation.js";
import type { Manifest } from "../src/ssh-deploy-with-backup/manifest.js";
import { filesToUpload } from "../src/ssh-deploy-with-backup/upload.js";
import { readWorkspace } from "../src/ssh-deploy-with-backup/workspace.js";
import { openLine, planOf } from "./line.js";
import { timed } from "./measure.js";

/** One upload, as the process that makes it reads it from its standard input. */
export interface UploadRequest {
  /** How the server is reached. */
  readonly inputs: Readonly<Record<string, string>>;
  /** The deploy path. */
  readonly path: string;
  /** What is uploaded. */
  readonly folder: string;
  /** Whether the release stays, for a later upload to start from. */
  readonly keep: boolean;
}

/** What that process prints. */
export interface UploadTimes {
  /** Connect, upload phase and close. */
  readonly uploadMs: number;
  /** Reading and hashing the files before that. */
  readonly readMs: number;
}

const request = JSON.parse(await text(process.stdin)) as UploadRequest;
process.stdout.write(JSON.stringify(await upload(request)));

/** What lies between (`begin`, and the end of the operation) is left out of the time. */
async function upload({ inputs, path, folder, keep }: UploadRequest): Promise<UploadTimes> {
  let manifest: Manifest = [];
  const readMs = await timed(async () => (manifest = await readWorkspace(folder, [])));
  await loadSsh();
  const { host, server } = await openLine(inputs, path);
  let uploadMs = await timed(() => host.connect());
  const operation = await server.begin("deploy", planOf(manifest));
  uploadMs += await timed(() => operation.upload(filesToUpload(folder, manifest)));
  await end(operation, keep);
  uploadMs += await timed(() => host.close());
  return { uploadMs, readMs };
}

async function end(operation: Operation, keep: boolean): Promise<void> {
  if (!keep) {
    await operation.abandon("planned", "the bench has seen it");
    return;
  }
  await operation.run("activate");
  await operation.confirm();
}
