import { expect, test } from "vitest";
import { isGitHub, isLoopback, parseImageName } from "../../../src/build-push-ghcr/image-name.js";

test.each([
  ["ghcr.io/Ada/Climbing", "ghcr.io", "ada/climbing"],
  ["ada/climbing", "docker.io", "ada/climbing"],
  ["redis", "docker.io", "library/redis"],
  ["docker.io/redis", "docker.io", "library/redis"],
  ["localhost/x", "localhost", "x"],
  ["127.0.0.1:5000/a/b/c", "127.0.0.1:5000", "a/b/c"],
  ["registry.example.com/a__b/c-d.e", "registry.example.com", "a__b/c-d.e"],
])("%s lies in %s as %s", (text, registry, repository) => {
  expect(parseImageName(text)).toEqual({ registry, repository, name: `${registry}/${repository}` });
});

test.each([
  "",
  "ghcr.io/",
  "ghcr.io/a:tag",
  "ghcr.io/a@sha256:0",
  "a b",
  "ghcr.io//a",
  "ghcr.io/-a",
  "https://ghcr.io/a",
  "ghcr.io/a/../b",
])("%j is no name of an image", (text) => {
  expect(parseImageName(text)).toBeUndefined();
});

test("the job's token is for GitHub's registries alone, plain HTTP for this machine alone", () => {
  const named = (text: string) => parseImageName(text) ?? expect.fail(text);
  expect(isGitHub(named("ghcr.io/a/b"))).toBe(true);
  expect(isGitHub(named("containers.acme.ghe.com/a/b"))).toBe(true);
  for (const other of ["a/b", "ghcr.io.evil.example/a/b", "xghcr.io/a/b", "evilghe.com/a/b"])
    expect(isGitHub(named(other)), other).toBe(false);
  expect(isLoopback(named("127.0.0.1:5000/a"))).toBe(true);
  expect(isLoopback(named("127.0.0.1.example.com/a"))).toBe(false);
});
