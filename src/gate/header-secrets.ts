/** What of a header's value must never be shown: the whole, and each long word, such as a token after `Bearer`. */
export function secretsOf(value: string): readonly string[] {
  const words = value.split(/[\s,;]+/).filter((word) => word.length >= 8);
  return value.length > 3 ? [...new Set([value, ...words])] : words;
}
