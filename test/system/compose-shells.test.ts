import { afterAll, beforeAll, expect, test } from "vitest";
import { type ComposeStack, makeImages, makeStack } from "../support/compose-stack.js";
import { shells } from "../support/belay-server.js";
import { type Dockerd, startDockerd } from "../support/peers/dockerd.js";
import { until } from "../support/until.js";

let dockerd: Dockerd;

beforeAll(async () => {
  dockerd = await startDockerd();
  await makeImages(dockerd);
});

afterAll(() => dockerd.stop());

/** A compose file whose app has two containers. */
function twice(stack: ComposeStack, version: string) {
  const text = stack.files(version)["compose.yaml"] ?? "";
  return text.replace(/container_name: .*/, "deploy: {replicas: 2}");
}

test.each(shells)(
  "under %s: two containers are rolled, and a guardian alone goes back",
  async (shell) => {
    const stack = await makeStack(dockerd, { shell });
    try {
      const over = (version: string) => ({ files: { "compose.yaml": twice(stack, version) } });
      const first = await stack.deploy("first", "v1", over("v1"));
      expect(first.first("code"), first.text).toBe("0");
      const before = await stack.containers("web");
      expect(before).toHaveLength(2);
      expect(stack.server.read("shared/belay-proxy/web.conf")).toMatch(
        /50\.00% "\S+";\n {2}\* "\S+";/,
      );
      const second = await stack.begin("second", "v2", over("v2"));
      expect(second.first("code"), second.text).toBe("0");
      expect(await stack.answer()).toBe("v2");
      expect(await stack.containers("web")).toHaveLength(4);
      stack.vanish();
      await until("the guardian", () => stack.server.outcomes().at(-1) === "second.undone", {
        timeoutMs: 60_000,
      });
      expect(await stack.answer()).toBe("v1");
      expect(await stack.containers("web")).toEqual(before);
      const third = await stack.deploy("third", "v3", over("v3"));
      expect(third.first("code"), third.text).toBe("0");
      const back = await stack.server.person("rollback");
      expect(back.code, back.text).toBe(0);
      expect(await stack.answer()).toBe("v1");
    } finally {
      await stack.stop();
    }
  },
);
