import { describe, expect, it } from 'vitest';
import { context, fake, hostdev, link, onPc, onZ, options, port, running, stateDirectory, useGuests } from '../../../test/guests.ts';
import type { HostFacts } from '../../addressing/host-facts.ts';
import type { HostdevSpec } from '../../domain/hostdev-xml.ts';
import { openJournal } from '../../execute/journal/journal.ts';
import { openRecords } from '../../execute/recover.ts';
import { parsePciAddress } from '../../pci/notation.ts';
import type { FakeFunction } from '../../testing/fake-kernel.ts';
import { attachToGuest } from './attach-to-guest.ts';
import type { GuestChangeOptions } from './run-change.ts';
import { guestPorts } from './ports.ts';

/** Integrated graphics and a SATA controller of a chipset are conventional functions. */
const IGPU: FakeFunction = { address: '0000:00:03.0', driver: 'i915', iommuGroup: 1 };
const SATA: FakeFunction = { address: '0000:00:04.0', driver: 'ahci', iommuGroup: 2 };
const CARDS: readonly FakeFunction[] = [5, 6, 7, 8].map((bus) => ({ address: `0000:0${bus}:00.0`, driver: 'nvme', iommuGroup: bus, express: true }));
const [A, B, C, D] = CARDS.map(({ address }) => address) as [string, string, string, string];

useGuests([IGPU, SATA, ...CARDS]);

const conventional = new Set([IGPU.address, SATA.address].map((address) => address.slice(0, -2)));
const facts: HostFacts = {
  known: true,
  pciFunction: ({ domain, bus, slot }) => ({
    express: !conventional.has(
      [
        [domain, 4],
        [bus, 2],
        [slot, 2],
      ]
        .map(([n, digits]) => (n ?? 0).toString(16).padStart(digits ?? 0, '0'))
        .join(':'),
    ),
    iommuGroup: 1,
  }),
  networkForward: () => undefined,
};
const spec = (address: string, more: Partial<HostdevSpec> = {}): HostdevSpec => ({ source: parsePciAddress(address), ...more });
const attach = (guest: string, addresses: readonly string[], more: Partial<GuestChangeOptions> = {}): ReturnType<typeof attachToGuest> =>
  attachToGuest(context(), link, { word: guest, specs: addresses.map((address) => spec(address)) }, options(more));

describe('a conventional function', () => {
  it('goes into the definition of a PCIe guest with the bridge that libvirt adds for it, where the plan said', async () => {
    fake.qemu.host = facts;
    const guest = fake.qemu.define(onPc('q35', 1));
    const planned = await attach('q35', [IGPU.address], { scope: 'config', dryRun: true });
    expect(planned.steps.map(({ what }) => what)).toEqual([
      `${IGPU.address}: attach to the guest's definition as 0000:03:01.0; libvirt adds a pcie-root-port and a pcie-to-pci-bridge for it`,
    ]);
    const done = await attach('q35', [IGPU.address], { scope: 'config' });
    expect(done.functions).toMatchObject([{ guestAddress: '0000:03:01.0' }]);
    expect(guest.config).toMatch(/index='3' model='pcie-to-pci-bridge'/);
    expect(guest.config).toMatch(/bus='0x00' slot='0x03'[\s\S]*bus='0x03' slot='0x01'/);
  });

  it('that is taken back leaves the definition as it was, to the byte: without bridge, and without the port that it is on', async () => {
    fake.qemu.host = facts;
    const guest = fake.qemu.define(onPc('q35', 1));
    const before = guest.config;
    guest.failAttach = { config: 'no more', of: "slot='0x04'" };
    await expect(attach('q35', [IGPU.address, SATA.address], { scope: 'config' })).rejects.toMatchObject({
      message: expect.stringMatching(/no more/) as string,
    });
    expect(guest.config).toBe(before);
  });

  it('that is taken back from a definition which somebody else has changed meanwhile takes nothing of that with it', async () => {
    fake.qemu.host = facts;
    const guest = fake.qemu.define(onPc('q35', 1));
    guest.failAttach = { config: 'no more', of: "slot='0x04'" };
    guest.readies = async (device) => {
      if (device.includes("slot='0x04'")) guest.config = guest.config?.replace("<memory unit='MiB'>64", "<memory unit='MiB'>128");
    };
    await expect(attach('q35', [IGPU.address, SATA.address], { scope: 'config' })).rejects.toMatchObject({
      message: expect.stringMatching(/no more/) as string,
    });
    expect(guest.config).not.toContain('<hostdev');
    expect(guest.config).toMatch(/>128<[\s\S]*pcie-to-pci-bridge/);
  });

  it('that is taken back while somebody else writes the definition loses nothing of that; the controllers that stay are said', async () => {
    fake.qemu.host = facts;
    const guest = fake.qemu.define(onPc('q35', 1));
    guest.failAttach = { config: 'no more', of: "slot='0x04'" };
    const detach = fake.qemu.detach.bind(fake.qemu);
    fake.qemu.detach = (...args) => {
      guest.config = guest.config?.replace("<memory unit='MiB'>64", "<memory unit='MiB'>128");
      detach(...args);
    };
    await expect(attach('q35', [IGPU.address, SATA.address], { scope: 'config', stateDirectory })).rejects.toMatchObject({
      code: 'libvirt-refused',
      message:
        'no more; and it could not be undone: somebody else has changed the definition of q35 meanwhile: the controllers that came with 0000:00:03.0 stay in it: pci 2 (pcie-root-port), pci 3 (pcie-to-pci-bridge)',
    });
    expect(guest.config).not.toContain('<hostdev');
    expect(guest.config).toMatch(/>128<[\s\S]*pcie-to-pci-bridge/);
    // The device itself has gone: there is nothing to recover.
    expect(openRecords(await openJournal(stateDirectory).read())).toEqual([]);
  });

  it('shares that bridge with the next one', async () => {
    fake.qemu.host = facts;
    const guest = fake.qemu.define(onPc('q35', 1));
    const done = await attach('q35', [IGPU.address, SATA.address, A], { scope: 'config' });
    expect(done.functions.map(({ guestAddress }) => guestAddress)).toEqual(['0000:03:01.0', '0000:03:02.0', '0000:02:00.0']);
    expect(guest.config?.match(/pcie-to-pci-bridge/g)).toHaveLength(1);
  });

  it('has no place in a guest that runs and has but root ports: said, and what can hold it', async () => {
    running(onPc('my guest', 3));
    await expect(attach('my guest', [IGPU.address], { scope: 'live' })).rejects.toMatchObject({
      code: 'guest-no-slot',
      message: `my guest, which runs, has no free place for ${IGPU.address}: it is a conventional PCI function, which my guest's root ports cannot hold`,
      hint: `a pcie-to-pci-bridge can; 'hostdev attach 'my guest' ${IGPU.address} --config' adds one to its definition, and both are there after its next start`,
    });
    expect(port.writes).toEqual([]);
  });

  it('finds a place on a bridge that runs', async () => {
    fake.qemu.host = facts;
    const bridge = "<controller type='pci' index='2' model='pcie-to-pci-bridge'/>";
    const guest = running(onPc('q35', 1).replace('<memballoon', `${bridge}<memballoon`));
    const done = await attach('q35', [IGPU.address]);
    expect(done.functions).toMatchObject([{ guestAddress: '0000:02:01.0' }]);
    for (const xml of [guest.live, guest.config]) expect(xml).toContain("bus='0x02' slot='0x01'");
  });
});

