import { mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { packPlan, type PlanFields } from "../../src/server/plan.js";
import type { Answer } from "../support/belay-server.js";
import { type ComposeStack, makeImages, makeStack, nginxConf } from "../support/compose-stack.js";
import { type Dockerd, startDockerd } from "../support/peers/dockerd.js";
import { busyboxImage } from "../support/peers/images.js";
import { removeFolder, scratchFolder } from "../support/scratch.js";

let dockerd: Dockerd;
let stack: ComposeStack;
let folder: string;

/** The stack as its owner wrote it: no line of ours, data beside the compose file, secrets in .env. */
const byHand = (rows = "./rows", web = "web:v1"): string => `services:
  web:
    image: ${web}
    container_name: ${stack.project}-app
    env_file: .env
    stop_grace_period: 2s
  nginx:
    image: nginx:test
    ports: ["127.0.0.1:${new URL(stack.url).port}:80"]
    volumes: ["./nginx.conf:/etc/nginx/nginx.conf:ro"]
    depends_on: [web]
  store:
    image: busybox:test
    init: true
    stop_grace_period: 1s
    command: sh -c "echo row >>/data/rows; sleep 600"
    volumes: ["${rows}:/data"]
  mailer:
    image: busybox:test
    init: true
    stop_grace_period: 1s
    command: "sleep \${NAP}"
`;
const plainNginx = `events { worker_connections 256; }
http { server { listen 80; location / { proxy_pass http://APP:8080; } } }
`;

beforeAll(async () => {
  dockerd = await startDockerd();
  await makeImages(dockerd);
  await busyboxImage(dockerd, "busybox:test");
});

afterAll(() => dockerd.stop());

beforeEach(async () => {
  stack = await makeStack(dockerd);
  folder = await scratchFolder("by-hand");
  await mkdir(join(folder, "rows"));
  await write("compose.yaml", byHand());
  await write("nginx.conf", ownNginx());
  await write(".env", "NAP=600\nTOKEN=planted-secret\n");
  await dockerd.docker([...composeHere(), "up", "-d"]);
  return async () => {
    await stack.stop();
    await removeFolder(folder);
  };
});

const ownNginx = (): string => plainNginx.replace("APP", `${stack.project}-app`);
const write = (name: string, text: string): Promise<void> => writeFile(join(folder, name), text);
const composeHere = (): string[] => [
  "compose",
  ...["-p", stack.project, "--project-directory", folder, "-f", join(folder, "compose.yaml")],
];

async function adopt(over: PlanFields = {}): Promise<Answer> {
  const { server, project } = stack;
  const fields = { strategy: "compose", project, "confirm-timeout": "60", ...over };
  const begun = await server.call(["begin", "adopt", "adopt"], packPlan(fields));
  if (begun.code !== 0) return begun;
  const [step] = await server.steps("adopt", "adopt");
  if (step?.first("code") !== "0") return step ?? begun;
  const confirmed = await server.call(["confirm", "adopt"]);
  expect(confirmed.code, confirmed.text).toBe(0);
  return step;
}

/** What every container is and since when it runs. */
async function running(): Promise<Readonly<Record<string, string>>> {
  const filter = `label=com.docker.compose.project=${stack.project}`;
  const ids = (await dockerd.docker(["ps", "-aq", "--filter", filter])).split("\n").filter(Boolean);
  const format =
    '{{index .Config.Labels "com.docker.compose.service"}} {{.Id}} {{.State.StartedAt}} {{.State.Status}}';
  const lines = (await dockerd.docker(["inspect", "-f", format, ...ids])).split("\n");
  return Object.fromEntries(
    lines.filter(Boolean).map((line): [string, string] => {
      const [service = "", ...rest] = line.split(" ");
      return [service, rest.join(" ")];
    }),
  );
}

test("a stack that runs is recorded and not touched; what a first deploy does not change goes on; and back again", async () => {
  const before = await running();
  const adopted = await adopt();
  expect(adopted.first("code"), adopted.text).toBe("0");
  expect(await running()).toEqual(before);
  const id = stack.server.current() ?? "";
  expect(id).toMatch(/^\d{8}T\d{6}Z-adopted$/);
  expect(stack.server.read("shared/.env")).toContain("NAP=600");
  const status = await stack.server.call(["status"]);
  expect(status.all("finding"), status.text).toEqual([]);

  // The first deploy: the mailer alone is another; the data has its absolute path; .env is the stack's own.
  const files = {
    "compose.yaml": byHand(join(folder, "rows")).replace("sleep ${NAP}", "sleep 1${NAP}"),
    "nginx.conf": ownNginx(),
  };
  const fields = { proxy: "none", project: "", "shared-paths": ".env\n" };
  const load = stack.load({ requestsPerSecond: 50 });
  const first = await stack.deploy("first", "", { fields, files });
  expect(first.first("code"), first.text).toBe("0");
  const { failures } = await load.stop();
  expect(failures).toEqual([]);
  const after = await running();
  expect({ ...after, mailer: "" }).toEqual({ ...before, mailer: "" });
  expect(after["mailer"]).not.toBe(before["mailer"]);

  // Rolling from here on, by the lines in nginx's configuration.
  const lines = {
    ...files,
    "compose.yaml": byHand(join(folder, "rows"), "web:v2").replace(
      "nginx.conf:ro",
      `nginx.conf:ro", "${stack.server.path}/shared/belay-proxy:/etc/nginx/belay:ro`,
    ),
    "nginx.conf": nginxConf,
  };
  const second = await stack.deploy("second", "", {
    fields: { "shared-paths": ".env\n" },
    files: lines,
  });
  expect(second.first("code"), second.text).toBe("0");
  expect(await stack.answer()).toBe("v2");

  // The way back needs neither the files nor the .env of the stack, nor the meaning that the name had.
  await rm(join(folder, "compose.yaml"));
  await rm(join(folder, ".env"));
  await dockerd.docker(["tag", "web:v3", "web:v1"]);
  const back = await stack.server.person("rollback", id);
  expect(back.code, back.text).toBe(0);
  await dockerd.docker(["tag", `belay/${stack.project}-web:${id}`, "web:v1"]);
  await expect.poll(() => stack.answer().catch(String), { timeout: 10_000 }).toBe("v1");
  const returned = await running();
  expect(returned["store"]).toBe(before["store"]);
  expect(await stack.containers("web")).toHaveLength(1);
  const rows = await dockerd.docker(["exec", `${stack.project}-store-1`, "cat", "/data/rows"]);
  expect(rows).toBe("row\n");
});

test("a first deploy that fails leaves the adopted stack as it was", async () => {
  await adopt();
  const before = await running();
  const relative = await stack.deploy("relative", "", {
    fields: { proxy: "none", "shared-paths": ".env\nrows/\n" },
    files: { "compose.yaml": byHand(), "nginx.conf": ownNginx() },
  });
  const [, , message, remedy] = relative.all("finding")[0] ?? [];
  expect(message, relative.text).toContain("store writes to /data");
  expect(remedy).toContain(`${join(folder, "rows")}:/data`);
  const crash = await stack.deploy("crash", "", {
    fields: { proxy: "none", "shared-paths": ".env\n" },
    files: {
      "compose.yaml": byHand(join(folder, "rows")).replace("sleep ${NAP}", "false"),
      "nginx.conf": ownNginx(),
    },
  });
  expect(crash.first("code")).toBe("1");
  const after = await running();
  expect({ ...after, mailer: "" }).toEqual({ ...before, mailer: "" });
  expect(after["mailer"]).toContain("running");
  const elsewhere = await stack.deploy("elsewhere", "", {
    fields: { proxy: "none", project: "other", "shared-paths": ".env\n" },
    files: { "compose.yaml": byHand(join(folder, "rows")), "nginx.conf": ownNginx() },
  });
  expect(elsewhere.text).toContain(`is of the project ${stack.project}`);
});

test("an adoption that is undone, or killed, leaves no trace of itself", async () => {
  const before = await running();
  const { server, project } = stack;
  const fields = { strategy: "compose", project, "confirm-timeout": "60" };
  const begun = await server.call(["begin", "adopt", "gone"], packPlan(fields));
  expect(begun.code, begun.text).toBe(0);
  await server.steps("gone", "adopt");
  expect(server.current()).toContain("-adopted");
  const undone = await server.call(["undo", "gone"], "the gate stayed closed\n");
  expect(undone.first("outcome"), undone.text).toBe("undone");
  expect(server.current()).toBeUndefined();
  expect(server.exists("shared/.env")).toBe(false);
  expect(await running()).toEqual(before);
  const tags = await dockerd.docker(["images", "-q", `belay/${project}-web`]);
  expect(tags).toBe("");
});

test("what cannot be adopted is told with the way out", async () => {
  const nobody = await adopt({ project: "nobody" });
  expect(nobody.all("finding")[0]).toEqual([
    "error",
    "config",
    "no compose project nobody is there",
    expect.stringContaining(stack.project),
  ]);
  await write("compose.yaml", byHand("./rows", "web:v2"));
  const drifted = await adopt();
  expect(drifted.text).toContain("service web does not run as its compose file says now");
  const again = await stack.server.call(
    ["begin", "adopt", "again"],
    packPlan({ strategy: "compose", project: stack.project }),
  );
  expect(again.all("finding")[0]?.[2]).toContain("has a release already");
});
