// From a rank to what to fix: a model judges, and is judged; a tree is built with a model's help; a weak node becomes a task.
import { test, expect, hydrated, violations, WRITING } from "../support/fixtures.ts";
import { addEndpoint, inside, upstream } from "../support/learning.ts";
import { people, projectCalled, signIn } from "../support/people.ts";

/** Prefers the longer response. */
const strict = (_: string, asked: string) => {
  const [a, b] = [inside(asked, "response_A"), inside(asked, "response_B")];
  return `It says more.\n<verdict>${a.length > b.length ? "A" : "B"}</verdict>`;
};

test("a model judges what people compared, every call can be read, and its agreement with people is shown", async ({ page, demo }) => {
  const outside = await upstream(strict);
  await signIn(page, demo.url, people.researcher);
  const project = await projectCalled(page, demo.url, WRITING);
  await addEndpoint(page, project, "judges", outside.url, "strict");

  await page.goto(`${project}/dashboards/judges`);
  await page.getByRole("link", { name: "Ask a judge" }).first().click();
  await page.getByLabel("Who judges").selectOption({ label: "judges/strict" });
  await page.getByLabel("At most so many prompts").fill("many");
  await page.getByRole("button", { name: "Ask", exact: true }).click();
  await expect(page.getByRole("alert")).toContainText("At most so many prompts");
  await page.getByLabel("At most so many prompts").fill("8");
  await page.getByRole("button", { name: "Ask", exact: true }).click();
  await expect(page.getByRole("heading", { name: /judges\/strict/ })).toBeVisible();
  await expect(page.locator(".state .badge")).toHaveText("done", { timeout: 60_000 });
  await expect(page.getByText("8 prompts judged.")).toBeVisible();
  if (hydrated()) expect(await violations(page)).toEqual([]);
  const call = page.locator("details", { hasText: "What came back" }).first();
  if (!(await call.getAttribute("open"))) await call.locator("summary").click();
  await expect(call).toContainText("It says more.");

  await page.getByRole("link", { name: "To the leaderboard by this judge" }).click();
  await expect(page.getByRole("heading", { level: 1, name: "Leaderboard" })).toBeVisible();
  const board = page.url();
  for (const [as, type] of [["png", "image/png"], ["svg", "image/svg+xml"], ["csv", "text/csv"], ["json", "application/json"]]) {
    const file = await page.request.get(`${board}&as=${as}`);
    expect(file.headers()["content-type"]).toContain(type);
  }
  await page.goBack();
  await page.getByRole("link", { name: "How far it agrees with people" }).click();
  await expect(page.getByRole("heading", { level: 1, name: "Judges" })).toBeVisible();
  if (hydrated()) expect(await violations(page)).toEqual([]);
  outside.stop();
});

test("a tree comes from a text, an encoder puts the prompts on it, what is accepted can be taken back", async ({ page, demo }) => {
  const outside = await upstream(undefined, ["write", "explain", "why"]);
  await signIn(page, demo.url, people.researcher);
  const project = await projectCalled(page, demo.url, WRITING);
  await addEndpoint(page, project, "meanings", outside.url, "near");

  await page.goto(`${project}/data/taxonomy`);
  await page.getByRole("link", { name: "Import", exact: true }).click();
  await page.getByLabel("Or its text").fill("Told/write a letter\nTold/explain why");
  await page.getByRole("button", { name: "Import", exact: true }).click();
  await expect(page.getByText("Done.")).toBeVisible();

  await page.getByRole("link", { name: "Let a model propose" }).click();
  await page.getByRole("link", { name: "Leaves for prompts" }).click();
  await page.getByLabel("Who is asked, or makes the vectors").selectOption({ label: "meanings/near" });
  await page.getByLabel("Below which node").selectOption({ label: "Told" });
  await page.getByLabel("The nearest by embedding").check();
  await page.getByLabel("At most so many prompts").fill("6");
  await page.getByRole("button", { name: "Ask", exact: true }).click();
  await expect(page.locator(".state .badge").first()).toHaveText("done", { timeout: 60_000 });
  if (hydrated()) expect(await violations(page)).toEqual([]);
  await page.getByRole("button", { name: "Accept all" }).click();
  await expect(page.getByRole("status").filter({ hasText: "accepted" })).toBeVisible();

  await page.goto(`${project}/data/taxonomy`);
  const told = page.getByRole("listitem").filter({ hasText: "Told" }).first();
  await expect(told).toContainText("6 prompts");
  await page.getByRole("button", { name: "Undo" }).click();
  await expect(page.getByText("Taken back.")).toBeVisible();
  await expect(told).not.toContainText("6 prompts");
  outside.stop();
});
