const later =
  /(?<![:.])\b(?:429|5\d\d)\b|too ?many ?requests|rate limit|time(?:d )?out|deadline exceeded|connection (?:refused|reset)|no such host|temporar|unexpected EOF|server misbehaving/i;
const never =
  /not found|manifest unknown|name unknown|does not exist|denied|unauthorized|forbidden|authorization failed|no basic auth|insufficient_scope|\b40[134]\b/i;

/** The names of images, whose tags and ports may be numbers like those of answers. */
const names = /"[^"]*"|https?:\/\/\S+/g;

/** Whether the registry has said that there is no such image, or not for us; all else may heal. */
export function isFinalAnswer(message: string): boolean {
  const said = message.replace(names, "");
  return !later.test(said) && never.test(said);
}

/** The end of a chain of `a: b: c`, which is what the registry has said. */
export function registryAnswer(message: string): string {
  const parts = message.replace(/^Back-off pulling image "[^"]*":? ?/, "").split(": ");
  const from = parts.findIndex((part) => {
    const said = part.replace(names, "");
    return later.test(said) || never.test(said);
  });
  return parts.slice(Math.max(0, from)).join(": ");
}
