import { createHash } from "node:crypto";
import { Buffer } from "node:buffer";
import { memberAt } from "../../kit/json.js";
import { identityOf, type KubeObject } from "../cluster/objects.js";
import { isWorkload } from "../cluster/workloads.js";
import { canonical } from "./compare.js";
import { configNames } from "./config-names.js";

/** Where the hash stands in a pod template: a new one makes new pods. */
export const configMark = "belay.dev/config";

export type FindObject = (object: KubeObject) => Promise<KubeObject | undefined>;

/**
 * The workload with a hash of all ConfigMaps and Secrets that its pods are made from, as `all` has them, or
 * else the cluster: without it pods go on with the values that they were started with.
 */
export async function withConfigHash(
  workload: KubeObject,
  all: readonly KubeObject[],
  find: FindObject,
): Promise<KubeObject> {
  if (!isWorkload(workload)) return workload;
  const template = workload.spec?.template;
  const names = configNames(template);
  if (names.length === 0) return workload;
  const hash = createHash("sha256");
  for (const { kind, name } of names) {
    const metadata = { name, namespace: workload.metadata.namespace ?? "default" };
    const wanted: KubeObject = { apiVersion: "v1", kind, metadata };
    const written = all.find((one) => identityOf(one) === identityOf(wanted));
    hash.update(`${kind}/${name}\n${contentOf(written ?? (await find(wanted)))}\n`);
  }
  const annotations = {
    ...template?.metadata?.annotations,
    [configMark]: hash.digest("hex").slice(0, 16),
  };
  const marked = { ...template, metadata: { ...template?.metadata, annotations } };
  return { ...workload, spec: { ...workload.spec, template: marked } };
}

/** The same whether a Secret is written with `data` or with `stringData`. */
function contentOf(object: KubeObject | undefined): string {
  if (object === undefined) return "";
  const texts = Object.entries(memberAt(object, "stringData") ?? {}).map(([key, value]) => [
    key,
    Buffer.from(String(value)).toString("base64"),
  ]);
  const data = { ...(memberAt(object, "data") ?? {}), ...Object.fromEntries(texts) } as object;
  return canonical({ data, binaryData: memberAt(object, "binaryData") });
}
