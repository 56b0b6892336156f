import { type GateInputs, readGate } from "../gate/gate-inputs.js";
import type { InputReader } from "../kit/inputs.js";
import { parseDuration } from "../kit/duration.js";
import type { ClusterAddress } from "../ports/cluster.js";
import type { InsideChecks } from "./health.js";
import { readKubeconfig } from "./kubeconfig.js";
import { type ImageSetting, parseImage } from "./manifests/images.js";
import type { PodCommand } from "./pod-health.js";
import type { Grace } from "./rollout/grace.js";

export const operations = ["deploy", "rollback", "watch", "status"] as const;
export type OperationInput = (typeof operations)[number];

/** What is done with fields that others own: only kubectl's are taken over, none, or all. */
export type TakeOver = "auto" | "none" | "all";

/** A workload that is to be watched, its kind in lower case. */
export interface WorkloadName {
  readonly kind: string;
  readonly name: string;
}

/** What the user asked for, fully parsed. */
export interface Inputs {
  readonly operation: OperationInput;
  readonly address: ClusterAddress;
  /** Empty: that of the context. */
  readonly namespace: string;
  /** Empty: the repository's name. */
  readonly set: string;
  readonly manifests: readonly string[];
  readonly images: readonly ImageSetting[];
  /** Empty: all that changed. */
  readonly workloads: readonly WorkloadName[];
  readonly timeoutMs: number;
  readonly backupCronJob: string;
  readonly migrateJob: string;
  readonly restartOnConfig: boolean;
  readonly takeOver: TakeOver;
  readonly prune: boolean;
  readonly rollbackOnFailure: boolean;
  /** 0: the newest healthy one before the current. */
  readonly release: number;
  readonly grace: Grace;
  readonly logs: boolean;
  readonly changeCause: string;
  /** Shell lines for `watch`. */
  readonly undo: string;
  readonly health: GateInputs;
  readonly inside: InsideChecks;
  readonly dryRun: boolean;
  readonly summary: boolean;
}

const name = {
  pattern: /^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/,
  accepted: "a name as Kubernetes has them",
};

/** What reads a list of checks would be larger than all the rest of this action: its gate knows addresses alone. */
const noList = (): readonly never[] => [];

/** Reads all inputs; throws one `config` error with everything that is wrong with them. Masks each secret first. */
export function readInputs(reader: InputReader, mask: (secret: string) => void): Inputs {
  const operation = reader.choice("operation", operations, "deploy");
  const inputs: Inputs = {
    operation,
    address: {
      kubeconfig: readKubeconfig(reader, mask),
      context: reader.text("context", { example: "production" }),
    },
    namespace: reader.text("namespace", { ...name, example: "shop" }),
    set: reader.text("set", {
      pattern: /^[a-z0-9]([-a-z0-9]{0,40}[a-z0-9])?$/,
      accepted: "at most 42 lower-case letters, digits and hyphens",
      example: "shop",
    }),
    manifests: reader.lines("manifests"),
    images: readImages(reader),
    workloads: readWorkloads(reader),
    timeoutMs: reader.duration("timeout", { default: "10m", min: "5s", max: "6h" }),
    backupCronJob: reader.text("backup-cronjob", { ...name, example: "postgres-backup" }),
    migrateJob: reader.text("migrate-job", { ...name, example: "migrate" }),
    restartOnConfig: reader.boolean("restart-on-config", true),
    takeOver: reader.choice("take-over", ["auto", "none", "all"], "auto"),
    prune: reader.boolean("prune", true),
    rollbackOnFailure: reader.boolean("rollback-on-failure", true),
    release: Number(
      reader.text("release", {
        pattern: /^\d{1,9}$/,
        accepted: "the number of a release",
        example: "41",
      }),
    ),
    grace: readGrace(reader),
    logs: reader.boolean("logs", true),
    changeCause: reader.text("change-cause", {
      example: "${{ github.event.head_commit.message }}",
    }),
    undo: reader.block("undo"),
    health: readGate(reader.under("health-"), mask, noList, {
      recorded: operation !== "deploy",
    }),
    inside: { services: readServices(reader), commands: readCommands(reader) },
    dryRun: reader.boolean("dry-run", false),
    summary: reader.boolean("summary", true),
  };
  refuseContradictions(reader, inputs);
  reader.finish();
  return inputs;
}

function readImages(reader: InputReader): readonly ImageSetting[] {
  return reader.lines("images").flatMap((given) => {
    const image = parseImage(given);
    if (image !== undefined) return [image];
    const accepted =
      "lines of a workload, a container of it and the image: `kind/name container=image`";
    reader.problem("images", {
      given,
      accepted,
      example: "deployment/web web=ghcr.io/a/b@sha256:…",
    });
    return [];
  });
}

function readWorkloads(reader: InputReader): readonly WorkloadName[] {
  return reader.lines("workloads").flatMap((given) => {
    const [, kind = "", named = ""] =
      /^(deployment|statefulset|daemonset)\/([a-z0-9.-]+)$/.exec(given) ?? [];
    if (kind !== "") return [{ kind, name: named }];
    const accepted = "lines of `deployment/name`, `statefulset/name` or `daemonset/name`";
    reader.problem("workloads", { given, accepted, example: "deployment/web" });
    return [];
  });
}

function readGrace(reader: InputReader): Grace {
  const time = { max: "6h" };
  return {
    maxRestarts: reader.integer("max-restarts", { default: 3, min: 0, max: 100 }),
    pullMs: reader.duration("pull-grace", { default: "20s", ...time }),
    configMs: reader.duration("config-grace", { default: "30s", ...time }),
    scheduleMs: reader.duration("schedule-grace", { default: "2m", ...time }),
    stableMs: readStable(reader),
  };
}

function readStable(reader: InputReader): number | undefined {
  const given = reader.text("stable", { default: "auto" });
  const ms = parseDuration(given);
  if (given !== "auto" && ms === undefined)
    reader.problem("stable", { accepted: "auto, or a duration in ms, s, m or h", example: "auto" });
  return ms;
}

function readServices(reader: InputReader): readonly string[] {
  return reader.lines("health-services").filter((given) => {
    if (/^[a-z0-9-]+:[a-z0-9-]+(?:\/\S*)?$/.test(given)) return true;
    const accepted = "lines of a Service, its port and a path: `name:port/path`";
    reader.problem("health-services", { given, accepted, example: "web:8080/healthz" });
    return false;
  });
}

function readCommands(reader: InputReader): readonly PodCommand[] {
  return reader.lines("health-commands").flatMap((given) => {
    const [, workload = "", command = ""] =
      /^((?:deployment|statefulset|daemonset)\/[a-z0-9][-a-z0-9.]*)\s+(\S.*)$/.exec(given) ?? [];
    if (command !== "") return [{ workload, command }];
    const accepted = "lines of a workload and a command that `sh` runs in one of its pods";
    const example = "deployment/web python manage.py check --database default";
    reader.problem("health-commands", { given, accepted, example });
    return [];
  });
}

function refuseContradictions(reader: InputReader, inputs: Inputs): void {
  const { operation, manifests, images } = inputs;
  if (operation === "deploy" && manifests.length === 0 && images.length === 0)
    reader.problem("manifests", {
      accepted: "what is deployed: files, globs, folders or kustomizations here, or `images`",
      example: "k8s/",
    });
  if (operation !== "watch" && inputs.undo !== "")
    reader.problem("undo", {
      accepted: "only with `operation: watch`: a deploy takes back what it has done by itself",
      example: "helm rollback shop",
    });
}
