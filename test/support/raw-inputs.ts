import { InputReader } from "../../src/kit/inputs.js";
import { readChecks } from "./read-checks.js";
import { type Inputs, readInputs } from "../../src/ssh-deploy-with-backup/inputs.js";

/** The least that a deploy needs. */
export const leastInputs: Readonly<Record<string, string>> = {
  host: "deploy@app.example.com",
  "private-key": "-----BEGIN KEY-----\nabcdef\n-----END KEY-----",
  path: "/srv/app",
};

/** Parses what a workflow says; `over` replaces or adds to the least. */
export function parseInputs(
  over: Readonly<Record<string, string>> = {},
  masked: string[] = [],
): Inputs {
  const raw: Readonly<Record<string, string>> = { ...leastInputs, ...over };
  const mask = (secret: string): void => void masked.push(secret);
  return readInputs(new InputReader((name) => raw[name] ?? "", mask), mask, readChecks);
}
