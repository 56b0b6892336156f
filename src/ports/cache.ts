/** A cache that outlives the run, such as GitHub's. */
export interface Cache {
  /**
   * Puts back what was saved under `key`, else the newest under a key that begins with one of `prefixes`.
   * Gives the key that was found; undefined where there was none, or the service failed.
   */
  restore(
    paths: readonly string[],
    key: string,
    prefixes: readonly string[],
  ): Promise<string | undefined>;
  /** Saves the paths; false when that was not possible. A key that is there already stays as it is. */
  save(paths: readonly string[], key: string): Promise<boolean>;
}
