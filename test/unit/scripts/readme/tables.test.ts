import { describe, expect, it } from "vitest";

import type { Definition, Input } from "../../../../scripts/readme/definition.js";
import {
  actionTable,
  allInputs,
  firstInputs,
  outputTable,
} from "../../../../scripts/readme/tables.js";

function input(name: string, more: Partial<Input> = {}): Input {
  return {
    name,
    description: `What ${name} is.`,
    default: "",
    required: false,
    group: "",
    ...more,
  };
}

function action(more: Partial<Definition> = {}): Definition {
  return { name: "Deploy", description: "Deploys.\nMore of it.", inputs: [], outputs: [], ...more };
}

const nine = ["a", "b", "c", "d", "e", "f", "g", "h", "i"].map((name) => input(name));

describe("the tables of a README", () => {
  it("show the default of an input, and which ones are required", () => {
    const table = firstInputs(
      action({ inputs: [input("path", { required: true }), input("port", { default: "22" })] }),
    );
    expect(table).toBe(
      [
        "| Input | Default | What it means |",
        "| --- | --- | --- |",
        "| `path` | required | What path is. |",
        "| `port` | `22` | What port is. |",
      ].join("\n"),
    );
  });

  it("show the first eight inputs first and the rest below by group", () => {
    const grouped = [...nine, input("j", { group: "Backup" }), input("k", { group: "Health" })];
    const text = allInputs(action({ inputs: grouped }));
    expect(text.split("\n").filter((line) => /^\| `|^###/.test(line))).toEqual([
      ...nine.slice(0, 8).map(({ name }) => `| \`${name}\` |  | What ${name} is. |`),
      "### Further inputs",
      "| `i` |  | What i is. |",
      "### Backup",
      "| `j` |  | What j is. |",
      "### Health",
      "| `k` |  | What k is. |",
    ]);
  });

  it("keep a cell whole when the text has lines, paragraphs or bars", () => {
    const description = "One line\nof two.\n\nEither `a` | `b`.";
    const table = outputTable(action({ outputs: [{ name: "status", description }] }));
    expect(table.split("\n")[2]).toBe("| `status` | One line of two.<br>Either `a` \\| `b`. |");
  });

  it("show a default of several lines as lines", () => {
    const table = firstInputs(action({ inputs: [input("files", { default: "**\n!.git\n" })] }));
    expect(table).toContain("| `**`<br>`!.git` |");
  });

  it("link each action with the first line of what it does", () => {
    expect(actionTable(new Map([["deploy-it", action()]]))).toContain(
      "| [deploy-it](actions/deploy-it/README.md) | Deploys. |",
    );
  });
});
