import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";

import { propertiesProblems } from "../../../../scripts/workflows/properties.js";

const templates = join(import.meta.dirname, "../../../../workflows-templates");

it("each template has its properties, and each properties its template", async () => {
  const files = await readdir(templates);
  const names = files.filter((file) => file.endsWith(".yml")).map((file) => file.slice(0, -4));
  expect(names.length).toBeGreaterThan(7);
  expect(files.toSorted()).toEqual(
    names.flatMap((name) => [`${name}.properties.json`, `${name}.yml`]).toSorted(),
  );
  for (const name of names)
    expect(await propertiesProblems(join(templates, `${name}.properties.json`)), name).toEqual([]);
});

it("what is missing or wrong in properties is named", async () => {
  const folder = await mkdtemp(join(tmpdir(), "belay-properties-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  const file = join(folder, "x.properties.json");
  expect(await propertiesProblems(file)).toEqual(["has no .properties.json beside it"]);
  await writeFile(file, '{ "name": "", "categories": [], "filePatterns": ["("] }');
  const problems = (await propertiesProblems(file)).join();
  for (const word of ["`name`", "`description`", "`iconName`", "( is no regular"])
    expect(problems).toContain(word);
});
