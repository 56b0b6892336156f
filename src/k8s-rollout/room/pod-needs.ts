import type { Container, PodTemplate } from "../cluster/workloads.js";
import { quantity } from "./quantity.js";

/** What one pod takes of a quota or a node, by the names that quotas have for it. */
export type PodNeeds = ReadonlyMap<string, number>;

const resources = ["cpu", "memory"] as const;

/** What a pod of the template asks for: all containers together, or one init container that asks for more. */
export function podNeeds(template: PodTemplate | undefined): PodNeeds {
  const { containers = [], initContainers = [] } = template?.spec ?? {};
  const sidecars = initContainers.filter(({ restartPolicy }) => restartPolicy === "Always");
  const needs = new Map<string, number>([["pods", 1]]);
  for (const kind of ["requests", "limits"] as const)
    for (const resource of resources) {
      const of = (container: Container): number => asked(container, kind, resource);
      const together = [...containers, ...sidecars].reduce((sum, one) => sum + of(one), 0);
      const most = Math.max(together, ...initContainers.map(of));
      if (most > 0) needs.set(`${kind}.${resource}`, most);
    }
  return needs;
}

/** Who sets a limit alone asks for as much. */
function asked(
  { resources: { requests, limits } = {} }: Container,
  kind: "requests" | "limits",
  resource: string,
): number {
  const limit = limits?.[resource];
  const given = kind === "limits" ? limit : (requests?.[resource] ?? limit);
  return given === undefined ? 0 : quantity(given);
}
