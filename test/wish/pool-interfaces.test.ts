/** Interfaces of guests whose function a pool chooses: wished for, exported, pruned. */
import { describe, expect, it } from 'vitest';
import type { ApplyOptions, ApplyReport } from '../../src/app/wish/apply-wish.ts';
import { attachFromPool } from '../../src/app/guests/pool-attach.ts';
import { exportWish } from '../../src/app/wish/export-wish.ts';
import { formatWish } from '../../src/wish/format-wish.ts';
import { context, fake, link, onZ, options, port, running, useGuests } from '../guests.ts';
import { applyOn, everything, FUNCTIONS, wishOf } from './wishes.ts';

useGuests(FUNCTIONS);

const apply = (text: string, more: Partial<ApplyOptions> = {}): Promise<ApplyReport> => applyOn(port, link, wishOf(text), more);
const verbs = ({ changes }: Pick<ApplyReport, 'changes'>): string[] => changes.map(({ verb, subject }) => `${verb} ${subject}`);

const MAC = '52:54:00:6d:90:02';
const POOL = 'virtualFunctions: [{ physicalFunction: "02:00.0", numVfs: 2 }]\npools: [{ network: fast, functions: ["02:00.0"] }]\n';
const wished = (more = ''): string => `${POOL}guests: [{ guest: web, hostdevs: [], interfaces: [{ network: fast, mac: ${MAC.toUpperCase()}${more} }] }]\n`;

async function exported(): Promise<string> {
  const { wish, comments } = await exportWish(context(), async () => link);
  return formatWish(wish, comments).replace('formatVersion: 1\n', '');
}

