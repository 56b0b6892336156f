import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { type LoginShell, startSshdHost } from "../support/deploy-host.js";
import { verdictOf } from "../support/report-of.js";
import { startWorld } from "../support/world.js";

const noise = "echo 'welcome, belay 2'; echo 'to this server' >&2\n";
const shells: Readonly<Record<string, LoginShell>> = {
  fish: { shell: "/usr/bin/fish", files: { ".config/fish/config.fish": noise } },
  tcsh: { shell: "/usr/bin/tcsh", files: { ".tcshrc": noise } },
  bash: { shell: "/bin/bash", files: { ".bashrc": noise } },
};

describe.each(Object.entries(shells))(
  "a deploy user whose login shell is %s and makes noise",
  (_, login) => {
    test("deploys, to a path with everything that shells read something into, and back", async () => {
      const world = await startWorld({ startHost: (programs) => startSshdHost(programs, login) });
      try {
        const path = join(world.host.home.path, `it's a "path" $(x) !e \\b *`);
        const site = await world.site({ path });
        const restart = 'echo "$BELAY_RELEASE" >"$BELAY_PATH/served"';
        const over = { restart, "health-url": "", "health-expect": "" };
        const releases: (string | undefined)[] = [];
        for (const version of ["1.0", "2.0"]) {
          const result = await site.deploy({ version }, over);
          const ended = { exitCode: 0, status: "deployed" };
          expect(verdictOf(result), result.log.text).toMatchObject(ended);
          releases.push(result.outputs["release"]);
        }
        const back = await site.operate("rollback");
        const ended = { exitCode: 0, status: "rolled-back" };
        expect(verdictOf(back), back.log.text).toMatchObject(ended);
        expect(await site.current()).toBe(releases[0]);
        expect((await readFile(join(path, "served"), "utf8")).trim()).toBe(releases[0]);
      } finally {
        await world.stop();
      }
    });
  },
);
