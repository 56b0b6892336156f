/** One variable of an environment. */
export interface Variable {
  readonly name: string;
  readonly value: string;
}

/** `text` as one word of a POSIX shell: nothing in it is expanded or executed. */
export function quote(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

/** `export` statements that a POSIX shell reads back to exactly these values; empty for none. */
export function exportStatements(variables: readonly Variable[]): string {
  return variables.map(({ name, value }) => `export ${name}=${quote(value)}\n`).join("");
}
