import { describe, expect, it } from 'vitest';
import { claimOf, keptHost, mappingOf, publishedOf, virtualOf } from '../../../test/fleet/fleet-records.ts';
import { refusalOf } from '../../../test/refusal.ts';
import { readDomain } from '../../domain/domain.ts';
import { readHostdevs } from '../../domain/hostdev.ts';
import { formatPciAddress } from '../../pci/address.ts';
import type { WholeFleet } from '../model/fleet-check.ts';
import type { HostRecord, PublishedFunction } from '../model/records.ts';
import type { KeptHost } from '../model/view.ts';
import { type Placement, placerOf, standingOf, unreservedIds } from './place.ts';
import { better } from './standing.ts';

const MAPPED = "<source mapping='gpu-a10'/>";

const hostdev = (source: string, more = ''): string => `    <hostdev mode='subsystem' type='pci' managed='yes'>\n      ${source}${more}\n    </hostdev>`;

interface Said {
  readonly type?: string;
  readonly os?: string;
  readonly memory?: string;
  readonly tune?: string;
}

function definition(
  devices: readonly string[],
  { type = 'kvm', os = "<type arch='x86_64' machine='q35'>hvm</type>", memory = '<memory>1048576</memory>', tune = '' }: Said = {},
): string {
  return `<domain type='${type}'>\n  <name>web</name><!-- a person's -->\n  ${memory}${tune}\n  <os>${os}</os>\n  <devices>\n${devices.join('\n')}\n  </devices>\n</domain>\n`;
}

function fleetOf(hosts: readonly KeptHost[], otherwise: Partial<WholeFleet> = {}): WholeFleet {
  const alive = new Set(hosts.map(({ record }) => record.host));
  return { hosts, alive, claims: [], mappings: [mappingOf([{ ids: '10de:2236' }])], requests: [], reservations: [], problems: [], ...otherwise };
}

const one = (functions: readonly PublishedFunction[] = [publishedOf(0)], record: Partial<HostRecord> = {}): KeptHost => keptHost(functions, record);

const place = (text: string, fleet: WholeFleet, home?: string): readonly Placement[] =>
  fleet.hosts.map(placerOf({ text, file: 'web.xml', home }, fleet)).toSorted((a, b) => better(standingOf(a), standingOf(b)));

const said = (placements: readonly Placement[]): string =>
  placements.flatMap(({ problems }) => problems.map(({ code, message }) => `${code}: ${message}`)).join('; ');

const plain = "<source><address domain='0' bus='0x3b' slot='0' function='0'/></source>";
const virtual = virtualOf(0, 1);
const pair = [publishedOf(1, { companions: [publishedOf(2).key] }), publishedOf(2, { companions: [publishedOf(1).key], device: '0x9999' })];

