import { describe, expect, it } from "vitest";
import { BelayError } from "../../../src/kit/errors.js";
import { onLiveLine } from "../../../src/server/reconnect.js";
import { FakeClock } from "../../support/fake-clock.js";

const lost = new BelayError("connection-lost", "the line dropped", "again");
const patience = { retries: 3, withinMs: 60_000 };

function line(
  clock: FakeClock,
  connect: () => Promise<void> = () => Promise.resolve(),
): Parameters<typeof onLiveLine>[0] {
  return { caller: { connect }, clock, patience };
}

describe("onLiveLine", () => {
  it("tries again as often as allowed in a row, and starts anew whenever it hears something", async () => {
    const clock = new FakeClock();
    let tries = 0;
    const work = onLiveLine(line(clock), (alive) => {
      tries += 1;
      if (tries % 3 === 0) alive();
      return tries === 10 ? Promise.resolve("done") : Promise.reject(lost);
    });
    expect(await clock.run(work)).toBe("done");
    let silent = 0;
    const gone = onLiveLine(line(clock), () => ((silent += 1), Promise.reject(lost)));
    await expect(clock.run(gone)).rejects.toMatchObject({ code: "connection-lost", cause: lost });
    expect(silent).toBe(4);
  });

  it("waits for a new connection no longer than the server waits for us", async () => {
    const clock = new FakeClock();
    let connections = 0;
    const connect = (): Promise<void> => (
      (connections += 1),
      connections === 1 ? Promise.resolve() : new Promise(() => undefined)
    );
    await expect(
      clock.run(onLiveLine(line(clock, connect), () => Promise.reject(lost))),
    ).rejects.toMatchObject({ code: "connection-lost" });
    expect(clock.monotonic()).toBe(60_000);
  });

  it("does not repeat what no new connection mends", async () => {
    const clock = new FakeClock();
    const refused = new BelayError("auth-refused", "no", "key");
    await expect(
      clock.run(
        onLiveLine(
          line(clock, () => Promise.reject(refused)),
          () => Promise.resolve(),
        ),
      ),
    ).rejects.toBe(refused);
    const unreachable = new BelayError("host-unreachable", "no", "host");
    await expect(
      clock.run(
        onLiveLine(
          line(clock, () => Promise.reject(unreachable)),
          () => Promise.resolve(),
        ),
      ),
    ).rejects.toBe(unreachable);
  });

  it("stops at once when the job is cancelled", async () => {
    const clock = new FakeClock();
    const cancel = new AbortController();
    const cancelled = new BelayError("cancelled", "the job was cancelled", "again");
    const work = onLiveLine(
      { ...line(clock, () => new Promise(() => undefined)), signal: cancel.signal },
      () => Promise.resolve(),
    );
    cancel.abort(cancelled);
    await expect(work).rejects.toBe(cancelled);
  });
});
