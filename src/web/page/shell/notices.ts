/** What stands above every view because it bears on all of them: the state of the connection and of the host, in the order of its weight. */
import { interruptedChanges } from '../activity/interrupted.ts';
import type { Known } from '../connection/store.ts';

export interface Notice {
  readonly key: string;
  readonly weight: 'error' | 'warning' | 'plain';
  readonly what: string;
  readonly hint: string | null;
  readonly action?: 'recover' | 'readiness';
}

export function noticesOf({ link, state }: Known): readonly Notice[] {
  const found: Notice[] = [];
  if (link.is === 'lost') {
    const since = link.since === null ? 'The server does not answer' : `State of ${clock(link.since)}`;
    found.push({
      key: 'lost',
      weight: 'error',
      what: `${since}, reconnecting`,
      hint: `${lostWords(link)}. Nothing can be applied until the connection is back.`,
    });
  }
  if (state === null) return found;
  const { host } = state;
  const interrupted = interruptedChanges(state);
  if (interrupted.length > 0) {
    const subjects = interrupted.map(({ verb, subject }) => `${verb} ${subject}`).join(', ');
    found.push({
      key: 'interrupted',
      weight: 'error',
      what: `Interrupted: ${subjects}`,
      hint: 'Recover finishes or undoes it; you see the plan first.',
      action: 'recover',
    });
  }
  const first = host.readiness.find((each) => each.state === 'missing');
  if (first !== undefined) {
    found.push({ key: 'readiness', weight: 'error', what: `Not ready: ${first.what}: ${first.found}`, hint: first.hint, action: 'readiness' });
  }
  if (!host.seesAll) {
    found.push({
      key: 'not root',
      weight: 'warning',
      what: 'Some uses cannot be seen',
      hint: 'The server does not run as root; what it could not read is unknown, and never free.',
    });
  }
  if (!host.libvirt.reachable) {
    const { problem, since } = host.libvirt;
    found.push({
      key: 'libvirt',
      weight: 'warning',
      what: `No libvirt${since === null ? '' : ` since ${clock(since)}`}${problem === null ? '' : `: ${problem.message}`}`,
      hint: problem?.hint ?? 'The host is shown all the same; guests are not.',
    });
  }
  for (const problem of host.problems) {
    found.push({ key: `${problem.code} ${problem.subject ?? ''} ${problem.message}`, weight: problem.severity, what: problem.message, hint: problem.hint });
  }
  if (host.readOnly)
    found.push({
      key: 'read only',
      weight: 'plain',
      what: 'This server only shows',
      hint: 'It was started with --read-only; plans can be made, and not applied.',
    });
  return found;
}

/** @example lostWords({ why: 'administrative access is off', hint: 'switch it on' }) → 'administrative access is off; switch it on' */
export function lostWords({ why, hint }: { readonly why: string; readonly hint: string | null }): string {
  return hint === null || hint === '' ? why : `${why}; ${hint}`;
}

/** The time of day of a moment, where the reader is: `14:02:11`. */
export function clock(time: string): string {
  return new Date(time).toLocaleTimeString('en-GB');
}

/** @example readyWords([{ state: 'ok' }]) → 'ready' */
export function readyWords(readiness: readonly { readonly state: 'ok' | 'missing' | 'unknown' }[]): string {
  const missing = readiness.filter(({ state }) => state === 'missing').length;
  if (missing > 0) return `not ready: ${missing} missing`;
  const unknown = readiness.filter(({ state }) => state === 'unknown').length;
  return unknown > 0 ? `ready, as far as can be seen (${unknown} unknown)` : 'ready';
}
