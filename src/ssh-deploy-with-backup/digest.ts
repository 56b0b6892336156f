import { createHash } from "node:crypto";

/** Everything that makes one release differ from another. */
export interface ReleaseContent {
  readonly files: string;
  readonly env: string;
  readonly shell: string;
  readonly build: string;
  readonly restart: string;
  readonly before: string;
  readonly migrate: string;
  readonly after: string;
  readonly onRecovery: string;
  readonly sharedPaths: readonly string[];
  /** What the strategy knows besides; empty for `symlink`. */
  readonly stack: readonly string[];
}

/** The sha256, in hex, that is equal for two releases exactly when nothing of what makes them differs. */
export function digestOf(content: ReleaseContent): string {
  const { files, env, shell, build, restart, before, migrate, after, onRecovery } = content;
  const parts = [
    files,
    env,
    shell,
    build,
    restart,
    before,
    migrate,
    after,
    onRecovery,
    ...content.sharedPaths,
    ...content.stack,
  ];
  return createHash("sha256").update(JSON.stringify(parts)).digest("hex");
}
