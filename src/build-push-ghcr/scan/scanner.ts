import { mkdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import {
  type ContainerOptions,
  inContainer,
  packLayout,
  type ScanTarget,
  snykScan,
  trivyConvert,
  trivyScan,
} from "../../commands/scanner.js";
import { BelayError } from "../../kit/errors.js";
import { parseJson } from "../../kit/json.js";
import { oneLine } from "../../kit/one-line.js";
import type { Log } from "../../ports/log.js";
import type { ProcessResult, Processes } from "../../ports/processes.js";
import type { PlatformImage } from "../image/measure.js";
import type { ScanInputs } from "../scan-inputs.js";
import { inOrder, type PlatformScan } from "./finding.js";
import { readSnyk } from "./read-snyk.js";
import { readTrivy } from "./read-trivy.js";

/** Where a scan takes place. */
export interface ScanPlace {
  readonly processes: Processes;
  readonly log: Log;
  readonly signal: AbortSignal;
  /** The checkout: ignore files lie there. */
  readonly cwd: string;
  /** A private folder of this run. */
  readonly scratch: string;
  /** With the login to the registry. */
  readonly env: Readonly<Record<string, string>>;
  /** Names of the environment's variables that are the scanner's own. */
  readonly variables: readonly string[];
  /** The path of the Dockerfile; undefined where it is not on this machine. */
  readonly dockerfile: string | undefined;
  /** What is scanned: an image in a registry, or a layout in a folder. */
  readonly targetOf: (image: PlatformImage) => Promise<ScanTarget>;
}

/** trivy 0.69.3. Its tags were once moved to a malicious image, so only the digest counts. */
const trivyImage =
  "docker.io/aquasec/trivy@sha256:bcc376de8d77cfe086a917230e818dc9f8528e3c852f7b1aff648949b6258d1c";

/** How the scanner is to be had. */
interface Scanner {
  readonly run: (argv: readonly string[]) => Promise<ProcessResult>;
  /** Where its database goes; empty: where the user's own lies already. */
  readonly cache: string;
}

/** Scans each platform's image in turn; throws `tool-missing` or `service-failed` when that is not possible. */
export async function scanAll(
  images: readonly PlatformImage[],
  inputs: ScanInputs,
  place: ScanPlace,
): Promise<readonly PlatformScan[]> {
  const scanner = await findScanner(inputs.scanner, place);
  const scans: PlatformScan[] = [];
  for (const image of images) scans.push(await scanOne(image, inputs, scanner, place));
  return scans;
}

async function findScanner(name: ScanInputs["scanner"], place: ScanPlace): Promise<Scanner> {
  const { processes, cwd, signal, env, scratch } = place;
  const run: Scanner["run"] = (argv) => processes.run(argv, { cwd, signal, env });
  try {
    await run([name, "--version"]);
    return { run, cache: "" };
  } catch (failure) {
    if (!(failure instanceof BelayError && failure.code === "tool-missing")) throw failure;
    if (name !== "trivy") throw notInstalled(failure);
    place.log.info(`scan: trivy is not on PATH, so it runs as ${trivyImage}`);
    const contained: Scanner["run"] = (argv) => run(inContainer(argv, containerOf(place)));
    return { run: contained, cache: join(scratch, "trivy-cache") };
  }
}

function containerOf({ cwd, scratch, variables, env }: ScanPlace): ContainerOptions {
  return {
    image: trivyImage,
    readable: [cwd],
    writable: [scratch],
    variables: [...variables, ...Object.keys(env)],
    cwd,
  };
}

function notInstalled(cause: unknown): BelayError {
  const remedy =
    "Add `- uses: snyk/actions/setup@9adf32b1121593767fc3c057af55b55db032dc04` before this step, or use `scan: trivy`.";
  const message = "snyk is not on the runner's PATH, and no image of it is pinned";
  return new BelayError("tool-missing", message, remedy, { cause });
}

async function scanOne(
  image: PlatformImage,
  inputs: ScanInputs,
  scanner: Scanner,
  place: ScanPlace,
): Promise<PlatformScan> {
  const { platform } = image;
  const folder = join(place.scratch, "scan", platform.replaceAll("/", "-"));
  await mkdir(folder, { recursive: true });
  const files = { report: join(folder, "report.json"), sarif: join(folder, "report.sarif") };
  const target = await place.targetOf(image);
  const isSnyk = inputs.scanner === "snyk";
  if (isSnyk && target.kind === "layout") await place.processes.run(packLayout(target.folder));
  const argv = isSnyk
    ? snykScan(target, { ...files, ...sarifOf(files, inputs, place) })
    : trivyScan(target, { ...files, ...inputs, cache: scanner.cache });
  const said = await scanner.run(argv);
  place.log.output(said.stderr);
  const report = await readJson(files.report);
  const findings = isSnyk ? readSnyk(report) : readTrivy(report);
  if (findings === undefined) throw cannotScan(inputs.scanner, platform, said);
  const wanted = inputs.ignoreUnfixed ? findings.filter(({ fixed }) => fixed !== "") : findings;
  const sarif = isSarifWanted(inputs) ? await readSarif(files, isSnyk, scanner) : undefined;
  return { platform, findings: inOrder(wanted), sarif };
}

/** Throws `config` where snyk could write none. */
function sarifOf(
  { sarif }: { readonly sarif: string },
  inputs: ScanInputs,
  { dockerfile }: ScanPlace,
): { readonly sarif: string | undefined; readonly dockerfile: string | undefined } {
  if (!isSarifWanted(inputs)) return { sarif: undefined, dockerfile };
  if (dockerfile !== undefined) return { sarif, dockerfile };
  throw new BelayError(
    "config",
    "snyk writes SARIF of an image only beside its Dockerfile, and that is not in the checkout",
    "Check the repository out before this step, or leave `sarif-file` and `upload-sarif` out.",
  );
}

/** snyk writes it beside its report; trivy makes it of that. */
async function readSarif(
  { report, sarif }: { readonly report: string; readonly sarif: string },
  isSnyk: boolean,
  { run }: Scanner,
): Promise<unknown> {
  const said = isSnyk ? undefined : await run(trivyConvert(report, sarif));
  const found = await readJson(sarif);
  if (found !== undefined) return found;
  const why = oneLine(said?.stderr ?? "", 300);
  const message = `the scanner left no SARIF${why && `: ${why}`}`;
  throw new BelayError("service-failed", message, "Update the scanner, or leave `sarif-file` out.");
}

async function readJson(file: string): Promise<unknown> {
  return parseJson(await readFile(file, "utf8").catch(() => ""));
}

export function isSarifWanted({ sarifFile, uploadSarif }: ScanInputs): boolean {
  return sarifFile !== "" || uploadSarif;
}

function cannotScan(scanner: string, platform: string, said: ProcessResult): BelayError {
  const words = `${said.stderr}\n${said.stdout}`;
  const isDatabase = /(?:download|update|init|load)[^\n]*\bDB\b|vulnerability database/i.test(
    words,
  );
  const lines = words.split("\n").filter((line) => line.trim() !== "");
  const fatal = lines.findLast((line) => /FATAL|ERROR|error/.test(line)) ?? lines.at(-1) ?? "";
  const why = isDatabase ? "it could not fetch its vulnerability database" : "it failed";
  const message = `${scanner} could not scan ${platform}: ${why}: ${oneLine(fatal, 300)}`;
  const remedy = isDatabase
    ? "Run the job again, cache the database, or name a mirror (TRIVY_DB_REPOSITORY); `scan-on-error: warn` lets the image through unscanned."
    : "Mend what it says (snyk needs SNYK_TOKEN); `scan-on-error: warn` lets the image through unscanned.";
  return new BelayError("service-failed", message, remedy);
}
