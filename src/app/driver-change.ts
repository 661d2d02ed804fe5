/** What happened, or would happen, to the driver of a function. */
import type { Done } from '../execute/executor.ts';
import { formatPciAddress } from '../pci/address.ts';
import type { Change } from '../plan/change.ts';
import type { Step } from '../plan/step.ts';
import type { NodeDevice } from '../state/node-device.ts';
import type { TakenBy } from '../execute/journal/of-machine.ts';

/** One function, as `--json` prints it. */
export interface DriverChange {
  readonly address: string;
  readonly before: string | null;
  readonly after: string | null;
  readonly changed: boolean;
  readonly steps: readonly Step[];
  /** Commands that are left to the administrator. */
  readonly todo: readonly string[];
  /** Who took it before, where the journal knows; for functions that are left as they are. */
  readonly taken: TakenBy | null;
}

/** A function, what was planned for it, and what has to be done besides. */
export interface PlannedMove {
  readonly device: NodeDevice;
  readonly change: Change | undefined;
  readonly rule?: { readonly steps: readonly Step[]; readonly todo: readonly string[] } | undefined;
}

/** Reports moves: those that were `done`, or all as they are planned. */
export function reportMoves(
  moves: readonly PlannedMove[],
  { done, took }: { readonly done: readonly Done[] | undefined; readonly took: ReadonlyMap<string, TakenBy> },
): DriverChange[] {
  return moves.map(({ device, change, rule }) => {
    const address = formatPciAddress(device.address);
    const result = done?.find((each) => each.change.subject === address && each.change.verb === change?.verb);
    const before = device.driver ?? null;
    return {
      address,
      before,
      after: change === undefined ? before : ((result?.after ?? change.wanted)['driver'] ?? null),
      changed: change !== undefined,
      steps: [...(change?.steps ?? []), ...(rule?.steps ?? [])],
      todo: [...(rule?.todo ?? []), ...(result?.warnings ?? []).map((warning) => `bring the interface of ${address} up  # ${(warning as Error).message}`)],
      taken: change === undefined ? (took.get(address) ?? null) : null,
    };
  });
}
