import type { Platform } from "../../src/health-gate/platform.js";
import type { HttpRequest, HttpResponse } from "../../src/ports/http.js";
import type { RemoteHost } from "../../src/ports/remote-host.js";
import { FakeClock } from "./fake-clock.js";
import { RecordingLog } from "./recording-log.js";

/** A platform of fakes, and what the action did to it. */
export interface FakeGatePlatform {
  readonly platform: Platform;
  readonly clock: FakeClock;
  readonly log: RecordingLog;
  readonly outputs: Readonly<Record<string, string>>;
  readonly summaries: readonly string[];
  readonly asked: readonly HttpRequest[];
  readonly failed: () => boolean;
  readonly cancel: () => void;
}

export interface FakeGateOptions {
  readonly inputs?: Readonly<Record<string, string>>;
  /** The app's answer to the `attempt`th request (from 1); default 200 with an empty body. */
  readonly http?: (request: HttpRequest, attempt: number) => Partial<HttpResponse> | Error;
  readonly openHost?: () => RemoteHost;
}

/** Everything that the action needs of the world; each request takes 10 ms of fake time. */
export function fakeGatePlatform(options: FakeGateOptions = {}): FakeGatePlatform {
  const { inputs = {}, http = () => ({}), openHost } = options;
  const [clock, log] = [new FakeClock(), new RecordingLog()];
  const outputs: Record<string, string> = {};
  const summaries: string[] = [];
  const asked: HttpRequest[] = [];
  const cancel = new AbortController();
  let failed = false;
  const tcp = { touch: () => Promise.resolve() };
  const request = async (given: HttpRequest): Promise<HttpResponse> => {
    asked.push(given);
    const answer = http(given, asked.length);
    await clock.sleep(10, given.signal);
    if (answer instanceof Error) throw answer;
    return { status: 200, headers: {}, body: "", ...answer };
  };
  const platform: Platform = {
    clock,
    log,
    signal: cancel.signal,
    input: (name) => inputs[name] ?? "",
    inputNames: Object.keys(inputs),
    setOutput: (name, value) => void (outputs[name] = value),
    addSummary: (markdown) => Promise.resolve(void summaries.push(markdown)),
    fail: () => void (failed = true),
    reach: () => Promise.resolve({ http: { request }, tcp }),
    openHost: () =>
      openHost ? Promise.resolve(openHost()) : Promise.reject(new Error("nobody asked for SSH")),
  };
  return {
    platform,
    clock,
    log,
    outputs,
    summaries,
    asked,
    failed: () => failed,
    cancel: () => cancel.abort(),
  };
}
