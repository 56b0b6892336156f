import { open, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { stopApp } from "../support/app-process.js";
import { makeCertificate, makeIssuer } from "../support/certificate.js";
import { startSshdHost } from "../support/deploy-host.js";
import { wordsOf } from "../support/notify.js";
import type { WorkflowResult } from "../support/peers/act.js";
import { type Nginx, startNginx } from "../support/peers/nginx.js";
import { startGitHub } from "../support/receivers/github.js";
import { type Slack, startSlack } from "../support/receivers/slack.js";
import { removeFolder, scratchFolder } from "../support/scratch.js";
import type { Site } from "../support/site.js";
import { secretsOf, settingsOf } from "../support/site-settings.js";
import { makeTemplateRepository, type TemplateRepository } from "../support/template-repository.js";
import { worldOfFile } from "../support/world-of-file.js";

const world = worldOfFile({ startHost: startSshdHost });
const issuer = makeIssuer();

let site: Site;
let front: Nginx;
let trust: string;
let slack: Slack;
let repository: TemplateRepository;
beforeAll(async () => {
  site = await world().site();
  await world().postgres.admin(`alter role ${site.database.user} createdb`);
  for (const version of ["1.0", "2.0"]) {
    const { exitCode, log } = await site.deploy({ version });
    expect(exitCode, log.text).toBe(0);
  }
  trust = await scratchFolder("trust");
  await writeFile(join(trust, "ca.pem"), issuer.cert);
  const certificate = makeCertificate({ issuer, addresses: ["127.0.0.1"], ...inNinetyDays() });
  front = await startNginx({ config: frontOf(site), certificate });
});
afterAll(async () => {
  await front.stop();
  await removeFolder(trust);
});
beforeEach(async () => {
  slack = await startSlack();
  repository = await makeTemplateRepository(["backup-daily", "monitor", "restore-drill"], {
    "https://slack.com/api": slack.api,
    // How busy this machine is, or how full its disk, is not the test's to say.
    "\n              critical: 85%": "",
    "\n              critical: 90%": "",
  });
});
afterEach(async () => {
  await slack.stop();
  await repository.remove();
});

function inNinetyDays(): { readonly validTo: Date } {
  return { validTo: new Date(Date.now() + 90 * 24 * 3_600_000) };
}

/** The app as the world sees it, by TLS. */
function frontOf({ url }: Site) {
  return (folder: string, ports: { readonly tls: number }): string => `server {
    listen 127.0.0.1:${String(ports.tls)} ssl;
    ssl_certificate ${folder}/tls/cert.pem;
    ssl_certificate_key ${folder}/tls/key.pem;
    location / { proxy_pass ${url}; }
  }`;
}

/** Runs a template by its schedule, after a run of the same that ended so. */
async function scheduled(template: string, before = "success"): Promise<WorkflowResult> {
  const run = { id: 41, branch: "main", status: "completed", conclusion: before } as const;
  const github = await startGitHub({ runs: [{ ...run, file: `${template}.yml` }] });
  try {
    const url = `https://127.0.0.1:${String(front.tlsPort)}`;
    return await repository.run(template, settingsOf(site, slack, { APP_URL: url }), {
      event: "schedule",
      payload: { ref: "refs/heads/main" },
      env: { GITHUB_API_URL: github.url, NODE_EXTRA_CA_CERTS: join(trust, "ca.pem") },
    });
  } finally {
    await github.stop();
  }
}

/** What Slack was told, in which nothing secret may stand, and no more in the log. */
function told(result: WorkflowResult): string {
  const words = wordsOf(slack.messages.map(({ blocks }) => blocks));
  for (const secret of secretsOf(site, settingsOf(site, slack))) {
    expect(secret.length).toBeGreaterThan(10);
    expect(result.text + words + JSON.stringify(slack.messages)).not.toContain(secret);
  }
  return words;
}

const backups = (): string => join(site.path, "backups");

describe("the template backup-daily, run as GitHub runs it", () => {
  it("leaves one backup more, and does not disturb people with it", async () => {
    const before = await readdir(backups());
    const result = await scheduled("backup-daily");
    expect(result.jobs, result.text).toEqual({ backup: "success" });
    const made = (await readdir(backups())).filter((name) => !before.includes(name));
    expect(made).toEqual([expect.stringMatching(/-daily$/)]);
    expect(told(result)).toBe("");
  });

  it("tells Slack when the database is gone", async () => {
    await world().postgres.shutDown();
    try {
      const result = await scheduled("backup-daily");
      expect(result.jobs, result.text).toEqual({ backup: "failure" });
      expect(told(result)).toMatch(/Daily backup failed[^]*database site_\d+ does not answer/);
    } finally {
      await world().postgres.startAgain();
    }
  });
});

describe("the template restore-drill, run as GitHub runs it", () => {
  it("restores the newest backup beside the app, and tells Slack so", async () => {
    const result = await scheduled("restore-drill");
    expect(result.jobs, result.text).toEqual({ drill: "success" });
    expect(result.text).toMatch(/database\.dump: restored into a scratch database: \d+ tables/);
    expect(told(result)).toContain("restored on trial");
    expect(await site.serving()).toMatchObject({ version: "2.0" });
  });

  it("tells Slack of a dump with a flipped byte", async () => {
    const dumps = (await readdir(backups())).map((id) => join(backups(), id, "database.dump"));
    await Promise.all(dumps.map(flipByte));
    try {
      const result = await scheduled("restore-drill");
      expect(result.jobs, result.text).toEqual({ drill: "failure" });
      expect(told(result)).toMatch(/database.dump of \d{8}T\d{6}Z-\w+ reads back with/);
    } finally {
      await Promise.all(dumps.map(flipByte));
    }
  });
});

describe("the template monitor, run as GitHub runs it", () => {
  it("is quiet while the app is as healthy as it was", async () => {
    const result = await scheduled("monitor");
    expect(result.jobs, result.text).toEqual({ look: "success" });
    expect(result.text).toContain("only-on is change");
    expect(told(result)).toBe("");
  });

  it("tells Slack once when the app is down, and once when it is back", async () => {
    await stopApp(site.path);
    try {
      const result = await scheduled("monitor");
      expect(result.jobs, result.text).toEqual({ look: "failure" });
      expect(told(result)).toMatch(/502/);
      const still = await scheduled("monitor", "failure");
      expect(still.jobs, still.text).toEqual({ look: "failure" });
      expect(slack.messages).toHaveLength(1);
    } finally {
      await site.deploy({ version: "2.0" }, { force: "true" });
    }
    const back = await scheduled("monitor", "failure");
    expect(back.jobs, back.text).toEqual({ look: "success" });
    told(back);
    expect(slack.messages).toHaveLength(2);
  });
});

/** Flips a bit in the middle; twice, it is as it was. */
async function flipByte(path: string): Promise<void> {
  const file = await open(path, "r+");
  try {
    const at = Math.floor((await file.stat()).size / 2);
    const byte = Buffer.alloc(1);
    await file.read(byte, 0, 1, at);
    await file.write(Buffer.from([(byte[0] ?? 0) ^ 1]), 0, 1, at);
  } finally {
    await file.close();
  }
}
