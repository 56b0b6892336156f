import { textAt } from "../kit/json.js";
import type { Run } from "./platform.js";

const namespace = "org.opencontainers.image";

/** How the fields of an image's labels are called that this action reads back. */
export const fieldNames = {
  revision: `${namespace}.revision`,
  created: `${namespace}.created`,
} as const;

/** What the run says of the image by the names of the OCI, as `name=value`; what nobody knows is left out. */
export function ociFields(
  run: Run,
  event: unknown,
  version: string,
  committedAt: number | undefined,
): readonly string[] {
  const repository = (...path: readonly string[]): string => textAt(event, "repository", ...path);
  const page = run.repository === "" ? "" : `${run.server}/${run.repository}`;
  const licence = repository("license", "spdx_id");
  const fields = {
    title: repository("name") || (run.repository.split("/")[1] ?? ""),
    description: repository("description").replaceAll(/\s+/g, " "),
    url: page,
    // Links the package to the repository, on GitHub's registry.
    source: page,
    version,
    // Not now: equal commits shall give equal images.
    created: committedAt === undefined ? "" : new Date(committedAt).toISOString(),
    revision: run.sha,
    licenses: licence === "NOASSERTION" ? "" : licence,
  };
  const known = Object.entries(fields).filter(([, value]) => value !== "");
  return known.map(([name, value]) => `${namespace}.${name}=${value}`);
}

/** `own` over `filled`, by name, in the order of the names. */
export function mergeFields(filled: readonly string[], own: readonly string[]): readonly string[] {
  const nameOf = (field: string): string => field.slice(0, field.indexOf("="));
  const byName = new Map([...filled, ...own].map((field) => [nameOf(field), field]));
  return [...byName.keys()].sort().flatMap((name) => byName.get(name) ?? []);
}
