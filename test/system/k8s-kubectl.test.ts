import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";
import { shell, web } from "../support/cluster-app.js";
import { clusterOfFile } from "../support/cluster-of-file.js";
import { otherKubectls } from "../support/peers/built-programs.js";
import { mustRun } from "../support/program.js";
import { verdictOf } from "../support/report-of.js";

const { image, appIn } = clusterOfFile(2);
const kubectls = await otherKubectls();

test.each(Array.from(kubectls))(
  "kubectl %s, a minor version from the cluster's, deploys a kustomization, takes a bad one back and goes back",
  async (version, kubectl) => {
    expect(await mustRun([kubectl, "version", "--client"])).toContain(`v${version}`);
    const app = await appIn(`kubectl-${version.replaceAll(".", "-")}`);
    const facts = { PATH: `${dirname(kubectl)}:${process.env["PATH"] ?? ""}` };
    await app.write(web(image(1)));
    await mkdir(join(app.workspace, "k8s"), { recursive: true });
    const kustomization = "resources: [app.yaml]\ncommonAnnotations: { made-by: kustomize }\n";
    await writeFile(join(app.workspace, "k8s/kustomization.yaml"), kustomization);
    const first = await app.run({}, { facts });
    expect(verdictOf(first), first.log.text).toMatchObject({ exitCode: 0, status: "deployed" });
    expect(await app.value("deployment/web", ".metadata.annotations.made-by")).toBe("kustomize");

    await app.write(web(image(2), { container: shell("exit 3") }));
    const bad = await app.run({ "max-restarts": "0" }, { facts });
    expect(verdictOf(bad), bad.log.text).toMatchObject({ exitCode: 1, status: "rolled-back" });

    await app.write(web(image(2)));
    const second = await app.run({}, { facts });
    expect(verdictOf(second), second.log.text).toMatchObject({ exitCode: 0, status: "deployed" });
    const back = await app.run({ operation: "rollback" }, { facts });
    expect(verdictOf(back), back.log.text).toMatchObject({ exitCode: 0, status: "rolled-back" });
    expect(await app.value("deployment/web", ".spec.template.spec.containers[0].image")).toBe(
      image(1),
    );
    const status = await app.run({ operation: "status" }, { facts });
    expect(verdictOf(status), status.log.text).toMatchObject({ exitCode: 0, status: "ok" });
  },
);
