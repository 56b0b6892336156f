// The project's own configuration of Vitest with one reporter more. A reporter on the command line would drop
// those of the configuration.
import { existsSync } from "node:fs";
import { pathToFileURL } from "node:url";

const { vite, config, reporter, coverage } = JSON.parse(process.env.BELAY_VITEST ?? "{}");

export default async (env) => {
  const { loadConfigFromFile } = await import(pathToFileURL(vite).href);
  const loaded = config && existsSync(config) ? await loadConfigFromFile(env, config) : undefined;
  const own = loaded?.config ?? {};
  return { ...own, test: { ...own.test, ...more(own.test ?? {}) } };
};

function more(test) {
  const given = [test.reporters ?? usual()].flat();
  const reporters = [...(given.length > 0 ? given : usual()), reporter];
  const measured = coverage ? { coverage: { ...test.coverage, enabled: true } } : {};
  return { reporters, includeTaskLocation: true, ...measured };
}

/** What Vitest takes when nothing is configured. */
function usual() {
  return process.env.GITHUB_ACTIONS === "true" ? ["default", "github-actions"] : ["default"];
}
