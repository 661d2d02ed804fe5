/** Wishes of an emulated PC with every kind of part that it has, and what kernel, libvirt and guest show of them. */
import { expect } from 'vitest';
import type { LabHost } from '../machine/running.ts';
import { type GuestFunction, waitForGuest } from '../pc/guest.ts';
import { hostdevsIn, type Seen, type WishedHost } from './wished-host.ts';

/** Addresses of functions that the wishes are about, and the interface of the physical one. */
export interface PcFunctions {
  readonly nic: string;
  readonly nvme: string;
  readonly pf: string;
  readonly netdev: string;
}

/** Virtual function 0 stays with the host, 1 is the guest's. */
export const GUEST_MAC = '52:54:00:aa:bb:01';
export const HOST_MAC = '52:54:00:aa:bb:00';

const OWN_MACS = /^52:54:00:aa:bb:/;

/** What differs between the wishes. */
interface PcWish {
  readonly numVfs?: number;
  readonly settings?: string;
  readonly persist?: boolean;
  readonly pool?: boolean;
  /** Elements of the guest's list; the function whole, and virtual function 1, when missing. */
  readonly hostdevs?: readonly string[];
}

export function pcWish(
  { nic, nvme, pf }: PcFunctions,
  { numVfs = 2, settings = `mac: "${HOST_MAC}", vlan: 42, trust: true`, persist = true, pool = true, hostdevs }: PcWish = {},
): string {
  const given = hostdevs ?? [`{ function: "${nic}" }`, vfHostdev(pf, 1)];
  return `formatVersion: 1
virtualFunctions:
  - physicalFunction: "${pf}"
    numVfs: ${numVfs}
    settings:
      - { index: 0, ${settings} }
      - { index: 1, mac: "${GUEST_MAC}" }
functions:
  - { function: "${nvme}", persist: ${persist} }
pools: ${pool ? `[{ network: fast, functions: ["${pf}"] }]` : '[]'}
guests:
  - guest: web
    hostdevs: [${given.join(', ')}]
`;
}

export function vfHostdev(pf: string, index: number): string {
  return `{ function: { physicalFunction: "${pf}", index: ${index} } }`;
}

/** Of functions the driver and who may have them besides; of virtual ones how many, and what is set, as iproute2 shows it. */
async function see(host: LabHost, { nic, nvme, pf, netdev }: PcFunctions): Promise<Seen> {
  const at = '/sys/bus/pci/devices';
  const shown = await host.sh(`for f in ${nic} ${nvme}; do echo "$(basename "$(readlink ${at}/$f/driver)") $(cat ${at}/$f/driver_override)"; done
    cat ${at}/${pf}/sriov_numvfs ${at}/${pf}/sriov_drivers_autoprobe
    echo ====; ip link show ${netdev}
    echo ====; cd /etc/udev/rules.d 2>/dev/null && ls | grep hostdev
    echo ====; virsh -q "domstate web; net-list --all; dumpxml web; dumpxml --inactive web"`);
  const [functions = '', links = '', rules = '', libvirt = ''] = shown.split('====\n');
  const [ofNic = '', ofNvme = '', numVfs = '', autoprobe = ''] = functions.split('\n');
  const settings = [...links.matchAll(/\bvf (\d+) +link\/ether (\S+)(.*)/g)].map(([, index = '', mac = '', rest = '']) =>
    // A driver in a guest chooses one of its own where none is set.
    [index, OWN_MACS.test(mac) ? mac : '', /vlan \d+/.exec(rest)?.[0], /trust on/.exec(rest)?.[0]].filter((word) => (word ?? '') !== '').join(' '),
  );
  const [head = '', live = '', config = ''] = libvirt.split('<domain ');
  const [state = '', ...nets] = head.split('\n').filter((line) => line.trim() !== '');
  return {
    ...{ nic: ofNic, nvme: ofNvme, vfs: `${numVfs} ${autoprobe}`, settings, rules: words(rules) },
    pools: nets.map((line) => words(line).slice(0, 2).join(' ')),
    ...{ live: state.trim() === 'running' ? hostdevsIn(live) : [], config: hostdevsIn(config) },
  };
}

const words = (text: string): string[] => text.split(/\s+/).filter((word) => word !== '');

/** How long a guest may take to boot, and to see what it was given. */
export const PC_GUEST_MS = 15 * 60_000;

/** The guest's kernel has as many functions with drivers as libvirt says, and of the virtual one its MAC address. */
async function guestSees(host: LabHost, { nic }: PcFunctions, { live = [] }: Seen): Promise<void> {
  const wanted = [...live].map((name) => (name.startsWith(nic) ? 'e1000e' : 'igbvf')).toSorted();
  const ofHost = (all: readonly GuestFunction[]): readonly GuestFunction[] => all.filter(({ driver }) => driver === 'e1000e' || driver === 'igbvf');
  const seen = await waitForGuest(host, 'web', PC_GUEST_MS, (all) =>
    isSame(
      ofHost(all)
        .map(({ driver }) => driver)
        .toSorted(),
      wanted,
    ),
  );
  expect(seen.flatMap(({ driver, mac }) => (driver === 'igbvf' ? [mac] : []))).toEqual(wanted.includes('igbvf') ? [GUEST_MAC] : []);
}

const isSame = (one: readonly string[], other: readonly string[]): boolean => one.join() === other.join();

export function wishedPc(host: LabHost, functions: PcFunctions): WishedHost {
  return { host, see: () => see(host, functions), guestSees: (seen) => guestSees(host, functions, seen) };
}
