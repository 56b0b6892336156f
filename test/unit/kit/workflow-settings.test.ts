import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";

import { localCalls, missingSettings } from "../../../src/kit/workflow-settings.js";

const templates = join(import.meta.dirname, "../../../workflows-templates");

async function template(name: string): Promise<unknown> {
  return parse(await readFile(join(templates, name), "utf8"));
}

const job = {
  environment: "production",
  steps: [
    { uses: "actions/checkout@v4", with: { token: "${{ secrets.NOT_OURS }}" } },
    {
      uses: "belay-actions/belay@v1",
      with: {
        host: "${{ vars.DEPLOY_HOST }}",
        "private-key": "${{ secrets.DEPLOY_KEY }}",
        "health-url": "${{ vars.APP_URL }}/health",
        "health-expect": "${{ github.sha }}",
        strategy: "compose",
      },
    },
  ],
};

function missing(values: Readonly<Record<string, string>>, of: unknown = job): readonly string[] {
  const found = missingSettings({ jobs: { deploy: of } }, "deploy", (name) => values[name] ?? "");
  return found.missing.map(({ kind, name, input }) => `${kind} ${name} for ${input}`);
}

describe("the settings of a workflow", () => {
  it("that are empty are told by their names, also those inside of a longer value", () => {
    expect(missing({ "health-url": "/health" })).toEqual([
      "variable DEPLOY_HOST for host",
      "secret DEPLOY_KEY for private-key",
      "variable APP_URL for health-url",
    ]);
  });

  it("that are there are not", () => {
    const values = { host: "h", "private-key": "k", "health-url": "https://h/health" };
    expect(missing(values)).toEqual([]);
  });

  it("tell the environment, unless an expression names it", () => {
    const environmentOf = (environment: unknown): unknown => {
      const found = missingSettings({ jobs: { a: { environment } } }, "a", () => "");
      return [found.environment, found.namesEnvironment];
    };
    expect(environmentOf("staging")).toEqual(["staging", true]);
    expect(environmentOf({ name: "staging", url: "https://x" })).toEqual(["staging", true]);
    expect(environmentOf({ name: "${{ inputs.environment }}" })).toEqual(["", true]);
    expect(environmentOf(undefined)).toEqual(["", false]);
  });

  it("of what is no workflow are none", () => {
    for (const nothing of [undefined, null, 1, "text", [], { jobs: [] }, { jobs: { deploy: 1 } }])
      expect(missingSettings(nothing, "deploy", () => "").missing).toEqual([]);
    expect(localCalls(undefined)).toEqual([]);
  });
});

describe("a template with nothing filled in", () => {
  it("names all that must be set", async () => {
    const empty = { "health-url": "/health/" };
    const found = missingSettings(
      await template("django-compose-ssh.yml"),
      "deploy",
      (name) => (empty as Readonly<Record<string, string>>)[name] ?? "",
    );
    const names = found.missing.map(({ name }) => name);
    for (const name of ["DEPLOY_HOST", "KNOWN_HOSTS", "DEPLOY_KEY", "DEPLOY_PATH", "APP_URL"])
      expect(names).toContain(name);
  });

  it("is looked for in the file that it calls as well", async () => {
    expect(localCalls(await template("nextjs-compose-ssh.yml"))).toEqual([
      ".github/workflows/deploy-one.yml",
    ]);
  });
});
