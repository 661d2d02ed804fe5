/** The host that a definition is meant for, read from what was pasted or dropped: a snapshot, or a list of its functions. */
import { cachedCapabilities } from '../../../addressing/capabilities/cached.ts';
import { type HostFacts, NO_HOST } from '../../../addressing/host-facts.ts';
import type { GuestQemu, Meant } from '../../../addressing/meant.ts';
import type { PlaceOptions } from '../../../addressing/place.ts';
import { readHostState } from '../../../host/host-state.ts';
import { installedLibvirt, readCapabilityCaches } from '../../../host/installed-libvirt.ts';
import { readPhysicalLinks } from '../../../host/link-state.ts';
import type { AppContext } from '../../../app/context.ts';
import type { HostPort } from '../../../host/port.ts';
import { readPrepareFacts } from '../../../host/prepare-facts.ts';
import { readOnce } from '../../../host/read-once.ts';
import { snapshotPort } from '../../../host/snapshot-port.ts';
import type { PciAddress } from '../../../pci/address.ts';
import { pciNames } from '../../../pci/names.ts';
import { hostFacts, listedHostFacts } from '../../../plan/host-facts.ts';
import { isFunctionList, parseFunctionList } from '../../../state/function-list.ts';
import { CAPABILITY_CACHE } from '../../../state/installed-libvirt.ts';
import { judge, type Judgment, judgmentOf } from '../../../state/judge.ts';
import { type ListedFunction, listedFunction } from '../../../state/listed-function.ts';
import type { PrepareFacts } from '../../../state/prepare-facts.ts';
import { parseSnapshot } from '../../../state/snapshot.ts';
import type { NamedText } from './definition.ts';

/** A libvirt and a QEMU. */
type Versions = Pick<PlaceOptions, 'libvirt' | 'capabilities'>;

export interface PlannerHost {
  readonly name: string;
  /** Its functions; none are shown of a list, which is one itself. */
  readonly functions: readonly ListedFunction[];
  readonly judgments: readonly Judgment[];
  /** What a definition has to know of it. */
  readonly facts: (functions: readonly PciAddress[]) => Promise<HostFacts>;
  /** Its own libvirt, and what that found out about the QEMU of a guest. */
  readonly versions: (qemu: GuestQemu) => Promise<Versions>;
  /** The host as commands look at it, for what is planned there; undefined where no snapshot is given. */
  readonly context: AppContext | undefined;
  /** What taking functions depends on; of those that are there. */
  readonly prepareFacts: (functions: readonly PciAddress[]) => Promise<readonly PrepareFacts[]>;
}

/** The host of who names none: nothing is known of it. */
export const UNKNOWN_HOST: PlannerHost = {
  ...{ name: 'none', functions: [], judgments: [], context: undefined },
  ...{ facts: async () => NO_HOST, versions: async () => ({}), prepareFacts: async () => [] },
};

/** @throws {HostdevError} `snapshot-malformed`, `host-malformed`, `no-pci`. */
export async function readPlannerHost({ name, text }: NamedText): Promise<PlannerHost> {
  if (isFunctionList(text)) {
    const rows = parseFunctionList(text, name);
    return { ...UNKNOWN_HOST, name, facts: async (functions) => listedHostFacts(rows, functions) };
  }
  return hostOfSnapshot(name, snapshotPort(parseSnapshot(text, name)));
}

async function hostOfSnapshot(name: string, snapshot: HostPort): Promise<PlannerHost> {
  const port = readOnce(snapshot);
  const state = await readHostState(port);
  const judgments = judge(state);
  const nameOf = pciNames(undefined);
  return {
    name,
    judgments,
    context: { port: snapshot, isRoot: false, readPciIds: async () => undefined },
    functions: judgments.map((judgment) => listedFunction(judgment, state, nameOf(judgment.device))),
    facts: async (functions) => hostFacts(judgments, functions, await readPhysicalLinks(port, judgments, functions)),
    versions: async (qemu) => {
      const [libvirt, capabilities] = [await installedLibvirt(port), cachedCapabilities(await readCapabilityCaches(port, [CAPABILITY_CACHE]), qemu)];
      return { ...(libvirt === undefined ? {} : { libvirt }), ...(capabilities === undefined ? {} : { capabilities }) };
    },
    prepareFacts: (functions) =>
      readPrepareFacts(
        port,
        functions.flatMap((address) => judgmentOf(judgments, address)?.device ?? []),
        {},
      ),
  };
}

/** How a definition is looked at: for the libvirt that is asked for, else the host's. */
export async function optionsFor(host: PlannerHost, { qemu, functions }: Meant, libvirt: string | undefined): Promise<PlaceOptions> {
  const versions = libvirt === undefined ? await host.versions(qemu) : { libvirt };
  return { ...versions, host: await host.facts(functions) };
}
