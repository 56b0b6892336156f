import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { findBuildx } from "../../../src/build-push-ghcr/find-buildx.js";
import { removeFolder, scratchFolder } from "../../support/scratch.js";

let folder: string;
beforeEach(async () => {
  folder = await scratchFolder("find-buildx");
});
afterEach(() => removeFolder(folder));

async function put(path: string, text: string, mode: number): Promise<void> {
  await mkdir(dirname(join(folder, path)), { recursive: true });
  await writeFile(join(folder, path), text, { mode });
}

const find = (config: string): Promise<readonly string[]> =>
  findBuildx({
    ...{ config: join(folder, config), buildx: "", sourceDateEpoch: "" },
    ...{ cacheService: {}, scannerVariables: [] },
  });

describe("buildx is started", () => {
  it("as the program in the folders that the client's configuration names, then in its own", async () => {
    await put("own/cli-plugins/docker-buildx", "", 0o755);
    expect(await find("own")).toEqual([join(folder, "own/cli-plugins/docker-buildx")]);
    await put("more/docker-buildx", "", 0o755);
    const config = { cliPluginsExtraDirs: [join(folder, "none"), join(folder, "more")] };
    await put("own/config.json", JSON.stringify(config), 0o600);
    expect(await find("own")).toEqual([join(folder, "more/docker-buildx")]);
  });

  it("never from a file that cannot be started, and with a configuration that cannot be read", async () => {
    await put("own/cli-plugins/docker-buildx", "", 0o644);
    await put("own/config.json", "{", 0o600);
    // Else the machine's own, or Docker's client.
    expect((await find("own")).join(" ")).not.toContain(folder);
  });
});
