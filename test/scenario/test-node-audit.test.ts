import { afterEach, describe, expect, it } from "vitest";
import { nodeProject, type NodeProject } from "../support/node-project.js";
import { npmLockfile } from "../support/npm-lockfile.js";
import {
  type KnownWeakness,
  type NpmRegistry,
  type NpmRegistryOptions,
  startNpmRegistry,
} from "../support/npm-registry.js";
import type { ActionResult } from "../support/run-action.js";

const [rope, knot, chalk] = ["GHSA-rope-rope-rope", "GHSA-knot-knot-knot", "GHSA-chal-chal-chal"];
const weaknesses: readonly KnownWeakness[] = [
  { name: "rope", ghsa: rope, severity: "critical", vulnerable: "*" },
  { name: "knot", ghsa: knot, severity: "high", vulnerable: "<1.0.1" },
  { name: "chalk-bag", ghsa: chalk, severity: "low", vulnerable: "*" },
];

let project: NodeProject | undefined;
let registry: NpmRegistry | undefined;
afterEach(async () => {
  await registry?.stop();
  await project?.remove();
  [registry, project] = [undefined, undefined];
});

/** The real npm, against a registry that knows these packages and what is wrong with them. */
async function audited(
  inputs: Readonly<Record<string, string>>,
  options: NpmRegistryOptions = {},
): Promise<ActionResult> {
  const packages = { rope: ["1.0.0"], knot: ["1.0.0", "1.0.1"], "chalk-bag": ["1.0.0"] };
  registry = await startNpmRegistry({ packages, weaknesses, ...options });
  const dependencies = { rope: "1.0.0", knot: "^1.0.0", "chalk-bag": "1.0.0" };
  const locked = Object.fromEntries(
    Object.keys(dependencies).map((name) => [name, { version: "1.0.0" }]),
  );
  project = await nodeProject({
    scripts: { build: "node -e 0" },
    manifest: { dependencies },
    files: { "package-lock.json": npmLockfile({ dependencies, packages: locked }) },
  });
  return project.run(inputs, { facts: { npm_config_registry: registry.url } });
}

function said({ log }: ActionResult): readonly string[] {
  return log.annotations.map(({ level, title = "-", message }) => `${level} ${title} ${message}`);
}

describe("known weaknesses of the dependencies", () => {
  it("of the level and worse fail, those with a fix first; an acceptance ends with its day", async () => {
    const ignored = `${rope} until 2020-01-01`;
    const result = await audited({ "audit-level": "high", "audit-ignore": ignored });
    expect(result.outputs, result.log.text).toMatchObject({ "failed-checks": "audit" });
    expect(said(result)).toEqual([
      `error audit knot: A weakness of knot (high, ${knot}). Fixed in a version that package.json allows: \`npm audit fix\`. https://github.com/advisories/${knot}`,
      `error audit rope: A weakness of rope (critical, ${rope}) (it was accepted until 2020-01-01). There is no fix yet. https://github.com/advisories/${rope}`,
    ]);
    expect(result.outputs["report"]).toContain('"name":"build","status":"ok"');
  });

  it("stand where each is accepted; an acceptance that nothing needs is told", async () => {
    const ignored = [rope, knot, "GHSA-gone-gone-gone"].map((id) => `${id} until 2999-12-31`);
    const inputs = { "audit-level": "high", "audit-ignore": ignored.join("\n") };
    const result = await audited(inputs);
    expect(result.outputs, result.log.text).toMatchObject({ status: "passed" });
    expect(said(result)).toEqual([
      "warning audit `audit-ignore` names GHSA-gone-gone-gone, which no dependency has any more",
    ]);
  });

  it("are never taken for none where the registry does not answer", async () => {
    const result = await audited({ "audit-level": "critical" }, { auditFails: true });
    expect(result.outputs).toMatchObject({ "failed-checks": "audit" });
    expect(said(result).join("\n")).toContain("the registry gave no answer about weaknesses");
  });
});
