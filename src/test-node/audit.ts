import type { Check } from "../checks/check.js";
import { type CheckOutcome, failed, type Finding, passed } from "../checks/result.js";
import { auditCommand } from "../commands/packages.js";
import { type Advisory, parseAudit } from "./advisories.js";
import { type AuditLevel, auditLevels } from "./inputs.js";
import type { IgnoredAdvisory } from "./audit-ignore.js";
import { memberAt, parseJson, textAt } from "../kit/json.js";
import { oneLine } from "../kit/one-line.js";
import type { ChildEnd } from "../ports/children.js";
import { endText } from "./program-end.js";
import { runIn, type Site } from "./site.js";

const mostBytes = 32 << 20;

/** The check that no dependency has a known weakness of `audit-level` or worse. */
export function auditCheck(site: Site): Check {
  return {
    name: `${site.label}audit`,
    run: async (signal, print) => {
      const { project, inputs, platform } = site;
      const argv = auditCommand(project.manager.name);
      // JSON is for us: what is in it follows as findings.
      const manner = { signal, print: () => undefined, cwd: project.root, keepStdout: mostBytes };
      const end = await runIn(site, argv, manner);
      const advisories = answerOf(end);
      if (advisories === undefined) {
        print(end.tail);
        const why = refusalIn(end.stdout) || endText(end, argv.join(" "));
        return failed(`the registry gave no answer about weaknesses: ${why}`);
      }
      const today = new Date(platform.clock.now()).toISOString().slice(0, 10);
      return judge(advisories, inputs.auditLevel, inputs.auditIgnore, today);
    },
  };
}

/** What the program found; undefined where it failed. Yarn's classic form then prints nothing at all. */
export function answerOf({
  code,
  stdout,
}: Pick<ChildEnd, "code" | "stdout">): readonly Advisory[] | undefined {
  const found = parseAudit(stdout);
  return found?.length === 0 && code !== 0 ? undefined : found;
}

/** What npm and pnpm say in JSON of a registry that refuses; "" where they say nothing. */
export function refusalIn(stdout: string): string {
  const said = parseJson(stdout);
  return oneLine(textAt(said, "message") || textAt(memberAt(said, "error"), "message"), 300);
}

/** The weaknesses of `level` or worse fail, those that have a fix first; `today` is as `2026-12-31`. */
export function judge(
  advisories: readonly Advisory[],
  level: AuditLevel,
  ignored: readonly IgnoredAdvisory[],
  today: string,
): CheckOutcome {
  const reaches = ({ severity }: Advisory): boolean => rank(severity) >= rank(level);
  const accepted = new Map(ignored.map(({ id, until }) => [id, until]));
  const stands = ({ id }: Advisory): boolean => today <= (accepted.get(id) ?? "");
  const counting = advisories.filter((one) => reaches(one) && !stands(one)).sort(worstFirst);
  const findings = [
    ...counting.map((one) => findingOf(one, accepted.get(one.id))),
    ...unneeded(ignored, advisories),
  ];
  if (counting.length === 0) return passed(findings);
  const fixable = counting.filter(({ fix }) => fix !== "").length;
  return failed(`${counting.length} known weaknesses, ${fixable} of them with a fix`, findings);
}

function worstFirst(a: Advisory, b: Advisory): number {
  const fixable = Number(b.fix !== "") - Number(a.fix !== "");
  return fixable !== 0 ? fixable : rank(b.severity) - rank(a.severity);
}

function rank(severity: string): number {
  // What none of the known words describes must not pass unseen.
  const at = auditLevels.findIndex((level) => level === severity);
  return severity === "info" ? 0 : at === -1 ? auditLevels.length : at;
}

function findingOf({ id, name, severity, title, url, fix }: Advisory, until?: string): Finding {
  const expired = until === undefined ? "" : ` (it was accepted until ${until})`;
  const cure = fix === "" ? "There is no fix yet" : `Fixed in ${fix}`;
  return {
    level: "error",
    message: `${name}: ${title} (${severity}, ${id})${expired}. ${cure}. ${url}`,
  };
}

function unneeded(
  ignored: readonly IgnoredAdvisory[],
  advisories: readonly Advisory[],
): readonly Finding[] {
  const present = new Set(advisories.map(({ id }) => id));
  return ignored
    .filter(({ id }) => !present.has(id))
    .map(({ id }) => ({
      level: "warning",
      message: `\`audit-ignore\` names ${id}, which no dependency has any more`,
    }));
}
