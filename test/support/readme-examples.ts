import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { parse } from "yaml";

const root = join(import.meta.dirname, "../..");

/** What an example of a README hands to an action. */
export interface Example {
  /** The heading that it stands under. */
  readonly title: string;
  readonly inputs: Readonly<Record<string, string>>;
}

interface Step {
  readonly uses?: string;
  readonly with?: Readonly<Record<string, unknown>>;
}

/** All uses of the action `name` in the YAML blocks of its README, with `values` for `${{ … }}`. */
export async function readmeExamples(
  name: string,
  values: (expression: string) => string,
): Promise<readonly Example[]> {
  const page = await readFile(join(root, "actions", name, "README.md"), "utf8");
  let title = "";
  return page.split(/^(#+ .*|```yaml\n[^]*?^```)$/m).flatMap((part) => {
    if (part.startsWith("#")) title = part.replace(/^#+ /, "");
    if (!part.startsWith("```yaml")) return [];
    const document: unknown = parse(part.slice(8, -3));
    const steps = stepsOf(document).filter(({ uses = "" }) => uses.includes(`/actions/${name}@`));
    return steps.map((step) => ({ title, inputs: filled(step.with ?? {}, values) }));
  });
}

function stepsOf(node: unknown): readonly Step[] {
  if (Array.isArray(node)) return node.flatMap(stepsOf);
  if (typeof node !== "object" || node === null) return [];
  return "uses" in node ? [node as Step] : Object.values(node).flatMap(stepsOf);
}

function filled(
  inputs: Readonly<Record<string, unknown>>,
  values: (expression: string) => string,
): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(inputs).map(([name, value]) => [
      name,
      String(value)
        .replace(/\$\{\{ *(.*?) *\}\}/g, (_, expression: string) => values(expression))
        .trim(),
    ]),
  );
}
