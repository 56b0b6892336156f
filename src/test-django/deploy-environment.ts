import { randomBytes } from "node:crypto";
import type { Inputs } from "./inputs.js";

/** What the settings for production may ask for: a key of this run's own, and the user's placeholders. */
export function deployEnvironment({ deploySettings, deployEnv }: Inputs): Record<string, string> {
  const key = randomBytes(40).toString("base64url");
  return {
    SECRET_KEY: key,
    DJANGO_SECRET_KEY: key,
    ...(deploySettings !== "" && { DJANGO_SETTINGS_MODULE: deploySettings }),
    ...Object.fromEntries(deployEnv.map(({ name, value }) => [name, value])),
  };
}