/** What keeps a host from running it, in words; and the same without that. */
const REASONS: readonly (readonly [why: string, text: string, wrong: WholeFleet, words: string, mended: WholeFleet])[] = [
  ['no such function', definition([hostdev(MAPPED)]), fleetOf([one([publishedOf(0, { device: '0x1111' })])]), 'no function that is gpu-a10', fleetOf([one()])],
  [
    'its host uses it',
    definition([hostdev(MAPPED)]),
    fleetOf([one([publishedOf(0, { verdict: 'in use', evidence: ['sda'] })])]),
    'in use: sda',
    fleetOf([one()]),
  ],
  ['it could not be read', definition([hostdev(MAPPED)]), fleetOf([one([publishedOf(0, { verdict: 'unknown' })])]), 'its host says unknown', fleetOf([one()])],
  [
    'a claim of another guest',
    definition([hostdev(MAPPED)]),
    fleetOf([one()], { claims: [claimOf(publishedOf(0), { guest: 'db' })] }),
    'is claimed: guest db',
    fleetOf([one()], { claims: [claimOf(publishedOf(0))] }),
  ],
  [
    'a claim of its guest on another host',
    definition([hostdev(MAPPED)]),
    fleetOf([one()], { claims: [claimOf(publishedOf(0), { host: 'kvm2' })] }),
    'is claimed: guest web on kvm2',
    fleetOf([one()]),
  ],
  [
    'a claim of a virtual function',
    definition([hostdev(plain)]),
    fleetOf([one([publishedOf(0), virtual])], { claims: [claimOf(virtual, { guest: 'db' })] }),
    'has a virtual function that is claimed',
    fleetOf([one([publishedOf(0), virtual])]),
  ],
  [
    'too few of them',
    definition([hostdev(MAPPED), hostdev(MAPPED)]),
    fleetOf([one()]),
    'not all of these at once: gpu-a10, gpu-a10',
    fleetOf([one([publishedOf(0), publishedOf(1)])]),
  ],
  [
    'the same address twice',
    definition([hostdev(plain), hostdev(MAPPED)]),
    fleetOf([one()]),
    'not all of these',
    fleetOf([one([publishedOf(0), publishedOf(1)])]),
  ],
  [
    'a group that does not go along',
    definition([hostdev(MAPPED)]),
    fleetOf([one(pair)]),
    'only with the rest of its IOMMU group',
    fleetOf([one(pair)], { mappings: [mappingOf([{ ids: '10de:2236' }], { wholeGroup: true })] }),
  ],
  [
    'a companion in use',
    definition([hostdev("<source match='10de:2236'/>")]),
    fleetOf([one([pair[0] as PublishedFunction, { ...(pair[1] as PublishedFunction), verdict: 'in use' }])]),
    'kvm1 0000:3b:02.0 cannot be claimed: its host says in use',
    fleetOf([one(pair)]),
  ],
  ['a host that gives nothing', definition([hostdev(MAPPED)]), fleetOf([one([publishedOf(0)], { problems: ['IOMMU: off'] })]), 'IOMMU: off', fleetOf([one()])],
  ['a host without a sign of life', definition([hostdev(MAPPED)]), fleetOf([one()], { alive: new Set() }), 'host-silent', fleetOf([one()])],
  [
    'another architecture',
    definition([hostdev(MAPPED)]),
    fleetOf([one([publishedOf(0)], { architecture: 'aarch64' })]),
    'KVM runs no x86_64',
    fleetOf([one()]),
  ],
  [
    'a libvirt that does not answer',
    definition([hostdev(MAPPED)]),
    fleetOf([one([publishedOf(0)], { libvirt: null })]),
    'libvirt did not answer',
    fleetOf([one()]),
  ],
  [
    'too little memory',
    definition([hostdev(MAPPED)]),
    fleetOf([one([publishedOf(0)], { memoryKib: 1048575 })]),
    '1024 MiB',
    fleetOf([one([publishedOf(0)], { memoryKib: 1048576 })]),
  ],
  [
    'a QEMU that is older than the machine type',
    definition([hostdev(MAPPED)], { os: "<type arch='x86_64' machine='pc-q35-10.0'>hvm</type>" }),
    fleetOf([one([publishedOf(0)], { libvirt: '9.0.0', qemu: '7.2.0' })]),
    'pc-q35-10.0',
    fleetOf([one()]),
  ],
  [
    'a card with other facts',
    definition([hostdev("<source match='serial=a1'/>")]),
    fleetOf([one()]),
    'serial=a1',
    fleetOf([one([publishedOf(0, { fingerprint: 'vendor=0x10de serial=a1' })])]),
  ],
];

describe('a host that cannot run a definition', () => {
  it.each(REASONS)('%s: is told why, and can without that', (_, text, wrong, words, mended) => {
    const refused = place(text, wrong, 'kvm1');
    expect(said(refused)).toContain(words);
    expect(refused.map((each) => each.definition)).toEqual([undefined]);
    const placed = place(text, mended, 'kvm1');
    expect(said(placed)).toBe('');
    expect(placed[0]?.definition).toBeDefined();
  });

  it('is every other one where the definition has a plain address, and every one where nobody knows of which host it is', () => {
    const fleet = fleetOf([one(), one([publishedOf(0, {}, 'kvm2')], { host: 'kvm2' })]);
    const at = place(definition([hostdev(plain)]), fleet, 'kvm2');
    expect(at.map(({ host, definition: text }) => [host.record.host, text === undefined])).toEqual([
      ['kvm2', false],
      ['kvm1', true],
    ]);
    expect(said(place(definition([hostdev(plain)]), fleet))).toMatch(/of which host is not known.*of which host is not known/);
  });
});

