import type { Check } from "../checks/check.js";
import type { CheckOutcome, Finding } from "../checks/result.js";
import type { Children } from "../ports/children.js";

const mostBytes = 8 << 20;

/** Names of the tracked files that differ from what is committed; undefined where there is no git checkout. */
export async function changedFiles(
  workspace: string,
  children: Children,
): Promise<ReadonlySet<string> | undefined> {
  // Another user may own the checkout, as in a container.
  const git = ["git", "-c", `safe.directory=${workspace}`, "-c", "core.quotePath=false"];
  const argv = [...git, "diff", "--name-only", "--no-ext-diff", "-z", "HEAD"];
  try {
    const end = await children.run({ argv, cwd: workspace, keepStdout: mostBytes });
    return end.code === 0 ? new Set(end.stdout.split("\0").filter(Boolean)) : undefined;
  } catch {
    return undefined;
  }
}

/** The check, which also fails when it changes tracked files: what is committed was then not what was checked. */
export function keepingTracked(check: Check, workspace: string, children: Children): Check {
  return {
    name: check.name,
    run: async (signal, print) => {
      const before = await changedFiles(workspace, children);
      const outcome = await check.run(signal, print);
      const after = before && (await changedFiles(workspace, children));
      const changed = [...(after ?? [])].filter((file) => before?.has(file) === false);
      return changed.length === 0 ? outcome : withChanges(outcome, changed);
    },
  };
}

function withChanges(outcome: CheckOutcome, changed: readonly string[]): CheckOutcome {
  const shown = changed.slice(0, 5).join(", ") + (changed.length > 5 ? ", …" : "");
  const reason = `it changed tracked files: ${shown}`;
  const findings = changed.map((file): Finding => ({
    level: "error",
    message: "A check changed this file: commit what it writes, or let it only look",
    place: { file },
  }));
  return {
    ...outcome,
    status: "failed",
    reason: outcome.reason === "" ? reason : `${outcome.reason}; ${reason}`,
    findings: [...outcome.findings, ...findings],
  };
}
