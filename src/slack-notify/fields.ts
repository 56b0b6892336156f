import type { InputReader } from "../kit/inputs.js";

/** A named value that the user adds. */
export interface Field {
  readonly name: string;
  readonly value: string;
}

/** Reads `fields`: `name=value` lines. */
export function readFields(reader: InputReader): readonly Field[] {
  return reader.lines("fields").flatMap((line) => {
    const match = /^([^=]*[^=\s])\s*=\s*(.*)$/.exec(line);
    if (match !== null) return [{ name: match[1] ?? "", value: match[2] ?? "" }];
    reader.problem("fields", {
      given: line,
      // A line without a name may be the rest of a value that nobody should see.
      secret: true,
      accepted: "lines of the form name=value",
      example: "version=1.2.3",
    });
    return [];
  });
}
