import { describe, expect, it } from "vitest";
import { runtimeFindings } from "../../../src/test-node/node-program.js";

function findings(version: string, { engines = "", pin = "" }: { engines?: string; pin?: string }) {
  return runtimeFindings(version, { engines, pin, pinFile: ".nvmrc" });
}

describe("the Node of the runner", () => {
  it.each([
    ["22.1.0", { engines: ">=20" }],
    ["22.1.0", { engines: "^20 || ^22", pin: "v22" }],
    ["22.1.0", { pin: "lts/*" }],
    ["22.1.0", {}],
  ])("%s fits %j", async (version, wanted) => {
    expect(await findings(version, wanted)).toEqual([]);
  });

  it("is an error where engines wants another", async () => {
    const [finding] = await findings("20.1.0", { engines: ">=22" });
    expect(finding).toMatchObject({
      level: "error",
      message: expect.stringContaining("wants >=22") as string,
    });
  });

  it("is a warning where a file pins another, because a matrix may want that", async () => {
    const [finding] = await findings("20.1.0", { pin: "22.11.0" });
    expect(finding).toMatchObject({
      level: "warning",
      message: expect.stringContaining(".nvmrc names 22.11.0") as string,
    });
  });
});
