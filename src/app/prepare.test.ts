import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parsePciAddress } from '../pci/notation.ts';
import { type FakeFunction, fakeKernel, type FakeKernel, type FakeKernelOptions } from '../testing/fake-kernel.ts';
import { recoverChanges } from './recover-changes.ts';
import { prepareFunctions } from './prepare.ts';
import { releaseFunctions } from './release.ts';
import { setVf } from './vf-set.ts';
import { createVfs, removeVfs } from './virtual-functions.ts';
import { checkFunctions } from './check.ts';
import { listSlots, switchSlot } from './slots.ts';

const GPU: FakeFunction = { address: '0000:01:00.0', driver: 'nouveau', iommuGroup: 7 };
const AUDIO: FakeFunction = { address: '0000:01:00.1', driver: 'snd_hda_intel', iommuGroup: 7 };
const PORT: FakeFunction = { address: '0000:00:01.0', driver: 'pcieport', iommuGroup: 7, headerType: 1, pciClass: 0x060400 };
const NIC: FakeFunction = { address: '0000:02:00.0', driver: 'igb', iommuGroup: 8, netdev: 'eno1', sriov: { total: 7, driver: 'igbvf' } };

const context = (port: FakeKernel) => ({ port, isRoot: true, readPciIds: async () => undefined });
const change = () => ({ dryRun: false, stateDirectory: mkdtempSync(join(tmpdir(), 'hostdev-prepare-')) });
const gpu = [parsePciAddress(GPU.address)];
const nic = parsePciAddress(NIC.address);

const modules = (...lines: string[]): Record<string, string> => ({
  '/proc/sys/kernel/osrelease': '6.12.1\n',
  '/lib/modules/6.12.1/modules.alias': `alias pci:v*d* something\n${lines.map((line) => `alias vfio_pci:${line}\n`).join('')}`,
});

/** A QEMU that has a group open; deleting the file is its letting go. */
const HOLDER = '/proc/42/fd/9';
const PROCESS = { '/proc/42/comm': 'qemu-system-x86\n' };
const hold = (port: FakeKernel, group: number): Promise<void> => port.replaceFile(HOLDER, `→ /dev/vfio/${group}`);

describe('a whole group', () => {
  it('is asked about, named, and taken; its bridge stays with the kernel', async () => {
    const port = fakeKernel([GPU, AUDIO, PORT]);
    const questions: string[] = [];
    const confirm = async (question: string): Promise<boolean> => questions.push(question) > 0;
    const done = await prepareFunctions(context(port), gpu, { ...change(), group: true, confirm });
    expect(questions).toEqual(['The whole group: also 0000:01:00.1 (snd_hda_intel)?']);
    expect(done.map(({ address, after }) => [address, after])).toEqual([
      ['0000:01:00.0', 'vfio-pci'],
      ['0000:01:00.1', 'vfio-pci'],
    ]);
    expect(port.driverOf(PORT.address)).toBe('pcieport');
    await releaseFunctions(context(port), gpu, { ...change(), group: true, confirm });
    expect([GPU, AUDIO].map(({ address }) => port.driverOf(address))).toEqual(['nouveau', 'snd_hda_intel']);
  });

  it.each<[string, (() => Promise<boolean>) | undefined]>([
    ['that nobody can confirm', undefined],
    ['that is not confirmed', async () => false],
  ])('%s is not touched', async (_, confirm) => {
    const port = fakeKernel([GPU, AUDIO]);
    await expect(prepareFunctions(context(port), gpu, { ...change(), group: true, confirm })).rejects.toMatchObject({ code: 'group-unconfirmed' });
    expect(port.writes).toEqual([]);
  });

  it('with one function only is not worth a question', async () => {
    const port = fakeKernel([NIC]);
    await prepareFunctions(context(port), [nic], { ...change(), group: true });
    expect(port.driverOf(NIC.address)).toBe('vfio-pci');
  });
});

