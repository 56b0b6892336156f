import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { configMap, type Manifest, service, shell, web } from "../support/cluster-app.js";
import { clusterOfFile } from "../support/cluster-of-file.js";
import { errorsOf, verdictOf } from "../support/report-of.js";
import type { ActionResult } from "../support/run-action.js";

const { cluster, image, appIn } = clusterOfFile(3);

const runningImage = ".spec.template.spec.containers[0].image";

/** The pods of a Job that runs a line of shell once. */
function podsOf(line: string, secret?: string): Manifest {
  const envFrom = secret === undefined ? [] : [{ secretRef: { name: secret } }];
  const containers = [{ name: "main", image: image(1), ...shell(line), envFrom }];
  const template = { spec: { restartPolicy: "Never", containers } };
  return { backoffLimit: 0, template };
}

function job(name: string, line: string): Manifest {
  return { apiVersion: "batch/v1", kind: "Job", metadata: { name }, spec: podsOf(line) };
}

/** One that never runs by itself. */
function cronJob(name: string, line: string, secret?: string): Manifest {
  const jobTemplate = { spec: podsOf(line, secret) };
  const spec = { schedule: "0 0 31 2 *", suspend: true, jobTemplate };
  return { apiVersion: "batch/v1", kind: "CronJob", metadata: { name }, spec };
}

/** It needs no metrics to see to the least number of pods. */
function scaler(minReplicas: number): Manifest {
  const scaleTargetRef = { apiVersion: "apps/v1", kind: "Deployment", name: "web" };
  return {
    apiVersion: "autoscaling/v2",
    kind: "HorizontalPodAutoscaler",
    metadata: { name: "web" },
    spec: { minReplicas, maxReplicas: 3, scaleTargetRef },
  };
}

function deployed(result: ActionResult): void {
  expect(verdictOf(result), result.log.text).toMatchObject({ exitCode: 0, status: "deployed" });
}

const patient = { timeout: 120_000 };

describe.concurrent("what comes before the workloads", () => {
  test("the backup is run as a Job that must succeed", patient, async () => {
    const app = await appIn("backup");
    const backup = { "backup-cronjob": "dump" };
    await app.write(web(image(1)));
    const none = await app.run(backup);
    expect(errorsOf(none)).toContain("has no CronJob dump");

    const password = "planted-by-hand";
    await app.kubectl("create", "secret", "generic", "database", `--from-literal=P=${password}`);
    await app.write(cronJob("dump", "echo 42 rows saved with $P", "database"));
    await app.kubectl("apply", "--filename", `${app.workspace}/k8s`);
    await app.write(web(image(1)));
    const good = await app.run(backup, { facts: { GITHUB_RUN_ID: "7" } });
    deployed(good);
    expect(good.log.text).toContain("42 rows saved with ***");
    expect(good.log.text).not.toContain(password);
    expect(await app.kubectl("get", "jobs", "--output=name")).toMatch(/dump-belay-\d+-7/);

    await app.write(cronJob("dump", "echo disk full; exit 1"));
    await app.kubectl("apply", "--filename", `${app.workspace}/k8s`);
    await app.write(web(image(2)));
    const bad = await app.run(backup, { facts: { GITHUB_RUN_ID: "8" } });
    expect(verdictOf(bad)).toMatchObject({ exitCode: 1, code: "backup-failed" });
    expect(bad.log.text).toContain("disk full");
    expect(await app.value("deployment/web", runningImage)).toBe(image(1));

    await app.write(cronJob("dump", "echo reading; sleep 600"));
    await app.kubectl("apply", "--filename", `${app.workspace}/k8s`);
    await app.write(web(image(2)));
    const endless = await app.run({ ...backup, timeout: "8s" }, { facts: { GITHUB_RUN_ID: "9" } });
    expect(verdictOf(endless)).toMatchObject({ exitCode: 1, code: "backup-failed" });
    expect(errorsOf(endless)).toMatch(/job\/dump-belay-\d+-9 did not end in time/);
    expect(endless.log.text).toContain("reading");
    expect(await app.value("deployment/web", runningImage)).toBe(image(1));
  });

  test(
    "a migration ends before any workload changes, and stops the deploy when it fails",
    patient,
    async () => {
      const app = await appIn("migration");
      const migrate = { "migrate-job": "migrate" };
      await app.write(job("migrate", "echo migrated to 1"), web(image(1)));
      const first = await app.run(migrate);
      deployed(first);
      expect(first.log.text.indexOf("migrated to 1")).toBeLessThan(
        first.log.text.indexOf("new pods ready"),
      );
      // The Job of the last deploy is in the way: a Job runs once.
      await app.write(job("migrate", "echo migrated to 2"), web(image(2)));
      const second = await app.run(migrate);
      deployed(second);
      expect(second.log.text).toContain("migrated to 2");

      await app.write(job("migrate", "echo no column; exit 5"), web(image(3)));
      const third = await app.run(migrate);
      expect(verdictOf(third)).toMatchObject({ exitCode: 1, code: "command-failed" });
      expect(third.log.text).toContain("no column");
      expect(await app.value("deployment/web", runningImage)).toBe(image(2));
    },
  );

  test("what is marked predeploy is there before the Job that needs it", patient, async () => {
    const app = await appIn("predeploy");
    const marked = { annotations: { "belay.dev/phase": "predeploy" } };
    const settings = {
      ...configMap("settings", { A: "from the map" }),
      metadata: { name: "settings", ...marked },
    };
    const reads = {
      name: "main",
      image: image(1),
      ...shell("echo it says $A"),
      envFrom: [{ configMapRef: { name: "settings" } }],
    };
    const template = { spec: { restartPolicy: "Never", containers: [reads] } };
    const reader = {
      ...job("reader", ""),
      metadata: { name: "reader", ...marked },
      spec: { backoffLimit: 0, template },
    };
    await app.write(web(image(1)), reader, settings);
    const result = await app.run();
    deployed(result);
    expect(result.log.text).toContain("it says from the map");
  });
});

