/**
 * The libvirt of a host, which outlives the processes of the host as a daemon does. It bears witness of what its guests have: what goes into one is written
 * down with the token that the journal of the host has for it at that moment.
 */
import { readDomain } from '../../../src/domain/domain.ts';
import { readHostdevs } from '../../../src/domain/hostdev.ts';
import { openJournal } from '../../../src/execute/journal/journal.ts';
import { formatPciAddress } from '../../../src/pci/address.ts';
import { startFakeLibvirt } from '../../../src/testing/fake-libvirt/fake-libvirt.ts';
import type { FakeGuest } from '../../../src/testing/fake-libvirt/guest.ts';
import type { OnHost } from '../history/event.ts';
import { openRecorder } from '../history/recorder.ts';
import { GUESTS } from '../world.ts';
import { functionsAt } from './kernel.ts';
import { type MachinePlace, stateDirectoryOf } from './place.ts';

export interface Machine {
  readonly place: MachinePlace;
  readonly stop: () => Promise<void>;
}

const guestXml = (name: string): string =>
  `<domain type='kvm'><name>${name}</name><memory unit='MiB'>64</memory><os><type arch='s390x' machine='s390-ccw-virtio'>hvm</type></os><devices><memballoon model='none'/></devices></domain>`;

/** Starts it with its guests, which run. */
export async function startMachine(host: string, directory: string): Promise<Machine> {
  const libvirt = await startFakeLibvirt();
  const { say, close } = openRecorder(directory, `machine-${host}`);
  const keys = functionsAt(host);
  /** What guests have, by guest and address. */
  const has = new Map<string, Omit<OnHost, 'kind'>>();
  const place = { host, socket: libvirt.socket, directory };
  const tell = (kind: OnHost['kind'], stay: Omit<OnHost, 'kind'>): void => say({ kind, ...stay });
  /** By address what a guest is about to get. */
  const coming = new Map<string, Omit<OnHost, 'kind'>>();
  const look = ({ name, live }: FakeGuest): void => {
    const now = new Set(addressesIn(live ?? ''));
    for (const [at, stay] of has) {
      if (stay.guest !== name || now.has(at.slice(name.length + 1))) continue;
      tell('detaching', stay);
      tell('detached', stay);
      has.delete(at);
    }
    for (const address of now) {
      const at = `${name} ${address}`;
      if (has.has(at)) continue;
      const stay = coming.get(at) ?? { host, function: keys.get(address) ?? address, guest: name, token: 0n };
      has.set(at, stay);
      tell('attached', stay);
    }
  };
  for (const name of GUESTS) {
    const guest = libvirt.qemu.start(libvirt.qemu.define(guestXml(name)), false);
    guest.readies = async (device) => {
      for (const address of addressesIn(guestXml(name).replace('<devices>', `<devices>${device}`))) {
        const key = keys.get(address) ?? address;
        const stay = { host, function: key, guest: name, token: await tokenOf(stateDirectoryOf(place), key) };
        coming.set(`${name} ${address}`, stay);
        tell('attaching', stay);
      }
    };
  }
  libvirt.qemu.listeners.add(({ guest }) => look(guest));
  return {
    place,
    stop: async () => {
      await libvirt.stop();
      close();
    },
  };
}

function addressesIn(xml: string): string[] {
  return readHostdevs(readDomain(xml)).flatMap(({ source }) => (source === undefined ? [] : [formatPciAddress(source)]));
}

/** The token under which the host acts now; 0 where its journal has none. */
async function tokenOf(stateDirectory: string, key: string): Promise<bigint> {
  const begun = (await openJournal(stateDirectory).read()).findLast((record) => record.kind === 'begin' && record.claims?.[key] !== undefined);
  return begun?.kind === 'begin' ? BigInt(begun.claims?.[key] ?? '0') : 0n;
}
