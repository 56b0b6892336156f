/** The name of an image, without tag and digest. */
export interface ImageName {
  /** Such as `ghcr.io`; `docker.io` where the name has none. */
  readonly registry: string;
  /** Such as `ada/climbing`. */
  readonly repository: string;
  /** Both, as it stands in front of a tag. */
  readonly name: string;
}

const component = "[a-z0-9]+(?:(?:\\.|_|__|-+)[a-z0-9]+)*";
const repositoryPattern = new RegExp(`^${component}(?:/${component})*$`);
const registryPattern = /^(?:[a-z0-9-]+(?:\.[a-z0-9-]+)*|\[[0-9a-f:]+\])(?::\d{1,5})?$/;

/** Reads a name and lower-cases it, as registries want it; undefined when it is none. */
export function parseImageName(text: string): ImageName | undefined {
  const parts = text.toLowerCase().split("/");
  const [first = ""] = parts;
  const named = parts.length > 1 && (/[.:]/.test(first) || first === "localhost");
  const registry = named ? first : "docker.io";
  const rest = (named ? parts.slice(1) : parts).join("/");
  const repository = registry === "docker.io" && !rest.includes("/") ? `library/${rest}` : rest;
  if (!registryPattern.test(registry) || !repositoryPattern.test(repository)) return undefined;
  return { registry, repository, name: `${registry}/${repository}` };
}

/** Whether the registry is on this machine: no other container sees it there, and plain HTTP is spoken. */
export function isLoopback({ registry }: ImageName): boolean {
  return /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])(?::\d+)?$/.test(registry);
}

/** Whether a token of GitHub may be sent there. */
export function isGitHub({ registry }: ImageName): boolean {
  return registry === "ghcr.io" || registry.endsWith(".ghe.com");
}
