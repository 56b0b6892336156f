import { afterAll, beforeAll, expect, test } from "vitest";
import { runProgram } from "../../support/program.js";
import { makeServerHome, type ServerHome } from "../../support/server-home.js";

let home: ServerHome;

beforeAll(async () => {
  home = await makeServerHome({ scripts: { hello: "#!/bin/sh\necho hello\n" } });
});

afterAll(() => home.remove());

const sh = (line: string) => runProgram(["sh", "-c", line], { env: home.env });

test("crontab in this home keeps its own table", async () => {
  const none = await sh("crontab -l");
  expect(none.code).toBe(1);
  expect(none.stderr).toContain("no crontab for");
  expect(await sh("echo '* * * * * true' | crontab -")).toMatchObject({ code: 0 });
  expect(await sh("crontab -l")).toMatchObject({ code: 0, stdout: "* * * * * true\n" });
  expect(await home.crontab()).toBe("* * * * * true\n");
  expect(await sh("crontab -r; crontab -l")).toMatchObject({ code: 1 });
});

test("programs given for this home come first", async () => {
  expect(await sh("hello; echo $HOME")).toMatchObject({ stdout: `hello\n${home.path}\n` });
});
