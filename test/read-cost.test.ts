/** What one command reads of a host: each path once for a plan, and a plan is made twice. */
import { describe, expect, it } from 'vitest';
import { attachToGuest } from '../src/app/guests/attach-to-guest.ts';
import { prepareFunctions } from '../src/app/prepare.ts';
import type { HostPort } from '../src/host/port.ts';
import { parsePciAddress } from '../src/pci/notation.ts';
import type { FakeFunction } from '../src/testing/fake-kernel.ts';
import { context, fake, link, onPc, options, port, running, stateDirectory, useGuests } from './guests.ts';

const COUNT = 64;
const FUNCTIONS: readonly FakeFunction[] = Array.from({ length: COUNT }, (_, i) => ({
  address: `0000:${(i + 1).toString(16).padStart(2, '0')}:00.0`,
  driver: 'igb',
  iommuGroup: i + 1,
  express: true,
}));

/** Counts looks at paths; those after the first write are each step's own. */
function counting(inner: HostPort): { readonly port: HostPort; readonly looks: Map<string, number>; readonly calls: () => number } {
  const looks = new Map<string, number>();
  let calls = 0;
  let isPlanning = true;
  const see = (what: string): void => {
    calls += 1;
    if (isPlanning) looks.set(what, (looks.get(what) ?? 0) + 1);
  };
  return {
    looks,
    calls: () => calls,
    port: {
      ...inner,
      read: (path, limit) => (see(path), inner.read(path, limit)),
      attributes: (directory, names) => (names.forEach((name) => see(`${directory}/${name}`)), inner.attributes(directory, names)),
      list: (path) => (see(`${path}/`), inner.list(path)),
      readlink: (path) => (see(`${path} →`), inner.readlink(path)),
      claimState: (path) => (see(`${path} claim`), inner.claimState(path)),
      write: (path, text) => ((isPlanning = false), inner.write(path, text)),
    },
  };
}

const often = (looks: ReadonlyMap<string, number>, most: number): [string, number][] => [...looks].filter(([, count]) => count > most);

describe('with 64 functions', () => {
  useGuests(FUNCTIONS);
  const address = parsePciAddress(FUNCTIONS[7]?.address ?? '');

  it('a dry run of attach looks at no path twice', async () => {
    running(onPc('web', 4));
    const counted = counting(port);
    await attachToGuest({ ...context(), port: counted.port }, link, { word: 'web', specs: [{ source: address, managed: true }] }, options({ dryRun: true }));
    expect(often(counted.looks, 1)).toEqual([]);
  });

  it('an attach looks at every path once before and once under the lock, besides what its steps look at', async () => {
    running(onPc('web', 4));
    const counted = counting(port);
    await attachToGuest({ ...context(), port: counted.port }, link, { word: 'web', specs: [{ source: address, managed: true }] }, options({ scope: 'live' }));
    expect(often(counted.looks, 2)).toEqual([]);
    expect(fake.qemu.named('web').live).toContain('<hostdev');
  });

  it('so does an attach that readies the function itself, and a prepare', async () => {
    running(onPc('web', 4));
    const counted = counting(port);
    await attachToGuest({ ...context(), port: counted.port }, link, { word: 'web', specs: [{ source: address, managed: false }] }, options({ scope: 'live' }));
    expect(often(counted.looks, 2)).toEqual([]);
    const prepared = counting(port);
    await prepareFunctions({ ...context(), port: prepared.port }, [parsePciAddress(FUNCTIONS[9]?.address ?? '')], { dryRun: false, stateDirectory });
    expect(often(prepared.looks, 2)).toEqual([]);
  });
});
