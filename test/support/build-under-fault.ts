import { readdir } from "node:fs/promises";
import { askRegistry, busyboxLines, type BuildSite } from "./build-site.js";
import { processesNaming } from "./processes.js";

/** Takes about a second to build and leaves 3 MB to push; `TOKEN` makes it another image each time. */
export const slowDockerfile = `${busyboxLines}
ARG TOKEN
RUN echo "$TOKEN" > /token && head -c 3000000 /dev/urandom > /bulk && sleep 1
`;

/** The builders that actions have made and not removed. */
export async function ownBuilders({ dockerd }: BuildSite): Promise<readonly string[]> {
  const names = await dockerd.docker(["buildx", "ls", "--format", "{{.Name}}"]);
  return names.split("\n").filter((name) => /^belay-\d+-[0-9a-f]{8}$/.test(name));
}

/**
 * All that a run has left behind: builders with their containers and volumes, files of RUNNER_TEMP, processes.
 * Not what buildx tries GPUs with when it makes a builder, a container without a name that removes itself: killed
 * in between, buildx leaves it behind and says nowhere which it was.
 */
export async function leftovers(site: BuildSite, temp: string): Promise<readonly string[]> {
  const { dockerd } = site;
  const named = (text: string): readonly string[] =>
    text.split("\n").filter((name) => name.startsWith("buildx_buildkit_"));
  return [
    ...(await ownBuilders(site)),
    ...named(await dockerd.docker(["ps", "--all", "--format", "{{.Names}}"])),
    ...named(await dockerd.docker(["volume", "ls", "--format", "{{.Name}}"])),
    ...(await readdir(temp)),
    ...(await processesNaming(temp)).map((pid) => `process ${String(pid)}`),
  ];
}

interface Manifest {
  readonly config: { readonly digest: string };
  readonly layers: readonly { readonly digest: string }[];
}

/** Throws unless each part of the image under `tag` is in the registry; its digest, empty where nothing has the tag. */
export async function wholeDigestOf(site: BuildSite, tag: string): Promise<string> {
  const digest = await site.digestOf(tag);
  if (digest === "") return "";
  const path = `ada/climbing/manifests/${digest}`;
  const { config, layers } = (await (await askRegistry(site.registry, path)).json()) as Manifest;
  for (const part of [config, ...layers]) {
    const blob = `ada/climbing/blobs/${part.digest}`;
    const { status } = await askRegistry(site.registry, blob, { method: "HEAD" });
    if (status !== 200) throw new Error(`${tag}: ${part.digest} is missing: ${String(status)}`);
  }
  return digest;
}
