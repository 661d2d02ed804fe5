/** Whether a request was meant for this server, and comes from its own page. */
import type { IncomingMessage } from 'node:http';
import { HostdevError } from '../../errors.ts';

/** Where browsers reach the server: `127.0.0.1:7788`. */
export interface Origins {
  readonly scheme: 'http' | 'https';
  /** In small letters; `*.example.org:7788` where a certificate is for every name of a domain. */
  readonly hosts: ReadonlySet<string>;
}

/** A star of a certificate stands for one label, and no part of one (RFC 9525, section 6.3). */
function isOwn({ hosts }: Origins, host: string): boolean {
  const name = host.toLowerCase();
  const [label = ''] = name.split('.', 1);
  return hosts.has(name) || (/^[a-z0-9_-]+$/.test(label) && hosts.has(`*${name.slice(label.length)}`));
}

/** @throws {HostdevError} `origin-refused`: a name that somebody else's DNS leads here (rebinding) is not ours. */
export function requireHost(origins: Origins, { headers: { host } }: IncomingMessage): void {
  if (host !== undefined && isOwn(origins, host)) return;
  throw new HostdevError('origin-refused', `this server is not '${host ?? ''}'`, { hint: 'open the page by the link that hostdev ui prints' });
}

/** @throws {HostdevError} `origin-refused` for what another site has sent. Not all browsers send both headers, and programs send neither. */
export function requireOrigin(origins: Origins, { headers }: IncomingMessage): void {
  const origin = headers.origin;
  const site = headers['sec-fetch-site'];
  const before = `${origins.scheme}://`;
  const isOurs = origin === undefined || (origin.startsWith(before) && isOwn(origins, origin.slice(before.length)));
  if (isOurs && (site === undefined || site === 'same-origin' || site === 'none')) return;
  throw new HostdevError('origin-refused', `the request comes from ${origin ?? 'another site'}`, { hint: 'open the page by the link that hostdev ui prints' });
}
