import { join } from "node:path";
import { mustRun, runProgram } from "../test/support/program.js";
import { removeFolder, scratchFolder } from "../test/support/scratch.js";
import { startReceiver } from "../test/support/receivers/receiver.js";
import { compare, type Comparison, type Measured, timed } from "./measure.js";
import { sizeFigure } from "./start-up.js";

const main = join(import.meta.dirname, "../dist/slack-notify/index.js");

/** One message to a receiver on this machine, a whole process, against the same request by curl and a bare Node. */
export async function measureNotify(pairs: number): Promise<Measured> {
  const receiver = await startReceiver(() => ({ status: 200, body: "ok" }));
  const workspace = await scratchFolder("bench-notify");
  try {
    const webhook = `${receiver.url}/services/T0/B0/bench`;
    const env = environment(webhook, workspace);
    await send(env);
    const message = await compare(
      messageRow(webhook, env, receiver.received[0]?.body ?? ""),
      pairs,
    );
    const actions = ["slack-notify", "sentry-release"];
    const sizes = await Promise.all(actions.map((action) => sizeFigure(action, 0.25)));
    return { comparisons: [message], figures: sizes };
  } finally {
    await receiver.stop();
    await removeFolder(workspace);
  }
}

function messageRow(
  webhook: string,
  env: Readonly<Record<string, string>>,
  body: string,
): Comparison {
  return {
    name: "slack-notify: one message",
    ours: "node dist/slack-notify/index.js",
    peer: "curl with the same request, and node -e 0",
    target: 2,
    runOurs: () => timed(() => send(env)),
    runPeer: () => timed(() => sendByCurl(webhook, body)),
  };
}

/** As a runner would start it, with an event that names its commit. */
function environment(webhook: string, workspace: string): Record<string, string> {
  return {
    PATH: process.env["PATH"] ?? "",
    INPUT_WEBHOOK: webhook,
    INPUT_STATUS: "success",
    GITHUB_ACTIONS: "true",
    GITHUB_SERVER_URL: "https://github.com",
    GITHUB_REPOSITORY: "ada/climbing",
    GITHUB_WORKFLOW: "Deploy",
    GITHUB_REF_NAME: "main",
    GITHUB_RUN_ID: "1000",
    GITHUB_ACTOR: "ada",
    GITHUB_WORKSPACE: workspace,
  };
}

async function send(env: Readonly<Record<string, string>>): Promise<void> {
  const { code, stdout } = await runProgram([process.execPath, main], { env });
  if (code !== 0 || !stdout.includes("sent: ")) throw new Error(`nothing was sent: ${stdout}`);
}

async function sendByCurl(url: string, body: string): Promise<void> {
  const type = "content-type: application/json; charset=utf-8";
  const request = ["curl", "-sS", "-f", "-H", type, "--data-binary", "@-", url];
  const answer = await mustRun(request, { input: body });
  if (answer !== "ok") throw new Error(`curl was answered: ${answer}`);
  await mustRun([process.execPath, "-e", "0"]);
}
