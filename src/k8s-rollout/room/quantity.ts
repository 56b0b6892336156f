const units: Readonly<Record<string, number>> = {
  ...{ n: 1e-9, u: 1e-6, m: 1e-3, "": 1, k: 1e3, M: 1e6, G: 1e9, T: 1e12, P: 1e15, E: 1e18 },
  ...{ Ki: 2 ** 10, Mi: 2 ** 20, Gi: 2 ** 30, Ti: 2 ** 40, Pi: 2 ** 50, Ei: 2 ** 60 },
};

/** A quantity as Kubernetes writes it, such as `500m`, `128Mi`, `1e3` or 2, as a number; NaN where it is none. */
export function quantity(written: unknown): number {
  const text = typeof written === "number" ? String(written) : written;
  if (typeof text !== "string") return Number.NaN;
  const [, digits = "", unit = ""] = /^([+-]?[\d.]+(?:[eE][+-]?\d+)?)([A-Za-z]*)$/.exec(text) ?? [];
  return digits === "" ? Number.NaN : Number(digits) * (units[unit] ?? Number.NaN);
}
