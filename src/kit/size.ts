const decimal = { B: 1, kB: 1e3, KB: 1e3, MB: 1e6, GB: 1e9, TB: 1e12 } as const;
const binary = { KiB: 2 ** 10, MiB: 2 ** 20, GiB: 2 ** 30, TiB: 2 ** 40 } as const;
const units: Readonly<Record<string, number>> = { ...decimal, ...binary };

/** Bytes of a text such as `512B`, `300MB` (powers of 1000) or `1.5GiB` (powers of 1024); undefined for anything else. */
export function parseSize(text: string): number | undefined {
  const match = /^(\d{1,12}(?:\.\d{1,3})?) ?([kKMGT]?i?B)$/.exec(text);
  const factor = units[match?.[2] ?? ""];
  return factor === undefined ? undefined : Math.round(Number(match?.[1]) * factor);
}

/** Bytes for people, in powers of 1024: `12 B`, `3.4 MiB`. */
export function formatSize(bytes: number): string {
  if (bytes < 1024) return `${Math.round(bytes)} B`;
  for (const [unit, factor] of Object.entries(binary)) {
    const tenths = Math.round((bytes / factor) * 10);
    if (tenths < 10_240 || unit === "TiB") return `${(tenths / 10).toFixed(1)} ${unit}`;
  }
  throw new RangeError("unreachable: the largest unit takes all");
}
