/** Connection URIs as libvirt has them: `driver[+transport]://[user@][host][:port]/path[?name=value…]`. */
import { HostdevError } from '../../errors.ts';
import { wordTable } from '../../word-table.ts';

export type Transport = 'unix' | 'ssh' | 'tls';

export interface LibvirtUri {
  /** As it was given. */
  readonly text: string;
  readonly driver: 'qemu' | 'test';
  readonly transport: Transport;
  readonly user: string | undefined;
  readonly host: string | undefined;
  readonly port: number | undefined;
  /** `/system`, `/session`, `/default`. */
  readonly path: string;
  /** What the server is asked to open: the URI without way and parameters, or the parameter `name`. */
  readonly serverName: string;
  /** `socket`, `mode`, `command`, `netcat`, `keyfile`, `no_verify`, `pkipath`, `proxy`, `known_hosts`, … */
  readonly parameters: Readonly<Record<string, string>>;
}

const PATHS = { qemu: ['/system', '/session'], test: ['/default'] } as const;

/** What these parameters become is a word of a command line on the other host, or a file name. */
const PARAMETER_PATTERNS = wordTable<RegExp>({
  socket: /^\/[\w./+@:=-]{1,107}$/,
  mode: /^(auto|legacy|direct)$/,
  command: /^[\w./+-]{1,255}$/,
  netcat: /^[\w./+-]{1,255}$/,
  proxy: /^(auto|netcat|native)$/,
  keyfile: /^[^\0]{1,4096}$/,
  known_hosts: /^[^\0]{1,4096}$/,
  known_hosts_verify: /^(normal|auto|ignore)$/,
  pkipath: /^[^\0]{1,4096}$/,
  name: /^[\w+]+:\/\/[\w./-]*$/,
  no_verify: /^\d$/,
  no_tty: /^\d$/,
  no_sanity: /^\d$/,
  tls_priority: /^[\w:+!@%.-]{1,255}$/,
});

/**
 * Takes a URI apart and checks every part that reaches a path or a command line.
 *
 * @throws {HostdevError} `libvirt-uri`.
 * @example
 * ```ts
 * import { parseLibvirtUri } from 'hostdev/libvirt';
 * const uri = parseLibvirtUri('qemu+ssh://root@kvm1.example.com/system');
 * console.log(uri.transport, uri.host, uri.serverName); // → ssh kvm1.example.com qemu:///system
 * ```
 */
export function parseLibvirtUri(text: string): LibvirtUri {
  const refuse = (message: string, hint: string): never => {
    throw new HostdevError('libvirt-uri', `connection URI '${text}': ${message}`, { subject: text, hint });
  };
  const [, driver = '', way, authority = '', path = '', query = ''] =
    /^([a-z]+)(?:\+([a-z]+))?:\/\/([^/?#]*)(\/[^?#]*)?(?:\?([^#]*))?$/.exec(text) ?? refuse('cannot be read', 'for example qemu:///system');
  if (driver !== 'qemu' && driver !== 'test') {
    return refuse(`hostdev does not know the driver '${driver}'`, 'use qemu:///system, qemu:///session, or one of them over ssh or tls');
  }
  const [, user, bracketed, plain, portText] =
    /^(?:([^@]+)@)?(?:\[([0-9a-fA-F:.%\w]+)\]|([\w.-]*))(?::(\d{1,5}))?$/.exec(authority) ??
    refuse(`'${authority}' is no host`, 'write host, user@host or host:port');
  const host = bracketed ?? (plain === '' ? undefined : plain);
  if (host?.startsWith('-') === true || (user !== undefined && !/^\w[\w.@\\-]{0,255}$/.test(user)))
    return refuse(`'${authority}' is no host`, 'write host or user@host');
  const port = portText === undefined ? undefined : Number(portText);
  if (port !== undefined && (port < 1 || port > 65_535)) return refuse(`port ${portText} is outside 1–65535`, 'leave it out for the usual one');
  const transport = transportOf(way, host) ?? refuse(`there is no way '${way}'`, 'known are unix, ssh and tls');
  if (transport !== 'unix' && host === undefined) return refuse(`${transport} needs a host`, `for example ${driver}+${transport}://kvm1.example.com/system`);
  if (transport === 'unix' && host !== undefined) return refuse('a unix socket has no host', 'leave the host out, or use +ssh');
  if (!(PATHS[driver] as readonly string[]).includes(path)) {
    return refuse(`'${path}' is none of ${PATHS[driver].join(', ')}`, `for example ${driver}://${PATHS[driver][0]}`);
  }
  const parameters = parametersOf(query, refuse);
  return { text, driver, transport, user, host, port, path, serverName: parameters['name'] ?? `${driver}://${path}`, parameters };
}

function transportOf(way: string | undefined, host: string | undefined): Transport | undefined {
  // Without a way libvirt takes TLS when a host is named.
  if (way === undefined) return host === undefined ? 'unix' : 'tls';
  return way === 'unix' || way === 'ssh' || way === 'tls' ? way : undefined;
}

function parametersOf(query: string, refuse: (message: string, hint: string) => never): Record<string, string> {
  const parameters: Record<string, string> = {};
  for (const part of query.split('&').filter((each) => each !== '')) {
    const [name = '', value = ''] = part.split('=', 2).map(decode);
    const pattern = Object.hasOwn(PARAMETER_PATTERNS, name) ? PARAMETER_PATTERNS[name] : undefined;
    if (pattern === undefined) return refuse(`there is no parameter '${name}'`, `known are ${Object.keys(PARAMETER_PATTERNS).join(', ')}`);
    if (!pattern.test(value)) return refuse(`${name} '${value}' cannot be`, 'see the page "Connection URIs" of libvirt');
    parameters[name] = value;
  }
  return parameters;
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
