/** What this machine has that can be named: quickly, and nothing where it cannot be told. */
import type { AppContext } from '../../app/context.ts';
import { KNOWN_LIBVIRTS } from '../../addressing/libvirt/known.ts';
import { type HostReader, parseAttribute, readLinkName, readText } from '../../host/port.ts';
import { isSshHost } from '../../host/ssh/ssh-host.ts';
import { readFunctionSlots, readSlotPower } from '../../host/slots.ts';
import { className } from '../../state/class-names.ts';
import { isVfioDriver } from '../../state/node-device.ts';
import type { MachineFlags } from '../command/options.ts';
import type { Io } from '../io.ts';
import { machineContext } from '../machine.ts';
import type { Asked, Candidate } from './sources.ts';

const DEVICES = '/sys/bus/pci/devices';
const DRIVERS = '/sys/bus/pci/drivers';

/** Which machine and which libvirt the command line names. */
export type Named = MachineFlags & { readonly connect?: string | undefined };

/** Someone waits for the cursor to come back. */
const PATIENCE_MS = 1500;

/** What is asked for; files and directories are the shell's business. */
export async function ask(io: Io, source: Exclude<Asked, 'file' | 'directory'>, named: Named): Promise<readonly Candidate[]> {
  // As with libvirt elsewhere: ssh may take long, and ask on the terminal.
  if (named.host !== undefined && isSshHost(named.host)) return [];
  switch (source) {
    case 'function':
      return functions(await machineContext(io.machine, named));
    case 'slot':
      return slots(await machineContext(io.machine, named));
    case 'vfio driver':
      return drivers(await machineContext(io.machine, named));
    case 'uid':
    case 'pchid':
    case 'group':
    case 'vendor':
    case 'driver':
      return facts(await machineContext(io.machine, named), source);
    case 'guest':
      return fromLibvirt(io, named, 'guests');
    case 'pool':
      return fromLibvirt(io, named, 'networks');
    case 'libvirt version':
      return KNOWN_LIBVIRTS.map(({ version, ships }) => ({ value: version, text: ships }));
  }
}

/** Functions with class and driver; on IBM Z each can be named by its id as well. */
async function functions({ port }: AppContext): Promise<Candidate[]> {
  const addresses = (await port.list(DEVICES)) ?? [];
  const found = await Promise.all(
    addresses.map(async (value) => {
      const attributes = await port.attributes(`${DEVICES}/${value}`, ['class', 'function_id']);
      const driver = await readLinkName(port, `${DEVICES}/${value}/driver`);
      const pciClass = parseAttribute(attributes.get('class'));
      const text = `${pciClass === undefined ? 'function' : className(pciClass)}${driver === undefined ? '' : ` (${driver})`}`;
      const fid = attributes.get('function_id');
      return [{ value, text }, ...(fid === undefined ? [] : [{ value: `fid=${fid}`, text }])];
    }),
  );
  // Addresses first, in their order.
  return [...found.map(([first]) => first), ...found.map(([, second]) => second)].filter((each) => each !== undefined);
}

const FACTS = {
  uid: (port, at) => readText(port, `${at}/uid`),
  pchid: (port, at) => readText(port, `${at}/pchid`),
  vendor: async (port, at) => (await readText(port, `${at}/vendor`))?.replace(/^0x/, ''),
  group: (port, at) => readLinkName(port, `${at}/iommu_group`),
  driver: async (port, at) => (await readLinkName(port, `${at}/driver`)) ?? 'none',
} as const satisfies Record<string, (port: HostReader, at: string) => Promise<string | undefined>>;

/** What functions have of one kind, each once. */
async function facts({ port }: AppContext, what: keyof typeof FACTS): Promise<Candidate[]> {
  const found = await Promise.all(((await port.list(DEVICES)) ?? []).map((name) => FACTS[what](port, `${DEVICES}/${name}`)));
  return [...new Set(found)].flatMap((value) => (value === undefined || value === '0x0' ? [] : { value, text: '' }));
}

async function slots({ port }: AppContext): Promise<Candidate[]> {
  const names = await readFunctionSlots(port);
  return Promise.all(names.map(async (name) => ({ value: `0x${name}`, text: (await readSlotPower(port, name))?.power === '1' ? 'configured' : 'standby' })));
}

async function drivers({ port }: AppContext): Promise<Candidate[]> {
  const names = new Set(['vfio-pci', ...((await port.list(DRIVERS)) ?? []).filter(isVfioDriver)]);
  return [...names].map((value) => ({ value, text: '' }));
}

async function fromLibvirt(io: Io, { connect }: Named, what: 'guests' | 'networks'): Promise<Candidate[]> {
  const { isAway } = await import('../../app/guests/connect.ts');
  // ssh would ask for a passphrase in the middle of the line that is being written.
  if (await isAway(connect ?? io.machine.libvirtUri)) return [];
  const { withLibvirt } = await import('../libvirt.ts');
  return withLibvirt(io, { connect, signal: AbortSignal.timeout(PATIENCE_MS) }, async (link) => {
    const libvirt = await link.get();
    const found = what === 'guests' ? await libvirt.listDomains() : await libvirt.listNetworks();
    return found.map((each) => ({ value: each.name, text: what === 'guests' ? ('id' in each && each.id !== -1 ? 'running' : 'shut off') : 'network' }));
  });
}
