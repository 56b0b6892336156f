import type { Platform as SentryPlatform } from "../sentry-release/platform.js";
import type { Platform as SlackPlatform } from "../slack-notify/platform.js";
import type { Platform as TargetPlatform } from "../ssh-deploy-with-backup/platform.js";

/** What the deploy and those who are told of it need of the runner. */
export type Platform = TargetPlatform &
  Pick<SlackPlatform, "random" | "event"> & {
    readonly run: TargetPlatform["run"] & SlackPlatform["run"] & SentryPlatform["run"];
  };
