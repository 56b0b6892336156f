import { parseDatabaseUrl } from "../commands/postgres.js";
import type { EnvVariable } from "../kit/env-lines.js";
import type { InputReader } from "../kit/inputs.js";
import { expandVariables } from "./expand-variables.js";

/** A command of the user's own that counts into the verdict. */
export interface ExtraCheck {
  readonly name: string;
  readonly command: string;
}

/** The inputs that both test actions have. */
export interface ChecksInputs {
  /** From the root of the repository; at least one. */
  readonly directories: readonly string[];
  readonly timeoutMs: number;
  /** "" when it is not given. */
  readonly databaseUrl: string;
  /** What the project's programs see besides the job's environment. */
  readonly env: readonly EnvVariable[];
  /** Shell lines that fill the database in its base state. */
  readonly seed: readonly string[];
  /** Percent; undefined when any will do. */
  readonly minCoverage: number | undefined;
  readonly allowNoTests: boolean;
  /** Globs of report files. */
  readonly results: readonly string[];
  readonly extra: readonly ExtraCheck[];
  readonly summary: boolean;
}

/** Reads them; what is wrong with them is noted in `reader`. Masks each secret first. */
export function readChecksInputs(
  reader: InputReader,
  mask: (secret: string) => void,
): ChecksInputs {
  const databaseUrl = readDatabaseUrl(reader, mask);
  return {
    directories: readDirectories(reader),
    timeoutMs: reader.duration("timeout", { default: "30m", min: "1s", max: "6h" }),
    databaseUrl,
    env: readEnv(reader, databaseUrl),
    seed: reader.lines("seed"),
    minCoverage: reader.number("min-coverage", { min: 0, max: 100 }),
    allowNoTests: reader.boolean("allow-no-tests", false),
    results: reader.lines("results"),
    extra: reader.lines("extra").flatMap((line) => readExtra(line, reader) ?? []),
    summary: reader.boolean("summary", true),
  };
}

function readDirectories(reader: InputReader): readonly string[] {
  const lines = reader.lines("working-directory");
  for (const line of lines)
    if (line.startsWith("/") || line.split("/").includes("..")) {
      const accepted = "folders below the repository's root";
      reader.problem("working-directory", { given: line, accepted, example: "backend" });
    }
  const tidy = lines.map((line) => line.replace(/^(?:\.\/)+|\/+$/g, "") || ".");
  return tidy.length === 0 ? ["."] : [...new Set(tidy)];
}

function readDatabaseUrl(reader: InputReader, mask: (secret: string) => void): string {
  const url = reader.secret("database-url");
  if (url === "" || !/^postgres/i.test(url)) return url;
  const address = parseDatabaseUrl(url);
  if ("problem" in address)
    reader.problemInside(
      "database-url",
      `the URL ${address.problem}`,
      "Write for example `postgresql://postgres:postgres@localhost:5432/postgres`.",
    );
  else if (address.password !== "") mask(address.password);
  return url;
}

function readEnv(reader: InputReader, databaseUrl: string): readonly EnvVariable[] {
  const { values, unknown } = expandVariables(reader.env("env"), databaseUrl);
  for (const { name, part } of unknown)
    reader.problemInside(
      "env",
      `the value of \`${name}\` uses \`\${${part}}\`, which ${databaseUrl === "" ? "needs `database-url`" : "is no part of `database-url`"}`,
      "The parts are DATABASE_URL, DATABASE_HOST, DATABASE_PORT, DATABASE_USER, DATABASE_PASSWORD and DATABASE_NAME.",
    );
  return values;
}

function readExtra(line: string, reader: InputReader): ExtraCheck | undefined {
  const [, name, command] = /^([A-Za-z0-9][\w .-]*?)\s*=\s*(\S.*)$/.exec(line) ?? [];
  if (name !== undefined && command !== undefined) return { name, command };
  const accepted = "`name=command` lines";
  reader.problem("extra", { given: line, accepted, example: "licences=make licences" });
  return undefined;
}
