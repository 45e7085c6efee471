// What every spec starts from: a server, a page that reports its own troubles, people who sign in.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { test as base, expect, type Page } from "@playwright/test";
import { startServer, type Server } from "./server.ts";

export interface Options {}
interface ForTest {
  /** A server nobody has visited yet. */
  empty: Server;
  /** Console errors, broken scripts, refused content and failed requests of this test's pages. */
  troubles: string[];
}
interface ForWorker {
  /** A server with the demo project. */
  demo: Server;
}

export const test = base.extend<ForTest, ForWorker>({
  demo: [
    async ({}, use) => {
      const server = await startServer({ demo: true });
      await use(server);
      await server.stop();
    },
    { scope: "worker" },
  ],
  empty: async ({}, use) => {
    const server = await startServer({ demo: false });
    await use(server);
    await server.stop();
  },
  troubles: [
    async ({ context }, use) => {
      const troubles: string[] = [];
      context.on("page", (page) => listen(page, troubles));
      await use(troubles);
      expect(troubles).toEqual([]);
    },
    { auto: true },
  ],
});
export { expect };

function listen(page: Page, troubles: string[]) {
  page.on("pageerror", (error) => troubles.push(`${page.url()}: ${error.message}`));
  page.on("console", (message) => {
    const refusedForm = message.text().includes("status of 422");
    if (message.type() === "error" && !refusedForm) troubles.push(`${page.url()}: ${message.text()}`);
  });
  page.on("response", (response) => {
    if (response.status() >= 500) troubles.push(`${response.url()}: ${response.status()}`);
  });
}

/** Whether this run has scripts. */
export const hydrated = () => test.info().project.name === "hydrated";

/** Waits for the islands of the page, where there are any and scripts are on. */
export async function ready(page: Page) {
  if (!hydrated()) return;
  const islands = await page.locator("leptos-island").count();
  if (islands > 0) await page.waitForFunction("typeof window.hydrateIslands === 'function'");
}

export async function signIn(page: Page, url: string, person: { email: string; password: string }) {
  await page.goto(`${url}/sign-in`);
  await page.getByLabel("E-mail address").fill(person.email);
  await page.getByLabel("Password", { exact: true }).fill(person.password);
  await page.getByRole("main").getByRole("button", { name: "Sign in" }).click();
  await expect(page).not.toHaveURL(/sign-in/);
}

const axeSource = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

/** WCAG 2.2 AA violations of the page as it stands, one line each. Needs scripts. */
export async function violations(page: Page): Promise<string[]> {
  await page.evaluate(axeSource);
  return page.evaluate(async () => {
    const axe = (window as unknown as { axe: { run: Function } }).axe;
    const tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"];
    const result = await axe.run(document, { runOnly: { type: "tag", values: tags } });
    return result.violations.flatMap((violation: { id: string; help: string; nodes: { target: string[]; failureSummary: string }[] }) =>
      violation.nodes.map((node) => `${violation.id} (${violation.help}) at ${node.target.join(" ")}: ${node.failureSummary}`),
    );
  });
}
