/** `hostdev check ADDRESS…`: the verdict on functions, with the evidence, and what must go with them. */
import type { Problem } from '../errors.ts';
import type { PciAddress } from '../pci/address.ts';
import { readReadinessFacts } from '../host/readiness-facts.ts';
import { refuseTwice } from '../pci/named-once.ts';
import { refusalsToGive } from '../plan/assignable.ts';
import { missingCompanions, verdictWords, withGroupMates } from '../state/companions.ts';
import { adviceOn, type MachineFacts, needsMachine } from '../state/advice.ts';
import type { HostState } from '../state/host-state.ts';
import { type Judgment, requireJudgments } from '../state/judge.ts';
import { judgeReadiness } from '../state/readiness/readiness.ts';
import { reportOf, type VerdictReport } from '../state/verdict-report.ts';
import type { AppContext } from './context.ts';
import { viewHost, viewing } from './host-view.ts';

/** One function's verdict, and what keeps it from being given away together with the others that were named. */
export interface CheckReport extends VerdictReport {
  /** The verdict in words: `free together with 0000:01:00.1 (audio device, snd_hda_intel)`. */
  readonly words: string;
  /** What to do about it on this machine, beside what problems hint at. */
  readonly notes: readonly string[];
  readonly problems: readonly Problem[];
}

export interface CheckOptions {
  /** Judge the rest of the IOMMU groups as well. */
  readonly group?: boolean | undefined;
}

/**
 * Whether these functions can be given away together: without problems exactly when `prepare` with the same words would do it and no guest holds
 * one of them.
 *
 * @throws {HostdevError} `function-unknown`, `address-twice`.
 */
export async function checkTogether(context: AppContext, addresses: readonly PciAddress[], options: CheckOptions = {}): Promise<CheckReport[]> {
  refuseTwice(addresses);
  const { state, judgments } = await viewHost(viewing(context));
  const named = requireJudgments(judgments, addresses).map(({ device }) => device);
  const together = (options.group === true ? withGroupMates(state, named) : named).map(({ address }) => address);
  const chosen = requireJudgments(judgments, together);
  const refusals = refusalsToGive(chosen);
  const machine = await machineFacts(context, state, chosen);
  return chosen.map((judgment) => {
    const report = reportOf(judgment);
    const problems = refusals.filter(({ subject }) => subject === report.address);
    return { ...report, words: verdictWords(judgment, missingCompanions(judgment, together)), notes: adviceOn(judgment, machine), problems };
  });
}

/** Looks at the machine as far as advice on these functions needs it. */
async function machineFacts({ port, isRoot }: AppContext, { functions }: HostState, judgments: readonly Judgment[]): Promise<MachineFacts> {
  if (!judgments.some(needsMachine)) return { functions, readiness: [], setOption: '' };
  const facts = await readReadinessFacts(port, isRoot);
  return { functions, readiness: judgeReadiness(facts), setOption: facts.setOption };
}

/**
 * Judges the functions named, in that order; all of them when none is named.
 *
 * @throws {HostdevError} `function-unknown` for all that are not there.
 */
export async function checkFunctions(context: AppContext, addresses: readonly PciAddress[]): Promise<VerdictReport[]> {
  const { judgments } = await viewHost(context);
  return (addresses.length === 0 ? judgments : requireJudgments(judgments, addresses)).map(reportOf);
}
