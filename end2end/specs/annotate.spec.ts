// An annotator's work: compare, criticise with a quote, rewrite, undo, skip; nothing typed is lost.
import { test, expect, hydrated, ready } from "../support/fixtures.ts";
import { firstVisit, people } from "../support/people.ts";
import { asked, importGoodRows, keepDraft, newProject, PAIRS, submit, upload } from "../support/work.ts";

test.beforeEach(async ({ page, empty }) => {
  await firstVisit(page, empty.url, people.owner);
  const project = await newProject(page, empty.url, "Kitchen and sky", "Compare, critique and refine together");
  await upload(page, project, "pairs.jsonl", PAIRS);
  await importGoodRows(page);
  await page.goto(`${project}/queue`);
  await ready(page);
});

test("prefer, criticise, refine; reload, undo, skip", async ({ page }) => {
  const strength = (name: string) => page.getByRole("radio", { name, exact: true });
  const field = (name: string) => page.locator(`[name="${name}"]`);
  const first = (await asked(page).textContent()) ?? "";

  const passage = (await page.locator("[data-label=A]").innerText()).split(" ").slice(0, 2).join(" ");
  await field("critique.0.text").fill("2 words, and neither helps");
  await expect(strength("A better"), "keys do nothing while somebody types").not.toBeChecked();
  await field("critique.0.response").selectOption({ label: "Response A" });
  await field("critique.0.quote").fill(passage);
  if (hydrated()) {
    await page.getByRole("region", { name: "Response A" }).focus();
    await page.keyboard.press("6");
  } else {
    await strength("B better").check();
  }
  await expect(strength("B better")).toBeChecked();
  await page.locator("summary", { hasText: "Edit Response A" }).click();
  const better = "This says what was asked, and when.";
  await field("refinement.0.text").fill(better);
  if (hydrated()) await expect(page.locator(".difference ins").first()).toBeVisible();

  await keepDraft(page);
  await page.reload();
  await ready(page);
  const asTyped = async () => {
    await expect(field("critique.0.text")).toHaveValue("2 words, and neither helps");
    await expect(field("critique.0.quote")).toHaveValue(passage);
    await expect(field("refinement.0.text")).toHaveValue(better);
    await expect(strength("B better")).toBeChecked();
  };
  await asTyped();

  await submit(page);
  await expect(asked(page)).not.toHaveText(first);
  await page.getByRole("button", { name: "Undo" }).click();
  await expect(asked(page)).toHaveText(first);
  await ready(page);
  await asTyped();
  await submit(page);

  // an incomplete answer is refused with everything in place
  await field("critique.0.text").fill("Only this");
  await page.locator("[data-actions]").getByRole("button", { name: "Submit" }).click();
  await expect(page.getByRole("alert")).toBeVisible();
  await expect(field("critique.0.text")).toHaveValue("Only this");

  const second = (await asked(page).textContent()) ?? "";
  await page.locator("[data-actions] summary", { hasText: "Skip" }).click();
  await page.getByLabel("Another reason").fill("It is not my field");
  await page.locator("[data-actions] .card").getByRole("button", { name: "Skip" }).click();
  await expect(asked(page)).not.toHaveText(second);
  await page.goto(page.url().replace(/queue\/.*/, "queue/history"));
  await expect(page.getByText("skipped: It is not my field")).toBeVisible();
});

test("the same item in two tabs: neither overwrites the other", async ({ page }) => {
  const other = await page.context().newPage();
  await other.goto(page.url());
  await ready(other);
  const remark = (tab: typeof page) => tab.locator('[name="critique.0.text"]');
  await remark(page).fill("Written in the first tab");
  await keepDraft(page);
  await remark(other).fill("Written in the second tab");
  if (!hydrated()) {
    await other.getByText("More", { exact: true }).click();
    await other.getByRole("button", { name: "Save draft" }).click();
  }
  await expect(other.getByText("Written in the first tab")).toBeVisible();
  await expect(remark(other)).toHaveValue("Written in the second tab");
});
