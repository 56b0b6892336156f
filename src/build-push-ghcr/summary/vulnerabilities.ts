import { escapeMarkdown } from "../../kit/escape-markdown.js";
import { oneLine } from "../../kit/one-line.js";
import type { Finding, PlatformScan } from "../scan/finding.js";

const mostRows = 50;

/** What was found in each platform's image, those that can be fixed first. */
export function vulnerabilityTables(scans: readonly PlatformScan[]): string {
  return scans.map(tableOf).join("\n\n");
}

function tableOf({ platform, findings }: PlatformScan): string {
  const fixable = findings.filter(({ fixed }) => fixed !== "").length;
  const title = `#### Vulnerabilities of ${platform}: ${String(findings.length)}, fixable ${String(fixable)}`;
  if (findings.length === 0) return title;
  const more = findings.length - mostRows;
  return [
    title,
    "",
    "| Severity | Id | Component | Installed | Fixed in | What |",
    "| --- | --- | --- | --- | --- | --- |",
    ...findings.slice(0, mostRows).map(row),
    ...(more > 0 ? ["", `and ${String(more)} more: \`sarif-file\` has all`] : []),
  ].join("\n");
}

function row({ severity, id, component, installed, fixed, title, url }: Finding): string {
  const isAddress = /^https:\/\/[\w.:/?=%~,;@+-]+$/.test(url);
  const name = escapeMarkdown(id);
  const cells = [
    severity,
    isAddress ? `[${name}](${url})` : name,
    ...[component, installed, fixed, oneLine(title, 80)].map(escapeMarkdown),
  ];
  return `| ${cells.join(" | ")} |`;
}
