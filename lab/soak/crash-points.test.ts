/** Every step of every change of the host, on real kernels. `npm test` has each kind of step once. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { describeUnless } from '../../test/skip.ts';
import { killAtPoints, resetAtPoints } from '../crash-points.ts';
import { installCommand, type LabHost } from '../machine/running.ts';
import { bootPc } from '../pc/host.ts';
import { labReason } from '../reason.ts';
import { guestDefinition, SAVED_GUEST } from '../s390x/guest.ts';
import { bootHost, WAIT_FOR_LIBVIRT } from '../s390x/host.ts';

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

    it('when hostdev is killed before and behind every call that changes a guest', async () => {
      const own = await bootHost();
      try {
        await installCommand(own, 'build/lab', 'lab');
        await own.sh(WAIT_FOR_LIBVIRT);
        await writeFile(join(own.share, 'web.xml'), guestDefinition('web'));
        await own.sh(`virsh -q define /share/web.xml && virsh -q restore ${SAVED_GUEST}`);
        const { stdout, stderr } = await own.run('node /share/lab/guest-crash.mjs web 0007:00:00.0', 20 * 60_000);
        const lines = stdout.trim().split('\n');
        expect(lines.filter((line) => !line.startsWith('ok '))).toEqual([]);
        expect(stderr).toBe('');
        expect(lines.length).toBeGreaterThanOrEqual(4);
      } finally {
        await own.stop();
      }
    });

    it('when the machine is reset before and behind every step', async () => {
      await resetAtPoints(host, { scope: 'all', functions: Z, changes: ['slot-off'] });
    });
  });
});
