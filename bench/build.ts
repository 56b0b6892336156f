import { join } from "node:path";
import { type BuildSite, registryPassword, startBuildSite } from "../test/support/build-site.js";
import { buildkitImage } from "../test/support/peers/server-images.js";
import { mustRun } from "../test/support/program.js";
import { reportOf } from "../test/support/report-of.js";
import type { ActionResult } from "../test/support/run-action.js";
import {
  compare,
  type Figure,
  type Measured,
  inTurn,
  resultOf,
  spreadOf,
  timed,
} from "./measure.js";
import { sizeFigure, good } from "./start-up.js";

/** What build-push-action takes over plain buildx here, main and post, in milliseconds (650 and 400). */
const peersOverheadMs = 1050;

/** Builds of an image that is in the builder's cache, whole processes, against plain buildx with the same builder. */
export async function measureBuild(pairs: number): Promise<Measured> {
  const site = await startBuildSite();
  try {
    const sha = await site.checkout.commit();
    await login(site);
    const steps = new Steps();
    const [ours, peer] = await inTurn(
      () => timed(async () => steps.note(await build(site, sha))),
      () => timed(() => plainBuild(site)),
      pairs,
    );
    const names = {
      name: "a rebuild with nothing changed, main and post",
      ours: "build-push-ghcr: built, measured, tagged",
      peer: "docker buildx build --push",
    };
    const over = resultOf({ ...names, targetOver: 0.6 * peersOverheadMs }, ours, peer);
    const build_ = resultOf(
      { name: "buildx itself in it", ours: "its step build", peer: names.peer, target: 1.3 },
      steps.of("build"),
      peer,
    );
    return {
      comparisons: [over, build_, await compare(badInputRow(), pairs)],
      figures: await figures(site, sha, steps),
    };
  } finally {
    await site.stop();
  }
}

/** What each run's steps took, by its own report. */
class Steps {
  readonly #all: Readonly<Record<string, number>>[] = [];

  note(result: ActionResult): void {
    const steps = reportOf(result).steps.map(({ name, durationMs }) => [name, durationMs] as const);
    this.#all.push(Object.fromEntries(steps));
  }

  /** Without the first run, which only warms up. */
  of(name: string): readonly number[] {
    return this.#all.slice(1).map((one) => one[name] ?? 0);
  }
}

async function figures(site: BuildSite, sha: string, steps: Steps): Promise<readonly Figure[]> {
  const platforms = "linux/amd64,linux/arm64";
  await site.checkout.write({ "Dockerfile.two": "FROM scratch\nCOPY busybox /bin/busybox\n" });
  const two = new Steps();
  for (let run = 0; run < 4; run += 1)
    two.note(await build(site, sha, { platforms, file: "Dockerfile.two" }));
  const both = spreadOf(two.of("measure").map((ms, at) => ms + (two.of("tag")[at] ?? 0)));
  const check = spreadOf(steps.of("check"));
  return [
    { name: "measuring and tagging two platforms", value: both.median, unit: "ms", target: 300 },
    { name: "what is looked at before the build", value: check.median, unit: "ms" },
    await ownBuilder(site, sha),
    await sizeFigure("build-push-ghcr", 0.7),
  ];
}

/** From nothing to a builder of its own that runs, and away again. */
async function ownBuilder(site: BuildSite, sha: string): Promise<Figure> {
  await buildkitImage(site.dockerd, "moby/buildkit:buildx-stable-1");
  const steps = new Steps();
  for (let run = 0; run < 2; run += 1) steps.note(await build(site, sha, { builder: "" }));
  return { name: "start of a builder of its own", value: steps.of("check")[0] ?? 0, unit: "ms" };
}

async function build(
  site: BuildSite,
  sha: string,
  inputs: Readonly<Record<string, string>> = {},
): Promise<ActionResult> {
  const running = await site.start({ inputs, facts: { GITHUB_SHA: sha } });
  const result = await running.done;
  good(result);
  good(await running.post());
  return result;
}

/** The registry's password for plain buildx, where its own client keeps it. */
async function login({ dockerd, registry }: BuildSite): Promise<void> {
  const words = ["login", "--username", registry.username, "--password-stdin", registry.address];
  await dockerd.docker(words, { input: registryPassword });
}

async function plainBuild({ dockerd, checkout, image }: BuildSite): Promise<void> {
  const file = join(checkout.folder, "Dockerfile");
  const words = ["--builder", "site", "--provenance=false", "--push", "--tag", `${image}:plain`];
  await dockerd.docker(["buildx", "build", ...words, "--file", file, checkout.folder]);
}

function badInputRow() {
  const index = join(import.meta.dirname, "../dist/build-push-ghcr/index.js");
  const env = { INPUT_IMAGE: "a:b", INPUT_PLATFORMS: "linux", INPUT_TAGS: "type=x" };
  return {
    name: "bad input of build-push-ghcr",
    ours: "node dist/build-push-ghcr/index.js",
    peer: "node -e 0",
    target: 2,
    runOurs: () =>
      timed(() =>
        mustRun(["sh", "-c", '! "$@"', "sh", process.execPath, index], {
          env: { ...env, PATH: "/usr/bin:/bin" },
        }),
      ),
    runPeer: () => timed(() => mustRun([process.execPath, "-e", "0"])),
  };
}
