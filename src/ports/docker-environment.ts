/** What the environment says to Docker's client and to buildx. */
export interface DockerEnvironment {
  /** The folder of the client's configuration. */
  readonly config: string;
  /** Where buildx keeps its builders. */
  readonly buildx: string;
  /** Seconds since the epoch, or empty. */
  readonly sourceDateEpoch: string;
  /** Variables with the way to GitHub's cache; empty where there is no such service. */
  readonly cacheService: Readonly<Record<string, string>>;
  /** Names of variables that a scanner reads. */
  readonly scannerVariables: readonly string[];
}
