import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { mustRun } from "../test/support/program.js";
import { removeFolder, scratchFolder } from "../test/support/scratch.js";
import type { Figure } from "./measure.js";
import type { Parsed, ParseRequest } from "./parse-process.js";

const repository = join(import.meta.dirname, "..");
const tests = 20_000;
const files = 100;
const linesEach = 1000;

/** Time and memory of a process that reads many results of tests and much coverage. */
export async function parsingFigures(): Promise<readonly Figure[]> {
  const { ms, peakMegabytes } = await parsed();
  const name = "20,000 tests and 100,000 lines of coverage";
  return [
    { name: `${name}: parsed in`, value: ms / 1000, unit: "s", target: 1 },
    {
      name: `${name}: most memory of the process, Node included`,
      value: peakMegabytes,
      unit: "MB",
      target: 200,
    },
  ];
}

async function parsed(): Promise<Parsed> {
  const folder = await scratchFolder("bench-parsing");
  try {
    const request = { events: join(folder, "events.jsonl"), lcov: join(folder, "lcov.info") };
    await writeFile(request.events, eventLines());
    await writeFile(request.lcov, lcovText());
    const result = await parseInProcess(request);
    if (result.tests !== tests) throw new Error("tests were lost");
    if (result.files !== files) throw new Error("files were lost");
    return result;
  } finally {
    await removeFolder(folder);
  }
}

/** One of its own, so that its memory is nobody else's. */
async function parseInProcess(request: ParseRequest): Promise<Parsed> {
  const words = ["--import", join(repository, "scripts/typescript.mjs")];
  const script = join(repository, "bench/parse-process.ts");
  const input = JSON.stringify(request);
  return JSON.parse(await mustRun([process.execPath, ...words, script], { input })) as Parsed;
}

function eventLines(): string {
  const event = { event: "end", outcome: "passed", durationMs: 1, file: "a.py", line: 3 };
  const lines = Array.from({ length: tests }, (_, at) =>
    JSON.stringify({ ...event, id: `test ${String(at)}` }),
  );
  return `${lines.join("\n")}\n`;
}

function lcovText(): string {
  const hits = Array.from(
    { length: linesEach },
    (_, at) => `DA:${String(at + 1)},${String(at % 3)}`,
  );
  const body = `${hits.join("\n")}\nend_of_record\n`;
  return Array.from({ length: files }, (_, file) => `SF:src/file-${String(file)}.ts\n${body}`).join(
    "",
  );
}
