// Learning, as far as pages go: a run from its form to its curves, two runs compared, the playground, a token.
import { test, expect, hydrated, violations, WRITING } from "../support/fixtures.ts";
import { addEndpoint, upstream, work } from "../support/learning.ts";
import { people, projectCalled, signIn } from "../support/people.ts";

test("a run is started from its form, followed to its end, cloned with a change and compared", async ({ page, demo }) => {
  await signIn(page, demo.url, people.researcher);
  const project = await projectCalled(page, demo.url, WRITING);

  await page.goto(`${project}/models`);
  if (await page.getByLabel("Where it comes from").isHidden()) await page.getByText("Add a model", { exact: true }).click();
  await page.getByLabel("Where it comes from").fill("someone/another-model");
  await page.getByRole("button", { name: "Add", exact: true }).click();
  await expect(page.getByText("on its way in")).toBeVisible();
  work(demo);

  // people only, until somebody ticks more: the demo's feedback is simulated
  await page.goto(`${project}/runs/new`);
  const dpo = page.locator(".methods > li", { has: page.getByRole("link", { name: "DPO", exact: true }) });
  await expect(dpo).toContainText("0 preferences");
  await expect(dpo).toContainText("too little yet");
  await page.getByLabel("simulated annotators").check();
  await page.getByRole("button", { name: "Count again" }).click();
  await expect(dpo).toContainText("enough to start");
  await dpo.getByRole("link").click();

  // a mistake is named, and everything typed stays
  await page.getByLabel("Name").fill("Whole story");
  await page.getByLabel("Base model").selectOption({ label: "another-model" });
  await page.getByLabel("Learning rate", { exact: true }).fill("fast");
  await page.getByRole("button", { name: "Start", exact: true }).click();
  await expect(page.getByRole("alert")).toContainText("Learning rate: “fast” is not a number");
  await expect(page.getByLabel("Name")).toHaveValue("Whole story");
  if (hydrated()) expect(await violations(page)).toEqual([]);
  await expect(page.getByLabel("simulated annotators")).toBeChecked();
  await page.getByLabel("Learning rate", { exact: true }).fill("0.0002");
  await page.getByRole("button", { name: "Start", exact: true }).click();
  await expect(page.getByRole("heading", { name: "Whole story" })).toBeVisible();
  await expect(page.locator(".state .badge")).toHaveText("waiting");

  await page.getByRole("button", { name: "Pause" }).click();
  await expect(page.locator(".state .badge")).toHaveText("paused");
  await page.getByRole("button", { name: "Resume" }).click();
  if (hydrated()) await page.locator("[data-live=ready]").waitFor();
  work(demo);
  if (!hydrated()) await page.getByRole("link", { name: "Look again", exact: true }).click();
  await expect(page.locator(".state .badge")).toHaveText("done");
  const chart = page.locator("figure", { hasText: "Log-ratios to the reference" });
  await expect(chart.getByRole("img")).toBeVisible();
  await chart.locator("summary").click();
  await expect(chart.getByRole("columnheader", { name: "rejected" })).toBeVisible();
  await expect(page.getByRole("heading", { name: "On held-out examples" })).toBeVisible();
  await expect(page.getByRole("rowheader", { name: "preferring the longer response" })).toBeVisible();
  const first = page.url();

  await page.getByRole("link", { name: "Clone with a change" }).click();
  await expect(page.getByLabel("Learning rate", { exact: true })).toHaveValue("0.0002");
  await page.getByLabel("Learning rate", { exact: true }).fill("0.001");
  await page.getByRole("button", { name: "Start", exact: true }).click();
  await expect(page.getByRole("heading", { name: "Whole story 2" })).toBeVisible();
  work(demo);
  await page.goto(`${project}/runs`);
  await page.getByLabel("Compare Whole story", { exact: true }).check();
  await page.getByLabel("Compare Whole story 2").check();
  await page.getByRole("button", { name: "Compare" }).click();
  const rate = page.getByRole("row", { name: /Learning rate/ });
  await expect(rate).toContainText("0.0002");
  await expect(rate).toContainText("0.001");
  if (hydrated()) expect(await violations(page)).toEqual([]);
  await page.goto(first);
  await page.getByRole("link", { name: "See its card" }).click();
  await expect(page.getByRole("heading", { name: "Lineage" })).toBeVisible();
});

test("two models side by side; one press makes it a preference", async ({ page, demo }) => {
  const outside = await upstream();
  await signIn(page, demo.url, people.researcher);
  const project = await projectCalled(page, demo.url, WRITING);
  await addEndpoint(page, project, "outside", outside.url, "parrot\necho");
  const card = page.locator("li.card", { hasText: outside.url });
  await card.getByRole("button", { name: "Test outside" }).click();
  await expect(page.getByText("offers 2 models")).toBeVisible();

  await page.goto(`${project}/playground`);
  if (hydrated()) await page.locator("html[data-playground=ready]").waitFor();
  await page.getByLabel("Model A").selectOption({ label: "outside/parrot" });
  await page.getByLabel("Model B").selectOption({ label: "outside/echo" });
  await page.getByLabel("Prompt", { exact: true }).fill("What would you say?");
  await page.getByRole("button", { name: "Answer" }).click();
  await expect(page.getByRole("region", { name: "Response A" })).toContainText("parrot heard: What would you say?");
  await expect(page.getByRole("region", { name: "Response B" })).toContainText("echo heard: What would you say?");
  if (hydrated()) expect(await violations(page)).toEqual([]);
  await page.getByLabel("Why, if you like to say").fill("It listens better");
  if (hydrated()) {
    await page.keyboard.press("Escape");
    await page.keyboard.press("6");
  } else {
    await page.getByRole("button", { name: /^6\s*B better$/ }).click();
  }
  await expect(page.getByText("Saved as a preference.")).toBeVisible();
  await page.getByRole("link", { name: "See it" }).click();
  await expect(page.getByText("It listens better")).toBeVisible();

  // what does not answer says so, and loses nothing
  outside.stop();
  await page.goto(`${project}/playground`);
  if (hydrated()) await page.locator("html[data-playground=ready]").waitFor();
  await page.getByLabel("Model A").selectOption({ label: "outside/parrot" });
  await page.getByLabel("Model B").selectOption({ label: "outside/echo" });
  await page.getByLabel("Prompt", { exact: true }).fill("Still there?");
  await page.getByRole("button", { name: "Answer" }).click();
  await expect(page.getByText("Nothing answers at this address").first()).toBeVisible();
  await expect(page.getByLabel("Prompt", { exact: true })).toHaveValue("Still there?");
});

test("a token is shown once and opens the project’s models to a program", async ({ page, demo, request }) => {
  await signIn(page, demo.url, people.researcher);
  const project = await projectCalled(page, demo.url, WRITING);
  await page.goto(`${project}/tokens`);
  await page.getByLabel("Name").fill("a script");
  await page.getByRole("button", { name: "Create" }).click();
  const token = await page.getByLabel("The token").inputValue();
  const headers = { authorization: `Bearer ${token}` };
  const models = (await (await request.get(`${demo.url}/v1/models`, { headers })).json()) as { data: { name: string }[] };
  expect(models.data.map((model) => model.name)).toContain("Stand-in base");
  await page.goto(`${project}/tokens`);
  expect(await page.content()).not.toContain(token);
  await page.getByRole("button", { name: "Take back a script" }).first().click();
  expect((await request.get(`${demo.url}/v1/models`, { headers })).status()).toBe(401);
});
