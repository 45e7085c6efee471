// What scripts add to the queue: quotes by keyboard alone, and words that outlive a lost connection.
import { test, expect, hydrated, ready } from "../support/fixtures.ts";
import { firstVisit, people } from "../support/people.ts";
import { asked, importGoodRows, newProject, PAIRS, upload } from "../support/work.ts";

test.beforeEach(async ({ page, empty }) => {
  test.skip(!hydrated(), "needs scripts");
  await firstVisit(page, empty.url, people.owner);
  const project = await newProject(page, empty.url, "Kitchen and sky", "Compare, critique and refine together");
  await upload(page, project, "pairs.jsonl", PAIRS);
  await importGoodRows(page);
  await page.goto(`${project}/queue`);
  await ready(page);
});

test("words selected by keyboard become the quote of a remark; the answer goes in by keys alone", async ({ page }) => {
  const words = (await page.locator("[data-label=B]").innerText()).split(/\s+/);
  await page.keyboard.press("s");
  await expect(page.locator("#status")).toContainText("Selecting in response A");
  await page.keyboard.press("s");
  await page.keyboard.press("ArrowRight");
  await page.keyboard.press("Shift+ArrowRight");
  await expect(page.locator("#status")).toHaveText(`${words[1]} ${words[2]}`);
  await page.keyboard.press("Enter");
  await expect(page.locator('[name="critique.0.quote"]')).toHaveValue(`${words[1]} ${words[2]}`);
  await expect(page.locator('[name="critique.0.response"] option:checked')).toHaveText("Response B");
  await expect(page.locator('[name="critique.0.text"]')).toBeFocused();
  await page.keyboard.type("2 of 7 words say it all");
  await page.keyboard.press("Escape");
  await page.keyboard.press("2");
  await expect(page.locator("#status")).toContainText("A better");
  const before = await asked(page).innerText();
  await page.keyboard.press("Control+Enter");
  await expect(asked(page)).not.toHaveText(before);
  await expect(page.locator("#status")).toContainText("Saved. Next:");
  await page.keyboard.press("u");
  await expect(asked(page)).toHaveText(before);
  await expect(page.locator('[name="critique.0.text"]')).toHaveValue("2 of 7 words say it all");
});

test("what is typed while the server is away is kept on the device, comes back and is sent", async ({ page, troubles }) => {
  const remark = page.locator('[name="critique.0.text"]');
  const state = page.locator("[data-save-state]");
  await page.route("**/draft", (route) => route.abort());
  await remark.fill("Written on a train");
  await expect(state).toContainText("kept on this device");
  await page.reload();
  await ready(page);
  await expect(remark).toHaveValue("Written on a train");
  await expect(page.locator("#notice")).toContainText("Restored what you typed");
  await page.unroute("**/draft");
  await expect(state).toContainText(/^saved/);
  await page.reload();
  await ready(page);
  await expect(remark).toHaveValue("Written on a train");
  await expect(page.locator("#notice")).toHaveCount(0);
  // the browser itself complains about the requests that were cut off
  const unexpected = troubles.splice(0).filter((trouble) => !trouble.includes("ERR_FAILED"));
  expect(unexpected).toEqual([]);
});
