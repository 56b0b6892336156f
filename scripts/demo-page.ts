import { Marked } from "marked";

const style = `
body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; color: #1f2328; }
table { border-collapse: collapse; margin: 1rem 0; }
td, th { border: 1px solid #d1d9e0; padding: .3rem .8rem; }
code, pre { background: #f6f8fa; border-radius: 4px; padding: .1rem .3rem; overflow-x: auto; }
svg { width: 100%; height: auto; }
svg text { font: 12px system-ui, sans-serif; }
.done { fill: #4493f8; } .crit { fill: #d1242f; } .active { fill: #bf8700; }`;

/** A job summary (GitHub's Markdown) as one HTML page that loads nothing; its Mermaid gantts become SVG. */
export function summaryPage(markdown: string, title: string): string {
  const marked = new Marked({
    gfm: true,
    renderer: { code: ({ text, lang }) => (lang === "mermaid" ? gantt(text) : false) },
  });
  const policy = "default-src 'none'; style-src 'unsafe-inline'";
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<title>${escapeHtml(title)}</title>
<style>${style}
</style>
</head>
<body>
${marked.parse(markdown, { async: false })}</body>
</html>
`;
}

interface Task {
  readonly label: string;
  readonly look: string;
  readonly fromMs: number;
  readonly ms: number;
}

const rowHeight = 26;
const labelWidth = 260;
const chartWidth = 640;

function gantt(text: string): string {
  const tasks = text.split("\n").flatMap(task);
  const first = Math.min(...tasks.map(({ fromMs }) => fromMs));
  const last = Math.max(...tasks.map(({ fromMs, ms }) => fromMs + ms));
  const scale = chartWidth / Math.max(1, last - first);
  const rows = tasks.map((one, index) =>
    row(one, index * rowHeight, (one.fromMs - first) * scale, one.ms * scale),
  );
  const box = `0 0 ${labelWidth + chartWidth} ${tasks.length * rowHeight}`;
  return `<svg viewBox="${box}" role="img" aria-label="Steps over time">\n${rows.join("\n")}\n</svg>\n`;
}

/** One line such as `1 upload (1.2 s) :done, s1, 2000-01-01 00:00:01.000, 1200ms`; nothing for other lines. */
function task(line: string): readonly Task[] {
  const [, label = "", look = "", from = "", ms = ""] =
    /^([^:]+) :(\w+), \w+, ([^,]+), (\d+)ms$/.exec(line) ?? [];
  return label === "" ? [] : [{ label, look, fromMs: Date.parse(`${from}Z`), ms: Number(ms) }];
}

function row({ label, look }: Task, y: number, x: number, width: number): string {
  const bar = `<rect class="${look}" x="${labelWidth + x}" y="${y + 4}" width="${Math.max(2, width)}" height="18" rx="3"/>`;
  return `<text x="0" y="${y + 17}">${escapeHtml(label)}</text>${bar}`;
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`);
}
