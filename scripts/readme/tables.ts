import { rootActionName } from "../bundler/actions.js";
import type { Definition, Input } from "./definition.js";

const firstCount = 8;

/** The table of the first inputs: those that most users need. */
export function firstInputs({ inputs }: Definition): string {
  return inputTable(inputs.slice(0, firstCount));
}

/** The first inputs in one table, the others below by their groups. */
export function allInputs(definition: Definition): string {
  const rest = Map.groupBy(definition.inputs.slice(firstCount), (input) => input.group);
  const sections = [...rest].map(([group, inputs]) => {
    const heading = group === "" ? "Further inputs" : group;
    return `### ${heading}\n\n${inputTable(inputs)}`;
  });
  return [firstInputs(definition), ...sections].join("\n\n");
}

/** The table of the outputs. */
export function outputTable({ outputs }: Definition): string {
  const rows = outputs.map(({ name, description }) => [code(name), cell(description)]);
  return table(["Output", "What it holds"], rows);
}

/** The table of the actions: each with a link to its page and the first line of its description. */
export function actionTable(actions: ReadonlyMap<string, Definition>): string {
  const rows = [...actions].map(([folder, { description }]) => [
    `[${folder}](${pagePath(folder)})`,
    cell(description.split("\n")[0] ?? ""),
  ]);
  return table(["Action", "What it does"], rows);
}

/** Where the page of an action is; that of the root action, which has no folder, is in docs/. */
export function pagePath(name: string): string {
  return name === rootActionName ? "docs/deploy.md" : `actions/${name}/README.md`;
}

function inputTable(inputs: readonly Input[]): string {
  const rows = inputs.map((input) => [
    code(input.name),
    input.required ? "required" : code(input.default),
    cell(input.description),
  ]);
  return table(["Input", "Default", "What it means"], rows);
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...rows.map(line)].join("\n");
}

function code(text: string): string {
  const lines = text.trim().split("\n");
  return lines.map((line) => (line === "" ? "" : `\`${escape(line)}\``)).join("<br>");
}

/** Paragraphs stay apart; the lines of one are joined. */
function cell(text: string): string {
  const paragraphs = text.trim().split(/\n\s*\n/);
  return escape(paragraphs.map((lines) => lines.replace(/\s*\n\s*/g, " ")).join("<br>"));
}

function escape(text: string): string {
  return text.replaceAll("|", "\\|");
}
