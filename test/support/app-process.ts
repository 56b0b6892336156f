import { readFile } from "node:fs/promises";
import { request } from "node:http";
import { join } from "node:path";
import { until } from "./until.js";

/** What the tiny app answers to `/health`; undefined while nobody answers. */
export interface AppHealth {
  readonly status: number;
  readonly version: string;
  readonly release: string;
  readonly sha: string;
  readonly items: number;
}

/** Asks the app once; undefined when there is no answer. */
export async function askApp(port: number): Promise<AppHealth | undefined> {
  return new Promise((resolve) => {
    const asked = request(
      { host: "127.0.0.1", port, path: "/health", agent: false, timeout: 3000 },
      (answer) => {
        let text = "";
        answer.setEncoding("utf8");
        answer.on("data", (part: string) => (text += part));
        answer.on("end", () => {
          resolve({ ...(JSON.parse(text) as AppHealth), status: answer.statusCode ?? 0 });
        });
        answer.on("error", () => {
          resolve(undefined);
        });
      },
    );
    asked.on("timeout", () => asked.destroy());
    asked.on("error", () => {
      resolve(undefined);
    });
    asked.end();
  });
}

/** Ends the app that a deploy to `path` started and waits until it is gone; nothing to end is no error. */
export async function stopApp(path: string): Promise<void> {
  const pid = Number(await readFile(join(path, "shared/run/pid"), "utf8").catch(() => ""));
  if (pid === 0 || !(await isApp(pid))) return;
  process.kill(pid, "SIGTERM");
  await until("the app to end", async () => !(await isApp(pid)));
}

async function isApp(pid: number): Promise<boolean> {
  const words = await readFile(`/proc/${String(pid)}/cmdline`, "utf8").catch(() => "");
  return words.includes("parent.mjs");
}
