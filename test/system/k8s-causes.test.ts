import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { type Manifest, secret, shell, web, type WebOptions } from "../support/cluster-app.js";
import { clusterOfFile } from "../support/cluster-of-file.js";
import { warningsOf } from "../support/notify.js";
import { startThrottledRegistry } from "../support/peers/throttled-registry.js";
import { verdictOf } from "../support/report-of.js";
import type { ActionResult } from "../support/run-action.js";
import { until } from "../support/until.js";

const { cluster, image, appIn } = clusterOfFile(1);

/** Short graces: what they are is the user's choice, what comes after them is ours. */
const graces = {
  "config-grace": "3s",
  "pull-grace": "4s",
  "schedule-grace": "3s",
  "max-restarts": "2",
  timeout: "40s",
};

interface Failing extends WebOptions {
  readonly name: string;
  readonly image?: string;
  readonly quota?: string;
  readonly stable?: string;
  readonly inputs?: Readonly<Record<string, string>>;
  readonly cause: RegExp;
  /** Said before anything is applied. */
  readonly foreseen?: RegExp;
}

const env = (source: Manifest) => ({ env: [{ name: "A", valueFrom: source }] });

const failing: readonly Failing[] = [
  { name: "crash", container: shell("exit 3"), cause: /^crash: exited with 3, 2 restarts$/ },
  {
    name: "ends",
    container: shell("exit 0"),
    cause: /^ends: ended with exit code 0, and it should keep running, 2 restarts$/,
  },
  {
    name: "late",
    probe: false,
    // Without a probe it is ready at once, and only time shows that it is not.
    stable: "5s",
    container: shell("sleep 2; exit 9"),
    cause: /^late: exited with 9, 2 restarts$/,
  },
  {
    name: "memory",
    container: { ...shell("exec tail /dev/zero"), resources: { limits: { memory: "16Mi" } } },
    cause: /^memory: OOMKilled, limit 16Mi, 2 restarts$/,
  },
  {
    name: "no-image",
    image: "REGISTRY/nope:1",
    cause: /^no-image: (ErrImagePull|ImagePullBackOff), image .*nope:1: .*not found/,
  },
  { name: "bad-name", image: "UPPER/Case:::x", cause: /^bad-name: InvalidImageName, / },
  {
    name: "no-config",
    container: env({ configMapKeyRef: { name: "missing", key: "x" } }),
    cause: /^no-config: CreateContainerConfigError, configmap "missing" not found$/,
  },
  {
    name: "no-volume",
    container: { volumeMounts: [{ name: "v", mountPath: "/v" }] },
    pod: { volumes: [{ name: "v", secret: { secretName: "nosuch" } }] },
    cause: /^no-volume: FailedMount, .*secret "nosuch" not found/,
  },
  {
    name: "no-command",
    container: { command: ["/no/such/binary"] },
    cause: /^no-command: StartError, .*no such file or directory/,
  },
  {
    name: "no-room",
    container: { resources: { requests: { cpu: "640" } } },
    cause: /^no-room: Unschedulable, .*Insufficient cpu/,
    foreseen: /^no node takes a pod of deployment\/no-room: by cpu$/m,
  },
  {
    name: "init",
    pod: { initContainers: [{ name: "migrate", image: "IMAGE", ...shell("exit 4") }] },
    cause: /^init: init container migrate: exited with 4, 2 restarts$/,
  },
  {
    name: "liveness",
    probe: false,
    stable: "10s",
    container: {
      livenessProbe: {
        httpGet: { path: "/healthz", port: 8080 },
        periodSeconds: 1,
        failureThreshold: 2,
      },
      env: [{ name: "NEVER_HEALTHY", value: "1" }],
    },
    cause: /^liveness: killed by its liveness probe GET :8080\/healthz: .*503, 2 restarts$/,
  },
  {
    // As Kubernetes has it by default: three times each ten seconds, and `stable` waits for as long.
    name: "late-liveness",
    probe: false,
    stable: "auto",
    inputs: { "max-restarts": "0", timeout: "90s" },
    container: {
      livenessProbe: { httpGet: { path: "/healthz", port: 8080 } },
      env: [{ name: "NEVER_HEALTHY", value: "1" }],
    },
    cause: /^late-liveness: killed by its liveness probe GET :8080\/healthz: .*503/,
  },
  {
    name: "stuck",
    spec: { progressDeadlineSeconds: 4 },
    container: { env: [{ name: "NEVER_HEALTHY", value: "1" }] },
    cause: /^stuck: not ready: readiness probe GET :8080\/healthz: .*503/,
  },
  {
    name: "quota",
    quota: "pods=0",
    cause: /^quota: FailedCreate, pods? "quota-[^"]*" is forbidden: exceeded quota: limit/,
    foreseen:
      /^resourcequota\/limit has no room for one pod more of deployment\/quota \(pods: 0 of 0 used\)$/m,
  },
  {
    name: "no-account",
    pod: { serviceAccountName: "ghost" },
    cause: /^no-account: FailedCreate, .*serviceaccount "ghost" not found/,
  },
  {
    name: "daemon",
    kind: "DaemonSet",
    container: shell("exit 3"),
    cause: /^daemon: exited with 3, 2 restarts$/,
  },
  {
    name: "stateful",
    kind: "StatefulSet",
    image: "REGISTRY/nope:1",
    cause: /^stateful: (ErrImagePull|ImagePullBackOff), image .*not found/,
  },
];