describe('a disk that has just come back', () => {
  const disk: FakeFunction = { address: '0000:05:00.0', driver: 'nvme', iommuGroup: 9, express: true };
  const OPEN = '/proc/42/fd/9';
  const looking = (command: string): FakeKernel =>
    fakeKernel([disk], {
      files: {
        '/sys/class/block/nvme0n1': '→ ../../devices/pci0000:00/0000:05:00.0/nvme/nvme0/nvme0n1',
        '/sys/class/block/nvme0n1/dev': '259:0\n',
        '/proc/1/comm': 'systemd\n',
        '/proc/42/comm': `${command}\n`,
        [OPEN]: '→ /dev/nvme0n1',
      },
    });
  const taken = [parsePciAddress(disk.address)];

  it('is taken once udev has looked at it', async () => {
    const port = looking('(udev-worker)');
    const preparing = prepareFunctions(context(port), taken, change());
    setTimeout(() => void port.replaceFile(OPEN, ''), 300);
    await preparing;
    expect(port.driverOf(disk.address)).toBe('vfio-pci');
  });

  it('is waited for no longer than until we are interrupted', async () => {
    const end = new AbortController();
    const preparing = prepareFunctions(context(looking('(udev-worker)')), taken, { ...change(), signal: end.signal });
    setTimeout(() => end.abort(), 150);
    await expect(preparing).rejects.toMatchObject({ code: 'interrupted' });
  });

  it('is refused when somebody else reads it', async () => {
    await expect(prepareFunctions(context(looking('postgres')), taken, change())).rejects.toMatchObject({
      code: 'function-in-use',
      message: expect.stringMatching(/nvme0n1 → open by postgres \(pid 42\)/),
    });
  });
});

describe('the VFIO driver', () => {
  const card: FakeFunction = { ...NIC, attributes: { modalias: 'pci:v000015B3d0000101Esv000015B3sd00000083bc02sc00i00' } };

  it.each<[string, string[], string]>([
    ['a variant whose alias fits', ['v*d*sv*sd*bc*sc*i* vfio_pci', 'v000015B3d0000101Esv*sd*bc*sc*i* mlx5_vfio_pci'], 'mlx5_vfio_pci'],
    ['the most special of two', ['v000015B3d*sv*sd*bc*sc*i* other_vfio_pci', 'v000015B3d0000101Esv*sd*bc02sc*i* mlx5_vfio_pci'], 'mlx5_vfio_pci'],
    ['vfio-pci where no variant fits', ['v*d*sv*sd*bc*sc*i* vfio_pci', 'v00008086d0000101Esv*sd*bc*sc*i* qat_vfio_pci'], 'vfio-pci'],
    ['vfio-pci where the kernel lists none', [], 'vfio-pci'],
  ])('is %s', async (_, lines, expected) => {
    const port = fakeKernel([card], { files: modules(...lines), modules: { mlx5_vfio_pci: 'mlx5_vfio_pci', other_vfio_pci: 'other_vfio_pci' } });
    await prepareFunctions(context(port), [nic], change());
    expect(port.driverOf(NIC.address)).toBe(expected);
  });

  it('that is named is loaded and taken, under the name it registers', async () => {
    const port = fakeKernel([NIC], { modules: { hisi_acc_vfio_pci: 'hisi-acc-vfio-pci' } });
    await prepareFunctions(context(port), [nic], { ...change(), driver: 'hisi_acc_vfio_pci' });
    expect(port.driverOf(NIC.address)).toBe('hisi-acc-vfio-pci');
    const again = await prepareFunctions(context(port), [nic], { ...change(), driver: 'hisi_acc_vfio_pci' });
    expect(again).toMatchObject([{ changed: false }]);
  });

  it('is loaded by a step that the report has as the dry run has it, once for all functions', async () => {
    const wish = { ...change(), driver: 'mlx5_vfio_pci' };
    const both = [parsePciAddress(GPU.address), nic];
    const port = fakeKernel([GPU, NIC], { modules: { mlx5_vfio_pci: 'mlx5_vfio_pci' } });
    const shown = await prepareFunctions(context(port), both, { ...wish, dryRun: true });
    expect(shown.map(({ steps }) => steps.filter(({ kind }) => kind === 'load').length)).toEqual([1, 0]);
    const done = await prepareFunctions(context(port), both, wish);
    expect(done.map(({ steps }) => steps)).toEqual(shown.map(({ steps }) => steps));
  });

  it('that does not exist leaves the function where it is', async () => {
    const port = fakeKernel([NIC]);
    await expect(prepareFunctions(context(port), [nic], { ...change(), driver: 'mlx5_vfio_pci' })).rejects.toMatchObject({ code: 'driver-unknown' });
    expect(port.driverOf(NIC.address)).toBe('igb');
  });
});

