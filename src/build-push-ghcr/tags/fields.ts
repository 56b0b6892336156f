/**
 * The comma-separated fields of a line; one in double quotes may hold commas, and `""` for a quote. Undefined
 * when a quote is not closed, or something follows it.
 */
export function fieldsOf(line: string): readonly string[] | undefined {
  const fields: string[] = [];
  const field = /(?:^|,)(?:\s*"((?:[^"]|"")*)"\s*(?=,|$)|((?!\s*")[^,]*))/gy;
  for (const match of line.matchAll(field)) {
    const [whole, quoted, plain = ""] = match;
    fields.push(quoted?.replaceAll('""', '"') ?? plain.trim());
    if (match.index + whole.length === line.length) return fields;
  }
  return undefined;
}

/** `name=value`, split at the first `=`; undefined where there is none, or no name. */
export function pairOf(field: string): readonly [name: string, value: string] | undefined {
  const at = field.indexOf("=");
  return at < 1 ? undefined : [field.slice(0, at).trim().toLowerCase(), field.slice(at + 1).trim()];
}