describe('the definition on a host', () => {
  it('has addresses where mappings were, and everything else byte for byte', () => {
    const nic =
      "    <interface type='hostdev'>\n      <mac address='52:54:00:00:00:01'/>\n      <source mapping='gpu-a10'>\n        <address type='pci' domain='0' bus='9' slot='9' function='0'/>\n      </source>\n    </interface>";
    const text = definition([hostdev(MAPPED), nic]);
    const [placed] = place(text, fleetOf([one([publishedOf(3), publishedOf(4)])]));
    const address = (slot: number, type: string): string => `<address ${type}domain='0x0000' bus='0x3b' slot='0x0${slot}' function='0x0'/>`;
    const expected = text
      .replace(MAPPED, `<source>\n        ${address(3, '')}\n      </source>`)
      .replace(/<source mapping[^]*?<\/source>/, `<source>\n        ${address(4, "type='pci' ")}\n      </source>`);
    expect(placed?.definition).toBe(expected);
  });

  it('stays as it is where it has plain addresses', () => {
    const text = definition([hostdev(plain)]);
    expect(place(text, fleetOf([one()]), 'kvm1')[0]?.definition).toBe(text);
  });

  it.each([
    ['neither', '', "<zpci uid='0x0021' fid='0x000000a1'/>"],
    ['a place', "<address type='pci' domain='0' bus='0' slot='1' function='0'/>", "<zpci uid='0x0021' fid='0x000000a1'/>"],
    ['ids', "<address type='pci'><zpci uid='0x0007' fid='0x00000007'/></address>", "<zpci uid='0x0007' fid='0x00000007'/>"],
  ])('has on IBM Z, where it says %s, the ids of the function', (_, address, zpci) => {
    const functions = [publishedOf(0, { key: 'cpc/8561-1/000000a1', uid: '0x0021', fid: '0x000000a1' })];
    const host = one(functions, { architecture: 's390x' });
    const text = definition([hostdev(MAPPED, address)], { os: "<type arch='s390x' machine='s390-ccw-virtio'>hvm</type>" });
    const [placed] = place(text, fleetOf([host]));
    expect([said([placed as Placement]), placed?.definition?.match(/<zpci[^>]*>/g)]).toEqual(['', [zpci]]);
  });

  it('gives a free id where another device of the guest has that of the function', () => {
    const functions = [publishedOf(0, { uid: '0x0021', fid: '0x000000a1' })];
    const other =
      "    <rng model='virtio'><backend model='random'>/dev/urandom</backend><address type='pci'><zpci uid='0x0021' fid='0x00000001'/></address></rng>";
    const text = definition([hostdev(MAPPED), other], { os: "<type arch='s390x' machine='s390-ccw-virtio'>hvm</type>" });
    expect(place(text, fleetOf([one(functions, { architecture: 's390x' })]))[0]?.definition).toContain("<zpci uid='0x0001' fid='0x000000a1'/>");
  });

  describe('on IBM Z', () => {
    const os = "<type arch='s390x' machine='s390-ccw-virtio'>hvm</type>";
    const [first, second] = [0, 1].map((slot) => publishedOf(slot, { key: `cpc/8561-1/000000a${slot}`, uid: `0x002${slot}`, fid: `0x000000a${slot}` })) as [
      PublishedFunction,
      PublishedFunction,
    ];
    const z = (functions: readonly PublishedFunction[]): KeptHost => one(functions, { architecture: 's390x' });
    const placedWith = (devices: readonly string[], fleet: WholeFleet, taken: { uid: readonly number[]; fid: readonly number[] }): Placement => {
      const takenIds = { uid: new Set(taken.uid), fid: new Set(taken.fid) };
      const [host] = fleet.hosts;
      return placerOf({ text: definition(devices, { os }), file: 'web.xml', home: undefined }, { ...fleet, takenIds })(host as KeptHost);
    };
    const idsIn = ({ definition: text }: Placement): unknown => text?.match(/<zpci[^>]*>/g);

    it('takes the ids that the claim of its guest keeps, and says of none that they are not kept', () => {
      const zpci = { uid: '0x0077', fid: '0x00000077' };
      const placed = placedWith([hostdev(MAPPED)], fleetOf([z([first])], { claims: [claimOf(first, { zpci })] }), { uid: [0x77], fid: [0x77] });
      expect(idsIn(placed)).toEqual(["<zpci uid='0x0077' fid='0x00000077'/>"]);
      expect(unreservedIds(placed)).toEqual([]);
    });

    it('takes a free one for the half of what its claim keeps that another device of the guest has, and the other half as it is kept, as attach does', () => {
      const zpci = { uid: '0x0077', fid: '0x00000077' };
      const other =
        "    <rng model='virtio'><backend model='random'>/dev/urandom</backend><address type='pci'><zpci uid='0x0077' fid='0x00000001'/></address></rng>";
      const placed = placedWith([hostdev(MAPPED), other], fleetOf([z([first])], { claims: [claimOf(first, { zpci })] }), { uid: [0x77], fid: [0x77] });
      expect(idsIn(placed)).toEqual(["<zpci uid='0x0001' fid='0x00000077'/>", "<zpci uid='0x0077' fid='0x00000001'/>"]);
      expect(unreservedIds(placed)).toHaveLength(1);
    });

    it('takes without a claim the next that nobody in the fleet has, fid 0 among them, each once, and says that nobody keeps them', () => {
      const placed = placedWith([hostdev(MAPPED), hostdev(MAPPED)], fleetOf([z([first, second])]), { uid: [1, 0x20, 0x21], fid: [0xa0, 0xa1] });
      expect(idsIn(placed)).toEqual(["<zpci uid='0x0002' fid='0x00000000'/>", "<zpci uid='0x0003' fid='0x00000001'/>"]);
      expect(unreservedIds(placed).map(({ code, subject, hint }) => [code, subject, hint])).toEqual(
        [first, second].map(({ key }) => ['zpci-unreserved', key, `hostdev fleet claim ${key} --for web --host kvm1, then place it again`]),
      );
    });

    it('says that none is left rather than one that somebody has', () => {
      const placed = placedWith([hostdev(MAPPED)], fleetOf([z([first])]), { uid: Array.from({ length: 0xffff }, (_, at) => at + 1), fid: [] });
      expect([placed.definition, said([placed])]).toEqual([undefined, expect.stringContaining('no uid is left in the fleet')]);
    });

    it('gives ids to a function that is wanted by its address', () => {
      const text = definition([hostdev(plain)], { os });
      const [placed] = place(text, fleetOf([z([first])]), 'kvm1');
      expect(idsIn(placed as Placement)).toEqual(["<zpci uid='0x0020' fid='0x000000a0'/>"]);
    });
  });
});

