import { describe, expect, it } from 'vitest';
import { context, fake, link, onPc, options, running, useGuests } from '../../../test/guests.ts';
import { holdLock } from '../../../test/another-hostdev.ts';
import { join } from 'node:path';
import { connectLibvirt } from '../../libvirt/index.ts';
import { parsePciAddress } from '../../pci/notation.ts';
import type { FakeFunction } from '../../testing/fake-kernel.ts';
import { attachToGuest } from './attach-to-guest.ts';
import { detachFromGuest } from './detach-from-guest.ts';
import { LibvirtLink } from '../../guest/libvirt/link.ts';
import type { GuestReport } from '../../plan/guest-plan.ts';
import type { GuestChangeOptions } from './run-change.ts';

const ADDRESSES = ['0001', '0002', '0003', '0004'].map((domain) => `${domain}:00:00.0`);
const FUNCTIONS: readonly FakeFunction[] = ADDRESSES.map((address, i) => ({ address, driver: 'nvme', iommuGroup: i, express: true }));

useGuests(FUNCTIONS);

/** As a process of its own has it. */
async function withOwnLink<T>(act: (own: LibvirtLink) => Promise<T>): Promise<T> {
  const own = await LibvirtLink.open(() => connectLibvirt(`qemu+unix:///system?socket=${fake.socket}`));
  try {
    return await act(own);
  } finally {
    await own.close();
  }
}

const attach = (address: string, more: Partial<GuestChangeOptions> = {}): Promise<GuestReport> =>
  withOwnLink((own) => attachToGuest(context(), own, { word: 'web', specs: [{ source: parsePciAddress(address) }] }, options({ waitMs: 20_000, ...more })));

const attached = (xml: string | undefined): string[] =>
  [...(xml ?? '').matchAll(/<source>\s*<address domain='0x(\d{4})'/g)].map(([, domain]) => `${domain}:00:00.0`).sort();

describe('several commands at once for one guest', () => {
  it('all succeed when nobody was shown a plan: each plans again when it is its turn', async () => {
    const guest = running(onPc('web', 4));
    const reports = await Promise.all(ADDRESSES.map((address) => attach(address)));
    expect(new Set(reports.map(({ functions }) => functions[0]?.guestAddress)).size).toBe(4);
    expect([guest.live, guest.config].map(attached)).toEqual([ADDRESSES, ADDRESSES]);
    const detach = (address: string): Promise<GuestReport> =>
      withOwnLink((own) => detachFromGuest(context(), own, { word: 'web', selectors: [{ source: parsePciAddress(address) }] }, options({ waitMs: 20_000 })));
    await Promise.all(ADDRESSES.map(detach));
    expect([guest.live, guest.config].map(attached)).toEqual([[], []]);
  });

  it('all succeed when they ask for the same: what another one has done meanwhile is not done again', async () => {
    const guest = running(onPc('web', 4));
    const [first = ''] = ADDRESSES;
    const reports = await Promise.all([attach(first), attach(first), attach(first)]);
    expect(reports.map(({ unchanged }) => unchanged.length).sort()).toEqual([0, 1, 1]);
    expect([guest.live, guest.config].map(attached)).toEqual([[first], [first]]);
  });

  it('are refused when the plan that somebody agreed to is not what would be done any more', async () => {
    running(onPc('web', 4));
    const [first = '', second = ''] = ADDRESSES;
    const agree = async (): Promise<boolean> => (await attach(second), true);
    await expect(attach(first, { agree })).rejects.toMatchObject({ code: 'guest-changed' });
  });

  it('go on only with the guest as it ran when they began', async () => {
    const guest = running(onPc('web', 4));
    const [first = ''] = ADDRESSES;
    const letGo = await holdLock(join(options().stateDirectory ?? '', 'lock'));
    const attaching = attach(first, {
      scope: 'current',
      onProgress: (message) => {
        if (!message.startsWith('waiting')) return;
        fake.qemu.destroy(guest);
        letGo();
      },
    });
    await expect(attaching).rejects.toMatchObject({ code: 'guest-changed', message: 'web has ended since the plan was made; nothing was done' });
    expect(attached(guest.config)).toEqual([]);
    expect(link.isLocal).toBe(true);
  });
});
