import { chmod, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Report } from "../../src/kit/report.js";
import { runAction, type ActionOptions, type ActionResult } from "./run-action.js";

/** Runs slack-notify in `workspace` with these inputs. */
export function slackNotify(
  inputs: Readonly<Record<string, string>>,
  more: Partial<ActionOptions> & Pick<ActionOptions, "workspace">,
): Promise<ActionResult> {
  return runAction({ action: "slack-notify", inputs, ...more });
}

/** Runs sentry-release in `workspace` with these inputs. */
export function sentryRelease(
  inputs: Readonly<Record<string, string>>,
  more: Partial<ActionOptions> & Pick<ActionOptions, "workspace">,
): Promise<ActionResult> {
  return runAction({ action: "sentry-release", inputs, ...more });
}

/** A report as an action of ours leaves it, good unless it has an `error`. */
export function reportText(over: Partial<Report> = {}): string {
  return JSON.stringify({
    version: 1,
    action: "ssh-deploy-with-backup",
    status: "deployed",
    title: "20260102T030405Z-bbbbbbb serves",
    startedAt: "2026-01-02T03:04:05.000Z",
    facts: [],
    steps: [],
    ...over,
  });
}

/** All that people can read in blocks, and the addresses of links. */
export function wordsOf(value: unknown): string {
  if (Array.isArray(value)) return value.map(wordsOf).join("");
  if (typeof value !== "object" || value === null) return "";
  return Object.entries(value)
    .map(([name, member]) =>
      (name === "text" || name === "url") && typeof member === "string"
        ? `${member}${name === "url" ? " " : ""}`
        : wordsOf(member),
    )
    .join("");
}

/** The warnings of a run in one text. */
export function warningsOf({ log }: ActionResult): string {
  const warnings = log.annotations.filter(({ level }) => level === "warning");
  return warnings.map(({ message }) => message).join("\n");
}

/** A PATH in whose first folder, `folder`, lies a git that never ends. */
export async function pathWithHangingGit(folder: string): Promise<string> {
  const program = join(folder, "git");
  await writeFile(program, "#!/bin/sh\nsleep 20\n");
  await chmod(program, 0o755);
  return `${folder}:${process.env["PATH"] ?? ""}`;
}
