/** A mapping of YAML whose keys are not known. */
export type Mapping = Readonly<Record<string, unknown>>;

/** A job with the name that it has in its workflow. */
export interface Job {
  readonly name: string;
  readonly value: Mapping;
}

/** One `uses:`, with what it is given. */
export interface Use {
  readonly uses: string;
  readonly inputs: Mapping;
}

/** `value` as a mapping; empty when it is none. */
export function mapping(value: unknown): Mapping {
  return typeof value === "object" && value !== null && !Array.isArray(value)
    ? (value as Mapping)
    : {};
}

/** The jobs of a workflow, in its order. */
export function jobsOf(workflow: unknown): readonly Job[] {
  return Object.entries(mapping(mapping(workflow)["jobs"])).map(([name, value]) => ({
    name,
    value: mapping(value),
  }));
}

/** What a job runs; none where it calls a workflow. */
export function stepsOf({ value }: Job): readonly Mapping[] {
  return Array.isArray(value["steps"]) ? value["steps"].map(mapping) : [];
}

/** Every `uses:` below `node`, of steps and of jobs. */
export function usesIn(node: unknown): readonly Use[] {
  if (Array.isArray(node)) return node.flatMap(usesIn);
  if (typeof node !== "object" || node === null) return [];
  const { uses, with: inputs } = node as Mapping;
  if (typeof uses === "string") return [{ uses, inputs: mapping(inputs) }];
  return Object.values(node).flatMap(usesIn);
}

/** What starts a workflow by the name of the event. */
export function triggersOf(workflow: unknown): Mapping {
  const on = mapping(workflow)["on"];
  if (typeof on === "string") return { [on]: null };
  return Array.isArray(on)
    ? Object.fromEntries(on.map((name) => [String(name), null]))
    : mapping(on);
}
