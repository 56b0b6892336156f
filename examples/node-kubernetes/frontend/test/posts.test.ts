import { afterEach, expect, it, vi } from "vitest";
import { fetchPosts } from "../src/posts";

afterEach(() => vi.unstubAllGlobals());

it("gives the posts of the API", async () => {
  const posts = [{ id: "1", text: "hello" }];
  vi.stubGlobal("fetch", async () => Response.json(posts));
  expect(await fetchPosts()).toEqual(posts);
});

it("says what the API answered instead", async () => {
  vi.stubGlobal("fetch", async () => new Response("", { status: 503 }));
  await expect(fetchPosts()).rejects.toThrow("/api/posts answered 503");
});
