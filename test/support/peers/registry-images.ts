import { createHash } from "node:crypto";
import { chmod, copyFile, mkdir, readFile, symlink } from "node:fs/promises";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { mustRun } from "../program.js";
import { removeFolder, scratchFolder } from "../scratch.js";
import { webServer } from "./built-programs.js";
import { staticBusybox } from "./images.js";

/** An image that needs no daemon to be built or pushed. */
export interface PushedImage {
  /** `host/name@sha256:…`. */
  readonly reference: string;
  /** `host/name:tag`. */
  readonly tagged: string;
}

export interface ImageOptions {
  /** `127.0.0.1:PORT` of a registry by plain http. */
  readonly registry: string;
  readonly name: string;
  readonly tag: string;
  readonly entrypoint: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

/**
 * Pushes images from nothing but busybox and our web server, all of the same layer: versions differ in
 * their configuration, and so in their digest. Returns what pushes one.
 */
export async function imagePusher(): Promise<(options: ImageOptions) => Promise<PushedImage>> {
  const layer = await layerTar();
  const packed = gzipSync(layer, { level: 1 });
  return (options) => push(options, packed, digestOf(layer));
}

async function push(
  { registry, name, tag, entrypoint, env = {} }: ImageOptions,
  layer: Buffer,
  diffId: string,
): Promise<PushedImage> {
  const variables = Object.entries({ PATH: "/bin", ...env }).map(
    ([key, value]) => `${key}=${value}`,
  );
  const config = Buffer.from(
    JSON.stringify({
      architecture: "amd64",
      os: "linux",
      config: { Entrypoint: entrypoint, Env: variables, WorkingDir: "/" },
      rootfs: { type: "layers", diff_ids: [diffId] },
    }),
  );
  const base = `http://${registry}/v2/${name}`;
  for (const blob of [layer, config]) await pushBlob(base, blob);
  const manifest = manifestOf(config, layer);
  await put(`${base}/manifests/${tag}`, Buffer.from(manifest), manifestType);
  return {
    reference: `${registry}/${name}@${digestOf(Buffer.from(manifest))}`,
    tagged: `${registry}/${name}:${tag}`,
  };
}

const docker = "application/vnd.docker";
const manifestType = `${docker}.distribution.manifest.v2+json`;

function manifestOf(config: Buffer, layer: Buffer): string {
  const part = (mediaType: string, bytes: Buffer) => ({
    mediaType,
    size: bytes.length,
    digest: digestOf(bytes),
  });
  return JSON.stringify({
    schemaVersion: 2,
    mediaType: manifestType,
    config: part(`${docker}.container.image.v1+json`, config),
    layers: [part(`${docker}.image.rootfs.diff.tar.gzip`, layer)],
  });
}

async function pushBlob(base: string, blob: Buffer): Promise<void> {
  const digest = digestOf(blob);
  if ((await fetch(`${base}/blobs/${digest}`, { method: "HEAD" })).ok) return;
  const begun = await fetch(`${base}/blobs/uploads/`, { method: "POST" });
  const place = new URL(begun.headers.get("location") ?? "", base);
  place.searchParams.set("digest", digest);
  await put(place.href, blob, "application/octet-stream");
}

async function put(url: string, body: Buffer, type: string): Promise<void> {
  const answer = await fetch(url, {
    method: "PUT",
    headers: { "content-type": type },
    body: new Uint8Array(body),
  });
  if (!answer.ok) throw new Error(`PUT ${url}: ${String(answer.status)} ${await answer.text()}`);
}

function digestOf(bytes: Buffer): string {
  return `sha256:${createHash("sha256").update(bytes).digest("hex")}`;
}

const applets = "sh sleep echo cat yes head tail true false wget env ls kill test date touch".split(
  " ",
);

async function layerTar(): Promise<Buffer> {
  const folder = await scratchFolder("layer");
  try {
    const root = join(folder, "root");
    for (const name of ["bin", "tmp"]) await mkdir(join(root, name), { recursive: true });
    await chmod(join(root, "tmp"), 0o1777);
    await copyFile(await staticBusybox(), join(root, "bin/busybox"));
    await copyFile(await webServer(), join(root, "bin/web-server"));
    for (const name of ["busybox", "web-server"]) await chmod(join(root, "bin", name), 0o755);
    for (const applet of applets) await symlink("busybox", join(root, "bin", applet));
    const archive = join(folder, "layer.tar");
    const plain = ["--sort=name", "--mtime=@0", "--owner=0", "--group=0", "--numeric-owner"];
    await mustRun(["tar", "-C", root, ...plain, "-cf", archive, "bin", "tmp"]);
    return await readFile(archive);
  } finally {
    await removeFolder(folder);
  }
}
