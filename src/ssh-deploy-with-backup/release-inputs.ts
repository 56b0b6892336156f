import type { EnvVariable } from "../kit/env-lines.js";
import type { InputReader } from "../kit/inputs.js";
import { type ComposeInputs, readCompose } from "./compose-inputs.js";

/** What makes a release, and the shell lines around it. Lines are empty where there are none. */
export interface ReleaseInputs {
  readonly source: "upload" | "none";
  readonly files: readonly string[];
  readonly sharedPaths: readonly string[];
  readonly keepReleases: number;
  readonly strategy: "compose" | "symlink";
  readonly compose: ComposeInputs;
  readonly env: readonly EnvVariable[];
  /** How the lines run; empty: bash where there is one, else sh. */
  readonly shell: string;
  readonly build: string;
  readonly restart: string;
  readonly before: string;
  readonly migrate: string;
  readonly migratePlan: string;
  readonly after: string;
  readonly onRecovery: string;
  readonly migrations: "compatible" | "forward-only";
  readonly migrationsTables: readonly string[];
}

export const defaultKeepReleases = 5;

/** Reads the inputs of a release; what is wrong is noted in `reader`. */
export function readRelease(reader: InputReader, operation: string): ReleaseInputs {
  const given = reader.choice("strategy", ["compose", "symlink"], "symlink");
  // A compose stack is all that can be adopted, and the runner fills in the default.
  const strategy = operation === "adopt" ? "compose" : given;
  return {
    source: reader.choice("source", ["upload", "none"], "upload"),
    files: reader.lines("files"),
    sharedPaths: readSharedPaths(reader),
    keepReleases: reader.integer("keep-releases", {
      default: defaultKeepReleases,
      min: 1,
      max: 1000,
    }),
    strategy,
    compose: readCompose(reader, strategy),
    env: reader.env("env"),
    shell: readShell(reader),
    build: reader.block("build"),
    restart: reader.block("restart"),
    before: reader.block("before"),
    migrate: reader.block("migrate"),
    migratePlan: reader.block("migrate-plan"),
    after: reader.block("after"),
    onRecovery: reader.block("on-recovery"),
    migrations: reader.choice("migrations", ["compatible", "forward-only"], "compatible"),
    migrationsTables: readTables(reader),
  };
}

/** Relative, inside the release, and not the release itself. */
function readSharedPaths(reader: InputReader): readonly string[] {
  const lines = reader
    .lines("shared-paths")
    .map((line) => line.replace(/^(\.\/)+/, "").replace(/\/{2,}/g, "/"));
  for (const given of lines) {
    if (
      /^\/|^~|\p{Cc}/u.test(given) ||
      given.split("/").some((part) => part === ".." || part === ".") ||
      given === ""
    ) {
      reader.problem("shared-paths", {
        given,
        accepted: "paths inside the release, one a line, folders with a / at the end",
        example: "storage/uploads/",
      });
    }
  }
  return lines;
}

function readShell(reader: InputReader): string {
  return reader.text("shell", {
    example: "bash -euo pipefail",
    accepted: "a program and its options, as plain words",
    pattern: /^[A-Za-z0-9_./][A-Za-z0-9_./+-]*( +[A-Za-z0-9_./+=-]+)*$/,
  });
}

function readTables(reader: InputReader): readonly string[] {
  const lines = reader.lines("migrations-table");
  for (const given of lines) {
    if (!/^[A-Za-z_][A-Za-z0-9_]*(\.[A-Za-z_][A-Za-z0-9_]*)?$/.test(given)) {
      reader.problem("migrations-table", {
        given,
        accepted: "names of tables, one a line",
        example: "public.migrations",
      });
    }
  }
  return lines;
}
