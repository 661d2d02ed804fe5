/** `hostdev ports GUEST`: places where functions can be plugged in, and more of them. */
import type { SpokenFor } from '../../addressing/libvirt/spoken-for.ts';
import type { PlaceOptions } from '../../addressing/place.ts';
import { HostdevError } from '../../errors.ts';
import { executeAll } from '../../execute/executor.ts';
import type { Executor } from '../../execute/target.ts';
import { libvirtGuest } from '../../guest/libvirt/libvirt-guest.ts';
import type { LibvirtLink } from '../../guest/libvirt/link.ts';
import { openGuest } from '../../guest/libvirt/read-guest.ts';
import { guestVersions } from '../../plan/attach-to-guest.ts';
import type { Change } from '../../plan/change.ts';
import { planPortsAdd } from '../../plan/port-steps.ts';
import { type FreePlaces, freePlacesOf, portElements } from '../../plan/ports.ts';
import type { Step } from '../../plan/step.ts';
import { withGuestExecutor } from '../change-options.ts';
import type { AppContext } from '../context.ts';
import type { ObservedOptions } from '../observed.ts';
import { hostArchitecture } from '../place-options.ts';
import { versionsOfGuest } from './libvirt-guest.ts';

export interface PortsReport extends FreePlaces {
  readonly guest: string;
  readonly state: string;
  readonly added: number;
  /** Which libvirt and QEMU have the guest. */
  readonly versions: SpokenFor;
  /** Elements that were added, or would be. */
  readonly elements: readonly string[];
  readonly steps: readonly Step[];
  readonly applied: boolean;
}

export interface PortsOptions extends ObservedOptions {
  /** How many ports are added; 0 where only places are counted. */
  readonly add: number;
  readonly dryRun: boolean;
  readonly stateDirectory?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Counts the free places, and adds ports to the definition; they are there after the guest's next start.
 *
 * @throws {HostdevError} `guest-transient`, `option-conflict` where the guest needs no ports, ….
 */
export async function guestPorts(context: AppContext, link: LibvirtLink, word: string, options: PortsOptions): Promise<PortsReport> {
  const { add, dryRun, stateDirectory, signal, onPlan, onStep, by } = options;
  const first = await planPorts(context, link, word, add);
  onPlan?.(first.changes);
  const report = ({ found, elements, changes }: PortsPlan) => ({ ...found, added: add, elements, steps: changes.flatMap(({ steps }) => steps) });
  if (dryRun || add === 0) return { ...report(first), applied: false };
  const { uuid, found } = first;
  const guest = libvirtGuest(link, { uuid, name: found.guest, id: -1 });
  const target = { port: context.port, guestOf: async () => guest };
  const session = { target, options: { timeoutMs: 0, signal, onStep }, directory: stateDirectory, by, isLocal: link.isLocal };
  const act = async (executor: Executor): Promise<PortsPlan> => {
    // Somebody may have been at the guest in between.
    const plan = await planPorts(context, link, uuid, add);
    onPlan?.(plan.changes);
    await executeAll(executor, plan.changes);
    return plan;
  };
  const done = await withGuestExecutor(context, session, act);
  return { ...report(done), config: (await planPorts(context, link, uuid, 0)).found.config, applied: true };
}

interface PortsPlan {
  readonly uuid: string;
  /** What is known of the guest before anything is added. */
  readonly found: Pick<PortsReport, 'guest' | 'state' | 'versions' | keyof FreePlaces>;
  readonly elements: readonly string[];
  readonly changes: readonly Change[];
}

async function planPorts(context: AppContext, link: LibvirtLink, word: string, add: number): Promise<PortsPlan> {
  const guest = await openGuest(await link.get(), word);
  const { ref, state, config } = guest;
  const options: PlaceOptions = { ...(await versionsOfGuest(context, link, guest)), newDefinition: false, accepted: true, defaultArch: hostArchitecture() };
  const found = { guest: ref.name, state, ...freePlacesOf(guest, options), versions: guestVersions(guest, options) };
  if (add === 0) return { uuid: ref.uuid, found, elements: [], changes: [] };
  if (config === undefined) throw new HostdevError('guest-transient', `${ref.name} has no definition that ports could be added to`, { subject: ref.name });
  return { uuid: ref.uuid, found, elements: portElements(config, add, options), changes: [planPortsAdd(libvirtGuest(link, ref), config, add)] };
}
