import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Site } from "../site.js";
import { until } from "../until.js";

/** Resolves when the open operation has started the step. */
export async function stepStarted(site: Site, step: string): Promise<void> {
  await until(
    `step ${step} to start`,
    async () => {
      const record = await readFile(join(site.path, ".belay/phase"), "utf8").catch(() => "");
      return record.includes(`step ${step} `);
    },
    { timeoutMs: 15_000 },
  );
}
