// From nothing to a project with data and an annotator.
import { test, expect, ready, violations, hydrated } from "../support/fixtures.ts";

test("the first visit creates the owner, who makes a project", async ({ page, empty }) => {
  await page.goto(empty.url);
  await expect(page).toHaveURL(/welcome/);
  await page.getByLabel("Your name").fill("Ada Owner");
  await page.getByLabel("E-mail address").fill("ada@example.org");
  await page.getByLabel("Password").fill("short");
  await page.getByRole("button", { name: "Create the owner" }).click();
  await expect(page.getByLabel("Your name")).toHaveValue("Ada Owner");
  if (hydrated()) expect(await violations(page)).toEqual([]);
  await page.getByLabel("Password").fill("a long enough sentence");
  await page.getByRole("button", { name: "Create the owner" }).click();
  await expect(page).toHaveURL(`${empty.url}/`);
  await page.getByRole("link", { name: "New project" }).click();
  await page.getByLabel("Name").fill("Kindness of answers");
  await page.getByRole("button", { name: "Create project" }).click();
  await ready(page);
});
