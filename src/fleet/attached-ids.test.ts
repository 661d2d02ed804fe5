import { describe, expect, it } from 'vitest';
import { context, link, onZ, options, running, stateDirectory, useGuests } from '../../test/guests.ts';
import { attachToGuest } from '../app/guests/attach-to-guest.ts';
import { detachFromGuest } from '../app/guests/detach-from-guest.ts';
import type { GuestChangeOptions } from '../app/guests/run-change.ts';
import { parsePciAddress } from '../pci/notation.ts';
import type { ZpciIds } from '../pci/zpci.ts';
import type { FakeFunction } from '../testing/fake-kernel.ts';
import { type MemoryFleet, memoryFleet } from '../testing/fleet-store/memory-fleet.ts';
import type { ToldIds } from './attached-ids.ts';
import { claimGuard } from './claim-guard.ts';
import { encodeHostRecord } from './host-record-bytes.ts';
import { claimKey, inventoryKey, zpciKey, zpciPrefix } from './model/keys.ts';
import { formatRecord, readEntry } from './model/record.ts';
import { CLAIM } from './model/record-kinds.ts';
import type { Claim, GuestIds } from './model/records.ts';
import { reservationPuts } from './model/reservation.ts';
import { hostRecord } from '../../test/fleet/fleet-records.ts';

const FIRST: FakeFunction = { address: '0007:00:00.0', driver: 'nvme', iommuGroup: 1, express: true, fid: 0x10 };
const SECOND: FakeFunction = { address: '0008:00:00.0', driver: 'nvme', iommuGroup: 2, express: true, fid: 0 };

useGuests([FIRST, SECOND]);

/** A host of IBM Z whose fleet has these claims besides, and a host that tells of ids of its guests. */
async function enrolled({ claims = [], guestIds = { uid: [], fid: [] } }: { claims?: readonly Claim[]; guestIds?: GuestIds } = {}): Promise<MemoryFleet> {
  const fleet = memoryFleet();
  for (const claim of claims) await put(fleet, claim);
  const value = await encodeHostRecord(hostRecord([], { host: 'kvm2', guestIds }));
  await fleet.open().commit({ compares: [], operations: [{ kind: 'put', key: inventoryKey('kvm2'), value }] });
  return fleet;
}

async function put(fleet: MemoryFleet, claim: Claim): Promise<void> {
  const operations = [{ kind: 'put' as const, key: claimKey(claim.function), value: formatRecord(claim) }, ...reservationPuts(claim)];
  await fleet.open().commit({ compares: [], operations });
}

const claimOf = (key: string, zpci: Claim['zpci'], guest = 'web'): Claim => ({
  ...{ version: 1, request: `r of ${key}`, function: key, host: 'kvm1', guest, state: 'claimed', mapping: null, together: [], fingerprint: '' },
  ...{ by: 'alice', at: '2026-11-26T08:00:00.000Z', until: null, why: null, ...(zpci === undefined ? {} : { zpci }) },
});
const keyOf = ({ address }: FakeFunction): string => `host/kvm1/${address}`;
const others = (uid: string, fid: string): Claim => claimOf('host/kvm2/0007:00:00.0', { uid, fid }, 'db');

const onHost = (fleet: MemoryFleet, toldIds: ToldIds = new Map()) => ({
  ...context(),
  claims: claimGuard({ context: context(), host: 'kvm1', stateDirectory, toldIds, open: async () => fleet.open() }),
});
const attach = async (fleet: MemoryFleet, functions: readonly (FakeFunction & { zpci?: ZpciIds })[], more: Partial<GuestChangeOptions> = {}) => {
  const specs = functions.map(({ address, zpci }) => ({ source: parsePciAddress(address), ...(zpci === undefined ? {} : { zpci }) }));
  return attachToGuest(onHost(fleet), link, { word: 'web', specs }, options({ scope: 'live', ...more }));
};
const idsIn = (xml: string | undefined): unknown => xml?.match(/(?<=<zpci )[^/]*/g)?.map((each) => each.trim());
const kept = async (fleet: MemoryFleet): Promise<string[]> =>
  (await fleet.open().list(zpciPrefix)).entries.map(({ key }) => key.slice(zpciPrefix.length).replace('/', ' '));

