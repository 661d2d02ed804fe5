import { beforeEach, describe, expect, it } from 'vitest';
import { bareMachine } from '../../test/bare-machine.ts';
import { hostdev as run } from '../../test/capture.ts';
import type { Machine } from './machine.ts';

const NVME = '0007:00:00.0';
const LEFT = 'left for you: update-initramfs -u  # so that initramfs-tools has it in the initial RAM disk\n';

let machine: Machine;
beforeEach(() => {
  machine = bareMachine([{ address: NVME, driver: 'nvme', iommuGroup: 1 }], { files: { '/etc/initramfs-tools/hooks/lvm2': '#!/bin/sh\n' } });
});
const hostdev = (...words: readonly string[]): ReturnType<typeof run> => run(words, '', machine);

describe('hostdev undo', () => {
  it.each([['--dry-run'], ['--yes']])('%s prints the commands, and what they leave to the administrator', async (option) => {
    await hostdev('prepare', NVME, '--persist');
    const { status, stdout } = await hostdev('undo', option);
    expect([status, stdout]).toEqual([0, `hostdev persistent remove ${NVME}\nhostdev release ${NVME}\n${LEFT}`]);
  });

  it.each(['--host', '--root'])('knows no %s: a copy of another machine has no journal', async (option) => {
    await hostdev('prepare', NVME);
    const { status, stdout, stderr } = await hostdev('undo', '--dry-run', option, '/nowhere');
    expect([status, stdout]).toEqual([2, '']);
    expect(stderr).toContain(`unknown option '${option}'`);
  });

  it('changes nothing without --yes where nobody can be asked', async () => {
    await hostdev('prepare', NVME);
    const { status, stdout, stderr } = await hostdev('undo');
    expect([status, stdout]).toEqual([1, '']);
    expect(stderr).toContain('nobody agreed to this undo; nothing was changed [change-unconfirmed]\n  hint: look at the plan, then add --yes');
    expect((await hostdev('status')).stdout).toContain(NVME);
  });
});
