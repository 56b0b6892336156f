import { existsSync } from "node:fs";
import { glob, readFile } from "node:fs/promises";
import { join } from "node:path";
import { parse } from "yaml";

/** A whole workflow, or a piece of one that a page shows. */
export interface Document {
  /** Path from the repository's root, and of a piece the line at which it begins. */
  readonly place: string;
  readonly kind: "template" | "own" | "example" | "piece";
  readonly text: string;
  readonly value: unknown;
}

const places = [
  ["template", "workflows-templates/*.yml"],
  ["own", ".github/workflows/*.yml"],
  ["example", "examples/*/.github/workflows/*.yml"],
] as const;
const pages = ["*.md", "docs/**/*.md", "actions/*/README.md", "examples/*/README.md"];

/** Everything in the repository that users copy or GitHub runs, sorted by place. */
export async function allDocuments(root: string): Promise<readonly Document[]> {
  const documents: Document[] = [];
  for (const [kind, pattern] of places) {
    for (const place of await pathsOf(root, pattern)) {
      const text = await readFile(join(root, place), "utf8");
      documents.push({ place, kind, text, value: parse(text) as unknown });
    }
  }
  for (const pattern of pages) {
    for (const place of await pathsOf(root, pattern)) {
      documents.push(...piecesOf(place, await readFile(join(root, place), "utf8")));
    }
  }
  return documents;
}

/** The YAML blocks of a page, those inside of lists too. */
export function piecesOf(place: string, page: string): readonly Document[] {
  return [...page.matchAll(/^( *)```ya?ml\n([^]*?)^\1```$/gm)].map((block) => {
    const [, indent = "", body = ""] = block;
    const text = body.replaceAll(new RegExp(`^${indent}`, "gm"), "");
    const line = page.slice(0, block.index).split("\n").length;
    return { place: `${place}:${line}`, kind: "piece", text, value: parse(text) as unknown };
  });
}

/** A block of shell lines that a page shows. */
export interface ShellBlock {
  readonly place: string;
  readonly text: string;
}

/** The shell blocks of all pages. */
export async function shellBlocks(root: string): Promise<readonly ShellBlock[]> {
  const blocks: ShellBlock[] = [];
  for (const pattern of pages) {
    for (const place of await pathsOf(root, pattern)) {
      const page = await readFile(join(root, place), "utf8");
      for (const block of page.matchAll(/^```(?:sh|bash)\n([^]*?)^```$/gm)) {
        const line = page.slice(0, block.index).split("\n").length;
        blocks.push({ place: `${place}:${String(line)}`, text: block[1] ?? "" });
      }
    }
  }
  return blocks;
}

async function pathsOf(root: string, pattern: string): Promise<readonly string[]> {
  if (!existsSync(root)) throw new Error(`${root} is no folder.`);
  const paths: string[] = [];
  for await (const path of glob(pattern, { cwd: root })) paths.push(path);
  return paths.sort();
}
