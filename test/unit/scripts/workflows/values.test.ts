import { existsSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";

import type { ReadInputs } from "../../../../scripts/inputs/findings.js";
import { definition } from "../../../../scripts/bundler/actions.js";
import { allDocuments } from "../../../../scripts/workflows/documents.js";
import { ownPath } from "../../../../scripts/workflows/inputs-exist.js";
import { type Use, usesIn } from "../../../../scripts/workflows/workflow.js";
import { checksReader } from "../../../../src/gate/checks-reader.js";
import type { BelayError } from "../../../../src/kit/errors.js";
import { InputReader } from "../../../../src/kit/inputs.js";
import { sshKey } from "../../../support/ssh-key.js";

const root = join(import.meta.dirname, "../../../..");
const key = sshKey("ed25519");
const commit = "a".repeat(40);
const imageRef = `ghcr.io/ada/app@sha256:${"b".repeat(64)}`;

/** What somebody would have set, by the end of the expression; each alternative of a choice is one of `or`. */
const settings: Readonly<Record<string, string>> = {
  "vars.DEPLOY_HOST": "deploy@app.example.com",
  "vars.KNOWN_HOSTS": `app.example.com ${key.publicKey}`,
  "vars.DEPLOY_PATH": "/srv/app",
  "vars.APP_URL": "https://app.example.com",
  "vars.SLACK_CHANNEL": "#deploys",
  "vars.SENTRY_ORG": "acme",
  "secrets.DEPLOY_KEY": key.privateKey,
  "secrets.DATABASE_URL": "postgresql://app:secret@127.0.0.1/app",
  "secrets.APP_ENV": "NAME=value",
  "secrets.SLACK_TOKEN": "xoxb-1-2",
  "secrets.SLACK_WEBHOOK": "https://hooks.slack.com/services/T0/B0/x",
  "secrets.SENTRY_AUTH_TOKEN": "sntrys_x",
  "github.sha": commit,
  "github.token": "ghs_x",
  "github.actor": "ada",
  "inputs.environment": "production",
  "inputs.operation": "rollback",
  "inputs.across-migrations": "false",
  "inputs.image-ref": imageRef,
  "github.repository": "ada/app",
  "env.SERVICE": "web",
  "env.DATABASE": "app",
  "toJSON(needs)": "{}",
};

function filled(value: unknown): string {
  return String(value).replaceAll(/\$\{\{ *([^]*?) *\}\}/g, (_, expression: string) => {
    if (expression in settings) return settings[expression] ?? "";
    if (/^needs\.[\w-]+\.outputs\.image-ref$/.test(expression)) return imageRef;
    // Of `a && 'x' || 'y'` the last word; of the report of a step nothing.
    return /\|\| '([^']*)'$/.exec(expression)?.[1] ?? "";
  });
}

async function problems({ uses, inputs }: Use): Promise<readonly string[]> {
  const path = ownPath(uses);
  if (path === undefined || path.startsWith(".github/")) return [];
  const name = path === "" ? "deploy" : path.replace("actions/", "");
  if (!existsSync(definition(root, name))) return [];
  const { readInputs } = (await import(
    /* @vite-ignore */ join(root, "src", name, "inputs.ts")
  )) as {
    readonly readInputs: ReadInputs;
  };
  const raw = (input: string): string => filled(inputs[input] ?? "").trim();
  const list = raw(name === "health-gate" ? "checks" : "health-checks");
  try {
    readInputs(new InputReader(raw, () => undefined), () => undefined, await checksReader(list));
    return [];
  } catch (failure) {
    const error = failure as BelayError;
    return [error, ...error.also].map(({ message }) => `${name}: ${message}`);
  }
}

describe("with everything set that it names", async () => {
  const templates = (await allDocuments(root)).filter(({ kind }) => kind === "template");
  it.each(templates.map(({ place, value }) => ({ place, uses: usesIn(value) })))(
    "$place gives each action what it takes",
    async ({ uses }) => {
      expect((await Promise.all(uses.map(problems))).flat()).toEqual([]);
    },
  );
});
