// Signing in.

import assert from "node:assert/strict";

import { keyField, settled, submitKey } from "../harness/sign-in.mjs";

/** @import { Flow } from "../harness/runner.mjs" */

/** @type {Flow[]} */
export default [
  {
    name: "sign-in: a key opens the dashboard, and a page that is loaded anew needs none",
    run: async (stage) => {
      const page = await stage.open({ role: "member" });
      await page.reload();
      await settled(page);
      assert.equal(await keyField(page).count(), 0, "the form is shown to somebody who is signed in");
    },
  },
  {
    name: "sign-in: no script can read what one is signed in by",
    run: async (stage) => {
      const page = await stage.open();
      const [cookie] = await page.context().cookies();
      assert.ok(cookie, "there is no cookie");
      const { httpOnly, secure, sameSite } = cookie;
      assert.deepEqual({ httpOnly, secure, sameSite }, { httpOnly: true, secure: true, sameSite: "Strict" });
      const readable = await page.evaluate(() => JSON.stringify([document.cookie, { ...localStorage }, { ...sessionStorage }]));
      for (const secret of [stage.tenant.accounts.admin.key, cookie.value]) assert.ok(!readable.includes(secret), "scripts can read it");
    },
  },
  {
    name: "sign-in: a wrong key is refused, and the form stays",
    run: async (stage) => {
      stage.expects(/^console: Failed to load resource: .* 401 .*\/api\/session/);
      const page = await stage.open({ role: null });
      await submitKey(page, "sk-wrong");
      await page.getByRole("alert").filter({ hasText: /\S/ }).first().waitFor();
      assert.ok(await keyField(page).isVisible());
    },
  },
];
