import type { Platform as ClusterPlatform } from "../k8s-rollout/platform.js";
import type { Platform as SentryPlatform } from "../sentry-release/platform.js";
import type { Platform as SlackPlatform } from "../slack-notify/platform.js";
import type { Platform as ServerPlatform } from "../ssh-deploy-with-backup/platform.js";

/** What the deploy and those who are told of it need of the runner. */
export type Platform = ServerPlatform &
  Pick<SlackPlatform, "random" | "event"> & {
    readonly run: ServerPlatform["run"] &
      ClusterPlatform["run"] &
      SlackPlatform["run"] &
      SentryPlatform["run"];
    /** What `reach` is where a cluster is deployed to. */
    readonly reachCluster: ClusterPlatform["reach"];
  };

/** What it takes to tell somebody. */
export type TellingPlatform = SlackPlatform & SentryPlatform & Pick<ServerPlatform, "saveState">;
