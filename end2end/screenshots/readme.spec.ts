// The README's pictures: the demo projects as a newcomer sees them.
import { test, CLASS, ready, WRITING } from "../support/fixtures.ts";
import { people, projectCalled, signIn } from "../support/people.ts";

test("pictures for the README", async ({ page, demo }) => {
  test.setTimeout(240_000);
  const take = (name: string) =>
    page.screenshot({ path: `../docs/screenshots/${name}.jpg`, type: "jpeg", quality: 62 });
  await signIn(page, demo.url, people.owner);
  const writing = await projectCalled(page, demo.url, WRITING);
  const lesson = await projectCalled(page, demo.url, CLASS);

  await page.goto(`${writing}/queue`);
  await ready(page);
  await page.keyboard.press("2");
  await take("queue");
  await page.emulateMedia({ colorScheme: "dark" });
  await page.setViewportSize({ width: 390, height: 844 });
  await take("queue-phone-dark");
  await page.setViewportSize({ width: 1280, height: 800 });
  await page.emulateMedia({ colorScheme: "light" });

  await page.goto(`${lesson}/grades`);
  await take("gradebook");
  await page.goto(`${writing}/review`);
  await page.getByRole("main").locator('a[href*="/review/"]').first().click();
  await take("review");
  await page.goto(`${writing}/agreement`);
  await take("agreement");
  await page.goto(`${writing}/data`);
  await take("data");
});
