import { afterAll, beforeAll, expect, test } from "vitest";
import { type ComposeStack, makeImages, makeStack } from "../support/compose-stack.js";
import { type Dockerd, startDockerd } from "../support/peers/dockerd.js";
import { until } from "../support/until.js";

let dockerd: Dockerd;
let stack: ComposeStack;

beforeAll(async () => {
  dockerd = await startDockerd();
  await makeImages(dockerd);
  stack = await makeStack(dockerd);
});

afterAll(async () => {
  await stack.stop();
  await dockerd.stop();
});

/** An app behind a proxy that the user switches by lines of their own. */
const own = (version: string, lines: string) => ({
  fields: { proxy: "none", drain: "2", switch: lines },
  files: {
    "compose.yaml": `services: {web: {image: "web:${version}", expose: ["8080"], stop_grace_period: 2s}}\n`,
  },
});

const note = 'echo "$BELAY_SERVICE: $BELAY_CONTAINERS" >>"$BELAY_PATH/switched"';

test("lines of one's own are told who shall serve, also on the way back", async () => {
  const first = await stack.deploy("first", "v1", own("v1", note));
  expect(first.first("code"), first.text).toBe("0");
  const second = await stack.begin("second", "v2", own("v2", note));
  expect(second.first("code"), second.text).toBe("0");
  await stack.server.call(["undo", "second"], "enough\n");
  const { project } = stack;
  expect(stack.server.read("switched").trim().split("\n")).toEqual([
    `web: ${project}-web-1`,
    `web: ${project}-web-2`,
    `web: ${project}-web-1`,
  ]);
});

test("lines that fail leave the old container serving and remove the new one", async () => {
  const before = await stack.containers("web");
  const failed = await stack.deploy(
    "failed",
    "v2",
    own("v2", `${note}; case $BELAY_CONTAINERS in *-1) ;; *) exit 7 ;; esac`),
  );
  expect(failed.first("code")).toBe("1");
  expect(await stack.containers("web")).toEqual(before);
});

test("a container that a hook has left running is ended by the undo", async () => {
  const { fields, files } = own("v1", note);
  const before = '"$BELAY_COMPOSE" run --rm --no-deps web';
  const hanging = stack.begin("hanging", "v1", { fields: { ...fields, before }, files });
  const oneOffs = () =>
    dockerd.docker(["ps", "-aq", "--filter", "label=com.docker.compose.oneoff=True"]);
  await until("the hook's container", async () => (await oneOffs()) !== "", { timeoutMs: 60_000 });
  const undone = await stack.server.call(["undo", "hanging"], "enough\n");
  expect(undone.first("outcome"), undone.text).toBe("undone");
  expect(await oneOffs()).toBe("");
  await hanging;
});
