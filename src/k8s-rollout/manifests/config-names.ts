import { itemsOf, memberAt, textAt } from "../../kit/json.js";
import { containersOf, type PodTemplate } from "../cluster/workloads.js";

/** A ConfigMap or Secret that pods are made from. */
export interface ConfigName {
  readonly kind: "ConfigMap" | "Secret";
  readonly name: string;
  /** Pods start without it. */
  readonly optional: boolean;
}

/** All that a template names, sorted; one that is named twice is optional only where both say so. */
export function configNames(template: PodTemplate | undefined): readonly ConfigName[] {
  const found = new Map<string, ConfigName>();
  for (const one of named(template)) {
    const key = `${one.kind}/${one.name}`;
    const optional = one.optional && found.get(key)?.optional !== false;
    if (one.name !== "") found.set(key, { ...one, optional });
  }
  return [...found.keys()].sort().flatMap((key) => found.get(key) ?? []);
}

function named(template: PodTemplate | undefined): readonly ConfigName[] {
  const ofContainers = containersOf(template?.spec).flatMap((container) => [
    ...itemsOf(container["envFrom"]).flatMap((source) => [
      nameAt("ConfigMap", memberAt(source, "configMapRef")),
      nameAt("Secret", memberAt(source, "secretRef")),
    ]),
    ...itemsOf(container["env"]).flatMap((variable) => [
      nameAt("ConfigMap", memberAt(variable, "valueFrom", "configMapKeyRef")),
      nameAt("Secret", memberAt(variable, "valueFrom", "secretKeyRef")),
    ]),
  ]);
  const ofVolumes = itemsOf(template?.spec?.["volumes"]).flatMap((volume) => [
    nameAt("ConfigMap", memberAt(volume, "configMap")),
    nameAt("Secret", memberAt(volume, "secret"), "secretName"),
    ...itemsOf(memberAt(volume, "projected", "sources")).flatMap((source) => [
      nameAt("ConfigMap", memberAt(source, "configMap")),
      nameAt("Secret", memberAt(source, "secret")),
    ]),
  ]);
  return [...ofContainers, ...ofVolumes];
}

function nameAt(kind: ConfigName["kind"], source: unknown, member = "name"): ConfigName {
  return { kind, name: textAt(source, member), optional: memberAt(source, "optional") === true };
}
