import { expect, it } from 'vitest';
import { describeUnless } from '../test/skip.ts';
import { type Ended, runProgram } from './demo/program.ts';
import { untrueOf } from './demo/tutorial.ts';
import { labReason } from './reason.ts';

/** In one stream, as a terminal has it: what a command prints stands behind its stage. */
const runDemo = (...words: readonly string[]): Promise<Ended> =>
  runProgram(['sh', '-c', 'exec "$0" "$@" 2>&1', process.execPath, 'build/lab/demo.mjs', ...words]);

describeUnless(await labReason('z-host'), 'the demonstration', () => {
  it('gives a function to a guest through libvirt, sees it there, and gets it back, as the tutorial tells', async () => {
    const { status, output } = await runDemo();
    expect(output).toMatch(/guest: 0021:00:00\.0 uid=0x0021 fid=0x00000055 slot=00000055/);
    expect(output).toMatch(/✓ +[\d.]+ s {2}0007:00:00\.0 is back with nvme/);
    expect(status, output).toBe(0);
    expect(untrueOf('docs/tutorial-z.md', output)).toEqual([]);
  });

  it('refuses words it does not know', async () => {
    const { status, output } = await runDemo('--frobnicate');
    expect(status).toBe(2);
    expect(output).toMatch(/frobnicate/);
  });

  it('has no page without libvirt', async () => {
    const { status, output } = await runDemo('--ui', '--direct');
    expect(status).toBe(2);
    expect(output).toMatch(/--direct is without libvirt, and the page shows the guests of libvirt/);
  });
});

describeUnless(await labReason('pc-host'), 'the demonstration on a PC', () => {
  it('gives a virtual function with MAC address and VLAN to a guest that runs, sees it there, and gets it back, as the tutorial tells', async () => {
    const { status, output } = await runDemo('--pc');
    expect(output).toMatch(/guest: 0000:\d\d:00\.0 driver=igbvf mac=52:54:00:aa:bb:42/);
    expect(output).toMatch(/vf 0 +link\/ether 52:54:00:aa:bb:42 .*vlan 42/);
    expect(output).toMatch(/✓ +[\d.]+ s {2}0000:02:00\.0 is as before/);
    expect(status, output).toBe(0);
    expect(untrueOf('docs/tutorial-pc.md', output)).toEqual([]);
  });

  it('does not do without libvirt', async () => {
    const { status, output } = await runDemo('--pc', '--direct');
    expect(status).toBe(2);
    expect(output).toMatch(/--direct is for the IBM Z host/);
  });
});
