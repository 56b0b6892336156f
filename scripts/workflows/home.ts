/** Where `uses:` finds Belay: the repository, and the tag or commit of it. */
export interface Home {
  readonly repository: string;
  readonly version: string;
}

/** What is committed here. */
export const committed: Home = { repository: "belay-actions/belay", version: "v1" };

/** `OWNER/REPO` and a version as GitHub takes them; what is wrong with them instead. */
export function homeOf(repository: string, version: string): Home | string {
  if (!/^[A-Za-z0-9](?:[A-Za-z0-9-]{0,37}[A-Za-z0-9])?\/[A-Za-z0-9._-]{1,100}$/.test(repository))
    return `${JSON.stringify(repository)} is not OWNER/REPO`;
  if (!/^(?:v\d+(?:\.\d+){0,2}|[0-9a-f]{40})$/.test(version))
    return `${JSON.stringify(version)} is neither a version such as v1 or v1.2.3 nor a commit's SHA`;
  return { repository, version };
}

/** `text` with each use of Belay at `from` named as at `to`; all else stays, byte for byte. */
export function rehomed(text: string, from: Home, to: Home): string {
  const uses = new RegExp(
    `${escaped(from.repository)}(/[\\w./-]+)?@${escaped(from.version)}(?![\\w.-])`,
    "g",
  );
  const moved = text.replaceAll(
    uses,
    (_, path = "") => `${to.repository}${String(path)}@${to.version}`,
  );
  return moved.replaceAll(new RegExp(`${escaped(from.repository)}(?![\\w-])`, "g"), to.repository);
}

/** Uses in `text` of something that is called as we are and lives elsewhere, or has another version. */
export function strangers(text: string, { repository, version }: Home): readonly string[] {
  const uses = [...text.matchAll(/\buses: *([\w.-]+\/[\w.-]+)(?:\/[\w./-]+)?@([\w.-]*\w)/g)];
  return uses.flatMap(([whole, where = "", at = ""]) => {
    const isOurs = where === repository || where.split("/")[1] === repository.split("/")[1];
    return isOurs && (where !== repository || at !== version) ? [whole] : [];
  });
}

function escaped(text: string): string {
  return text.replaceAll(/[.*+?^${}()|[\]\\/]/g, "\\$&");
}
