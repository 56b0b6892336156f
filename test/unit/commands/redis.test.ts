import { describe, expect, it } from "vitest";
import { parseRedisUrl } from "../../../src/commands/redis.js";

describe("parseRedisUrl", () => {
  it.each([
    ["redis://localhost", { REDIS_HOST: "localhost" }],
    [
      "redis://:p%40ss@10.0.0.5:6380/0",
      { REDIS_HOST: "10.0.0.5", REDIS_PORT: "6380", REDISCLI_AUTH: "p@ss" },
    ],
    [
      "rediss://app:s3@cache.example.com:6379/1?x=y",
      {
        REDIS_HOST: "cache.example.com",
        REDIS_PORT: "6379",
        REDIS_USER: "app",
        REDISCLI_AUTH: "s3",
        REDIS_TLS: "yes",
      },
    ],
    ["redis://[::1]:7000", { REDIS_HOST: "::1", REDIS_PORT: "7000" }],
  ])("reads %s", (url, expected) => {
    const variables = parseRedisUrl(url)?.variables ?? [];
    expect(Object.fromEntries(variables.map(({ name, value }) => [name, value]))).toEqual(expected);
  });

  it.each([
    "localhost:6379",
    "http://localhost",
    "redis://a b",
    "redis://:%zz@h",
    "redis://:a%0Ab@h",
  ])("reads nothing from %s", (url) => {
    expect(parseRedisUrl(url)).toBeUndefined();
  });
});
