import { describe, expect, it } from 'vitest';
import { claimOf, keptHost, mappingOf, publishedOf, virtualOf } from '../../../test/fleet/fleet-records.ts';
import type { Problem } from '../../errors.ts';
import { asChecked, checkFleet, type WholeFleet } from './fleet-check.ts';
import { zpciKey } from './keys.ts';
import type { Kept } from './record.ts';
import type { Reservation } from './records.ts';
import { FOREIGN } from './transition.ts';

const ALIVE = new Set(['kvm1']);
const fleetOf = (otherwise: Partial<WholeFleet> = {}): WholeFleet => ({
  hosts: [keptHost([A, B])],
  claims: [],
  mappings: [],
  requests: [],
  reservations: [],
  alive: ALIVE,
  problems: [],
  ...otherwise,
});
const [A, B] = [publishedOf(0), publishedOf(1)];
const Z = { uid: '0x0021', fid: '0x00000000' };
const kept = (kind: 'uid' | 'fid', id: string, of = A.key): Kept<Reservation> => ({
  ...{ key: zpciKey(kind, id), created: 20n, modified: 20n },
  record: { version: 1, function: of, request: 'r1', host: 'kvm1', guest: 'web' },
});
const pair = publishedOf(0, { companions: [B.key] });
const serialA = publishedOf(0, { fingerprint: A.fingerprint.replace(' place=', ' serial=260:0102030405060708 place=') });
const FOUND = { state: 'attached', why: 'foreign' } as const;
const held = (...guests: readonly string[]) => keptHost([publishedOf(0, { verdict: 'held', heldBy: guests })]);

/** With whole records, and with what a check keeps of them: it says the same. */
function check(fleet: WholeFleet): Problem[] {
  const found = checkFleet(fleet);
  expect(checkFleet({ ...fleet, hosts: fleet.hosts.map(asChecked(fleet.claims)) })).toEqual(found);
  return found;
}

