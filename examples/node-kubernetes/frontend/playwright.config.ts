import { defineConfig } from "@playwright/test";

const port = process.env.PORT ?? "4173";
/** A browser of the machine, where Playwright's own is not wanted. */
const executablePath = process.env.CHROMIUM;
const launchOptions = executablePath ? { executablePath, args: ["--no-sandbox"] } : {};

export default defineConfig({
  testDir: "e2e",
  use: { baseURL: `http://127.0.0.1:${port}`, launchOptions },
  webServer: {
    command: `vite preview --host 127.0.0.1 --port ${port} --strictPort`,
    port: Number(port),
  },
});
