/** Pictures of every scene in both themes and three widths into a folder, each looked at by axe: `npm run shots -- [part of a name…]`. */
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { accessFaults, openBrowser } from '../browser/session.ts';
import { beginScene } from './look.ts';
import { SCENES } from './scenes.ts';

const DIRECTORY = 'build/shots';
const WIDTHS = [320, 768, 1440] as const;
const THEMES = ['light', 'dark'] as const;

const wanted = process.argv.slice(2);
const scenes = SCENES.filter(({ name }) => wanted.length === 0 || wanted.some((each) => name.includes(each)));
if (wanted.length === 0) await rm(DIRECTORY, { recursive: true, force: true });
await mkdir(DIRECTORY, { recursive: true });
const browser = await openBrowser();
// axe is put into the page, which its policy forbids everybody else.
const context = await browser.newContext({ bypassCSP: true });
let faults = 0;
const say = (text: string): void => void process.stderr.write(`${text}\n`);
for (const scene of scenes) {
  const page = await context.newPage();
  page.on('pageerror', (error) => say(`${scene.name}: ${error.message}`));
  const { served, open } = await beginScene(scene, context);
  try {
    await page.setViewportSize({ width: 1440, height: 900 });
    await open(page);
    for (const theme of THEMES) {
      await page.emulateMedia({ colorScheme: theme, reducedMotion: 'reduce' });
      for (const width of WIDTHS) {
        await page.setViewportSize({ width, height: 900 });
        // As high as all of it: what is outside of what one sees is not painted.
        const height = await page.evaluate('document.documentElement.scrollHeight');
        await page.setViewportSize({ width, height: Math.min(6000, Number(height)) });
        await page.screenshot({ path: join(DIRECTORY, `${scene.name}-${theme}-${width}.png`) });
        const tooWide = await page.evaluate('document.documentElement.scrollWidth - window.innerWidth');
        const found = [...(Number(tooWide) > 0 ? [`${String(tooWide)} pixels too wide`] : []), ...(await accessFaults(page))];
        for (const fault of found) say(`${scene.name} ${theme} ${width}: ${fault}`);
        faults += found.length;
      }
    }
  } catch (error) {
    faults += 1;
    say(`${scene.name}: ${(error as Error).message}`);
    await page.screenshot({ path: join(DIRECTORY, `${scene.name}-failed.png`), fullPage: true });
  }
  await page.close();
  await served.end().catch((error: Error) => say(`${scene.name}: ${error.message}`));
}
await browser.close();
say(`${scenes.length} scenes in ${DIRECTORY}, ${faults === 0 ? 'nothing' : faults} to mend`);
process.exitCode = faults === 0 ? 0 : 1;
