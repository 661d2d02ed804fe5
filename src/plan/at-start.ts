/** What happens on a host when the guest of a definition starts there: who moves each function, how, and what speaks against it. */
import type { Hostdev } from '../domain/hostdev.ts';
import { formatPciAddress, samePciAddress } from '../pci/address.ts';
import { type Judgment, judgmentOf } from '../state/judge.ts';
import { isVfioDriver } from '../state/node-device.ts';
import type { PrepareFacts } from '../state/prepare-facts.ts';
import { type Refusal, refusalsToGive } from './assignable.ts';
import { movedAway, movedBack } from './device-steps.ts';
import { planPrepares } from './prepare.ts';
import type { Step } from './step.ts';

/** One function of a definition on the host that it is meant for. */
export interface StartOfFunction {
  readonly address: string;
  /** undefined where the host has none of that address. */
  readonly judgment: Judgment | undefined;
  /** Whether libvirt takes it from its host driver itself. */
  readonly managed: boolean;
  readonly refusals: readonly Refusal[];
  /** What is done before the guest has it; empty where it is with vfio already. */
  readonly steps: readonly Step[];
  /** What undoes that. */
  readonly undo: readonly Step[];
}

/** `facts` are those of the functions that are there, in any order; a function that is named twice is told once. */
export function startOnHost(hostdevs: readonly Hostdev[], judgments: readonly Judgment[], facts: readonly PrepareFacts[]): StartOfFunction[] {
  const named = hostdevs.flatMap(({ source, managed }) => (source === undefined ? [] : [{ source, managed }]));
  const once = named.filter(({ source }, i) => named.findIndex((each) => samePciAddress(each.source, source)) === i);
  const refusals = refusalsToGive(once.flatMap(({ source }) => judgmentOf(judgments, source) ?? []));
  const prepared = planPrepares(facts);
  return once.map(({ source, managed }) => {
    const address = formatPciAddress(source);
    const judgment = judgmentOf(judgments, source);
    const change = managed ? undefined : prepared.find((each) => each?.subject === address);
    const driver = judgment?.device.driver;
    const moved = managed && driver !== undefined && !isVfioDriver(driver);
    return {
      address,
      judgment,
      managed,
      refusals: refusals.filter(({ subject }) => subject === address),
      steps: moved ? movedAway(address, { before: { driver } }) : (change?.steps ?? []),
      undo: moved ? movedBack(address, { before: { driver } }) : (change?.undo ?? []),
    };
  });
}