describe('a function that a guest holds', () => {
  it('is not released, and says who holds it', async () => {
    const port = fakeKernel([NIC], { files: PROCESS });
    await prepareFunctions(context(port), [nic], change());
    await hold(port, 8);
    const refused = releaseFunctions(context(port), [nic], change());
    await expect(refused).rejects.toMatchObject({ code: 'function-held', message: expect.stringContaining('qemu-system-x86 (pid 42)') as unknown });
    expect(port.driverOf(NIC.address)).toBe('vfio-pci');
  });

  it('is not moved to another VFIO driver either', async () => {
    const port = fakeKernel([NIC], { files: PROCESS, modules: { mlx5_vfio_pci: 'mlx5_vfio_pci' } });
    await prepareFunctions(context(port), [nic], change());
    await hold(port, 8);
    await expect(prepareFunctions(context(port), [nic], { ...change(), driver: 'mlx5_vfio_pci', force: true })).rejects.toMatchObject({
      code: 'function-held',
    });
    expect(await prepareFunctions(context(port), [nic], change())).toMatchObject([{ changed: false }]);
  });

  it('is released with --wait as soon as the guest lets go', async () => {
    const port = fakeKernel([NIC], { files: PROCESS });
    await prepareFunctions(context(port), [nic], change());
    await hold(port, 8);
    const told: string[] = [];
    const releasing = releaseFunctions(context(port), [nic], {
      ...change(),
      waitMs: 10_000,
      onProgress: (message) => {
        told.push(message);
        if (message.startsWith('waiting')) void port.replaceFile(HOLDER, undefined);
      },
    });
    await expect(releasing).resolves.toMatchObject([{ after: 'igb' }]);
    expect(told[0]).toMatch(/^waiting: 0000:02:00\.0 is held/);
  });

  it("is known from libvirt's own state as well", async () => {
    const state = `<domstatus state='running'><domain type='kvm' id='1'><name>web</name><devices><hostdev mode='subsystem' type='pci' managed='yes'><source><address domain='0x0000' bus='0x02' slot='0x00' function='0x0'/></source></hostdev></devices></domain></domstatus>`;
    const taken = { ...NIC, driver: 'vfio-pci' };
    const port = fakeKernel([taken], { files: { '/run/libvirt/qemu/web.xml': state } });
    expect(await checkFunctions(context(port), [nic])).toMatchObject([{ verdict: 'held', evidence: ["libvirt's running guest web"] }]);
    const torn = fakeKernel([taken], { files: { '/run/libvirt/qemu/web.xml': state.slice(0, 150) } });
    expect(await checkFunctions(context(torn), [nic])).toMatchObject([{ verdict: 'free' }]);
    // Two requests to let go, one behind the other, can leave the file as it was; the kernel knows better.
    const stale = fakeKernel([NIC], { files: { '/run/libvirt/qemu/web.xml': state } });
    expect(await checkFunctions(context(stale), [nic])).toMatchObject([{ verdict: 'free' }]);
  });
});

