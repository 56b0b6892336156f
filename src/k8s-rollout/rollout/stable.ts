import { containersOf, type PodTemplate, type Probe } from "../cluster/workloads.js";

const leastSeconds = 10;
const mostSeconds = 60;

/** How long new pods must stay ready: as long as their slowest liveness probe needs to fire. */
export function stableMs(template: PodTemplate | undefined): number {
  const probes = containersOf(template?.spec).flatMap(({ livenessProbe }) => livenessProbe ?? []);
  const slowest = Math.max(leastSeconds, ...probes.map(secondsToFire));
  return Math.min(mostSeconds, slowest) * 1000;
}

/** The last failure comes after the delay and all periods but one; one more for what falls in between. */
function secondsToFire(probe: Probe): number {
  const {
    initialDelaySeconds = 0,
    periodSeconds = 10,
    timeoutSeconds = 1,
    failureThreshold = 3,
  } = probe;
  return initialDelaySeconds + periodSeconds * failureThreshold + timeoutSeconds + 2;
}