describe('an interface of a pool', () => {
  it('is planned once the pool is there, given, and no difference then; it is exported, and that is none either', async () => {
    const guest = running(onZ('web'));
    const planned = await apply(wished(), { dryRun: true });
    expect(planned.later).toEqual([{ what: `web has ${MAC} of the pool fast`, why: 'the pool fast is there' }]);
    expect(verbs(await apply(wished(', vlan: 7')))).toEqual(['vf create 0000:02:00.0', 'pool create fast', `attach ${MAC} in web`]);
    expect(guest.config).toContain("<source network='fast'/>");
    expect(guest.live).toMatch(new RegExp(`<interface type='hostdev'[\\s\\S]*${MAC}`));
    for (const text of [wished(), wished(', vlan: 7'), await exported()]) {
      expect(await apply(text, { prune: true, dryRun: true })).toMatchObject({ differs: false });
      expect(verbs(await apply(text, { prune: true }))).toEqual([]);
    }
    expect(await exported()).toContain(`    interfaces:\n      - network: "fast"\n        mac: "${MAC}"\n        vlan: 7\n`);
  });

  it('is given anew with another VLAN, and comes to the part of the guest that lacks it', async () => {
    const guest = running(onZ('web'));
    await apply(wished(', vlan: 7'));
    const planned = await apply(wished(', vlan: 9'), { dryRun: true });
    expect([verbs(planned), planned.later]).toEqual([[`detach ${MAC} in web`], [{ what: `web has ${MAC} of the pool fast`, why: `${MAC} was given back` }]]);
    expect(verbs(await apply(wished(', vlan: 9')))).toEqual([`detach ${MAC} in web`, `attach ${MAC} in web`]);
    for (const xml of [guest.live, guest.config]) expect(xml).toContain("<tag id='9'/>");
    guest.live = guest.live?.replace(/<interface[\s\S]*<\/interface>/, '');
    expect(await exported()).toContain('scope: "config"');
    expect(verbs(await apply(wished(', vlan: 9')))).toEqual([`attach ${MAC} in web`]);
    expect(guest.live).toContain(MAC);
    expect(guest.config?.match(/<interface/g)).toHaveLength(1);
  });

  it('that has several VLANs is given anew where one of them is wished for', async () => {
    const guest = running(onZ('web'));
    await apply(wished(', vlan: 7'));
    const trunk = (xml: string | undefined): string =>
      (xml ?? '').replace("<tag id='7'/>", "<tag id='7'/><tag id='8'/>").replace('<vlan>', "<vlan trunk='yes'>");
    [guest.live, guest.config] = [trunk(guest.live), trunk(guest.config)];
    expect(guest.config).toContain("trunk='yes'");
    const message = `${MAC} in web: its VLANs, or its virtual port, are left out, which a wish cannot say`;
    expect((await exportWish(context(), async () => link)).notes).toContainEqual(expect.objectContaining({ code: 'interface-invalid', message }));
    expect(verbs(await apply(wished()))).toEqual([]);
    expect(verbs(await apply(wished(', vlan: 7')))).toEqual([`detach ${MAC} in web`, `attach ${MAC} in web`]);
    expect(guest.config).not.toContain('trunk');
  });

  it('that is not wished for any more is pruned before its pool, and not without being asked', async () => {
    running(onZ('web'));
    const before = await everything();
    await apply(wished());
    expect(verbs(await apply(POOL))).toEqual([]);
    expect(verbs(await apply(POOL, { prune: true }))).toEqual([`detach ${MAC} in web`]);
    await apply(wished());
    expect(verbs(await apply('slots: []\n', { prune: true }))).toEqual([`detach ${MAC} in web`, 'pool remove fast', 'vf remove 0000:02:00.0']);
    const after = await everything();
    expect(Object.keys(after).filter((name) => after[name] !== before[name] && !/^(live|config) /.test(name))).toEqual([]);
  });

  it('that attach has given is pruned, and one that somebody has written into the definition stays', async () => {
    const theirs = `<interface type='network'><mac address='52:54:00:00:00:01'/><source network='fast'/></interface>`;
    const guest = running(onZ('web', theirs));
    await apply(POOL);
    await attachFromPool(context(), link, { word: 'web', network: 'fast', mac: MAC, vlan: undefined }, options());
    expect(verbs(await apply(POOL, { prune: true }))).toEqual([`detach ${MAC} in web`]);
    expect(guest.config).toContain('52:54:00:00:00:01');
    expect(guest.config).not.toContain(MAC);
  });

  it('comes in the place of an interface of one function with its MAC address, which is given back before', async () => {
    const guest = running(onZ('web'));
    const pool =
      'virtualFunctions: [{ physicalFunction: "02:00.0", numVfs: 2 }]\npools: [{ network: fast, functions: [{ physicalFunction: "02:00.0", index: 1 }] }]\n';
    await apply(`${pool}guests: [{ guest: web, hostdevs: [{ function: { physicalFunction: "02:00.0", index: 0 }, interface: { mac: "${MAC}" } }] }]\n`);
    const text = `${pool}guests: [{ guest: web, hostdevs: [], interfaces: [{ network: fast, mac: "${MAC}" }] }]\n`;
    const planned = await apply(text, { prune: true, dryRun: true });
    expect(verbs(planned)).toEqual(['detach 0000:02:10.0 in web', `attach ${MAC} in web`]);
    expect(verbs(await apply(text, { prune: true }))).toEqual(verbs(planned));
    expect(guest.config).toContain("<source network='fast'/>");
    expect(await apply(text, { prune: true, dryRun: true })).toMatchObject({ differs: false });
  });

  it.each([
    ['that only runs is exported as one of its pool', 1, ''],
    ['that a guest has by the address of a function of the pool is exported by that', 0, ''],
    ['is exported by its function where it cannot be told from one that a guest has by its address, and that is said', 1, 'other'],
  ])('%s', async (_, connections, other) => {
    const guest = running(onZ('web'));
    await apply(POOL);
    await attachFromPool(context(), link, { word: 'web', network: 'fast', mac: MAC, vlan: 7 }, { ...options(), scope: 'live' });
    const [source = ''] = /<address type='pci' domain='0x00fe'[^>]*>/.exec(guest.live ?? '') ?? [];
    if (other !== '') {
      const theirs = `<interface type='hostdev' managed='yes'><mac address='52:54:00:00:00:09'/><source><address type='pci' domain='0x00fd' bus='0x00' slot='0x00' function='0x0'/></source></interface>`;
      guest.live = guest.live?.replace('</devices>', `${theirs}</devices>`);
    }
    // Libvirt names the functions of a network once it is active, and counts those that guests have by it.
    const network = fake.qemu.networks.get('fast')!;
    network.xml = network.xml.replace('</forward>', `${source}<address type='pci' domain='0x00fd' bus='0x00' slot='0x00' function='0x0'/></forward>`);
    network.connections = connections;
    const { wish, notes } = await exportWish(context(), async () => link);
    const asPool = connections === 1 && other === '';
    expect(wish.guests).toMatchObject([
      asPool ? { guest: 'web', hostdevs: [], interfaces: [{ network: 'fast', mac: MAC, scope: 'live', vlan: 7 }] } : { guest: 'web' },
    ]);
    if (!asPool) expect(wish.guests?.[0]).toMatchObject({ hostdevs: other === '' ? [{ scope: 'live' }] : [{ scope: 'live' }, { scope: 'live' }] });
    if (!asPool) expect(wish.guests?.[0]?.interfaces).toBeUndefined();
    expect(notes.filter(({ message }) => message.includes('cannot be told'))).toHaveLength(other === '' ? 0 : 2);
    if (asPool)
      expect(verbs(await apply(formatWish({ formatVersion: 1, guests: wish.guests ?? [] }, new Map()).replace('formatVersion: 1\n', '')))).toEqual([]);
  });

  it('keeps its pool, which the wish does not name otherwise', async () => {
    running(onZ('web'));
    await apply(wished());
    const without = wished().replace(/pools:.*\n/, '');
    expect(verbs(await apply(without, { prune: true }))).toEqual([]);
  });

  it('comes beside what only the definition has at the place that it gets where the guest runs', async () => {
    const guest = running(onZ('web'));
    const beside = '{ function: "0007:00:00.0", scope: config }, { function: "0008:00:00.0", scope: config }';
    await apply(wished().replace('hostdevs: []', `hostdevs: [${beside}]`));
    expect(guest.live).toMatch(new RegExp(`${MAC}[\\s\\S]*slot='0x01'`));
    expect(guest.config).toContain(MAC);
    expect(guest.config?.split(MAC)[1]).not.toContain("slot='0x01'");
  });

  it('of a pool that there is not is refused with its place, and nothing is changed', async () => {
    running(onZ('web'));
    const before = await everything();
    const text = `guests:\n  - guest: web\n    hostdevs: []\n    interfaces:\n      - { network: slow, mac: ${MAC} }\n`;
    await expect(apply(text)).rejects.toMatchObject({ code: 'network-unknown', location: { line: 6 } });
    expect(await everything()).toEqual(before);
  });
});
