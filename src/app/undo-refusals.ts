/** What speaks against undoing changes: the same that speaks against what the commands would do. */
import type { HostdevError } from '../errors.ts';
import type { LibvirtLink } from '../guest/libvirt/link.ts';
import { openGuest } from '../guest/libvirt/read-guest.ts';
import { findPool } from '../guest/libvirt/read-pools.ts';
import { readSlots } from '../host/slots.ts';
import { formatPciAddress, type PciAddress } from '../pci/address.ts';
import { parsePciAddress } from '../pci/notation.ts';
import { recipientOf } from '../plan/attach-to-guest.ts';
import type { Change } from '../plan/change.ts';
import { refuseHeld } from '../plan/force.ts';
import { functionsGone } from '../plan/functions-gone.ts';
import { leavingGuest } from '../plan/leaving-guest.ts';
import { lossBySwitchingOff, refusalToDisturb, refusalToRecount, refusalToSwitchOff } from '../plan/removable.ts';
import { sourcesIn } from '../state/guest-state.ts';
import { type Judgment, judgmentOf, requireJudgments } from '../state/judge.ts';
import { refuseUnassignable, type TakingOptions } from './assignable.ts';
import type { AppContext } from './context.ts';
import { assignableFunctions } from './guests/handover.ts';
import { refuseInDefinitionOf } from './guests/host-of-guest.ts';
import { refusePoolInUse } from './guests/pool-remove.ts';
import type { GuestChangeOptions } from './guests/run-change.ts';
import { viewHost } from './host-view.ts';

type UndoOptions = TakingOptions & Pick<GuestChangeOptions, 'dryRun' | 'timeoutMs'>;

/**
 * Refuses what would take something from the host, or from a guest that the plan does not ask for it.
 *
 * @throws {HostdevError} `function-in-use`, `function-held`, `group-incomplete`, `sriov-in-use`, `network-in-use`, ….
 */
export async function refuseUndo(view: AppContext, link: LibvirtLink | undefined, changes: readonly Change[], options: UndoOptions): Promise<void> {
  if (changes.length === 0) return;
  const leaving = new Set(changes.flatMap(leavingGuest));
  await refuseOnHost(view, changes, leaving, options);
  if (link === undefined) return;
  for (const change of changes) {
    if (change.verb === 'pool remove') await refuseForPool(link, change.subject, options);
    else if (change.verb === 'attach' || change.verb === 'swap') await refuseForGuest(view, link, { change, leaving }, options);
  }
}

/** What the commands about the host would refuse. */
async function refuseOnHost(view: AppContext, changes: readonly Change[], leaving: ReadonlySet<string>, options: TakingOptions): Promise<void> {
  const { judgments } = await viewHost(view);
  // Whoever holds a function lets go of it before its change, or that one fails.
  const isLeaving = ({ device, companions }: Judgment): boolean =>
    [device.address, ...companions.map(({ address }) => address)].some((address) => leaving.has(formatPciAddress(address)));
  const staying = (names: readonly string[]): Judgment[] => requireJudgments(judgments, names.map(parsePciAddress)).filter((each) => !isLeaving(each));
  const subjectsOf = (...verbs: Change['verb'][]): string[] => changes.flatMap(({ verb, subject }) => (verbs.includes(verb) ? subject : []));
  const taken = staying(subjectsOf('prepare')).map(({ device }) => device);
  if (taken.length > 0) await refuseUnassignable(view, taken, () => true, options);
  refuseHeld(staying(subjectsOf('release')));
  for (const change of changes.filter(({ verb }) => verb === 'vf create' || verb === 'vf remove')) refuse(refusalToRecount(staying(functionsGone(change))));
  if (options.force !== true) {
    for (const judgment of staying(subjectsOf('vf set'))) refuse(refusalToDisturb(judgment, 'its guest would notice; --force changes it all the same'));
  }
  for (const { address } of await readSlots(view.port, subjectsOf('slot off'))) {
    const judgment = address === null ? undefined : judgmentOf(judgments, parsePciAddress(address));
    if (judgment === undefined) continue;
    if (!isLeaving(judgment)) refuse(refusalToSwitchOff(judgment, options.force === true));
    const loss = lossBySwitchingOff(judgment);
    if (loss !== undefined) options.onLoss?.(loss);
  }
}

interface Coming {
  readonly change: Change;
  /** Functions that guests let go of before. */
  readonly leaving: ReadonlySet<string>;
}

/** A function that comes back to a guest has to be one that it may have now. */
async function refuseForGuest(view: AppContext, link: LibvirtLink, { change, leaving }: Coming, options: UndoOptions): Promise<void> {
  const coming = change.steps.filter((step) => step.kind === 'attach');
  const sources = (isLive: boolean): PciAddress[] =>
    // One from a pool is libvirt's to choose.
    change.before['pools'] === undefined
      ? coming.filter(({ on, device }) => (on !== 'definition') === isLive && !leaving.has(device)).map(({ device }) => parsePciAddress(device))
      : [];
  const [live, config] = [sources(true), sources(false)];
  if (live.length + config.length === 0) return;
  const state = await openGuest(await link.get(options.signal), change.before['guest'] ?? '');
  const managed = change.before['managed'] === 'yes';
  const given = { ...options, scope: 'current', force: options.force === true, to: recipientOf(state) } as const;
  // Those of other machines that are not managed are with vfio there, or refused; here a change before this one readies them.
  const specs = live.map((source) => ({ source, managed: managed || link.isLocal }));
  if (live.length > 0) await assignableFunctions(view, link, specs, given);
  const onlyLater = config.filter((source) => !live.some((each) => formatPciAddress(each) === formatPciAddress(source)));
  if (onlyLater.length > 0) await refuseInDefinitionOf(view, link, { added: onlyLater, present: sourcesIn(state.config) }, options);
}

async function refuseForPool(link: LibvirtLink, name: string, options: TakingOptions): Promise<void> {
  const libvirt = await link.get(options.signal);
  const found = await findPool(libvirt, name);
  if (found !== undefined) await refusePoolInUse(libvirt, found, options);
}

function refuse(refusal: HostdevError | undefined): void {
  if (refusal !== undefined) throw refusal;
}
