import { expect, test } from "vitest";
import { shell, web } from "../support/cluster-app.js";
import { clusterOfFile } from "../support/cluster-of-file.js";
import { warningsOf, wordsOf } from "../support/notify.js";
import { startSentry } from "../support/receivers/sentry.js";
import { startSlack } from "../support/receivers/slack.js";
import { errorsOf, reportOf, verdictOf } from "../support/report-of.js";

const { image, appIn } = clusterOfFile(2);

const root = { action: "deploy" };

test("the root action deploys to a cluster, and Slack and Sentry hear how it went", async () => {
  const [slack, sentry] = [await startSlack(), await startSentry()];
  try {
    const app = await appIn("root");
    const telling = {
      "slack-token": slack.token,
      "slack-channel": "#deploys",
      "slack-api-url": slack.api,
      "sentry-url": sentry.url,
      "sentry-auth-token": sentry.token,
      "sentry-org": "acme",
      "sentry-projects": "web",
      "sentry-environment": "production",
    };
    await app.write(web(image(1)));
    const good = await app.run(telling, root);
    expect(verdictOf(good), good.log.text).toMatchObject({ exitCode: 0, status: "deployed" });
    expect(warningsOf(good)).toBe("");
    expect(reportOf(good)).toMatchObject({ action: "k8s-rollout" });
    expect(good.outputs).toMatchObject({ release: "1", ts: slack.messages[0]?.ts });
    expect(slack.messages).toHaveLength(1);
    expect(slack.messages[0]?.edits).toBeGreaterThan(0);
    expect(wordsOf(slack.messages[0]?.blocks)).toContain("✅");
    expect(sentry.releases.size).toBe(1);

    await app.write(web(image(2), { container: shell("echo no such table; exit 3") }));
    const bad = await app.run({ ...telling, "max-restarts": "0" }, root);
    expect(verdictOf(bad), bad.log.text).toMatchObject({ exitCode: 1, status: "rolled-back" });
    expect(bad.outputs["cause"]).toContain("exited with 3");
    expect(slack.messages.at(1) && wordsOf(slack.messages[1]?.blocks)).toContain("rolled back");
    expect(sentry.releases.size).toBe(1);
    const running = ".spec.template.spec.containers[0].image";
    expect(await app.value("deployment/web", running)).toBe(image(1));
  } finally {
    await slack.stop();
    await sentry.stop();
  }
});

test("a server and a cluster in one step are refused before anything is touched", async () => {
  const app = await appIn("both");
  await app.write(web(image(1)));
  const both = await app.run({ host: "127.0.0.1", path: "/srv/app" }, root);
  expect(verdictOf(both)).toMatchObject({ exitCode: 1, status: "failed", code: "config" });
  expect(errorsOf(both)).toContain("`kubeconfig`, `manifests`, `namespace` are for a cluster");
  expect(await app.kubectl("get", "deployments", "--output=name")).toBe("");
});

test("an empty secret is named as such where kubectl has no context of its own", async () => {
  const app = await appIn("empty");
  await app.write(web(image(1)));
  const facts = { KUBECONFIG: `${app.workspace}/none`, HOME: app.workspace };
  for (const action of ["deploy", "k8s-rollout"]) {
    const result = await app.run({ kubeconfig: "" }, { action, facts });
    expect(verdictOf(result)).toMatchObject({ exitCode: 1, status: "failed", code: "config" });
    expect(errorsOf(result)).toContain("`kubeconfig` is empty: the environment has no such secret");
  }
});
