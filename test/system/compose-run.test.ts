import { afterAll, beforeAll, expect, test } from "vitest";
import { packPlan, type PlanFields } from "../../src/server/plan.js";
import type { Answer } from "../support/belay-server.js";
import { type ComposeStack, makeImages, makeStack } from "../support/compose-stack.js";
import { busyboxImage } from "../support/peers/images.js";
import { type Dockerd, startDockerd } from "../support/peers/dockerd.js";
import { processesNaming } from "../support/processes.js";
import { until } from "../support/until.js";

let dockerd: Dockerd;
let stack: ComposeStack;

const env = "export TOKEN='planted-secret'\n";
const app = `services:
  app:
    image: busybox:test
    init: true
    command: sleep 600
    stop_grace_period: 1s
    environment: ["TOKEN", "COLOR=green"]
    env_file: app.env
    secrets: [key]
secrets: {key: {file: ./key.txt}}
`;

beforeAll(async () => {
  dockerd = await startDockerd();
  await busyboxImage(dockerd, "busybox:test");
  await makeImages(dockerd);
  stack = await makeStack(dockerd);
  const first = await deployed("first", "SIZE=large\n");
  expect(first.first("code"), first.text).toBe("0");
});

afterAll(async () => {
  await stack.stop();
  await dockerd.stop();
});

const deployed = (
  token: string,
  file: string,
  fields: PlanFields = {},
  key = "first key",
): Promise<Answer> =>
  stack.deploy(token, "", {
    fields: { proxy: "none", env, ...fields },
    files: { "compose.yaml": app, "app.env": file, "key.txt": key },
  });

async function run(token: string, fields: PlanFields): Promise<Answer> {
  const begun = await stack.server.call(["begin", "run", token], packPlan(fields));
  if (begun.code !== 0) return begun;
  const [step] = await stack.server.steps(token, "run");
  const end = step?.first("code") === "0" ? ["confirm", token] : ["undo", token];
  const ended = await stack.server.call(end, "it failed\n");
  expect(ended.code, ended.text).toBe(0);
  return step ?? begun;
}

const oneOffs = (): Promise<string> =>
  dockerd.docker(["ps", "-aq", "--filter", "label=com.docker.compose.oneoff=True"]);

test("lines run in a new container of the service, with what was recorded, and their code comes back", async () => {
  const command = 'echo "$TOKEN $COLOR $SIZE"; echo to-stderr >&2\nfalse\necho "not reached"\n';
  const failed = await run("in-app", { service: "app", command });
  expect(failed.first("code"), failed.text).toBe("1");
  expect(failed.output).toContain("planted-secret green large");
  expect(failed.output).toContain("to-stderr");
  expect(failed.output).not.toContain("not reached");
  const code = await run("code", { service: "app", command: "exit 37\n" });
  expect(code.first("code"), code.text).toBe("37");
  const good = await run("good", { service: "app", command: "test \"$(hostname)\" != 'x'\n" });
  expect(good.first("code"), good.text).toBe("0");
  expect(await oneOffs()).toBe("");
  expect(stack.server.outcomes().slice(-3)).toEqual([
    "in-app.undone",
    "code.undone",
    "good.confirmed",
  ]);
});

test("without a service they run on the server, in the running release's folder and environment", async () => {
  const command =
    'cat app.env; echo "$TOKEN in ${PWD##*/} of $BELAY_RELEASE"; test -x "$BELAY_COMPOSE"\n';
  const ran = await run("on-server", { command });
  expect(ran.first("code"), ran.text).toBe("0");
  expect(ran.output).toContain(`planted-secret in current of ${stack.server.current() ?? "?"}`);
});

test("a service that is not there is told, and nothing of the lines stands in a list of processes", async () => {
  const missing = await run("missing", { service: "nobody", command: "true\n" });
  expect(missing.first("code"), missing.text).toBe("1");
  expect(missing.output).toContain("nobody");
  const begun = await stack.server.call(
    ["begin", "run", "long"],
    packPlan({ service: "app", command: ": in-a-list/of-processes\nsleep 60\n" }),
  );
  expect(begun.code, begun.text).toBe(0);
  const attendance = stack.server.attend("long");
  const step = stack.server.steps("long", "run");
  await until("its container", async () => (await oneOffs()) !== "", { timeoutMs: 30_000 });
  expect(await processesNaming("in-a-list")).toEqual([]);
  const undone = await stack.server.call(["undo", "long"], "cancelled\n");
  expect(undone.first("outcome"), undone.text).toBe("undone");
  expect(await oneOffs()).toBe("");
  attendance.stop();
  await step;
});

test("a hook sees the new release's own env_file, and each release goes back with its own", async () => {
  const migrate = `"$BELAY_COMPOSE" run --rm --no-deps -T app sh -c 'echo "migrating $SIZE"'\n`;
  const fields = { migrate };
  const second = await deployed("second", "SIZE=small\n", fields);
  expect(second.first("code"), second.text).toBe("0");
  expect(stack.server.read(".belay/operations/second/steps/migrate/out")).toContain(
    "migrating small",
  );
  const size = async (): Promise<string> =>
    (await dockerd.docker(["exec", `${stack.project}-app-1`, "sh", "-c", "echo $SIZE"])).trim();
  expect(await size()).toBe("small");
  const back = await stack.server.person("rollback");
  expect(back.code, back.text).toBe(0);
  expect(await size()).toBe("large");
});

test("a file of a secret that changed is seen by the service, and so is the old one after the way back", async () => {
  const key = (): Promise<string> =>
    dockerd.docker(["exec", `${stack.project}-app-1`, "cat", "/run/secrets/key"]);
  expect(await key()).toBe("first key");
  const other = await deployed("other-key", "SIZE=large\n", {}, "other key");
  expect(other.first("code"), other.text).toBe("0");
  expect(await key()).toBe("other key");
  const same = await deployed("same-key", "SIZE=large\n", {}, "other key");
  expect(same.first("code"), same.text).toBe("0");
  const told = stack.server.read(".belay/operations/same-key/steps/pull-1/results");
  expect(told).toContain("service\tapp\tkeep");
  const back = await stack.server.person("rollback");
  expect(back.code, back.text).toBe(0);
  const again = await stack.server.person("rollback");
  expect(again.code, again.text).toBe(0);
  expect(await key()).toBe("first key");
});
