// Looks at pages in a real browser, as a phone and as a desk, light and dark. Prints what was seen
// as JSON: what is wider than its screen, what a page said or fetched, what was drawn, and what
// axe-core finds. PAGES names the files, and how to look at each, in JSON; PICTURES, if set, a
// folder for pictures.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { basename } from "node:path";
import { pathToFileURL } from "node:url";
import { chromium } from "playwright-core";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const SCREENS = { phone: { width: 390, height: 844 }, desk: { width: 1280, height: 1000 } };

const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM,
  // Whoever runs the tests may be root, in a container with little shared memory.
  args: ["--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu"],
});
const seen = {};
for (const [path, settings] of Object.entries(JSON.parse(process.env.PAGES))) {
  const looks = settings.map(async (one) => [one, await look(path, ...one.split(" "))]);
  seen[basename(path, ".html")] = Object.fromEntries(await Promise.all(looks));
}
await browser.close();
console.log(JSON.stringify(seen));

async function look(path, screen, colorScheme) {
  const context = await browser.newContext({ viewport: SCREENS[screen], colorScheme });
  const page = await context.newPage();
  const said = [];
  const fetched = [];
  page.on("console", (message) => said.push(message.text()));
  page.on("pageerror", (error) => said.push(String(error)));
  page.on("request", (request) => fetched.push(request.url()));
  const address = pathToFileURL(path).href;
  await page.goto(address);
  const found = await page.evaluate(measure);
  if (process.env.PICTURES) {
    const name = `${basename(path, ".html")}-${screen}-${colorScheme}.png`;
    const clip = { x: 0, y: 0, width: SCREENS[screen].width, height: 1380 };
    await page.screenshot({ path: `${process.env.PICTURES}/${name}`, fullPage: true, clip });
  }
  await page.evaluate(axe);
  const findings = await page.evaluate(() => globalThis.axe.run(document));
  await context.close();
  return {
    ...found,
    said,
    fetched: fetched.filter((url) => url !== address),
    violations: findings.violations.map(({ id, nodes }) => ({
      id,
      where: nodes.map((node) => `${node.html.slice(0, 120)}: ${node.any[0]?.message ?? ""}`),
    })),
    contrast: findings.passes.find(({ id }) => id === "color-contrast")?.nodes.length ?? 0,
  };
}

function measure() {
  const root = document.scrollingElement;
  const drawn = [...document.querySelectorAll("svg.chart")].map((chart) => {
    const edge = chart.getBoundingClientRect();
    const bars = [...chart.querySelectorAll("rect.rect")].filter((bar) => {
      const box = bar.getBoundingClientRect();
      return box.width > 1 && box.height > 1 && getComputedStyle(bar).fill !== "none";
    });
    const outside = [...chart.querySelectorAll("rect.rect, text")].filter((mark) => {
      const box = mark.getBoundingClientRect();
      return box.left < edge.left - 1 || box.right > edge.right + 1 || box.bottom > edge.bottom + 1;
    });
    return { bars: bars.length, outside: outside.length };
  });
  return {
    ground: getComputedStyle(document.body).backgroundColor,
    width: root.scrollWidth,
    room: window.innerWidth,
    drawn,
  };
}