describe('checking a fleet', () => {
  it.each<[string, Partial<WholeFleet>]>([
    ['in which nothing is claimed', {}],
    ['in which what is claimed is free on its host', { claims: [claimOf(A)] }],
    ['in which guests have what they claimed', { hosts: [held('web')], claims: [claimOf(A, { state: 'attached' })] }],
    [
      'in which a guest has what was claimed for its uuid',
      { hosts: [held('web')], claims: [claimOf(A, { state: 'attached', guest: 'C7A5FDBD-EDAF-9455-926A-D65C16DB1809' })] },
    ],
    ['in which a guest that is off has in its definition what it claimed', { claims: [claimOf(A, { state: 'attached' })] }],
    ['in which a claim is on its way', { hosts: [held('web')], claims: [claimOf(A, { state: 'attaching' })] }],
    [
      'in which a group is claimed as a whole',
      { hosts: [keptHost([pair, B])], claims: [claimOf(pair, { together: [B.key] }), claimOf(B, { together: [A.key] })] },
    ],
    ['in which a driver has come or gone since', { claims: [claimOf(A, { fingerprint: `${A.fingerprint.replace(/ place=.*/, '')} mac=52:54:00:00:00:01` })] }],
    ['in which the serial number of a card was not seen yet when it was claimed', { hosts: [keptHost([serialA])], claims: [claimOf(A)] }],
    ['in which a claim keeps ids', { claims: [claimOf(A, { zpci: Z })], reservations: [kept('uid', Z.uid), kept('fid', Z.fid)] }],
    ['in which a claim is by a mapping', { claims: [claimOf(A, { mapping: 'gpu-a10' })], mappings: [mappingOf([])] }],
  ])('%s finds nothing', (_, fleet) => {
    expect(check(fleetOf(fleet))).toEqual([]);
  });

  it.each<[string, Partial<WholeFleet>, string, string, string]>([
    ['a host without signs of life', { alive: new Set<string>() }, 'host-silent', 'kvm1 gives no signs of life', 'hostdev fleet forget kvm1 --fenced'],
    [
      'two names of one machine',
      { hosts: [keptHost([]), keptHost([], { host: 'kvm2', uuid: 'uuid of kvm1' })], alive: new Set(['kvm1', 'kvm2']) },
      'host-twice',
      'kvm1 and kvm2 are one machine',
      'forget kvm1',
    ],
    [
      'a claim whose id nobody keeps',
      { claims: [claimOf(A, { zpci: Z })], reservations: [kept('fid', Z.fid)] },
      'claim-disagrees',
      'nobody keeps its uid 0x0021',
      `hostdev fleet release ${A.key}`,
    ],
    [
      'a claim whose id is kept for another',
      {
        claims: [claimOf(A, { zpci: Z }), claimOf(B, { zpci: { uid: '0x0022', fid: Z.fid } })],
        reservations: [kept('uid', Z.uid), kept('uid', '0x0022', B.key), kept('fid', Z.fid, B.key)],
      },
      'claim-disagrees',
      'its fid 0x00000000 is kept for',
      `hostdev fleet release ${A.key}`,
    ],
    [
      'an id whose claim is gone',
      { reservations: [kept('uid', Z.uid)] },
      'zpci-orphaned',
      'uid 0x0021 is kept for a claim of',
      'hostdev fleet release zpci/uid/0x0021',
    ],
    ['a host that gives nothing', { hosts: [keptHost([], { problems: ['the IOMMU is off'] })] }, 'claim-impossible', 'the IOMMU is off', 'hostdev check'],
    [
      'a claim of a host that there is not',
      { claims: [claimOf(publishedOf(0, {}, 'kvm9'), { host: 'kvm9' })] },
      'fleet-host-unknown',
      'the fleet has no host kvm9',
      'hostdev fleet forget kvm9 --fenced',
    ],
    [
      'a claim of a function that is gone',
      { claims: [claimOf(publishedOf(9))] },
      'claim-lost',
      'kvm1 has no such function',
      'hostdev fleet release host/kvm1/0000:3b:09.0',
    ],
    [
      'a claim that its host calls lost',
      { claims: [claimOf(publishedOf(9), { state: 'lost', why: 'the slot is empty' })] },
      'claim-lost',
      'the slot is empty',
      'hostdev fleet release',
    ],
    [
      'a claim that is stuck',
      { claims: [claimOf(A, { state: 'stuck', why: 'vfio-pci has not let go' })] },
      'claim-stuck',
      'vfio-pci has not let go',
      "'hostdev recover' on kvm1",
    ],
    [
      'what was given past the fleet',
      { hosts: [held('web')], claims: [claimOf(A, { state: 'attached', why: FOREIGN })] },
      'claim-foreign',
      'given past the fleet',
      'nothing has to be done',
    ],
    [
      'a mapping that is gone',
      { claims: [claimOf(A, { mapping: 'gpu-a10' })] },
      'mapping-unknown',
      'gpu-a10, which is gone',
      'hostdev fleet mapping set gpu-a10',
    ],
    [
      'another card at the place',
      { claims: [claimOf(A, { fingerprint: A.fingerprint.replace('2236', '2237') })] },
      'claim-disagrees',
      'is another card than was claimed',
      'release it and claim again',
    ],
    ['another guest that has it', { hosts: [held('db')], claims: [claimOf(A)] }, 'claim-disagrees', 'kvm1 sees it with db', 'shut db down'],
    ['a guest that was started past the claim', { hosts: [held('web')], claims: [claimOf(A)] }, 'claim-disagrees', 'the guest has it already', 'hostdev-agent'],
    [
      'a host that uses what is claimed',
      { hosts: [keptHost([publishedOf(0, { verdict: 'in use', evidence: ['eth0 → default route'] })])], claims: [claimOf(A)] },
      'claim-disagrees',
      'eth0 → default route',
      'let the host do without it',
    ],
    [
      'a physical function beside a virtual one',
      { hosts: [keptHost([A, virtualOf(0, 1)])], claims: [claimOf(A), claimOf(virtualOf(0, 1), { request: 'r2' })] },
      'claim-disagrees',
      'its physical function is claimed as well',
      'release one of them',
    ],
    [
      'a group of which a part is claimed',
      { hosts: [keptHost([pair, B])], claims: [claimOf(pair)] },
      'claim-disagrees',
      'the rest of its IOMMU group is not claimed with it: kvm1 0000:3b:01.0',
      'claim again',
    ],
    [
      'a group that two requests share',
      { hosts: [keptHost([pair, B])], claims: [claimOf(pair), claimOf(B, { request: 'r2' })] },
      'claim-disagrees',
      'the rest of its IOMMU group',
      'claim again',
    ],
    [
      'what a guest has and nobody claimed',
      { hosts: [held('web')] },
      'claim-disagrees',
      'is with web, and nobody has claimed it',
      'systemctl start hostdev-agent',
    ],
    [
      'a request that was left open',
      { requests: [{ record: { version: 1, request: 'r7', what: 'gpu-a10', guest: 'web', by: 'alice', at: 'then' }, key: 'k', created: 1n, modified: 1n }] },
      'request-open',
      'alice has asked for gpu-a10',
      'hostdev fleet release r7',
    ],
    [
      'a record that cannot be read',
      { problems: [{ code: 'fleet-record-newer', severity: 'error', message: 'version 2', hint: 'install that one' }] },
      'fleet-record-newer',
      'version 2',
      'install',
    ],
  ])('names %s, and a way out', (_, fleet, code, message, hint) => {
    const found = check(fleetOf(fleet));
    expect(found.map((problem) => problem.code)).toEqual([code]);
    expect(found[0]).toMatchObject({ message: expect.stringContaining(message) as unknown, hint: expect.stringContaining(hint) as unknown });
  });

  it.each<[string, readonly ReturnType<typeof claimOf>[]]>([
    ['all of a group', [claimOf(pair, { request: 'r1', ...FOUND }), claimOf(B, { request: 'r2', ...FOUND })]],
    ['a part of a group', [claimOf(pair, FOUND)]],
  ])('of %s that a guest was given past the fleet says only that', (_, claims) => {
    const functions = [
      { ...pair, heldBy: ['web'], verdict: 'held' } as const,
      ...(claims.length === 1 ? [B] : [{ ...B, heldBy: ['web'], verdict: 'held' } as const]),
    ];
    expect(check(fleetOf({ hosts: [keptHost(functions)], claims })).map(({ code }) => code)).toEqual(claims.map(() => 'claim-foreign'));
  });

  it.each([
    ['0.9.0', '0.10.0', 'a'],
    ['1.2', '1.2.1', 'a'],
    ['1.2.0', '1.2', undefined],
    ['1.2.1', '1.2', 'b'],
  ])('with hosts that run %s and %s finds the older one, %s', (one, other, older) => {
    const [a, b] = [keptHost([], { host: 'a', uuid: '1', hostdev: one }), keptHost([], { host: 'b', uuid: '2', hostdev: other })];
    const found = check(fleetOf({ hosts: [a, b], alive: new Set(['a', 'b']) }));
    expect(found.filter(({ code }) => code === 'fleet-versions').map(({ subject }) => subject)).toEqual(older === undefined ? [] : [older]);
  });
});
