import { beforeEach, describe, expect, it } from 'vitest';
import { context, fake, hostdev, link, onPc, running, stateDirectory, useGuests } from '../../../test/guests.ts';
import { openJournal, journalUnder } from '../../execute/journal/journal.ts';
import { withLock } from '../../execute/journal/lock.ts';
import type { BeginRecord } from '../../execute/journal/record.ts';
import { planPoolRemove } from '../../plan/pool-steps.ts';
import { parsePciAddress } from '../../pci/notation.ts';
import type { FakeFunction } from '../../testing/fake-kernel.ts';
import type { FakeNetwork } from '../../testing/fake-libvirt/driver.ts';
import { readHistory } from '../history.ts';
import { recoverChanges } from '../recover-changes.ts';
import { createPool } from './pool-create.ts';
import { type RemovedPool, removePool } from './pool-remove.ts';

const NIC: FakeFunction = { address: '0000:02:00.0', driver: 'igb', iommuGroup: 8, netdev: 'eno1', express: true, sriov: { total: 7, driver: 'igbvf' } };

useGuests([NIC]);

let made: FakeNetwork;
beforeEach(async () => {
  const options = { dryRun: false, autostart: true, stateDirectory };
  await createPool(context(), await link.get(), { name: 'vfs', addresses: [parsePciAddress(NIC.address)] }, options);
  made = { ...(fake.qemu.networks.get('vfs') as FakeNetwork) };
});

const losses: string[] = [];
const remove = async (more: { dryRun?: boolean; force?: boolean } = {}): Promise<RemovedPool> =>
  removePool(context(), await link.get(), 'vfs', { dryRun: false, stateDirectory, onLoss: ({ message }) => losses.push(message), ...more });

const onNetwork = (name: string): string => `<interface type='network'><mac address='52:54:00:00:00:07'/><source network='${name}'/></interface>`;
const withInterface = (name: string, network: string): string => onPc(name, 2).replace('<memballoon', `${onNetwork(network)}<memballoon`);

describe('a pool that nobody uses', () => {
  it('is stopped and forgotten, and that is in the journal with all that it was', async () => {
    expect(await remove()).toMatchObject({ name: 'vfs', changed: true, xml: made.xml, steps: [{ action: 'stop' }, { action: 'undefine' }] });
    expect(fake.qemu.networks.size).toBe(0);
    const { entries } = await readHistory(stateDirectory);
    expect(entries.map(({ verb, from, to, outcome }) => ({ verb, from, to, outcome }))).toContainEqual({
      verb: 'pool remove',
      from: 'a pool',
      to: 'no pool',
      outcome: 'done',
    });
  });

  it('is only undefined when it is not active', async () => {
    fake.qemu.networks.get('vfs')!.active = false;
    expect((await remove()).steps).toMatchObject([{ action: 'undefine' }]);
    expect(fake.qemu.networks.size).toBe(0);
  });

  it('stays as it is in a dry run, which shows the same steps', async () => {
    expect(await remove({ dryRun: true })).toMatchObject({ changed: true, steps: [{ action: 'stop' }, { action: 'undefine' }] });
    expect(fake.qemu.networks.get('vfs')).toEqual(made);
  });

  it('that is gone already is as it shall be', async () => {
    await remove();
    expect(await remove()).toEqual({ name: 'vfs', changed: false, xml: null, steps: [] });
  });
});

