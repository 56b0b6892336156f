/** One instruction of a Dockerfile. */
export interface Instruction {
  /** Of its first line, from 1. */
  readonly line: number;
  /** In capitals. */
  readonly keyword: string;
  /** What follows the keyword, on one line. */
  readonly text: string;
  /** Index of the stage that it stands in; -1 before the first. */
  readonly stage: number;
}

export interface Stage {
  readonly name: string;
  readonly from: string;
}

export interface Dockerfile {
  readonly instructions: readonly Instruction[];
  readonly stages: readonly Stage[];
}

/** The instructions of a Dockerfile with their lines, as far as they can be told without building it. */
export function parseDockerfile(text: string): Dockerfile {
  const lines = text.split(/\r?\n/);
  const escape = /^#\s*escape\s*=\s*`\s*$/im.test(text.split(/^[^#]/m, 1)[0] ?? "") ? "`" : "\\";
  const instructions: Instruction[] = [];
  const stages: Stage[] = [];
  for (let at = 0; at < lines.length;) {
    const { text: whole, lines: count } = joinLines(lines, at, escape);
    const [, keyword, rest = ""] = /^\s*([A-Za-z]+)(?:\s+([^]*))?$/.exec(whole) ?? [];
    if (keyword !== undefined) {
      const capitals = keyword.toUpperCase();
      if (capitals === "FROM") stages.push(stageOf(rest));
      const stage = stages.length - 1;
      instructions.push({ line: at + 1, keyword: capitals, text: rest.trim(), stage });
    }
    at += count + heredocLines(lines, at + count, keyword, rest);
  }
  return { instructions, stages };
}

/** One instruction with the lines that continue it; comments and empty lines in between do not end it. */
function joinLines(
  lines: readonly string[],
  from: number,
  escape: string,
): { readonly text: string; readonly lines: number } {
  const first = lines[from] ?? "";
  if (/^\s*(?:#|$)/.test(first)) return { text: "", lines: 1 };
  let text = "";
  let at = from;
  for (; at < lines.length; at += 1) {
    const line = lines[at] ?? "";
    if (at > from && /^\s*(?:#|$)/.test(line)) continue;
    const continued = line.trimEnd().endsWith(escape);
    text += continued ? `${line.trimEnd().slice(0, -1)} ` : line;
    if (!continued) break;
  }
  return { text, lines: at - from + 1 };
}

/** How many lines belong to the texts that an instruction carries (`<<EOF`). */
function heredocLines(
  lines: readonly string[],
  from: number,
  keyword: string | undefined,
  text: string,
): number {
  if (keyword === undefined || !/^(?:RUN|COPY|ADD)$/i.test(keyword)) return 0;
  let at = from;
  for (const [, dash, , name = ""] of text.matchAll(/<<(-?)(["']?)([A-Za-z_]\w*)\2/g)) {
    const isEnd = (line: string): boolean => (dash === "-" ? line.trimStart() : line) === name;
    const end = lines.findIndex((line, index) => index >= at && isEnd(line));
    if (end !== -1) at = end + 1;
  }
  return at - from;
}

function stageOf(text: string): Stage {
  const words = text.split(/\s+/).filter((word) => word !== "" && !word.startsWith("--"));
  const [from = "", as = "", name = ""] = words;
  return { from, name: as.toUpperCase() === "AS" ? name.toLowerCase() : "" };
}

/**
 * The instructions that make `target` (empty: the last stage), the first one first: those of the stages that
 * it is built on, then its own.
 */
export function chainOf(
  { instructions, stages }: Dockerfile,
  target: string,
): readonly Instruction[] {
  let stage = indexOf(stages, target);
  const chain: Instruction[][] = [];
  while (stage >= 0) {
    const own = stage;
    chain.unshift(instructions.filter((one) => one.stage === own && one.keyword !== "FROM"));
    const from = stages[own]?.from.toLowerCase() ?? "";
    const below = stages.slice(0, own).findLastIndex(({ name }) => name === from && name !== "");
    stage = below;
  }
  return chain.flat();
}

function indexOf(stages: readonly Stage[], target: string): number {
  if (target === "") return stages.length - 1;
  const named = stages.findLastIndex(({ name }) => name === target.toLowerCase());
  return named === -1 && /^\d+$/.test(target) ? Number(target) : named;
}

/** The ids of secrets that instructions mount; those that hold a variable are left out. */
export function mountedSecrets({ instructions }: Dockerfile): readonly string[] {
  const texts = instructions.filter(({ keyword }) => keyword === "RUN").map(({ text }) => text);
  const mounts = texts.flatMap((text) => [...text.matchAll(/--mount=(\S*type=secret\S*)/g)]);
  return mounts.flatMap(([, mount = ""]) => {
    const field = (name: string): string | undefined =>
      new RegExp(`(?:^|,)${name}=([^,]+)`).exec(mount)?.[1];
    const target = field("target") ?? field("dst") ?? field("destination");
    const id = field("id") ?? target?.split("/").at(-1);
    return id === undefined || id.includes("$") ? [] : [id];
  });
}
