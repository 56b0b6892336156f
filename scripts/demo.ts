import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { processesOf } from "../test/support/home-processes.js";
import { startWorld } from "../test/support/world.js";
import { summaryPage } from "./demo-page.js";
import { playStory } from "./demo-story.js";
import { Teller } from "./demo-teller.js";

const pages = fileURLToPath(new URL("../build/demo", import.meta.url));

async function main(): Promise<void> {
  const teller = new Teller();
  teller.tell("starting an SSH server, PostgreSQL and the checkout of a tiny app");
  const world = await startWorld();
  const stop = world.stop.bind(world);
  process.once("SIGINT", () => void stop().finally(() => process.exit(130)));
  try {
    const site = await world.site({ workers: 2 });
    teller.tell(`ready: 127.0.0.1:${world.host.port}, PostgreSQL on port ${world.postgres.port}`);
    const summaries = await playStory(site, teller);
    await stop();
    const left = await processesOf(world.host.home.path);
    if (left.length > 0)
      throw new Error(`still running: ${left.map(({ command }) => command).join(", ")}`);
    console.log("\nNothing is left running or behind but these two files:");
    await writePages(summaries.join("\n"), teller);
  } catch (error) {
    await stop().catch(() => undefined);
    throw error;
  }
}

async function writePages(markdown: string, teller: Teller): Promise<void> {
  await mkdir(pages, { recursive: true });
  await writeFile(join(pages, "summary.md"), markdown);
  await writeFile(join(pages, "summary.html"), summaryPage(markdown, "Belay demo"));
  teller.tell(`job summary  ${join(pages, "summary.md")}`);
  teller.tell(`as a page    ${join(pages, "summary.html")}`);
}

await main();
