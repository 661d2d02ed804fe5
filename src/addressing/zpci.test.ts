import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { expandDomain, type Expansion } from './expand.ts';
import { lowestFreeId, makeZpciPool, reserveId } from './zpci/pool.ts';

interface Ids {
  readonly uid?: number;
  readonly fid?: number;
}

/** An s390x guest with one host device for each pair of ids, in that order. */
function guest(ids: readonly Ids[], more = ''): string {
  const hostdevs = ids.map(({ uid, fid }, i) => {
    const attributes = `${uid === undefined ? '' : ` uid='${uid}'`}${fid === undefined ? '' : ` fid='${fid}'`}`;
    const address = attributes === '' ? '' : `<address type='pci'><zpci${attributes}/></address>`;
    return `<hostdev mode='subsystem' type='pci'><source><address domain='${i + 1}' bus='0' slot='0' function='0'/></source>${address}</hostdev>`;
  });
  return `<domain type='kvm'><os><type arch='s390x' machine='s390-ccw-virtio'>hvm</type></os><devices>${hostdevs.join('')}${more}</devices></domain>`;
}

const idsOf = (result: Expansion): (Ids | undefined)[] => (result.ok ? result.placements.filter((p) => p.kind === 'hostdev').map((p) => p.zpci) : []);

describe('ids of host devices on IBM Z', () => {
  it.each<[string, Ids[], Ids[]]>([
    [
      'the lowest free pair: uid from 1, fid from 0',
      [{}, {}],
      [
        { uid: 1, fid: 0 },
        { uid: 2, fid: 1 },
      ],
    ],
    [
      'given pairs stay, generated ones go around them',
      [{ uid: 1, fid: 0 }, {}, { uid: 2, fid: 2 }],
      [
        { uid: 1, fid: 0 },
        { uid: 3, fid: 1 },
        { uid: 2, fid: 2 },
      ],
    ],
    ['a missing fid is the lowest free one', [{ uid: 0x53 }], [{ uid: 0x53, fid: 0 }]],
    ['a missing uid is the lowest free one', [{ fid: 7 }], [{ uid: 1, fid: 7 }]],
    [
      'half-given pairs are completed before others are generated',
      [{}, { uid: 9 }],
      [
        { uid: 1, fid: 1 },
        { uid: 9, fid: 0 },
      ],
    ],
    [
      'fid 0 is a fid, not a missing one',
      [{ fid: 0 }, {}],
      [
        { uid: 1, fid: 0 },
        { uid: 2, fid: 1 },
      ],
    ],
    [
      'the highest ids',
      [{ uid: 0xffff, fid: 0xffffffff }, {}],
      [
        { uid: 0xffff, fid: 0xffffffff },
        { uid: 1, fid: 0 },
      ],
    ],
  ])('%s', (_, given, expected) => {
    expect(idsOf(expandDomain(guest(given)))).toEqual(expected);
  });

  it.each<[string, Ids[], string]>([
    ['two devices with one uid', [{ uid: 0x21 }, { uid: 0x21 }], 'zpci-uid-in-use'],
    ['two devices with one fid', [{ fid: 0x55 }, { fid: 0x55 }], 'zpci-fid-in-use'],
    ['a completed uid that a later device names', [{ fid: 3 }, { uid: 1, fid: 4 }], 'zpci-uid-in-use'],
    ['a completed fid that a later device names', [{ uid: 5 }, { uid: 6, fid: 0 }], 'zpci-fid-in-use'],
    ['uid 0', [{ uid: 0, fid: 1 }], 'uid-range'],
    ['uid 0x10000', [{ uid: 0x10000, fid: 1 }], 'uid-range'],
    ['a fid above 32 bits', [{ uid: 1, fid: 2 ** 32 }], 'number-malformed'],
  ])('%s are refused', (_, given, code) => {
    const result = expandDomain(guest(given), { file: 'guest.xml' });
    expect(result.ok).toBe(false);
    expect(result.problems[0]).toMatchObject({ code, location: expect.objectContaining({ file: 'guest.xml' }) as unknown });
  });

  it('prints ids in hexadecimal and says who has them', () => {
    const [problem] = expandDomain(guest([{ uid: 0x21 }, { uid: 0x21 }])).problems;
    expect(problem?.message).toBe('hostdev 0002:00:00.0 wants zPCI uid 0x0021, which hostdev 0001:00:00.0 has');
  });

  it('an added bridge gets ids behind the host devices', () => {
    const many = Array.from({ length: 32 }, () => ({}));
    const result = expandDomain(guest(many));
    const bridge = result.ok ? result.placements.find((p) => p.controller?.model === 'pci-bridge') : undefined;
    expect(bridge).toMatchObject({ zpci: { uid: 33, fid: 32 }, added: 'devices need more PCI slots' });
    expect(idsOf(result)).toHaveLength(32);
  });

  it('a guest domain other than 0 is refused with the reason', () => {
    const text = guest([]).replace(
      '<devices>',
      "<devices><hostdev mode='subsystem' type='pci'><source><address domain='1' bus='0' slot='0' function='0'/></source><address type='pci' domain='0x21' bus='0' slot='1' function='0'/></hostdev>",
    );
    expect(expandDomain(text).problems[0]).toMatchObject({ code: 'guest-address-domain' });
  });

  it('ids are unique, in range, kept when given, and expanding again changes nothing', () => {
    const pair = fc.record({ uid: fc.option(fc.integer({ min: 1, max: 40 }), { nil: undefined }), fid: fc.option(fc.nat(40), { nil: undefined }) });
    fc.assert(
      fc.property(fc.array(pair, { maxLength: 20 }), (pairs) => {
        const given = pairs.map(({ uid, fid }) => ({ ...(uid === undefined ? {} : { uid }), ...(fid === undefined ? {} : { fid }) }));
        const result = expandDomain(guest(given));
        if (!result.ok) {
          expect(['zpci-uid-in-use', 'zpci-fid-in-use']).toContain(result.problems[0]?.code);
          return;
        }
        const ids = idsOf(result);
        expect(new Set(ids.map((i) => i?.uid)).size).toBe(given.length);
        expect(new Set(ids.map((i) => i?.fid)).size).toBe(given.length);
        given.forEach((wanted, i) => expect(ids[i]).toMatchObject(wanted));
        expect(expandDomain(result.xml)).toMatchObject({ ok: true, xml: result.xml });
      }),
    );
  });
});

describe('the pool', () => {
  it('says when no uid is left', () => {
    const pool = makeZpciPool();
    for (let uid = 1; uid <= 0xffff; uid += 1) reserveId(pool, 'uid', lowestFreeId(pool, 'uid', 'x'), `device ${uid}`);
    expect(() => lowestFreeId(pool, 'uid', 'one more')).toThrow(expect.objectContaining({ code: 'zpci-exhausted' }) as Error);
    expect(lowestFreeId(pool, 'fid', 'one more')).toBe(0);
  });
});
