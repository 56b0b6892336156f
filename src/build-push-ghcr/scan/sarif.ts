import { itemsOf, memberAt } from "../../kit/json.js";
import type { PlatformScan } from "./finding.js";

/** The SARIF of all platforms in one, each under a category of its own, so that none replaces another. */
export function mergedSarif(image: string, scans: readonly PlatformScan[]): string {
  const runs = scans.flatMap(({ platform, sarif }) =>
    itemsOf(memberAt(sarif, "runs")).map((run) => ({
      ...(run as object),
      automationDetails: { id: `belay/${image}/${platform}/` },
    })),
  );
  const schema = "https://json.schemastore.org/sarif-2.1.0.json";
  return `${JSON.stringify({ $schema: schema, version: "2.1.0", runs })}\n`;
}
