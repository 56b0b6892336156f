/** What a registry asks for before it serves. */
export type Challenge =
  | { readonly scheme: "basic" }
  | { readonly scheme: "bearer"; readonly realm: string; readonly service: string };

/** Reads `WWW-Authenticate`; undefined when it asks for something that no registry asks for. */
export function parseChallenge(header: string): Challenge | undefined {
  if (/^\s*basic\b/i.test(header)) return { scheme: "basic" };
  if (!/^\s*bearer\b/i.test(header)) return undefined;
  const fields = new Map(
    [...header.matchAll(/(\w+)="([^"]*)"/g)].map(([, name = "", value = ""]) => [
      name.toLowerCase(),
      value,
    ]),
  );
  const realm = fields.get("realm") ?? "";
  return URL.canParse(realm)
    ? { scheme: "bearer", realm, service: fields.get("service") ?? "" }
    : undefined;
}
