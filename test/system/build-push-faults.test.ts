import { chmod, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import {
  busyboxLines,
  type BuildSite,
  registryPassword,
  startBuildSite,
} from "../support/build-site.js";
import { errorsOf, reportOf } from "../support/report-of.js";
import type { RunningAction } from "../support/run-action.js";
import { removeFolder, scratchFolder } from "../support/scratch.js";
import { mountSmallDisk, type SmallDisk } from "../support/small-disk.js";
import { until } from "../support/until.js";

describe("a full disk", () => {
  let disk: SmallDisk;
  let site: BuildSite;
  beforeAll(async () => {
    disk = await mountSmallDisk({ megabytes: 96 });
    site = await startBuildSite({ builderRoot: join(disk.path, "buildkit") });
  });
  afterAll(async () => {
    await site.stop();
    await disk.unmount();
  });

  beforeEach(() => disk.fill(32_000_000));
  afterEach(() => disk.empty());

  it("of the builder is named with the line that filled it", async () => {
    await site.checkout.write({
      "Dockerfile.large": `${busyboxLines}\nRUN dd if=/dev/zero of=/large bs=1M count=100\n`,
    });
    const result = await site.build({ inputs: { file: "Dockerfile.large", push: "false" } });
    expect(errorsOf(result)).toMatch(
      /^Dockerfile\.large:4: .*RUN dd .*: no space is left: dd: .*docker builder prune/,
    );
    expect(reportOf(result).error?.code).toBe("disk-full");
  });

  it("of the builder is named where the context alone fills it, and with room the next build works", async () => {
    await site.checkout.write({
      "Dockerfile.context": "FROM scratch\nCOPY large /large\n",
      large: "x".repeat(80_000_000),
    });
    const result = await site.build({ inputs: { file: "Dockerfile.context", push: "false" } });
    await site.checkout.write({ large: "" });
    expect(errorsOf(result)).toMatch(/no space is left: /);
    expect(reportOf(result).error?.code).toBe("disk-full");
    await disk.empty();
    const next = await site.build();
    expect(errorsOf(next)).toBe("");
  });

  it("of the runner is named where an image that is not pushed does not fit", async () => {
    await disk.empty();
    const small = await mountSmallDisk({ megabytes: 4 });
    try {
      await site.checkout.write({
        "Dockerfile.random": `${busyboxLines}\nRUN head -c 8000000 /dev/urandom > /random\n`,
      });
      const inputs = { file: "Dockerfile.random", push: "false" };
      const result = await site.build({ inputs, temp: small.path });
      expect(errorsOf(result)).toMatch(/no space is left: .*\/layout\//);
      expect(reportOf(result).error?.code).toBe("disk-full");
    } finally {
      await small.unmount();
    }
  });
});

async function hasPrinted(running: RunningAction, text: string): Promise<void> {
  await until(`the action to print ${text}`, () => running.printed().includes(text));
}

describe("between build and tag", () => {
  let site: BuildSite;
  beforeAll(async () => {
    site = await startBuildSite();
  });
  afterAll(() => site.stop());

  it("a login that ends during the build is translated, and no tag is put", async () => {
    await site.checkout.write({
      "Dockerfile.waits": `${busyboxLines}\nRUN head -c 8 /dev/urandom > /mark && sleep 2\n`,
    });
    const inputs = { file: "Dockerfile.waits", tags: "type=raw,value=ended" };
    const running = await site.start({ inputs });
    await hasPrinted(running, "sleep 2");
    await site.registry.changePassword("another one");
    const result = await running.done;
    await running.post();
    await site.registry.changePassword(registryPassword);
    expect(errorsOf(result)).toMatch(
      /401 from 127\.0\.0\.1:\d+ when asked to take the image .*the token has run out/,
    );
    expect(reportOf(result).error?.code).toBe("registry-denied");
    expect(await site.digestOf("ended")).toBe("");
  });

  it("an image of one platform that is deleted is named, and no tag is put", async () => {
    const folder = await scratchFolder("deletes");
    try {
      // A scanner runs just then: this one deletes what it shall look at.
      const login = `user = "${site.registry.username}:${registryPassword}"\n`;
      await writeFile(join(folder, "login"), login, { mode: 0o600 });
      await writeFile(join(folder, "trivy"), deletingScanner(join(folder, "login")));
      await chmod(join(folder, "trivy"), 0o755);
      await site.checkout.write({ "Dockerfile.two": "FROM scratch\nCOPY busybox /busybox\n" });
      const sha = await site.checkout.commit();
      const platforms = "linux/amd64,linux/arm64";
      const tags = "type=raw,value=deleted";
      const result = await site.build({
        inputs: { platforms, tags, file: "Dockerfile.two", scan: "trivy" },
        facts: { PATH: `${folder}:${process.env["PATH"] ?? ""}`, GITHUB_SHA: sha },
      });
      expect(errorsOf(result)).toMatch(
        /400 from .* MANIFEST_BLOB_UNKNOWN.*no tag is on.*A part of the image was deleted/,
      );
      expect(reportOf(result).error?.code).toBe("image-refused");
      expect(await site.digestOf("deleted")).toBe("");
      expect(await site.digestOf(`sha-${sha}`)).toBe("");
    } finally {
      await removeFolder(folder);
    }
  });
});

/** Finds nothing bad in an image, and deletes it from the registry. */
function deletingScanner(login: string): string {
  return `#!/bin/sh
[ "$1" = --version ] && exit 0
while [ $# -gt 1 ]; do
  [ "$1" = --output ] && report=$2
  shift
done
path=\${1#*/}
curl -fsS -X DELETE -K '${login}' \\
  "http://\${1%%/*}/v2/\${path%@*}/manifests/\${path#*@}" || exit 1
echo '{"SchemaVersion": 2, "Results": []}' > "$report"
`;
}
