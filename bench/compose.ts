import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { type ComposeSite, makeComposeSite } from "../test/support/compose-site.js";
import { makeImages } from "../test/support/compose-stack.js";
import { freePort } from "../test/support/free-port.js";
import { processesOf } from "../test/support/home-processes.js";
import { startLoad } from "../test/support/load.js";
import { type Dockerd, startDockerd } from "../test/support/peers/dockerd.js";
import { removeFolder, scratchFolder } from "../test/support/scratch.js";
import { until } from "../test/support/until.js";
import { compare, type ComparisonResult, type Measured, timed } from "./measure.js";
import { good } from "./start-up.js";

const successes = 3;
const intervalMs = 200;
const inputs = {
  services: "web\nnginx\n",
  "health-successes": String(successes),
  "health-interval": `${String(intervalMs)}ms`,
  force: "true",
};

interface Bench {
  readonly dockerd: Dockerd;
  readonly site: ComposeSite;
  /** Another version each time: a deploy of what runs already would roll nothing. */
  readonly next: () => string;
}

/** A rolling deploy of one service over SSH, against what plain docker commands need, and against `compose up -d`. */
export async function measureCompose(pairs: number): Promise<Measured> {
  const dockerd = await startDockerd();
  try {
    await makeImages(dockerd);
    const site = await makeComposeSite(dockerd);
    try {
      await site.allow();
      return await measure({ dockerd, site, next: inTurns() }, pairs);
    } finally {
      await site.stop();
    }
  } finally {
    await dockerd.stop();
  }
}

function inTurns(): () => string {
  let count = 0;
  return () => `v${String((count++ % 2) + 1)}`;
}

async function measure(bench: Bench, pairs: number): Promise<Measured> {
  good(await bench.site.deploy("v3"));
  const peaks: number[] = [];
  const rolling = await rollingRow(bench, peaks, pairs);
  const plain = await plainProject(bench);
  try {
    return {
      comparisons: [rolling, await failuresRow(bench, plain, pairs)],
      figures: [
        {
          name: "the server side in a rolling deploy, memory beside docker's own commands",
          unit: "MB",
          target: 15,
          value: Math.max(...peaks),
        },
      ],
    };
  } finally {
    await plain.remove();
  }
}

function rollingRow(bench: Bench, peaks: number[], pairs: number): Promise<ComparisonResult> {
  return compare(
    {
      name: "a rolling deploy of one service",
      ours: "the action, without the waits of health-successes",
      peer: "docker run until healthy, reload and drain, docker stop and rm",
      target: 1.25,
      runOurs: async () => {
        const watch = watchMemory(bench.site);
        const ms = await timed(async () => good(await deploy(bench)));
        peaks.push(await watch.stop());
        return ms - (successes - 1) * intervalMs;
      },
      runPeer: () => timed(() => byDocker(bench)),
    },
    pairs,
  );
}

function failuresRow(bench: Bench, plain: Plain, pairs: number): Promise<ComparisonResult> {
  return compare(
    {
      name: "requests that fail in a deploy, at 50 a second",
      ours: "a rolling deploy",
      peer: "docker compose up -d",
      unit: "requests",
      target: 0,
      runOurs: () => failures(bench.site.url, async () => good(await deploy(bench))),
      runPeer: () => failures(plain.url, () => plain.upAnother()),
    },
    pairs,
  );
}

const deploy = ({ site, next }: Bench) => site.deploy(next(), inputs);

/** How many requests failed while `change` was made, and until all is well again. */
async function failures(url: string, change: () => Promise<void>): Promise<number> {
  const answers = (): Promise<boolean> =>
    fetch(url).then(
      ({ ok }) => ok,
      () => false,
    );
  await until("an answer", answers, { timeoutMs: 30_000 });
  const load = startLoad(url, { requestsPerSecond: 50, timeoutMs: 2000 });
  await sleep(500);
  await change();
  await until("an answer after it", answers, { timeoutMs: 30_000 });
  await sleep(1000);
  return (await load.stop()).failures.length;
}

/** The project as the action names it: its path's last part. */
const project = "shop";

async function idOf({ dockerd }: Bench, service: string): Promise<string> {
  const labels = [`project=${project}`, `service=${service}`];
  const filters = labels.flatMap((label) => ["--filter", `label=com.docker.compose.${label}`]);
  return (await dockerd.docker(["ps", "-q", ...filters])).trim();
}

