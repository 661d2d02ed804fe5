/** Sessions of browsers, and their tabs. They end with the server. */
import type { IncomingMessage } from 'node:http';
import { HostdevError } from '../../errors.ts';
import { TAB_HEADER } from '../api/session.ts';
import { hashOf, newSecret } from './secret.ts';
import { uptime } from './uptime.ts';

const MOST_SESSIONS = 16;
const MOST_TABS = 64;

/** Whoever has not looked for that long signs in again. */
const IDLE_MS = 12 * 60 * 60 * 1000;

/** Who asks, once that is known. */
export interface Caller {
  /** As the journal has it. */
  readonly by: string;
  readonly from: string;
  /** A value for the header of one more tab. */
  readonly openTab: () => string;
  readonly isTab: (value: string) => boolean;
  /** Whether a request of theirs would still be let in; asking is not being seen. */
  readonly isSignedIn: () => boolean;
}

interface Session extends Caller {
  readonly tabs: Set<string>;
  seen: number;
}

export interface Sessions {
  /** Opens one; gives the value of the cookie. */
  readonly open: (who: Pick<Caller, 'by' | 'from'>) => { readonly cookie: string; readonly caller: Caller };
  readonly find: (cookie: string | undefined) => Caller | undefined;
  readonly close: (cookie: string | undefined) => void;
}

export function sessions(now: () => number = uptime): Sessions {
  const all = new Map<string, Session>();
  const find = (cookie: string | undefined): Session | undefined => {
    const id = hashOf(cookie ?? '');
    const found = all.get(id);
    if (found === undefined) return undefined;
    if (now() - found.seen > IDLE_MS) {
      all.delete(id);
      return undefined;
    }
    found.seen = now();
    return found;
  };
  return {
    open: (who) => {
      // Who has not been seen for longest makes room.
      if (all.size >= MOST_SESSIONS) all.delete([...all].toSorted(([, a], [, b]) => a.seen - b.seen)[0]?.[0] ?? '');
      const [cookie, tabs] = [newSecret(), new Set<string>()];
      const id = hashOf(cookie);
      const isSignedIn = (): boolean => all.get(id) === session && now() - session.seen <= IDLE_MS;
      const session: Session = { ...who, ...tabsIn(tabs), isSignedIn, tabs, seen: now() };
      all.set(id, session);
      return { cookie, caller: session };
    },
    find,
    close: (cookie) => void all.delete(hashOf(cookie ?? '')),
  };
}

/** Tabs of one session; the oldest make room. */
export function tabsIn(tabs: Set<string>): Pick<Caller, 'openTab' | 'isTab'> {
  return {
    openTab: () => {
      const value = newSecret();
      const [oldest] = tabs;
      if (tabs.size >= MOST_TABS && oldest !== undefined) tabs.delete(oldest);
      tabs.add(hashOf(value));
      return value;
    },
    isTab: (value) => tabs.has(hashOf(value)),
  };
}

/** @throws {HostdevError} `tab-missing`: another site can have a request sent, but not with a header of ours. */
export function requireTab({ isTab }: Caller, { headers }: IncomingMessage): void {
  const value = headers[TAB_HEADER.toLowerCase()];
  if (typeof value === 'string' && isTab(value)) return;
  throw new HostdevError('tab-missing', `the request changes something, and has not the ${TAB_HEADER} of a tab of this session`, {
    hint: 'GET /api/v1/session gives one; load the page anew',
  });
}

/** The value of a cookie; undefined where it is not there, or there twice. */
export function cookieIn({ headers: { cookie } }: IncomingMessage, name: string): string | undefined {
  const values = (cookie ?? '').split(';').flatMap((each) => {
    const [key, ...rest] = each.trim().split('=');
    return key === name ? [rest.join('=')] : [];
  });
  return values.length === 1 ? values[0] : undefined;
}
