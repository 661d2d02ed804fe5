/** What every view may need: the server, what is known, where we are. */
import { createContext, useContext } from 'react';
import type { WholeState } from '../../server/api/state.ts';
import type { Wish } from '../../server/api/wishes.ts';
import type { Api } from './connection/api.ts';
import type { Known } from './connection/store.ts';
import type { Navigation } from './place/use-place.ts';

/** What the page is in: Cockpit has a frame around it, and with it its own ways to sign in and to choose colours. */
export type Frame = 'none' | 'cockpit';

export interface Page extends Navigation {
  readonly api: Api;
  readonly frame: Frame;
  readonly known: Known;
  readonly state: WholeState;
  /** Begins a change: opens what is to be chosen, with what is chosen already. */
  readonly begin: (wish: Partial<Wish> & Pick<Wish, 'verb'>) => void;
}

export const PageContext = createContext<Page | null>(null);

export function usePage(): Page {
  const page = useContext(PageContext);
  if (page === null) throw new Error('there is no page around this');
  return page;
}
