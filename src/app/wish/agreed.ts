/** What a part of a wish is planned to do when it is its turn, held against what was shown of it: more than that nobody has agreed to. */
import { HostdevError, type Problem } from '../../errors.ts';
import { type Change, nameOfSubject } from '../../plan/change.ts';
import type { ItemPlan } from './wish-item.ts';

/** Facts that are known before: which place a guest has left, and by which name a driver is registered, is not. */
const SHOWN = ['live', 'config', 'count', 'autoprobe', 'mac', 'vlan', 'trust', 'spoofchk', 'rate', 'power', 'pool'] as const;

/**
 * What is to be done, and was not shown: another part may have kept it from being seen, or somebody has been there in between. Of what could only be
 * planned now, what was shown in words is expected.
 *
 * @throws {HostdevError} `plan-stale`.
 */
export function requireAgreed(shown: ItemPlan, now: ItemPlan): void {
  const seen = new Set(shown.changes.map(keyOf));
  const more = now.changes.find((change) => !seen.has(keyOf(change)) && shown.comes?.includes(change.verb) !== true);
  if (more === undefined) return;
  const subject = nameOfSubject(more);
  throw new HostdevError(
    'plan-stale',
    `${more.verb} ${subject} was not shown, and would have to be done now: somebody has changed the host or a guest meanwhile`,
    {
      subject,
      hint: 'run the command again to see the new plan',
    },
  );
}

/** @throws {HostdevError} `plan-stale`: what the host would lose, and was not told before anybody agreed. */
export function refuseNewLoss({ message, subject }: Problem): never {
  throw new HostdevError('plan-stale', `${message}; that was not known when the plan was shown`, {
    subject,
    hint: 'apply first what has to be there before, then look at the plan of the rest',
  });
}

function keyOf({ verb, subject, wanted }: Change): string {
  return JSON.stringify([verb, subject, ...SHOWN.map((name) => wanted[name] ?? null)]);
}
