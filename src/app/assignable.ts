/** Judging functions that are about to be taken, once nothing but what passes by itself speaks against them. */
import type { Problem } from '../errors.ts';
import type { PciAddress } from '../pci/address.ts';
import type { Recipient, Refusal } from '../plan/assignable.ts';
import { acceptedLosses, type DefinitionChange, definitionRefusals, forDefinition, isForcible, refusalsToTake } from '../plan/force.ts';
import { isHeldByNote, onlyUdevUses } from '../plan/passing.ts';
import { type Judgment, requireJudgments } from '../state/judge.ts';
import type { NodeDevice } from '../state/node-device.ts';
import type { AppContext } from './context.ts';
import { lookAgain, viewHost, viewing } from './host-view.ts';
import { sleep } from './sleep.ts';
import { refuseInterrupted } from './wait.ts';

export interface TakingOptions {
  /** Take what the host uses. */
  readonly force?: boolean | undefined;
  readonly signal?: AbortSignal | undefined;
  /** What --force loses, told before anything is done. */
  readonly onLoss?: ((loss: Problem) => void) | undefined;
  /** Milliseconds that udev may have them open; some seconds when missing. What is copied does not change. */
  readonly settleMs?: number | undefined;
  /** The guest that runs and shall have them. */
  readonly to?: Recipient | undefined;
}

/**
 * `isMoving` tells which of the functions would leave their driver: one that a guest holds may only stay where it is.
 *
 * @throws {HostdevError} `function-not-assignable`, `group-incomplete`, `function-held`, `function-in-use`.
 */
export async function refuseUnassignable(
  context: AppContext,
  devices: readonly NodeDevice[],
  isMoving: (address: string) => boolean,
  options: TakingOptions,
): Promise<void> {
  const addresses = devices.map(({ address }) => address);
  const chosen = await judgeOncePassed(context, addresses, (found) => (onlyUdevUses(found) ? (options.settleMs ?? SETTLE_MS) : 0), options.signal);
  acceptOrRefuse(refusalsToTake(chosen, isMoving), options);
}

/**
 * Functions of this machine that a guest may have.
 *
 * @throws {HostdevError} `function-unknown`, `function-in-use`, `function-held`, `group-incomplete`, ….
 */
export async function requireAssignable(context: AppContext, addresses: readonly PciAddress[], options: TakingOptions): Promise<NodeDevice[]> {
  const refusals = (found: readonly Judgment[]): Refusal[] => refusalsToTake(found, () => true, options.to);
  const waits = (found: readonly Judgment[]): number =>
    onlyUdevUses(found) ? (options.settleMs ?? SETTLE_MS) : isHeldByNote(refusals(found)) ? CATCH_UP_MS : 0;
  const chosen = await judgeOncePassed(context, addresses, waits, options.signal);
  acceptOrRefuse(refusals(chosen), options);
  return chosen.map(({ device }) => device);
}

/**
 * Refuses to put into a guest's definition what its next start would fail on, or what this host would lose by it.
 *
 * @throws {HostdevError} `function-not-assignable`, `group-incomplete`, `function-in-use`; with `force` they are told as losses instead.
 */
export async function refuseInDefinition(context: AppContext, change: DefinitionChange, options: TakingOptions): Promise<void> {
  const refusals = definitionRefusals((await viewHost(context)).judgments, change);
  acceptOrRefuse(refusals.map(forDefinition), options, () => true);
}

/** Refuses what speaks against a change; with `force` that is told as a loss, where force is enough. */
export function acceptOrRefuse(refusals: readonly Refusal[], { force, onLoss }: TakingOptions, isForced: (refusal: Refusal) => boolean = isForcible): void {
  for (const loss of acceptedLosses(refusals, (refusal) => force === true && isForced(refusal))) onLoss?.(loss);
}

const SETTLE_MS = 10_000;
const CATCH_UP_MS = 15_000;
const AGAIN_MS = 100;

/** `waits` says for how many milliseconds what is found may pass; 0 where there is nothing to wait for. */
async function judgeOncePassed(
  context: AppContext,
  addresses: readonly PciAddress[],
  waits: (found: readonly Judgment[]) => number,
  signal: AbortSignal | undefined,
): Promise<Judgment[]> {
  const began = Date.now();
  for (let view = viewing(context); ; view = lookAgain(view)) {
    const found = requireJudgments((await viewHost(view)).judgments, addresses);
    const most = waits(found);
    if (most === 0 || Date.now() - began > most) return found;
    refuseInterrupted(signal);
    await sleep(AGAIN_MS);
  }
}
