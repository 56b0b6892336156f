import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type BuildScenario, commit, startBuildScenario } from "../support/build-scenario.js";
import { ociImage, ociIndex } from "../support/oci-image.js";
import { json, type Receiver, startReceiver } from "../support/receivers/receiver.js";
import { errorsOf, reportOf } from "../support/report-of.js";

// Programs of their names answer in the documented formats. The real snyk: test/system/build-push-snyk.test.ts.

let scenario: BuildScenario;
beforeEach(async () => {
  scenario = await startBuildScenario();
});
afterEach(() => scenario.stop());

const vulnerability = (id: string, severity: string, fixed: string, component = "openssl") => ({
  VulnerabilityID: id,
  PkgName: component,
  InstalledVersion: "3.0.1",
  FixedVersion: fixed,
  Severity: severity,
  Title: "A <b>bad</b> thing | of pipes",
  PrimaryURL: `https://avd.aquasec.com/nvd/${id.toLowerCase()}`,
});

/** A trivy that finds these, and writes its own words to `calls`. */
async function trivy(found: readonly object[], code = 0, says = ""): Promise<void> {
  const results = [{ Target: "app", Vulnerabilities: found }, { Target: "without any" }];
  const report = { SchemaVersion: 2, Results: results };
  await writeFile(join(scenario.folder, "trivy.json"), JSON.stringify(report));
  const sarif = { version: "2.1.0", runs: [{ tool: { driver: { name: "Trivy" } }, results: [] }] };
  await writeFile(join(scenario.folder, "trivy.sarif"), JSON.stringify(sarif));
  await scenario.program(
    "trivy",
    `echo "$*|$PWD|$DOCKER_CONFIG" >> '${scenario.folder}/trivy-calls'
[ "$1" = --version ] && exit 0
echo '${says}' >&2
case "$1" in convert) from=trivy.sarif ;; *) from=trivy.json ;; esac
while [ $# -gt 0 ]; do [ "$1" = --output ] && out=$2; shift; done
[ ${String(code)} = 0 ] && cp "${scenario.folder}/$from" "$out"
exit ${String(code)}`,
  );
}

const calls = async (): Promise<readonly string[]> =>
  (await readFile(join(scenario.folder, "trivy-calls"), "utf8")).trim().split("\n");

