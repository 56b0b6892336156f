import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { type ClusterApp, configMap, service, shell, web } from "../support/cluster-app.js";
import { clusterOfFile } from "../support/cluster-of-file.js";
import { startClusterProxy } from "../support/cluster-proxy.js";
import { errorsOf, verdictOf } from "../support/report-of.js";
import type { ActionResult, RunningAction } from "../support/run-action.js";
import { until } from "../support/until.js";

const { cluster, image, appIn } = clusterOfFile(3);

const patient = { timeout: 120_000 };
const neverReady = { container: { env: [{ name: "NEVER_HEALTHY", value: "1" }] } };
const back = { operation: "rollback", manifests: "" };

function deployed(result: ActionResult): void {
  expect(verdictOf(result), result.log.text).toMatchObject({ exitCode: 0, status: "deployed" });
}

function imageOf(app: ClusterApp): Promise<string> {
  return app.value("deployment/web", ".spec.template.spec.containers[0].image");
}

async function rolling(running: RunningAction): Promise<void> {
  const isRolling = (): boolean => running.printed().includes("new pods ready");
  await until("the rollout", isRolling, { timeoutMs: 60_000 });
}

/** No room for more ConfigMaps than so many; there is one of the cluster's own in each namespace. */
async function limitConfigMaps(app: ClusterApp, most: number): Promise<void> {
  await app.kubectl("create", "quota", "few", `--hard=count/configmaps=${String(most)}`);
  // Nothing is counted before the controller has done it once.
  const counted = async (): Promise<boolean> =>
    (await app.value("quota/few", ".status.used")) !== "";
  await until("the quota to count", counted);
}

describe.concurrent("what others do meanwhile", () => {
  test("another rollout of the workload: what it has put stays", patient, async () => {
    const app = await appIn("superseded");
    await app.write(web(image(1)));
    deployed(await app.run());
    await app.write(web(image(2), neverReady));
    const running = await app.start();
    await rolling(running);
    await app.kubectl("set", "image", "deployment/web", `web=${image(3)}`);
    const result = await running.done;
    expect(verdictOf(result)).toMatchObject({
      exitCode: 1,
      status: "superseded",
      code: "superseded",
    });
    expect(errorsOf(result)).toContain(
      "deployment/web: somebody else has changed its pod template",
    );
    expect(await imageOf(app)).toBe(image(3));
  });

  test("the workload is deleted: it is not made again", patient, async () => {
    const app = await appIn("deleted");
    await app.write(web(image(1), neverReady));
    const running = await app.start();
    await rolling(running);
    await app.kubectl("delete", "deployment", "web");
    const result = await running.done;
    expect(verdictOf(result)).toMatchObject({ exitCode: 1, status: "superseded" });
    expect(errorsOf(result)).toContain("deployment/web: it was deleted meanwhile");
    expect(await app.kubectl("get", "deployments", "--output=name")).toBe("");
  });

  test(
    "another run takes over from one that stood still: that one changes nothing more",
    patient,
    async () => {
      const app = await appIn("stood-still");
      await app.write(web(image(1)));
      deployed(await app.run());
      await app.write(web(image(2), neverReady));
      const stopped = await app.start({ timeout: "5m" });
      await rolling(stopped);
      stopped.child.kill("SIGSTOP");
      await app.write(web(image(3)));
      const next = await app.run({ timeout: "100s" });
      stopped.child.kill("SIGCONT");
      deployed(next);
      expect(next.log.text).toContain("no longer renews it: taken over");
      const result = await stopped.done;
      expect(verdictOf(result)).toMatchObject({ exitCode: 1, status: "superseded" });
      expect(await imageOf(app)).toBe(image(3));
    },
  );

  test(
    "an autoscaler that is at work: the pod has its time until the node is there",
    patient,
    async () => {
      const app = await appIn("coming-up");
      await app.write(web(image(1), { pod: { nodeSelector: { pool: "new" } } }));
      const running = await app.start({ "schedule-grace": "5s" });
      await until("no room", () => running.printed().includes("Unschedulable, "));
      const pod = JSON.parse(await app.kubectl("get", "pods", "--output=json")) as {
        readonly items: readonly {
          readonly metadata: { readonly name: string; readonly uid: string };
        }[];
      };
      // As the cluster's autoscaler tells of it.
      const { name, uid } = pod.items[0]?.metadata ?? {};
      const event = {
        apiVersion: "v1",
        kind: "Event",
        metadata: { name: "scale-up", namespace: app.namespace },
        involvedObject: { kind: "Pod", name, uid, namespace: app.namespace },
        reason: "TriggeredScaleUp",
        message: "pod triggered scale-up: [{pool 1->2 (max: 3)}]",
        type: "Normal",
      };
      await cluster().kubectl(["create", "--filename=-"], { input: JSON.stringify(event) });
      await sleep(8000);
      await cluster().kubectl(["label", "node", "node", "pool=new"]);
      deployed(await running.done);
    },
  );
});

