import { readFile } from "node:fs/promises";
import { text } from "node:stream/consumers";
import { readEvents } from "../src/checks/event-file.js";
import { parseLcov } from "../src/checks/lcov.js";
import { placesFrom } from "../src/checks/places.js";
import { TestLedger } from "../src/checks/test-events.js";
import { timed } from "./measure.js";
import { megabytesOf } from "./process-memory.js";

/** What the process that parses reads from its standard input. */
export interface ParseRequest {
  /** The paths of a file of events and of one in the form of lcov. */
  readonly events: string;
  readonly lcov: string;
}

/** What it prints. */
export interface Parsed {
  readonly tests: number;
  readonly files: number;
  readonly ms: number;
  /** The most memory that it had, Node itself included. */
  readonly peakMegabytes: number;
}

const request = JSON.parse(await text(process.stdin)) as ParseRequest;
process.stdout.write(JSON.stringify(await parse(request)));

async function parse({ events, lcov }: ParseRequest): Promise<Parsed> {
  const place = placesFrom("/repo", "/repo");
  const ledger = new TestLedger(place);
  let files = 0;
  const ms = await timed(async () => {
    await readEvents(events, ledger);
    files = parseLcov(await readFile(lcov, "utf8"), place).size;
  });
  const peakMegabytes = await megabytesOf("self", "VmHWM");
  return { tests: ledger.results().length, files, ms, peakMegabytes };
}
