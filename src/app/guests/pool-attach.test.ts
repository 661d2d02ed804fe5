import { describe, expect, it } from 'vitest';
import { context, fake, link, onPc, onZ, options, port, running, stateDirectory, useGuests } from '../../../test/guests.ts';
import { HostdevError } from '../../errors.ts';
import { journalUnder } from '../../execute/journal/journal.ts';
import { withLock } from '../../execute/journal/lock.ts';
import { parsePciAddress } from '../../pci/notation.ts';
import type { FakeFunction } from '../../testing/fake-kernel.ts';
import { attachFromPool } from './pool-attach.ts';
import { listPools } from './pool.ts';
import { createPool } from './pool-create.ts';
import { detachFromGuest } from './detach-from-guest.ts';
import { formatStep } from '../../plan/step.ts';
import { readHistory } from '../history.ts';
import { prepareFunctions } from '../prepare.ts';
import { recoverChanges } from '../recover-changes.ts';

const NVME: FakeFunction = { address: '0007:00:00.0', driver: 'nvme', iommuGroup: 1, express: true };
const OTHER: FakeFunction = { address: '0009:00:00.0', driver: 'nvme', iommuGroup: 2, express: true };
const NIC: FakeFunction = { address: '0000:02:00.0', driver: 'igb', iommuGroup: 8, netdev: 'eno1', express: true, sriov: { total: 7, driver: 'igbvf' } };
const at = parsePciAddress;

useGuests([NVME, OTHER, NIC]);

