/** The planner in a browser, opened as a file. */
import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { describeUnless } from '../test/skip.ts';
import { accessFaults, openBrowser } from './browser/session.ts';
import { labReason } from './reason.ts';

describeUnless(await labReason('browser'), 'the planner', () => {
  let browser: Browser;
  let folder: string;
  beforeAll(async () => {
    // The browser sees the directory of temporary files, and not this one.
    folder = await mkdtemp(join(tmpdir(), 'hostdev-planner-'));
    await cp('build/planner', folder, { recursive: true });
    browser = await openBrowser();
  });
  afterAll(async () => {
    await browser.close();
    await rm(folder, { recursive: true });
  });

  it('opens as a file, and asks for nothing but its own files', async () => {
    const page = await browser.newPage();
    const asked: string[] = [];
    page.on('request', (request) => asked.push(request.url()));
    await page.goto(`file://${folder}/index.html`);
    await page.getByRole('textbox', { name: 'Domain XML' }).waitFor();
    const own = ['index.html', 'planner.css', 'planner.js', 'editor.js'].map((name) => `file://${folder}/${name}`);
    expect(asked.filter((url) => !url.startsWith('data:'))).toEqual(own);
    expect(await accessFaults(page)).toEqual([]);
    await page.close();
  });
});
