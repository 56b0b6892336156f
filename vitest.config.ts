import { defineConfig } from "vitest/config";

interface Pace {
  /** For one test, and for its hooks, in seconds. */
  readonly seconds: number;
  /** Groups run one after the other; what measures time runs alone. */
  readonly group: number;
  /** Files at a time; more than there are cores where a file mostly waits for servers. */
  readonly workers?: number;
}

function project(name: string, { seconds, group, workers = 2 }: Pace) {
  return {
    test: {
      name,
      include: [`test/${name}/**/*.test.ts`],
      testTimeout: seconds * 1000,
      hookTimeout: seconds * 1000,
      maxWorkers: workers,
      sequence: { groupOrder: group },
    },
  };
}

export default defineConfig({
  test: {
    maxWorkers: 6,
    projects: [
      project("unit", { seconds: 10, group: 1 }),
      project("server", { seconds: 60, group: 2, workers: 6 }),
      project("scenario", { seconds: 60, group: 2, workers: 6 }),
      project("bundle", { seconds: 30, group: 3, workers: 1 }),
      project("system", { seconds: 120, group: 4 }),
      project("faults", { seconds: 300, group: 5 }),
    ],
  },
});
