/** How long each kind of trouble may stand before it counts as a failure; milliseconds. */
export interface Grace {
  readonly maxRestarts: number;
  readonly pullMs: number;
  readonly configMs: number;
  readonly scheduleMs: number;
  /** How long new pods must stay ready; undefined: as long as their slowest liveness probe needs. */
  readonly stableMs: number | undefined;
}
