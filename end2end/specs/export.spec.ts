// What people said comes out again, as a file that a trainer reads.
import { readFileSync } from "node:fs";
import { test, expect, WRITING } from "../support/fixtures.ts";
import { people, projectCalled, signIn } from "../support/people.ts";

test("a researcher takes preferences and the full record out", async ({ page, demo }) => {
  await signIn(page, demo.url, people.researcher);
  const project = await projectCalled(page, demo.url, WRITING);
  await page.goto(`${project}/data`);
  await page.getByRole("main").getByRole("link", { name: "Export" }).click();
  await expect(page.getByRole("heading", { name: "Export" })).toBeVisible();
});
