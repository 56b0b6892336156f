import { describe, expect, test } from "vitest";
import { errorsOf, verdictOf } from "../report-of.js";
import type { Site } from "../site.js";
import type { World } from "../world.js";

/** Checks of a deploy that are asked on its server. */
export function checksOnTheServer(world: () => World): void {
  describe("checks that are asked on the server", () => {
    /** One that passes only while `version` is the release that `current` names. */
    const only = (site: Site, version: string): string =>
      `- name: version\n  command: cat ${site.path}/current/version.json\n  matches: ${version}`;

    test("open the gate over the deploy's own connection", async () => {
      const site = await world().site();
      const before = await world().host.accepted();
      const { port } = new URL(site.url);
      const checks = [
        only(site, "first"),
        `- name: port\n  tcp: 127.0.0.1:${port}\n  via: server`,
        `- name: inside\n  http: http://127.0.0.1:${port}/health\n  via: server`,
        "- server: memory\n  critical: 100%",
      ];
      const result = await site.deploy(
        { version: "first" },
        { "health-checks": checks.join("\n"), "health-timeout": "20s" },
      );
      expect(verdictOf(result), result.log.text).toMatchObject({ status: "deployed" });
      expect(result.log.text).toContain("gate: 5 checks must be healthy");
      expect(result.log.text).toContain("gate: inside: healthy");
      expect((await world().host.accepted()) - before).toBe(1);
    });

    test("undo a release that does not pass, and gate the old one, which does", async () => {
      const site = await world().site();
      await site.deploy({ version: "first" });
      const result = await site.deploy(
        { version: "second" },
        { "health-checks": only(site, "first"), "health-timeout": "5s" },
      );
      const wanted = { status: "rolled-back", failedStep: "gate", code: "gate-timeout" };
      expect(verdictOf(result), result.log.text).toMatchObject(wanted);
      expect(errorsOf(result)).toMatch(/^version was not healthy/);
      expect((await site.serving())?.version).toBe("first");
    });

    test("are refused together with all else that is wrong, before the server is touched", async () => {
      const site = await world().site();
      const before = await world().host.accepted();
      const result = await site.deploy(
        { version: "first" },
        { "health-checks": "- comand: true\n- server: cpu", "health-interval": "5 minutes" },
      );
      expect(errorsOf(result)).toContain("did you mean `command`?");
      expect(errorsOf(result).split("\n")).toHaveLength(3);
      expect(await world().host.accepted()).toBe(before);
    });
  });
}