/** What no deploy can do without: a second container until it is healthy, a reload that drains, the end of a container. */
async function byDocker(bench: Bench): Promise<void> {
  const { dockerd } = bench;
  const name = "plain-docker";
  const run = ["run", "-d", "--name", name, "--network", `${project}_default`];
  await dockerd.docker([...run, "--stop-timeout", "2", "web:v1"]);
  await until(
    "a healthy container",
    async () =>
      (await dockerd.docker(["inspect", "-f", "{{.State.Health.Status}}", name])) === "healthy\n",
    { timeoutMs: 30_000, intervalMs: 50 },
  );
  const nginx = await idOf(bench, "nginx");
  const workers = async (): Promise<string> =>
    (await dockerd.docker(["top", nginx, "-eo", "pid,args"]))
      .split("\n")
      .filter((line) => line.includes("nginx: worker process"))
      .map((line) => line.trim().split(/\s+/)[0])
      .join(" ");
  const before = (await workers()).split(" ");
  await dockerd.docker(["exec", nginx, "nginx", "-t"]);
  await dockerd.docker(["exec", nginx, "nginx", "-s", "reload"]);
  const drained = async (): Promise<boolean> =>
    !(await workers()).split(" ").some((pid) => before.includes(pid));
  await until("the old workers to end", drained, { timeoutMs: 30_000, intervalMs: 50 });
  await dockerd.docker(["stop", name]);
  await dockerd.docker(["rm", name]);
}

/** A project beside it, as people have it without us: nginx asks docker for the service's name. */
interface Plain {
  readonly url: string;
  /** The file names the new image, and compose replaces the container. */
  upAnother(): Promise<void>;
  remove(): Promise<void>;
}

async function plainProject({ dockerd }: Bench): Promise<Plain> {
  const [folder, port] = await Promise.all([scratchFolder("plain-compose"), freePort()]);
  await writeFile(join(folder, "nginx.conf"), plainNginx);
  const words = ["compose", "-p", "plain", "--project-directory", folder, "-f", "-"];
  const file = (version: string): string => `services:
  web: {image: "web:${version}", stop_grace_period: 2s}
  nginx:
    image: nginx:test
    ports: ["127.0.0.1:${String(port)}:80"]
    volumes: ["./nginx.conf:/etc/nginx/nginx.conf:ro"]
`;
  const next = inTurns();
  const up = async (version: string): Promise<void> => {
    await dockerd.docker([...words, "up", "-d"], { input: file(version) });
  };
  await up("v3");
  return {
    url: `http://127.0.0.1:${String(port)}`,
    upAnother: () => up(next()),
    remove: async () => {
      await dockerd.docker([...words, "down", "-t", "1"], { input: file("v3") });
      await removeFolder(folder);
    },
  };
}

const plainNginx = `events { worker_connections 512; }
http {
  access_log off;
  resolver 127.0.0.11 valid=1s ipv6=off;
  server {
    listen 80;
    location / { set $app web; proxy_pass http://$app:8080; proxy_connect_timeout 2s; }
  }
}
`;

/** The most that all processes of the deploy user hold at a time, each shared page counted once among its users; MB. */
function watchMemory(site: ComposeSite): { stop(): Promise<number> } {
  const over = new AbortController();
  let peak = 0;
  const watching = (async () => {
    while (!over.signal.aborted) {
      peak = Math.max(peak, await heldNow(site));
      await sleep(20);
    }
  })();
  return {
    stop: async () => {
      over.abort();
      await watching;
      return peak;
    },
  };
}

async function heldNow({ host }: ComposeSite): Promise<number> {
  const running = await processesOf(host.home.path);
  const ours = running.filter(({ command }) => !/(?:^|\/)docker(?:-[a-z]+)?(?: |$)/.test(command));
  const sizes = await Promise.all(
    ours.map(async ({ pid }) => {
      const rollup = await readFile(`/proc/${String(pid)}/smaps_rollup`, "utf8").catch(() => "");
      return Number(/^Pss: +(\d+)/m.exec(rollup)?.[1] ?? 0);
    }),
  );
  return (sizes.reduce((sum, size) => sum + size, 0) * 1024) / 1e6;
}
