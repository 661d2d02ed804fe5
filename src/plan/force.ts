/** What stops a change, and what --force does all the same. */
import { HostdevError, type Problem } from '../errors.ts';
import type { PciAddress } from '../pci/address.ts';
import { type Judgment, judgmentOf } from '../state/judge.ts';
import { type Judged, type Recipient, type Refusal, refusalsToGive } from './assignable.ts';

/** The error that stops a change; its evidence goes along, and whatever else stops it. */
function refusalError(refusal: Refusal, others: readonly Refusal[]): HostdevError {
  const { code, message, subject, hint, evidence, isNote } = refusal;
  return new HostdevError(code, message, { subject, hint, details: { evidence, isNote }, others: others.map(asProblem) });
}

/** What of a refusal is the same for every face. */
function asProblem({ code, severity, subject, message, hint }: Refusal): Problem {
  return { code, severity, subject, message, ...(hint === undefined ? {} : { hint }) };
}

/** What --force takes although the host would lose it: told before it is lost. What can never be given, and what a guest holds, it does not change. */
export function isForcible({ code }: Refusal): boolean {
  return code === 'function-in-use';
}

/**
 * What is lost by a change that is made in spite of these refusals.
 *
 * @throws {HostdevError} those that are not accepted.
 */
export function acceptedLosses(refusals: readonly Refusal[], isAccepted: (refusal: Refusal) => boolean): Problem[] {
  const [refused, ...others] = refusals.filter((refusal) => !isAccepted(refusal));
  if (refused !== undefined) throw refusalError(refused, others);
  return refusals.map(lossWarning);
}

/**
 * What speaks against taking functions to a VFIO driver together. One that a guest holds may only stay where it is: `isMoving` tells which would
 * leave their driver. `to` is the guest that they are taken for while it runs.
 */
export function refusalsToTake(chosen: readonly Judged[], isMoving: (address: string) => boolean, to?: Recipient): Refusal[] {
  return refusalsToGive(chosen, [], to).filter(({ code, subject }) => code !== 'function-held' || isMoving(subject));
}

/**
 * What a guest holds is not taken from it, whatever the options say.
 *
 * @throws {HostdevError} `function-held`.
 */
export function refuseHeld(chosen: readonly Judged[]): void {
  const [held, ...others] = refusalsToGive(chosen).filter(({ code }) => code === 'function-held');
  if (held !== undefined) throw refusalError(held, others);
}

/** Functions that are written into a definition, and those that it has already. */
export interface DefinitionChange {
  readonly added: readonly PciAddress[];
  readonly present: readonly PciAddress[];
}

/** What this host says against a definition. What a guest holds now is no reason: definitions may share functions. Functions that are not here are left out. */
export function definitionRefusals(judgments: readonly Judgment[], { added, present }: DefinitionChange): Refusal[] {
  const chosen = added.flatMap((address) => judgmentOf(judgments, address) ?? []);
  return refusalsToGive(chosen, present).filter(({ code }) => code !== 'function-held');
}

/** The same with what to do where a definition is written that the next start reads. */
export function forDefinition(refusal: Refusal): Refusal {
  const what = refusal.code === 'group-incomplete' ? 'takes a group as a whole: add --group to give all of it' : 'would take it';
  return { ...refusal, hint: `the next start of the guest ${what}; --force writes it all the same` };
}

/** A refusal that was accepted by --force, or that a face only mentions. */
export function asWarning(refusal: Problem, hint?: string): Problem {
  const { code, subject, message } = refusal;
  return { code, severity: 'warning', ...(subject === undefined ? {} : { subject }), message, ...(hint === undefined ? {} : { hint }) };
}

/** What --force does all the same, told before it is done. */
export function lossWarning(refusal: Problem): Problem {
  const { code, message } = refusal;
  const words = code === 'function-in-use' ? `with --force this is lost: ${message}` : `with --force in spite of this: ${message}`;
  return { ...asWarning(refusal), message: words };
}
