import type { ReadChecks } from "../gate/checks-reader.js";
import { BelayError } from "../kit/errors.js";
import { InputReader, type RawInput } from "../kit/inputs.js";
import type { Onlooker } from "../kit/onlooker.js";
import { readInputs as readCluster } from "../k8s-rollout/inputs.js";
import { act as actOnCluster } from "../k8s-rollout/action.js";
import { act as actOnServer } from "../ssh-deploy-with-backup/action.js";
import { readInputs as readServer } from "../ssh-deploy-with-backup/inputs.js";
import type { Platform } from "./platform.js";

/** What is deployed to. */
export type Target = "server" | "cluster";

/** Inputs without a default that mean nothing on a server, and none of which a cluster can do without. */
const clusterSigns = ["kubeconfig", "manifests", "context", "namespace", "workloads"];
/** An image of a container of a workload, in the way of a cluster. */
const workloadImage = /^\s*(?:deployment|statefulset|daemonset|cronjob|job|pod)\//m;

/** What the inputs are for: a server unless something is given that only a cluster has, and no `host`. */
export function targetOf(input: RawInput): Target {
  return input("host") === "" && signsOf(input).length > 0 ? "cluster" : "server";
}

/** Does what the inputs say, where they say it; never throws. */
export async function actOnTarget(platform: Platform, onlooker: Onlooker): Promise<void> {
  const { input } = platform;
  const target = targetOf(input);
  const others = namesOf(target === "cluster" ? readServer : readCluster);
  const inputNames = platform.inputNames.filter((name) => !others.has(name));
  const own = { ...platform, inputNames };
  if (target === "cluster") return actOnCluster({ ...own, reach: platform.reachCluster }, onlooker);
  const signs = signsOf(input);
  if (signs.length > 0) return actOnServer(own, onlooker, () => Promise.reject(bothGiven(signs)));
  return actOnServer(own, onlooker);
}

function signsOf(input: RawInput): readonly string[] {
  const given = clusterSigns.filter((name) => input(name) !== "");
  return workloadImage.test(input("images")) ? [...given, "images"] : given;
}

function bothGiven(signs: readonly string[]): BelayError {
  const names = signs.map((name) => `\`${name}\``).join(", ");
  return new BelayError(
    "config",
    `\`host\` names a server, and ${names} ${signs.length === 1 ? "is" : "are"} for a cluster; one step deploys to one of them`,
    "Take one side out, or deploy to both in two steps.",
  );
}

type Parser = (
  reader: InputReader,
  mask: (secret: string) => void,
  readChecks: ReadChecks,
) => unknown;

/** What a parser asks for when nothing is given: with the defaults of `action.yml` these are there for every target. */
function namesOf(read: Parser): ReadonlySet<string> {
  const names = new Set<string>();
  const note = (name: string): string => {
    names.add(name);
    return "";
  };
  try {
    read(
      new InputReader(note, () => undefined),
      () => undefined,
      () => [],
    );
  } catch {
    // Nothing is given, so something is missing.
  }
  return names;
}
