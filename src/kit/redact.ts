/** What is no text for people: the password of a URL, and tokens that their makers gave a shape of their own. */
const urlPassword = /(\b[a-z][a-z0-9+.-]*:\/\/[^\s:/?#@]*):([^\s/?#]+)@/gi;
const shapes: readonly RegExp[] = [
  /\bgh[pousr]_[A-Za-z0-9]{20,}/g,
  /\bgithub_pat_[A-Za-z0-9_]{20,}/g,
  /\bxox[a-z]-[A-Za-z0-9-]{10,}/g,
  /\bxapp-[A-Za-z0-9-]{10,}/g,
  /\bsntry[su]_[A-Za-z0-9+/=_-]{20,}/g,
  /\bA(?:KIA|SIA)[A-Z0-9]{16}\b/g,
  /https:\/\/hooks\.slack(?:-gov)?\.com\/(?:services|workflows|triggers)\/[A-Za-z0-9/_-]+/g,
  /-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z ]*PRIVATE KEY-----|$)/g,
];

const hidden = "***";

/** A way to hide `secrets`, and what is a secret by its shape, in texts that leave for somewhere else. */
export function redactor(secrets: readonly string[]): (text: string) => string {
  const longestFirst = secrets.filter((one) => one !== "").sort((a, b) => b.length - a.length);
  return (text) => {
    const known = longestFirst.reduce((rest, secret) => rest.replaceAll(secret, hidden), text);
    const named = known.replace(urlPassword, `$1:${hidden}@`);
    return shapes.reduce((rest, shape) => rest.replace(shape, hidden), named);
  };
}
