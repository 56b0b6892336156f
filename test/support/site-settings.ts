import type { Slack } from "./receivers/slack.js";
import type { Site } from "./site.js";
import type { EnvironmentSettings } from "./template-repository.js";

/** The settings of an environment whose app is `site`, and whose people read `slack`; `over` replaces variables. */
export function settingsOf(
  { inputs, path, url }: Site,
  slack: Slack,
  over: Readonly<Record<string, string>> = {},
): EnvironmentSettings {
  const { host = "", port = "", username = "" } = inputs;
  return {
    variables: {
      DEPLOY_HOST: `${username}@${host}:${port}`,
      KNOWN_HOSTS: inputs["known-hosts"] ?? "",
      DEPLOY_PATH: path,
      APP_URL: url,
      SLACK_CHANNEL: "deploys",
      ...over,
    },
    secrets: {
      DEPLOY_KEY: inputs["private-key"] ?? "",
      SLACK_TOKEN: slack.token,
      GITHUB_TOKEN: "ghs_plantedTokenOfTheJob0123456789",
    },
  };
}

/** What may show up nowhere: the tokens, a line of the key, the database's password. */
export function secretsOf(site: Site, { secrets }: EnvironmentSettings): readonly string[] {
  const { DEPLOY_KEY = "", ...tokens } = secrets;
  const [, line = ""] = DEPLOY_KEY.split("\n");
  return [line, ...Object.values(tokens), site.database.password];
}
