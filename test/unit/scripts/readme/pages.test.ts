import { join } from "node:path";
import { describe, expect, it } from "vitest";

import { pages } from "../../../../scripts/readme/pages.js";
import { fillRegions } from "../../../../scripts/readme/regions.js";

const root = join(import.meta.dirname, "../../../..");

describe("generated regions", () => {
  it("are filled, and nothing outside of them changes", () => {
    const page =
      "# T\n\n<!-- generated: inputs deploy-it -->\nold\n<!-- end -->\n\nMine | $& \\1\n";
    const filled = fillRegions(page, (kind, subject) => `${kind} of ${subject ?? "?"}: $& $1`);
    expect(filled).toBe(
      "# T\n\n<!-- generated: inputs deploy-it -->\n\ninputs of deploy-it: $& $1\n\n<!-- end -->\n\nMine | $& \\1\n",
    );
  });

  it("stay as they are when filled again", () => {
    const fill = (page: string) => fillRegions(page, () => "| table |");
    const once = fill("<!-- generated: inputs -->\n<!-- end -->\n");
    expect(fill(once)).toBe(once);
  });

  it("of this repository's READMEs are up to date", async () => {
    const all = await pages(root);
    expect(all.map(({ path }) => path)).toContain("README.md");
    expect(all.filter(({ present, wanted }) => present !== wanted)).toEqual([]);
  });
});
