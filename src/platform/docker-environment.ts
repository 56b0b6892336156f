import { homedir } from "node:os";
import { join } from "node:path";
import type { DockerEnvironment } from "../ports/docker-environment.js";

const cacheVariables = [
  "ACTIONS_RUNTIME_TOKEN",
  "ACTIONS_CACHE_URL",
  "ACTIONS_RESULTS_URL",
  "ACTIONS_CACHE_SERVICE_V2",
];

/** Reads it from `env`, with the defaults of the programs. */
export function dockerEnvironment(env: Readonly<NodeJS.ProcessEnv>): DockerEnvironment {
  const given = (name: string): string => env[name] ?? "";
  const config = given("DOCKER_CONFIG") || join(homedir(), ".docker");
  const cache = cacheVariables.filter((name) => given(name) !== "");
  const isService =
    cache.includes("ACTIONS_RUNTIME_TOKEN") && cache.some((name) => name.endsWith("_URL"));
  return {
    config,
    buildx: given("BUILDX_CONFIG") || join(config, "buildx"),
    sourceDateEpoch: given("SOURCE_DATE_EPOCH"),
    cacheService: isService ? Object.fromEntries(cache.map((name) => [name, given(name)])) : {},
    scannerVariables: Object.keys(env).filter((name) => /^(?:TRIVY|SNYK)_/.test(name)),
  };
}
