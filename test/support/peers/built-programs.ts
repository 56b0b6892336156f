import { createHash } from "node:crypto";
import { access, constants, readFile } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";

const peers = new URL("../../peers/", import.meta.url);

const kubernetes = { folder: "kubernetes", module: "k8s.io/kubernetes" } as const;

/** Each with the folder whose go.mod pins it, and the module there. */
const modules = {
  caddy: { folder: "caddy", module: "github.com/caddyserver/caddy/v2" },
  buildctl: { folder: "docker", module: "github.com/moby/buildkit" },
  buildkitd: { folder: "docker", module: "github.com/moby/buildkit" },
  "docker-buildx": { folder: "docker", module: "github.com/docker/buildx" },
  "docker-compose": { folder: "docker", module: "github.com/docker/compose/v2" },
  etcd: { folder: "etcd", module: "go.etcd.io/etcd/server/v3" },
  "kube-apiserver": kubernetes,
  "kube-controller-manager": kubernetes,
  "kube-scheduler": kubernetes,
  kubectl: kubernetes,
  kubelet: kubernetes,
  pebble: { folder: "pebble", module: "github.com/letsencrypt/pebble/v2" },
  "pebble-challtestsrv": { folder: "pebble", module: "github.com/letsencrypt/pebble/v2" },
  versitygw: { folder: "versitygw", module: "github.com/versity/versitygw" },
} as const;

export type PinnedProgram = keyof typeof modules;

/** The path of a program that `test/peers/install` built from its Go module; throws when it is missing. */
export async function builtProgram(name: PinnedProgram): Promise<string> {
  return cached(name, await pinnedVersion(name));
}

/** kubectl of the oldest and of the newest version that may be used with the cluster's, by version. */
export async function otherKubectls(): Promise<ReadonlyMap<string, string>> {
  const pins = await readFile(new URL("kubectl/go.mod", peers), "utf8");
  const oldest = `1.${/^\tk8s\.io\/kubectl v0\.(\S+)/m.exec(pins)?.[1] ?? ""}`;
  const newest = await installedVersion("kubectl");
  return new Map([
    [oldest, await cached("kubectl", oldest)],
    [newest, await cached("kubectl", newest, "bin/kubectl")],
  ]);
}

/** The version, without its `v`, that the go.mod below test/peers pins. */
export async function pinnedVersion(name: PinnedProgram): Promise<string> {
  const { folder, module } = modules[name];
  const pins = await readFile(new URL(`${folder}/go.mod`, peers), "utf8");
  const words = pins.split("\n").map((line) =>
    line
      .replace(/^require /, "")
      .trim()
      .split(/\s+/),
  );
  const version = words.find(([first]) => first === module)?.[1];
  if (version === undefined) throw new Error(`test/peers/${folder}/go.mod pins no ${module}`);
  return version.replace(/^v/, "");
}

/** The path of act, which `test/peers/install workflows` brings in the version that it pins. */
export async function actProgram(): Promise<string> {
  return cached("act", await installedVersion("act"), "bin/act");
}

/** The version of a program that comes as it is, which test/peers/install itself pins. */
async function installedVersion(name: string): Promise<string> {
  const pins = await readFile(new URL("install", peers), "utf8");
  const version = new RegExp(`^${name}=(\\S+)`, "m").exec(pins)?.[1];
  if (version === undefined) throw new Error(`test/peers/install pins no ${name}`);
  return version;
}

/** The path of the web server of our test images, built from the source as it stands. */
export async function webServer(): Promise<string> {
  const sum = createHash("sha256").update(await readFile(new URL("web-server/main.go", peers)));
  return cached("web-server", sum.digest("hex").slice(0, 12));
}

async function cached(name: string, version: string, file = name): Promise<string> {
  const cache = process.env["XDG_CACHE_HOME"] ?? join(homedir(), ".cache");
  const program = join(cache, "belay-peers", `${name}-${version}`, file);
  await access(program, constants.X_OK).catch(() => {
    const sets = "workflows system system-k8s";
    throw new Error(`${name} ${version} is missing: run test/peers/install ${sets}`);
  });
  return program;
}