describe("trivy", () => {
  it("looks at each platform's digest before any tag is put, with the login of the registry", async () => {
    await trivy([]);
    const children = [ociImage(), ociImage({ platform: "linux/arm64" })];
    const index = ociIndex(children, ["linux/amd64", "linux/arm64"]);
    const result = await scenario.run(index, { inputs: { scan: "trivy" } });
    expect(errorsOf(result)).toBe("");
    const scans = (await calls()).filter((line) => line.startsWith("image"));
    expect(scans).toHaveLength(2);
    for (const [at, platform] of ["linux/amd64", "linux/arm64"].entries())
      expect(scans[at]).toContain(
        `--platform ${platform} ${scenario.image}@${children[at]?.digest ?? ""}|`,
      );
    expect(scans[0]).toMatch(/\/checkout\|.*belay-build-.*\/docker$/);
    expect(reportOf(result).steps.map(({ name }) => name)).toEqual([
      ...["check", "build", "measure", "scan", "tag"],
    ]);
    expect(result.summary).toContain("Vulnerabilities of linux/arm64: 0, fixable 0");
  });

  it("that finds something bad keeps every tag off, and the table has the fixable ones first", async () => {
    await trivy([
      vulnerability("CVE-2026-0001", "CRITICAL", ""),
      vulnerability("CVE-2026-0002", "HIGH", "3.0.2"),
      vulnerability("CVE-2026-0003", "LOW", "3.0.2"),
    ]);
    const result = await scenario.run(ociImage(), { inputs: { scan: "trivy" } });
    expect(reportOf(result).error?.code).toBe("image-refused");
    expect(errorsOf(result)).toMatch(
      /trivy found 2 vulnerabilities from high on in linux\/amd64, 1 of them fixable, such as CVE-2026-0001 \(critical\) in openssl/,
    );
    expect(scenario.registry.digestOf("stable")).toBe("");
    const order = [...result.summary.matchAll(/CVE-2026-000\d(?=\]\()/g)].map(([id]) => id);
    expect(order).toEqual(["CVE-2026-0002", "CVE-2026-0003", "CVE-2026-0001"]);
    expect(result.summary).not.toContain("<b>bad");
  });

  it("lets through what is milder, or not fixable where that is left out", async () => {
    await trivy([vulnerability("CVE-2026-0001", "CRITICAL", "")]);
    const inputs = { scan: "trivy", "scan-ignore-unfixed": "true" };
    const unfixed = await scenario.run(ociImage(), { inputs });
    expect(unfixed.outputs["status"]).toBe("pushed");
    expect((await calls()).join()).toContain("--ignore-unfixed");
    await trivy([vulnerability("CVE-2026-0002", "MEDIUM", "1")]);
    const milder = await scenario.run(ociImage(), { inputs: { scan: "trivy" } });
    expect(milder.outputs["status"]).toBe("pushed");
  });

  it("that cannot fetch its database fails closed, or warns where that is wanted", async () => {
    await trivy(
      [],
      1,
      "FATAL Fatal error init error: DB error: failed to download vulnerability DB",
    );
    const closed = await scenario.run(ociImage(), { inputs: { scan: "trivy" } });
    expect(errorsOf(closed)).toMatch(
      /could not scan linux\/amd64: it could not fetch its vulnerability database/,
    );
    expect(reportOf(closed).error?.code).toBe("service-failed");
    expect(scenario.registry.digestOf("stable")).toBe("");
    const open = await scenario.run(ociImage(), {
      inputs: { scan: "trivy", "scan-on-error": "warn" },
    });
    expect(open.outputs["status"]).toBe("pushed");
    expect(open.log.text).toMatch(/##\[warning\]trivy could not scan/);
  });

  it("scans what is not pushed from its folder", async () => {
    await trivy([]);
    const result = await scenario.run(ociImage(), { inputs: { scan: "trivy", push: "false" } });
    expect(errorsOf(result)).toBe("");
    const scan = (await calls()).find((line) => line.startsWith("image")) ?? "";
    expect(scan).toMatch(/--input \S+\/layout-linux-amd64\|/);
  });

  it("that is not on PATH runs as an image by digest", async () => {
    const path = `${scenario.docker.path}:/usr/bin:/bin`;
    const result = await scenario.run(ociImage(), {
      inputs: { scan: "trivy" },
      facts: { PATH: path },
    });
    expect(reportOf(result).error?.code).toBe("service-failed");
    const run = (await scenario.docker.calls()).find((line) => line.startsWith("run ")) ?? "";
    expect(run).toMatch(/docker\.io\/aquasec\/trivy@sha256:[0-9a-f]{64} image --format json/);
    expect(run).toContain(`:${join(scenario.folder, "checkout")}:ro`);
    expect(run).not.toContain(scenario.registry.password);
  });
});

describe("findings as SARIF", () => {
  let github: Receiver;
  beforeEach(async () => {
    github = await startReceiver(() => json(202, { id: "1" }));
  });
  afterEach(() => github.stop());

  it("go into a file and to code scanning, each platform under a category of its own", async () => {
    await trivy([]);
    const children = [ociImage(), ociImage({ platform: "linux/arm64" })];
    const result = await scenario.run(ociIndex(children, ["linux/amd64", "linux/arm64"]), {
      inputs: {
        ...{ scan: "trivy", "sarif-file": "found.sarif", "upload-sarif": "true" },
        "github-token": "ghs_tokenOfTheJob0123456789",
      },
      facts: { GITHUB_API_URL: github.url },
    });
    expect(errorsOf(result)).toBe("");
    const text = await readFile(join(scenario.folder, "checkout/found.sarif"), "utf8");
    const runs = (JSON.parse(text) as { runs: { automationDetails: { id: string } }[] }).runs;
    expect(runs.map(({ automationDetails }) => automationDetails.id)).toEqual(
      ["linux/amd64", "linux/arm64"].map((one) => `belay/${scenario.image}/${one}/`),
    );
    const [request] = github.received;
    expect(request?.path).toBe("/repos/ada/climbing/code-scanning/sarifs");
    expect(request?.headers.authorization).toBe("Bearer ghs_tokenOfTheJob0123456789");
    const sent = JSON.parse(request?.body ?? "") as { commit_sha: string; sarif: string };
    expect(sent.commit_sha).toBe(commit("a"));
    expect(gunzipSync(Buffer.from(sent.sarif, "base64")).toString()).toBe(text);
  });

  it("that GitHub refuses names the permission", async () => {
    github.trouble([json(403, { message: "Resource not accessible by integration" })], true);
    await trivy([]);
    const result = await scenario.run(ociImage(), {
      inputs: { scan: "trivy", "upload-sarif": "true", "github-token": "ghs_x0123456789" },
      facts: { GITHUB_API_URL: github.url },
    });
    expect(errorsOf(result)).toMatch(
      /403 from code scanning: Resource not accessible.*security-events: write/,
    );
  });
});

describe("snyk", () => {
  const report = {
    vulnerabilities: [
      {
        ...{ id: "SNYK-1", severity: "high", packageName: "zlib", version: "1.2.11" },
        ...{
          title: "Overflow",
          nearestFixedInVersion: "1.2.13",
          identifiers: { CVE: ["CVE-2022-37434"] },
        },
      },
    ],
    applications: [{ vulnerabilities: [] }],
  };

  async function snyk(text: string, code: number): Promise<void> {
    await writeFile(join(scenario.folder, "snyk.json"), text);
    await scenario.program(
      "snyk",
      `echo "$*|$SNYK_REGISTRY_USERNAME" >> '${scenario.folder}/snyk-calls'
for word; do case "$word" in --json-file-output=*) cp '${scenario.folder}/snyk.json' "\${word#*=}" ;; esac; done
exit ${String(code)}`,
    );
  }

  it("refuses what is too bad, by its report and not by its exit code", async () => {
    await snyk(JSON.stringify(report), 1);
    const result = await scenario.run(ociImage(), { inputs: { scan: "snyk" } });
    expect(errorsOf(result)).toMatch(
      /snyk found 1 vulnerabilities from high on .* such as CVE-2022-37434 \(high\) in zlib/,
    );
    const said = await readFile(join(scenario.folder, "snyk-calls"), "utf8");
    expect(said).toMatch(/container test .*--platform=linux\/amd64 .*@sha256:[0-9a-f]{64}\|ada/);
    const mild = await scenario.run(ociImage(), {
      inputs: { scan: "snyk", "scan-severity": "critical" },
    });
    expect(mild.outputs["status"]).toBe("pushed");
  });

  it("without a token fails closed", async () => {
    await snyk(JSON.stringify({ ok: false, error: "Authentication failed" }), 2);
    const result = await scenario.run(ociImage(), { inputs: { scan: "snyk" } });
    expect(errorsOf(result)).toMatch(/snyk could not scan linux\/amd64.*SNYK_TOKEN/);
  });

  it("that is not installed is named", async () => {
    const result = await scenario.run(ociImage(), { inputs: { scan: "snyk" } });
    expect(reportOf(result).error?.code).toBe("tool-missing");
    expect(errorsOf(result)).toMatch(
      /snyk is not on the runner's PATH.*uses: snyk\/actions\/setup@[0-9a-f]{40}`/,
    );
  });
});
