/** The wish to undo what operations have done. */
import { needsLibvirt, undoTransitions } from '../../app/undo-transitions.ts';
import type { LibvirtConnection } from '../../app/guests/connect.ts';
import { undone } from '../../json/items/journal.ts';
import { nameOfSubject } from '../../plan/change.ts';
import type { Transition } from '../../plan/transition.ts';
import type { WishOf } from '../api/wishes.ts';
import { withLibvirt } from '../host.ts';
import { definitionOfOne } from './definition-of-one.ts';
import { guestTimeoutMs } from './guest-use-cases.ts';
import type { Outcome, UseCase } from './use-case.ts';

/** Made of the journal's own transitions, by what carried them out. */
export const undo: UseCase<WishOf<'undo'> & { readonly done?: readonly Transition[] }> = async (host, { done = [], force, ...wish }, running) => {
  const options = { ...running, force, timeoutMs: guestTimeoutMs(wish), stateDirectory: host.stateDirectory };
  const act = async (link: LibvirtConnection | undefined): Promise<Outcome> => {
    const { changes, todo } = await undoTransitions(await host.context(), link, done, options);
    const definition = link !== undefined && running.dryRun ? await definitionOfOne(link, changes) : undefined;
    return {
      items: changes.map((change) => undone({ subject: nameOfSubject(change), by: `${change.verb} ${nameOfSubject(change)}`, changed: true })),
      todo,
      definition,
    };
  };
  if (!needsLibvirt(done)) return act(undefined);
  return withLibvirt(host, act, running.dryRun ? undefined : running.signal);
};
