import { mkdir, writeFile } from "node:fs/promises";
import { get } from "node:https";
import { connect } from "node:net";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { makeCertificate, makeIssuer } from "../certificate.js";
import { freePort } from "../free-port.js";
import { removeFolder, scratchFolder } from "../scratch.js";
import { builtProgram, type PinnedProgram } from "./built-programs.js";
import { type Daemon, serverPath, startDaemon } from "./daemon.js";

/** Let's Encrypt's own authority for tests. For it every name is 127.0.0.1, and it really asks there. */
export interface CertificateAuthority {
  /** What certbot's `--server` takes. */
  readonly directory: string;
  /** The file with who signed the certificate of that address, for REQUESTS_CA_BUNDLE. */
  readonly trusted: string;
  /** The certificate that those which it gives are to be checked with. */
  root(): Promise<string>;
  stop(): Promise<void>;
}

interface Ports {
  readonly directory: number;
  readonly management: number;
  readonly names: number;
  readonly namesManagement: number;
}

/** Starts pebble; what proves a name it looks for at `httpPort`. */
export async function startPebble(httpPort: number): Promise<CertificateAuthority> {
  const folder = await scratchFolder("pebble");
  const [directory = 0, management = 0, names = 0, namesManagement = 0] = await Promise.all(
    Array.from({ length: 4 }, () => freePort()),
  );
  const ports = { directory, management, names, namesManagement };
  const started: Daemon[] = [];
  const stop = async (): Promise<void> => {
    for (const server of started) await server.end("SIGKILL");
    await removeFolder(folder);
  };
  try {
    const issuer = await writeFiles(folder, ports, httpPort);
    started.push(await startNames(folder, ports));
    started.push(await startAuthority(folder, ports));
    return {
      directory: `https://${address(directory)}/dir`,
      trusted: join(folder, "trusted.pem"),
      root: () => asked(`https://${address(management)}/roots/0`, issuer),
      stop,
    };
  } catch (failure) {
    await stop();
    throw failure;
  }
}

const address = (port: number): string => `127.0.0.1:${String(port)}`;

/** Returns who signed the certificate of pebble's own addresses. */
async function writeFiles(folder: string, ports: Ports, httpPort: number): Promise<string> {
  await mkdir(folder, { recursive: true });
  const issuer = makeIssuer();
  const { key, cert } = makeCertificate({ issuer, addresses: ["127.0.0.1"] });
  const pebble = {
    listenAddress: address(ports.directory),
    managementListenAddress: address(ports.management),
    certificate: join(folder, "cert.pem"),
    privateKey: join(folder, "key.pem"),
    httpPort,
    tlsPort: 0,
    retryAfter: { authz: 1, order: 1 },
    profiles: { default: { description: "as usual", validityPeriod: 7_776_000 } },
  };
  await writeFile(join(folder, "config.json"), JSON.stringify({ pebble }));
  await writeFile(join(folder, "cert.pem"), cert);
  await writeFile(join(folder, "key.pem"), key, { mode: 0o600 });
  await writeFile(join(folder, "trusted.pem"), issuer.cert);
  return issuer.cert;
}

/** The name server that says 127.0.0.1 to all. */
function startNames(folder: string, { names, namesManagement }: Ports): Promise<Daemon> {
  const off = ["-http01", "-https01", "-tlsalpn01", "-doh", "-defaultIPv6"].flatMap((option) => [
    option,
    "",
  ]);
  const words = ["-dnsserver", address(names), "-management", address(namesManagement), ...off];
  return start(folder, "pebble-challtestsrv", words, namesManagement);
}

function startAuthority(folder: string, { names, directory }: Ports): Promise<Daemon> {
  const words = ["-config", join(folder, "config.json"), "-dnsserver", address(names)];
  return start(folder, "pebble", words, directory);
}

async function start(
  folder: string,
  name: PinnedProgram,
  words: readonly string[],
  port: number,
): Promise<Daemon> {
  const server = startDaemon([await builtProgram(name), ...words], {
    logFile: join(folder, `${name}.log`),
    // It would wait, and refuse some requests, to see what a client makes of that.
    env: { PATH: serverPath(), PEBBLE_VA_NOSLEEP: "1", PEBBLE_WFE_NONCEREJECT: "0" },
  });
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
    socket.once("error", () => resolve(false));
  });
}

function asked(url: string, ca: string): Promise<string> {
  return new Promise((resolve, reject) => {
    get(url, { ca, timeout: 5000 }, (answer) => resolve(text(answer))).once("error", reject);
  });
}
