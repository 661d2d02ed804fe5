/** Guests of a fake libvirt: what is shown is called, what fails is undone, and history says what was done. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { attachToGuest } from '../../src/app/guests/attach-to-guest.ts';
import { detachFromGuest } from '../../src/app/guests/detach-from-guest.ts';
import type { GuestChangeOptions } from '../../src/app/guests/run-change.ts';
import { swapInGuest } from '../../src/app/guests/swap-in-guest.ts';
import { readHistory } from '../../src/app/history.ts';
import { recoverChanges } from '../../src/app/recover-changes.ts';
import { openJournal } from '../../src/execute/journal/journal.ts';
import { openRecords } from '../../src/execute/recover.ts';
import { LibvirtLink } from '../../src/guest/libvirt/link.ts';
import type { HostPort } from '../../src/host/port.ts';
import { connectLibvirt, type Libvirt } from '../../src/libvirt/index.ts';
import { parsePciAddress } from '../../src/pci/notation.ts';
import type { GuestReport } from '../../src/plan/guest-plan.ts';
import type { FakeFunction } from '../../src/testing/fake-kernel.ts';
import type { FakeGuest } from '../../src/testing/fake-libvirt/guest.ts';
import { context, fake, hostdev, link, onZ, options, port, running, stateDirectory, useGuests } from '../guests.ts';

const NAMES = ['0007:00:00.0', '0008:00:00.0', '0009:00:00.0'] as const;
const FUNCTIONS: readonly FakeFunction[] = NAMES.map((address, i) => ({ address, driver: 'nvme', iommuGroup: i, express: true }));
const at = parsePciAddress;

useGuests(FUNCTIONS);

/** A call that changes a guest, as the steps of a plan name it. */
interface Call {
  readonly does: 'attach' | 'detach';
  readonly on: string;
  readonly device: string;
}

const CHANGING = ['attachDevice', 'detachDevice', 'detachDeviceAlias'] as const;
const deviceIn = (xml: string): string => `${/<source>[\s\S]*?domain='0x(\w{4})'/.exec(xml)?.[1]}:00:00.0`;

/** The same libvirt, with every call that changes a guest noted; `before` is asked before each, `behind` once it is done. */
async function noting(
  before: (call: number) => void = () => undefined,
  behind: (call: number) => void = () => undefined,
): Promise<{ readonly link: LibvirtLink; readonly calls: Call[] }> {
  const calls: Call[] = [];
  let made = 0;
  const watched = (libvirt: Libvirt): Libvirt =>
    new Proxy(libvirt, {
      get: (target, key) => {
        const value: unknown = Reflect.get(target, key, target);
        if (typeof value !== 'function') return value;
        const method = value.bind(target) as (...args: unknown[]) => Promise<unknown>;
        if (!CHANGING.some((name) => name === key)) return method;
        return async (...args: unknown[]) => {
          made += 1;
          const call = made;
          before(call);
          const parts = args[2] as { readonly live?: boolean; readonly config?: boolean };
          const on = parts.live === true ? (parts.config === true ? 'guest and definition' : 'guest') : 'definition';
          const guest = [...fake.qemu.guests.values()][0];
          const device = key === 'detachDeviceAlias' ? deviceOf(guest, String(args[1])) : deviceIn(String(args[1]));
          calls.push({ does: key === 'attachDevice' ? 'attach' : 'detach', on, device });
          const answer = await method(...args);
          behind(call);
          return answer;
        };
      },
    });
  const own = await LibvirtLink.open(async () => watched(await connectLibvirt(`qemu+unix:///system?socket=${fake.socket}`)));
  return { link: own, calls };
}

function deviceOf(guest: FakeGuest | undefined, alias: string): string {
  const element = (guest?.live?.match(/<hostdev[\s\S]*?<\/hostdev>/g) ?? []).find((each) => each.includes(`<alias name='${alias}'/>`));
  return deviceIn(element ?? '');
}

const callsOf = ({ steps }: Pick<GuestReport, 'steps'>): Call[] =>
  steps.flatMap((shown) =>
    shown.steps.flatMap((step) => (step.kind === 'attach' || step.kind === 'detach' ? [{ does: step.kind, on: step.on, device: step.device }] : [])),
  );

/** A guest with some of the functions, running or not, and what is asked of it. */
interface Case {
  readonly has: readonly boolean[];
  readonly definedToo: readonly boolean[];
  readonly verb: 'attach' | 'detach' | 'swap';
  readonly scope: 'live' | 'config' | 'persistent';
  readonly which: readonly number[];
}

