import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type BuildSite, startBuildSite } from "../support/build-site.js";
import { snykFacts, startSnykService } from "../support/peers/snyk.js";
import type { Receiver } from "../support/receivers/receiver.js";
import { errorsOf, reportOf } from "../support/report-of.js";
import type { ActionResult } from "../support/run-action.js";

const token = "planted-token-of-snyk";

let site: BuildSite;
let service: Receiver;
beforeAll(async () => {
  site = await startBuildSite();
  await site.checkout.write({
    "os-release": 'ID=debian\nVERSION_ID="12"\nPRETTY_NAME="Debian 12"\n',
    status:
      "Package: openssl\nStatus: install ok installed\nArchitecture: amd64\nVersion: 3.0.1-1\n\n",
    Dockerfile: "FROM scratch\nCOPY os-release /etc/os-release\nCOPY status /var/lib/dpkg/status\n",
  });
  await site.checkout.commit();
});
afterAll(() => site.stop());
beforeEach(async () => {
  service = await startSnykService(token, ["openssl"]);
});
afterEach(() => service.stop());

/** An image that is only built, and scanned by snyk itself. */
async function scan(
  inputs: Readonly<Record<string, string>> = {},
  login = token,
): Promise<ActionResult> {
  const facts = await snykFacts(service.url, login);
  const path = [facts["PATH"], site.dockerd.env["PATH"]].join(":");
  return site.build({
    inputs: { push: "false", scan: "snyk", ...inputs },
    facts: { ...facts, PATH: path },
  });
}

describe("an image that snyk itself looks through", () => {
  it("is refused for what the service knows of its packages", async () => {
    const result = await scan();
    expect(reportOf(result).error?.code).toBe("image-refused");
    expect(errorsOf(result)).toMatch(
      /snyk found 1 vulnerabilities from high on in linux\/amd64, 1 of them fixable, such as CVE-2026-0001 \(critical\) in openssl/,
    );
    expect(service.received.map(({ path }) => path.split("?")[0])).toContain(
      "/api/v1/test-dependencies",
    );
    expect(result.log.text).not.toContain(token);
  });

  it("has its findings as SARIF", async () => {
    const result = await scan({ "sarif-file": "found.sarif" });
    expect(reportOf(result).error?.code).toBe("image-refused");
    const sarif = JSON.parse(await readFile(join(site.checkout.folder, "found.sarif"), "utf8")) as {
      readonly runs: readonly { readonly results: readonly { readonly ruleId: string }[] }[];
    };
    expect(sarif.runs[0]?.results.map(({ ruleId }) => ruleId)).toEqual(["SNYK-OPENSSL"]);
  });

  it("is not let through where the service refuses the token, or cannot be reached", async () => {
    const denied = await scan({}, "another-token");
    expect(reportOf(denied).error?.code).toBe("service-failed");
    expect(errorsOf(denied)).toMatch(
      /snyk could not scan linux\/amd64.*Authentication failed.*SNYK_TOKEN/,
    );
    service.trouble(["reset"], true);
    const unreachable = await scan();
    expect(errorsOf(unreachable)).toMatch(/snyk could not scan linux\/amd64/);
    expect(unreachable.exitCode).toBe(1);
    service.trouble(["reset"], true);
    const warned = await scan({ "scan-on-error": "warn" });
    expect(warned.exitCode).toBe(0);
    expect(warned.log.text).toContain("snyk could not scan linux/amd64");
  });
});
