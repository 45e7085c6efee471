// Every spec runs twice: with scripts off (`no-js`), where plain forms do all the work, and `hydrated`.
import { defineConfig } from "@playwright/test";
import type { Options } from "./support/fixtures.ts";

const executablePath = process.env.CHROMIUM || undefined;

export default defineConfig<Options>({
  testDir: "specs",
  outputDir: "results/traces",
  forbidOnly: !!process.env.CI,
  fullyParallel: false,
  workers: 1,
  retries: 0,
  timeout: 60_000,
  expect: { timeout: 10_000 },
  reporter: [["list"], ["./support/count.ts"]],
  use: {
    browserName: "chromium",
    viewport: { width: 1280, height: 800 },
    locale: "en-GB",
    screenshot: "only-on-failure",
    trace: "retain-on-failure",
    launchOptions: { executablePath, args: ["--no-sandbox", "--disable-background-networking"] },
  },
  projects: [
    { name: "no-js", use: { javaScriptEnabled: false } },
    { name: "hydrated", use: { javaScriptEnabled: true } },
  ],
});
