/** Opens scenes in a browser, one after the other. */
import type { BrowserContext, Page } from 'playwright-core';
import { MACHINES } from './machines.ts';
import type { Scene } from './scenes.ts';
import { type Served, serveMachine, signIn } from './served.ts';

export interface Looked {
  readonly served: Served;
  /** Opens the scene anew, and waits until it is there. */
  readonly open: (page: Page) => Promise<void>;
}

/** The machine of a scene as it is when somebody comes to look; the browser is signed in. */
export async function beginScene({ machine, options, done = [], place, wish, act, until }: Scene, browser: BrowserContext): Promise<Looked> {
  const served = await serveMachine(MACHINES[machine], options);
  const { cookie, carryOut, plan } = await signIn(served.link);
  for (const each of done) {
    const { state, problems } = await carryOut(each);
    if (state !== 'done') throw new Error(`${each.verb}: ${state}: ${problems.map(({ message }) => message).join('; ')}`);
  }
  const fragment = wish === undefined ? place : place.replace('{plan}', (await plan(wish)).id);
  const [name = '', value = ''] = cookie.split('=');
  const url = `http://${served.where}/`;
  await browser.clearCookies();
  if (!place.startsWith('#token')) await browser.addCookies([{ name, value, url }]);
  return {
    served,
    open: async (page) => {
      await page.goto(url + fragment);
      await page.locator('h1').first().waitFor();
      await act?.(page, served);
      await page.getByText(until).first().waitFor({ timeout: 20_000 });
    },
  };
}
