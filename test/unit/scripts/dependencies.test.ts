import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, it } from "vitest";

const root = join(import.meta.dirname, "../../..");

interface Manifest {
  readonly dependencies: Readonly<Record<string, string>>;
  readonly devDependencies: Readonly<Record<string, string>>;
  readonly optionalDependencies: Readonly<Record<string, string>>;
}

it("docs/dependencies.md names every dependency with its pinned version, and no other", async () => {
  const manifest = JSON.parse(await readFile(join(root, "package.json"), "utf8")) as Manifest;
  const page = await readFile(join(root, "docs/dependencies.md"), "utf8");
  const rows = page.matchAll(/^\| (?!package|---)(\S+) \| (\S+) \| \S+ \| .{10,} \|$/gm);
  expect(Object.fromEntries([...rows].map(([, name, version]) => [name, version]))).toEqual({
    ...manifest.dependencies,
    ...manifest.devDependencies,
    ...manifest.optionalDependencies,
  });
});
