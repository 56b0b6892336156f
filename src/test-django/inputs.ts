import { type ChecksInputs, readChecksInputs } from "../checks/checks-inputs.js";
import type { EnvVariable } from "../kit/env-lines.js";
import type { InputReader } from "../kit/inputs.js";

export const checkNames = [
  "system",
  "deploy",
  "migrations",
  "migrate",
  "reverse",
  "compatible",
  "tests",
  "static",
] as const;

export type CheckName = (typeof checkNames)[number];

const failLevels = ["DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"] as const;
const installers = ["auto", "uv", "poetry", "pipenv", "pip", "none"] as const;

/** What the user asked for, fully parsed. */
export interface Inputs extends ChecksInputs {
  /** A version such as `3.12`, a path or a command; "" for what the project says. */
  readonly python: string;
  readonly install: (typeof installers)[number];
  /** "" where manage.py says it. */
  readonly settings: string;
  readonly deploySettings: string;
  readonly deployEnv: readonly EnvVariable[];
  readonly deployFailLevel: (typeof failLevels)[number];
  readonly checks: readonly CheckName[];
  /** A number, `auto`, or "" for what the project says. */
  readonly parallel: string;
  readonly strictMigrations: boolean;
}

/** Reads all inputs; throws one `config` error with everything that is wrong with them. Masks each secret first. */
export function readInputs(reader: InputReader, mask: (secret: string) => void): Inputs {
  const inputs: Inputs = {
    ...readChecksInputs(reader, mask),
    python: reader.text("python"),
    install: reader.choice("install", installers, "auto"),
    settings: readModule("settings", reader),
    deploySettings: readModule("deploy-settings", reader),
    deployEnv: reader.env("deploy-env"),
    deployFailLevel: reader.choice("deploy-fail-level", failLevels, "ERROR"),
    checks: readChecks(reader),
    parallel: reader.text("parallel", {
      pattern: /^(?:auto|[1-9]\d{0,2})$/,
      accepted: "a number of processes, or auto",
      example: "auto",
    }),
    strictMigrations: reader.boolean("strict-migrations", false),
  };
  reader.finish();
  return inputs;
}

function readModule(name: string, reader: InputReader): string {
  return reader.text(name, {
    pattern: /^[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*$/,
    accepted: "the name of a Python module",
    example: "config.settings.test",
  });
}

function readChecks(reader: InputReader): readonly CheckName[] {
  const words = reader.lines("checks").flatMap((line) => line.split(","));
  const given = words.map((word) => word.trim()).filter((word) => word !== "");
  const known = checkNames.filter((name) => given.includes(name));
  const unknown = given.find((word) => !checkNames.some((name) => name === word));
  if (unknown !== undefined)
    reader.problem("checks", {
      given: unknown,
      accepted: `some of ${checkNames.join(", ")}`,
      example: "system,migrations,tests",
    });
  return given.length === 0 ? checkNames : known;
}