/** So that what is asked for makes sense: who is to come is not there, who is to go is. */
function sensible(each: Case): Case {
  const [old] = each.which;
  const shall = (i: number, now: boolean): boolean => (each.which.includes(i) ? each.verb === 'detach' || (each.verb === 'swap' && i === old) : now);
  return { ...each, has: each.has.map((now, i) => shall(i, now)), definedToo: each.definedToo.map((now, i) => shall(i, now)) };
}

const anyCase = fc
  .record<Case>({
    has: fc.tuple(fc.boolean(), fc.boolean(), fc.boolean()),
    definedToo: fc.tuple(fc.boolean(), fc.boolean(), fc.boolean()),
    verb: fc.constantFrom('attach', 'detach', 'swap'),
    scope: fc.constantFrom('live', 'config', 'persistent'),
    which: fc.uniqueArray(fc.constantFrom(0, 1, 2), { minLength: 2, maxLength: 3 }),
  })
  .map(sensible);

function begin({ has, definedToo }: Case): FakeGuest {
  for (const guest of fake.qemu.guests.values()) fake.qemu.guests.delete(guest.uuid);
  const devices = (which: readonly boolean[]): string => NAMES.map((name, i) => (which[i] === true ? hostdev(`0x${name.slice(0, 4)}`) : '')).join('');
  const guest = running(onZ('web', devices(has)));
  fake.qemu.define(onZ('web', devices(definedToo)).replace('</name>', `</name><uuid>${guest.uuid}</uuid>`));
  return guest;
}

function run({ verb, scope, which }: Case, through: LibvirtLink, more: Partial<GuestChangeOptions> = {}, machine: HostPort = port): Promise<GuestReport> {
  const here = { ...context(), port: machine };
  const sources = which.map((i) => at(NAMES[i] ?? ''));
  const [old = at(NAMES[0]), next = at(NAMES[1])] = sources;
  const asked = options({ scope, ...more });
  if (verb === 'attach') return attachToGuest(here, through, { word: 'web', specs: sources.map((source) => ({ source })) }, asked);
  if (verb === 'detach') return detachFromGuest(here, through, { word: 'web', selectors: sources.map((source) => ({ source })) }, asked);
  return swapInGuest(here, through, { word: 'web', old, next }, asked);
}

