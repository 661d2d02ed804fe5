/** The names by which browsers may reach a server: a name that somebody else's DNS leads here is none of them. */
import { X509Certificate } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import { hostname, networkInterfaces } from 'node:os';
import type { Origins } from '../http/origin.ts';
import type { ListenAddress } from './address.ts';

interface Named {
  readonly listen: ListenAddress;
  readonly bound: AddressInfo;
  /** PEM; whoever has it may be reached by the names in it. */
  readonly certificate?: string | Buffer | undefined;
}

/** The first name is that of the link. */
export function ownOrigins({ listen, bound, certificate }: Named): Origins {
  const scheme = certificate === undefined ? 'http' : 'https';
  const isLocal = /^127\.|^::1$/.test(bound.address);
  const isAny = bound.address === '0.0.0.0' || bound.address === '::';
  const names = [
    ...(isAny ? [hostname()] : [...(listen.kind === 'tcp' ? [listen.host] : []), bound.address]),
    ...(isLocal ? ['localhost', '127.0.0.1', '::1'] : []),
    ...(isAny ? addressesOfMachine() : []),
    ...(certificate === undefined ? [] : namesIn(certificate)),
  ];
  const standard = scheme === 'https' ? 443 : 80;
  const hosts = names.map(inUrl).flatMap((name) => [`${name}:${bound.port}`, ...(bound.port === standard ? [name] : [])]);
  return { scheme, hosts: new Set(hosts.map((host) => host.toLowerCase())) };
}

function addressesOfMachine(): string[] {
  const all = Object.values(networkInterfaces()).flatMap((addresses) => addresses ?? []);
  return ['localhost', ...all.map(({ address }) => address)];
}

/** Subject alternative names: `DNS:kvm7.example.org, IP Address:192.0.2.7`. */
function namesIn(certificate: string | Buffer): string[] {
  const { subjectAltName = '' } = new X509Certificate(certificate);
  return [...subjectAltName.matchAll(/(?:DNS|IP Address):([^,\s"]+)/g)].map(([, name = '']) => name);
}

/** As browsers write it: RFC 3986, section 3.2.2, and addresses of IPv6 as short as can be, which certificates do not have. */
function inUrl(name: string): string {
  const written = name.includes(':') ? `[${name}]` : name;
  return name.includes(':') && URL.canParse(`http://${written}`) ? new URL(`http://${written}`).hostname : written;
}
