import { randomBytes } from "node:crypto";
import { mkdir } from "node:fs/promises";
import { connect } from "node:net";
import { join } from "node:path";
import { freePort } from "../free-port.js";
import { removeFolder, scratchFolder } from "../scratch.js";
import { builtProgram } from "./built-programs.js";
import { type Daemon, serverPath, startDaemon } from "./daemon.js";

/** An object store that speaks S3, on 127.0.0.1 by plain http. */
export interface ObjectStore {
  /** `http://127.0.0.1:PORT`; a bucket is the first part of the path. */
  readonly endpoint: string;
  readonly region: string;
  readonly accessKey: string;
  readonly secretKey: string;
  /** Where the buckets lie, as folders with the objects as files. */
  readonly folder: string;
  /** Ends it and starts it again on its port, with all objects. */
  restart(): Promise<void>;
  stop(): Promise<void>;
}

/** Starts versitygw with a bucket for each name. */
export async function startObjectStore(buckets: readonly string[]): Promise<ObjectStore> {
  const folder = await scratchFolder("s3");
  try {
    const data = join(folder, "data");
    await mkdir(data);
    for (const bucket of buckets) await mkdir(join(data, bucket));
    const keys = { accessKey: "belay", secretKey: randomBytes(16).toString("hex") };
    const port = await freePort();
    const start = () => startServer(folder, port, keys);
    let server = await start();
    return {
      endpoint: `http://127.0.0.1:${String(port)}`,
      region,
      ...keys,
      folder: data,
      restart: async () => {
        await server.end();
        server = await start();
      },
      stop: async () => {
        await server.end("SIGKILL");
        await removeFolder(folder);
      },
    };
  } catch (failure) {
    await removeFolder(folder);
    throw failure;
  }
}

const region = "us-east-1";

async function startServer(
  folder: string,
  port: number,
  keys: { accessKey: string; secretKey: string },
): Promise<Daemon> {
  const program = await builtProgram("versitygw");
  const address = `127.0.0.1:${String(port)}`;
  const server = startDaemon(
    [program, "--port", address, "--region", region, "posix", join(folder, "data")],
    {
      logFile: join(folder, "log"),
      env: {
        PATH: serverPath(),
        ROOT_ACCESS_KEY_ID: keys.accessKey,
        ROOT_SECRET_ACCESS_KEY: keys.secretKey,
      },
    },
  );
  try {
    await server.ready(() => connects(port));
  } catch (failure) {
    await server.end("SIGKILL");
    throw failure;
  }
  return server;
}

function connects(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: "127.0.0.1" }, () => {
      socket.destroy();
      resolve(true);
    });
    socket.once("error", () => {
      resolve(false);
    });
  });
}
