/** What happened, or would happen, to the driver of functions. */
import { formatPciAddress } from '../pci/address.ts';
import type { NodeDevice } from '../state/node-device.ts';
import type { Change, Done } from './change.ts';
import type { Step } from './step.ts';
import type { State } from './transition.ts';

/** Who took a function in this boot, and when. */
export interface TakenBy {
  /** User and process. */
  readonly by: string;
  /** ISO 8601. */
  readonly since: string;
  /** What it was before: driver, override, link. */
  readonly before: State;
}

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

/** A function, what was planned for it, and what is left to do besides. */
export interface PlannedMove {
  readonly device: NodeDevice;
  /** undefined when it is where it shall be. */
  readonly change: Change | undefined;
  /** What keeps it there at the next boots. */
  readonly rule?: Change | undefined;
  readonly todo: readonly string[];
}

/** Reports moves: all as they are planned, or those that were `done` and those that there was nothing to do for. */
export function reportMoves(
  moves: readonly PlannedMove[],
  { done, took }: { readonly done: readonly Done[] | undefined; readonly took: ReadonlyMap<string, TakenBy> },
): DriverChange[] {
  const resultOf = (change: Change | undefined): Done | undefined => done?.find((each) => each.change === change);
  const isReported = ({ change }: PlannedMove): boolean =>
    done === undefined || change === undefined || change.steps.length === 0 || resultOf(change) !== undefined;
  return moves.filter(isReported).map(({ device, change, rule, todo }) => {
    const address = formatPciAddress(device.address);
    const result = resultOf(change);
    const before = device.driver ?? null;
    return {
      address,
      before,
      after: change === undefined ? before : ((result?.after ?? change.wanted)['driver'] ?? null),
      changed: change !== undefined,
      steps: [...(change?.steps ?? []), ...(rule?.steps ?? [])],
      todo: [...todo, ...(result?.warnings ?? []).map((warning) => `bring the interface of ${address} up  # ${(warning as Error).message}`)],
      taken: change === undefined ? (took.get(address) ?? null) : null,
    };
  });
}
