/** Lines of at most this many characters, such as `{` or `1`, hide nothing and would garble every log. */
const trivialLength = 3;

/**
 * Hides a secret: a single line whole, however short; of several lines each by itself, but not trivial ones.
 * Never the whole of several lines: the runner would split it and mask every `{` in the log.
 */
export function maskSecret(secret: string, mask: (text: string) => void): void {
  const lines = secret.split(/\r?\n/).map((line) => line.trim());
  if (lines.length === 1) {
    if (secret !== "") mask(secret);
    return;
  }
  for (const line of lines) maskPart(line, mask);
}

/** Hides a part of a secret, such as the value of one variable, unless it is trivial. */
export function maskPart(part: string, mask: (text: string) => void): void {
  if (part.length > trivialLength) mask(part);
}
