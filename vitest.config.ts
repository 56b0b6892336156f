import { defineConfig } from "vitest/config";

interface Pace {
  /** For one test, and for its hooks, in seconds; far more than they take where nothing hangs. */
  readonly seconds: number;
  /** Groups run one after the other; what measures time runs alone. */
  readonly group: number;
  /** Files at a time; more than there are cores where a file mostly waits for servers. */
  readonly workers?: number;
  /** Where the files of a project are not those of the folder of its name. */
  readonly include?: readonly string[];
  /** Files of its folder that another project has. */
  readonly exclude?: readonly string[];
}

/** The files of test/server that take long: `make test-system` runs them, under each shell. */
const long = [
  ...["meanwhile", "daemons", "app-writes", "restarted", "backup-failures", "restore-failures"],
  ...["deploy-bash", "deploy-busybox"],
];
/** Those of test/system that push whole examples through GitHub's stages: `make test-long` runs them. */
const longest = ["act-kubernetes", "act-nextjs"];
const systemFile = (name: string): string => `test/system/${name}.test.ts`;
const serverFile = (name: string): string => `test/server/${name}.test.ts`;

function project(name: string, { seconds, group, workers = 2, include, exclude }: Pace) {
  return {
    test: {
      name,
      include: [...(include ?? [`test/${name}/**/*.test.ts`])],
      exclude: [...(exclude ?? [])],
      testTimeout: seconds * 1000,
      hookTimeout: seconds * 1000,
      maxWorkers: workers,
      sequence: { groupOrder: group },
    },
  };
}

export default defineConfig({
  test: {
    maxWorkers: 4,
    projects: [
      project("unit", { seconds: 30, group: 1 }),
      project("server", {
        seconds: 180,
        group: 2,
        workers: 4,
        exclude: long.map(serverFile),
      }),
      project("scenario", { seconds: 180, group: 2, workers: 4 }),
      project("bundle", { seconds: 60, group: 2, workers: 4 }),
      project("shells", {
        seconds: 180,
        group: 4,
        workers: 4,
        include: long.map(serverFile),
      }),
      project("system", {
        seconds: 120,
        group: 5,
        workers: 3,
        exclude: longest.map(systemFile),
      }),
      project("long", { seconds: 120, group: 5, include: longest.map(systemFile) }),
      project("faults", { seconds: 300, group: 6, workers: 3 }),
    ],
  },
});