describe('pools', () => {
  it('are made of a physical function, shown, and given from; the interface is found again by its MAC address', async () => {
    const libvirt = await link.get();
    const { xml, steps } = await createPool(context(), libvirt, { name: 'vfs', addresses: [at(NIC.address)] }, { dryRun: true, autostart: true });
    expect(steps.map(formatStep)).toEqual([
      'define the network vfs  # libvirt knows it',
      'autostart the network vfs  # it is started with the host',
      'start the network vfs  # it hands out functions',
    ]);
    expect(xml).toContain("<pf dev='eno1'/>");
    expect(await listPools(context(), libvirt)).toEqual([]);
    await createPool(context(), libvirt, { name: 'vfs', addresses: [at(NIC.address)] }, { dryRun: false, autostart: true });
    expect(await listPools(context(), libvirt)).toMatchObject([{ name: 'vfs', active: true, managed: true, physicalInterfaces: ['eno1'], connections: 0 }]);
    const guest = running(onPc('win', 3));
    const report = await attachFromPool(context(), link, { word: 'win', network: 'vfs', mac: '52:54:00:00:00:07', vlan: undefined }, options());
    expect(report.functions).toMatchObject([
      { address: '52:54:00:00:00:07 of pool vfs', guestAddress: expect.stringMatching(/^0000:0[1-3]:00\.0$/) as string },
    ]);
    expect(guest.config).toContain("<source network='vfs'/>");
    expect(guest.live).toMatch(/<interface type='hostdev'[\s\S]*52:54:00:00:00:07/);
    await detachFromGuest(context(), link, { word: 'win', selectors: [{ mac: '52:54:00:00:00:07', pools: ['vfs'] }] }, options());
    for (const each of [guest.live, guest.config]) expect(each).not.toContain('<interface');
  });

  it('of a teaming pair, the function is meant and not its partner with the same MAC address', async () => {
    const libvirt = await link.get();
    await createPool(context(), libvirt, { name: 'vfs', addresses: [at(NIC.address)] }, { dryRun: false, autostart: false });
    const standby = "<interface type='network'><mac address='52:54:00:00:00:07'/><source network='default'/><model type='virtio'/></interface>";
    const guest = running(onPc('win', 3).replace('<memballoon', `${standby}<memballoon`));
    await attachFromPool(context(), link, { word: 'win', network: 'vfs', mac: '52:54:00:00:00:07', vlan: undefined }, options());
    await detachFromGuest(context(), link, { word: 'win', selectors: [{ mac: '52:54:00:00:00:07', pools: ['vfs'] }] }, options());
    for (const each of [guest.live, guest.config]) expect(each?.match(/<interface/g)).toHaveLength(1);
    expect(guest.config).toContain("<source network='default'/>");
  });

  it.each([
    ['a name that is none', 'a b', NIC.address, 'usage'],
    ['a function without virtual ones', 'vfs', NVME.address, 'sriov-missing'],
    ['a name that is taken', 'taken', NIC.address, 'option-conflict'],
  ])('are not made with %s', async (_, name, address, code) => {
    fake.qemu.defineNetwork('<network><name>taken</name></network>');
    await expect(createPool(context(), await link.get(), { name, addresses: [at(address)] }, { dryRun: false, autostart: false })).rejects.toMatchObject({
      code,
    });
    expect(fake.qemu.networks.size).toBe(1);
  });

  it('that cannot be started are taken away again; what of them stays is told', async () => {
    const libvirt = await link.get();
    const refusing = (...calls: readonly string[]): typeof libvirt =>
      new Proxy(libvirt, {
        get: (target, name) => {
          if (calls.includes(String(name))) return () => Promise.reject(new HostdevError('libvirt-refused', `${String(name)} was refused`));
          const found: unknown = Reflect.get(target, name, target);
          return typeof found === 'function' ? (found.bind(target) as unknown) : found;
        },
      });
    const make = (over: typeof libvirt): Promise<unknown> =>
      createPool(context(), over, { name: 'vfs', addresses: [at(NIC.address)] }, { dryRun: false, autostart: true, stateDirectory });
    const outcomes = async (): Promise<string[]> => (await readHistory(stateDirectory)).entries.map(({ verb, outcome, to }) => `${verb} ${outcome}: ${to}`);
    await expect(make(refusing('startNetwork'))).rejects.toMatchObject({ code: 'libvirt-refused', message: 'startNetwork was refused' });
    expect(fake.qemu.networks.size).toBe(0);
    expect(await outcomes()).toEqual(['pool create undone: no pool']);
    await expect(make(refusing('startNetwork', 'undefineNetwork'))).rejects.toMatchObject({
      code: 'stuck',
      message: expect.stringMatching(/^startNetwork was refused; and it could not be undone: undefineNetwork was refused; .*pool defined/) as string,
      hint: expect.stringContaining("'hostdev recover'") as string,
    });
    expect(fake.qemu.networks.size).toBe(1);
    expect(await recoverChanges(context(), stateDirectory)).toMatchObject([{ verb: 'pool create', subject: 'vfs', outcome: 'old' }]);
    expect(fake.qemu.networks.size).toBe(0);
    await make(libvirt);
    expect((await outcomes()).at(-1)).toBe('pool create done: a pool');
  });

  it('that are left half made are no reason to leave the host alone', async () => {
    const libvirt = await link.get();
    const refuse = (): Promise<never> => Promise.reject(new HostdevError('libvirt-refused', 'no'));
    const refusing = new Proxy(libvirt, {
      get: (target, name) => {
        const found: unknown = Reflect.get(target, name, target);
        if (name === 'startNetwork' || name === 'undefineNetwork') return refuse;
        return typeof found === 'function' ? (found.bind(target) as unknown) : found;
      },
    });
    const wish = { name: 'vfs', addresses: [at(NIC.address)] };
    await expect(createPool(context(), refusing, wish, { dryRun: false, autostart: false, stateDirectory })).rejects.toMatchObject({ code: 'stuck' });
    await prepareFunctions(context(), [at(NVME.address)], { dryRun: false, stateDirectory });
    expect(port.driverOf(NVME.address)).toBe('vfio-pci');
  });

  it('with a blank in their name are given from, and give back: what is reported as detached is', async () => {
    fake.qemu.defineNetwork(`<network><name>my net</name><forward mode='hostdev' managed='yes'><pf dev='eno1'/></forward></network>`).active = true;
    const guest = fake.qemu.define(onPc('win', 3));
    const mac = '52:54:00:00:00:07';
    await attachFromPool(context(), link, { word: 'win', network: 'my net', mac, vlan: undefined }, options({ scope: 'config' }));
    expect(guest.config).toContain("<source network='my net'/>");
    const selector = { mac, pools: ['my net', 'vfs'] };
    await detachFromGuest(context(), link, { word: 'win', selectors: [selector] }, options({ scope: 'config' }));
    expect(guest.config).not.toContain('<interface');
  });

  it.each([
    ['today’s record names as a list', JSON.stringify(['my net', 'vfs'])],
    ['an older record names with blanks between them', 'my net vfs'],
    ['an older record of an attach names alone', 'my net'],
  ])('that %s are found again by recover', async (_, pools) => {
    const network = pools === 'my net vfs' ? 'vfs' : 'my net';
    const mac = '52:54:00:00:00:07';
    const text = `<interface type='network'><mac address='${mac}'/><source network='${network}'/></interface>`;
    fake.qemu.defineNetwork(`<network><name>${network}</name><forward mode='hostdev' managed='yes'><pf dev='eno1'/></forward></network>`);
    // Killed when the guest had let go, and its definition had not followed.
    const guest = running(onPc('win', 3));
    guest.config = guest.config?.replace('<memballoon', `${text}<memballoon`);
    const uri = `qemu+unix:///system?socket=${fake.socket}`;
    const before = { live: 'yes', config: 'yes', uri, guest: guest.uuid, name: 'win', devices: mac, pools, managed: 'no', liveXml: text, configXml: text };
    await withLock(stateDirectory, (lock) =>
      journalUnder(lock).append({
        ...{ kind: 'begin', id: 'a1', time: '2026-01-01T00:00:00Z', boot: 'b', verb: 'detach', subject: `${mac} in win`, by: 'anna' },
        ...{ before, wanted: { live: 'no', config: 'no' } },
      }),
    );
    expect(await recoverChanges(context(), stateDirectory)).toMatchObject([{ verb: 'detach', outcome: 'new' }]);
    expect(guest.config).not.toContain('<interface');
  });

  it('that are none are not given from', async () => {
    running(onZ('web'));
    fake.qemu.defineNetwork("<network><name>nat</name><forward mode='nat'/></network>");
    for (const network of ['nat', 'nowhere']) {
      await expect(attachFromPool(context(), link, { word: 'web', network, mac: undefined, vlan: undefined }, options())).rejects.toMatchObject({
        code: 'network-unknown',
      });
    }
  });
});
