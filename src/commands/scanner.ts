/** What shall be looked through: an image of one platform, in a registry or as a folder. */
export type ScanTarget =
  | { readonly kind: "registry"; readonly reference: string; readonly platform: string }
  | { readonly kind: "layout"; readonly folder: string };

/** Has trivy look for known vulnerabilities, and write what it finds to `report` as JSON. */
export function trivyScan(
  target: ScanTarget,
  {
    report,
    ignoreUnfixed,
    cache,
  }: { readonly report: string; readonly ignoreUnfixed: boolean; readonly cache: string },
): readonly string[] {
  const where =
    target.kind === "layout"
      ? ["--input", target.folder]
      : ["--image-src", "remote", "--platform", target.platform, target.reference];
  return [
    ...["trivy", "image", "--format", "json", "--output", report],
    ...["--scanners", "vuln", "--no-progress", "--disable-telemetry"],
    ...(cache === "" ? [] : ["--cache-dir", cache]),
    ...(ignoreUnfixed ? ["--ignore-unfixed"] : []),
    ...where,
  ];
}

/** Has trivy turn a report of its own into SARIF; needs no database. */
export function trivyConvert(report: string, sarif: string): readonly string[] {
  return ["trivy", "convert", "--format", "sarif", "--output", sarif, report];
}

/**
 * Has snyk look for known vulnerabilities, and write what it finds to `report`, and to `sarif` where that is given: for
 * an image it does so only beside the Dockerfile.
 */
export function snykScan(
  target: ScanTarget,
  {
    report,
    sarif,
    dockerfile,
  }: {
    readonly report: string;
    readonly sarif: string | undefined;
    readonly dockerfile: string | undefined;
  },
): readonly string[] {
  const where =
    target.kind === "layout"
      ? [`oci-archive:${target.folder}.tar`]
      : [`--platform=${target.platform}`, target.reference];
  const files = [
    `--json-file-output=${report}`,
    ...(dockerfile === undefined ? [] : [`--file=${dockerfile}`]),
    ...(sarif === undefined ? [] : [`--sarif-file-output=${sarif}`]),
  ];
  return ["snyk", "container", "test", ...files, ...where];
}

/** Packs a folder into the tar beside it, which is all that snyk reads. */
export function packLayout(folder: string): readonly string[] {
  return ["tar", "-c", "-h", "-f", `${folder}.tar`, "-C", folder, "."];
}

export interface ContainerOptions {
  /** By digest. */
  readonly image: string;
  /** Folders that it sees under the same names, the last ones to write to. */
  readonly readable: readonly string[];
  readonly writable: readonly string[];
  /** Variables that it gets from the environment. */
  readonly variables: readonly string[];
  readonly cwd: string;
}

/** Runs the words of a command whose program is the entry point of a container. */
export function inContainer(
  [, ...words]: readonly string[],
  { image, readable, writable, variables, cwd }: ContainerOptions,
): readonly string[] {
  const mount = (mode: string) => (folder: string) => ["--volume", `${folder}:${folder}${mode}`];
  return [
    ...["docker", "run", "--rm", "--network", "host", "--workdir", cwd],
    ...readable.flatMap(mount(":ro")),
    ...writable.flatMap(mount("")),
    ...variables.flatMap((name) => ["--env", name]),
    image,
    ...words,
  ];
}
