// Language and theme.

import assert from "node:assert/strict";

import { settled } from "../harness/sign-in.mjs";
import { until } from "../harness/until.mjs";

/** @import { Page } from "playwright-core" */
/** @import { Flow } from "../harness/runner.mjs" */

/** The colour behind everything, as red, green and blue. @param {Page} page */
const paper = (page) => page.evaluate(() => getComputedStyle(document.body).backgroundColor);

/** Words by which somebody who reads the other language sees that it is not theirs. */
const WORDS = { it: /\b(Documenti|Impostazioni|Elabora|Annulla|Carica|Errori)\b/, en: /\b(Documents|Settings|Upload|Cancel|Failures|Delete)\b/ };

/** @type {Flow[]} */
export default [
  {
    name: "preferences: texts, numbers and dates are in the language that is chosen, in every tab, and stay so",
    run: async (stage) => {
      const { ready } = await stage.holding();
      const page = await stage.open({ hash: `#/documents/${ready}` });
      const facts = page.getByRole("main");
      await facts.getByText("1,200 tokens, 200 shared").waitFor();
      const date = page.locator("main time").first();
      const english = (await date.textContent()) ?? "";
      const other = await stage.another(page.context());
      await other.goto("/#/settings/account");
      await settled(other);
      await page.getByRole("navigation", { name: "Views" }).getByRole("link", { name: "Settings" }).click();
      await page.getByRole("link", { name: "Preferences" }).click();
      await page.getByLabel("Language").selectOption("Italiano");
      await page.getByRole("heading", { name: "Impostazioni" }).waitFor();
      await other.getByRole("heading", { name: "Impostazioni" }).waitFor();
      assert.equal(await page.locator("html").getAttribute("lang"), "it");
      assert.match(await page.title(), /Impostazioni/);
      await page.goto(`/#/documents/${ready}`);
      await facts.getByText("1.200 token, 200 in comune").waitFor();
      const italian = (await date.textContent()) ?? "";
      assert.notEqual(italian, english, "dates are written as before");
      await page.reload();
      await settled(page);
      await facts.getByText("1.200 token, 200 in comune").waitFor();
      assert.doesNotMatch((await page.locator("header").first().innerText()) + (await facts.innerText()), WORDS.en);
    },
  },
  {
    name: "preferences: the language of the browser is spoken to somebody who has chosen none, before they sign in",
    run: async (stage) => {
      const page = await stage.open({ role: null, language: "it" });
      await page.getByRole("button", { name: "Entra" }).waitFor();
      assert.doesNotMatch(await page.locator("body").innerText(), WORDS.en);
      await page.getByLabel("Lingua").selectOption("English");
      await page.getByRole("button", { name: "Sign in" }).waitFor();
    },
  },
  {
    name: "preferences: the theme is the system's until one is chosen, and stays",
    run: async (stage) => {
      const page = await stage.open({ hash: "#/settings/preferences", theme: "light" });
      const light = await paper(page);
      await page.emulateMedia({ colorScheme: "dark" });
      await until("the page to be dark", async () => (await paper(page)) !== light);
      const dark = await paper(page);
      await page.getByLabel("Theme").selectOption("Light");
      await until("the page to be light", async () => (await paper(page)) === light);
      await page.getByLabel("Theme").selectOption("Dark");
      await page.emulateMedia({ colorScheme: "light" });
      await until("the page to be dark", async () => (await paper(page)) === dark);
      await page.reload();
      await settled(page);
      assert.equal(await paper(page), dark);
      await page.getByLabel("Theme").selectOption("As the system");
      await until("the page to be light", async () => (await paper(page)) === light);
    },
  },
];
