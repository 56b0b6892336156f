import { join } from "node:path";
import type { PlanFields } from "../../src/server/plan.js";
import { type Answer, BelayServer, type TextFiles } from "./belay-server.js";
import { freePort } from "./free-port.js";
import { type Load, type LoadOptions, startLoad } from "./load.js";
import type { Dockerd } from "./peers/dockerd.js";
import { nginxImage } from "./peers/server-images.js";
import { type WebBehaviour, webImage } from "./peers/images.js";

/** A project with an app behind nginx and a worker, deployed by the server program itself. */
export interface ComposeStack {
  readonly server: BelayServer;
  readonly dockerd: Dockerd;
  readonly project: string;
  readonly url: string;
  /** The files of a release whose app and worker have that version. */
  files(version: string, over?: TextFiles): TextFiles;
  /** Begins and uploads; runs the steps until one fails; returns the last answer. */
  begin(token: string, version: string, over?: StackOver): Promise<Answer>;
  /** A whole deploy: confirmed when all went well, else undone; returns the last step's answer. */
  deploy(token: string, version: string, over?: StackOver): Promise<Answer>;
  /** The runner sends no sign of life any more. */
  vanish(): void;
  load(options?: Partial<LoadOptions>): Load;
  /** The version of whom answers now. */
  answer(): Promise<string>;
  /** Names of the containers of a service, by state. */
  containers(service: string): Promise<readonly string[]>;
  stop(): Promise<void>;
}

export interface StackOver {
  readonly fields?: PlanFields;
  readonly files?: TextFiles;
  /** What the pull step reads. */
  readonly login?: string;
}

const steps = ["build", "before", "migrate", "activate", "after"];

/** Images of a good app in two versions, and of bad ones. */
export async function makeImages(dockerd: Dockerd): Promise<void> {
  await nginxImage(dockerd, "nginx:test");
  const versions: Readonly<Record<string, WebBehaviour>> = {
    v1: {},
    v2: {},
    v3: {},
    crash: { crashAtStart: 3 },
    sick: { neverHealthy: true },
  };
  for (const [version, behaviour] of Object.entries(versions))
    // An app that ends at once, whatever it is doing.
    await webImage(dockerd, {
      name: `web:${version}`,
      version,
      behaviour: { ...behaviour, onTerm: "exit" },
    });
}

let count = 0;

export interface StackOptions {
  readonly shell?: string;
  /** Another one than the server's own. */
  readonly program?: Uint8Array;
  /** Of the server's calls. */
  readonly env?: Readonly<Record<string, string>>;
}

/** Makes the path and the project; nothing is deployed yet. */
export async function makeStack(
  dockerd: Dockerd,
  { shell = "dash", program, env = {} }: StackOptions = {},
): Promise<ComposeStack> {
  const server = await BelayServer.start(shell, { ...dockerd.env, HOME: "", ...env });
  if (program !== undefined) server.use(program);
  server.env["HOME"] = env["HOME"] ?? join(server.path, "..");
  const port = await freePort();
  count += 1;
  const project = `stack${String(count)}`;
  const url = `http://127.0.0.1:${String(port)}`;
  const attendances: { stop(): void }[] = [];
  const filter = (service: string): string[] => [
    ...["--filter", `label=com.docker.compose.project=${project}`],
    ...["--filter", `label=com.docker.compose.service=${service}`],
  ];
  const stack: ComposeStack = {
    server,
    dockerd,
    project,
    url,
    files: (version, over = {}) => ({
      "compose.yaml": composeFile(version, port, server.path),
      "nginx.conf": nginxConf,
      ...over,
    }),
    begin: async (token, version, { fields = {}, files = {}, login = "end\n" } = {}) => {
      const begun = await server.upload(
        token,
        { ...quick, project, ...fields },
        stack.files(version, files),
      );
      if (begun.code !== 0) return begun;
      attendances.push(server.attend(token));
      const pulled = await server.call(["receive", token, "pull-1", "plain"], login);
      if (pulled.first("code") !== "0") return pulled;
      // As the runner: what has no lines is not started.
      const wanted = steps.filter((name) => name === "activate" || name in fields);
      return (await server.steps(token, ...wanted)).at(-1) ?? pulled;
    },
    deploy: async (token, version, over) => {
      const last = await stack.begin(token, version, over);
      if (last.code === 0 && last.first("code") === "0") {
        const confirmed = await server.call(["confirm", token]);
        if (confirmed.code !== 0) throw new Error(`not confirmed: ${confirmed.text}`);
      } else {
        await server.call(["undo", token], "it failed\n");
      }
      return last;
    },
    vanish: () => {
      for (const attendance of attendances.splice(0)) attendance.stop();
    },
    load: (options = {}) => startLoad(`${url}/?take=50ms`, { requestsPerSecond: 200, ...options }),
    answer: async () => {
      const { version } = (await (await fetch(url)).json()) as Record<string, string>;
      return version ?? "";
    },
    containers: async (service) =>
      (
        await dockerd.docker([
          "ps",
          "-a",
          ...filter(service),
          "--format",
          "{{.Names}} {{.Image}} {{.State}}",
        ])
      )
        .split("\n")
        .filter((line) => line !== "")
        .sort(),
    stop: async () => {
      stack.vanish();
      await server.stop();
      const left = (
        await dockerd.docker([
          "ps",
          "-aq",
          "--filter",
          `label=com.docker.compose.project=${project}`,
        ])
      )
        .split("\n")
        .filter((id) => id !== "");
      if (left.length > 0) await dockerd.docker(["rm", "-f", "-v", ...left]);
    },
  };
  return stack;
}

const quick = {
  strategy: "compose",
  proxy: "nginx:nginx",
  drain: "10",
  "health-timeout": "20",
  "confirm-timeout": "5",
} as const;

export function composeFile(version: string, port: number, path: string): string {
  return `services:
  web:
    image: web:${version}
    container_name: ${version === "" ? "web" : `web-of-${String(port)}`}
    stop_grace_period: 2s
  worker:
    image: web:${version}
    stop_grace_period: 2s
  nginx:
    image: nginx:test
    ports: ["127.0.0.1:${String(port)}:80"]
    volumes:
      - ./nginx.conf:/etc/nginx/nginx.conf:ro
      - ${path}/shared/belay-proxy:/etc/nginx/belay:ro
`;
}

export const nginxConf = `worker_processes 2;
events { worker_connections 1024; }
http {
  access_log off;
  resolver 127.0.0.11 valid=1s ipv6=off;
  resolver_timeout 1s;
  include /etc/nginx/belay/*.conf;
  server {
    listen 80;
    location / { proxy_pass http://$belay_web:8080; proxy_connect_timeout 2s; }
  }
}
`;