describe.concurrent("a deploy that is refused half-way", () => {
  test("is taken back with all that it had applied", patient, async () => {
    const app = await appIn("half-way");
    await app.write(configMap("settings", { A: "good" }), web(image(1)));
    deployed(await app.run());
    await limitConfigMaps(app, 3);
    // One more each passes the dry run; both of them do not fit.
    await app.write(
      ...["settings", "b", "c"].map((name) => configMap(name, { A: "bad" })),
      web(image(2)),
    );
    const result = await app.run();
    expect(verdictOf(result), result.log.text).toMatchObject({
      exitCode: 1,
      status: "rolled-back",
      code: "command-failed",
    });
    expect(errorsOf(result)).toMatch(/configmap\/[bc] was refused: .*exceeded quota: few/);
    expect(await app.value("configmap/settings", ".data.A")).toBe("good");
    expect(await app.kubectl("get", "configmaps", "--output=name")).not.toMatch(/\/[bc]$/m);
    expect(await imageOf(app)).toBe(image(1));
  });

  test(
    "and cannot be taken back either says both, and is put right by a rollback",
    patient,
    async () => {
      const app = await appIn("no-way-back");
      await app.write(configMap("settings", { A: "good" }), web(image(1)));
      deployed(await app.run());
      await app.write(configMap("settings", { A: "bad" }), service(), web(image(2), neverReady));
      const running = await app.start({ timeout: "12s" });
      await rolling(running);
      await app.kubectl("delete", "configmap", "settings");
      await limitConfigMaps(app, 1);
      const failed = await running.done;
      expect(verdictOf(failed), failed.log.text).toMatchObject({
        exitCode: 1,
        status: "rollback-failed",
        code: "rollback-failed",
      });
      expect(errorsOf(failed)).toMatch(
        /web: not ready after .*; the way back failed, too: configmap\/settings was refused/,
      );

      await app.kubectl("delete", "quota", "few");
      const righted = await app.run(back);
      expect(verdictOf(righted), righted.log.text).toMatchObject({
        exitCode: 0,
        status: "rolled-back",
      });
      expect(righted.outputs).toMatchObject({ release: "3", "previous-release": "2" });
      expect(righted.summary).toContain("From release 2 to release 3:");
      expect(await app.value("configmap/settings", ".data.A")).toBe("good");
      expect(await app.kubectl("get", "services", "--output=name")).not.toContain("service/web");
      expect(await imageOf(app)).toBe(image(1));
    },
  );
});

