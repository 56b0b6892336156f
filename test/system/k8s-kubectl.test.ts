import { writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";
import { shell, web } from "../support/cluster-app.js";
import { clusterOfFile } from "../support/cluster-of-file.js";
import { otherKubectls } from "../support/peers/built-programs.js";
import { mustRun } from "../support/program.js";
import { verdictOf } from "../support/report-of.js";

const { image, appIn } = clusterOfFile(2);
const kubectls = await otherKubectls();

// The cluster's own version is that of every other test.
test.concurrent.each([...kubectls])(
  "kubectl %s, a minor version from the cluster's, deploys a kustomization, takes a bad one back and goes back",
  async (version, kubectl) => {
    expect(await mustRun([kubectl, "version", "--client"])).toContain(`v${version}`);
    const app = await appIn(`kubectl-${version.replaceAll(".", "-")}`);
    const facts = { PATH: `${dirname(kubectl)}:${process.env["PATH"] ?? ""}` };
    const run = (inputs = {}) => app.run(inputs, { facts });
    await app.write(web(image(1)));
    const kustomization = "resources: [app.yaml]\ncommonAnnotations: { made-by: kustomize }\n";
    await writeFile(join(app.workspace, "k8s/kustomization.yaml"), kustomization);
    const inPod = { "health-commands": "deployment/web true", "health-successes": "1" };
    const first = await run(inPod);
    expect(verdictOf(first), first.log.text).toMatchObject({ exitCode: 0, status: "deployed" });
    expect(await app.value("deployment/web", ".metadata.annotations.made-by")).toBe("kustomize");

    await app.write(web(image(2), { container: shell("exit 3") }));
    const bad = await run({ "max-restarts": "0" });
    expect(verdictOf(bad), bad.log.text).toMatchObject({ exitCode: 1, status: "rolled-back" });

    await app.write(web(image(2)));
    const second = await run();
    expect(verdictOf(second), second.log.text).toMatchObject({ exitCode: 0, status: "deployed" });
    const back = await run({ operation: "rollback", manifests: "" });
    expect(verdictOf(back), back.log.text).toMatchObject({ exitCode: 0, status: "rolled-back" });
    expect(await app.value("deployment/web", ".spec.template.spec.containers[0].image")).toBe(
      image(1),
    );
  },
);
