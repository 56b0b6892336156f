import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { type DeployHost, startSshdHost } from "../test/support/deploy-host.js";
import { mustRun } from "../test/support/program.js";
import { removeFolder, scratchFolder } from "../test/support/scratch.js";
import { connectionInputs } from "../test/support/site.js";
import { startTcpProxy } from "../test/support/tcp-proxy.js";
import { changeSmallFiles, compressedPart, writeLargeFile, writeSmallFiles } from "./files.js";
import { inMemory } from "./in-memory.js";
import {
  type Comparison,
  compare,
  type ComparisonResult,
  type Figure,
  type Measured,
  timed,
} from "./measure.js";
import { roundTripMs } from "./deploy.js";
import { type SshClient, sshClient } from "./ssh-client.js";
import type { UploadRequest, UploadTimes } from "./upload-process.js";

const repository = join(import.meta.dirname, "..");
const files = 3000;
const changed = 10;

/** A server in memory, what is sent there, and who sends it. */
interface Bench {
  readonly host: DeployHost;
  readonly ssh: SshClient;
  /** Where the checkouts lie. */
  readonly folder: string;
}

/** Connect, upload phase and close in one fresh process each, both ends on tmpfs, against OpenSSH's own programs. */
export function measureUploads(pairs: number, megabytes: number): Promise<Measured> {
  return inMemory(() => measureIn(pairs, megabytes));
}

async function measureIn(pairs: number, megabytes: number): Promise<Measured> {
  const host = await startSshdHost([]);
  const bench = { host, ssh: await sshClient(host), folder: await scratchFolder("checkouts") };
  try {
    return {
      comparisons: [...(await manySmall(bench, pairs)), await oneLarge(bench, pairs, megabytes)],
      figures: await readingFigures(bench, megabytes),
    };
  } finally {
    await bench.ssh.remove();
    await host.stop();
    await removeFolder(bench.folder);
  }
}

async function manySmall(bench: Bench, pairs: number): Promise<ComparisonResult[]> {
  const small = join(bench.folder, "small");
  await writeSmallFiles(small, files);
  const again = join(bench.host.home.path, "again");
  const first = await compare(
    {
      ...smallNames("first upload", ""),
      target: 1.1,
      runOurs: () => upload(bench, small, join(bench.host.home.path, "first")),
      runPeer: () => tar(bench, small),
    },
    pairs,
  );
  await upload(bench, small, again, { keep: true });
  await changeSmallFiles(small, changed, files);
  const second = await compare(secondRow(bench, small, again, ""), pairs);
  const proxy = await startTcpProxy(bench.host.port, { delayMs: roundTripMs / 2 });
  try {
    const way = `, ${String(roundTripMs)} ms more of round trip`;
    return [first, second, await compare(secondRow(bench, small, again, way, proxy.port), pairs)];
  } finally {
    await proxy.close();
  }
}

function secondRow(
  bench: Bench,
  small: string,
  path: string,
  way: string,
  port?: number,
): Comparison {
  return {
    ...smallNames(`second upload, ${String(changed)} changed${way}`, " of everything"),
    target: 0.8,
    runOurs: () => upload(bench, small, path, { port }),
    runPeer: () => tar(bench, small, port),
  };
}

function smallNames(what: string, ofWhat: string): Pick<Comparison, "name" | "ours" | "peer"> {
  return {
    name: `${what}, ${files.toLocaleString("en")} small files`,
    ours: "connect, upload, close",
    peer: `tar c \\| ssh tar x${ofWhat}`,
  };
}

async function oneLarge(bench: Bench, pairs: number, megabytes: number): Promise<ComparisonResult> {
  const folder = join(bench.folder, "large");
  await mkdir(folder);
  await writeLargeFile(join(folder, "file"), megabytes);
  const target = join(bench.host.home.path, "copied");
  return compare(
    {
      name: `one file of ${String(megabytes)} MB`,
      ours: "connect, upload, close",
      peer: "scp",
      target: 1.15,
      runOurs: () => upload(bench, folder, join(bench.host.home.path, "large")),
      runPeer: async () => {
        await bench.host.run(["mkdir", target]);
        const ms = await timed(() => bench.ssh.copy(join(folder, "file"), target));
        await removeFolder(target);
        return ms;
      },
    },
    pairs,
  );
}

/** What a deploy does before it connects, and what the large file is like. */
async function readingFigures(bench: Bench, megabytes: number): Promise<readonly Figure[]> {
  const path = join(bench.host.home.path, "first");
  const large = join(bench.folder, "large");
  const small = await uploadTimes(bench, join(bench.folder, "small"), path);
  const one = await uploadTimes(bench, large, path);
  const part = await compressedPart(join(large, "file"));
  const size = `${String(megabytes)} MB`;
  return [
    {
      name: `reading the ${String(files)} files before the upload`,
      value: small.readMs,
      unit: "ms",
    },
    { name: `reading the file of ${size} before the upload`, value: one.readMs, unit: "ms" },
    { name: `the file of ${size}, gzip makes of it`, value: part * 100, unit: "%" },
  ];
}

/** The peer: everything as one tar into a new folder. */
async function tar({ host, ssh }: Bench, folder: string, port?: number): Promise<number> {
  const target = join(host.home.path, "unpacked");
  const ms = await timed(() => ssh.sendTar(folder, `mkdir ${target} && tar -C ${target} -x`, port));
  await removeFolder(target);
  return ms;
}

interface Way {
  readonly port?: number | undefined;
  readonly keep?: boolean;
}

async function upload(bench: Bench, folder: string, path: string, way?: Way): Promise<number> {
  return (await uploadTimes(bench, folder, path, way)).uploadMs;
}

async function uploadTimes(
  { host }: Bench,
  folder: string,
  path: string,
  { port = host.port, keep = false }: Way = {},
): Promise<UploadTimes> {
  const request: UploadRequest = {
    inputs: { ...connectionInputs(host, path), port: String(port) },
    ...{ path, folder, keep },
  };
  const words = ["--import", join(repository, "scripts/typescript.mjs")];
  const script = join(repository, "bench/upload-process.ts");
  const said = await mustRun([process.execPath, ...words, script], {
    input: JSON.stringify(request),
  });
  return JSON.parse(said) as UploadTimes;
}
