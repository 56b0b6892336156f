import { needsServer } from "../gate/check.js";
import type { ReadChecks } from "../gate/checks-reader.js";
import { type GateInputs, readGate } from "../gate/gate-inputs.js";
import type { InputReader } from "../kit/inputs.js";
import { readSshConnection, type SshConnection } from "../kit/ssh-connection.js";

/** What the user asked for, fully parsed. */
export interface Inputs {
  readonly gate: GateInputs;
  /** How often each check is asked; undefined: until the gate opens. */
  readonly samples: number | undefined;
  /** There when a check is asked on the server, or through it. */
  readonly connection: SshConnection | undefined;
  readonly summary: boolean;
}

/** Reads all inputs; throws one `config` error with everything that is wrong with them. Masks each secret first. */
export function readInputs(
  reader: InputReader,
  mask: (secret: string) => void,
  readChecks: ReadChecks,
): Inputs {
  const mode = reader.choice("mode", ["wait", "once"], "wait");
  const samples = reader.integer("samples", { default: 20, min: 1, max: 1000 });
  const looks = mode === "once" ? samples : undefined;
  const gate = readGate(reader, mask, readChecks, looks === undefined ? {} : { samples: looks });
  if (!reader.has("url") && !reader.has("checks")) refuseNothing(reader);
  const connects = gate.checks.some(needsServer) || reader.has("host");
  const inputs: Inputs = {
    gate,
    samples: looks,
    connection: connects ? readSshConnection(reader) : undefined,
    summary: reader.boolean("summary", true),
  };
  reader.finish();
  return inputs;
}

function refuseNothing(reader: InputReader): void {
  reader.problem("url", {
    accepted: "at least one address, here or in `checks`",
    example: "https://app.example/health",
  });
}