describe('the best host', () => {
  const far = one([publishedOf(0, { numaNode: 1 }, 'kvm1'), publishedOf(5, { numaNode: 1 }, 'kvm1')]);
  const near = one([publishedOf(0, {}, 'kvm2')], { host: 'kvm2' });
  const bound = { tune: "<numatune><memory mode='strict' nodeset='0'/></numatune>" };
  const order = (text: string, fleet: WholeFleet): string[] => place(text, fleet).map(({ host }) => host.record.host);

  it.each([
    ['the one with more left', {}, {}, ['kvm1', 'kvm2']],
    ["the one near the guest's memory", bound, {}, ['kvm2', 'kvm1']],
    ['the one where the guest has a claim', bound, { claims: [claimOf(publishedOf(5))] }, ['kvm1', 'kvm2']],
  ])('is %s', (_, more, otherwise, hosts) => {
    expect(order(definition([hostdev(MAPPED)], more), fleetOf([far, near], otherwise))).toEqual(hosts);
  });

  it('gives the function that the guest has claimed, also while it runs with it', () => {
    const held = publishedOf(5, { verdict: 'held', heldBy: ['web'] });
    const [placed] = place(definition([hostdev(MAPPED)]), fleetOf([one([publishedOf(0), held])], { claims: [claimOf(held, { state: 'attached' })] }));
    expect([placed?.functions[0]?.published.key, [...(placed?.claimed ?? [])]]).toEqual([held.key, [held.key]]);
  });

  it.each([
    ['as libvirt writes it', '6695eb01-f6a4-8304-79aa-97f2502e193f'],
    ['in capitals', '6695EB01-F6A4-8304-79AA-97F2502E193F'],
    ['without dashes', ' 6695eb01f6a4830479aa97f2502e193f '],
  ])('gives the function that was claimed for the guest by its uuid, which its definition has %s, also while it runs with it', (_, uuid) => {
    const held = publishedOf(5, { verdict: 'held', heldBy: ['web'] });
    const claims = [claimOf(held, { state: 'attached', guest: '6695eb01-f6a4-8304-79aa-97f2502e193f' })];
    const text = definition([hostdev(MAPPED)]).replace('<!--', `<uuid>${uuid}</uuid><!--`);
    const [placed] = place(text, fleetOf([one([publishedOf(0), held])], { claims }));
    expect([placed?.functions[0]?.published.key, [...(placed?.claimed ?? [])]]).toEqual([held.key, [held.key]]);
    expect(said(place(definition([hostdev(MAPPED)]), fleetOf([one([held])], { claims })))).toContain('claim-held');
  });

  it('gives nobody what a guest of that name holds without a claim', () => {
    expect(said(place(definition([hostdev(MAPPED)]), fleetOf([one([publishedOf(5, { verdict: 'held', heldBy: ['web'] })])])))).toContain('its host says held');
  });
});

/** The same numbers whenever it runs. */
function chance(seed: number): (most: number) => number {
  let state = seed;
  return (most) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * most);
  };
}

