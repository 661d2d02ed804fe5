/** Whether a request was meant for this server, and comes from its own page. */
import type { IncomingMessage } from 'node:http';
import { HostdevError } from '../../errors.ts';

/** Where browsers reach the server: `127.0.0.1:7788`. */
export interface Origins {
  readonly scheme: 'http' | 'https';
  readonly hosts: ReadonlySet<string>;
}

/** @throws {HostdevError} `origin-refused`: a name that somebody else's DNS leads here (rebinding) is not ours. */
export function requireHost({ hosts }: Origins, { headers: { host } }: IncomingMessage): void {
  if (host !== undefined && hosts.has(host.toLowerCase())) return;
  throw new HostdevError('origin-refused', `this server is not '${host ?? ''}'`, { hint: 'open the page by the link that hostdev ui prints' });
}

/** @throws {HostdevError} `origin-refused` for what another site has sent. Not all browsers send both headers, and programs send neither. */
export function requireOrigin({ scheme, hosts }: Origins, { headers }: IncomingMessage): void {
  const origin = headers.origin;
  const site = headers['sec-fetch-site'];
  const isOurs = origin === undefined || [...hosts].some((host) => origin.toLowerCase() === `${scheme}://${host}`);
  if (isOurs && (site === undefined || site === 'same-origin' || site === 'none')) return;
  throw new HostdevError('origin-refused', `the request comes from ${origin ?? 'another site'}`, { hint: 'open the page by the link that hostdev ui prints' });
}
