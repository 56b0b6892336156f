import type { CacheInputs } from "./inputs.js";
import type { ImageName } from "./image-name.js";

/** Where layers of earlier builds come from, and where those of this one go. */
export interface Cache {
  readonly from: readonly string[];
  readonly to: readonly string[];
  /** Whether GitHub's cache service is needed for it. */
  readonly gha: boolean;
}

export const noCache: Cache = { from: [], to: [], gha: false };

export interface CacheFacts {
  readonly image: ImageName;
  /** Of several images of one Dockerfile each has a cache of its own. */
  readonly target: string;
  readonly push: boolean;
  readonly hasService: boolean;
}

/** The cache that `inputs` ask for, as far as there is one; `warning` says what is not there. */
export function cacheOf(
  { kind, from, to }: CacheInputs,
  facts: CacheFacts,
): Cache & { readonly warning?: string } {
  const own = {
    from,
    to,
    gha: [...from, ...to].some((line) => /(?:^|,)type=gha(?:,|$)/.test(line)),
  };
  const given = from.length + to.length > 0;
  if (kind === "off" || (kind === "auto" && given)) return own;
  if (kind === "registry") return joined(own, registryCache(facts));
  if (facts.hasService) return joined(own, ghaCache(facts));
  if (kind === "auto") return own;
  return {
    ...own,
    warning:
      "`cache: gha` does nothing here: the runner offers no cache service. Builds start from nothing.",
  };
}

function joined(own: Cache, more: Cache): Cache {
  return {
    from: [...own.from, ...more.from],
    to: [...own.to, ...more.to],
    gha: own.gha || more.gha,
  };
}

/** One scope per image: the service keeps only the last index of a scope. */
function ghaCache({ image, target }: CacheFacts): Cache {
  const scope = `scope=belay-${slug([image.repository, target])}`;
  return {
    from: [`type=gha,${scope}`],
    to: [`type=gha,${scope},mode=max,ignore-error=true`],
    gha: true,
  };
}

/** Who must not push must not write there either. */
function registryCache({ image, target, push }: CacheFacts): Cache {
  const ref = `ref=${image.name}:${slug(["buildcache", target])}`;
  const options = "mode=max,image-manifest=true,oci-mediatypes=true,ignore-error=true";
  return {
    from: [`type=registry,${ref}`],
    to: push ? [`type=registry,${ref},${options}`] : [],
    gha: false,
  };
}

function slug(parts: readonly string[]): string {
  return parts
    .filter((part) => part !== "")
    .join("-")
    .replaceAll(/[^\w.-]+/g, "-");
}
