// What people said comes out again, as files that a trainer reads.
import { readFileSync } from "node:fs";
import type { Page } from "@playwright/test";
import { test, expect, WRITING } from "../support/fixtures.ts";
import { people, projectCalled, signIn } from "../support/people.ts";

test("a researcher takes preferences and the full record out", async ({ page, demo }) => {
  await signIn(page, demo.url, people.researcher);
  const project = await projectCalled(page, demo.url, WRITING);
  await page.goto(`${project}/data`);
  await page.getByRole("main").getByRole("link", { name: "Export" }).click();
  // the demo's feedback is simulated, and only comes out when that is asked for
  await page.getByRole("checkbox", { name: "a simulation" }).check();

  const pairs = await download(page, "Preferences, TRL (JSONL)");
  expect(pairs.length).toBeGreaterThan(50);
  for (const pair of pairs) {
    expect(Object.keys(pair)).toEqual(expect.arrayContaining(["prompt", "chosen", "rejected"]));
    expect(pair.chosen).not.toEqual(pair.rejected);
  }
  const record = await download(page, "Full record (JSONL)");
  expect(record.filter((row) => row.type === "prompt")).toHaveLength(66);
});

/** The rows of the format called so. */
async function download(page: Page, format: string): Promise<Record<string, unknown>[]> {
  await page.getByRole("radio", { name: format, exact: true }).check();
  const coming = page.waitForEvent("download");
  await page.getByRole("button", { name: "Download" }).click();
  const text = readFileSync(await (await coming).path(), "utf8");
  return text.trim().split("\n").map((line) => JSON.parse(line));
}
