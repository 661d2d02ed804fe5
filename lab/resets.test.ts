import { expect, it } from 'vitest';
import { describeUnless } from '../test/skip.ts';
import { resetAtPoints } from './crash/at-points.ts';
import { PC_DRIVERS_AND_DISK, PC_PLACES, PC_ROOMS, Z_PLACES } from './crash/places.ts';
import { bootPc } from './pc/host.ts';
import { labReason } from './reason.ts';
import { bootHost } from './s390x/host.ts';

// Every step of every change: npm run soak.
describeUnless(await labReason('pc-host', 'z-host'), 'a host that is reset in the middle of a change', () => {
  it('has everything in its old or new state after recover, at each kind of step: drivers, rules', async () => {
    const host = await bootPc({ root: 'bare', places: PC_ROOMS });
    try {
      const lines = await resetAtPoints(host, { scope: 'kinds', places: PC_PLACES, changes: ['prepare', 'persist'] }, PC_DRIVERS_AND_DISK);
      // Before and behind a write and a file.
      expect(lines).toHaveLength(4);
    } finally {
      await host.stop();
    }
  });

  it('has everything in its old or new state after recover: a slot of IBM Z', async () => {
    const host = await bootHost({ bare: true });
    try {
      const lines = await resetAtPoints(host, { scope: 'kinds', places: Z_PLACES, changes: ['slot-off'] });
      expect(lines).toHaveLength(2);
    } finally {
      await host.stop();
    }
  });
});
