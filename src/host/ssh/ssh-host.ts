/** The words that name another machine: `ssh://[USER@]HOST[:PORT]`. */
import { HostdevError } from '../../errors.ts';
import { shellWord } from '../../shell-word.ts';

/** How ssh is asked for a machine. Every word was checked: none is an option, and none has a blank. */
export interface SshDestination {
  /** The program: `ssh` of the PATH, or what a connection URI names. */
  readonly program: string;
  /** Options before the host. */
  readonly options: readonly string[];
  readonly host: string;
  /** As it was named, for messages. */
  readonly text: string;
}

const SCHEME = 'ssh://';

/** Also what is meant for one and written otherwise (`ssh:kvm7`, `SSH://kvm7`), which is refused then; a file of such a name is `./ssh:kvm7`. */
export function isSshHost(word: string): boolean {
  return /^ssh:/i.test(word);
}

/** Names of DNS and of ssh's own configuration, IPv4; IPv6 stands in brackets. */
const NAME = /^[A-Za-z0-9_][A-Za-z0-9._-]*$/;
const IPV6 = /^\[([0-9A-Fa-f:]+(?:\.\d+){0,3}(?:%[A-Za-z0-9._-]+)?)\]$/;
const USER = /^[A-Za-z0-9_][A-Za-z0-9._-]*\$?$/;

/**
 * Reads such a word.
 *
 * @throws {HostdevError} `host-malformed`.
 */
export function parseSshHost(text: string): SshDestination {
  const [, user, host = '', portText] = /^(?:([^@]*)@)?(\[[^\]]*\]|[^:@/]*)(?::([^/]*))?\/?$/.exec(text.slice(SCHEME.length)) ?? [];
  const name = IPV6.exec(host)?.[1] ?? (NAME.test(host) ? host : undefined);
  const port = portText === undefined ? undefined : /^\d{1,5}$/.test(portText) ? Number(portText) : 0;
  const isWrong =
    !text.startsWith(SCHEME) || name === undefined || (user !== undefined && !USER.test(user)) || (port !== undefined && (port < 1 || port > 65_535));
  if (isWrong) {
    throw new HostdevError('host-malformed', `'${text}' names no machine that ssh can reach`, {
      subject: text,
      hint: 'it is written ssh://[USER@]HOST[:PORT], an IPv6 address in brackets: --host ssh://root@kvm7',
    });
  }
  return {
    program: 'ssh',
    options: [...(port === undefined ? [] : ['-p', String(port)]), ...(user === undefined ? [] : ['-l', user])],
    host: name,
    text,
  };
}

/** What somebody types to see whether ssh comes through. */
export function sshCommand({ program, options, host }: SshDestination): string {
  return [program, ...options, '--', host].map(shellWord).join(' ');
}
