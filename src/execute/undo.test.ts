import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { context, fake, link, onPc, options, port, running, stateDirectory, useGuests } from '../../test/guests.ts';
import { parsePciAddress } from '../pci/notation.ts';
import { prepareFunctions } from '../app/prepare.ts';
import { attachToGuest } from '../app/guests/attach-to-guest.ts';

const NVME = { address: '0007:00:00.0', driver: 'nvme', iommuGroup: 1, express: true };
const OTHER = { address: '0009:00:00.0', driver: 'nvme', iommuGroup: 2, express: true };
const MATES = [
  { address: '0000:05:00.0', driver: 'igb', iommuGroup: 5, express: true },
  { address: '0000:05:00.1', driver: 'igb', iommuGroup: 5, express: true },
];

useGuests([NVME, OTHER, ...MATES]);
const at = parsePciAddress;
const unmanaged = (...all: readonly { readonly address: string }[]): { source: ReturnType<typeof at>; managed: false }[] =>
  all.map(({ address }) => ({ source: at(address), managed: false }));

/** A file that QEMU has open: the group of what it was given. */
const QEMU = '/proc/4242/fd/7';
const LIBVIRT_FILE = '/run/libvirt/qemu/web.xml';
const claim = `<domstatus><domain type='kvm'><name>web</name><devices><hostdev mode='subsystem' type='pci' managed='no'><source><address domain='0x0007' bus='0x00' slot='0x00' function='0x0'/></source></hostdev></devices></domain></domstatus>`;

describe('functions that were readied for a guest that does not get them go back to the host', () => {
  it('before anybody else can change the host: the lock is held from the first step to the last that undoes it', async () => {
    const guest = running(onPc('web', 2));
    guest.failAttach = { live: 'operation failed: no' };
    const others: Promise<unknown>[] = [];
    const onProgress = (message: string): void => {
      if (message.startsWith('attaching') || message.endsWith('→ nvme')) {
        others.push(prepareFunctions(context(), [at(OTHER.address)], { dryRun: false, stateDirectory }).catch((error: unknown) => error));
      }
    };
    // Somebody else's attempt takes a moment; it must fall into ours.
    guest.readies = async () => void (await Promise.all(others));
    const attaching = attachToGuest(context(), link, { word: 'web', specs: unmanaged(NVME) }, options({ scope: 'live', timeoutMs: 20_000, onProgress }));
    await expect(attaching).rejects.toMatchObject({ code: 'libvirt-refused' });
    expect(await Promise.all(others)).toMatchObject([{ code: 'busy' }, expect.anything()]);
    expect(port.driverOf(NVME.address)).toBe('nvme');
  });

  it("also when libvirt's file still names one of them for a moment", async () => {
    const guest = running(onPc('web', 3));
    guest.failAttach = { live: 'operation failed: no', of: '0x0009' };
    guest.readies = async (device) => {
      if (device.includes('0x0009')) await port.replaceFile(LIBVIRT_FILE, claim);
    };
    const told: string[] = [];
    const onProgress = (message: string): void => {
      told.push(message);
      if (message.startsWith('waiting: ')) void port.replaceFile(LIBVIRT_FILE, '');
    };
    const attaching = attachToGuest(context(), link, { word: 'web', specs: unmanaged(NVME, OTHER) }, options({ scope: 'live', timeoutMs: 20_000, onProgress }));
    await expect(attaching).rejects.toMatchObject({ code: 'libvirt-refused', message: expect.stringContaining('operation failed: no') as string });
    expect(told).toContainEqual(expect.stringMatching(/^waiting: .*0007:00:00\.0/));
    expect([NVME, OTHER].map(({ address }) => port.driverOf(address))).toEqual(['nvme', 'nvme']);
  });

  it.each([
    ['ended in the middle', 'libvirt-closed', () => fake.cut()],
    ['is answered for by another daemon, which says so', 'libvirt-refused', () => undefined],
  ])('also when it was libvirt that took it, and that %s', async (_, code, end) => {
    const guest = running(onPc('web', 3));
    guest.failAttach = { live: 'Cannot recv data: Connection reset by peer' };
    let taken: string | undefined;
    guest.readies = async () => {
      // Another place for the journal: this is libvirt at work.
      await prepareFunctions(context(), [at(NVME.address)], { dryRun: false, stateDirectory: join(stateDirectory, 'libvirt') });
      taken = port.driverOf(NVME.address);
      end();
    };
    const attaching = attachToGuest(
      context(),
      link,
      { word: 'web', specs: [{ source: at(NVME.address) }] },
      options({ scope: 'live', timeoutMs: 20_000, leastWaitMs: 200 }),
    );
    await expect(attaching).rejects.toMatchObject({ code });
    expect(taken).toBe('vfio-pci');
    expect(port.driverOf(NVME.address)).toBe('nvme');
  });

  it('and what a libvirtd left in QEMU that ended in the middle is explained', async () => {
    const guest = running(onPc('web', 3));
    guest.failAttach = { live: "internal error: unable to execute QEMU command 'device_add': Duplicate device ID 'zpci1'" };
    await expect(attachToGuest(context(), link, { word: 'web', specs: [{ source: at(NVME.address) }] }, options({ scope: 'live' }))).rejects.toMatchObject({
      code: 'libvirt-refused',
      hint: expect.stringMatching(/libvirt knows nothing.*start it again.*--uid/) as string,
    });
  });

  it('or it is said which could not, why, and what to do', async () => {
    const guest = running(onPc('web', 3));
    guest.failAttach = { live: 'operation failed: no' };
    const attaching = attachToGuest(
      context(),
      link,
      { word: 'web', specs: unmanaged(NVME) },
      options({
        scope: 'live',
        timeoutMs: 0,
        leastWaitMs: 0,
        onProgress: (message) =>
          message.includes('attaching') ? void port.replaceFile(QEMU, '→ /dev/vfio/1').then(() => port.replaceFile('/proc/4242/comm', 'qemu\n')) : undefined,
      }),
    );
    await expect(attaching).rejects.toMatchObject({
      code: 'stuck',
      message: expect.stringMatching(
        /operation failed: no; and it could not be undone: 0007:00:00\.0 could not be given back to the host: .*in use by now: .*qemu.*; 0007:00:00\.0 is left with vfio-pci$/,
      ) as string,
      hint: expect.stringContaining('hostdev release 0007:00:00.0') as string,
    });
    expect(port.driverOf(NVME.address)).toBe('vfio-pci');
  });
});
