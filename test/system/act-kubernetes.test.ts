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
