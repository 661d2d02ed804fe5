/** Every step of every change of the host, on real kernels. `npm test` has each kind of step once. */
import { afterAll, beforeAll, describe, it } from 'vitest';
import { describeUnless } from '../../test/skip.ts';
import { killAtPoints, resetAtPoints } from '../crash/at-points.ts';
import { PC_DRIVERS, PC_DRIVERS_AND_DISK, PC_PLACES, PC_ROOMS, Z_PLACES } from '../crash/places.ts';
import type { LabHost } from '../machine/running.ts';
import { bootPc } from '../pc/host.ts';
import { labReason } from '../reason.ts';
import { bootHost } from '../s390x/host.ts';

describeUnless(await labReason('pc-host', 'z-host'), 'everything is in its old or new state after recover', () => {
  describe('on a PC', () => {
    let host: LabHost;
    beforeAll(async () => {
      host = await bootPc({ root: 'bare', places: PC_ROOMS });
      await host.sh(PC_DRIVERS);
    });
    afterAll(async () => host?.stop());

    it('when hostdev is killed before and behind every step of every change', async () => {
      const changes = ['prepare', 'release', 'vf-create', 'vf-remove', 'persist', 'unpersist'];
      await killAtPoints(host, { scope: 'all', places: PC_PLACES, changes });
    });

    it('when the machine is reset before and behind every step', async () => {
      await resetAtPoints(host, { scope: 'all', places: PC_PLACES, changes: ['prepare', 'release', 'vf-create', 'persist'] }, PC_DRIVERS_AND_DISK);
    });
  });

  describe('on an IBM Z', () => {
    let host: LabHost;
    beforeAll(async () => {
      host = await bootHost({ bare: true });
    });
    afterAll(async () => host?.stop());

    it('when hostdev is killed before and behind every step of every change', async () => {
      await killAtPoints(host, { scope: 'all', places: Z_PLACES, changes: ['prepare', 'release', 'slot-off', 'slot-on'] });
    });

    it('when the machine is reset before and behind every step', async () => {
      await resetAtPoints(host, { scope: 'all', places: Z_PLACES, changes: ['slot-off'] });
    });
  });
});
