import {
  createBuilder,
  inspectBuilder,
  parseBuilder,
  removeBuilder,
  startBuilder,
} from "../commands/buildx.js";
import { BelayError } from "../kit/errors.js";
import { oneLine } from "../kit/one-line.js";
import type { Processes } from "../ports/processes.js";

export interface Builder {
  readonly name: string;
  /** Whether it was made for this run. */
  readonly own: boolean;
}

export interface BuilderWish {
  /** Empty: the one in use. */
  readonly name: string;
  /** Whether the registry is on this machine, where no container reaches it by itself. */
  readonly hostNetwork: boolean;
  /** The name of one that is made; told before it is. */
  readonly nameOwn: () => string;
}

/** Runs buildx with these words. */
export type RunBuildx = (words: readonly string[]) => ReturnType<Processes["run"]>;

/** The builder at hand where it can do what is needed, else one that is made and started. */
export async function chooseBuilder(wish: BuilderWish, run: RunBuildx): Promise<Builder> {
  const found = await inspect(wish.name, run);
  if (found.driver !== "docker") return { name: found.name, own: false };
  if (wish.name !== "") throw tooSimple(wish.name);
  const name = wish.nameOwn();
  await must(createBuilder(name, wish), run, "be made");
  await must(startBuilder(name), run, "start");
  return { name, own: true };
}

/** Removes a builder that was made here; a text says why it could not. */
export async function removeOwn(name: string, run: RunBuildx): Promise<string | undefined> {
  const { code, stderr } = await run(removeBuilder(name));
  return code === 0 || stderr.includes("no builder") ? undefined : lastLine(stderr);
}

async function inspect(
  name: string,
  run: RunBuildx,
): Promise<{ readonly name: string; readonly driver: string }> {
  const { code, stdout, stderr } = await run(inspectBuilder(name));
  const found = parseBuilder(stdout);
  if (/not a docker command|unknown (?:command|flag)/.test(stderr)) throw noBuildx(stderr);
  if (code !== 0) throw noBuilder(name, stderr);
  if (found.error !== "") throw unreachable(found.name, found.error);
  return found;
}

async function must(words: readonly string[], run: RunBuildx, what: string): Promise<void> {
  const { code, stderr } = await run(words);
  if (code === 0) return;
  const remedy =
    "Check that the runner may pull moby/buildkit, or make a builder by docker/setup-buildx-action before this step.";
  throw new BelayError("tool-missing", `no builder could ${what}: ${lastLine(stderr)}`, remedy);
}

function noBuildx(stderr: string): BelayError {
  const message = `the runner's docker has no buildx: ${lastLine(stderr)}`;
  const remedy =
    "Install docker's buildx plugin, or use docker/setup-buildx-action before this step.";
  return new BelayError("tool-missing", message, remedy);
}

function noBuilder(name: string, stderr: string): BelayError {
  const named = name === "" ? "the builder in use" : `the builder \`${name}\``;
  const remedy = "Make it by docker/setup-buildx-action before this step, or leave `builder` out.";
  return new BelayError("tool-missing", `${named} cannot be used: ${lastLine(stderr)}`, remedy);
}

function unreachable(name: string, error: string): BelayError {
  const remedy = "Start Docker on the runner, or check DOCKER_HOST and the user's rights.";
  const message = `the builder \`${name}\` does not answer: ${oneLine(error, 300)}`;
  return new BelayError("tool-missing", message, remedy);
}

function tooSimple(name: string): BelayError {
  const message = `the builder \`${name}\` has the driver docker, which cannot push without a tag`;
  const remedy =
    "Leave `builder` out, and one is made for the job; or name one with the driver docker-container.";
  return new BelayError("config", message, remedy);
}

function lastLine(text: string): string {
  return oneLine(text.trim().split("\n").at(-1) ?? "", 300);
}