describe('a hundred hosts', () => {
  it.each([1, 2, 3, 4, 5])('that are told as fit have free functions for all that is wanted, each once (seed %i)', (seed) => {
    const upTo = chance(seed);
    const hosts = Array.from({ length: 100 }, (_, at) => {
      const name = `kvm${at}`;
      const functions = Array.from({ length: upTo(6) }, (__, slot) =>
        publishedOf(slot, { verdict: upTo(3) === 0 ? 'in use' : 'free', device: upTo(2) === 0 ? '0x2236' : '0x2237', numaNode: upTo(2) }, name),
      );
      return one(functions, { host: name, libvirt: upTo(9) === 0 ? null : '11.3.0' });
    });
    const claims = hosts.flatMap(({ record }) => record.functions.filter(() => upTo(4) === 0).map((each) => claimOf(each, { guest: 'db', host: record.host })));
    const mappings = [mappingOf([{ ids: '10de:2236' }]), mappingOf([{ ids: '10de:*' }], { name: 'any' })];
    // The wide wish first: it has to leave the narrow one what that needs.
    const text = definition([hostdev("<source mapping='any'/>"), hostdev(MAPPED)]);
    const placements = place(text, fleetOf(hosts, { claims, mappings }));
    const claimed = new Set(claims.map(({ record }) => record.function));
    const isFree = ({ key, verdict }: PublishedFunction): boolean => verdict === 'free' && !claimed.has(key);
    expect(placements).toHaveLength(100);
    for (const { host, definition: made, functions, problems } of placements) {
      const free = host.record.functions.filter(isFree);
      const canBe = host.record.libvirt !== null && free.length >= 2 && free.some(({ device }) => device === '0x2236');
      expect([host.record.host, made !== undefined, problems.length === 0]).toEqual([host.record.host, canBe, canBe]);
      expect(functions.every(({ published }) => isFree(published))).toBe(true);
      if (made === undefined) continue;
      const sources = readHostdevs(readDomain(made)).map(({ source }) => source && formatPciAddress(source));
      expect(sources).toEqual(functions.map(({ published }) => published.address));
      expect(new Set(sources).size).toBe(2);
    }
    const fits = placements.map(({ definition: made }) => made !== undefined);
    expect(fits).toEqual(fits.toSorted((a, b) => Number(b) - Number(a)));
    expect(fits.filter(Boolean).length).toBeGreaterThan(5);
  });
});

describe('what another host has published', () => {
  it.each([
    ['an address that is none', [publishedOf(0, { address: "'/><x>" })], {}],
    ['a fid that is none', [publishedOf(0, { fid: 'new', uid: null })], { architecture: 's390x' }],
    ['a uid out of range', [publishedOf(0, { uid: '0x10000', fid: '0x000000a1' })], { architecture: 's390x' }],
    ['a version of libvirt that is none', [publishedOf(0)], { libvirt: 'next' }],
    ['a version of QEMU that is none', [publishedOf(0)], { qemu: '' }],
  ])('%s: keeps that host out, and no other', (_, functions, record) => {
    const isZ = 'architecture' in record;
    const os = isZ ? "<type arch='s390x' machine='s390-ccw-virtio'>hvm</type>" : "<type arch='x86_64'>hvm</type>";
    const fine = one([publishedOf(0, {}, 'kvm2')], { host: 'kvm2', architecture: isZ ? 's390x' : 'x86_64' });
    const placements = place(definition([hostdev(MAPPED)], { os }), fleetOf([one(functions, record), fine]));
    expect(placements.map(({ host, problems }) => [host.record.host, problems.map(({ code }) => code)])).toEqual([
      ['kvm2', []],
      ['kvm1', ['placement-unfit']],
    ]);
  });

  it('may be of a newer hostdev: an architecture and a verdict that nobody knows here', () => {
    const odd = one([publishedOf(0, { verdict: 'shared' as 'free' })], { architecture: '__proto__' });
    expect(said(place(definition([hostdev(MAPPED)]), fleetOf([odd])))).toMatch(/KVM runs no x86_64.*its host says shared/);
  });
});

describe('a definition that says nothing clear', () => {
  it.each([
    ["<source mapping='gpu-a10' match='10de:*'/>", 'domain-malformed'],
    ['<source/>', 'domain-malformed'],
    ["<source mapping='GPU'/>", 'domain-malformed'],
    ["<source mapping='gone'/>", 'mapping-unknown'],
    ["<source match='colour=red'/>", 'mapping-malformed'],
    ["<source mapping=''/>", 'domain-malformed'],
    ["<source match='host=KVM1'/>", 'domain-malformed'],
  ])('%s is refused with %s, and where it stands', (source, code) => {
    const text = definition([hostdev(source)]);
    const line = text.slice(0, text.indexOf(source)).split('\n').length;
    expect(refusalOf(() => place(text, fleetOf([one()])))).toMatchObject({ code, location: { line } });
  });
});