describe('what a fresh pair of eyes found', () => {
  const DISK: FakeFunction = { address: '0000:05:00.0', driver: 'nvme', iommuGroup: 5 };
  const disk = parsePciAddress(DISK.address);

  it('release takes a leftover override away, and leaves a function with the host driver that has it', async () => {
    const port = fakeKernel([DISK]);
    await port.write('/sys/bus/pci/devices/0000:05:00.0/driver_override', 'vfio-pci');
    const [done] = await releaseFunctions(context(port), [disk], change());
    expect(done?.steps).toHaveLength(1);
    expect(port.writes.map(({ path }) => path.split('/').at(-1))).toEqual(['driver_override', 'driver_override']);
    expect(port.driverOf(DISK.address)).toBe('nvme');
  });

  it('virtual functions in use keep their number where there is no IOMMU either', async () => {
    const { iommuGroup: _, ...alone } = NIC;
    const port = fakeKernel([alone], {
      addresses: new Map([['v0', ['192.0.2.1']]]),
      files: { '/sys/class/net/v0': '→ ../../devices/pci0000:00/0000:02:10.0/net/v0' },
    });
    await createVfs(context(port), nic, 2, change());
    await expect(removeVfs(context(port), nic, change())).rejects.toMatchObject({ code: 'sriov-in-use' });
  });

  it('a function that had no driver has none again when the next one fails', async () => {
    const bare: FakeFunction = { address: '0000:06:00.0', iommuGroup: 6 };
    const port = fakeKernel([{ ...bare, driver: 'igbvf' }, DISK], {
      beforeWrite: (path, text) => {
        if (path.includes(DISK.address) && text === 'vfio-pci') throw Object.assign(new Error('EIO: i/o error'), { code: 'EIO' });
      },
    });
    await port.write('/sys/bus/pci/devices/0000:06:00.0/driver/unbind', '0000:06:00.0');
    await expect(prepareFunctions(context(port), [parsePciAddress(bare.address), disk], change())).rejects.toMatchObject({ code: 'bind-failed' });
    expect([port.driverOf(bare.address), port.driverOf(DISK.address)]).toEqual([undefined, 'nvme']);
  });

  it('an override that was there before is there again after release', async () => {
    const port = fakeKernel([DISK]);
    const directory = change();
    await port.write('/sys/bus/pci/devices/0000:05:00.0/driver_override', 'nvme');
    await prepareFunctions(context(port), [disk], directory);
    await releaseFunctions(context(port), [disk], directory);
    expect(port.writes.findLast(({ path }) => path.endsWith('driver_override'))?.text).toBe('nvme');
  });

  it('an interface that was up is up again after release', async () => {
    const port = fakeKernel([NIC], { files: { '/sys/class/net/eno1/flags': '0x1003\n' } });
    const directory = change();
    await prepareFunctions(context(port), [nic], directory);
    await releaseFunctions(context(port), [nic], directory);
    expect(port.writes.at(-1)).toEqual({ path: 'ip', text: 'link set dev eno1 up' });
  });

  it('recover does not take from a guest what it began to use meanwhile', async () => {
    const directory = change();
    let killed = false;
    const port = fakeKernel([NIC], {
      files: PROCESS,
      beforeWrite: (path) => {
        // Nothing is undone behind the step at which a process was killed.
        if (path.endsWith('driver/unbind')) killed = true;
        if (killed) throw new Error('killed');
      },
    });
    await port.write('/sys/bus/pci/devices/0000:02:00.0/driver_override', 'vfio-pci');
    // It is with vfio-pci, and the release that began was cut off behind its first write.
    const taken = { ...port, readlink: async (path: string) => (path.endsWith('/driver') ? '../../../bus/pci/drivers/vfio-pci' : port.readlink(path)) };
    await expect(releaseFunctions(context(taken as FakeKernel), [nic], directory)).rejects.toThrow();
    killed = false;
    const later = { ...taken, ...{ files: port.files }, write: async () => expect.fail('nothing may be written') } as FakeKernel;
    await hold(port, 8);
    expect(await recoverChanges(context(later), directory.stateDirectory)).toMatchObject([
      { outcome: 'stuck', reason: expect.stringContaining('in use by now') as unknown },
    ]);
  });

  it('a function whose interface is in another network namespace is not known to be free', async () => {
    const port = fakeKernel([NIC]);
    const elsewhere = { ...port, list: async (path: string) => (path.endsWith('/net') ? [] : port.list(path)) } as FakeKernel;
    expect(await checkFunctions(context(elsewhere), [nic])).toMatchObject([
      { verdict: 'unknown', evidence: [expect.stringContaining('another network namespace')] },
    ]);
  });
});

