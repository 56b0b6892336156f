import { itemsOf, memberAt, parseJson, textAt } from "../kit/json.js";

/** A known weakness of a dependency. */
export interface Advisory {
  /** GitHub's name for it, where it has one. */
  readonly id: string;
  readonly name: string;
  readonly severity: string;
  readonly title: string;
  readonly url: string;
  /** What mends it; "" where nothing does. */
  readonly fix: string;
}

/** Reads what `audit --json` of npm, pnpm or yarn printed; undefined where it is no answer. */
export function parseAudit(text: string): readonly Advisory[] | undefined {
  const whole = parseJson(text);
  if (whole !== undefined && memberAt(whole, "error") === undefined) {
    const found = memberAt(whole, "vulnerabilities");
    if (typeof found === "object" && found !== null) return unique(ofNpm(found));
    const advisories = memberAt(whole, "advisories");
    if (typeof advisories === "object" && advisories !== null)
      return unique(Object.values(advisories).map(ofRegistry));
  }
  return unique(ofLines(text));
}

/** Each package lists what it suffers from by itself, and names of others that it gets it from. */
function ofNpm(vulnerabilities: object): readonly Advisory[] {
  return Object.values(vulnerabilities).flatMap((one: unknown) =>
    itemsOf(memberAt(one, "via")).flatMap((via) => {
      if (typeof via === "string") return [];
      const url = textAt(via, "url");
      const advisory = { name: textAt(via, "name"), severity: textAt(via, "severity") };
      return [
        { ...advisory, title: textAt(via, "title"), url, id: idOf(url, via), fix: fixOf(one) },
      ];
    }),
  );
}

function fixOf(vulnerability: unknown): string {
  const fix = memberAt(vulnerability, "fixAvailable");
  if (fix === true) return "a version that package.json allows: `npm audit fix`";
  const [name, version] = [textAt(fix, "name"), textAt(fix, "version")];
  return name === "" ? "" : `${name} ${version}`;
}

/** The form of the registry's older answer, which pnpm and yarn hand on. */
function ofRegistry(advisory: unknown): Advisory {
  const url = textAt(advisory, "url");
  const patched = textAt(advisory, "patched_versions");
  return {
    id: textAt(advisory, "github_advisory_id") || idOf(url, advisory),
    name: textAt(advisory, "module_name"),
    severity: textAt(advisory, "severity"),
    title: textAt(advisory, "title"),
    url,
    fix: patched === "<0.0.0" ? "" : patched,
  };
}

/** Yarn prints one JSON text a line; nothing at all when nothing is wrong. */
function ofLines(text: string): readonly Advisory[] | undefined {
  const lines = text.split("\n").filter((line) => line.trim() !== "");
  const events = lines.map(parseJson);
  if (events.some((event) => event === undefined)) return undefined;
  if (
    events.some(
      (event) => textAt(event, "type") === "error" || memberAt(event, "error") !== undefined,
    )
  )
    return undefined;
  return events.flatMap((event) => {
    if (textAt(event, "type") === "auditAdvisory")
      return [ofRegistry(memberAt(event, "data", "advisory"))];
    const children = memberAt(event, "children");
    return children === undefined ? [] : [ofYarn(textAt(event, "value"), children)];
  });
}

function ofYarn(name: string, children: unknown): Advisory {
  const url = textAt(children, "URL");
  const severity = textAt(children, "Severity");
  const title = textAt(children, "Issue");
  return { id: idOf(url, children), name, severity, title, url, fix: "" };
}

function idOf(url: string, advisory: unknown): string {
  const named = /GHSA(?:-[0-9a-z]{4}){3}/.exec(url)?.[0];
  const number =
    memberAt(advisory, "source") ?? memberAt(advisory, "ID") ?? memberAt(advisory, "id");
  return named ?? (typeof number === "number" || typeof number === "string" ? String(number) : url);
}

function unique(advisories: readonly Advisory[] | undefined): readonly Advisory[] | undefined {
  return (
    advisories && [...new Map(advisories.map((one) => [`${one.id} ${one.name}`, one])).values()]
  );
}
