import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { runProgram } from "../program.js";
import { verdictOf } from "../report-of.js";
import type { ActionResult } from "../run-action.js";
import { filesWith, watchProcessList } from "../secret-search.js";
import type { Inputs, Site } from "../site.js";
import type { World } from "../world.js";

const planted = {
  single: "s1ngle-Value-7f3a9c",
  quoted: `it's "quoted" $HOME 9b1d`,
  lines: ["-----BEGIN TOKEN-----", "bXVsdGktbGluZS1zZWNyZXQ0MWY2", "-----END TOKEN-----"],
} as const;

/** A secret that is planted in every place where users keep one is found nowhere else. */
export function plantedSecrets(world: () => World): void {
  describe("planted secrets", () => {
    let site: Site;
    let inputs: Inputs;
    let secrets: readonly string[];

    beforeAll(async () => {
      const { host } = world();
      site = await world().site();
      const { encryptedKey, passphrase } = host;
      inputs = {
        "private-key": encryptedKey,
        passphrase,
        env: [
          site.inputs["env"],
          `API_TOKEN=${planted.single}`,
          `QUOTED=${planted.quoted}`,
          `PEM="${planted.lines.join("\n")}"`,
        ].join("\n"),
        // What users do: they print what they were given.
        before: 'echo "token $API_TOKEN"\necho "$PEM"\nprintf %s "$QUOTED"\n',
        after: 'sh -c "sleep 0.2"\n',
      };
      const keyLines = encryptedKey
        .split("\n")
        .filter((line) => line !== "" && !line.startsWith("-----"));
      secrets = [
        ...keyLines,
        passphrase,
        site.database.password,
        planted.single,
        planted.quoted,
        planted.lines[1],
      ];
    });

    test("the watch itself finds a secret in a command line", async () => {
      const watch = watchProcessList([planted.single]);
      await runProgram(["sh", "-c", "sleep 0.1; :", planted.single]);
      expect(watch.stop()).not.toEqual([]);
    });

    test.each([
      { what: "a good deploy", version: "1.0", exitCode: 0 },
      { what: "an unmigrated second one", version: "1.1", exitCode: 0 },
      {
        what: "a deploy that fails and is put back",
        version: "2.0",
        broken: "answers-500",
        exitCode: 1,
      },
    ] as const)("are found nowhere after $what", async ({ exitCode, ...release }) => {
      const watch = watchProcessList(secrets);
      const running = await site.start(release, { ...inputs, "health-timeout": "1s" });
      const result = await running.done;
      const post = await running.post();
      const seen = watch.stop();
      expect(verdictOf(result), result.log.text).toMatchObject({ exitCode });
      expect(seen).toEqual([]);
      for (const step of [result, post]) expectNone(step, secrets);
      expect(result.log.text).toContain("token ***");
      expect(await filesWith(secrets, site.path)).toEqual([]);
      expect(await filesWith(secrets, join(site.path, "releases"), "by anyone")).toEqual([]);
    });

    test("are found nowhere after a rollback and in what status prints", async () => {
      const watch = watchProcessList(secrets);
      const rolledBack = await site.operate("rollback", pick(inputs, "private-key", "passphrase"));
      const status = await site.operate("status", pick(inputs, "private-key", "passphrase"));
      expect(watch.stop()).toEqual([]);
      expect(verdictOf(rolledBack), rolledBack.log.text).toMatchObject({ exitCode: 0 });
      for (const result of [rolledBack, status]) expectNone(result, secrets);
      expect(await filesWith(secrets, site.path)).toEqual([]);
    });
  });
}

function pick(inputs: Inputs, ...names: string[]): Inputs {
  return Object.fromEntries(names.map((name) => [name, inputs[name] ?? ""]));
}

/** In none of the places that a run leaves to read. */
function expectNone(result: ActionResult, secrets: readonly string[]): void {
  const places = {
    log: result.log.text,
    annotations: result.log.annotations.map(({ message }) => message).join("\n"),
    summary: result.summary,
    outputs: JSON.stringify(result.outputs),
    state: JSON.stringify(result.state),
    exported: JSON.stringify(result.exported),
  };
  for (const [place, text] of Object.entries(places)) {
    const leaked = secrets.filter((secret) => text.includes(secret));
    expect({ place, leaked }).toEqual({ place, leaked: [] });
  }
}
