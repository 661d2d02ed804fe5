/** What every way to a guest does: libvirt, a QEMU with its monitor, a definition in a file; the fakes as well as the real ones. */
import { deepEqual, equal, ok, rejects } from 'node:assert/strict';
import { HostdevError } from '../../src/errors.ts';
import type { DeviceToAttach, GuestPort } from '../../src/guest/port.ts';
import type { GuestParts } from '../../src/state/guest-state.ts';

/** A guest that has none of these devices, and places for both. */
export interface GuestUnderTest {
  readonly port: GuestPort;
  /** What there is of it: what runs, a definition, or both. */
  readonly parts: GuestParts;
  readonly device: DeviceToAttach;
  readonly other: DeviceToAttach;
  /** Makes it keep what it is asked for; missing where nothing runs. */
  readonly keep?: () => void;
}

export interface GuestCase {
  readonly title: string;
  readonly run: (guest: GuestUnderTest) => Promise<void>;
}

const SOON = { timeoutMs: 5000 };

const failsWith =
  (...codes: readonly string[]) =>
  (error: unknown): boolean =>
    error instanceof HostdevError && codes.includes(error.code);

/** `live`, `config`: the parts that have a device. */
async function partsWith({ port }: GuestUnderTest, { selector }: DeviceToAttach): Promise<string[]> {
  const found = await port.find(selector);
  ok(found !== undefined, 'the guest is not there');
  return (['live', 'config'] as const).filter((part) => found[part] !== undefined);
}

const partsOf = ({ parts }: GuestUnderTest): ('live' | 'config')[] => (['live', 'config'] as const).filter((part) => parts[part]);

export const GUEST_CASES: readonly GuestCase[] = [
  {
    title: 'says whether it runs, and that it has nothing of a device that it was not given',
    run: async (guest) => {
      deepEqual(await guest.port.find(guest.device.selector), { running: guest.parts.live, live: undefined, config: undefined });
    },
  },
  {
    title: 'has a device in all parts that it was given to, and no other device by that',
    run: async (guest) => {
      await guest.port.attachDevice(guest.device, guest.parts);
      deepEqual(await partsWith(guest, guest.device), partsOf(guest));
      deepEqual(await partsWith(guest, guest.other), []);
    },
  },
  {
    title: 'shows of a device what it takes to know it again',
    run: async (guest) => {
      await guest.port.attachDevice(guest.device, guest.parts);
      const found = await guest.port.find(guest.device.selector);
      for (const part of partsOf(guest)) ok((found?.[part]?.text ?? '') !== '');
    },
  },
  {
    title: 'has a device in one part alone where only that is meant',
    run: async (guest) => {
      for (const part of partsOf(guest)) {
        await guest.port.attachDevice(guest.device, { live: part === 'live', config: part === 'config' });
        deepEqual(await partsWith(guest, guest.device), [part]);
        await guest.port.detachDevice(guest.device.selector, part, SOON);
      }
      deepEqual(await partsWith(guest, guest.device), []);
    },
  },
  {
    title: 'lets go of the device that is meant, and keeps the other one',
    run: async (guest) => {
      await guest.port.attachDevice(guest.device, guest.parts);
      await guest.port.attachDevice(guest.other, guest.parts);
      for (const part of partsOf(guest)) {
        await guest.port.detachDevice(guest.device.selector, part, SOON);
        equal((await guest.port.find(guest.device.selector))?.[part], undefined);
      }
      deepEqual(await partsWith(guest, guest.other), partsOf(guest));
    },
  },
  {
    title: 'has nothing against taking away what it does not have',
    run: async (guest) => {
      for (const part of partsOf(guest)) await guest.port.detachDevice(guest.device.selector, part, SOON);
      deepEqual(await partsWith(guest, guest.device), []);
    },
  },
  {
    title: 'has as many root ports more as were added to its definition, and nothing else; without one it refuses them',
    run: async ({ port, parts, device }) => {
      const count = async (): Promise<number> => (await port.definition())?.match(/model='pcie-root-port'/g)?.length ?? 0;
      const before = await count();
      if (!parts.config) {
        equal(await port.definition(), undefined);
        await rejects(port.addRootPorts(2), failsWith('guest-transient', 'option-conflict'));
        return;
      }
      await port.addRootPorts(2);
      equal(await count(), before + 2);
      equal((await port.find(device.selector))?.config, undefined);
    },
  },
  {
    title: 'refuses a device that it has already, and has it as before',
    run: async (guest) => {
      await guest.port.attachDevice(guest.device, guest.parts);
      const before = await guest.port.find(guest.device.selector);
      await rejects(guest.port.attachDevice(guest.device, guest.parts), failsWith('hostdev-present', 'libvirt-refused', 'qmp-refused'));
      deepEqual(await guest.port.find(guest.device.selector), before);
    },
  },
  {
    title: 'refuses to give to a part that there is not, of which nothing can be taken either; the other part is as it was',
    run: async (guest) => {
      const { live, config } = guest.parts;
      if (live && config) return;
      const refusal = failsWith('guest-not-running', 'guest-transient', 'libvirt-refused');
      await rejects(guest.port.attachDevice(guest.device, { live: true, config: true }), refusal);
      await guest.port.detachDevice(guest.device.selector, live ? 'config' : 'live', SOON);
      deepEqual(await partsWith(guest, guest.device), []);
    },
  },
  {
    title: 'says that it keeps a device, which it has then as before',
    run: async (guest) => {
      if (guest.keep === undefined) return;
      await guest.port.attachDevice(guest.device, guest.parts);
      guest.keep();
      await rejects(guest.port.detachDevice(guest.device.selector, 'live', { timeoutMs: 50 }), failsWith('guest-holds-on'));
      deepEqual(await partsWith(guest, guest.device), partsOf(guest));
    },
  },
];
