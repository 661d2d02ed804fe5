/** Whether functions may be taken: the judgment of `state/`, as what stops a change. */
import { setTimeout as sleep } from 'node:timers/promises';
import { HostdevError, type Problem } from '../errors.ts';
import { isForcible, lossWarning, type Recipient, type Refusal, refusalsToGive } from '../plan/assignable.ts';
import type { PciAddress } from '../pci/address.ts';
import { type Judgment, judgmentOf } from '../state/judge.ts';
import type { NodeDevice } from '../state/node-device.ts';
import type { AppContext } from './context.ts';
import { functionUnknown, refuseUnknown } from './find.ts';
import { lookAgain, viewHost, viewing } from './host-view.ts';
import { refuseInterrupted } from './wait.ts';

export interface TakingOptions {
  /** Take what the host uses. */
  readonly force?: boolean | undefined;
  readonly signal?: AbortSignal | undefined;
  /** What --force loses, told before anything is done. */
  readonly onLoss?: ((loss: Problem) => void) | undefined;
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
  { force, signal, onLoss, to }: TakingOptions,
): Promise<void> {
  const chosen = await judgeOnceSettled(
    context,
    devices.map(({ address }) => address),
    signal,
  );
  for (const refusal of refusalsToGive(chosen, [], to)) {
    if (refusal.code === 'function-held' && !isMoving(refusal.subject)) continue;
    if (force !== true || !isForcible(refusal)) throw refusalError(refusal);
    onLoss?.(lossWarning(refusal));
  }
}

/** The error that stops a change; its evidence goes along. */
export function refusalError(refusal: Refusal): HostdevError {
  const { code, message, subject, hint, evidence, isNote } = refusal;
  return new HostdevError(code, message, { subject, hint, details: { evidence, isNote } });
}

/**
 * Judgments on the functions named, in that order.
 *
 * @throws {HostdevError} `function-unknown` for all that are not there.
 */
export async function judgmentsOf(context: AppContext, addresses: readonly PciAddress[]): Promise<Judgment[]> {
  const { judgments } = await viewHost(viewing(context));
  const found = addresses.map((address) => judgmentOf(judgments, address));
  refuseUnknown(
    judgments.map(({ device }) => device.address),
    addresses.filter((_, i) => found[i] === undefined),
  );
  return found.filter((judgment) => judgment !== undefined);
}

/** @throws {HostdevError} `function-unknown`. */
export async function judgmentOn(context: AppContext, address: PciAddress): Promise<Judgment> {
  const { judgments } = await viewHost(context);
  const found = judgmentOf(judgments, address);
  if (found !== undefined) return found;
  throw functionUnknown(
    judgments.map(({ device }) => device.address),
    address,
  );
}

/** udev opens a new disk to see what is on it: whoever takes a function that has just come back would be refused for that. */
const UDEV: ReadonlySet<string> = new Set(['(udev-worker)', 'systemd-udevd', 'udevd']);
const SETTLE_MS = 10_000;
const AGAIN_MS = 100;

async function judgeOnceSettled(context: AppContext, addresses: readonly PciAddress[], signal: AbortSignal | undefined): Promise<Judgment[]> {
  let view = viewing(context);
  for (const deadline = Date.now() + SETTLE_MS; ; view = lookAgain(view)) {
    const judgments = await judgmentsOf(view, addresses);
    const inUse = judgments.filter(({ verdict }) => verdict === 'in use');
    const onlyUdev = inUse.length > 0 && inUse.every(({ evidence }) => evidence.every(({ openBy }) => openBy !== undefined && UDEV.has(openBy)));
    if (!onlyUdev || Date.now() > deadline) return judgments;
    refuseInterrupted(signal);
    await sleep(AGAIN_MS);
  }
}

/**
 * What a guest holds is not taken from it, whatever the options say.
 *
 * @throws {HostdevError} `function-held`.
 */
export async function refuseHeld(context: AppContext, addresses: readonly PciAddress[]): Promise<void> {
  const held = refusalsToGive(await judgmentsOf(context, addresses)).find(({ code }) => code === 'function-held');
  if (held !== undefined) throw refusalError(held);
}

/** Functions that are written into a definition, and those that it has already. */
export interface DefinitionChange {
  readonly added: readonly PciAddress[];
  readonly present: readonly PciAddress[];
}

/** What this host says against a definition. What a guest holds now is no reason: definitions may share functions. Functions that are not here are left out. */
export async function definitionRefusals(context: AppContext, { added, present }: DefinitionChange): Promise<Refusal[]> {
  const { judgments } = await viewHost(context);
  const chosen = added.flatMap((address) => judgmentOf(judgments, address) ?? []);
  return refusalsToGive(chosen, present).filter(({ code }) => code !== 'function-held');
}

/**
 * Refuses to put into a guest's definition what its next start would fail on, or what this host would lose by it.
 *
 * @throws {HostdevError} `function-not-assignable`, `group-incomplete`, `function-in-use`; with `force` they are told as losses instead.
 */
export async function refuseInDefinition(context: AppContext, change: DefinitionChange, { force, onLoss }: TakingOptions): Promise<void> {
  for (const refusal of await definitionRefusals(context, change)) {
    if (force !== true) throw refusalError({ ...refusal, hint: 'the next start of the guest would take it; --force writes it all the same' });
    onLoss?.(lossWarning(refusal));
  }
}
