/** The page of the demonstration on IBM Z, in a browser: the server runs in the emulated host, and its port leads here. `npm test` has that of the PC. */
import { type ChildProcess, spawn } from 'node:child_process';
import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { formatFid, formatUid } from '../../src/pci/zpci.ts';
import { describeUnless } from '../../test/skip.ts';
import { give, leave, openHostPage, rowOf, takeBack } from '../browser/host-page.ts';
import { openBrowser } from '../browser/session.ts';
import { labReason } from '../reason.ts';
import { GUEST_BOOT_MS, waitForGuestFunctions } from '../s390x/guest.ts';
import { SAVED_GUEST } from '../s390x/saved-guest.ts';
import { makeWorkDirectory } from '../work-directory.ts';

const BOOT_MS = 10 * 60_000;

/** A disk of the IBM Z host. */
const NVME = '0007:00:00.0';

describeUnless(await labReason('z-host', 'browser'), 'the page of the demonstration on IBM Z', () => {
  let demo: ChildProcess;
  let directory: string;
  let browser: Browser;
  let output = '';
  let ended: Promise<number | null>;

  beforeAll(async () => {
    directory = await makeWorkDirectory('hostdev-lab-');
    demo = spawn(process.execPath, ['build/lab/demo.mjs', '--ui'], { stdio: ['pipe', 'pipe', 'pipe'], env: { ...process.env, TMPDIR: directory } });
    ended = new Promise((resolve) => demo.once('exit', resolve));
    for (const stream of [demo.stdout, demo.stderr]) stream?.on('data', (bytes: Buffer) => void (output += bytes.toString()));
    browser = await openBrowser();
  });
  afterAll(async () => {
    await browser?.close();
    demo?.kill('SIGKILL');
    await ended;
    await rm(directory, { recursive: true, force: true });
  });

  it('gives a function to the guest that runs, whose kernel shows the ids that the plan said, takes it back, and ends with Ctrl-C', async () => {
    const link = (): string | undefined => /http:\/\/127\.0\.0\.1:\d+\/#token=\S+/.exec(output)?.[0];
    await expect.poll(link, { timeout: BOOT_MS, interval: 200 }).toBeDefined();
    const page = await openHostPage(browser, link() ?? '');
    const { planned, ended: steps } = await give(page, NVME, SAVED_GUEST);
    expect(new Set(steps)).toEqual(new Set(['done']));
    const share = join(directory, (await readdir(directory)).find((name) => name.startsWith('hostdev-demo-')) ?? '', 'share');
    const seen = async (): Promise<string[]> =>
      (await waitForGuestFunctions({ share }, `${SAVED_GUEST}.console`, GUEST_BOOT_MS)).map(
        ({ uid, fid, slot }) => `${formatUid(uid)} ${formatFid(fid)} ${slot}`,
      );
    await expect.poll(seen, { timeout: GUEST_BOOT_MS, interval: 500 }).toEqual([`${planned.uid} ${planned.fid} ${planned.fid?.slice(2)}`]);
    await takeBack(page, NVME, SAVED_GUEST);
    await expect.poll(seen, { timeout: GUEST_BOOT_MS, interval: 500 }).toEqual([]);
    await leave(page);
    await rowOf(page, NVME).getByText('nvme', { exact: true }).waitFor();
    demo.kill('SIGINT');
    expect(await ended, output).toBe(0);
    expect(output).toContain('switch the emulated host off');
    expect((await readdir(directory)).filter((name) => name.startsWith('hostdev-demo-'))).toEqual([]);
  });
});
