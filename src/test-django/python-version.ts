/** Where a project says which Python it wants, and what it says. */
export interface WantedPython {
  /** Such as `.python-version`. */
  readonly source: string;
  /** As it stands there. */
  readonly text: string;
  readonly accepts: (version: string) => boolean;
}

/** What a `.python-version` file says; undefined for what is no version, such as the name of an environment. */
export function fromVersionFile(
  text: string,
  source = ".python-version",
): WantedPython | undefined {
  const line = text.split(/\r?\n/).find((one) => one.trim() !== "" && !one.startsWith("#"));
  const version = line?.trim().replace(/^(?:c?python-?)/i, "");
  if (version === undefined || !/^\d+(?:\.\d+){0,2}$/.test(version)) return undefined;
  return { source, text: version, accepts: (given) => `${given}.`.startsWith(`${version}.`) };
}

/** What a pyproject.toml says, in the form of the standard or of Poetry. */
export function fromPyproject(text: string): WantedPython | undefined {
  const standard = /^requires-python\s*=\s*["']([^"']+)["']/m.exec(text)?.[1];
  const poetry = /^\[tool\.poetry\.dependencies\][^[]*?^python\s*=\s*["']([^"']+)["']/ms.exec(
    text,
  )?.[1];
  const wanted = standard ?? poetry;
  if (wanted === undefined) return undefined;
  const source = "pyproject.toml";
  return { source, text: wanted, accepts: (version) => satisfies(version, wanted) };
}

/** Whether a version is in a list of conditions; one that it does not understand holds. */
export function satisfies(version: string, conditions: string): boolean {
  const alternatives = conditions.split("||");
  return alternatives.some((all) => all.split(",").every((one) => holds(version, one.trim())));
}

function holds(version: string, condition: string): boolean {
  const [, operator = "==", text = ""] =
    /^(\^|~=?|[=!<>]=?=?)?\s*([\d.]+(?:\.\*)?)$/.exec(condition) ?? [];
  if (text === "") return true;
  const wanted = text.replace(/\.\*$/, "");
  const order = compare(version, wanted);
  if (operator === ">=") return order >= 0;
  if (operator === ">") return order > 0;
  if (operator === "<=") return order <= 0;
  if (operator === "<") return order < 0;
  if (operator === "^") return order >= 0 && version.split(".")[0] === wanted.split(".")[0];
  if (operator.startsWith("~")) return order >= 0 && isBelow(version, wanted);
  const same = text.endsWith(".*") ? `${version}.`.startsWith(`${wanted}.`) : order === 0;
  return operator === "!=" ? !same : same;
}

/** `~=3.11` leaves the last part open. */
function isBelow(version: string, wanted: string): boolean {
  const fixed = wanted.split(".").slice(0, -1).join(".");
  return fixed === "" || `${version}.`.startsWith(`${fixed}.`);
}

/** By the parts that both have, so that 3.12.1 is not newer than 3.12. */
function compare(version: string, wanted: string): number {
  const [left, right] = [version, wanted].map((text) => text.split(".").map(Number));
  for (const [at, number] of (right ?? []).entries()) {
    const difference = (left?.[at] ?? 0) - number;
    if (difference !== 0) return difference;
  }
  return 0;
}
