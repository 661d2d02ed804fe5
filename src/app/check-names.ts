/** `hostdev check NAME…`: what can be said of each function, also where others are not there. */
import type { FunctionName } from '../domain/function-name.ts';
import type { Problem } from '../errors.ts';
import { formatPciAddress, type PciAddress } from '../pci/address.ts';
import { judgmentOf } from '../state/judge.ts';
import { functionsNamed } from '../state/named-functions.ts';
import { type CheckOptions, type CheckReport, checkTogether } from './check.ts';
import type { AppContext } from './context.ts';
import { functionUnknown } from './find.ts';
import { viewHost, viewing } from './host-view.ts';
import { explainProblems } from './standby.ts';

/** A name that means no function of this host, and why. */
export interface UnknownName {
  readonly address: string;
  readonly problems: readonly Problem[];
}

export interface CheckNamesOptions extends CheckOptions {
  /** Where the journal is, which knows what was sent to standby. */
  readonly stateDirectory?: string | undefined;
}

/** Judges the functions that names mean; those that mean none come behind. */
export async function checkNames(context: AppContext, names: readonly FunctionName[], options: CheckNamesOptions): Promise<(CheckReport | UnknownName)[]> {
  const view = viewing(context);
  const { state, judgments } = await viewHost(view);
  const there: PciAddress[] = [];
  const unknown: UnknownName[] = [];
  for (const name of names) {
    const found = functionsNamed(state.functions, name);
    if ('code' in found) unknown.push({ address: name.written, problems: [found] });
    else
      for (const address of found) {
        if (judgmentOf(judgments, address) !== undefined) there.push(address);
        else
          unknown.push({
            address: formatPciAddress(address),
            problems: [
              absent(
                state.functions.map((device) => device.address),
                address,
              ),
            ],
          });
      }
  }
  const reports = there.length === 0 ? [] : await checkTogether(view, there, options);
  const explained = unknown.map(async ({ address, problems }) => ({ address, problems: await explainProblems(context, options.stateDirectory, problems) }));
  return [...reports, ...(await Promise.all(explained))];
}

function absent(all: readonly PciAddress[], address: PciAddress): Problem {
  return functionUnknown(all, address).toProblem();
}
