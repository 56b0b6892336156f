import { asker } from "../gate/ask.js";
import { needsServer } from "../gate/check.js";
import { Gate } from "../gate/gate.js";
import type { GateResult } from "../gate/gate-result.js";
import { asBelayError, type BelayError } from "../kit/errors.js";
import type { Timeline } from "../kit/timeline.js";
import type { RemoteHost } from "../ports/remote-host.js";
import type { Inputs } from "./inputs.js";
import type { Platform } from "./platform.js";

/** What the gate found, open or shut, and why it stayed shut. */
export interface Watched {
  readonly result: GateResult;
  readonly error: BelayError | undefined;
}

/** Waits at the gate, or looks once; a gate that stays shut is a result, not an error that is thrown. */
export async function watch(
  inputs: Inputs,
  timeline: Timeline,
  platform: Platform,
): Promise<Watched> {
  const host = inputs.connection && (await platform.openHost(inputs.connection));
  const { clock, log } = platform;
  const { http, tcp } = await platform.reach();
  const gate = new Gate(inputs.gate, { ask: asker({ http, tcp, clock, host }), clock }, log);
  try {
    await pass(gate, host, inputs, timeline, platform);
    return { result: gate.result, error: undefined };
  } catch (failure) {
    return { result: gate.result, error: asBelayError(failure) };
  } finally {
    await host?.close();
  }
}

async function pass(
  gate: Gate,
  host: RemoteHost | undefined,
  { gate: wanted, samples }: Inputs,
  timeline: Timeline,
  { signal }: Platform,
): Promise<void> {
  // What is wrong with the connection is an error of its own, not of the checks.
  if (host !== undefined && wanted.checks.some(needsServer))
    await timeline.step("connect", () => host.connect());
  if (samples !== undefined) {
    await timeline.step("look", () => gate.look(samples, signal));
    return;
  }
  await timeline.step("gate", () => gate.open(signal));
  if (wanted.observeMs > 0) await timeline.step("observe", () => gate.observe(signal));
}
