import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type ComposeStack, makeImages, makeStack } from "../support/compose-stack.js";
import { busyboxImage } from "../support/peers/images.js";
import { type Dockerd, startDockerd } from "../support/peers/dockerd.js";

let dockerd: Dockerd;
let stack: ComposeStack;

/** A second compose file with a service that keeps rows in a volume. */
const store = (command = "sleep 600") => `services:
  store:
    image: busybox:test
    init: true
    command: sh -c "echo row >>/data/rows; ${command}"
    volumes: ["rows:/data"]
volumes: {rows: }
`;
const files = "compose.yaml\nstore.yaml\n";

beforeAll(async () => {
  dockerd = await startDockerd();
  await makeImages(dockerd);
  await busyboxImage(dockerd, "busybox:test");
  stack = await makeStack(dockerd);
});

afterAll(async () => {
  await stack.stop();
  await dockerd.stop();
});

test("a writable mount of the release is refused with the way out", async () => {
  const own = `services: {store: {image: "busybox:test", volumes: ["./rows:/data"]}}\n`;
  const answer = await stack.deploy("refused", "v1", {
    fields: { "compose-files": files },
    files: { "store.yaml": own },
  });
  expect(answer.all("finding")).toEqual([
    [
      "error",
      "config",
      expect.stringContaining("service store writes to /data"),
      expect.stringContaining("shared-paths (rows/)"),
    ],
  ]);
  expect(stack.server.current()).toBeUndefined();
});

test("a variable that is missing is named without the secrets", async () => {
  const own = `services: {store: {image: "busybox:test", environment: {A: "\${MISSING:?not set for \${TOKEN}}"}}}\n`;
  const answer = await stack.deploy("invalid", "v1", {
    fields: { "compose-files": files, env: "export TOKEN='planted-secret'\n" },
    files: { "store.yaml": own },
  });
  const [, code, message] = answer.all("finding")[0] ?? [];
  expect(code).toBe("config");
  expect(message).toContain("MISSING");
  expect(answer.text).not.toContain("planted-secret");
});

test("what has not changed is kept, and data is replaced only when it is named", async () => {
  const first = await stack.deploy("one", "v1", {
    fields: { "compose-files": files },
    files: { "store.yaml": store() },
  });
  expect(first.first("code"), first.text).toBe("0");
  const kept = await stack.containers("store");
  const worker = await stack.containers("worker");
  const second = await stack.deploy("two", "v1", {
    fields: { "compose-files": files },
    files: { "store.yaml": store("sleep 700"), "page.txt": "changed" },
  });
  expect(second.first("code"), second.text).toBe("0");
  expect(await stack.containers("store")).toEqual(kept);
  expect(await stack.containers("worker")).toEqual(worker);
  const named = await stack.deploy("three", "v1", {
    fields: { "compose-files": files, services: "web\nworker\nnginx\nstore\n" },
    files: { "store.yaml": store("sleep 700") },
  });
  expect(named.first("code"), named.text).toBe("0");
  const [store1 = ""] = await stack.containers("store");
  const rows = await dockerd.docker(["exec", store1.split(" ")[0] ?? "", "cat", "/data/rows"]);
  expect(rows).toBe("row\nrow\n");
});

test("a changed file that a service mounts replaces it", async () => {
  const [before = ""] = await stack.containers("nginx");
  const conf = stack.files("v1")["nginx.conf"] ?? "";
  const changed = await stack.begin("conf", "v1", {
    files: { "nginx.conf": conf.replace("access_log off;", "access_log off; server_tokens off;") },
    fields: { services: "web\nworker\nnginx\n" },
  });
  expect(changed.first("code"), changed.text).toBe("0");
  await stack.server.call(["confirm", "conf"]);
  const seen = await dockerd.docker([
    "exec",
    before.split(" ")[0] ?? "",
    "cat",
    "/etc/nginx/nginx.conf",
  ]);
  expect(seen).toContain("server_tokens off");
});

test("a container that somebody made by hand is named by status and replaced by the next deploy", async () => {
  const args = [
    "compose",
    "-p",
    stack.project,
    "--project-directory",
    join(stack.server.path, "current"),
  ];
  const file = join(stack.server.path, "current/compose.yaml");
  await dockerd.docker([...args, "-f", file, "up", "-d", "--no-deps", "--force-recreate", "web"]);
  const status = await stack.server.call(["status"]);
  expect(status.all("finding")).toEqual([
    [
      "warning",
      "config",
      expect.stringContaining("service web does not run as it was"),
      expect.any(String),
    ],
  ]);
  const next = await stack.deploy("next", "v2", { fields: { services: "web\nworker\nnginx\n" } });
  expect(next.first("code"), next.text).toBe("0");
  expect(await stack.answer()).toBe("v2");
  expect(await stack.containers("web")).toHaveLength(1);
});

test("containers that come back in another order serve as before", async () => {
  const names = (await dockerd.docker(["ps", "--format", "{{.Names}}"]))
    .split("\n")
    .filter(Boolean);
  await dockerd.docker(["stop", ...names]);
  for (const name of names.sort((a, b) => Number(a.includes("web")) - Number(b.includes("web"))))
    await dockerd.docker(["start", name]);
  await expect.poll(() => stack.answer(), { timeout: 20_000 }).toBe("v2");
  const plan = await stack.begin("same", "v2", { fields: { services: "web\nworker\nnginx\n" } });
  expect(plan.first("code"), plan.text).toBe("0");
  await stack.server.call(["confirm", "same"]);
  const services = await stack.server.person("compose", "ps", "--services");
  expect(services.text.split("\n")).toContain("web");
});

test("what a deploy would do is told for each service", async () => {
  const pulled = await stack.deploy("told", "v1", { fields: { services: "web\nnginx\n" } });
  expect(pulled.first("code"), pulled.text).toBe("0");
  const results = stack.server.read(".belay/operations/told/steps/pull-1/results");
  expect(results).toContain("service\tweb\troll\tits image or configuration has changed");
  expect(results).toContain("service\tnginx\tkeep");
  expect(results).not.toContain("worker");
});

test("a second path may deploy other services of the project, never the same", async () => {
  const other = await makeStack(dockerd, { env: { HOME: stack.server.env["HOME"] ?? "" } });
  try {
    const mine = "services: {web: {image: 'web:v1'}, mail: {image: 'web:v1'}}\n";
    const fields = { project: stack.project, proxy: "none" };
    const same = await other.deploy("same", "v1", { fields, files: { "compose.yaml": mine } });
    expect(same.all("finding")).toEqual([
      ["error", "config", expect.stringContaining(stack.server.path), expect.any(String)],
    ]);
    const before = await stack.containers("web");
    const own = { ...fields, services: "mail\n" };
    const mail = await other.deploy("mail", "v1", { fields: own, files: { "compose.yaml": mine } });
    expect(mail.first("code"), mail.text).toBe("0");
    expect(await stack.containers("mail")).toHaveLength(1);
    expect(await stack.containers("web")).toEqual(before);
  } finally {
    await other.stop();
  }
});
