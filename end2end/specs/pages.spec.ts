// Every page that a person can reach by links, once each: accessible, quiet in the console, no sideways
// scrolling on a phone, light and dark. A picture of each goes to results/pages.
import { mkdirSync } from "node:fs";
import { test, expect, hydrated, ready, violations } from "../support/fixtures.ts";
import { people, signIn } from "../support/people.ts";
import { type Page } from "@playwright/test";

const WIDTHS = [1280, 390];
const SCHEMES = ["light", "dark"] as const;

for (const role of ["owner", "annotator"] as const) {
  test(`every page the ${role} can reach is accessible and fits`, async ({ page, demo }) => {
    test.setTimeout(600_000);
    mkdirSync("results/pages", { recursive: true });
    // what is wrong, and on which of a page's views
    const problems = new Map<string, string[]>();
    const note = (page: string, view: string, what: string) => {
      const key = `${page}: ${what}`;
      problems.set(key, [...(problems.get(key) ?? []), view]);
    };
    await look(page, "sign-in", `${demo.url}/sign-in`, role, note);
    await signIn(page, demo.url, people[role]);
    const seen = new Set<string>();
    const waiting = [`${demo.url}/`];
    for (let address = waiting.shift(); address; address = waiting.shift()) {
      const name = shape(address);
      if (seen.has(name)) continue;
      seen.add(name);
      const answer = await page.request.get(address);
      if (answer.status() >= 400) note(name, address, `a link leads to ${answer.status()}`);
      if (!answer.headers()["content-type"]?.includes("text/html")) continue;
      await look(page, name, address, role, note);
      // by the attribute: a link in a drawing has an object for its href
      const links = await page
        .locator("a[href]")
        .evaluateAll((all) => all.map((a) => new URL(a.getAttribute("href") ?? "", document.baseURI).href));
      waiting.push(...links.filter((link) => link.startsWith(demo.url)).map((link) => link.split("#")[0]));
    }
    expect([...problems].map(([what, views]) => `${what} (${views.join(", ")})`)).toEqual([]);
    expect(seen.size, `pages reached: ${[...seen].join(" ")}`).toBeGreaterThan(role === "owner" ? 12 : 4);
  });
}

/** The address without what varies: one page of each shape is enough. A form drawn for a method is a page of its own. */
function shape(address: string) {
  const { pathname, searchParams } = new URL(address);
  const page = searchParams.has("method") ? `${pathname}/method` : pathname;
  return page.replace(/[0-9a-f]{8}-[0-9a-f-]{27}/g, "X").replace(/^\/$/, "home").replace(/^\//, "");
}

type Note = (page: string, view: string, what: string) => void;

async function look(page: Page, name: string, address: string, role: string, note: Note) {
  for (const width of WIDTHS) {
    await page.setViewportSize({ width, height: 800 });
    await page.emulateMedia({ colorScheme: "light" });
    await page.goto(address);
    await ready(page);
    const excess = Number(await page.evaluate("document.documentElement.scrollWidth - window.innerWidth"));
    if (excess > 0) note(name, `${width}`, `scrolls sideways by ${excess} px`);
    for (const scheme of SCHEMES) {
      await page.emulateMedia({ colorScheme: scheme });
      // Axe needs the page's scripts; what it sees without them is the same HTML.
      if (hydrated()) for (const violation of await violations(page)) note(name, `${width} ${scheme}`, violation);
      const file = `${test.info().project.name}-${role}-${name.replaceAll("/", "_")}-${width}-${scheme}.png`;
      await page.screenshot({ path: `results/pages/${file}` });
    }
  }
}
