// The pictures of the README, taken from the demo project: scripts/screenshots.sh.
import base from "./playwright.config.ts";

export default { ...base, testDir: "screenshots", projects: base.projects?.filter((project) => project.name === "hydrated") };