describe.concurrent("a release that failed", () => {
  test("and was left as it is is never taken for unchanged", patient, async () => {
    const app = await appIn("left");
    const keep = { "rollback-on-failure": "false", "max-restarts": "1" };
    await app.write(web(image(1)));
    deployed(await app.run());
    await app.write(web(image(2), { container: shell("exit 3") }));
    for (let turn = 0; turn < 2; turn += 1) {
      const result = await app.run(keep);
      expect(verdictOf(result), result.log.text).toMatchObject({
        exitCode: 1,
        status: "failed",
        code: "gate-failed",
      });
      expect(await imageOf(app)).toBe(image(2));
    }
    const righted = await app.run(back);
    expect(verdictOf(righted), righted.log.text).toMatchObject({ status: "rolled-back" });
    expect(await imageOf(app)).toBe(image(1));
    await app.write(web(image(3)));
    deployed(await app.run());
  });

  test("comes back where the Deployment keeps no old ReplicaSets", patient, async () => {
    const app = await appIn("no-history");
    const spec = { revisionHistoryLimit: 0 };
    await app.write(web(image(1), { spec }));
    deployed(await app.run());
    await app.write(web(image(2), { spec, container: shell("exit 3") }));
    const result = await app.run({ "max-restarts": "1" });
    expect(verdictOf(result), result.log.text).toMatchObject({ status: "rolled-back" });
    expect(await imageOf(app)).toBe(image(1));
    await app.kubectl("rollout", "status", "deployment/web", "--timeout=10s");
  });

  test("of images alone gives back what somebody else had deployed", patient, async () => {
    const app = await appIn("images-alone");
    await app.write(web(image(1), { replicas: 2 }));
    await app.kubectl("apply", "--filename", `${app.workspace}/k8s`);
    const only = (name: string) => ({ manifests: "", images: `deployment/web web=${name}` });
    const bad = { ...only(`${cluster().registry.address}/nope:1`), "pull-grace": "2s" };
    const failed = await app.run(bad);
    expect(verdictOf(failed), failed.log.text).toMatchObject({ exitCode: 1, status: "failed" });
    expect(await imageOf(app)).toBe(image(1));
    deployed(await app.run(only(image(2))));
    const again = await app.run(bad);
    expect(verdictOf(again), again.log.text).toMatchObject({ status: "rolled-back" });
    expect(await imageOf(app)).toBe(image(2));
    expect(await app.value("deployment/web", ".spec.replicas")).toBe("2");
  });

  test("its health alone, by URL or by Service, takes it back, too", patient, async () => {
    const app = await appIn("unhealthy");
    const proxy = await startClusterProxy(cluster());
    try {
      // As it is reached from outside.
      const url = `${proxy.url}/api/v1/namespaces/unhealthy/services/web:8080/proxy/healthz`;
      const ways = [{ "health-url": url }, { "health-services": "web:8080/healthz" }];
      await app.write(service(), web(image(1), { probe: false }));
      deployed(await app.run({ ...ways[0], ...ways[1], "health-successes": "1" }));
      await app.write(service(), web(image(2), { probe: false, ...neverReady }));
      for (const way of ways) {
        const result = await app.run({ ...way, "health-timeout": "3s" });
        expect(verdictOf(result), result.log.text).toMatchObject({
          exitCode: 1,
          status: "rolled-back",
          code: "gate-timeout",
        });
        expect(errorsOf(result)).toContain("503");
        expect(await imageOf(app)).toBe(image(1));
      }
    } finally {
      await proxy.stop();
    }
  });
});

test(
  "thirty workloads are rolled out at once, and one bad one takes all of them back",
  { timeout: 240_000 },
  async () => {
    const app = await appIn("thirty");
    const names = Array.from({ length: 30 }, (_, at) => `web-${String(at)}`);
    const all = (version: number) =>
      names.map((name) => web(image(version), { name, probe: false }));
    await app.write(...all(1));
    const good = await app.run({ timeout: "110s" });
    deployed(good);
    for (const name of names)
      expect(good.log.text).toContain(`rollout: deployment/${name}: 1 of 1 new pods ready`);
    await app.write(
      ...all(2).slice(1),
      web(image(2), { name: "web-0", container: shell("exit 3") }),
    );
    const bad = await app.run({ "max-restarts": "0", timeout: "110s" });
    expect(verdictOf(bad), bad.log.text).toMatchObject({ exitCode: 1, status: "rolled-back" });
    expect(bad.outputs["cause"]).toMatch(/^web-0: exited with 3/);
    const images = "jsonpath={.items[*].spec.template.spec.containers[0].image}";
    const running = (await app.kubectl("get", "deployments", `--output=${images}`)).split(" ");
    expect(running).toEqual(names.map(() => image(1)));
  },
);