describe.concurrent("the objects of a release", () => {
  test("are built from a kustomization, with the images by digest", patient, async () => {
    const app = await appIn("kustomized");
    await app.write(web(image(1)), service());
    const kustomization = { namePrefix: "shop-", resources: ["app.yaml"] };
    await writeFile(join(app.workspace, "k8s/kustomization.yaml"), JSON.stringify(kustomization));
    deployed(await app.run({ images: `deployment/shop-web web=${image(2)}` }));
    expect(await app.value("deployment/shop-web", runningImage)).toBe(image(2));
    expect(await app.kubectl("get", "services", "--output=name")).toContain("service/shop-web");
  });

  test("are made with their namespace and a kind of their own", patient, async () => {
    const app = await appIn("found");
    const made = "made-by-the-deploy";
    const names = { plural: "carts", singular: "cart", kind: "Cart" };
    const schema = {
      openAPIV3Schema: { type: "object", "x-kubernetes-preserve-unknown-fields": true },
    };
    const version = { name: "v1", served: true, storage: true, schema };
    await app.write(
      { apiVersion: "shop.example/v1", kind: "Cart", metadata: { name: "a" }, spec: { size: 1 } },
      web(image(1)),
      { apiVersion: "v1", kind: "Namespace", metadata: { name: made } },
      {
        apiVersion: "apiextensions.k8s.io/v1",
        kind: "CustomResourceDefinition",
        metadata: { name: "carts.shop.example" },
        spec: { group: "shop.example", scope: "Namespaced", names, versions: [version] },
      },
    );
    const result = await app.run({ namespace: made });
    deployed(result);
    expect(result.log.text).toContain(
      `namespace/${made} was made before anything else, and is never taken back`,
    );
    const looked = ["get", "cart/a", `--namespace=${made}`, "--output=jsonpath={.spec.size}"];
    expect(await cluster().kubectl(looked)).toBe("1");
  });

  test("that are no longer in it are deleted, but for what holds data", patient, async () => {
    const app = await appIn("pruned");
    const claim = {
      apiVersion: "v1",
      kind: "PersistentVolumeClaim",
      metadata: { name: "data" },
      spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Mi" } } },
    };
    await app.write(claim, configMap("old", { A: "1" }), service(), web(image(1)));
    deployed(await app.run());
    // Nothing else has changed: what was left out is the change.
    await app.write(service(), web(image(1)));
    const pruned = await app.run();
    deployed(pruned);
    expect(pruned.log.text).toContain("configmap/old deleted");
    const left = await app.kubectl("get", "configmaps,services,pvc", "--output=name");
    expect(left).not.toContain("configmap/old");
    expect(left).toContain("persistentvolumeclaim/data");
    expect((await app.run()).outputs["status"]).toBe("unchanged");

    await app.write(web(image(1)));
    deployed(await app.run({ prune: "false" }));
    expect(await app.kubectl("get", "services", "--output=name")).toContain("service/web");
  });

  test("leave the number of pods to the autoscaler, forwards and back", patient, async () => {
    const app = await appIn("scaled");
    await app.write(scaler(1), web(image(1)));
    deployed(await app.run());
    // As the autoscaler does it: through the scale subresource, with a manager of its own.
    await app.kubectl("scale", "deployment/web", "--replicas=2");
    await app.write(scaler(1), web(image(2)));
    deployed(await app.run());
    expect(await app.value("deployment/web", ".spec.replicas")).toBe("2");
    await app.write(scaler(1), web(image(3), { container: shell("exit 1") }));
    const failed = await app.run({ "max-restarts": "1" });
    expect(verdictOf(failed)).toMatchObject({ exitCode: 1, status: "rolled-back" });
    expect(await app.value("deployment/web", ".spec.replicas")).toBe("2");
    expect(await app.value("deployment/web", runningImage)).toBe(image(2));
  });

  test("are rolled out whole while the autoscaler makes more pods", patient, async () => {
    const app = await appIn("scaling");
    await app.write(scaler(1), web(image(1)));
    deployed(await app.run());
    // The autoscaler begins when it sees its new least number, and the pods are not ready by then.
    const slow = { container: { env: [{ name: "HEALTHY_AFTER", value: "5s" }] } };
    await app.write(scaler(3), web(image(2), slow));
    const result = await app.run();
    deployed(result);
    expect(result.log.text).toContain("web: 0 of 1 new pods ready");
    expect(result.log.text).toContain("web: 3 of 3 new pods ready");
    expect(await app.value("deployment/web", ".spec.replicas")).toBe("3");
    expect(await app.value("deployment/web", ".status.updatedReplicas")).toBe("3");
  });

  test(
    "make new pods when only a ConfigMap has changed, and again on the way back",
    patient,
    async () => {
      const app = await appIn("configured");
      const uses = { envFrom: [{ configMapRef: { name: "settings" } }] };
      const objects = (greeting: string) => [
        configMap("settings", { GREETING: greeting }),
        web(image(1), { container: uses }),
      ];
      const greeting = () =>
        app.kubectl("exec", "deployment/web", "--", "sh", "-c", "echo $GREETING");
      await app.write(...objects("one"));
      deployed(await app.run());
      await app.write(...objects("two"));
      deployed(await app.run());
      expect((await greeting()).trim()).toBe("two");
      const back = await app.run({ operation: "rollback", manifests: "" });
      expect(verdictOf(back), back.log.text).toMatchObject({ exitCode: 0, status: "rolled-back" });
      expect((await greeting()).trim()).toBe("one");
    },
  );
});

