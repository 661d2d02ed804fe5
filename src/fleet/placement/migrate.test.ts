import { describe, expect, it } from 'vitest';
import { claimOf, keptHost, mappingOf, publishedOf } from '../../../test/fleet/fleet-records.ts';
import { refusalOf } from '../../../test/refusal.ts';
import type { GuestState } from '../../state/guest-state.ts';
import type { WholeFleet } from '../model/fleet-check.ts';
import type { HostRecord, Mapping, PublishedFunction } from '../model/records.ts';
import { checkFleetMigration, type FleetMigration } from './migrate.ts';

const FIRST = '0000:3b:00.0';
const plain = (slot: number, more = ''): string =>
  `<hostdev mode='subsystem' type='pci' managed='yes'><source><address domain='0' bus='0x3b' slot='${slot}' function='0'/></source>${more}</hostdev>`;
const PLACE = "<address type='pci' domain='0' bus='1' slot='0' function='0'/>";
const teamed = `<interface type='hostdev' managed='yes'><source><address type='pci' domain='0' bus='0x3b' slot='0' function='0'/></source><teaming type='transient' persistent='ua-standby'/></interface>`;

const definition = (devices: string, arch = 'x86_64', machine = 'q35', extra = ''): string =>
  `<domain type='kvm'><name>web</name><memory>1048576</memory>${extra}<os><type arch='${arch}' machine='${machine}'>hvm</type></os><devices><controller type='pci' index='1' model='pcie-root-port'/>${devices}</devices></domain>`;

const guest = (text: string, runs = true): GuestState => ({
  ref: { name: 'web', uuid: 'f3b1c7a2-0000-4000-8000-000000000001', id: runs ? 1 : -1 },
  ...{ state: runs ? 'running' : 'shut off', live: runs ? text : undefined, config: text },
});

interface Otherwise extends Partial<WholeFleet> {
  readonly here?: Partial<HostRecord>;
  readonly there?: Partial<HostRecord>;
  readonly theirs?: readonly PublishedFunction[];
  readonly mapping?: Partial<Mapping>;
}

const held = publishedOf(0, { verdict: 'held', heldBy: ['web'], driver: 'vfio-pci' });
const free = publishedOf(4, {}, 'kvm2');

function fleetOf({ here, there, theirs = [free], mapping, ...more }: Otherwise = {}): WholeFleet {
  const hosts = [keptHost([held, publishedOf(1)], here), keptHost(theirs, { host: 'kvm2', ...there })];
  const mappings = [mappingOf([{ ids: '10de:2236' }], mapping)];
  return { hosts, mappings, alive: new Set(['kvm1', 'kvm2']), claims: [], requests: [], reservations: [], problems: [], ...more };
}

const check = (text: string, fleet: WholeFleet, { driver = 'vfio-pci', runs = true }: { driver?: string | undefined; runs?: boolean } = {}): FleetMigration =>
  checkFleetMigration({ guest: guest(text, runs), driverOf: () => driver, from: 'kvm1', to: 'kvm2' }, fleet);

const said = ({ problems }: FleetMigration): string[] => problems.map(({ code, message }) => `${code}: ${message}`);
const stands = ({ functions }: FleetMigration): (string | undefined)[] => functions.map(({ there }) => there?.published.key);

