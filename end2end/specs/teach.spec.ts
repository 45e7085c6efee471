// A teacher grades a class, and a reviewer decides where people disagree.
import { test, expect, hydrated, ready, CLASS, WRITING } from "../support/fixtures.ts";
import { people, projectCalled, signIn } from "../support/people.ts";
import { submit } from "../support/work.ts";

test("a teacher grades one question, answer by answer, and sees the class", async ({ page, demo }) => {
  await signIn(page, demo.url, people.teacher);
  const project = await projectCalled(page, demo.url, CLASS);
  await page.goto(`${project}/grades`);
  await page.getByRole("link", { name: "Grade next" }).first().click();
  await ready(page);
  await expect(page.getByText("Reference answer").first()).toBeVisible();
  const label = page.locator('[name="grade.label"]').first();
  const feedback = page.locator('[name="grade.feedback"]');
  await feedback.fill("The path is right; say why the lamp goes out.");
  if (hydrated()) {
    await page.locator("h1").first().click();
    await page.keyboard.press((await label.getAttribute("data-key")) ?? "none");
  } else {
    await label.check();
  }
  await expect(label).toBeChecked();
  const graded = page.url();
  await submit(page);
  await expect(page.locator('[name="grade.feedback"]')).toHaveValue("");
  await page.goto(graded);
  await expect(page.getByText("You have answered this item")).toBeVisible();
  await page.goto(`${project}/grades/class`);
  await expect(page.getByRole("heading", { name: "Class" })).toBeVisible();
});

test("a reviewer accepts one answer, returns another, and the history says so", async ({ page, demo }) => {
  await signIn(page, demo.url, people.researcher);
  const project = await projectCalled(page, demo.url, WRITING);
  await page.goto(`${project}/review`);
  const items = page.getByRole("main").locator('a[href*="/review/"]');
  await items.first().click();
  await page.getByRole("button", { name: /^Accept this answer/ }).first().click();
  await expect(page.getByText("accepted").first()).toBeVisible();
  await page.locator("summary", { hasText: "Return it with a note" }).first().click();
  await page.getByLabel("What should be looked at again").first().fill("Please look at the second sentence.");
  await page.getByRole("button", { name: "Return", exact: true }).first().click();
  await expect(page.getByText("Please look at the second sentence.").first()).toBeVisible();
});