describe('a function of IBM Z that is attached on a host of a fleet', () => {
  it('gets the ids that its claim keeps, which are free when the guest has given it back', async () => {
    const fleet = await enrolled({ claims: [claimOf(keyOf(FIRST), { uid: '0x0077', fid: '0x00000077' })] });
    const guest = running(onZ('web'));
    await attach(fleet, [FIRST]);
    expect([idsIn(guest.live), await kept(fleet)]).toEqual([["uid='0x0077' fid='0x00000077'"], ['fid 0x00000077', 'uid 0x0077']]);
    const { entries } = await fleet.open().list('hostdev/v1/claims/');
    expect(entries.map((entry) => readEntry(entry, CLAIM).record)).toMatchObject([{ state: 'attached', zpci: { uid: '0x0077', fid: '0x00000077' } }]);
    const selectors = [{ source: parsePciAddress(FIRST.address) }];
    await detachFromGuest(onHost(fleet), link, { word: 'web', selectors }, options({ scope: 'live' }));
    expect(await kept(fleet)).toEqual([]);
  });

  it('gets, claimed on the way, its own fid and the next uid that neither claims nor guests of any host have; the claim keeps them', async () => {
    const fleet = await enrolled({ claims: [others('0x0001', '0x00000044')], guestIds: { uid: ['0x0002', '0x0004'], fid: ['0x00000000'] } });
    const guest = running(onZ('web'));
    await attach(fleet, [FIRST, SECOND]);
    expect(idsIn(guest.live)).toEqual(["uid='0x0003' fid='0x00000010'", "uid='0x0005' fid='0x00000001'"]);
    expect(await kept(fleet)).toEqual(['fid 0x00000001', 'fid 0x00000010', 'fid 0x00000044', 'uid 0x0001', 'uid 0x0003', 'uid 0x0005']);
  });

  it('gets ids that somebody wrote, whoever has them', async () => {
    const fleet = await enrolled({ claims: [others('0x0021', '0x00000021')] });
    const guest = running(onZ('web'));
    await attach(fleet, [{ ...FIRST, zpci: { uid: 0x21, fid: 0x21 } }]);
    expect(idsIn(guest.live)).toEqual(["uid='0x0021' fid='0x00000021'"]);
    expect(await kept(fleet)).toEqual(['fid 0x00000021', 'uid 0x0021']);
  });

  it('keeps none for ids that somebody wrote, although others were shown before by the same server', async () => {
    const fleet = await enrolled();
    const guest = running(onZ('web'));
    const server = onHost(fleet, new Map());
    const source = parsePciAddress(FIRST.address);
    await attachToGuest(server, link, { word: 'web', specs: [{ source }] }, options({ scope: 'live', dryRun: true }));
    await attachToGuest(server, link, { word: 'web', specs: [{ source, zpci: { uid: 0x21, fid: 0x21 } }] }, options({ scope: 'live' }));
    expect([idsIn(guest.live), await kept(fleet)]).toEqual([["uid='0x0021' fid='0x00000021'"], []]);
  });

  it('gets those of its claim, whose guest is named by its uuid in other letters', async () => {
    const guest = running(onZ('web'));
    const uuid = guest.uuid.toUpperCase().replaceAll('-', '');
    const fleet = await enrolled({ claims: [claimOf(keyOf(FIRST), { uid: '0x0077', fid: '0x00000077' }, uuid)] });
    await attach(fleet, [FIRST]);
    expect(idsIn(guest.live)).toEqual(["uid='0x0077' fid='0x00000077'"]);
  });

  it('does not get the one id of its claim that another device of the guest has', async () => {
    const fleet = await enrolled({ claims: [claimOf(keyOf(FIRST), { uid: '0x0077', fid: '0x00000077' })] });
    const guest = running(onZ('web'));
    await attach(fleet, [{ ...SECOND, zpci: { uid: 0x77, fid: 0x1 } }]);
    await attach(fleet, [FIRST]);
    expect(idsIn(guest.live)).toEqual(["uid='0x0077' fid='0x00000001'", "uid='0x0001' fid='0x00000077'"]);
  });

  it('gets those that are free in its guest, where a hostdev that keeps none has claimed it', async () => {
    const fleet = await enrolled({ claims: [claimOf(keyOf(FIRST), undefined), others('0x0001', '0x00000000')] });
    const guest = running(onZ('web'));
    await attach(fleet, [FIRST]);
    expect(idsIn(guest.live)).toEqual(["uid='0x0001' fid='0x00000000'"]);
  });

  it('gets none in a guest of another architecture, which has no place for them', async () => {
    const fleet = await enrolled();
    const guest = running(onZ('web').replace(/<type [^>]*>/, "<type arch='x86_64' machine='pc-q35-10.0'>"));
    await attach(fleet, [FIRST]);
    expect([guest.live?.includes('<hostdev'), idsIn(guest.live), await kept(fleet)]).toEqual([true, undefined, []]);
  });

  it.each(['before it is agreed to', 'after that'] as const)('is refused, and nothing left, where somebody else is given its id %s', async (when) => {
    const fleet = await enrolled();
    const guest = running(onZ('web'));
    const faster = async (): Promise<void> => put(fleet, others('0x0001', '0x00000044'));
    const on = onHost(fleet);
    const claims: typeof on.claims = { ...on.claims, begin: async (...asked) => (await faster(), on.claims.begin(...asked)) };
    const agree = async (): Promise<boolean> => (await faster(), true);
    const specs = [{ source: parsePciAddress(FIRST.address) }];
    const done = attachToGuest(
      { ...on, ...(when === 'after that' ? { claims } : {}) },
      link,
      { word: 'web', specs },
      options({ scope: 'live', ...(when === 'after that' ? {} : { agree }) }),
    );
    await expect(done).rejects.toMatchObject({ code: when === 'after that' ? 'fleet-changed' : 'guest-changed' });
    expect([guest.live?.includes('<hostdev'), await kept(fleet)]).toEqual([false, ['fid 0x00000044', 'uid 0x0001']]);
    expect((await fleet.open().get([claimKey(keyOf(FIRST)), zpciKey('fid', '0x00000010')])).entries).toEqual([]);
  });
});
