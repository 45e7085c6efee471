// From nothing to a project with data and an annotator at work.
import { test, expect, hydrated, ready, violations } from "../support/fixtures.ts";
import { firstVisit, invite, join, people } from "../support/people.ts";
import { importGoodRows, newProject, PAIRS, upload } from "../support/work.ts";

test("the first visit makes an owner; a mistake in the form costs nothing that was typed", async ({ page, empty }) => {
  await page.goto(`${empty.url}/welcome`);
  await page.getByLabel("Your name").fill(people.owner.name);
  await page.getByLabel("E-mail address").fill(people.owner.email);
  await page.getByLabel("Password").fill("short");
  await page.getByRole("button", { name: "Create the owner" }).click();
  await expect(page.getByLabel("Your name")).toHaveValue(people.owner.name);
  await expect(page.getByRole("alert")).toBeVisible();
  if (hydrated()) expect(await violations(page)).toEqual([]);
  await page.getByLabel("Password").fill(people.owner.password);
  await page.getByRole("button", { name: "Create the owner" }).click();
  await expect(page.getByRole("heading", { name: "Your projects" })).toBeVisible();
});

test("a project, a file with a preview, an annotator by invitation", async ({ page, browser, empty }) => {
  await firstVisit(page, empty.url, people.owner);
  const project = await newProject(page, empty.url, "Kitchen and sky", "Compare two answers");

  await upload(page, project, "pairs.jsonl", PAIRS);
  await expect(page.getByText("1 of the first 7 rows have problems")).toBeVisible();
  // nothing is written by looking
  await page.goto(`${project}/data`);
  await expect(page.getByRole("heading", { name: "No prompts yet" })).toBeVisible();
  await upload(page, project, "pairs.jsonl", PAIRS);
  await importGoodRows(page);
  await page.goto(`${project}/data`);
  await expect(page.getByText("3 prompts, 6 responses")).toBeVisible();

  const link = await invite(page, project, "annotator");
  const guest = await browser.newPage({ javaScriptEnabled: hydrated() });
  await join(guest, link, people.annotator);
  await guest.goto(`${project}/queue`);
  await ready(guest);
  await expect(guest.getByRole("heading", { name: "Response A" })).toBeVisible();
  // what is not hers to do is refused
  expect((await guest.goto(`${project}/settings`))?.status()).toBe(403);
  await guest.context().close();
});
