// What the stories about annotating do again and again.
import { expect, type Page } from "@playwright/test";
import { hydrated, ready } from "./fixtures.ts";

/** Two responses to each of three prompts; the fourth row has no prompt. */
export const PAIRS = [
  { prompt: "How long should I boil an egg?", response: "Six minutes for a soft yolk, ten for a firm one.", source: "careful" },
  { prompt: "How long should I boil an egg?", response: "Until it is done, obviously.", source: "hasty" },
  { prompt: "Why is the sky blue?", response: "Air scatters short, blue waves more than long, red ones.", source: "careful" },
  { prompt: "", response: "Nobody asked.", source: "hasty" },
  { prompt: "Why is the sky blue?", response: "Because it mirrors the blue sea.", source: "hasty" },
  { prompt: "Name a prime number above ten.", response: "Eleven is one.", source: "careful" },
  { prompt: "Name a prime number above ten.", response: "Fifteen, for example.", source: "hasty" },
]
  .map((row) => JSON.stringify(row))
  .join("\n");

/** Makes a project and is on its settings page then; returns its address. */
export async function newProject(page: Page, url: string, name: string, template: string): Promise<string> {
  await page.goto(`${url}/projects/new`);
  await page.getByLabel("Name").fill(name);
  await page.getByLabel(template).check();
  await page.getByRole("button", { name: "Create project" }).click();
  await expect(page).toHaveURL(/settings/);
  return page.url().replace(/\/settings.*/, "");
}

/** Uploads a file and is on the preview then. */
export async function upload(page: Page, project: string, name: string, text: string) {
  await page.goto(`${project}/data/import`);
  await page.locator("input[type=file]").setInputFiles({ name, mimeType: "application/octet-stream", buffer: Buffer.from(text) });
  await page.getByRole("button", { name: "Continue to the preview" }).click();
  await expect(page.getByText("Nothing has been written yet.")).toBeVisible();
}

/** Imports what the preview shows, without its bad rows. */
export async function importGoodRows(page: Page) {
  await page.getByLabel("write the good rows").check();
  await page.getByRole("button", { name: "Import", exact: true }).click();
  await expect(page.getByRole("heading", { name: "Imported" })).toBeVisible();
}

/** The prompt on the desk. */
export const asked = (page: Page) => page.locator(".prompt .message .prose").last();

/** Submits and waits for another item, or for the end of the queue. */
export async function submit(page: Page) {
  const before = page.url();
  await page.locator("[data-actions]").getByRole("button", { name: "Submit" }).click();
  await expect(page).not.toHaveURL(before);
  await ready(page);
}

/** Has the draft kept: with scripts that happens by itself. */
export async function keepDraft(page: Page) {
  if (hydrated()) {
    await expect(page.locator("[data-save-state]")).toContainText(/saved/i);
  } else {
    await page.getByText("More", { exact: true }).click();
    await page.getByRole("button", { name: "Save draft" }).click();
    await expect(page.getByText("Your draft is saved.")).toBeVisible();
  }
}