/** What the guest has, byte for byte but for the order of its devices and the aliases, which only libvirt can give. */
function everything({ live, config }: FakeGuest): (string[] | undefined)[] {
  const devices = (xml: string | undefined): string[] | undefined =>
    xml
      ?.match(/<hostdev[\s\S]*?<\/hostdev>/g)
      ?.map((each) => each.replace(/<alias name='[^']*'\/>/g, '').replaceAll(/\s+/g, ' '))
      .sort() ?? [];
  return [devices(live), devices(config)];
}

/** For each function whether what runs and the definition have it. */
const presence = ({ live, config }: FakeGuest): boolean[][] =>
  NAMES.map((name) => [live, config].map((xml) => xml?.includes(`domain='0x${name.slice(0, 4)}'`) === true));

/** The same once it is done. */
function wantedOf({ verb, scope, which }: Case, before: readonly (readonly boolean[])[]): boolean[][] {
  const meant = [scope !== 'config', scope !== 'live'];
  const [old = 0, next = 1] = which;
  return before.map((parts, i) => {
    if (verb === 'swap') return i === old ? [false, false] : i === next ? [...(before[old] ?? [])] : [...parts];
    return which.includes(i) ? parts.map((has, part) => (meant[part] === true ? verb === 'attach' : has)) : [...parts];
  });
}

/** Whether it can be done at all: what is refused is of no interest here. */
async function isPossible(each: Case): Promise<boolean> {
  return run(each, link, { dryRun: true }).then(
    () => true,
    () => false,
  );
}

describe('for every random guest and wish', () => {
  it('the calls that a dry run shows are those that are made, in that order, and the report shows the same steps', async () => {
    let tried = 0;
    await fc.assert(
      fc.asyncProperty(anyCase, async (each) => {
        begin(each);
        if (!(await isPossible(each))) return;
        tried += 1;
        const shown = await run(each, link, { dryRun: true });
        const noted = await noting();
        const done = await run(each, noted.link);
        await noted.link.close();
        expect(noted.calls).toEqual(callsOf(shown));
        expect(done.steps).toEqual(shown.steps);
      }),
      { numRuns: 60 },
    );
    expect(tried).toBeGreaterThan(10);
  });

  it('a call that fails leaves the guest as it was, and nothing open', async () => {
    let tried = 0;
    await fc.assert(
      fc.asyncProperty(anyCase, fc.integer({ min: 1, max: 4 }), async (each, n) => {
        const guest = begin(each);
        if (!(await isPossible(each)) || callsOf(await run(each, link, { dryRun: true })).length < n) return;
        tried += 1;
        const before = everything(guest);
        const noted = await noting((call) => {
          if (call === n) throw new Error('the line is bad');
        });
        await expect(run(each, noted.link)).rejects.toThrow('the line is bad');
        await noted.link.close();
        expect(everything(guest)).toEqual(before);
        expect(openRecords(await openJournal(stateDirectory).read())).toEqual([]);
      }),
      { numRuns: 60 },
    );
    expect(tried).toBeGreaterThan(10);
  });

  it.each(['before', 'behind'] as const)('a process that is killed %s a call leaves what recover brings to its old or its new state', async (where) => {
    let tried = 0;
    await fc.assert(
      fc.asyncProperty(anyCase, fc.integer({ min: 1, max: 4 }), async (each, n) => {
        const guest = begin(each);
        if (!(await isPossible(each)) || callsOf(await run(each, link, { dryRun: true })).length < n) return;
        tried += 1;
        const died = dying(n);
        const noted = await noting(where === 'before' ? died.at : died.unlessAlive, where === 'behind' ? died.at : undefined);
        const before = presence(guest);
        await expect(run(each, noted.link, {}, died.port)).rejects.toThrow('killed');
        await noted.link.close();
        // Whatever the process believed to write afterwards, nothing of it was.
        writeFileSync(join(stateDirectory, 'journal'), died.journal());
        expect(openRecords(await openJournal(stateDirectory).read())).toHaveLength(1);
        const recovered = await recoverChanges(context(), stateDirectory);
        expect(recovered.map(({ outcome }) => outcome).filter((outcome) => outcome !== 'old' && outcome !== 'new')).toEqual([]);
        expect(openRecords(await openJournal(stateDirectory).read())).toEqual([]);
        const [now, wanted] = [presence(guest), wantedOf(each, before)];
        for (const [i, each_] of now.entries()) expect([before[i], wanted[i]]).toContainEqual(each_);
        if (each.verb === 'swap') expect([before, wanted]).toContainEqual(now);
      }),
      { numRuns: 40 },
    );
    expect(tried).toBeGreaterThan(5);
  });
});

/** A process that is killed at the n-th call: from then on it reaches neither libvirt nor the host, and its journal is what it was. */
function dying(n: number): {
  readonly at: (call: number) => void;
  readonly unlessAlive: () => void;
  readonly port: HostPort;
  readonly journal: () => Uint8Array;
} {
  let journal: Uint8Array | undefined;
  const unlessAlive = (): void => {
    if (journal !== undefined) throw new Error('killed');
  };
  const at = (call: number): void => {
    if (call >= n) journal ??= readFileSync(join(stateDirectory, 'journal'));
    unlessAlive();
  };
  const write: HostPort['write'] = async (path, text) => {
    unlessAlive();
    await port.write(path, text);
  };
  return { at, unlessAlive, port: { ...port, write }, journal: () => journal ?? new Uint8Array() };
}

describe('swap', () => {
  it('shows both moves of drivers and every call, in the order in which they happen', async () => {
    running(onZ('web', hostdev('0x0007')));
    const shown = await swapInGuest(context(), link, { word: 'web', old: at(NAMES[0]), next: at(NAMES[1]) }, options({ dryRun: true }));
    expect(shown.steps.map(({ on, what }) => `${on}: ${what}`)).toEqual([
      'definition: 0007:00:00.0: take out of the definition',
      "definition: 0008:00:00.0: attach to the guest's definition at the same place, with the same ids",
      'guest: 0007:00:00.0: wait until the guest has let go',
      'host: 0007:00:00.0: vfio-pci → its host driver, by libvirt',
      'host: 0008:00:00.0: nvme → vfio-pci, by libvirt',
      'guest: 0008:00:00.0: attach to the guest that runs at the same place, with the same ids',
    ]);
  });

  it('stands in history as one swap, with both functions', async () => {
    running(onZ('web', hostdev('0x0007')));
    await swapInGuest(context(), link, { word: 'web', old: at(NAMES[0]), next: at(NAMES[1]) }, options());
    const { entries } = await readHistory(stateDirectory);
    expect(entries).toMatchObject([{ verb: 'swap', subject: '0007:00:00.0 → 0008:00:00.0 in web', from: '0007:00:00.0', to: '0008:00:00.0', outcome: 'done' }]);
    expect(port.writes).toEqual([]);
  });
});
