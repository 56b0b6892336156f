import { afterEach, describe, expect, it } from "vitest";
import { BelayServer, shells } from "../support/belay-server.js";

describe("the daily backup", () => {
  let server: BelayServer;
  afterEach(() => server.stop());

  it.each(shells)("is printed for cron and systemd, under %s", async (shell) => {
    server = await BelayServer.start(shell, { TZ: "Asia/Kolkata" });
    const { code, text } = await server.person("daily");
    expect(code).toBe(0);
    // 02:00 UTC is 07:30 there.
    expect(text).toContain(`30 7 * * * '${server.dot("belay")}' backup daily`);
    expect(text).toContain("OnCalendar=*-*-* 02:00:00 UTC");
    expect(await server.crontab()).toBe("");
  });

  it.each([
    ["America/New_York", /^0 (21|22) \* \* \* /m],
    ["UTC", /^0 2 \* \* \* /m],
  ])(
    "goes into the crontab once, at 02:00 UTC as %s has it, and leaves other lines alone",
    async (zone, line) => {
      server = await BelayServer.start("dash", { TZ: zone });
      await server.deploy("one");
      const before = await server.crontab();
      expect((await server.person("daily", "install")).code).toBe(0);
      expect((await server.person("daily", "install")).code).toBe(4);
      const after = await server.crontab();
      expect(after).toMatch(line);
      expect(after.startsWith(before)).toBe(true);
      expect(after.split("\n")).toHaveLength(before.split("\n").length + 1);
    },
  );
});
