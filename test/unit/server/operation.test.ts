import { describe, expect, it } from "vitest";
import type { ReleaseFiles } from "../../../src/server/release-files.js";
import { type Answers, serverLine, type ServerLine } from "../../support/server-line.js";

function files(asked: unknown[] = []): ReleaseFiles {
  return {
    tar: function* (need) {
      asked.push(need);
      yield Buffer.from("tar");
    },
    bytes: () => 5000,
    paths: (need) => (need === "all" ? [] : need.map((line) => `file-${String(line)}`)),
  };
}

/** Lets time pass until `body` is over. */
async function during<T>(
  answers: Answers,
  body: (it: ServerLine) => Promise<T>,
  retries = 3,
): Promise<T> {
  const it = serverLine(answers, { retries });
  current = it;
  return it.clock.run(body(it));
}

/** The line of the test that runs, for answers that need its clock or its host. */
let current: ServerLine;

describe("an operation", () => {
  it("tells the server that the runner lives, for as long as it is open", async () => {
    let beats = 0;
    await during(
      {
        attend: async (call) => {
          while ((await call.line()) !== undefined) beats += 1;
          return 0;
        },
        "step token-1 build": async (call) => {
          await current.clock.sleep(60_000);
          call.record("code", 0);
          return 0;
        },
      },
      async (it) => {
        const operation = await it.server.begin("deploy", {});
        await operation.run("build");
        await operation.confirm();
      },
    );
    // Every 5 s in 60 s.
    expect(beats).toBeGreaterThanOrEqual(12);
    expect(beats).toBeLessThan(16);
  });

  it("picks a step's output up at the byte where the connection dropped, and prints each line once", async () => {
    await during(
      {
        "step token-1 build 0": (call) => {
          call.output("one\ntw");
          return call.drop();
        },
        "step token-1 build 6": (call) => {
          call.output("o\nthree\n");
          call.record("code", 0);
          return 0;
        },
      },
      async (it) => {
        const operation = await it.server.begin("deploy", {});
        await operation.run("build");
        await operation.confirm();
        expect(it.log.of("output")).toEqual(["one", "two", "three"]);
        expect(it.host.connections).toBe(2);
      },
    );
  });

  it("warns of processes that a restart has left in the previous release's folder", async () => {
    await during(
      {
        confirm: (call) => {
          call.record("old-process", 123, "node");
          call.record("old-process", 124, "node");
          call.record("confirmed", "r2");
          return 0;
        },
      },
      async (it) => {
        await (await it.server.begin("deploy", {})).confirm();
        expect(it.log.of("warning")).toEqual([
          expect.stringContaining("previous release's folder: node (123), node (124)."),
        ]);
      },
    );
  });

  it("repeats a call whose answer was lost, on a new connection", async () => {
    let confirms = 0;
    await during(
      {
        confirm: (call) => {
          confirms += 1;
          if (confirms === 1) call.drop();
          call.record("confirmed", "r2");
          return 0;
        },
      },
      async (it) => {
        await (await it.server.begin("deploy", {})).confirm();
        expect(confirms).toBe(2);
        expect(it.closed()).toBe(1);
      },
    );
  });

  it("gives up a line that cannot be made again, saying that the server acts by itself", async () => {
    const gone = during(
      {
        "step token-1 build": (call) => {
          current.host.unreachable = 100;
          return call.drop();
        },
      },
      async (it) => {
        const operation = await it.server.begin("deploy", {});
        await operation.run("build");
      },
    );
    await expect(gone).rejects.toMatchObject({
      code: "connection-lost",
      remedy: expect.stringContaining("by itself") as string,
    });
  });

  it("stops when the server has ended it, and changes nothing more", async () => {
    await during(
      {
        attend: async (call) => {
          await call.line();
          call.record("late", "undone", "no sign of life; r1 serves");
          return 5;
        },
        "step token-1 migrate": () => new Promise(() => undefined),
      },
      async (it) => {
        const operation = await it.server.begin("deploy", {});
        await expect(operation.run("migrate")).rejects.toMatchObject({
          code: "connection-lost",
          message: "the server has ended this operation as undone: no sign of life; r1 serves",
        });
        const asked = it.host.calls.length;
        expect(await operation.undo("whatever")).toEqual({
          outcome: "undone",
          text: "no sign of life; r1 serves",
        });
        expect(it.host.calls).toHaveLength(asked);
        expect(it.closed()).toBe(1);
      },
    );
  });

  it("fails with the step's exit code, or with what the server found out about it", async () => {
    await during(
      {
        "step token-1 migrate": (call) => {
          call.record("code", 3);
          return 0;
        },
        "step token-1 backup": (call) => {
          call.record("finding", "error", "disk-full", "the disk is full", "free some space");
          call.record("code", 1);
          return 0;
        },
      },
      async (it) => {
        const operation = await it.server.begin("deploy", {});
        await expect(operation.run("migrate")).rejects.toMatchObject({
          code: "command-failed",
          message: "migrate ended with exit code 3",
        });
        await expect(operation.run("backup")).rejects.toMatchObject({
          code: "disk-full",
          remedy: "free some space",
        });
        await operation.undo("x");
        expect(it.timeline.failedStep).toBe("migrate");
      },
    );
  });

  it("makes no call for lines that are not there", async () => {
    await during({}, async (it) => {
      const operation = await it.server.begin("deploy", {});
      await operation.run("before", "");
      expect(it.host.calls.join()).not.toContain("before");
      expect(operation.started("before")).toBe(false);
      await operation.confirm();
    });
  });

  it("prints a sign of life while a step is silent", async () => {
    await during(
      {
        "step token-1 build": async (call) => {
          await current.clock.sleep(70_000);
          call.record("code", 0);
          return 0;
        },
      },
      async (it) => {
        const operation = await it.server.begin("deploy", {});
        await operation.run("build");
        await operation.confirm();
        expect(it.log.of("info")).toEqual([
          "build: still at work after 30.0 s",
          "build: still at work after 1 min 0 s",
        ]);
      },
    );
  });

  it("asks the guardian to undo also when the job was cancelled", async () => {
    await during({ "step token-1 migrate": () => new Promise(() => undefined) }, async (it) => {
      const operation = await it.server.begin("deploy", {});
      const step = operation.run("migrate");
      it.cancel();
      await expect(step).rejects.toMatchObject({ code: "cancelled" });
      expect(await operation.undo("the job was\ncancelled")).toEqual({
        outcome: "undone",
        text: "the job was cancelled; the old release serves",
      });
    });
  });
});

