/** What of a guest a change is for: what runs, the definition, or both; and that the guest is still the one it was planned for. */
import { HostdevError } from '../errors.ts';
import { type GuestParts, type GuestState, sameDevices } from '../state/guest-state.ts';

/** What of a guest is meant: whichever is there, what runs, its definition, both, or the definition and what runs of it. */
export const SCOPES = ['current', 'live', 'config', 'live and config', 'persistent'] as const;

export type Scope = (typeof SCOPES)[number];

/**
 * What of this guest is changed.
 *
 * @throws {HostdevError} `guest-not-running`, `guest-transient`.
 */
export function scopeParts({ ref, live, config }: GuestState, scope: Scope): GuestParts {
  const parts = {
    live: scope === 'live' || scope === 'live and config' || (live !== undefined && (scope === 'current' || scope === 'persistent')),
    config: scope === 'config' || scope === 'live and config' || scope === 'persistent' || (live === undefined && scope === 'current'),
  };
  if (parts.live && live === undefined) {
    throw new HostdevError('guest-not-running', `the guest ${ref.name} does not run`, {
      subject: ref.name,
      hint: 'start it first, or change its definition: --config',
    });
  }
  if (parts.config && config === undefined) {
    throw new HostdevError('guest-transient', `the guest ${ref.name} is gone when it ends, so it has no definition to change`, {
      subject: ref.name,
      hint: 'change what runs: --live',
    });
  }
  return parts;
}

/**
 * For a plan that somebody was shown and has agreed to.
 *
 * @throws {HostdevError} `guest-changed` when somebody has been at the guest since the plan was made.
 */
export function requireSameGuest(planned: GuestState, now: GuestState): void {
  requireSameRun(planned, now);
  if (planned.ref.uuid !== now.ref.uuid || !sameDevices(planned.live, now.live) || !sameDevices(planned.config, now.config))
    throw guestChanged(now, 'has changed');
}

/**
 * For a plan that nobody was shown: whatever else is new, the guest has to run as it did, for that decides what of it is changed.
 *
 * @throws {HostdevError} `guest-changed` when it was started or has ended since the plan was made.
 */
export function requireSameRun(planned: GuestState, now: GuestState): void {
  const [ran, runs] = [planned.live !== undefined, now.live !== undefined];
  if (ran !== runs) throw guestChanged(now, runs ? 'was started' : 'has ended');
}

function guestChanged({ ref }: GuestState, what: string): HostdevError {
  return new HostdevError('guest-changed', `${ref.name} ${what} since the plan was made; nothing was done`, {
    subject: ref.name,
    hint: 'run the command again to see the new plan',
  });
}

/** `live`, `definition`, or both, in words. */
export function formatParts({ live, config }: GuestParts): string {
  return live && config ? 'the guest that runs and its definition' : live ? 'the guest that runs' : "the guest's definition";
}
