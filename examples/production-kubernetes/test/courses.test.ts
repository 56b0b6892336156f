import { afterEach, expect, it, vi } from "vitest";
import { fetchCourses } from "../src/courses";

afterEach(() => vi.unstubAllGlobals());

it("gives the courses of the API", async () => {
  const courses = [{ id: "1", title: "Logic" }];
  vi.stubGlobal("fetch", async () => Response.json(courses));
  expect(await fetchCourses()).toEqual(courses);
});

it("says what the API answered instead", async () => {
  vi.stubGlobal("fetch", async () => new Response("", { status: 503 }));
  await expect(fetchCourses()).rejects.toThrow("/api/courses answered 503");
});
