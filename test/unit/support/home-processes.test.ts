import { spawn } from "node:child_process";
import { once } from "node:events";
import { afterAll, beforeAll, expect, test } from "vitest";
import { endProcessesOf, processesOf } from "../../support/home-processes.js";
import { removeFolder, scratchFolder } from "../../support/scratch.js";
import { until } from "../../support/until.js";

let home: string;

beforeAll(async () => {
  home = await scratchFolder("home");
});

afterAll(() => removeFolder(home));

test("processes of a home are found by their environment, others are not, and all of them are ended", async () => {
  const mine = spawn("sh", ["-c", "trap '' TERM; while :; do sleep 1; done"], {
    env: { ...process.env, HOME: home },
  });
  const other = spawn("sleep", ["60"]);
  const ended = once(mine, "exit");
  await until("the process to be seen", async () =>
    (await processesOf(home)).some(({ pid }) => pid === mine.pid),
  );
  expect((await processesOf(home)).some(({ pid }) => pid === other.pid)).toBe(false);
  await endProcessesOf(home);
  await ended;
  expect(mine.signalCode).toBe("SIGKILL");
  expect(other.exitCode).toBeNull();
  other.kill();
});
