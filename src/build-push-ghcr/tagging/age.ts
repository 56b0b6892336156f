import { itemsOf, memberAt, textAt } from "../../kit/json.js";
import type { History } from "../commit.js";
import { isIndex } from "../image/media-types.js";
import { platformsIn } from "../image/measure.js";
import type { ImageSource, StoredManifest } from "../image/source.js";
import { fieldNames } from "../oci-fields.js";

/** Which commit an image is of, as far as it says; else empty. */
export interface Origin {
  readonly revision: string;
  readonly created: string;
}

/** Reads it from the annotations, else from the labels of the first platform. */
export async function originOf(source: ImageSource, image: StoredManifest): Promise<Origin> {
  const told = fieldsAt(image.document, "annotations");
  if (told.revision !== "") return told;
  const [child] = isIndex(image.mediaType) ? platformsIn(image.document) : [];
  const manifest = child === undefined ? image : await source.manifest(child);
  const config = memberAt(manifest?.document, "config");
  const digest = textAt(config, "digest");
  if (digest === "") return told;
  const labels = await source.json({ digest, size: Number(memberAt(config, "size") ?? 0) });
  return fieldsAt(memberAt(labels, "config"), "Labels");
}

function fieldsAt(value: unknown, name: string): Origin {
  return {
    revision: textAt(value, name, fieldNames.revision),
    created: textAt(value, name, fieldNames.created),
  };
}

/** Our side of the comparison. */
export interface OwnAge {
  readonly history: Pick<History, "isDescendant">;
  readonly committedAt: number | undefined;
}

/**
 * Whether an image is of a younger commit than ours: by the history where the checkout has it, else by the
 * commits' times. Undefined where neither says.
 */
export async function isYounger(
  { revision, created }: Origin,
  { history, committedAt }: OwnAge,
): Promise<boolean | undefined> {
  const known = await history.isDescendant(revision);
  if (known !== undefined) return known;
  const theirs = Date.parse(created);
  if (Number.isNaN(theirs) || committedAt === undefined) return undefined;
  return theirs > committedAt;
}

/** The digests that an index lists, attestations included. */
export function childrenOf({ document }: StoredManifest): readonly string[] {
  return itemsOf(memberAt(document, "manifests")).map((one) => textAt(one, "digest"));
}
