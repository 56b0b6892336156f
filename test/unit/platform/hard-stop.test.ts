import { join } from "node:path";
import { expect, it } from "vitest";
import { runProgram } from "../../support/program.js";

const module = join(import.meta.dirname, "../../../src/platform/hard-stop.ts");
const script = (last: string): string =>
  `import { stopHard } from ${JSON.stringify(module)};
   setTimeout(() => console.log("late"), 30_000);
   process.exitCode = 3;
   console.log("x".repeat(200_000));
   ${last}`;

it("ends a process that something keeps alive, with its exit code and all that it printed", async () => {
  const began = performance.now();
  const { code, stdout } = await runProgram([
    process.execPath,
    "--input-type=module",
    "-e",
    script("stopHard(100)"),
  ]);
  expect(code).toBe(3);
  expect(stdout).toBe(`${"x".repeat(200_000)}\n`);
  expect(performance.now() - began).toBeLessThan(10_000);
});
