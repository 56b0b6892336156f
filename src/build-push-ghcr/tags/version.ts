/** A version by semver.org, with a leading `v` or `=` allowed. */
export interface SemanticVersion {
  readonly raw: string;
  /** Without build metadata and leading `v`. */
  readonly version: string;
  readonly major: string;
  readonly minor: string;
  readonly patch: string;
  readonly prerelease: string;
}

const number = "(0|[1-9]\\d*)";
const identifier = "(?:0|[1-9]\\d*|\\d*[a-zA-Z-][0-9a-zA-Z-]*)";
const semantic = new RegExp(
  `^\\s*[v=]*\\s*${number}\\.${number}\\.${number}(?:-(${identifier}(?:\\.${identifier})*))?(?:\\+[0-9A-Za-z-]+(?:\\.[0-9A-Za-z-]+)*)?\\s*$`,
);

/** The parts of a version; undefined when `text` is none. */
export function parseSemver(text: string): SemanticVersion | undefined {
  const [, major, minor, patch, prerelease = ""] = semantic.exec(text) ?? [];
  if (major === undefined || minor === undefined || patch === undefined) return undefined;
  const main = `${major}.${minor}.${patch}`;
  const version = prerelease === "" ? main : `${main}-${prerelease}`;
  return { raw: text, version, major, minor, patch, prerelease };
}

/** The same by Python's PEP 440; `prerelease` also for post and development releases. */
export function parsePep440(text: string): SemanticVersion | undefined {
  const found = pep440.exec(text)?.groups;
  if (found === undefined) return undefined;
  const { epoch, release = "", pre, preNumber, post, postNumber, postOnly, dev, devNumber } = found;
  const numbers = release.split(".").map((part) => String(Number(part)));
  const [major = "0", minor = "0", patch = "0"] = numbers;
  const special =
    (pre === undefined ? "" : `${shortNames[pre.toLowerCase()] ?? pre}${count(preNumber)}`) +
    (post === undefined && postOnly === undefined ? "" : `.post${count(postOnly ?? postNumber)}`) +
    (dev === undefined ? "" : `.dev${count(devNumber)}`);
  const local = found["local"]?.toLowerCase().replaceAll(/[-_]/g, ".");
  const start = epoch === undefined || Number(epoch) === 0 ? "" : `${String(Number(epoch))}!`;
  const version = `${start}${numbers.join(".")}${special}${local === undefined ? "" : `+${local}`}`;
  return { raw: text, version, major, minor, patch, prerelease: special };
}

const shortNames: Readonly<Record<string, string>> = {
  alpha: "a",
  a: "a",
  beta: "b",
  b: "b",
  c: "rc",
  rc: "rc",
  pre: "rc",
  preview: "rc",
};

const pep440 =
  /^\s*v?(?:(?<epoch>\d+)!)?(?<release>\d+(?:\.\d+)*)(?:[-_.]?(?<pre>alpha|a|beta|b|preview|pre|c|rc)[-_.]?(?<preNumber>\d+)?)?(?:-(?<postOnly>\d+)|[-_.]?(?<post>post|rev|r)[-_.]?(?<postNumber>\d+)?)?(?:[-_.]?(?<dev>dev)[-_.]?(?<devNumber>\d+)?)?(?:\+(?<local>[a-z0-9]+(?:[-_.][a-z0-9]+)*))?\s*$/i;

function count(digits: string | undefined): string {
  return String(Number(digits ?? "0"));
}