describe('a guest that would be moved to another host', () => {
  it('is kept by a function whose state stays here; which one stands for it there, and where the guest would see it, is said all the same', () => {
    const found = check(definition(plain(0, PLACE)), fleetOf());
    expect(said(found)).toEqual([`migration-blocked: ${FIRST}: its state cannot be moved`]);
    expect(found.problems[0]?.hint).toBe(`hostdev detach web ${FIRST} --live, and attach another one over there`);
    expect(found.functions).toMatchObject([
      {
        finding: { device: FIRST, effect: 'blocks' },
        place: { address: '0000:01:00.0' },
        there: { wanted: { what: 'gpu-a10' }, published: { key: free.key }, place: { address: '0000:01:00.0' } },
      },
    ]);
  });

  it('may be moved without it', () => {
    expect(said(check(definition(''), fleetOf()))).toEqual([]);
  });

  it('may be moved while it is off: the definition has a function of that host then, at the place that the libvirt there would give it', () => {
    const found = check(definition(plain(0)), fleetOf(), { runs: false });
    expect([said(found), stands(found)]).toEqual([[], [free.key]]);
    expect(found.functions[0]).toMatchObject({ finding: { effect: 'offline' }, place: { address: null }, there: { place: { address: '0000:02:00.0' } } });
  });

  it.each([
    ['a teaming interface, which its partner stands in for', teamed, {}, {}, 'replaced'],
    ['a driver that may move state', plain(0), { driver: 'mlx5_vfio_pci' }, {}, 'perhaps'],
    ['a mapping that says so, where the driver is not known to do so', plain(0), { driver: 'nvidia' }, { migratable: true }, 'perhaps'],
  ] as const)('is not kept by %s', (_, device, known, mapping, effect) => {
    const found = check(definition(device), fleetOf({ mapping }), known);
    expect([said(found), found.functions.map(({ finding }) => finding.effect), stands(found)]).toEqual([[], [effect], [free.key]]);
  });

  it('is kept by what is with vfio-pci, whatever its mapping says', () => {
    expect(said(check(definition(plain(0)), fleetOf({ mapping: { migratable: true } })))).toEqual([
      `migration-blocked: ${FIRST}: its state cannot be moved, although the mapping gpu-a10 says so: it is with vfio-pci`,
    ]);
  });

  it.each([
    ['cards of another kind', { theirs: [publishedOf(4, { device: '0x2237' }, 'kvm2')], mappings: [mappingOf([{ ids: '10de:*' }])] }, 'is 10de:2237, and'],
    ['another driver', { theirs: [publishedOf(4, { driver: 'vfio-pci' }, 'kvm2')] }, 'is with vfio-pci, and 0000:3b:00.0 of kvm1 with mlx5_vfio_pci'],
  ] as const)('moves no state to %s', (_, otherwise, words) => {
    const found = check(definition(plain(0)), fleetOf(otherwise), { driver: 'mlx5_vfio_pci' });
    expect(said(found)).toEqual([expect.stringContaining(words)]);
    expect(said(check(definition(plain(0)), fleetOf(), { driver: 'mlx5_vfio_pci' }))).toEqual([]);
  });

  it('gets what stands for its functions by the mapping that they were claimed by, else by the only one that has them', () => {
    const two = { mappings: [mappingOf([{ ids: '10de:2236' }]), mappingOf([{ ids: '10de:*' }], { name: 'any-gpu' })] };
    const fleet = fleetOf({
      ...two,
      theirs: [publishedOf(4, { device: '0x9999' }, 'kvm2')],
      claims: [claimOf(held, { mapping: 'any-gpu', state: 'attached' })],
    });
    expect(stands(check(definition(plain(0)), fleet, { runs: false }))).toEqual(['host/kvm2/0000:3b:04.0']);
    const [ambiguous] = check(definition(plain(0)), { ...fleet, claims: [] }, { runs: false }).problems;
    expect(ambiguous?.message).toBe(`${FIRST} of kvm1 is of several mappings, and was claimed by none: gpu-a10, any-gpu`);
    const [nothing] = check(definition(plain(0)), { ...fleet, claims: [], mappings: [] }, { runs: false }).problems;
    expect(nothing).toMatchObject({ code: 'placement-unfit', message: `no mapping of the fleet says what stands for ${FIRST} of kvm1 on another host` });
  });

  it('gets those first that are claimed for it there', () => {
    const claimed = publishedOf(5, {}, 'kvm2');
    const fleet = fleetOf({ theirs: [free, claimed], claims: [claimOf(claimed, { host: 'kvm2' })] });
    const found = check(definition(plain(0)), fleet, { runs: false });
    expect([stands(found), [...found.placement.claimed]]).toEqual([[claimed.key], [claimed.key]]);
  });

  it.each([
    [
      'what is free there is claimed for another guest',
      { claims: [claimOf(free, { host: 'kvm2', guest: 'db' })] },
      'claim-held: kvm2 0000:3b:04.0 is claimed: guest db on kvm2',
    ],
    ['its IOMMU is off', { there: { problems: ['IOMMU: off'] } }, 'claim-impossible: kvm2 0000:3b:04.0 cannot be claimed: kvm2 gives nothing: IOMMU: off'],
    ['it gives no signs of life', { alive: new Set(['kvm1']) }, 'host-silent: kvm2 gives no signs of life'],
    ['not all of its memory can be locked there', { there: { memoryKib: 1000 } }, 'placement-unfit: all 1024 MiB of the guest are locked'],
    ['its machine type is newer than the QEMU there', { there: { libvirt: '9.0.0', qemu: '7.2.0' } }, 'pc-q35-10.0'],
  ] as const)('cannot be moved to a host where %s', (_, otherwise, words) => {
    const text = definition(plain(0), 'x86_64', 'pc-q35-10.0');
    expect(said(check(text, fleetOf(otherwise), { runs: false })).join('\n')).toContain(words);
    expect(said(check(text, fleetOf(), { runs: false }))).toEqual([]);
  });

  it('is told what is far from its memory there, and that an older libvirt or QEMU promises nothing to one that runs', () => {
    const text = definition('', 'x86_64', 'q35');
    const older = fleetOf({ there: { libvirt: '11.2.0', qemu: '9.2.0' } });
    expect(check(text, older).notes.map(({ severity, message }) => [severity, message])).toEqual([
      ['warning', 'kvm2 has libvirt 11.2.0, which is older than 11.3.0 of kvm1: that it takes a guest that runs is not promised'],
      ['warning', 'kvm2 has QEMU 9.2.0, which is older than 10.0.0 of kvm1: that it takes a guest that runs is not promised'],
    ]);
    expect([check(text, older, { runs: false }).notes, check(text, fleetOf()).notes]).toEqual([[], []]);
    const bound = definition(plain(0), 'x86_64', 'q35', "<numatune><memory mode='strict' nodeset='1'/></numatune>");
    expect(check(bound, fleetOf(), { runs: false }).placement.far.map(({ key }) => key)).toEqual([free.key]);
  });

  it('has to be named another host than its own, and one of the fleet', () => {
    const wish = { guest: guest(definition('')), driverOf: () => undefined, from: 'kvm1' };
    expect(refusalOf(() => checkFleetMigration({ ...wish, to: 'kvm1' }, fleetOf()))).toMatchObject({ code: 'usage', message: 'web is on kvm1 already' });
    expect(refusalOf(() => checkFleetMigration({ ...wish, to: 'kvm9' }, fleetOf()))).toMatchObject({ code: 'fleet-host-unknown' });
  });
});
