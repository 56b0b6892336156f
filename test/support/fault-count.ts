/** How many times a fault is tried: `few`, or `full` when BELAY_FAULTS is `full`. */
export function faultCount({ few, full }: { readonly few: number; readonly full: number }): number {
  return process.env["BELAY_FAULTS"] === "full" ? full : few;
}
