import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";

import { readDefinition } from "../../../../scripts/readme/definition.js";

const text = `name: Deploy
description: Deploys an app.
inputs:
  # --- Server ---
  host:
    description: Where to.
    required: true
  port:
    description: Its port.
    default: 22
  # --- Backup ---
  backup-verify:
    description: How it is read back.
    default: read
outputs:
  status:
    description: How it ended.
runs:
  using: node24
  main: ../../dist/deploy/index.js
`;

it("an action.yml gives inputs in their order, with default and group", async () => {
  const folder = await mkdtemp(join(tmpdir(), "belay-definition-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  await writeFile(join(folder, "action.yml"), text);

  const { inputs, outputs } = await readDefinition(join(folder, "action.yml"));

  expect(inputs).toEqual([
    { name: "host", description: "Where to.", default: "", required: true, group: "Server" },
    { name: "port", description: "Its port.", default: "22", required: false, group: "Server" },
    {
      name: "backup-verify",
      description: "How it is read back.",
      default: "read",
      required: false,
      group: "Backup",
    },
  ]);
  expect(outputs).toEqual([{ name: "status", description: "How it ended." }]);
});
