import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { casesFor } from '../../test/conformance/host-suite.ts';
import { recoverChanges } from '../app/recover-changes.ts';
import { prepareFunctions } from '../app/prepare.ts';
import { releaseFunctions } from '../app/release.ts';
import { parsePciAddress } from '../pci/notation.ts';
import { fakeKernel, type FakeFunction, type FakeKernelOptions } from '../testing/fake-kernel.ts';

const FREE: FakeFunction = { address: '0007:00:00.0', driver: 'nvme', iommuGroup: 0 };
const OTHER: FakeFunction = { address: '0009:00:00.0', driver: 'igb', iommuGroup: 1 };
const context = (port: ReturnType<typeof fakeKernel>, isRoot = true) => ({ port, isRoot, readPciIds: async () => undefined });
const change = { dryRun: false, stateDirectory: mkdtempSync(join(tmpdir(), 'hostdev-state-')) };

const PF: FakeFunction = { address: '0000:02:00.0', driver: 'igb', pciClass: 0x020000, iommuGroup: 2, netdev: 'eno1', sriov: { total: 7, driver: 'igbvf' } };
const SLOT: FakeFunction = { address: '0031:00:00.0', driver: 'nvme', iommuGroup: 3, fid: 0x41 };

describe('the fake kernel passes the conformance suite of the real ones', () => {
  const target = {
    port: fakeKernel([FREE, OTHER, PF, SLOT]),
    free: FREE.address,
    freeDriver: 'nvme',
    other: OTHER.address,
    otherDriver: 'igb',
    pf: { address: PF.address, vfDriver: 'igbvf', netdev: true },
    slot: 0x41,
    hears: true as const,
    stateDirectory: change.stateDirectory,
  };
  it.each(casesFor(target))('$title', async ({ run }) => {
    await run(target);
  });
});

describe('what prepare refuses, before it writes anything', () => {
  it.each<[string, FakeFunction[], FakeKernelOptions, string]>([
    ['a bridge', [{ ...FREE, headerType: 1, pciClass: 0x060400 }], {}, 'function-not-assignable'],
    ['a function without IOMMU group', [{ address: FREE.address, driver: 'nvme' }], {}, 'function-not-assignable'],
    ['a function whose group mate is with a host driver', [FREE, { ...OTHER, iommuGroup: 0 }], {}, 'group-incomplete'],
    ['a host without vfio', [FREE], { drivers: [] }, 'vfio-missing'],
  ])('%s', async (_, functions, options, code) => {
    const port = fakeKernel(functions, options);
    await expect(prepareFunctions(context(port), [parsePciAddress(FREE.address)], change)).rejects.toMatchObject({ code });
    expect(port.writes).toEqual([]);
  });

  it('a user who is not root', async () => {
    const port = fakeKernel([FREE]);
    await expect(prepareFunctions(context(port, false), [parsePciAddress(FREE.address)], change)).rejects.toMatchObject({ code: 'not-root' });
    expect(port.writes).toEqual([]);
  });

  it('a function named twice', async () => {
    const address = parsePciAddress(FREE.address);
    await expect(prepareFunctions(context(fakeKernel([FREE])), [address, address], change)).rejects.toMatchObject({ code: 'address-twice' });
  });

  it('but not a group that is named whole, nor one whose only mate is a port', async () => {
    const mate = { ...OTHER, iommuGroup: 0 };
    const whole = fakeKernel([FREE, mate]);
    await prepareFunctions(
      context(whole),
      [FREE, mate].map((f) => parsePciAddress(f.address)),
      change,
    );
    expect([FREE, mate].map((f) => whole.driverOf(f.address))).toEqual(['vfio-pci', 'vfio-pci']);
    const behindPort = fakeKernel([FREE, { ...mate, driver: 'pcieport', headerType: 1 }]);
    await prepareFunctions(context(behindPort), [parsePciAddress(FREE.address)], change);
    expect(behindPort.driverOf(FREE.address)).toBe('vfio-pci');
  });
});

describe('a write that fails', () => {
  it.each(['driver_override', 'unbind', 'drivers_probe'])('of %s leaves the function with its host driver', async (name) => {
    let failed = false;
    const port = fakeKernel([FREE], {
      beforeWrite: (path) => {
        if (failed || !path.endsWith(name)) return;
        failed = true;
        throw Object.assign(new Error('EIO: i/o error'), { code: 'EIO' });
      },
    });
    await expect(prepareFunctions(context(port), [parsePciAddress(FREE.address)], change)).rejects.toMatchObject({ code: 'bind-failed' });
    expect(port.driverOf(FREE.address)).toBe('nvme');
  });

  it('for the second function gives the first one back', async () => {
    const port = fakeKernel([FREE, OTHER], {
      beforeWrite: (path, text) => {
        if (path.includes(OTHER.address) && text === 'vfio-pci') throw Object.assign(new Error('EIO: i/o error'), { code: 'EIO' });
      },
    });
    await expect(
      prepareFunctions(
        context(port),
        [FREE, OTHER].map((f) => parsePciAddress(f.address)),
        change,
      ),
    ).rejects.toMatchObject({ code: 'bind-failed' });
    expect([FREE, OTHER].map((f) => port.driverOf(f.address))).toEqual(['nvme', 'igb']);
  });

  it('and cannot be undone stays open in the journal until recover', async () => {
    const stateDirectory = mkdtempSync(join(tmpdir(), 'hostdev-state-'));
    let broken = true;
    const port = fakeKernel([FREE], {
      beforeWrite: (path) => {
        if (broken && !path.endsWith('unbind') && port.writes.length >= 2) throw Object.assign(new Error('EIO: i/o error'), { code: 'EIO' });
      },
    });
    const only = [parsePciAddress(FREE.address)];
    await expect(prepareFunctions(context(port), only, { dryRun: false, stateDirectory })).rejects.toMatchObject({
      code: 'stuck',
      message: expect.stringMatching(
        /drivers_probe failed: EIO.*; and it could not be undone: .*driver_override failed: EIO.*; 0007:00:00\.0 is left with no driver$/,
      ) as string,
      hint: expect.stringContaining('hostdev recover') as string,
      details: {
        errors: [{ code: 'bind-failed' }, { code: 'bind-failed' }],
        left: [{ subject: FREE.address, now: { driver: null, override: 'vfio-pci' } }],
      },
    });
    expect(port.driverOf(FREE.address)).toBeUndefined();
    await expect(prepareFunctions(context(port), only, { dryRun: false, stateDirectory })).rejects.toMatchObject({ code: 'recovery-needed' });
    broken = false;
    expect(await recoverChanges(context(port), stateDirectory)).toMatchObject([{ outcome: 'old', now: { driver: 'nvme' } }]);
    expect(port.driverOf(FREE.address)).toBe('nvme');
  });

  it('because the function vanished is told as that', async () => {
    const port = fakeKernel([FREE], { beforeWrite: (path) => path.endsWith('drivers_probe') && port.vanish(FREE.address) });
    await expect(releaseFunctions(context(port), [parsePciAddress(FREE.address)], change)).resolves.toMatchObject([{ changed: false }]);
    await expect(prepareFunctions(context(port), [parsePciAddress(FREE.address)], change)).rejects.toMatchObject({ code: 'function-vanished' });
  });
});
