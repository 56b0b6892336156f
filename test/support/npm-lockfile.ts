/** What a lockfile of npm says of the fixture and its packages. */
export interface LockedPackages {
  /** As package.json names them. */
  readonly dependencies?: Readonly<Record<string, string>>;
  /** What is locked, by name; default: `dependencies`, which are versions then. */
  readonly packages?: Readonly<Record<string, { readonly version: string }>>;
}

/** The text of package-lock.json for the project `fixture` 1.0.0; without addresses, so that it names no registry. */
export function npmLockfile({ dependencies, packages }: LockedPackages = {}): string {
  const locked =
    packages === undefined
      ? Object.entries(dependencies ?? {}).map(([name, version]) => [name, { version }] as const)
      : Object.entries(packages);
  const head = { name: "fixture", version: "1.0.0" };
  const all = {
    "": { ...head, ...(dependencies && { dependencies }) },
    ...Object.fromEntries(locked.map(([name, entry]) => [`node_modules/${name}`, entry])),
  };
  return `${JSON.stringify({ ...head, lockfileVersion: 3, requires: true, packages: all }, null, 2)}\n`;
}