describe("the cause of a bad rollout, in one line", () => {
  test.concurrent.each(failing)("$name", { timeout: 100_000 }, async (one) => {
    const app = await appIn(`cause-${one.name}`);
    if (one.quota !== undefined)
      await app.kubectl("create", "quota", "limit", `--hard=${one.quota}`);
    const text = JSON.stringify(web(one.image ?? image(1), one))
      .replaceAll("REGISTRY", cluster().registry.address)
      .replaceAll('"IMAGE"', JSON.stringify(image(1)));
    await app.write(JSON.parse(text) as Manifest);
    const result = await app.run({ ...graces, stable: one.stable ?? "1s", ...one.inputs });
    expect(result.outputs["cause"]).toMatch(one.cause);
    if (one.foreseen !== undefined) expect(warningsOf(result)).toMatch(one.foreseen);
    expect(verdictOf(result)).toMatchObject({ exitCode: 1, code: "gate-failed" });
  });
});

test(
  "a probe that asks another port says where the app listens",
  { timeout: 100_000 },
  async () => {
    const app = await appIn("wrong-port");
    const readinessProbe = { httpGet: { path: "/healthz", port: 3000 }, periodSeconds: 1 };
    await app.write(web(image(1), { container: { readinessProbe } }));
    const result = await app.run({ ...graces, timeout: "6s" });
    expect(verdictOf(result)).toMatchObject({ exitCode: 1, code: "gate-timeout" });
    expect(result.outputs["cause"]).toMatch(
      /^web: not ready after .*: readiness probe GET :3000\/healthz: .*connection refused.*; the pod listens on 8080$/,
    );
  },
);

describe("what only looks like a failure", () => {
  test.concurrent("a Secret that comes late", { timeout: 100_000 }, async () => {
    const app = await appIn("late-secret");
    await app.write(
      web(image(1), { container: env({ secretKeyRef: { name: "late", key: "x" } }) }),
    );
    const running = await app.start({ ...graces, "config-grace": "20s" });
    await sleep(3000);
    await app.kubectl("create", "secret", "generic", "late", "--from-literal=x=1");
    good(await running.done);
  });

  test.concurrent("a registry that has had too many requests", { timeout: 100_000 }, async () => {
    const app = await appIn("throttled");
    const throttled = await startThrottledRegistry(cluster().registry);
    try {
      const slow = image(1).replace(cluster().registry.address, throttled.address);
      await app.write(web(slow));
      const running = await app.start(graces);
      await until("the image to be refused", () => running.printed().includes("ErrImagePull, "), {
        timeoutMs: 30_000,
      });
      // Longer than an image that is not there is waited for.
      await sleep(6000);
      throttled.relent();
      const result = await running.done;
      good(result);
      expect(result.log.text).toMatch(
        /web: 0 of 1 new pods ready; ErrImage.*429 Too Many Requests/,
      );
      expect(throttled.refused()).toBeGreaterThan(0);
    } finally {
      await throttled.stop();
    }
  });

  test.concurrent("two restarts while a database starts", { timeout: 100_000 }, async () => {
    const app = await appIn("late-database");
    const counting =
      "n=$(cat /shared/n 2>/dev/null || echo 0); echo $((n+1)) > /shared/n; [ $n -ge 2 ] || exit 1; exec /bin/web-server";
    await app.write(
      web(image(1), {
        container: { ...shell(counting), volumeMounts: [{ name: "shared", mountPath: "/shared" }] },
        pod: { volumes: [{ name: "shared", emptyDir: {} }] },
      }),
    );
    good(await app.run({ ...graces, "max-restarts": "3" }));
  });

  test.concurrent(
    "a quota without room for the surge pod, for a while",
    { timeout: 100_000 },
    async () => {
      const app = await appIn("surge");
      const rolling = { spec: { strategy: { rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } } } };
      await app.write(web(image(1), rolling));
      good(await app.run(graces));
      await app.kubectl("create", "quota", "limit", "--hard=pods=1");
      await app.write(
        web(image(1), { ...rolling, container: { env: [{ name: "A", value: "2" }] } }),
      );
      const running = await app.start({ ...graces, "schedule-grace": "20s" });
      await sleep(4000);
      await app.kubectl("delete", "quota", "limit");
      const result = await running.done;
      good(result);
      expect(warningsOf(result)).toContain("(pods: 1 of 1 used)");
    },
  );

  test.concurrent(
    "a Secret's value is never shown, whoever made it",
    { timeout: 100_000 },
    async () => {
      const app = await appIn("shown");
      const values = ["planted-in-the-manifests", "planted-by-hand"] as const;
      await app.kubectl(
        "create",
        "secret",
        "generic",
        "by-hand",
        `--from-literal=key=${values[1]}`,
      );
      const uses = ["keys", "by-hand"].map((name, at) => ({
        name: ["A", "B"][at],
        valueFrom: { secretKeyRef: { name, key: "key" } },
      }));
      await app.write(
        secret("keys", { key: values[0] }),
        web(image(1), { container: { ...shell('echo "keys=$A and $B"; exit 1'), env: uses } }),
      );
      const result = await app.run({ ...graces, "restart-on-config": "false" });
      expect(result.log.text).toContain("keys=*** and ***");
      for (const value of values) {
        expect(result.log.text).not.toContain(value);
        expect(result.summary).not.toContain(value);
        expect(JSON.stringify(result.outputs)).not.toContain(value);
      }
    },
  );
});

function good(result: ActionResult): void {
  expect(verdictOf(result), result.log.text).toMatchObject({ exitCode: 0, status: "deployed" });
}
