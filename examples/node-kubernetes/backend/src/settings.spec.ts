import { readSettings } from "./settings";

describe("the settings", () => {
  it("name everything that is missing at once", () => {
    expect(() => readSettings({ REDIS_URL: "redis://redis:6379" })).toThrow(
      "cannot start without DATABASE_URL, CORS_ORIGIN",
    );
  });

  it("are those of the environment", () => {
    const env = { DATABASE_URL: "a", REDIS_URL: "b", CORS_ORIGIN: "c", VERSION: "d" };
    expect(readSettings(env)).toEqual({
      port: 3000,
      databaseUrl: "a",
      redisUrl: "b",
      corsOrigin: "c",
      version: "d",
    });
  });
});
