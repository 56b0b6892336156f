import { cp, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  type ClusterWorkshop,
  startClusterWorkshop,
  type Surroundings,
} from "../support/cluster-workshop.js";
import { startLoad } from "../support/load.js";
import { checkout, type NodeProject } from "../support/node-project.js";
import { runWorkflow, type WorkflowResult } from "../support/peers/act.js";
import { mustRun } from "../support/program.js";
import { type SentryReceiver, startSentry } from "../support/receivers/sentry.js";
import { type Slack, startSlack } from "../support/receivers/slack.js";
import { scratchFolder } from "../support/scratch.js";
import {
  changeInput,
  copyTemplate,
  removeJob,
  valuesOf,
  type Workflow,
} from "../support/workflow-copy.js";

const examples = join(import.meta.dirname, "../../examples");
const patient = 400_000;

let workshop: ClusterWorkshop;
beforeAll(async () => {
  workshop = await startClusterWorkshop();
}, patient);
afterAll(() => workshop.stop());

/** A repository of an example, whose manifests fit the cluster. */
async function repositoryOf(
  example: string,
  manifests: readonly string[],
  prepare: (folder: string) => Promise<void>,
): Promise<NodeProject> {
  const folder = await scratchFolder("repository");
  await cp(join(examples, example), folder, { recursive: true });
  for (const name of manifests) {
    const path = join(folder, "k8s", name);
    await writeFile(path, workshop.fitted(await readFile(path, "utf8")));
  }
  await prepare(folder);
  const repository = checkout(folder);
  await mustRun(["git", "init", "-q", "-b", "main", folder]);
  return repository;
}

const event = { repository: { default_branch: "main", name: "climbing" } };

async function answerOf(url: string): Promise<unknown> {
  return (await fetch(url)).json();
}

describe("the template node-kubernetes on its example, run as GitHub runs it", () => {
  const password = "planted-secret-of-the-database";
  let repository: NodeProject;
  let staging: Surroundings;
  let production: Surroundings;
  let first: string;

  beforeAll(async () => {
    repository = await repositoryOf(
      "node-kubernetes",
      ["staging.yaml", "production.yaml"],
      (folder) => copyTemplate(folder, "node-kubernetes.yml", changeTemplate),
    );
    staging = await workshop.surroundings("daira-staging", 2);
    production = await workshop.surroundings("daira-production", 3);
    for (const { kubectl } of [staging, production])
      await kubectl(
        ...["create", "secret", "generic", "daira-secrets"],
        `--from-literal=DATABASE_URL=postgresql://daira:${password}@postgres:5432/daira`,
        `--from-literal=REDIS_URL=redis://:${password}@redis:6379`,
        `--from-literal=POSTGRES_PASSWORD=${password}`,
        `--from-literal=REDIS_PASSWORD=${password}`,
      );
  });
  afterAll(() => repository.remove());

  /** What is not to be had here, or would take long. */
  function changeTemplate(workflow: Workflow): void {
    removeJob(workflow, "sast");
    changeInput(workflow, "scan");
    changeInput(workflow, "audit-level");
    changeInput(workflow, "health-observe", "5s");
  }

  const push = (): Promise<WorkflowResult> =>
    runWorkflow({
      workspace: repository.folder,
      workflow: "node-kubernetes.yml",
      event: "push",
      payload: event,
      variables: {
        ...valuesOf("staging", { APP_URL: staging.url, NAMESPACE: staging.namespace }),
        ...valuesOf("production", { APP_URL: production.url, NAMESPACE: production.namespace }),
      },
      secrets: {
        ...valuesOf("staging", { KUBECONFIG: staging.kubeconfig }),
        ...valuesOf("production", { KUBECONFIG: production.kubeconfig }),
        GITHUB_TOKEN: "ghs-planted-token-of-the-job",
      },
      env: workshop.env,
      programs: workshop.programs,
      change: (folder) => workshop.change(folder),
    });

  it(
    "brings a push on main to staging, and then to production",
    async () => {
      first = await repository.commit("The first version");
      const result = await push();
      expect(result.exitCode, result.text).toBe(0);
      expect(result.jobs).toMatchObject({ staging: "success", production: "success" });
      for (const { url } of [staging, production]) {
        const health = { status: "ok", version: first, database: "ok", redis: "ok" };
        expect(await answerOf(`${url}/api/health`)).toEqual(health);
        expect(await (await fetch(url)).text()).toContain('<div id="root"');
      }
      expect(result.text).not.toContain(password);
      expect(result.text).not.toContain("token-deployer");
    },
    patient,
  );

  it(
    "takes a version that cannot start back in staging by itself, and leaves production alone",
    async () => {
      const headers = { "content-type": "application/json" };
      const body = JSON.stringify({ text: "kept" });
      const written = await fetch(`${staging.url}/api/posts`, { method: "POST", headers, body });
      expect(written.status).toBe(201);
      const main = join(repository.folder, "backend/src/main.ts");
      const needs =
        '  if (!process.env.QUEUE_URL) throw new Error("cannot start without QUEUE_URL");\n';
      const text = await readFile(main, "utf8");
      await writeFile(
        main,
        text.replace("Promise<void> {\n", (line) => line + needs),
      );
      await repository.commit("Use a queue");
      const load = startLoad(`${staging.url}/api/health`, {
        requestsPerSecond: 5,
        atMost: 5000,
        atMostMs: patient,
      });
      const result = await push();
      const { failures } = await load.stop();
      expect(result.exitCode, result.text).toBe(1);
      expect(result.jobs).toMatchObject({ staging: "failure" });
      expect(result.jobs["production"]).not.toBe("success");
      expect(result.text).toContain("cannot start without QUEUE_URL");
      expect(result.text).toContain("rolled-back: ");
      expect(failures).toEqual([]);
      for (const { url } of [staging, production])
        expect(await answerOf(`${url}/api/health`)).toMatchObject({ version: first });
      expect(await answerOf(`${staging.url}/api/posts`)).toEqual([{ id: "1", text: "kept" }]);
    },
    patient,
  );
});

