/** A guest of libvirt as a change finds it: what runs of it, and its definition. */
import { HostdevError } from '../../errors.ts';
import type { Affect, DomainRef, DomainState, Libvirt } from '../../libvirt/index.ts';

export interface OpenGuest {
  readonly ref: DomainRef;
  readonly state: DomainState;
  /** XML of the guest that runs. */
  readonly live: string | undefined;
  /** XML of the definition that is kept. */
  readonly config: string | undefined;
}

/** @throws {HostdevError} `guest-unknown`. */
export async function openGuest(libvirt: Libvirt, word: string): Promise<OpenGuest> {
  return readFound(libvirt, await libvirt.findDomain(word));
}

/** A guest that is known already, as it is now: its number changes when it starts and ends. */
export function readGuest(libvirt: Libvirt, { uuid }: DomainRef): Promise<OpenGuest> {
  return openGuest(libvirt, uuid);
}

/** Undefined for a guest that is not there any more; any other failure stays one. */
export function unlessGone(error: unknown): undefined {
  if (error instanceof HostdevError && error.code === 'guest-unknown') return undefined;
  throw error;
}

/** What there is of a guest that was found just now. */
export async function readFound(libvirt: Libvirt, ref: DomainRef): Promise<OpenGuest> {
  const [state, persistent] = await Promise.all([libvirt.domainState(ref), libvirt.isPersistent(ref)]);
  const running = ref.id !== -1;
  const [live, config] = await Promise.all([running ? libvirt.domainXml(ref) : undefined, persistent ? libvirt.domainXml(ref, { inactive: true }) : undefined]);
  return { ref, state, live, config };
}

/** What of a guest is meant: what runs, its definition, whichever is there, or the definition and what runs of it. */
export type Scope = 'live' | 'config' | 'live and config' | 'current' | 'persistent';

/**
 * What of this guest is changed.
 *
 * @throws {HostdevError} `guest-not-running`, `guest-transient`.
 */
export function affectOf({ ref, live, config }: OpenGuest, scope: Scope): Required<Affect> {
  const affect = {
    live: scope === 'live' || scope === 'live and config' || (live !== undefined && (scope === 'current' || scope === 'persistent')),
    config: scope === 'config' || scope === 'live and config' || scope === 'persistent' || (live === undefined && scope === 'current'),
  };
  if (affect.live && live === undefined) {
    throw new HostdevError('guest-not-running', `the guest ${ref.name} does not run`, {
      subject: ref.name,
      hint: 'start it first, or change its definition: --config',
    });
  }
  if (affect.config && config === undefined) {
    throw new HostdevError('guest-transient', `the guest ${ref.name} is gone when it ends, so it has no definition to change`, {
      subject: ref.name,
      hint: 'change what runs: --live',
    });
  }
  return affect;
}

/**
 * For a plan that somebody was shown and has agreed to.
 *
 * @throws {HostdevError} `guest-changed` when somebody has been at the guest since the plan was made.
 */
export function requireSame(planned: OpenGuest, now: OpenGuest): void {
  requireSameRun(planned, now);
  if (planned.ref.uuid !== now.ref.uuid || !sameDevices(planned.live, now.live) || !sameDevices(planned.config, now.config))
    throw guestChanged(now, 'has changed');
}

/**
 * For a plan that nobody was shown: whatever else is new, the guest has to run as it did, for that decides what of it is changed.
 *
 * @throws {HostdevError} `guest-changed` when it was started or has ended since the plan was made.
 */
export function requireSameRun(planned: OpenGuest, now: OpenGuest): void {
  const [ran, runs] = [planned.live !== undefined, now.live !== undefined];
  if (ran !== runs) throw guestChanged(now, runs ? 'was started' : 'has ended');
}

function guestChanged(now: OpenGuest, what: string): HostdevError {
  return new HostdevError('guest-changed', `${now.ref.name} ${what} since the plan was made; nothing was done`, {
    subject: now.ref.name,
    hint: 'run the command again to see the new plan',
  });
}

/** Memory and the like change by themselves while a guest runs; its devices do not. */
function sameDevices(a: string | undefined, b: string | undefined): boolean {
  const devices = (xml: string | undefined): string | undefined => xml?.slice(xml.indexOf('<devices>'), xml.lastIndexOf('</devices>'));
  return devices(a) === devices(b);
}
