import { copyFile, readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { makeCertificate } from "../support/certificate.js";
import {
  type ClusterApp,
  configMap,
  type Manifest,
  secret,
  service,
  shell,
  web,
} from "../support/cluster-app.js";
import { clusterOfFile } from "../support/cluster-of-file.js";
import { startClusterProxy } from "../support/cluster-proxy.js";
import { mustRun } from "../support/program.js";
import { errorsOf, verdictOf } from "../support/report-of.js";
import { until } from "../support/until.js";

const { cluster, image, appIn } = clusterOfFile(3);

const runningImage = ".spec.template.spec.containers[0].image";

/** What the app answers through its Service. */
async function answer({ namespace }: ClusterApp): Promise<unknown> {
  const path = `/api/v1/namespaces/${namespace}/services/web:8080/proxy/`;
  return JSON.parse(await cluster().kubectl(["get", `--raw=${path}`]));
}

test.concurrent(
  "a crashing release is named in one line and taken back whole, with its configuration",
  async () => {
    const app = await appIn("way-back");
    const uses = { envFrom: [{ configMapRef: { name: "settings" } }] };
    await app.write(
      configMap("settings", { GREETING: "good" }),
      service(),
      web(image(1), { replicas: 2, container: uses }),
    );
    const first = await app.run({ "health-services": "web:8080/healthz", "health-successes": "1" });
    expect(verdictOf(first)).toMatchObject({ exitCode: 0, status: "deployed" });
    expect(first.outputs).toMatchObject({ release: "1", "previous-release": "" });
    expect(first.outputs["images"]).toBe(`deployment/web web=${image(1)}`);
    const cause = await app.value(
      "deployment/web",
      ".metadata.annotations.kubernetes\\.io/change-cause",
    );
    expect(cause).toMatch(/^deployed by Belay \(0000000\) https:\S+\/actions\/runs\/1000$/);

    const line = "echo boom: DB_URL is missing >&2; exit 7";
    await app.write(
      configMap("settings", { GREETING: "bad" }),
      configMap("new", { A: "1" }),
      service(),
      web(image(2), { replicas: 2, container: { ...uses, ...shell(line) } }),
    );
    const second = await app.run();
    expect(verdictOf(second)).toMatchObject({
      exitCode: 1,
      status: "rolled-back",
      code: "gate-failed",
    });
    expect(second.outputs["cause"]).toBe("web: exited with 7, 3 restarts");
    expect(second.log.text).toContain("boom: DB_URL is missing");
    expect(second.summary).toContain("> [!CAUTION]\n> **web: exited with 7, 3 restarts**\n");
    expect(second.summary).toContain("> boom: DB_URL is missing\n");
    expect(second.summary).toMatch(/```mermaid\ngantt\n[^]*rollout/);
    expect(second.summary).toMatch(
      /^From release 1 to release 2:\n\n[^]*^\| deployment\/web \| failed: .* \| \S+@sha256:\w{12}… → \S+@sha256:\w{12}… \|/m,
    );
    expect(await answer(app)).toMatchObject({ version: "1" });
    expect(await app.value("configmap/settings", ".data.GREETING")).toBe("good");
    expect(await app.kubectl("get", "configmaps", "--output=name")).not.toContain("configmap/new");
    const labels = "jsonpath={range .items[*]}{.metadata.labels.belay\\.dev/state} {end}";
    const states = await app.kubectl(
      "get",
      "secrets",
      "-l",
      "belay.dev/release",
      `--output=${labels}`,
    );
    expect(states.trim()).toBe("healthy undone");
    // The next apply of somebody else finds no field that only we could change.
    const third = await app.run({ manifests: "", images: `deployment/web web=${image(3)}` });
    expect(verdictOf(third)).toMatchObject({ exitCode: 0, status: "deployed" });
    expect(await answer(app)).toMatchObject({ version: "3" });
  },
);

test.concurrent("a first deploy that fails leaves what somebody else had, or nothing", async () => {
  const app = await appIn("first");
  await app.write(web(image(1)));
  await app.kubectl("apply", "--filename", `${app.workspace}/k8s`);
  await app.write(web(image(2), { container: shell("exit 1") }), configMap("new", { A: "1" }));
  const result = await app.run({ "max-restarts": "1" });
  expect(verdictOf(result)).toMatchObject({ exitCode: 1, status: "failed" });
  expect(await app.value("deployment/web", runningImage)).toBe(image(1));
  expect(await app.value("deployment/web", ".spec.template.spec.containers[0].command")).toBe("");
  expect(await app.kubectl("get", "configmaps", "--output=name")).not.toContain("configmap/new");
});

test.concurrent("a command in a pod that fails takes the release back, and is named", async () => {
  const app = await appIn("commands");
  const once = { "health-successes": "1", "health-timeout": "3s" };
  await app.write(web(image(1)));
  const good = "deployment/web test -x /bin/web-server";
  const first = await app.run({ ...once, "health-commands": good });
  expect(verdictOf(first)).toMatchObject({ exitCode: 0, status: "deployed" });

  await app.write(web(image(2)));
  const bad = "deployment/web echo no database; exit 3";
  const second = await app.run({ ...once, "health-commands": `${good}\n${bad}` });
  expect(verdictOf(second)).toMatchObject({
    exitCode: 1,
    status: "rolled-back",
    code: "gate-timeout",
  });
  expect(errorsOf(second)).toContain("exit code 3");
  expect(second.log.text).toContain("no database");
  expect(await app.value("deployment/web", runningImage)).toBe(image(1));
});

test.concurrent(
  "what somebody did by kubectl is taken over and named; what a controller owns is refused",
  async () => {
    const app = await appIn("take-over");
    await app.write(web(image(1)));
    expect((await app.run()).outputs["status"]).toBe("deployed");
    await app.kubectl("set", "image", "deployment/web", `web=${image(2)}`);
    await app.kubectl("scale", "deployment/web", "--replicas=3");
    const again = await app.run();
    expect(verdictOf(again)).toMatchObject({ exitCode: 0, status: "deployed" });
    expect(again.log.text).toMatch(/taken over from .*kubectl-set/);
    expect(await app.value("deployment/web", runningImage)).toBe(image(1));
    expect(await app.value("deployment/web", ".spec.replicas")).toBe("1");

    const patch = JSON.stringify({ spec: { replicas: 2 } });
    await app.kubectl("patch", "deployment/web", "--patch", patch, "--field-manager=helm");
    const refused = await app.run();
    expect(verdictOf(refused)).toMatchObject({ exitCode: 1, status: "failed", code: "config" });
    expect(errorsOf(refused)).toMatch(/belong to helm \(\.spec\.replicas\)/);
    expect((await app.run({ "take-over": "all" })).outputs["status"]).toBe("deployed");
  },
);

test.concurrent(
  "a second deploy of the same is unchanged; only a new value of a Secret makes new pods",
  async () => {
    const app = await appIn("unchanged");
    const uses = {
      env: [{ name: "KEY", valueFrom: { secretKeyRef: { name: "keys", key: "key" } } }],
    };
    const objects = (key: string) => [secret("keys", { key }), web(image(1), { container: uses })];
    await app.write(...objects("planted-first-value"));
    expect((await app.run()).outputs["status"]).toBe("deployed");
    expect((await app.run()).outputs["status"]).toBe("unchanged");
    await app.write(...objects("planted-second-value"));
    const planned = await app.run({ "dry-run": "true" });
    expect(planned.outputs["status"]).toBe("planned");
    expect(planned.log.text).toContain("key: key changed");
    expect(planned.log.text).toMatch(
      /^ {2}spec\.template\.metadata\.annotations\.belay\.dev\/config: "\w{16}" -> "\w{16}"$/m,
    );
    expect(planned.log.text).not.toContain("planted-second-value");
    expect(await app.value("secret/keys", ".data.key")).toBe(btoa("planted-first-value"));
    const before = await app.kubectl("get", "pods", "--output=name");
    expect((await app.run()).outputs["status"]).toBe("deployed");
    await until("the old pod to be gone", async () => {
      return !(await app.kubectl("get", "pods", "--output=name")).includes(before.trim());
    });

    const back = await app.run({ operation: "rollback", manifests: "" });
    expect(verdictOf(back)).toMatchObject({ exitCode: 0, status: "rolled-back" });
    expect(back.outputs).toMatchObject({ release: "3", candidates: "1" });
    expect(back.summary).toMatch(
      /^From release 2 to release 3:\n\n[^]*^\| deployment\/web \| done \|/m,
    );
    expect(await app.value("secret/keys", ".data.key")).toBe(btoa("planted-first-value"));
    expect(verdictOf(await app.run())).toMatchObject({ exitCode: 0, status: "deployed" });
    expect(await app.value("secret/keys", ".data.key")).toBe(btoa("planted-second-value"));
  },
);

test.concurrent("two deploys at once run one after the other", async () => {
  const app = await appIn("at-once");
  await app.write(web(image(1)));
  const [one, two] = await Promise.all([
    app.run({ "change-cause": "one" }, { facts: { GITHUB_RUN_ID: "1" } }),
    app.run({ "change-cause": "two" }, { facts: { GITHUB_RUN_ID: "2" } }),
  ]);
  expect([one.outputs["status"], two.outputs["status"]].sort()).toEqual(["deployed", "unchanged"]);
  expect(`${one.log.text}${two.log.text}`).toContain("deploys this set: waiting");
});

test.concurrent("a killed run is found by the next one, which takes it back first", async () => {
  const app = await appIn("killed");
  await app.write(web(image(1)));
  expect((await app.run()).outputs["status"]).toBe("deployed");
  await app.write(web(image(2), { container: shell("exit 1") }), configMap("left", { A: "1" }));
  const doomed = await app.start({ "max-restarts": "50" }, { facts: { GITHUB_RUN_ID: "77" } });
  await until(
    "the bad release to be on its way",
    () => doomed.printed().includes("new pods ready"),
    {
      timeoutMs: 20_000,
    },
  );
  doomed.child.kill("SIGKILL");
  await doomed.done;
  await app.write(web(image(3)));
  const next = await app.run();
  expect(verdictOf(next)).toMatchObject({ exitCode: 0, status: "deployed" });
  expect(next.log.text).toMatch(/runs\/77 no longer renews it: taken over/);
  expect(next.log.text).toMatch(/release 2 was left open .*runs\/77\): it is taken back first/);
  expect(await app.kubectl("get", "configmaps", "--output=name")).not.toContain("configmap/left");
  expect(await app.value("deployment/web", runningImage)).toBe(image(3));
});

test.concurrent.each(["SIGINT", "SIGTERM"] as const)(
  "a deploy that is cancelled by %s is taken back within the runner's seconds",
  async (signal) => {
    const app = await appIn(`cancelled-${signal.toLowerCase()}`);
    await app.write(web(image(1)));
    expect((await app.run()).outputs["status"]).toBe("deployed");
    await app.write(web(image(2), { container: shell("exit 1") }));
    const running = await app.start({ "max-restarts": "50" });
    await until("the rollout", () => running.printed().includes("new pods ready"), {
      timeoutMs: 20_000,
    });
    const begun = performance.now();
    running.child.kill(signal);
    const result = await running.done;
    expect(performance.now() - begun).toBeLessThan(7500);
    expect(verdictOf(result)).toMatchObject({
      exitCode: 1,
      status: "rolled-back",
      code: "cancelled",
    });
    expect(await app.value("deployment/web", runningImage)).toBe(image(1));
  },
);

test.concurrent(
  "what another tool applied is watched, and the undo lines run when it fails",
  async () => {
    const app = await appIn("watched");
    await app.write(web(image(1)));
    await app.kubectl("apply", "--filename", `${app.workspace}/k8s`);
    const watch = { operation: "watch", manifests: "" };
    expect(verdictOf(await app.run(watch))).toMatchObject({ exitCode: 0, status: "deployed" });
    await app.kubectl("set", "image", "deployment/web", "web=UPPER/Case");
    const failed = await app.run({ ...watch, undo: "echo the undo ran > undone; echo told" });
    expect(verdictOf(failed)).toMatchObject({ exitCode: 1, status: "rolled-back" });
    expect(failed.outputs["cause"]).toMatch(/^web: InvalidImageName, /);
    expect(failed.log.text).toContain("told");
  },
);

test.concurrent("a StatefulSet that stands at a bad image is whole again", async () => {
  const app = await appIn("ordered");
  const set = (name: string) => web(name, { kind: "StatefulSet", replicas: 2 });
  await app.write(set(image(1)));
  expect(verdictOf(await app.run())).toMatchObject({ exitCode: 0, status: "deployed" });
  await app.write(set(`${cluster().registry.address}/nope:1`));
  const failed = await app.run({ "pull-grace": "3s" });
  expect(verdictOf(failed)).toMatchObject({ exitCode: 1, status: "rolled-back" });
  await app.kubectl("rollout", "status", "statefulset/web", "--timeout=10s");
  expect(await app.value("statefulset/web", runningImage)).toBe(image(1));
});

test.concurrent(
  "the user that the documentation makes may deploy, and what is missing is named at once",
  async () => {
    const app = await appIn("rights");
    await app.write(configMap("settings", { A: "1" }), service(), web(image(1)));
    const denied = await app.run({}, { user: "deployer" });
    expect(verdictOf(denied)).toMatchObject({
      exitCode: 1,
      status: "failed",
      code: "cluster-denied",
    });
    expect(errorsOf(denied)).toMatch(
      /patch deployments\.apps; .*patch|patch configmaps;.*patch deployments\.apps/,
    );
    const kubeconfig = await documentedKubeconfig(app.workspace);
    const run = (inputs = {}) => app.run({ kubeconfig, namespace: "", ...inputs });
    const health = { "health-services": "web:8080/healthz", "health-successes": "1" };
    const inPod = { "health-commands": "deployment/web true" };
    const allowed = await run({ ...health, ...inPod });
    expect(verdictOf(allowed), allowed.log.text).toMatchObject({ exitCode: 0, status: "deployed" });
    expect(allowed.log.text).toMatch(/cluster: https:\S+, context belay, namespace shop, set app/);
    await app.write(web(image(2), { container: shell("exit 1") }));
    const failed = await run({ "max-restarts": "1" });
    expect(verdictOf(failed), failed.log.text).toMatchObject({
      exitCode: 1,
      status: "rolled-back",
    });
    const looked = await run({ operation: "status", manifests: "" });
    expect(verdictOf(looked), looked.log.text).toMatchObject({ exitCode: 0, status: "ok" });
    const elsewhere = await run({ namespace: app.namespace });
    expect(verdictOf(elsewhere)).toMatchObject({ exitCode: 1, code: "cluster-denied" });
  },
);

/** Types what docs/kubernetes.md says to set a cluster up, in a folder; the text of the kubeconfig that it makes. */
async function documentedKubeconfig(folder: string): Promise<string> {
  const docs = fileURLToPath(new URL("../../docs", import.meta.url));
  const page = await readFile(join(docs, "kubernetes.md"), "utf8");
  const lines = /^## Set up\n[^]*?^```sh\n([^]*?)^```$/m.exec(page)?.[1] ?? "";
  await copyFile(join(docs, "kubernetes-role.yaml"), join(folder, "kubernetes-role.yaml"));
  const env = {
    PATH: `${dirname(cluster().kubectlPath)}:${process.env["PATH"] ?? ""}`,
    HOME: folder,
    KUBECONFIG: cluster().kubeconfig(),
  };
  await mustRun(["sh", "-euc", lines], { cwd: folder, env });
  return readFile(join(folder, "belay.kubeconfig"), "utf8");
}

test.concurrent("what is wrong is said before anything is touched", async () => {
  const app = await appIn("refused");
  await app.write({ apiVersion: "shop.example/v1", kind: "Cart", metadata: { name: "a" } });
  expect(errorsOf(await app.run())).toContain("k8s/app.yaml:1: the cluster knows no Cart");
  await app.write(web(image(1)), { ...web(image(1)), apiVersion: "" });
  expect(errorsOf(await app.run())).toMatch(/k8s\/app\.yaml:\d+: `apiVersion` is missing/);
  await app.write({ ...web(image(1)), metadata: { name: "web", namespace: "nowhere" } });
  expect(errorsOf(await app.run())).toContain("the namespace nowhere does not exist");
  await app.write(web(image(1), { spec: { replicas: -1 } }));
  expect(errorsOf(await app.run())).toContain("spec.replicas");
  const config = await readFile(cluster().kubeconfig(), "utf8");
  await app.write(web(image(1)));
  const expired = await app.run({ kubeconfig: config.replace("token-admin", "token-expired") });
  expect(verdictOf(expired)).toMatchObject({ exitCode: 1, code: "cluster-denied" });
  expect(expired.log.text).not.toContain("token-expired");
  const plugin =
    "exec: { apiVersion: client.authentication.k8s.io/v1, command: no-such-plugin, interactiveMode: Never }";
  const missing = await app.run({ kubeconfig: config.replace("token: token-admin", plugin) });
  expect(verdictOf(missing)).toMatchObject({ exitCode: 1, code: "cluster-denied" });
  const broken = await app.run({ kubeconfig: "clusters: [\ncontexts: []\n" });
  expect(verdictOf(broken)).toMatchObject({ exitCode: 1, code: "cluster-denied" });
  const away = await app.run({ namespace: "nowhere" });
  expect(verdictOf(away)).toMatchObject({ exitCode: 1, code: "config" });
  expect(errorsOf(away)).toContain("the namespace nowhere does not exist");
  const none = await app.run({ operation: "rollback", manifests: "" });
  expect(verdictOf(none)).toMatchObject({ exitCode: 1, code: "config" });
  expect(errorsOf(none)).toMatch(/no release to go back to is recorded[^]*there is none/);
  const nowhere = await app.run({ context: "elsewhere" });
  expect(verdictOf(nowhere)).toMatchObject({ exitCode: 1, code: "cluster-denied" });
  expect(errorsOf(nowhere)).toContain("elsewhere");
  expect(await app.kubectl("get", "secrets,deployments", "--output=name")).toBe("");
});

test.concurrent("a field that cannot be changed is named, with what to do", async () => {
  const app = await appIn("immutable");
  await app.write(web(image(1)));
  expect((await app.run()).outputs["status"]).toBe("deployed");
  const labels = { app: "other" };
  const { spec } = web(image(1), { name: "other" }) as { readonly spec: object };
  await app.write({ ...web(image(1)), spec: { ...spec, selector: { matchLabels: labels } } });
  const result = await app.run();
  expect(verdictOf(result)).toMatchObject({ exitCode: 1, status: "failed", code: "config" });
  expect(errorsOf(result)).toMatch(
    /deployment\/web \(k8s\/app\.yaml:1\): spec\.selector cannot be changed[^]*--cascade=orphan/,
  );
  expect(await app.value("deployment/web", ".metadata.generation")).toBe("1");
});

test.concurrent("status names what does not serve, or would not start again", async () => {
  const app = await appIn("status");
  const uses = { envFrom: [{ configMapRef: { name: "settings" } }] };
  await app.write(configMap("settings", { A: "1" }), service(), web(image(1), { container: uses }));
  expect((await app.run()).outputs["status"]).toBe("deployed");
  const look = { operation: "status", manifests: "" };
  expect(verdictOf(await app.run(look))).toMatchObject({ exitCode: 0, status: "ok" });
  await app.kubectl("create", "service", "clusterip", "lonely", "--tcp=80:80");
  await app.kubectl("delete", "configmap", "settings");
  const { cert, key } = makeCertificate({
    validFrom: new Date("2020-01-01"),
    validTo: new Date("2020-02-01"),
  });
  const tls = { metadata: { name: "tls" }, stringData: { "tls.crt": cert, "tls.key": key } };
  await app.write(
    { apiVersion: "v1", kind: "Secret", type: "kubernetes.io/tls", ...tls },
    ...["tls", "gone"].map(ingress),
  );
  await app.kubectl("apply", "--filename", `${app.workspace}/k8s`);
  const broken = await app.run(look);
  expect(verdictOf(broken)).toMatchObject({ exitCode: 1, status: "failed" });
  const errors = errorsOf(broken);
  expect(errors).toContain("service/lonely: no pod behind it is ready");
  expect(errors).toContain("configmap/settings: is missing, and deployment/web needs it");
  expect(errors).toMatch(/ingress\/tls: the certificate in tls expired on Feb .* 2020/);
  expect(errors).toContain("ingress/gone: its TLS secret gone is missing");
  const nowhere = await app.run({ ...look, namespace: "nowhere" });
  expect(verdictOf(nowhere)).toMatchObject({ exitCode: 1, status: "failed" });
  expect(errorsOf(nowhere)).toContain("namespace/nowhere: is missing");
});

test("an API server that is restarted in mid-watch is found again", async () => {
  const app = await appIn("restarted");
  await app.write(web(image(1), { container: { env: [{ name: "HEALTHY_AFTER", value: "9s" }] } }));
  const running = await app.start();
  await until("the rollout", () => running.printed().includes("new pods ready"), {
    timeoutMs: 20_000,
  });
  await cluster().restartApiServer("SIGKILL");
  const result = await running.done;
  expect(verdictOf(result), result.log.text).toMatchObject({ exitCode: 0, status: "deployed" });
  expect(result.log.text).toContain("the watch was interrupted");
});

test("a watch whose place the server has forgotten begins anew with a list", async () => {
  const app = await appIn("forgotten");
  const proxy = await startClusterProxy(cluster());
  try {
    // Which watches have lost their place depends on what has changed since; one is enough.
    const lists = () =>
      proxy
        .requests()
        .filter((one) => /^GET \/apis?\/\S+\/namespaces\/forgotten\/[a-z]+$/.test(one)).length;
    const env = [{ name: "HEALTHY_AFTER", value: "9s" }];
    await app.write(web(image(1), { container: { env } }));
    const running = await app.start({ kubeconfig: proxy.kubeconfig });
    await until("the rollout", () => running.printed().includes("new pods ready"), {
      timeoutMs: 20_000,
    });
    const before = lists();
    expect(before).toBeGreaterThan(0);
    expect(proxy.expired()).toBe(0);
    // A server that has just started remembers nothing of what was before.
    await cluster().restartApiServer("SIGKILL");
    const result = await running.done;
    expect(verdictOf(result), result.log.text).toMatchObject({ exitCode: 0, status: "deployed" });
    expect(proxy.expired()).toBeGreaterThan(0);
    expect(lists()).toBeGreaterThan(before);
  } finally {
    await proxy.stop();
  }
});

/** One by TLS with the Secret of its name. */
function ingress(name: string): Manifest {
  const backend = { service: { name: "web", port: { number: 8080 } } };
  const rule = { host: "a.example", http: { paths: [{ path: "/", pathType: "Prefix", backend }] } };
  return {
    apiVersion: "networking.k8s.io/v1",
    kind: "Ingress",
    metadata: { name },
    spec: { tls: [{ hosts: ["a.example"], secretName: name }], rules: [rule] },
  };
}
