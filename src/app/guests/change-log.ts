/** Whether and how a change of a guest is kept in the journal. */
import type { Change } from '../../execute/change.ts';
import type { State } from '../../execute/journal/record.ts';
import type { AppContext } from '../context.ts';
import { withChangeLog } from '../journaled.ts';
import { waiting, type WaitOptions } from '../wait.ts';
import type { LibvirtLink } from './link.ts';

/** Carries one change out; `now` tells what is there, whatever happened. */
export type Recorded = (verb: 'attach' | 'detach', change: Change, act: () => Promise<State>, now: () => Promise<State>) => Promise<State>;

/**
 * The journal is this host's and root's: changes of guests elsewhere, and those of members of the group libvirt, are undone by this
 * process or not at all.
 */
export async function withGuestLog<T>(
  context: AppContext,
  link: Pick<LibvirtLink, 'isLocal'>,
  options: WaitOptions & { readonly stateDirectory?: string | undefined },
  act: (recorded: Recorded) => Promise<T>,
): Promise<T> {
  const { stateDirectory } = options;
  if (!link.isLocal || !context.isRoot || (!context.port.live && stateDirectory === undefined)) return act((_verb, _change, change) => change());
  return waiting(options, () => withChangeLog(context.port, (log) => act(log.recorded), stateDirectory));
}
