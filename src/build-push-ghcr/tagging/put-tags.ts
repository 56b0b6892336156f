import { asBelayError, BelayError } from "../../kit/errors.js";
import type { Clock } from "../../ports/clock.js";
import { digestOf } from "../image/digest.js";
import type { StoredManifest } from "../image/source.js";
import type { Registry } from "../registry/registry.js";
import type { TagName } from "../tags/tag-names.js";
import { isYounger, originOf, type OwnAge } from "./age.js";

/** What became of the tags. */
export interface Tagged {
  readonly on: readonly string[];
  /** Why a tag stayed where it was, by its name. */
  readonly skipped: ReadonlyMap<string, string>;
  /** Why the rest was not put. */
  readonly failure: BelayError | undefined;
}

export interface TagWish {
  readonly tags: readonly TagName[];
  readonly sha: string;
  readonly runNumber: string;
  readonly overwrite: boolean;
  readonly age: OwnAge;
}

type Site = Pick<Registry, "manifest" | "json" | "lastBytes" | "putTag">;

/**
 * Puts the tags on `image`: first one that stays for ever, so that no clean-up takes the image away, then
 * those that always mean the same, and those that move last. A moving tag never goes back to an older commit.
 */
export async function putTags(
  image: StoredManifest,
  wish: TagWish,
  registry: Site,
  clock: Clock,
): Promise<Tagged> {
  const tagging = new Tagging(image, wish, registry, clock);
  try {
    await tagging.keep();
    for (const kind of ["commit", "version"] as const)
      for (const { name } of wish.tags.filter((tag) => tag.kind === kind))
        await tagging.fix(name, kind);
    for (const { name } of wish.tags.filter((tag) => tag.kind === "moving"))
      await tagging.move(name);
    await tagging.settle();
    return tagging.result(undefined);
  } catch (failure) {
    return tagging.result(asBelayError(failure));
  }
}

/** Names of one commit's images that are tried in turn; more builds of one run nobody makes. */
const mostNames = 9;
const shortestPauseMs = 50;
const longestPauseMs = 500;

class Tagging {
  readonly #image: StoredManifest;
  readonly #digest: string;
  readonly #wish: TagWish;
  readonly #registry: Site;
  readonly #clock: Clock;
  readonly #on: string[] = [];
  readonly #moved: string[] = [];
  readonly #skipped = new Map<string, string>();
  #slowestMoveMs = 0;

  constructor(image: StoredManifest, wish: TagWish, registry: Site, clock: Clock) {
    this.#image = image;
    this.#digest = digestOf(image.bytes);
    this.#wish = wish;
    this.#registry = registry;
    this.#clock = clock;
  }

  result(failure: BelayError | undefined): Tagged {
    const error = failure && this.#withWhatIsOn(failure);
    return { on: this.#on, skipped: this.#skipped, failure: error };
  }

  /** Puts a tag that nobody moves: the commit's, or one of this run where that names another image. */
  async keep(): Promise<void> {
    const { sha, runNumber } = this.#wish;
    if (sha === "") return;
    const base = `sha-${sha}`;
    const second = runNumber === "" ? base : `${base}-${runNumber}`;
    const more = Array.from({ length: mostNames }, (_, at) => `${second}-${String(at + 2)}`);
    for (const name of new Set([base, second, ...more])) {
      const there = await this.#registry.manifest(name);
      if (there !== undefined && !this.#isOurs(there)) continue;
      if (there === undefined) await this.#registry.putTag(name, this.#image);
      this.#on.push(name);
      return;
    }
  }

  /** Puts a tag that names one image only; a version that is taken ends the tagging. */
  async fix(name: string, kind: "commit" | "version"): Promise<void> {
    if (this.#on.includes(name)) return;
    const there = await this.#registry.manifest(name);
    if (there !== undefined && !this.#isOurs(there) && !this.#wish.overwrite) {
      const digest = digestOf(there.bytes);
      if (kind === "version") throw taken(name, digest);
      this.#skipped.set(name, `it names ${digest} already`);
      return;
    }
    if (there === undefined || !this.#isOurs(there)) await this.#registry.putTag(name, this.#image);
    this.#on.push(name);
  }

  /** Puts a tag that follows the newest commit, unless a younger one has it. */
  async move(name: string): Promise<void> {
    if (this.#on.includes(name)) return;
    const begun = this.#clock.monotonic();
    const there = await this.#registry.manifest(name);
    const isOurs = there !== undefined && this.#isOurs(there);
    if (there !== undefined && !isOurs) {
      const origin = await originOf(this.#registry, there);
      if ((await isYounger(origin, this.#wish.age)) === true) {
        const of = origin.revision === "" ? "" : `, of ${origin.revision.slice(0, 7)}`;
        this.#skipped.set(name, `a younger commit has it${of}`);
        return;
      }
    }
    if (!isOurs) {
      await this.#registry.putTag(name, this.#image);
      this.#moved.push(name);
    }
    this.#on.push(name);
    this.#slowestMoveMs = Math.max(this.#slowestMoveMs, this.#clock.monotonic() - begun);
  }

  /**
   * Looks once more at what moved: registries know no conditional write, and a run for an older commit may
   * have looked before this one wrote, and written after it. What is older by now is put right.
   */
  async settle(): Promise<void> {
    if (this.#moved.length === 0) return;
    const pauseMs = Math.max(shortestPauseMs, 3 * this.#slowestMoveMs);
    await this.#clock.sleep(Math.min(longestPauseMs, pauseMs));
    for (const name of this.#moved) {
      const there = await this.#registry.manifest(name);
      if (there === undefined || this.#isOurs(there)) continue;
      const origin = await originOf(this.#registry, there);
      if ((await isYounger(origin, this.#wish.age)) === false && origin.revision !== this.#wish.sha)
        await this.#registry.putTag(name, this.#image);
    }
  }

  #isOurs({ bytes }: StoredManifest): boolean {
    return digestOf(bytes) === this.#digest;
  }

  #withWhatIsOn(failure: BelayError): BelayError {
    const on = this.#on.length === 0 ? "no tag is on" : `on are ${this.#on.join(", ")}`;
    return new BelayError(failure.code, `${failure.message}; ${on}`, failure.remedy, {
      cause: failure.cause,
    });
  }
}

function taken(name: string, digest: string): BelayError {
  const remedy = "Release the change under a new version, or set `overwrite: true`.";
  return new BelayError("image-refused", `the version ${name} names ${digest} already`, remedy);
}
