import { describe, expect, it } from 'vitest';
import { context, hostdev, link, onZ, options, port, running, stateDirectory, useGuests } from '../../test/guests.ts';
import { attachToGuest } from '../app/guests/attach-to-guest.ts';
import { detachFromGuest } from '../app/guests/detach-from-guest.ts';
import type { GuestChangeOptions } from '../app/guests/run-change.ts';
import { HostdevError } from '../errors.ts';
import { openJournal } from '../execute/journal/journal.ts';
import { parsePciAddress } from '../pci/notation.ts';
import type { FakeFunction } from '../testing/fake-kernel.ts';
import { type MemoryFleet, memoryFleet } from '../testing/fleet-store/memory-fleet.ts';
import { claimGuard, type GuardedHost } from './claim-guard.ts';
import { initFleet } from './fleet-record.ts';
import { claimKey } from './model/keys.ts';
import { formatRecord, readEntry } from './model/record.ts';
import { CLAIM } from './model/record-kinds.ts';
import type { Claim } from './model/records.ts';

const NVME: FakeFunction = { address: '0007:00:00.0', driver: 'nvme', iommuGroup: 1, express: true };
const GPU: FakeFunction = { address: '000a:00:00.0', driver: 'nouveau', iommuGroup: 3 };
const AUDIO: FakeFunction = { address: '000a:00:00.1', driver: 'snd_hda_intel', iommuGroup: 3 };
const NVME_KEY = `host/kvm1/${NVME.address}`;

useGuests([NVME, GPU, AUDIO]);

let fleet: MemoryFleet;
const enrolled = (more: Partial<GuardedHost> = {}): ReturnType<typeof context> & { claims: ReturnType<typeof claimGuard> } => ({
  ...context(),
  claims: claimGuard({ context: context(), host: 'kvm1', stateDirectory, toldIds: new Map(), open: async () => fleet.open(), ...more }),
});
const attach = (more: Partial<GuestChangeOptions> = {}, host: Partial<GuardedHost> = {}, address = NVME.address) =>
  attachToGuest(enrolled(host), link, { word: 'web', specs: [{ source: parsePciAddress(address) }] }, options(more));
const detach = (more: Partial<GuestChangeOptions> = {}) =>
  detachFromGuest(enrolled(), link, { word: 'web', selectors: [{ source: parsePciAddress(NVME.address) }] }, options(more));
const claims = async (): Promise<(Pick<Claim, 'function' | 'guest' | 'state' | 'why'> & { token: bigint })[]> => {
  const { entries } = await fleet.open().list('hostdev/v1/claims/');
  return entries.map((entry) => {
    const { record, created } = readEntry(entry, CLAIM);
    return { function: record.function, guest: record.guest, state: record.state, why: record.why, token: created };
  });
};
const claimed = (more: Partial<Claim> = {}): Claim => ({
  ...{ version: 1, request: 'r1', function: NVME_KEY, host: 'kvm1', guest: 'web', state: 'claimed', mapping: null, together: [], fingerprint: '' },
  ...{ by: 'alice', at: '2026-11-26T08:00:00.000Z', until: null, why: null, ...more },
});
const put = async (claim: Claim): Promise<void> => {
  const key = claimKey(claim.function);
  await fleet.open().commit({ compares: [], operations: [{ kind: 'put', key, value: formatRecord(claim) }] });
};
const tokensInJournal = async (): Promise<unknown[]> =>
  (await openJournal(stateDirectory).read()).flatMap((record) => (record.kind === 'begin' && record.claims !== undefined ? [record.claims] : []));

