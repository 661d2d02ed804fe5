import { expect, it } from 'vitest';
import { describeUnless } from '../test/skip.ts';
import { resetAtPoints } from './crash-points.ts';
import { bootPc } from './pc/host.ts';
import { labReason } from './reason.ts';
import { bootHost } from './s390x/host.ts';

// Every step of every change: npm run soak.
describeUnless(await labReason('pc-host', 'z-host'), 'a host that is reset in the middle of a change', () => {
  it('has everything in its old or new state after recover, at each kind of step: drivers, rules', async () => {
    const host = await bootPc({ root: 'bare', places: ['nic'] });
    try {
      const points = { scope: 'kinds', functions: { function: '0000:01:00.0' }, changes: ['prepare', 'persist'] } as const;
      const lines = await resetAtPoints(host, points, 'modprobe -a e1000e vfio-pci');
      // Before and behind a write and a file.
      expect(lines).toHaveLength(4);
    } finally {
      await host.stop();
    }
  });

  it('has everything in its old or new state after recover: a slot of IBM Z', async () => {
    const host = await bootHost({ bare: true });
    try {
      const lines = await resetAtPoints(host, { scope: 'kinds', functions: { function: '0031:00:00.0', slot: 0x41 }, changes: ['slot-off'] });
      expect(lines).toHaveLength(2);
    } finally {
      await host.stop();
    }
  });
});