describe("an upload", () => {
  it("sends nothing when the server has all", async () => {
    const asked: unknown[] = [];
    await during({}, async (it) => {
      const operation = await it.server.begin("deploy", {});
      await operation.upload(files(asked));
      await operation.confirm();
    });
    expect(asked).toEqual([]);
  });

  it("sends what is needed, and again what arrived damaged", async () => {
    const asked: unknown[] = [];
    await during(
      {
        "step token-1 prepare": (call) => {
          for (const line of [2, 5, 6]) call.record("need", line);
          call.record("code", 0);
          return 0;
        },
        "receive token-1 receive-1": async (call) => {
          await call.input();
          call.record("need", 5);
          call.record("code", 0);
          return 0;
        },
      },
      async (it) => {
        const operation = await it.server.begin("deploy", {});
        await operation.upload(files(asked));
        await operation.confirm();
      },
    );
    expect(asked).toEqual([[2, 5, 6], [5]]);
  });

  it("sends all again under another name when the connection dropped in the middle", async () => {
    const asked: unknown[] = [];
    await during(
      {
        "step token-1 prepare": (call) => {
          call.record("need", "all");
          call.record("code", 0);
          return 0;
        },
        "receive token-1 receive-1": (call) => call.drop(),
      },
      async (it) => {
        const operation = await it.server.begin("deploy", {});
        await operation.upload(files(asked));
        await operation.confirm();
        expect(it.host.calls).toContain("receive token-1 receive-2 switch");
      },
    );
    expect(asked).toEqual(["all", "all"]);
  });

  it("gives up on files that arrive otherwise than they were read three times", async () => {
    const needy = (call: Parameters<Answers[string]>[0]): number => {
      call.record("need", 5);
      call.record("code", 0);
      return 0;
    };
    await during({ "step token-1 prepare": needy, receive: needy }, async (it) => {
      const operation = await it.server.begin("deploy", {});
      await expect(operation.upload(files())).rejects.toMatchObject({
        code: "config",
        message: "files arrived otherwise than they were read, 3 times: file-5",
      });
      await operation.undo("x");
    });
  });
});
