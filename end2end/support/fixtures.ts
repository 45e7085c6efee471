// What every spec starts from: a server, a page that reports its own troubles, people who sign in.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { test as base, expect, type Browser, type Page } from "@playwright/test";
import { firstVisit, invite, join, people, projectCalled } from "./people.ts";
import { fill } from "./learning.ts";
import { startServer, type Server } from "./server.ts";

/** The demo's projects. */
export const WRITING = "Helpful answers";
export const CLASS = "Class 8b";

export interface Options {}
interface ForTest {
  /** A server nobody has visited yet. */
  empty: Server;
  /** Console errors, broken scripts, refused content and failed requests of this test's pages. */
  troubles: string[];
}
interface ForWorker {
  /** A server with the demo projects, an owner, and an annotator, teacher and researcher in both. */
  demo: Server;
}

export const test = base.extend<ForTest, ForWorker>({
  demo: [
    async ({ browser }, use) => {
      const server = await startServer({ demo: true });
      await settle(browser, server.url);
      fill(server, WRITING);
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

/** Everybody joins both demo projects. */
async function settle(browser: Browser, url: string) {
  const owner = await browser.newPage({ javaScriptEnabled: false });
  await firstVisit(owner, url, people.owner);
  for (const role of ["annotator", "teacher", "researcher"] as const) {
    const guest = await browser.newPage({ javaScriptEnabled: false });
    for (const name of [WRITING, CLASS]) {
      const link = await invite(owner, await projectCalled(owner, url, name), role);
      if (name === WRITING) await join(guest, link, people[role]);
      else {
        await guest.goto(link);
        await guest.getByRole("button", { name: /join/i }).click();
      }
    }
    await guest.context().close();
  }
  await owner.context().close();
}

function listen(page: Page, troubles: string[]) {
  page.on("pageerror", (error) => troubles.push(`${page.url()}: ${error.message}`));
  page.on("console", (message) => {
    // The browser notes every refusal; a form with a mistake and a forbidden page are meant to be refused.
    const refusal = /status of (403|409|422)/.test(message.text());
    if (message.type() === "error" && !refusal) troubles.push(`${page.url()}: ${message.text()}`);
  });
  page.on("response", (response) => {
    if (response.status() >= 500) troubles.push(`${response.url()}: ${response.status()}`);
  });
}

/** Whether this run has scripts. */
export const hydrated = () => test.info().project.name === "hydrated";

/** Waits until the desk's island works, where the page has one and scripts are on. */
export async function ready(page: Page) {
  if (!hydrated()) return;
  if (await page.locator(".desk").count()) await page.locator("html[data-desk=ready]").waitFor();
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
