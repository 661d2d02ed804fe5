/** `hostdev report`: which versions a machine has, and what hides that it is this one. */
import { formatVersion } from '../addressing/libvirt/version.ts';
import { HostdevError } from '../errors.ts';
import type { LibvirtLink } from '../guest/libvirt/link.ts';
import { type Identifier, hostIdentifiers, identifiersIn, networkIdentifiers } from '../host/identifying.ts';
import { installedLibvirt, readCapabilityCaches } from '../host/installed-libvirt.ts';
import { readText } from '../host/port.ts';
import { recordingPort } from '../host/record.ts';
import { GUEST_VERBS, POOL_VERBS } from '../plan/transition.ts';
import { CAPABILITY_CACHE } from '../state/installed-libvirt.ts';
import type { AppContext } from './context.ts';
import { readHistory } from './history.ts';
import { lookAtEverything } from './snapshot.ts';
import { whoRunsUs } from './who.ts';

/** Versions of a machine; null where they cannot be seen. */
interface MachineVersions {
  readonly system: string | null;
  readonly kernel: string | null;
  readonly libvirt: string | null;
  readonly qemu: string | null;
}

/** What there is to be seen of a machine for a report. */
export interface ReportedMachine {
  readonly versions: MachineVersions;
  readonly identifiers: readonly Identifier[];
  readonly isZ: boolean;
}

/** What a libvirt says of itself and of its guests. */
export interface ReportedLibvirt {
  readonly versions: Pick<MachineVersions, 'libvirt' | 'qemu'>;
  readonly identifiers: readonly Identifier[];
}

/** Reads whatever commands may print of a machine; what cannot be read is left to the commands to tell. */
export async function lookForReport(context: AppContext): Promise<ReportedMachine> {
  const recorder = recordingPort(context.port);
  const { port } = recorder;
  try {
    await lookAtEverything({ ...context, port });
  } catch (error) {
    if (!(error instanceof HostdevError)) throw error;
  }
  for (const path of ['/proc/sys/kernel/hostname', '/etc/hostname']) await readText(port, path);
  for (const path of ['/etc/libvirt/qemu', '/etc/libvirt/qemu/networks']) await port.list(path);
  const { files, directories } = await recorder.take('', 0);
  const system = /^PRETTY_NAME="?([^"\n]*)/m.exec((await readText(port, '/etc/os-release')) ?? '')?.[1];
  return {
    versions: {
      system: system ?? null,
      kernel: (await readText(port, '/proc/sys/kernel/osrelease')) ?? null,
      libvirt: (await installedLibvirt(port)) ?? null,
      qemu: emulators(await readCapabilityCaches(port, [CAPABILITY_CACHE])),
    },
    identifiers: identifiersIn({ files, directories }),
    isZ: Object.keys(files).some((path) => path.endsWith('/function_id')),
  };
}

/** The QEMUs that libvirt has looked at. Their numbers are made as libvirt's own. */
function emulators(caches: ReadonlyMap<string, string>): string | null {
  const numbers = [...caches.values()].flatMap((text) => /<version>(\d+)<\/version>/.exec(text)?.[1] ?? []);
  return numbers.length === 0 ? null : [...new Set(numbers.map((number) => formatVersion(Number(number))))].join(', ');
}

/** Who runs this, and may have a directory of that name. */
export function identifiersOfUser(): Identifier[] {
  return userOf(whoRunsUs());
}

/** `anna (pid 7)`, and `anna, as the page says` (server/sign-in): of root and of numbers there is nothing to hide. */
function userOf(who: string): Identifier[] {
  const name = /^([\w.@-]+)(?: \(pid \d+\)|, as the page says)/.exec(who)?.[1];
  return name === undefined || name === 'root' ? [] : [{ kind: 'user', name }];
}

/** Guests, pools and users that the journal names, also those that are no more; what of it cannot be read is told by `history`. */
export async function identifiersOfJournal(stateDirectory: string): Promise<Identifier[]> {
  try {
    const { entries } = await readHistory(stateDirectory);
    const ofGuests = entries.filter(({ verb }) => GUEST_VERBS.some((each) => each === verb));
    const guests = ofGuests
      .flatMap(({ verb, subject }) => (verb === 'ports add' ? subject : (/ in ([^/]+)$/.exec(subject)?.[1] ?? [])))
      .map((name): Identifier => ({ kind: 'guest', name }));
    const pools = entries.flatMap(({ verb, subject }) => (POOL_VERBS.some((each) => each === verb) ? [subject] : []));
    return [...guests, ...networkIdentifiers(pools), ...entries.flatMap(({ by }) => userOf(by))];
  } catch (error) {
    if (!(error instanceof HostdevError)) throw error;
    return [];
  }
}

/** Asks libvirt for its versions, its guests' names, and its own machine's. */
export async function askForReport(link: LibvirtLink): Promise<ReportedLibvirt> {
  const libvirt = await link.get();
  const { libvirt: version, hypervisor, type } = await libvirt.versions();
  const guests = (await libvirt.listDomains()).map(({ name }): Identifier => ({ kind: 'guest', name }));
  // One of several daemons may be away (virtnetworkd): its commands tell.
  const networks = await libvirt.listNetworks().catch((error: unknown) => {
    if (!(error instanceof HostdevError)) throw error;
    return [];
  });
  return {
    versions: { libvirt: formatVersion(version), qemu: type === 'QEMU' ? formatVersion(hypervisor) : null },
    identifiers: [...guests, ...networkIdentifiers(networks.map(({ name }) => name)), ...hostIdentifiers(await libvirt.hostname())],
  };
}