describe('a guest of a host of a fleet', () => {
  it('gets what is claimed for it, with the token of the claim in the journal', async () => {
    fleet = memoryFleet();
    const guest = running(onZ('web'));
    await put(claimed());
    const [{ token } = { token: 0n }] = await claims();
    await attach();
    expect(guest.live).toContain('<hostdev');
    expect(await claims()).toEqual([{ function: NVME_KEY, guest: 'web', state: 'attached', why: null, token }]);
    expect(await tokensInJournal()).toEqual([{ [NVME_KEY]: String(token) }]);
  });

  it('gets what nobody has claimed under a claim that its host makes, which goes when it gives it back', async () => {
    fleet = memoryFleet();
    const guest = running(onZ('web'));
    await attach();
    expect(await claims()).toMatchObject([{ function: NVME_KEY, guest: 'web', state: 'attached' }]);
    expect(await tokensInJournal()).toEqual([{ [NVME_KEY]: String((await claims())[0]?.token) }]);
    await detach();
    expect(guest.live).not.toContain('<hostdev');
    expect(await claims()).toEqual([]);
  });

  it('keeps its claim when it gives a function back and that is asked for', async () => {
    fleet = memoryFleet();
    running(onZ('web'));
    await attach();
    await detach({ keepClaims: true });
    expect(await claims()).toMatchObject([{ state: 'claimed', guest: 'web' }]);
  });

  it('keeps its claim while one of its parts has the function', async () => {
    fleet = memoryFleet();
    const guest = running(onZ('web'));
    await attach();
    await detach({ scope: 'live' });
    expect([guest.live?.includes('<hostdev'), guest.config?.includes('<hostdev')]).toEqual([false, true]);
    expect(await claims()).toMatchObject([{ state: 'attached' }]);
    await detach({ scope: 'config' });
    expect(await claims()).toEqual([]);
  });

  it.each([
    ['is claimed for another guest', { guest: 'db' }, 'claim-held'],
    ['is claimed for another host of its machine', { host: 'kvm2' }, 'claim-held'],
    ['was lost', { state: 'lost' }, 'claim-state'],
    ['is stuck', { state: 'stuck' }, 'claim-state'],
    ['is being given back', { state: 'releasing' }, 'claim-state'],
    ['was claimed as another card', { fingerprint: 'vendor=0x10de device=0x2236' }, 'fleet-other-card'],
  ] as const)('does not get what %s, and nothing is changed', async (_, more, code) => {
    fleet = memoryFleet();
    const guest = running(onZ('web'));
    await put(claimed(more));
    const before = await claims();
    await expect(attach()).rejects.toMatchObject({ code });
    expect(guest.live).not.toContain('<hostdev');
    expect(port.writes).toEqual([]);
    expect(await claims()).toEqual(before);
  });

  it('does not get a function of whose group another guest has claimed the rest', async () => {
    fleet = memoryFleet();
    running(onZ('web'));
    await put(claimed({ function: `host/kvm1/${AUDIO.address}`, guest: 'db' }));
    const both = { word: 'web', specs: [GPU, AUDIO].map(({ address }) => ({ source: parsePciAddress(address) })) };
    await expect(attachToGuest(enrolled(), link, both, options())).rejects.toMatchObject({ code: 'claim-held' });
    expect(await claims()).toMatchObject([{ guest: 'db', state: 'claimed' }]);
  });

  it('gets nothing without a claim where the fleet wants one', async () => {
    fleet = memoryFleet();
    const guest = running(onZ('web'));
    await initFleet(fleet.open(), { requireClaims: true, by: 'root', now: new Date() });
    await expect(attach()).rejects.toMatchObject({ code: 'claim-missing', hint: `hostdev fleet claim ${NVME_KEY} --for web` });
    expect(guest.live).not.toContain('<hostdev');
    await put(claimed());
    await attach();
    expect(await claims()).toMatchObject([{ state: 'attached' }]);
  });

  it('gets nothing while the fleet cannot be asked, and keeps what it has', async () => {
    fleet = memoryFleet();
    const guest = running(onZ('web', hostdev('0x000a')));
    const open = (): Promise<never> => Promise.reject(new HostdevError('fleet-unwritable', 'nobody answers'));
    await expect(attach({}, { open })).rejects.toMatchObject({ code: 'fleet-unwritable' });
    expect(guest.live?.split('<hostdev')).toHaveLength(2);
    expect(await openJournal(stateDirectory).read()).toEqual([]);
  });

  it('is refused a claim that is older than what its host has acted on', async () => {
    fleet = memoryFleet();
    running(onZ('web'));
    for (let i = 0; i < 5; i += 1) await put(claimed({ guest: 'other', function: `host/kvm1/0000:00:0${i}.0` }));
    await attach();
    await detach();
    // The store was set back to a copy in which the function was claimed long ago.
    fleet = memoryFleet();
    await put(claimed());
    await expect(attach()).rejects.toMatchObject({ code: 'fleet-token-old' });
    expect(await claims()).toMatchObject([{ state: 'claimed' }]);
  });

  it('gives back what it has under a claim that is older than what its host has acted on, and the claim is left alone', async () => {
    fleet = memoryFleet();
    const guest = running(onZ('web'));
    for (let i = 0; i < 5; i += 1) await put(claimed({ guest: 'other', function: `host/kvm1/0000:00:0${i}.0` }));
    await attach();
    // The store was set back to a copy in which the function was with its guest under an older claim.
    fleet = memoryFleet();
    await put(claimed({ state: 'attached' }));
    await detach();
    expect(guest.live).not.toContain('<hostdev');
    expect(await claims()).toMatchObject([{ state: 'attached', guest: 'web' }]);
  });

  it('gets and gives back a function in the fleet that its host is of now, whatever it has acted on in another one', async () => {
    fleet = memoryFleet();
    const guest = running(onZ('web'));
    await initFleet(fleet.open(), { by: 'root', now: new Date() });
    for (let i = 0; i < 5; i += 1) await put(claimed({ guest: 'other', function: `host/kvm1/0000:00:0${i}.0` }));
    await attach();
    await detach();
    // It has left, and joined a fleet that was made anew: revisions begin from one there.
    fleet = memoryFleet();
    await initFleet(fleet.open(), { by: 'root', now: new Date() });
    await attach();
    expect(guest.live).toContain('<hostdev');
    await detach();
    expect(await claims()).toEqual([]);
    await put(claimed());
    await attach();
    expect(await claims()).toMatchObject([{ state: 'attached' }]);
  });

  it.each([['before'], ['after']] as const)('gets a function once when the answer of its fleet is lost (%s it happened)', async (way) => {
    fleet = memoryFleet();
    running(onZ('web'));
    fleet.loseAnswers(way, way);
    await attach();
    expect(await claims()).toMatchObject([{ state: 'attached' }]);
    fleet.loseAnswers(way, way, way);
    await detach();
    expect(await claims()).toEqual([]);
  });

  it.each([
    ['a claim that was made for it is as before', true, [{ state: 'claimed', why: null }]],
    ['a claim that its host had made is gone', false, []],
  ] as const)('that libvirt refuses a function: %s', async (_, isClaimed, after) => {
    fleet = memoryFleet();
    const guest = running(onZ('web'));
    guest.failAttach = { live: 'operation failed: no' };
    if (isClaimed) await put(claimed());
    await expect(attach()).rejects.toMatchObject({ code: 'libvirt-refused' });
    expect(await claims()).toMatchObject(after);
    expect((await claims()).length).toBe(after.length);
  });

  it('has what it was given also when the fleet cannot be told so', async () => {
    fleet = memoryFleet();
    const guest = running(onZ('web'));
    const told: string[] = [];
    await put(claimed());
    const onProgress = (message: string): void => void told.push(message);
    const onStep = (): void => fleet.refuse('fleet-full');
    await attach({ onProgress, onStep });
    expect(guest.live).toContain('<hostdev');
    expect(told.at(-1)).toContain('the fleet was not told');
    expect(await claims()).toMatchObject([{ state: 'attaching' }]);
  });

  it("is changed without asking where no function is its host's", async () => {
    fleet = memoryFleet();
    running(onZ('web'));
    const open = (): Promise<never> => Promise.reject(new Error('nobody is to be asked'));
    expect(await attach({ dryRun: true }, { open })).toMatchObject({ applied: false });
  });
});
