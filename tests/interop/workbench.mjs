// An analyst's day in a browser. What is to happen in the scheme meanwhile is asked for on standard
// output, a word a line, and is done when a line comes back.
import { chromium } from "playwright-core";
import { createInterface } from "node:readline";
import assert from "node:assert/strict";

const { url, tokens, shots, draft, account } = JSON.parse(process.argv[2]);
const WIDTHS = [390, 1280];
const PATIENCE_MS = 20_000;

const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
const browser = await chromium.launch({
  executablePath: "/usr/bin/chromium",
  args: [
    "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
  ],
});

/** Has the scheme do something, and gives what came of it. */
async function world(word) {
  process.stdout.write(`${word}\n`);
  return (await lines.next()).value;
}

/** Somebody at a browser of their own; whatever the page complains of fails the test. */
async function person(token) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 } });
  const page = await context.newPage();
  page.setDefaultTimeout(PATIENCE_MS);
  page.on("console", (message) => {
    if (message.type() === "error") complaints.push(message.text());
  });
  page.on("pageerror", (error) => complaints.push(String(error)));
  await page.goto(`${url}/workbench`);
  await page.getByLabel("Your token").fill(token);
  if (!pictured.has("login")) await picture(page, "login");
  await page.getByRole("button", { name: "Log in" }).click();
  await page.waitForURL("**/workbench/live");
  return page;
}
const complaints = [];
const pictured = new Set();

/** Pictures in both widths, light and dark; nothing may stand out at the side. */
async function picture(page, name) {
  pictured.add(name);
  for (const width of WIDTHS) {
    await page.setViewportSize({ width, height: 900 });
    for (const colorScheme of ["light", "dark"]) {
      await page.emulateMedia({ colorScheme });
      await page.screenshot({ path: `${shots}/${name}-${width}-${colorScheme}.png`, fullPage: true });
    }
    const wide = await page.evaluate(() => document.documentElement.scrollWidth);
    assert.ok(wide <= width, `${name} is ${wide} wide at ${width}`);
  }
  await page.emulateMedia({ colorScheme: "light" });
}

/** The pages of the case of this name. */
async function openCase(page, name) {
  await page.goto(`${url}/workbench/cases`);
  await page.getByRole("link", { name }).first().click();
  await page.waitForURL("**/workbench/cases/*");
}

