/** The plan of giving functions to the guest of a monitor: without libvirt the host's side is ours from the first step to the last. */
import type { HostdevSpec } from '../domain/hostdev-xml.ts';
import { HostdevError } from '../errors.ts';
import { formatPciAddress, samePciAddress } from '../pci/address.ts';
import type { MonitorState } from '../state/monitor-state.ts';
import type { PlannedForGuest } from './attach-to-guest.ts';
import { type GuestName, planAttach } from './attach.ts';
import type { Change } from './change.ts';
import { showChanges } from './guest-plan.ts';
import { type HostFunction, mustBePrepared, notPrepared } from './handover.ts';
import { formatAddition, formatAdditionPlace, placeInMonitor } from './monitor-placement.ts';
import type { Rest } from './unchanged.ts';

/** A guest without a definition. */
const LIVE = { live: true, config: false };

/** @throws {HostdevError} `option-conflict` for what libvirt would do and QEMU does not. */
export function refuseWhatQemuCannot(specs: readonly HostdevSpec[]): void {
  if (specs.some(({ interface: nic }) => nic !== undefined)) {
    throw new HostdevError('option-conflict', 'QEMU does not set MAC addresses and VLANs of functions', {
      hint: "set them on the host first: 'hostdev vf set ADDRESS --mac … --vlan …', and leave --interface out",
    });
  }
}

/**
 * What keeps the functions from being given, but for the host's word on each.
 *
 * @throws {HostdevError} `hostdev-present`.
 */
export function refusePresent({ hostdevs }: MonitorState, specs: readonly HostdevSpec[]): void {
  for (const { source } of specs) {
    const present = hostdevs.find(({ host }) => samePciAddress(host, source));
    if (present === undefined) continue;
    const name = formatPciAddress(source);
    throw new HostdevError('hostdev-present', `the guest already has ${name} as ${present.id}`, { subject: name, hint: 'detach it first' });
  }
}

/**
 * Unmanaged is: somebody else has readied it.
 *
 * @throws {HostdevError} `function-not-prepared`.
 */
export function refuseUnready(functions: readonly HostFunction[], specs: readonly HostdevSpec[]): void {
  for (const [i, each] of functions.entries()) if (mustBePrepared(each, specs[i])) throw notPrepared(each, ', and --managed no leaves the host alone');
}

/** Gives a guest the functions that it lacks, `readied` first: nobody but us takes them from their host drivers. */
export function planMonitorAttach(
  name: GuestName,
  state: MonitorState,
  { rest: specs, unchanged }: Rest<HostdevSpec>,
  readied: readonly Change[],
): PlannedForGuest {
  const additions = placeInMonitor(state, specs);
  // Function 0 comes last: only then does the guest look at the slot.
  const attaching = [...additions].sort((a, b) => (b.function ?? 0) - (a.function ?? 0));
  const changes = [
    ...readied,
    ...attaching.map((addition) =>
      planAttach(name, LIVE, { selector: { source: addition.spec.source }, text: formatAddition(addition), presence: { live: 'no', config: 'no' } }),
    ),
  ];
  const where = (device: string): string =>
    additions.flatMap((each) => (formatPciAddress(each.spec.source) === device ? formatAdditionPlace(each) : []))[0] ?? '';
  const functions = additions.map(({ spec, zpci }) => ({
    ...{ address: formatPciAddress(spec.source), guestAddress: null },
    ...{ uid: zpci?.uid ?? null, fid: zpci?.fid ?? null, ...LIVE },
  }));
  return {
    changes,
    shown: {
      verb: 'attach',
      guest: name.uri,
      uuid: null,
      state: state.status,
      functions,
      unchanged,
      steps: showChanges(changes, where),
      notes: [],
      versions: null,
    },
  };
}
