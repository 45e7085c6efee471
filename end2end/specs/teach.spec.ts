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
  await expect(page.locator("summary", { hasText: "Reference answer" })).toBeVisible();
  const label = page.locator('[name="grade.label"]').first();
  const feedback = page.locator('[name="grade.feedback"]');
  await feedback.fill("The path is right; say why the lamp goes out.");
  if (hydrated()) {
    await page.getByRole("region").first().focus();
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

test("a reviewer accepts one of several answers; it is decided then", async ({ page, demo }) => {
  await signIn(page, demo.url, people.researcher);
  const project = await projectCalled(page, demo.url, WRITING);
  await page.goto(`${project}/review`);
  await page.getByRole("main").locator('a[href*="/review/"]').first().click();
  const item = page.url();
  const accept = page.getByRole("button", { name: /^Accept this answer/ });
  const answers = await accept.count();
  expect(answers).toBeGreaterThan(1);
  await accept.first().click();
  await page.goto(item);
  await expect(page.locator("article .badge.good", { hasText: "accepted" })).toHaveCount(1);
  await expect(accept).toHaveCount(answers - 1);
});