describe('virtual functions', () => {
  it('that a guest holds keep their number', async () => {
    const port = fakeKernel([NIC], { files: PROCESS });
    const { virtualFunctions } = await createVfs(context(port), nic, 2, change());
    await prepareFunctions(context(port), [parsePciAddress(virtualFunctions[0] ?? '')], change());
    await hold(port, 1000);
    for (const act of [() => removeVfs(context(port), nic, change()), () => createVfs(context(port), nic, 4, change())]) {
      await expect(act()).rejects.toMatchObject({ code: 'sriov-in-use', subject: virtualFunctions[0] });
    }
    expect(await port.list('/sys/bus/pci/devices')).toHaveLength(3);
  });

  it('leave what drivers may do as it was, although a removal failed before', async () => {
    let broken = false;
    const port = fakeKernel([NIC], {
      beforeWrite: (path, text) => {
        if (broken && path.endsWith('sriov_numvfs') && text === '0') throw Object.assign(new Error('EIO: i/o error'), { code: 'EIO' });
      },
    });
    const options = change();
    await createVfs(context(port), nic, 2, options);
    broken = true;
    await expect(removeVfs(context(port), nic, options)).rejects.toMatchObject({ code: 'change-failed' });
    broken = false;
    await removeVfs(context(port), nic, options);
    expect(new TextDecoder().decode(await port.read(`/sys/bus/pci/devices/${NIC.address}/sriov_drivers_autoprobe`))).toBe('1\n');
  });

  it('keep what was there when a setting is refused', async () => {
    const port = fakeKernel([NIC], {
      beforeWrite: (path, text) => {
        if (path === 'ip' && text.includes('trust')) throw Object.assign(new Error('ip'), { stderr: 'RTNETLINK answers: Operation not supported\n' });
      },
    });
    const { virtualFunctions } = await createVfs(context(port), nic, 1, change());
    const vf = parsePciAddress(virtualFunctions[0] ?? '');
    await expect(setVf(context(port), vf, { mac: '52:54:00:00:00:05', trust: 'on' }, change())).rejects.toMatchObject({
      code: 'vf-setting-refused',
      message: expect.stringContaining('Operation not supported') as unknown,
    });
    expect((await setVf(context(port), vf, { mac: '52:54:00:00:00:06' }, { ...change(), dryRun: true })).before).toEqual({ mac: '00:00:00:00:00:00' });
  });

  it('a number that the kernel refuses leaves none, and drivers may take virtual functions as before', async () => {
    const port = fakeKernel([NIC], {
      beforeWrite: (path, text) => {
        if (path.endsWith('sriov_numvfs') && text === '3') throw Object.assign(new Error('ENOMEM: cannot allocate memory'), { code: 'ENOMEM' });
      },
    });
    await expect(createVfs(context(port), nic, 3, change())).rejects.toMatchObject({ code: 'change-failed' });
    const at = `/sys/bus/pci/devices/${NIC.address}`;
    expect(
      await Promise.all(['sriov_numvfs', 'sriov_drivers_autoprobe'].map(async (name) => new TextDecoder().decode(await port.read(`${at}/${name}`)))),
    ).toEqual(['0\n', '1\n']);
  });
});

describe('slots of IBM Z', () => {
  const ROCE: FakeFunction = {
    address: '0002:00:00.0',
    driver: 'mlx5_core',
    iommuGroup: 1,
    fid: 0x12,
    netdev: 'eno1',
    sriov: { total: 4, driver: 'mlx5_core' },
  };

  it('are listed with the function they have', async () => {
    expect(await listSlots(context(fakeKernel([ROCE])))).toMatchObject([
      { fid: '0x00000012', state: 'configured', address: '0002:00:00.0', uid: null, driver: 'mlx5_core' },
    ]);
  });

  it.each<[string, FakeKernelOptions, (port: FakeKernel) => Promise<unknown>, string]>([
    ['a physical function with virtual ones', {}, (port) => createVfs(context(port), parsePciAddress(ROCE.address), 1, change()), 'sriov-in-use'],
    [
      'a function with an address',
      { addresses: new Map([['eno1', ['192.0.2.1']]]), files: { '/sys/class/net/eno1': '→ ../../devices/pci0002:00/0002:00:00.0/net/eno1' } },
      async () => undefined,
      'function-in-use',
    ],
    [
      'a function that a guest holds',
      { files: PROCESS },
      (port) => prepareFunctions(context(port), [parsePciAddress(ROCE.address)], change()).then(() => hold(port, 1)),
      'function-held',
    ],
  ])('%s is not switched off', async (_, options, before, code) => {
    const port = fakeKernel([ROCE], options);
    await before(port);
    await expect(switchSlot(context(port), 0x12, 'standby', change())).rejects.toMatchObject({ code });
    expect((await listSlots(context(port)))[0]?.state).toBe('configured');
  });

  it('that do not exist are refused, on IBM Z and elsewhere', async () => {
    await expect(switchSlot(context(fakeKernel([ROCE])), 0x13, 'standby', change())).rejects.toMatchObject({ code: 'slot-unknown', subject: '0x00000013' });
    await expect(listSlots(context(fakeKernel([NIC])))).rejects.toMatchObject({ code: 'slot-unknown' });
  });
});
