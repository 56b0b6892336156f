import { createHash } from "node:crypto";
import { readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { memberAt, parseJson } from "../kit/json.js";
import type { Cache } from "../ports/cache.js";
import type { Platform } from "./platform.js";
import type { TestResult } from "./result.js";

/** What the previous run of the branch said, kept in the cache from run to run. */
export class PreviousResults {
  readonly #cache: Cache;
  readonly #path: string;
  readonly #prefix: string;
  readonly #key: string;

  constructor(action: string, cache: Cache, { run, temp, machine, clock }: Platform) {
    const branch = createHash("sha256").update(run.refName).digest("hex").slice(0, 16);
    this.#cache = cache;
    this.#path = join(temp, `belay-results-${action}.json`);
    this.#prefix = `belay-results-${action}-${machine}-${branch}-`;
    // A second attempt of the run saves too, and what is there already is never changed.
    this.#key = `${this.#prefix}${run.id}-${clock.now()}`;
  }

  /** Tests that failed now and passed then; undefined when nobody knows what was then. */
  async newFailures(tests: readonly TestResult[]): Promise<readonly TestResult[] | undefined> {
    const before = await this.#read().catch(() => undefined);
    if (before === undefined) return undefined;
    return tests.filter(
      ({ id, outcome }) => outcome === "failed" && memberAt(before, id) === "passed",
    );
  }

  /** Keeps the results for the next run; one that found no tests says nothing. */
  async keep(tests: readonly TestResult[]): Promise<void> {
    if (tests.length === 0) return;
    const outcomes = Object.fromEntries(tests.map(({ id, outcome }) => [id, outcome]));
    await writeFile(this.#path, JSON.stringify({ version: 1, outcomes }), { mode: 0o600 });
    await this.#cache.save([this.#path], this.#key).catch(() => false);
  }

  async #read(): Promise<unknown> {
    await rm(this.#path, { force: true });
    const found = await this.#cache.restore([this.#path], this.#key, [this.#prefix]);
    if (found === undefined) return undefined;
    const value = parseJson(await readFile(this.#path, "utf8"));
    return memberAt(value, "version") === 1 ? memberAt(value, "outcomes") : undefined;
  }
}