try {
  const ann = await person(tokens.ann);
  const sue = await person(tokens.sue);
  await ann.waitForSelector("#stream.on");
  await picture(ann, "live-empty");

  // A list, by a supervisor; an analyst is not offered the form.
  await sue.goto(`${url}/workbench/lists`);
  await sue.locator("select[name=kind]").selectOption("review");
  await sue.getByLabel("Side").selectOption("debtor");
  await sue.getByLabel("Scheme").fill("MSISDN");
  await sue.getByLabel("Identifier").fill(account.identifier);
  await sue.getByLabel("At participant").fill(account.member);
  await sue.getByLabel("Why").fill("complained of a <b>caller</b>");
  await sue.getByRole("button", { name: "Put on the list" }).click();
  await sue.getByText("complained of a <b>caller</b>").waitFor();
  await picture(sue, "lists");
  await ann.goto(`${url}/workbench/lists`);
  await ann.getByText("A supervisor changes lists.").waitFor();
  await ann.goto(`${url}/workbench/live`);
  await ann.waitForSelector("#stream.on");

  // Alert and explanation: the payment is held, and stands on the page as it comes.
  await world("pay-held");
  await ann.locator("li.decision.review a.line").first().click();
  await ann.locator("#detail .sentence").getByText("is on the review list").waitFor();
  await picture(ann, "live-held");

  // The case: proposed by one, confirmed by another.
  await openCase(ann, /EFRuP/);
  await ann.getByLabel("Assigned to").selectOption("ann");
  await ann.getByRole("button", { name: "Assign" }).click();
  await ann.getByLabel("Note").fill("the customer did not answer\ntried twice");
  await ann.getByRole("button", { name: "Add the note" }).click();
  const held = ann.locator("article.payment", { hasText: "held now" });
  await held.getByLabel("Why").first().fill("called by strangers");
  await picture(ann, "case-held");
  await held.getByRole("button", { name: "Propose to block" }).click();
  await ann.getByText("A supervisor other than ann confirms it.").waitFor();
  assert.equal(await ann.getByRole("button", { name: /Confirm/ }).count(), 0);
  await openCase(sue, /EFRuP/);
  await picture(sue, "case-proposed");
  await sue.getByRole("button", { name: "Confirm: block" }).click();
  await sue.getByText("confirmed block").waitFor();
  assert.equal(await world("outcome-held"), "4000");
  await sue.locator("#verdict").getByLabel("Why").fill("a scam, stopped");
  await sue.getByRole("button", { name: "Fraud", exact: true }).click();
  await sue.getByText("a scam, stopped").first().waitFor();
  await picture(sue, "case-closed");
  await sue.goto(`${url}/workbench/lists`);
  await sue.getByRole("button", { name: "Take off" }).click();
  await sue.waitForFunction(() => !document.body.textContent.includes("complained of"));

  // A typology alerts once it was paid; it is snoozed, and says no more.
  assert.equal(await world("pay"), "COMMITTED");
  assert.equal(await world("pay"), "COMMITTED");
  await ann.goto(`${url}/workbench/live`);
  const alert = ann.locator("li.decision.alert").first();
  await alert.locator("a.light.rule.high").first().click();
  await ann.locator("#detail .wanted").getByText("rule 901 found").waitFor();
  await picture(ann, "live");
  await alert.locator("a.line").click();
  await ann.goto(await alert.locator("a.line").evaluate((link) => link.href));
  await picture(ann, "decision");
  await openCase(ann, /burst@1.0.0/);
  await ann.locator("#snooze summary").click();
  await ann.locator("#snooze").getByLabel("Why").fill("a known landlord");
  await picture(ann, "case-alert");
  await ann.locator("#snooze").getByRole("button", { name: "Snooze" }).click();
  await ann.locator(".history").getByText("snoozed").waitFor();
  await ann.locator("#verdict").getByLabel("Why").fill("rent");
  await ann.getByRole("button", { name: "Genuine", exact: true }).click();
  await ann.getByText("rent", { exact: true }).first().waitFor();
  assert.equal(await world("pay"), "COMMITTED");
  await ann.goto(`${url}/workbench/cases`);
  await ann.getByText("No case here.").waitFor();
  await ann.goto(`${url}/workbench/cases?state=closed`);
  await ann.getByRole("link", { name: /burst@1.0.0/ }).waitFor();
  await picture(ann, "queue");

  // A draft in shadow, its backtest, and made live.
  await ann.goto(`${url}/workbench/typologies`);
  await ann.locator("#put").getByLabel("Rules and typologies, JSON").fill(draft);
  await ann.getByRole("button", { name: "Judge it beside the live ones" }).click();
  await ann.locator("#draft").waitFor();
  assert.equal(await world("pay"), "COMMITTED");
  // The draft is asked a moment after the payment, and the page does not change by itself.
  const difference = ann.locator(".differences").getByText("draft: block").first();
  const since = Date.now();
  while (!(await difference.isVisible())) {
    assert.ok(Date.now() - since < PATIENCE_MS, "the draft says nothing of it");
    await ann.waitForTimeout(100);
    await ann.reload();
  }
  await ann.getByText("A supervisor makes it live.").waitFor();
  await ann.getByRole("button", { name: "Test on the latest events" }).click();
  await ann.locator("#backtest").waitFor();
  await picture(ann, "typologies-draft");
  await sue.goto(`${url}/workbench/typologies`);
  await sue.locator("#promote").getByLabel("Why").fill("stops bursts");
  await picture(sue, "typologies-promote");
  await sue.locator("#promote").getByRole("button", { name: "Make it live" }).click();
  await sue.getByText("live: number 1").waitFor();
  assert.equal(await world("pay"), "4000");
  await picture(sue, "typologies");

  // And back again.
  await sue.getByText("Go back to it").last().click();
  const back = sue.locator("details[open]", { hasText: "Make 0 live again" });
  await back.getByLabel("Why").fill("too strict");
  await back.getByRole("button", { name: "Make 0 live again" }).click();
  await sue.getByText("live: number 2").waitFor();
  assert.equal(await world("pay"), "COMMITTED");

  await ann.getByRole("button", { name: "Log out" }).click();
  await ann.waitForURL("**/workbench/login");
  await ann.goto(`${url}/workbench/live`);
  await ann.waitForURL("**/workbench/login");
  assert.deepEqual(complaints, []);
  process.stdout.write("end\n");
} catch (error) {
  for (const [number, context] of browser.contexts().entries()) {
    await context.pages()[0].screenshot({ path: `${shots}/failed-${number}.png` });
  }
  process.stdout.write(`failed ${String(error.stack).replaceAll("\n", " | ")}\n`);
} finally {
  await browser.close();
  process.exit(0);
}
