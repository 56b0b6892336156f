import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { type Kubernetes, startKubernetes } from "../support/peers/kubernetes.js";
import { stopAfter } from "../support/peers/stop-after.js";
import { useTracedFolder } from "../support/peers/traced-folder.js";

const folder = useTracedFolder();

test("a cluster of one's own runs pods of its own registry, and leaves nothing behind", async () => {
  const cluster = await startKubernetes();
  await stopAfter(cluster, async () => {
    expect(await interfaces()).toHaveLength(1);
    await runsPods(cluster);
  });
  expect(await interfaces()).toEqual([]);
});

async function runsPods(cluster: Kubernetes): Promise<void> {
  const { reference } = await cluster.push({
    name: "web",
    tag: "1",
    entrypoint: ["/bin/web-server"],
    env: { VERSION: "1" },
  });
  await cluster.kubectl(["create", "deployment", "web", `--image=${reference}`, "--replicas=2"]);
  await cluster.kubectl(["rollout", "status", "deployment/web", "--timeout=30s"]);
  await cluster.kubectl(["expose", "deployment/web", "--port=8080"]);
  const path = "/api/v1/namespaces/default/services/web:8080/proxy/";
  expect(JSON.parse(await cluster.kubectl(["get", `--raw=${path}`]))).toMatchObject({
    version: "1",
  });
  expect(await cluster.kubectl(["logs", "deployment/web"])).toContain("listening");
}

/** The network interfaces that say that they belong to something in our folder. */
async function interfaces(): Promise<readonly string[]> {
  const root = "/sys/class/net";
  const aliases = (await readdir(root)).map((name) =>
    readFile(join(root, name, "ifalias"), "utf8").catch(() => ""),
  );
  return (await Promise.all(aliases)).filter((alias) => alias.includes(folder()));
}
