/** Every step of every change of the host, on real kernels. `npm test` has each kind of step once. */
import { afterAll, beforeAll, describe, it } from 'vitest';
import { describeUnless } from '../../test/skip.ts';
import { killAtPoints, resetAtPoints } from '../crash-points.ts';
import type { LabHost } from '../machine/running.ts';
import { bootPc } from '../pc/host.ts';
import { labReason } from '../reason.ts';
import { bootHost } from '../s390x/host.ts';

const PC = { function: '0000:01:00.0', pf: '0000:02:00.0' };
const Z = { function: '0031:00:00.0', slot: 0x41 };
const DRIVERS = 'modprobe -a e1000e igb igbvf vfio-pci';

describeUnless(await labReason('pc-host', 'z-host'), 'everything is in its old or new state after recover', () => {
  describe('on a PC', () => {
    let host: LabHost;
    beforeAll(async () => {
      host = await bootPc({ root: 'bare', places: ['nic', 'sriov-nic'] });
      await host.sh(DRIVERS);
    });
    afterAll(async () => host?.stop());

    it('when hostdev is killed before and behind every step of every change', async () => {
      const changes = ['prepare', 'release', 'vf-create', 'vf-remove', 'persist', 'unpersist'];
      await killAtPoints(host, { scope: 'all', functions: PC, changes });
    });

    it('when the machine is reset before and behind every step', async () => {
      await resetAtPoints(host, { scope: 'all', functions: PC, changes: ['prepare', 'release', 'vf-create', 'persist'] }, DRIVERS);
    });
  });

  describe('on an IBM Z', () => {
    let host: LabHost;
    beforeAll(async () => {
      host = await bootHost({ bare: true });
    });
    afterAll(async () => host?.stop());

    it('when hostdev is killed before and behind every step of every change', async () => {
      await killAtPoints(host, { scope: 'all', functions: Z, changes: ['prepare', 'release', 'slot-off', 'slot-on'] });
    });

    it('when the machine is reset before and behind every step', async () => {
      await resetAtPoints(host, { scope: 'all', functions: Z, changes: ['slot-off'] });
    });
  });
});
