import { fieldsOf, pairOf } from "./fields.js";

/** What holds for all tags. */
export interface Flavor {
  /** `auto`: with a version, a git tag or a match. */
  readonly latest: "auto" | "true" | "false";
  readonly prefix: string;
  readonly suffix: string;
  /** Whether `latest` gets them too. */
  readonly prefixLatest: boolean;
  readonly suffixLatest: boolean;
}

/** Reads the lines of `flavor`; a text says what is wrong with one. */
export function parseFlavor(lines: readonly string[]): Flavor | string {
  const flavor = {
    latest: "auto" as Flavor["latest"],
    prefix: "",
    suffix: "",
    prefixLatest: false,
    suffixLatest: false,
  };
  for (const line of lines) {
    let last: "prefix" | "suffix" | undefined;
    for (const field of fieldsOf(line) ?? [line]) {
      const [name, value] = pairOf(field) ?? [field, ""];
      const isFlag = value === "true" || value === "false";
      if (name === "latest" && (isFlag || value === "auto")) flavor.latest = value;
      else if (name === "prefix" || name === "suffix") flavor[(last = name)] = value;
      else if (name === "onlatest" && isFlag && last !== undefined)
        flavor[`${last}Latest`] = value === "true";
      else return `\`${field}\` is none of latest=auto|true|false, prefix=…, suffix=…, onlatest=…`;
    }
  }
  return flavor;
}