describe("the template production-kubernetes on its example, run as GitHub runs it", () => {
  const password = "planted-secret-of-scroll";
  let repository: NodeProject;
  let production: Surroundings;
  let slack: Slack;
  let sentry: SentryReceiver;
  let first: string;
  let second: string;

  beforeAll(async () => {
    slack = await startSlack();
    sentry = await startSentry({ projects: ["backend", "frontend"] });
    repository = await repositoryOf(
      "production-kubernetes",
      [
        ...["postgres.yaml", "migration-job.yaml", "backend-deployment.yaml"],
        ...["frontend-deployment.yaml", "backup/backup-cronjob.yaml"],
        ...["backup/restore-job.yaml", "backup/drill-cronjob.yaml"],
      ],
      (folder) => copyTemplate(folder, "production-kubernetes.yml", changeProduction),
    );
    production = await workshop.surroundings("scrolluniversity", 2);
    const { kubectl } = production;
    await kubectl(
      ...["create", "secret", "generic", "postgres", "--from-literal=PGHOST=postgres"],
      ...["--from-literal=PGUSER=scrolluniversity", "--from-literal=PGDATABASE=scrolluniversity"],
      `--from-literal=PGPASSWORD=${password}`,
    );
    const url = `postgresql://scrolluniversity:${password}@postgres:5432/scrolluniversity`;
    const secret = ["create", "secret", "generic", "scrolluniversity-secrets"];
    await kubectl(...secret, `--from-literal=DATABASE_URL=${url}`);
    await apply("postgres.yaml", "backup/backup-cronjob.yaml", "backup/drill-cronjob.yaml");
    await kubectl("rollout", "status", "statefulset/postgres", "--timeout=60s");
  });
  afterAll(async () => {
    await slack.stop();
    await sentry.stop();
    await repository.remove();
  });

  /** What is not to be had here, or would take long. */
  function changeProduction(workflow: Workflow): void {
    for (const name of ["scan", "scan-severity", "upload-sarif"]) changeInput(workflow, name);
    changeInput(workflow, "health-observe", "5s");
    for (const { steps = [] } of Object.values(workflow.jobs))
      for (const { uses = "", with: inputs = {} } of steps) {
        const { image, checks } = inputs;
        if (typeof image === "string")
          inputs["image"] = image.replace(/^ghcr\.io/, workshop.registry);
        // Of an address without TLS there is none to look at.
        if (typeof checks === "string") inputs["checks"] = checks.replace(/ *min-days: .*\n/, "");
        if (uses.includes("/sentry-release@")) inputs["sentry-url"] = sentry.url;
      }
  }

  async function apply(...manifests: readonly string[]): Promise<void> {
    for (const name of manifests)
      await production.kubectl("apply", "--filename", join(repository.folder, "k8s", name));
  }

  const run = (
    name: "push" | "workflow_dispatch",
    inputs: Readonly<Record<string, string>> = {},
  ): Promise<WorkflowResult> =>
    runWorkflow({
      workspace: repository.folder,
      workflow: "production-kubernetes.yml",
      event: name,
      payload: { ...event, inputs },
      variables: valuesOf("production", {
        APP_URL: production.url,
        NAMESPACE: production.namespace,
        SENTRY_ORG: "acme",
      }),
      secrets: {
        ...valuesOf("production", {
          KUBECONFIG: production.kubeconfig,
          SLACK_WEBHOOK: slack.webhook,
          SENTRY_AUTH_TOKEN: sentry.token,
        }),
        GITHUB_TOKEN: "ghs-planted-token-of-the-job",
      },
      env: workshop.env,
      programs: workshop.programs,
      change: (folder) => workshop.change(folder),
    });

  const write = (title: string): Promise<Response> =>
    fetch(`${production.url}/api/courses`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ title }),
    });
  const titles = async (): Promise<readonly string[]> =>
    ((await answerOf(`${production.url}/api/courses`)) as { title: string }[]).map(
      ({ title }) => title,
    );
  const version = (): Promise<unknown> => answerOf(`${production.url}/api/health`);

  it(
    "brings a push to production: tests, images of two platforms, backup, migration, rollout, Sentry, Slack",
    async () => {
      first = await repository.commit("The first version");
      const result = await run("push");
      expect(result.exitCode, result.text).toBe(0);
      expect(result.jobs).toMatchObject({ deploy: "success", tell: "success" });
      expect(result.text).toContain("linux/arm64");
      expect(result.text).toMatch(/backup: scrolluniversity-\S+\.dump, \d+ bytes/);
      expect(await version()).toEqual({ status: "ok", version: first });
      expect(await (await fetch(production.url)).text()).toContain('<div id="root"');
      expect((await write("Logic")).status).toBe(201);
      expect([...sentry.releases.keys()]).toEqual([first]);
      expect(sentry.releases.get(first)?.deploys).toHaveLength(1);
      expect(slack.messages).toHaveLength(1);
      for (const secret of [password, sentry.token, "plantedWebhookSecret1", "token-deployer"])
        expect(result.text).not.toContain(secret);
    },
    patient,
  );

  it(
    "goes back by hand, code but not data, and looks at everything",
    async () => {
      await repository.write({
        "backend/migrations/1733097600000_credits.sql":
          "-- Up Migration\nalter table courses add column credits int not null default 0;\n\n-- Down Migration\nalter table courses drop column credits;\n",
      });
      // They would pass once more.
      await copyTemplate(repository.folder, "production-kubernetes.yml", (workflow) => {
        changeProduction(workflow);
        removeJob(workflow, "test");
      });
      second = await repository.commit("Count credits");
      const pushed = await run("push");
      await copyTemplate(repository.folder, "production-kubernetes.yml", changeProduction);
      expect(pushed.exitCode, pushed.text).toBe(0);
      expect(pushed.text).toContain("apply: deployment/scrolluniversity-backend changed");
      expect(pushed.text).not.toMatch(/apply: (?:configmap|service|horizontalpodautoscaler)\//);
      expect(await version()).toMatchObject({ version: second });
      expect((await write("Rhetoric")).status).toBe(201);

      const back = await run("workflow_dispatch", { operation: "rollback", release: "" });
      expect(back.exitCode, back.text).toBe(0);
      expect(back.jobs).toMatchObject({ "by-hand": "success", tell: "success" });
      expect(back.text).toContain("rolled-back: ");
      expect(await version()).toMatchObject({ version: first });
      expect(await titles()).toEqual(["Logic", "Rhetoric"]);

      const looked = await run("workflow_dispatch", { operation: "status", release: "" });
      // There is no metrics server here, and nobody who makes certificates.
      expect(looked.jobs, looked.text).toMatchObject({ "by-hand": "failure", tell: "success" });
      expect(looked.text).toMatch(/3 of \d+ objects are not well: .*ingress/);
      expect(slack.messages).toHaveLength(4);
    },
    patient,
  );

  it(
    "has its database brought back from the backup before a deploy by the documented Job, and drilled",
    async () => {
      const { kubectl } = production;
      await apply("backup/restore-job.yaml");
      await kubectl("wait", "--for=condition=Failed", "job/restore", "--timeout=60s");
      expect(await kubectl("logs", "job/restore")).toContain("scale down what does");
      await kubectl("delete", "job/restore");
      expect(await titles()).toEqual(["Logic", "Rhetoric"]);

      await kubectl("scale", "deployment/scrolluniversity-backend", "--replicas=0");
      const pods = ["--for=delete", "pod", "--selector=app=scrolluniversity-backend"];
      await kubectl("wait", ...pods, "--timeout=60s");
      await apply("backup/restore-job.yaml");
      await kubectl("wait", "--for=condition=Complete", "job/restore", "--timeout=60s");
      await kubectl("scale", "deployment/scrolluniversity-backend", "--replicas=3");
      await kubectl("rollout", "status", "deployment/scrolluniversity-backend", "--timeout=60s");
      expect(await titles()).toEqual(["Logic"]);

      await kubectl("create", "job", "--from=cronjob/restore-drill", "drill");
      await kubectl("wait", "--for=condition=Complete", "job/drill", "--timeout=60s");
      expect(await kubectl("logs", "job/drill")).toMatch(/gave 2 tables and 1 migrations/);
    },
    patient,
  );
});
