import { chmod, copyFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { mustRun } from "../program.js";
import { removeFolder, scratchFolder } from "../scratch.js";
import { webServer } from "./built-programs.js";
import { serverPath } from "./daemon.js";
import type { Dockerd } from "./dockerd.js";

/** How the web server behaves; a container's own environment overrides what its image says. */
export interface WebBehaviour {
  /** Ends with this exit code before it listens. */
  readonly crashAtStart?: number;
  readonly crashAfterMs?: number;
  readonly listenAfterMs?: number;
  readonly neverHealthy?: boolean;
  readonly healthyAfterMs?: number;
  readonly unhealthyAfterMs?: number;
  /** From then on pages, but not the health check, answer 500. */
  readonly failAfterMs?: number;
  /** What each page takes; a single one by `?take=200ms`. */
  readonly latencyMs?: number;
  /** Default: requests in flight are finished first. */
  readonly onTerm?: "exit" | "ignore";
  /** After the signal it takes new requests for so long. */
  readonly drainMs?: number;
}

export interface WebImageOptions {
  /** Such as `shop/web:1`. */
  readonly name: string;
  /** What it answers as `version`. */
  readonly version?: string;
  readonly behaviour?: WebBehaviour;
  /** Further lines of the Dockerfile, such as `LABEL a=b`. */
  readonly dockerfile?: readonly string[];
  /** Without it the image has none. Default: every 500 ms, 3 retries. */
  readonly healthcheck?: boolean;
}

/**
 * Builds an image from nothing but our web server, port 8080: `/` answers version, host, path and
 * count as JSON, `/healthz` its health, `/env/NAME` and `/file/PATH` what the container sees.
 */
export async function webImage(dockerd: Dockerd, options: WebImageOptions): Promise<string> {
  const health = 'HEALTHCHECK --interval=500ms --timeout=3s CMD ["/web-server", "health"]';
  const variables = { VERSION: options.version ?? "1", ...variablesOf(options.behaviour ?? {}) };
  return build(
    dockerd,
    options.name,
    [
      "FROM scratch",
      "COPY web-server /web-server",
      "EXPOSE 8080",
      ...(options.healthcheck === false ? [] : [health]),
      ...Object.entries(variables).map(([name, value]) => `ENV ${name}=${JSON.stringify(value)}`),
      ...(options.dockerfile ?? []),
      'ENTRYPOINT ["/web-server"]',
    ],
    { "web-server": await webServer() },
  );
}

/** The variables that make a container of ours behave so, for `docker run --env` or compose files. */
export function variablesOf(behaviour: WebBehaviour): Readonly<Record<string, string>> {
  const time = (ms: number | undefined) => (ms === undefined ? undefined : `${String(ms)}ms`);
  const variables = {
    CRASH_AT_START: behaviour.crashAtStart?.toString(),
    CRASH_AFTER: time(behaviour.crashAfterMs),
    LISTEN_AFTER: time(behaviour.listenAfterMs),
    NEVER_HEALTHY: behaviour.neverHealthy === true ? "1" : undefined,
    HEALTHY_AFTER: time(behaviour.healthyAfterMs),
    UNHEALTHY_AFTER: time(behaviour.unhealthyAfterMs),
    FAIL_AFTER: time(behaviour.failAfterMs),
    LATENCY: time(behaviour.latencyMs),
    ON_TERM: behaviour.onTerm,
    DRAIN: time(behaviour.drainMs),
  };
  return Object.fromEntries(
    Object.entries(variables).filter((entry): entry is [string, string] => entry[1] !== undefined),
  );
}

/** Builds an image that holds busybox, with `sh` and all else under its usual name. */
export async function busyboxImage(dockerd: Dockerd, name: string): Promise<string> {
  const lines = [
    "FROM scratch",
    "COPY busybox /bin/busybox",
    'RUN ["/bin/busybox", "sh", "-c", "/bin/busybox mkdir -p /tmp /etc && /bin/busybox --install -s /bin"]',
    'CMD ["/bin/sh"]',
  ];
  return build(dockerd, name, lines, { busybox: await staticBusybox() });
}

/** Where the machine's busybox lies, which must stand alone. */
export async function staticBusybox(): Promise<string> {
  const env = { PATH: serverPath() };
  const path = (await mustRun(["sh", "-c", "command -v busybox"], { env })).trim();
  const linked = await mustRun(["sh", "-c", 'ldd "$1" 2>&1 || :', "sh", path], { env });
  if (linked.includes("=>"))
    throw new Error(`${path} needs libraries: sudo apt-get install -y busybox-static`);
  return path;
}

/** Builds a Dockerfile of these lines with these files (name: where it lies); returns the image's id. */
export async function build(
  dockerd: Dockerd,
  name: string,
  lines: readonly string[],
  files: Readonly<Record<string, string>>,
): Promise<string> {
  const context = await scratchFolder("image");
  try {
    for (const [path, from] of Object.entries(files)) {
      await copyFile(from, join(context, path));
      await chmod(join(context, path), 0o755);
    }
    await writeFile(join(context, "Dockerfile"), `${lines.join("\n")}\n`);
    // The builder inside dockerd needs no plugin and keeps what it built among the daemon's images.
    const env = { DOCKER_BUILDKIT: "0" };
    return (await dockerd.docker(["build", "--quiet", "--tag", name, context], { env })).trim();
  } finally {
    await removeFolder(context);
  }
}
