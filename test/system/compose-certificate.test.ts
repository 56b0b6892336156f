import { X509Certificate } from "node:crypto";
import { rm, writeFile } from "node:fs/promises";
import { request } from "node:https";
import { TLSSocket } from "node:tls";
import { join } from "node:path";
import { json } from "node:stream/consumers";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { TextFiles } from "../support/belay-server.js";
import {
  type ComposeStack,
  makeImages,
  makeStack,
  type StackOver,
} from "../support/compose-stack.js";
import { exampleFiles } from "../support/example-files.js";
import { freePort } from "../support/free-port.js";
import { type Dockerd, startDockerd } from "../support/peers/dockerd.js";
import { type CertificateAuthority, startPebble } from "../support/peers/pebble.js";
import { type ProgramResult, runProgram } from "../support/program.js";

const domain = "reports.example.com";

let dockerd: Dockerd;
let stack: ComposeStack;
let authority: CertificateAuthority;
let tlsPort: number;

beforeAll(async () => {
  dockerd = await startDockerd();
  await makeImages(dockerd);
  await dockerd.docker(["network", "create", "database"]);
  stack = await makeStack(dockerd);
  tlsPort = await freePort();
  authority = await startPebble(Number(new URL(stack.url).port));
});

afterAll(async () => {
  await authority.stop();
  await stack.stop();
  await dockerd.stop();
});

/** The example's own files, with an app of ours that listens elsewhere. */
async function files(version: string): Promise<TextFiles> {
  const paths = ["docker-compose.prod.yml", "nginx/nginx.conf", "nginx/certificate.sh"];
  const { "docker-compose.prod.yml": compose = "", ...others } = await exampleFiles(
    "nextjs-compose",
    paths,
    {
      "ghcr.io/acme/reports": `web:${version}`,
      "$belay_web:3000": "$belay_web:8080",
      "${NGINX_IMAGE:-nginx:1.28}": "nginx:test",
      "${HTTP_PORT:-80}": new URL(stack.url).port,
      "${HTTPS_PORT:-443}": String(tlsPort),
      "${APP_PATH:-/srv/app}": stack.server.path,
      "${DATABASE_URL:?}": "none",
    },
  );
  return { ...others, "compose.yaml": compose };
}

async function release(version: string): Promise<StackOver> {
  return { fields: { "shared-paths": "tls/" }, files: await files(version) };
}

/** The one script, as the README has it; certbot asks the authority of the test. */
function certificate(options = ""): Promise<ProgramResult> {
  return run(domain, options);
}

function run(name: string, options = "", path = stack.server.path): Promise<ProgramResult> {
  const { env } = stack.server;
  const script = join(stack.server.path, "current/nginx/certificate.sh");
  return runProgram(["sh", script, path, name, "ada@example.com"], {
    env: {
      ...env,
      PATH: `${env["PATH"] ?? ""}:/usr/bin`,
      REQUESTS_CA_BUNDLE: authority.trusted,
      CERTBOT_OPTIONS: `--server ${authority.directory} ${options}`,
    },
  });
}

/** What the app answers by TLS, with the certificate that nginx showed. */
async function overTls(): Promise<{ readonly version: unknown; readonly serial: string }> {
  const ca = await authority.root();
  return new Promise((resolve, reject) => {
    const options = { host: "127.0.0.1", port: tlsPort, servername: domain, ca, agent: false };
    const asked = request({ ...options, headers: { host: domain } }, (answer) => {
      const { socket } = answer;
      if (!(socket instanceof TLSSocket)) {
        reject(new Error("the answer did not come by TLS"));
        return;
      }
      const { serialNumber: serial } = new X509Certificate(socket.getPeerCertificate().raw);
      resolve(json(answer).then((body) => ({ ...(body as { version: unknown }), serial })));
    });
    asked.once("error", reject);
    asked.end();
  });
}

async function overHttp(): Promise<readonly unknown[]> {
  const { status, headers } = await fetch(stack.url, { redirect: "manual" });
  return [status, headers.get("location")];
}

test("nginx starts without a certificate; one script gets it, turns TLS on, renews it; a deploy and a way back keep it", async () => {
  const first = await stack.deploy("first", "", await release("v1"));
  expect(first.first("code"), first.text).toBe("0");
  expect(await stack.answer()).toBe("v1");

  const got = await certificate();
  expect(got.code, got.stdout + got.stderr).toBe(0);
  expect(await overTls()).toMatchObject({ version: "v1" });
  // A worker from before the reload may take one more request.
  await expect.poll(overHttp, { timeout: 10_000 }).toEqual([301, "https://127.0.0.1/"]);

  // Not due: the same certificate. Renewed: another one, which nginx shows without a deploy.
  const { serial } = await overTls();
  expect((await certificate()).code).toBe(0);
  expect((await overTls()).serial).toBe(serial);
  const renewed = await certificate("--force-renewal");
  expect(renewed.code, renewed.stdout + renewed.stderr).toBe(0);
  await expect.poll(async () => (await overTls()).serial, { timeout: 10_000 }).not.toBe(serial);

  const second = await stack.deploy("second", "", await release("v2"));
  expect(second.first("code"), second.text).toBe("0");
  expect(await overTls()).toMatchObject({ version: "v2" });
  const back = await stack.server.person("rollback");
  expect(back.code, back.text).toBe(0);
  expect(await overTls()).toMatchObject({ version: "v1" });
});

test("where the authority cannot be reached, nginx refuses, or the name is none, it serves as before, and the reason is told", async () => {
  const { serial } = await overTls();
  const unreachable = await certificate(`--force-renewal --server https://127.0.0.1:1/dir`);
  expect(unreachable.code).toBe(1);
  expect(unreachable.stderr).toContain("certificate: no certificate: http://reports.example.com");
  expect((await overTls()).serial).toBe(serial);
  const beside = join(stack.server.path, "shared/tls/server.conf-by-hand");
  await writeFile(beside, "nonsense;\n");
  const refused = await certificate();
  await rm(beside);
  expect(refused.stderr).toContain('unknown directive "nonsense"');
  expect(refused.stderr).toContain("certificate: nginx refuses its configuration, and serves as");
  expect((await overTls()).serial).toBe(serial);
  const none = await run("reports example");
  expect([none.code, none.stderr]).toEqual([1, "certificate: reports example is no domain name\n"]);
});

test("without a deploy, or without a folder of one's own, it says what to do", async () => {
  const { path } = stack.server;
  const empty = await run(domain, "", "/nonexistent");
  expect(empty.stderr).toContain("nothing was deployed to /nonexistent yet: deploy first");
  const plain = await runProgram(["sh", join(path, "current/nginx/certificate.sh")]);
  expect([plain.code, plain.stderr]).toEqual([
    2,
    expect.stringContaining("sh /srv/app/current/nginx/certificate.sh /srv/app app.example.com"),
  ]);
});
