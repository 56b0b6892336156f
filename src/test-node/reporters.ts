import { join } from "node:path";
import { makeEventFile } from "../checks/event-file.js";

/** The files that our reporters write for one check. */
export interface ReportFiles {
  readonly events: string;
  readonly lint: string;
  readonly tools: string;
  readonly lcov: string;
}

/** Makes the empty files of one check in `folder`; only this user may read them. */
export async function makeReportFiles(folder: string, check: string): Promise<ReportFiles> {
  const name = check.replaceAll(/[^\w-]+/g, "-");
  const path = (kind: string): string => join(folder, `${name}.${kind}`);
  const files = {
    events: path("events"),
    lint: path("lint"),
    tools: path("tools"),
    lcov: path("lcov"),
  };
  await Promise.all(Object.values(files).map((file) => makeEventFile(file)));
  return files;
}

/** What puts our reporters beside the project's own, by nothing but the environment. */
export function reporterEnvironment(
  files: ReportFiles,
  place: {
    /** The folder of the reporters. */
    readonly reporters: string;
    /** The root of the repository. */
    readonly root: string;
    /** What NODE_OPTIONS is without us. */
    readonly nodeOptions: string;
    /** Switch coverage on where the project has what it takes. */
    readonly coverage: boolean;
  },
): Readonly<Record<string, string>> {
  const hook = `--require ${quoted(join(place.reporters, "hook.cjs"))}`;
  return {
    NODE_OPTIONS: place.nodeOptions === "" ? hook : `${place.nodeOptions} ${hook}`,
    PW_TEST_REPORTER: join(place.reporters, "playwright.cjs"),
    BELAY_EVENTS: files.events,
    BELAY_LINT: files.lint,
    BELAY_TOOLS: files.tools,
    BELAY_LCOV: files.lcov,
    BELAY_ROOT: place.root,
    ...(place.coverage && { BELAY_COVERAGE: "1" }),
  };
}

/** Node splits NODE_OPTIONS at spaces, but for what stands between double quotes. */
function quoted(path: string): string {
  return `"${path.replaceAll(/["\\]/g, "\\$&")}"`;
}
