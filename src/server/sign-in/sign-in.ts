/** Who may ask the server anything: whoever has exchanged the link or knows the password, or reaches the unix socket. */
import type { IncomingMessage } from 'node:http';
import { HostdevError } from '../../errors.ts';
import { attempts } from './attempts.ts';
import { type OneTimeToken, oneTimeToken } from './one-time-token.ts';
import type { Password } from './password.ts';
import { type Caller, cookieIn, sessions, tabsIn } from './sessions.ts';
import { uptime } from './uptime.ts';

/** What somebody sends to sign in. */
export interface Credentials {
  readonly token?: string | undefined;
  readonly password?: string | undefined;
}

export interface SignIn {
  /** @throws {HostdevError} `session-missing`. */
  readonly callerOf: (request: IncomingMessage) => Caller;
  /** @throws {HostdevError} `sign-in-refused`, `sign-in-limited`. */
  readonly signIn: (request: IncomingMessage, credentials: Credentials) => Promise<{ readonly caller: Caller; readonly cookie: string }>;
  /** Ends the session; gives the cookie that forgets it. */
  readonly signOut: (request: IncomingMessage) => string;
  /** For the link; missing where a password is asked for. */
  readonly token?: OneTimeToken | undefined;
}

interface Browsers {
  /** Cookies are the same for all ports of a host, so the port is part of the name (RFC 6265, section 8.5). */
  readonly port: number;
  readonly isSecure: boolean;
  /** Who runs the server. */
  readonly user: string;
  readonly password?: Password | undefined;
  readonly now?: (() => number) | undefined;
}

/** For browsers: on loopback with the token of the link, elsewhere with a password. */
export function signInOfBrowsers({ port, isSecure, user, password, now = uptime }: Browsers): SignIn {
  const [open, tries, name] = [sessions(now), attempts(now), `${isSecure ? '__Host-' : ''}hostdev-${port}`];
  const token = password === undefined ? oneTimeToken(now) : undefined;
  const attributes = `Path=/; HttpOnly; SameSite=Strict${isSecure ? '; Secure' : ''}`;
  const isRight = async ({ token: given, password: word }: Credentials): Promise<boolean> =>
    password === undefined ? token?.exchange(given ?? '') === true : password.isRight(word ?? '');
  return {
    token,
    callerOf: (request) => {
      const found = open.find(cookieIn(request, name));
      if (found !== undefined) return found;
      throw new HostdevError('session-missing', 'nobody is signed in', { hint: 'open the link that hostdev ui prints' });
    },
    signIn: async (request, credentials) => {
      // Nobody guesses a token, so whoever tries does not keep its owner out; of passwords no more are looked at than may be tried.
      const attempt = password === undefined ? undefined : tries.begin();
      if (!(await isRight(credentials))) {
        if (password === undefined) tries.begin();
        const what =
          password === undefined ? 'the token is not the right one, was used already, or is older than a minute' : 'the password is not the right one';
        throw new HostdevError('sign-in-refused', what, {
          hint: password === undefined ? 'start hostdev ui again and open the link that it prints' : 'try again',
        });
      }
      attempt?.wasRight();
      const from = request.socket.remoteAddress ?? 'an unknown address';
      const { cookie, caller } = open.open({ by: user, from });
      return { caller, cookie: `${name}=${cookie}; ${attributes}` };
    },
    signOut: (request) => {
      open.close(cookieIn(request, name));
      return `${name}=; Max-Age=0; ${attributes}`;
    },
  };
}

/** Says who sits there, percent-encoded, and is only said: whoever reaches the socket may do everything. */
const USER_HEADER = 'hostdev-user';

interface OwnSocket {
  /** Who runs the server. */
  readonly user: string;
  /** Whether root alone reaches the socket now: anybody else would have the journal say what they like. */
  readonly isOfRootAlone: () => boolean;
}

/** On a unix socket that only its owner reaches: the kernel has asked who it is. */
export function signInOfSocket({ user, isOfRootAlone }: OwnSocket): SignIn {
  const tabs = tabsIn(new Set());
  return {
    callerOf: ({ headers }) => {
      const said = userIn(headers[USER_HEADER]);
      return { by: said !== undefined && isOfRootAlone() ? `${said}, as the page says` : user, from: 'the unix socket', ...tabs, isSignedIn: () => true };
    },
    signIn: async () => {
      throw new HostdevError('sign-in-refused', 'nobody signs in on a unix socket: whoever reaches it may ask');
    },
    signOut: () => '',
  };
}

/** A name as user databases have it, `EXAMPLE\\alice` and `élise@example.org` too; what could be taken for more than a name is none. */
function userIn(said: string | string[] | undefined): string | undefined {
  if (typeof said !== 'string') return undefined;
  try {
    const name = decodeURIComponent(said);
    return /^[\p{L}\p{N}_.@\\+$-]{1,64}$/u.test(name) ? name : undefined;
  } catch {
    return undefined;
  }
}
