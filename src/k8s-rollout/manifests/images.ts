import { BelayError } from "../../kit/errors.js";
import { memberAt } from "../../kit/json.js";
import type { KubeObject } from "../cluster/objects.js";
import {
  type Container,
  containersOf,
  type PodSpec,
  type PodTemplate,
  type Workload,
} from "../cluster/workloads.js";

/** An image for a container: `deployment/backend backend=ghcr.io/a/b@sha256:…`. */
export interface ImageSetting {
  /** In lower case: deployment, statefulset, daemonset, job or cronjob. */
  readonly kind: string;
  readonly name: string;
  readonly container: string;
  readonly image: string;
}

const line = /^([a-z]+)\/([a-z0-9.-]+)\s+([a-z0-9-]+)=(\S+)$/i;
const kinds: Readonly<Record<string, string>> = {
  deployment: "deployment",
  deploy: "deployment",
  statefulset: "statefulset",
  sts: "statefulset",
  daemonset: "daemonset",
  ds: "daemonset",
  job: "job",
  cronjob: "cronjob",
  cj: "cronjob",
};

/** Undefined for a line that says something else. */
export function parseImage(text: string): ImageSetting | undefined {
  const [, kindText = "", name = "", container = "", image = ""] = line.exec(text) ?? [];
  const kind = kinds[kindText.toLowerCase()];
  return kind === undefined ? undefined : { kind, name, container, image };
}

export function isFor({ kind, name }: ImageSetting, object: KubeObject): boolean {
  return object.kind.toLowerCase() === kind && object.metadata.name === name;
}

/** The object with these images on its containers; throws where there is no such container. */
export function withImages<T extends KubeObject>(object: T, settings: readonly ImageSetting[]): T {
  const wanted = settings.filter((setting) => isFor(setting, object));
  if (wanted.length === 0) return object;
  const path = templatePath(object);
  const spec = memberAt(object, ...path, "spec") as PodSpec | undefined;
  const names = containersOf(spec).map(({ name }) => name);
  const missing = wanted.find(({ container }) => !names.includes(container));
  if (missing !== undefined) throw noContainer(missing, names);
  const set = (container: Container): Container => {
    const image = wanted.find((one) => one.container === container.name)?.image;
    return image === undefined ? container : { ...container, image };
  };
  const containers = {
    ...(spec?.initContainers && { initContainers: spec.initContainers.map(set) }),
    ...(spec?.containers && { containers: spec.containers.map(set) }),
  };
  const template = memberAt(object, ...path) as PodTemplate | undefined;
  return replacedAt(object, path, { ...template, spec: { ...spec, ...containers } });
}

/** Where an object says what its pods are made from. */
function templatePath({ kind }: KubeObject): readonly string[] {
  return kind === "CronJob" ? ["spec", "jobTemplate", "spec", "template"] : ["spec", "template"];
}

function replacedAt<T>(object: T, [name, ...rest]: readonly string[], value: unknown): T {
  if (name === undefined) return value as T;
  return { ...object, [name]: replacedAt(memberAt(object, name), rest, value) };
}

/** Only the images of what runs: all else stays whose it is. */
export function imagesAlone(live: Workload, settings: readonly ImageSetting[]): KubeObject {
  const withAll = withImages(live, settings);
  const pick = (containers: readonly Container[] | undefined): readonly Container[] =>
    (containers ?? [])
      .filter(({ name }) => settings.some((one) => isFor(one, live) && one.container === name))
      .map(({ name, image }) => ({ name, ...(image !== undefined && { image }) }));
  const spec = withAll.spec?.template?.spec;
  const [init, main] = [pick(spec?.initContainers), pick(spec?.containers)];
  const { name, namespace } = live.metadata;
  return {
    apiVersion: live.apiVersion,
    kind: live.kind,
    metadata: { name, ...(namespace !== undefined && { namespace }) },
    spec: {
      template: {
        spec: {
          ...(init.length > 0 && { initContainers: init }),
          ...(main.length > 0 && { containers: main }),
        },
      },
    },
  };
}

function noContainer(
  { kind, name, container }: ImageSetting,
  names: readonly string[],
): BelayError {
  return new BelayError(
    "config",
    `\`images\`: ${kind}/${name} has no container ${container}`,
    `Name one of ${names.join(", ")}.`,
  );
}
