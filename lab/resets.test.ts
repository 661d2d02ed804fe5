import { expect, it } from 'vitest';
import { describeUnless } from '../test/skip.ts';
import { installCommand, type LabHost } from './machine/running.ts';
import { bootPc } from './pc/host.ts';
import { labReason } from './reason.ts';
import { bootHost } from './s390x/host.ts';

/** How long one point may take: a boot, and what stands between it and the reset. */
const POINT_MS = 180_000;

/** Resets the machine before and behind each step of the changes; gives a line a point. */
async function resetEverywhere(host: LabHost, functions: object, changes: string, before = 'true'): Promise<string[]> {
  await installCommand(host, 'build/lab', 'lab');
  const script = `${before}; export HOSTDEV_CRASH='${JSON.stringify(functions)}'; node /share/lab/crash.mjs reset /share/resets ${changes}`;
  for (;;) {
    const result = await host.runOrReset(script, POINT_MS);
    if (result === undefined) continue;
    expect(result).toMatchObject({ status: 0, stdout: 'end\n' });
    break;
  }
  const lines = (await host.run('cat /share/resets')).stdout.trim().split('\n');
  process.stdout.write(`${lines.length} resets in ${changes.replaceAll(' ', ', ')}: ${lines.filter((line) => line.startsWith('ok ')).length} recovered\n`);
  return lines.filter((line) => !line.startsWith('ok '));
}

describeUnless(await labReason('pc-host', 'z-host'), 'a host that is reset in the middle of a change', () => {
  it('has everything in its old or new state after recover: drivers, virtual functions, rules', async () => {
    const host = await bootPc({ root: 'bare', places: ['nic', 'sriov-nic'] });
    try {
      const functions = { function: '0000:01:00.0', pf: '0000:02:00.0' };
      expect(await resetEverywhere(host, functions, 'prepare release vf-create persist', 'modprobe -a e1000e igb igbvf vfio-pci')).toEqual([]);
    } finally {
      await host.stop();
    }
  });

  it('has everything in its old or new state after recover: slots of IBM Z', async () => {
    const host = await bootHost({ bare: true });
    try {
      expect(await resetEverywhere(host, { function: '0031:00:00.0', slot: 0x41 }, 'slot-off')).toEqual([]);
    } finally {
      await host.stop();
    }
  });
});
