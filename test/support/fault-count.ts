/** How many times a fault is tried: `few`, or more when BELAY_FAULTS is `full`. */
export function faultCount(few: number): number {
  return process.env["BELAY_FAULTS"] === "full" ? few * 5 : few;
}
