import { BelayError } from "../kit/errors.js";
import { grantedIn, isAllowed, type Right } from "./granted.js";
import type { Inputs } from "./inputs.js";
import { mapAtOnce } from "./manifests/assemble.js";
import type { Manifest } from "./manifests/parse-yaml.js";
import type { Site } from "./site.js";

const atOnce = 16;

/** Asks the server for every right that the run will need; throws with all that are missing. */
export async function checkRights(
  manifests: readonly Manifest[],
  inputs: Inputs,
  site: Site,
): Promise<void> {
  const [objects, isGranted] = await Promise.all([
    forObjects(manifests, inputs, site),
    grantedIn(site.namespace, site.api),
  ]);
  const wanted = [...always(inputs, site.namespace), ...objects];
  const unique = [...new Map(wanted.map((right) => [textOf(right), right])).values()];
  const unsure = unique.filter((right) => !isGranted(right));
  const answers = await mapAtOnce(unsure, atOnce, async (right) => ({
    right,
    allowed: await isAllowed(right, site.api),
  }));
  const missing = answers.filter(({ allowed }) => !allowed).map(({ right }) => textOf(right));
  if (missing.length === 0) return;
  throw new BelayError(
    "cluster-denied",
    `rights are missing in ${site.namespace}: ${missing.join("; ")}`,
    "Give them to the user of the kubeconfig: docs/kubernetes-role.yaml has all of them.",
  );
}

/** `create deployments.apps`, and where, if it is elsewhere. */
function textOf({ verb, group, resource, namespace }: Right): string {
  const where = namespace === "" ? " (in the cluster)" : "";
  return `${verb} ${resource}${group === "" ? "" : `.${group}`}${where}`;
}

function always({ backupCronJob, inside, logs, operation }: Inputs, namespace: string): Right[] {
  const rights = (group: string, resource: string, verbs: string): Right[] =>
    verbs.split(" ").map((verb) => ({ verb, group, resource, namespace }));
  const writes = operation === "deploy" || operation === "rollback";
  return [
    ...["deployments", "statefulsets", "daemonsets", "replicasets", "controllerrevisions"].flatMap(
      (resource) => rights("apps", resource, "list watch"),
    ),
    ...rights("", "pods", "list watch"),
    ...rights("", "events", "list watch"),
    ...(logs ? rights("", "pods/log", "get") : []),
    ...(writes ? rights("", "secrets", "get list create patch delete") : []),
    ...(writes ? rights("coordination.k8s.io", "leases", "get create update") : []),
    ...(backupCronJob === "" ? [] : rights("batch", "cronjobs", "get")),
    ...(backupCronJob === "" ? [] : rights("batch", "jobs", "get create")),
    ...(inside.services.length === 0 ? [] : rights("", "services/proxy", "get")),
    ...(inside.commands.length === 0 ? [] : rights("", "pods/exec", "create")),
    ...inside.commands.flatMap(({ workload }) =>
      rights("apps", `${workload.split("/")[0] ?? ""}s`, "get"),
    ),
  ];
}

async function forObjects(
  manifests: readonly Manifest[],
  { rollbackOnFailure, prune }: Inputs,
  { api, namespace }: Site,
): Promise<readonly Right[]> {
  const verbs = ["get", "create", "patch", ...(rollbackOnFailure || prune ? ["delete"] : [])];
  const all = manifests.map(async ({ object }) => {
    const resource = await api.discovery.resource(object);
    if (resource === undefined) return [];
    const [group = ""] = object.apiVersion.includes("/") ? object.apiVersion.split("/") : [""];
    const place = resource.namespaced ? (object.metadata.namespace ?? namespace) : "";
    return verbs.map((verb) => ({ verb, group, resource: resource.name, namespace: place }));
  });
  return (await Promise.all(all)).flat();
}