test(
  "status names what is wrong with claims, budgets, autoscalers, CronJobs and quotas",
  patient,
  async () => {
    const app = await appIn("looked-at");
    const claim = {
      apiVersion: "v1",
      kind: "PersistentVolumeClaim",
      metadata: { name: "data" },
      spec: {
        accessModes: ["ReadWriteOnce"],
        storageClassName: "no-such-class",
        resources: { requests: { storage: "1Mi" } },
      },
    };
    const budget = {
      apiVersion: "policy/v1",
      kind: "PodDisruptionBudget",
      metadata: { name: "web" },
      spec: { minAvailable: 2, selector: { matchLabels: { app: "web" } } },
    };
    await app.write(web(image(1)));
    deployed(await app.run());
    await app.write(claim, budget, cronJob("nightly", "true"));
    await app.kubectl("apply", "--filename", `${app.workspace}/k8s`);
    await app.kubectl("autoscale", "deployment/web", "--max=2");
    await app.kubectl("create", "quota", "limit", "--hard=pods=1");
    const looked = await app.run({ operation: "status", manifests: "" });
    expect(verdictOf(looked)).toMatchObject({ exitCode: 1, status: "failed" });
    const errors = errorsOf(looked);
    expect(errors).toContain("persistentvolumeclaim/data");
    expect(errors).toContain("poddisruptionbudget/web");
    expect(errors).toContain("cronjob/nightly: is suspended");
    expect(errors).toMatch(/horizontalpodautoscaler\/web: has no metrics/);
    expect(errors).toContain("resourcequota/limit: used up: pods 1");
  },
);

test("a node under pressure is named with the pod that has no room", patient, async () => {
  const app = await appIn("pressed");
  // A node without a kubelet: its state is what is written.
  const taint = { key: "node.kubernetes.io/disk-pressure", effect: "NoSchedule" };
  const pressed = {
    apiVersion: "v1",
    kind: "Node",
    metadata: { name: "pressed", labels: { disk: "full" } },
    spec: { taints: [taint] },
  };
  await app.write(pressed);
  await app.kubectl("create", "--filename", `${app.workspace}/k8s`);
  try {
    const conditions = [
      { type: "Ready", status: "True" },
      { type: "DiskPressure", status: "True", reason: "KubeletHasDiskPressure" },
    ];
    const patch = JSON.stringify({ status: { conditions } });
    await app.kubectl("patch", "node", "pressed", "--subresource=status", "--patch", patch);
    await app.write(web(image(1), { pod: { nodeSelector: { disk: "full" } } }));
    const result = await app.run({ "schedule-grace": "1s" });
    expect(verdictOf(result)).toMatchObject({ exitCode: 1, code: "gate-failed" });
    expect(result.outputs["cause"]).toMatch(
      /^web: Unschedulable, .*taint.*; node pressed has DiskPressure/,
    );
    expect(result.summary).toMatch(/^> \[!CAUTION\]\n> \*\*web: Unschedulable, .*DiskPressure/m);
  } finally {
    await app.kubectl("delete", "node", "pressed");
  }
});
