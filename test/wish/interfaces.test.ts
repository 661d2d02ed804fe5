/** Functions that guests have as interfaces, with what libvirt sets of them: exported, kept, given, refused. */
import { beforeEach, describe, expect, it } from 'vitest';
import type { ApplyOptions, ApplyReport } from '../../src/app/wish/apply-wish.ts';
import { exportWish } from '../../src/app/wish/export-wish.ts';
import { HostdevError } from '../../src/errors.ts';
import { readOne } from '../../src/wish-files/read-texts.ts';
import { formatWish } from '../../src/wish/format-wish.ts';
import { mergeWishes } from '../../src/wish/merge.ts';
import { context, link, onZ, port, running, useGuests } from '../guests.ts';
import { applyOn, FUNCTIONS, wishOf } from './wishes.ts';

useGuests(FUNCTIONS);
beforeEach(() => port.write('/sys/bus/pci/devices/0000:02:00.0/sriov_numvfs', '1'));

const apply = (text: string, more: Partial<ApplyOptions> = {}): Promise<ApplyReport> => applyOn(port, link, wishOf(text), more);
const verbs = ({ changes }: Pick<ApplyReport, 'changes'>): string[] => changes.map(({ verb, subject }) => `${verb} ${subject}`);

const MAC = "<mac address='52:54:00:6d:90:02'/>";
const PORT = "<virtualport type='802.1Qbh'><parameters profileid='finance'/></virtualport>";
const nic = (more: string): string =>
  `<interface type='hostdev' managed='yes'>${MAC}<source><address type='pci' domain='0x0000' bus='0x02' slot='0x10' function='0x0'/></source>${more}</interface>`;

async function exported(): Promise<{ readonly text: string; readonly told: readonly string[] }> {
  const { wish, comments, notes } = await exportWish(context(), async () => link);
  return { text: formatWish(wish, comments).replace('formatVersion: 1\n', ''), told: notes.map(({ message }) => message) };
}

describe('an interface that a guest has', () => {
  it.each([
    ['a VLAN', "<vlan><tag id='7'/></vlan>", 'vlan: 7'],
    ['a virtual port', PORT, 'profileid: "finance"'],
    ['neither', '', 'mac: "52:54:00:6d:90:02"'],
  ])('with its MAC address and %s is exported, is no difference then, and keeps both when its ids change', async (_, more, word) => {
    const guest = running(onZ('web', nic(more)));
    const { text, told } = await exported();
    expect(told).toEqual([]);
    expect(text).toContain(word);
    expect(verbs(await apply(text, { prune: true }))).toEqual([]);
    // Also where nobody says that it is an interface.
    for (const other of [text.replace(/uid: .*/, 'uid: "0x31"'), 'guests: [{ guest: web, hostdevs: [{ function: "0000:02:10.0", uid: "0x32" }] }]\n']) {
      expect(verbs(await apply(other)).filter((each) => !each.startsWith('prepare'))).toEqual(['detach 0000:02:10.0 in web', 'attach 0000:02:10.0 in web']);
      for (const xml of [guest.live, guest.config]) {
        expect(xml).toContain("<interface type='hostdev'");
        expect(xml).toContain("address='52:54:00:6d:90:02'");
        if (more !== '') expect(xml?.replaceAll(/\s*\n\s*/g, '')).toContain(more);
      }
    }
  });

  it('with several VLANs is exported without them, which is said, and is no difference all the same', async () => {
    running(onZ('web', nic("<vlan trunk='yes'><tag id='7'/><tag id='9'/></vlan>")));
    const { text, told } = await exported();
    expect(told).toEqual(['0000:02:10.0 in web: its VLANs, or its virtual port, are left out, which a wish cannot say']);
    expect(verbs(await apply(text))).toEqual([]);
  });

  it('is made of a function that it has otherwise, and of one that it has not, as they are wished for', async () => {
    const guest = running(onZ('web'));
    const wished = (words: string): string => `guests: [{ guest: web, hostdevs: [{ function: "0000:02:10.0"${words} }] }]\n`;
    await apply(wished(''));
    const set = ', interface: { mac: 52:54:00:6d:90:03, vlan: 9 }';
    const planned = await apply(wished(set), { dryRun: true });
    expect(verbs(planned)).toEqual(['detach 0000:02:10.0 in web']);
    await apply(wished(set));
    for (const xml of [guest.live, guest.config]) expect(xml).toMatch(/<interface type='hostdev'[\s\S]*52:54:00:6d:90:03[\s\S]*<tag id='9'\/>/);
    expect(verbs(await apply(wished(set)))).toEqual([]);
    await apply(wished(', interface: { vlan: 10 }'));
    for (const xml of [guest.live, guest.config]) expect(xml).toMatch(/52:54:00:6d:90:03[\s\S]*<tag id='10'\/>/);
  });
});

describe('the interface of a wish', () => {
  const wrong = (text: string): string[] => {
    const read = readOne({
      name: 'wish.yaml',
      text: `formatVersion: 1\nguests:\n  - guest: web\n    hostdevs:\n      - function: "0007:00:00.0"\n        interface: ${text}\n`,
    });
    return Array.isArray(read) ? read.map(({ code, message, location }) => `${location?.line}: ${message} [${code}]`) : [];
  };

  it.each([
    ['{ mac: 01:54:00:6d:90:02 }', "6: '01:54:00:6d:90:02' is not a unicast MAC address [mac-malformed]"],
    ['{ vlan: 4095 }', '6: vlan is 4095, which is not between 0 and 4094 [wish-malformed]'],
    [
      '{ vlan: 7, virtualport: { type: 802.1Qbh, profileid: port } }',
      '6: a VLAN tag and a virtual port exclude each other on a hostdev interface [option-conflict]',
    ],
    ['{ virtualport: { type: 802.1Qbg, profileid: a } }', '6: type is "802.1Qbg", not 802.1Qbh [wish-malformed]'],
    ['{ virtualport: { type: 802.1Qbh } }', "6: 'profileid' is missing [wish-malformed]"],
    [`{ virtualport: { type: 802.1Qbh, profileid: ${'a'.repeat(40)} } }`, `6: profileid of a virtual port is '${'a'.repeat(40)}' [interface-invalid]`],
  ])('%s is refused with its place', (text, message) => {
    expect(wrong(text)).toEqual([message]);
  });

  it('that two places say differently is refused, with both', () => {
    const one = (text: string, name: string) => {
      const read = readOne({ name, text: `formatVersion: 1\nguests: [{ guest: web, hostdevs: [{ function: "0007:00:00.0", interface: ${text} }] }]\n` });
      if (!('slots' in read)) throw new HostdevError('internal', JSON.stringify(read));
      return read;
    };
    const merged = mergeWishes([one('{ mac: 52:54:00:6d:90:02, vlan: 7 }', 'a.yaml'), one('{}', 'b.yaml')]);
    expect(merged).toMatchObject([
      { message: '0007:00:00.0 in web: interface is without more here, and mac 52:54:00:6d:90:02 vlan 7 at a.yaml:2:35', location: { file: 'b.yaml' } },
    ]);
  });
});
