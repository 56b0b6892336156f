import { afterAll, beforeAll } from "vitest";
import { startWorld, type World, type WorldOptions } from "./world.js";

/** A world for all tests of the file: `world()` gives it from the first test on. */
export function worldOfFile(options?: WorldOptions): () => World {
  let world: World | undefined;
  beforeAll(async () => {
    world = await startWorld(options);
  });
  afterAll(async () => {
    await world?.stop();
  });
  return () => {
    if (world === undefined) throw new Error("the world starts with the first test");
    return world;
  };
}
