import type { Platform } from "../../src/checks/platform.js";
import { FakeClock } from "./fake-clock.js";
import { RecordingLog } from "./recording-log.js";

/** A platform of fakes, and what an action of checks did to it. */
export interface FakeChecksPlatform {
  readonly platform: Platform;
  readonly log: RecordingLog;
  readonly outputs: Readonly<Record<string, string>>;
  readonly summaries: readonly string[];
  readonly hasFailed: () => boolean;
}

/** `inputs` as under `with:`; `over` replaces parts. */
export function fakeChecksPlatform(
  inputs: Readonly<Record<string, string>> = {},
  over: Partial<Platform> = {},
): FakeChecksPlatform {
  const log = new RecordingLog();
  const outputs: Record<string, string> = {};
  const summaries: string[] = [];
  let failed = false;
  const platform: Platform = {
    clock: new FakeClock(),
    log,
    signal: new AbortController().signal,
    input: (name) => inputs[name] ?? "",
    inputNames: Object.keys(inputs),
    setOutput: (name, value) => (outputs[name] = value),
    addSummary: (markdown) => Promise.resolve(void summaries.push(markdown)),
    fail: () => (failed = true),
    run: { workspace: "/repo", id: "1", refName: "main" },
    event: () => Promise.resolve({}),
    variable: () => "",
    temp: "/tmp",
    home: "/action",
    machine: "linux-x64",
    openChildren: () => Promise.reject(new Error("no programs here")),
    openCache: () => Promise.resolve(undefined),
    ...over,
  };
  return { platform, log, outputs, summaries, hasFailed: () => failed };
}
