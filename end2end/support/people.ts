// The people of the stories, and what several stories begin with.
import { expect, type Page } from "@playwright/test";

export interface Person {
  name: string;
  email: string;
  password: string;
}
const person = (name: string): Person => ({
  name,
  email: `${name.split(" ")[0].toLowerCase()}@example.org`,
  password: `a long sentence of ${name}`,
});
export const people = {
  owner: person("Ada Owner"),
  annotator: person("Ben Annotator"),
  teacher: person("Cleo Teacher"),
  researcher: person("Dina Researcher"),
};
export type Role = keyof typeof people;

async function fillAccount(page: Page, who: Person) {
  await page.getByLabel("Your name").fill(who.name);
  await page.getByLabel("E-mail address").fill(who.email);
  await page.getByLabel("Password").fill(who.password);
}

/** The first visit: an owner. */
export async function firstVisit(page: Page, url: string, who: Person) {
  await page.goto(url);
  await expect(page).toHaveURL(/welcome/);
  await fillAccount(page, who);
  await page.getByRole("button", { name: "Create the owner" }).click();
  await expect(page.getByRole("heading", { name: "Your projects" })).toBeVisible();
}

export async function signIn(page: Page, url: string, who: Person) {
  await page.goto(`${url}/sign-in`);
  await page.getByLabel("E-mail address").fill(who.email);
  await page.getByLabel("Password").fill(who.password);
  await page.getByRole("main").getByRole("button", { name: "Sign in" }).click();
  await expect(page).not.toHaveURL(/sign-in/);
}

export async function signOut(page: Page) {
  await page.getByRole("button", { name: "Sign out" }).click();
  await expect(page).toHaveURL(/sign-in/);
}

/** An invitation's link, made by whoever is signed in. `project` is the project's address. */
export async function invite(page: Page, project: string, role: Exclude<Role, "owner">): Promise<string> {
  await page.goto(`${project}/members`);
  await page.locator("#invite-role").selectOption(role);
  await page.getByRole("button", { name: "Make a link" }).click();
  return page.getByLabel("The invitation’s link").inputValue();
}

/** Joins by a link with a new account, and is signed in then. */
export async function join(page: Page, link: string, who: Person) {
  await page.goto(link);
  await fillAccount(page, who);
  await page.getByRole("button", { name: /join/i }).click();
  await expect(page).toHaveURL(/guidelines/);
}

/** The address of the project called so, from the list. */
export async function projectCalled(page: Page, url: string, name: string): Promise<string> {
  await page.goto(url);
  const link = await page.getByRole("main").getByRole("link", { name }).first().getAttribute("href");
  const id = /projects\/([^/]+)/.exec(link ?? "")?.[1];
  if (!id) throw new Error(`no project ${name} in the list`);
  return `${url}/projects/${id}`;
}