describe('a pool whose removal fails half-way', () => {
  it('is started again', async () => {
    const libvirt = await link.get();
    const undefine = libvirt.undefineNetwork.bind(libvirt);
    libvirt.undefineNetwork = () => Promise.reject(new Error('not now'));
    await expect(remove()).rejects.toThrow('not now');
    expect(fake.qemu.networks.get('vfs')).toEqual(made);
    libvirt.undefineNetwork = undefine;
    expect(await remove()).toMatchObject({ changed: true });
  });

  it.each<[string, boolean, (network: FakeNetwork) => void]>([
    ['after it was stopped', true, (network) => void (network.active = false)],
    ['after it was forgotten', true, () => void fake.qemu.networks.delete('vfs')],
    ['before anything was done', true, () => undefined],
    ['before anything was done to one that was not active', false, () => undefined],
  ])('by a crash %s is in its old or new state after recover', async (_, active, crashed) => {
    const network = fake.qemu.networks.get('vfs')!;
    network.active = active;
    await remove();
    const begun = (await openJournal(stateDirectory).read()).findLast((each): each is BeginRecord => each.kind === 'begin')!;
    fake.qemu.networks.set('vfs', network);
    network.active = active;
    crashed(network);
    await withLock(stateDirectory, (lock) => journalUnder(lock).append({ ...begun, id: 'killed' }));
    const isGone = !fake.qemu.networks.has('vfs');
    expect(await recoverChanges(context(), stateDirectory)).toMatchObject([{ verb: 'pool remove', outcome: isGone ? 'new' : 'old' }]);
    expect(fake.qemu.networks.get('vfs')).toEqual(isGone ? undefined : { ...made, active });
  });

  it('is not touched any more when somebody else has made a network of its name', async () => {
    await remove();
    const begun = (await openJournal(stateDirectory).read()).findLast((each): each is BeginRecord => each.kind === 'begin')!;
    fake.qemu.defineNetwork("<network><name>vfs</name><forward mode='nat'/></network>").active = true;
    await withLock(stateDirectory, (lock) => journalUnder(lock).append({ ...begun, id: 'killed' }));
    expect(await recoverChanges(context(), stateDirectory)).toMatchObject([{ verb: 'pool remove', outcome: 'new', now: { pool: 'foreign' } }]);
    expect(fake.qemu.networks.get('vfs')).toMatchObject({ active: true });
  });

  it('is defined again, without being started, when it had not been active', () => {
    const { uuid, xml } = made;
    const { undo } = planPoolRemove({ uri: 'qemu:///system', name: 'vfs', uuid, xml, autostart: true, active: false });
    expect(undo).toMatchObject([{ action: 'define', text: xml }, { action: 'autostart' }]);
    expect(undo).toHaveLength(2);
  });
});

describe('a pool that guests use', () => {
  const refused = (message: RegExp): Record<string, unknown> => ({ code: 'network-in-use', subject: 'vfs', message: expect.stringMatching(message) as string });

  it('stays while one that runs has a function of it, even with --force: it is named', async () => {
    running(withInterface('win', 'vfs'));
    for (const force of [false, true]) await expect(remove({ force })).rejects.toMatchObject(refused(/is in use by guests that run: win$/));
    expect(fake.qemu.networks.get('vfs')).toEqual(made);
  });

  it('stays while libvirt counts one that has a function, whose XML says no word of the network', async () => {
    const network = fake.qemu.networks.get('vfs')!;
    network.xml = network.xml.replace('</forward>', "<address type='pci' domain='0x0002' bus='0' slot='0' function='0'/></forward>");
    network.connections = 1;
    await expect(remove()).rejects.toMatchObject(refused(/guests that run: 1 that libvirt does not name here$/));
    running(onPc('web', 2).replace('<memballoon', `${hostdev('0x0002')}<memballoon`));
    await expect(remove()).rejects.toMatchObject(refused(/guests that run: web$/));
    // Given by its address, and nobody is connected, of which libvirt says no word.
    network.connections = 0;
    expect(await remove()).toMatchObject({ changed: true });
  });

  it('stays while definitions name it, but for --force, which tells them', async () => {
    fake.qemu.define(withInterface('b', 'vfs'));
    fake.qemu.define(withInterface('a', 'vfs'));
    fake.qemu.define(withInterface('other', 'default'));
    await expect(remove()).rejects.toMatchObject(refused(/is in the definitions of guests: a, b$/));
    expect(fake.qemu.networks.get('vfs')).toEqual(made);
    losses.length = 0;
    expect(await remove({ force: true })).toMatchObject({ changed: true });
    expect(losses).toEqual(['with --force in spite of this: the pool vfs is in the definitions of guests: a, b']);
  });

  it('stays when a guest begins to use it after the plan', async () => {
    const libvirt = await link.get();
    const guests = libvirt.listDomains.bind(libvirt);
    let looks = 0;
    libvirt.listDomains = async () => {
      looks += 1;
      if (looks === 2) running(withInterface('late', 'vfs'));
      return guests();
    };
    await expect(remove()).rejects.toMatchObject(refused(/late$/));
    libvirt.listDomains = guests;
    expect(fake.qemu.networks.get('vfs')).toEqual(made);
  });
});

describe('a network that pool create would not make', () => {
  it.each<[string, (network: FakeNetwork) => void, RegExp]>([
    ['hands out no functions', (network) => void (network.xml = "<network><name>vfs</name><forward mode='nat'/></network>"), /gives no functions to guests/],
    ['has no definition', (network) => void (network.transient = true), /has no definition/],
  ])('is left alone when it %s', async (_, change, message) => {
    const network = fake.qemu.networks.get('vfs')!;
    change(network);
    await expect(remove()).rejects.toMatchObject({ code: 'network-unknown', message: expect.stringMatching(message) as string });
    expect(fake.qemu.networks.get('vfs')).toMatchObject({ active: true });
  });
});