describe('ports that are missing', () => {
  it.each<[string, number, readonly string[], string]>([
    ['one', 0, [A], "'hostdev ports win --add 1' gives"],
    ['three of four', 1, [A, B, C, D], "'hostdev ports win --add 3' gives"],
  ])('are counted: %s', async (_, free, addresses, hint) => {
    running(onPc('win', free));
    await expect(attach('win', addresses, { scope: 'live' })).rejects.toMatchObject({
      code: 'guest-no-slot',
      message: `win, which runs, has no free place for ${addresses[free]}`,
      hint: expect.stringContaining(hint) as string,
    });
  });

  it('are not counted twice: those of the definition are there after the next start', async () => {
    running(onPc('win', 1));
    await guestPorts(context(), link, 'win', { add: 2, dryRun: false });
    await expect(attach('win', [A, B, C, D], { scope: 'live' })).rejects.toMatchObject({
      message: expect.stringContaining(B) as string,
      hint: expect.stringContaining("'hostdev ports win --add 1' gives") as string,
    });
    await attach('win', [A], { scope: 'live' });
    await expect(attach('win', [B], { scope: 'live' })).rejects.toMatchObject({
      hint: expect.stringMatching(/^its definition has 3 free places, .*hostdev attach win 0000:06:00\.0 --config$/) as string,
    });
  });

  it('do not count for conventional functions', async () => {
    running(onPc('win', 2));
    expect(await guestPorts(context(), link, 'win', { add: 0, dryRun: false })).toMatchObject({ live: 2, config: 2, conventional: { live: 0, config: 0 } });
    running(onZ('web'));
    expect(await guestPorts(context(), link, 'web', { add: 0, dryRun: false })).toMatchObject({ live: 31, conventional: null });
  });
});

describe('a fault that the guest had before', () => {
  const broken = "<disk type='file' device='disk'><target dev='sda' bus='sata'/><address type='pci' domain='0' bus='0' slot='9' function='0'/></disk>";

  it('does not keep it from a function; it is mentioned, without a line of a file that nobody has', async () => {
    const guest = fake.qemu.define(onZ('web'));
    guest.config = guest.config?.replace('<memballoon', `${broken}<memballoon`);
    const planned = await attach('web', [A], { scope: 'config', dryRun: true });
    expect(planned.functions).toMatchObject([{ guestAddress: '0000:00:01.0', uid: 2, fid: 1 }]);
    const note = planned.notes.find(({ code }) => code === 'guest-address-type');
    expect(note).toMatchObject({ severity: 'warning', message: expect.stringMatching(/^web had this before: disk sda on the sata bus/) as string });
    expect(note).not.toHaveProperty('location');
  });

  it('in what runs does not either', async () => {
    const guest = running(onZ('web'));
    guest.live = guest.live?.replace('<memballoon', `${broken}<memballoon`);
    const planned = await attach('web', [A], { scope: 'live', dryRun: true });
    expect(planned.functions).toMatchObject([{ guestAddress: '0000:00:01.0' }]);
  });
});

describe('the boot order', () => {
  it('that a device of the guest has is refused, in what runs and in the definition', async () => {
    running(onZ('web', hostdev('0x00bb', "<boot order='1'/>")));
    for (const scope of ['live', 'config'] as const) {
      await expect(attachToGuest(context(), link, { word: 'web', specs: [spec(A, { bootOrder: 1 })] }, options({ scope }))).rejects.toMatchObject({
        code: 'boot-order',
        message: expect.stringContaining('wants boot order 1, which hostdev 00bb:00:00.0 has') as string,
      });
    }
    await attachToGuest(context(), link, { word: 'web', specs: [spec(A, { bootOrder: 2 })] }, options());
  });
});
