/** What changes are carried out on: a host, and the guests that changes name. */
import type { UnplugOptions, GuestPort } from '../guest/port.ts';
import type { NetworkPort } from '../guest/libvirt/networks.ts';
import type { HostPort } from '../host/port.ts';
import type { ErrorCode } from '../errors.ts';
import type { State, Transition } from '../plan/transition.ts';
import type { StepEvent } from '../plan/step-event.ts';
import type { ClaimGuard } from './claim-guard.ts';
import type { ChangeRecorder } from './recorder.ts';

/** A host and ways to its guests. */
export interface ExecutionTarget {
  readonly port: HostPort;
  /**
   * The guest that a record names by `uri` and `guest`.
   *
   * @throws {HostdevError} when it cannot be reached.
   */
  readonly guestOf: (record: State) => Promise<GuestPort>;
  /**
   * The networks of the libvirt that a record names by `uri`; missing where no pool is part of a plan.
   *
   * @throws {HostdevError} when it cannot be reached.
   */
  readonly networksOf?: ((record: State) => Promise<NetworkPort>) | undefined;
}

/** How long guests are waited for, who may interrupt, and who is told. */
export interface ExecuteOptions extends UnplugOptions {
  /** Told of each change and each of its steps. */
  readonly onStep?: ((event: StepEvent) => void) | undefined;
  /** Milliseconds that whoever still has one of the functions of a change that failed has at least, before it is called stuck. */
  readonly leastWaitMs?: number | undefined;
  /** Of a host of a fleet: that claims stay with guests that give their functions back. */
  readonly keepClaims?: boolean | undefined;
}

/** A host without guests, for changes of the host alone. */
export function hostOnly(port: HostPort): ExecutionTarget {
  return {
    port,
    guestOf: () => Promise.reject(new Error('no guest is part of this')),
  };
}

/** A change that is being carried out, and what it is carried out on. */
export interface Doing {
  readonly target: ExecutionTarget;
  readonly change: Transition;
  readonly options: ExecuteOptions;
  /** What a step that fails is called. */
  readonly code?: ErrorCode | undefined;
}

/** What plans are carried out with. */
export interface Executor {
  readonly target: ExecutionTarget;
  readonly recorder: ChangeRecorder;
  readonly options: ExecuteOptions;
  /** Of a host of a fleet. */
  readonly claims?: ClaimGuard | undefined;
}
