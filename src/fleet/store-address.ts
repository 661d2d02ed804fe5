/** Where a fleet's store is, as somebody names it: `dir:/PATH`, or the endpoints of an etcd with the certificate of who asks. */
import { HostdevError } from '../errors.ts';

interface DirectoryAddress {
  readonly kind: 'directory';
  readonly path: string;
}

export interface EtcdAddress {
  readonly kind: 'etcd';
  /** `https://etcd1:2379` */
  readonly endpoints: readonly string[];
  readonly certificates: CertificateFiles;
}

/** Paths only: what is in the files is read where a connection is made, and goes nowhere else. */
export interface CertificateFiles {
  readonly ca: string;
  readonly certificate: string;
  readonly key: string;
}

export type StoreAddress = DirectoryAddress | EtcdAddress;

/** What a command line gives: the files' names as they were written. */
export interface NamedCertificates {
  readonly ca?: string | undefined;
  readonly cert?: string | undefined;
  readonly key?: string | undefined;
}

/** More members than any etcd has. */
const ENDPOINTS_LIMIT = 15;
const PATH_LIMIT = 4096;
const DEFAULT_PORT = '2379';
const HINT = 'dir:/PATH for a directory that its hosts share, or ENDPOINT[,ENDPOINT…] of an etcd: https://etcd1:2379,https://etcd2:2379';

/** @throws {HostdevError} `usage`, `option-conflict`. */
export function parseStoreAddress(word: string, { ca, cert, key }: NamedCertificates): StoreAddress {
  if (word.startsWith('dir:')) {
    if (ca ?? cert ?? key) throw new HostdevError('option-conflict', 'a directory needs no certificates', { hint: 'leave --ca, --cert and --key out' });
    return { kind: 'directory', path: ensureAbsolute(word.slice('dir:'.length), 'the directory of a fleet') };
  }
  requireNoUser(word);
  const endpoints = word.split(',').map(parseEndpoint);
  if (endpoints.length > ENDPOINTS_LIMIT) throw new HostdevError('usage', `${endpoints.length} endpoints are more than an etcd has members`, { hint: HINT });
  if (ca === undefined || cert === undefined || key === undefined) {
    throw new HostdevError('option-conflict', 'an etcd is asked with --ca, --cert and --key: the name of the certificate says who may do what', {
      hint: 'name three files in PEM',
    });
  }
  return { kind: 'etcd', endpoints, certificates: ensureCertificates({ ca, certificate: cert, key }) };
}

/** @throws {HostdevError} `usage` for a path that is none, or depends on where somebody stands. */
export function ensureAbsolute(path: string, what: string): string {
  if (path.startsWith('/') && path.length <= PATH_LIMIT && !/\p{Cc}/u.test(path)) return path.replace(/(?<=.)\/+$/, '');
  throw new HostdevError('usage', `"${path.slice(0, 80)}" is no absolute path, which ${what} needs`, { hint: 'it begins with /' });
}

/** @throws {HostdevError} `usage`. */
export function ensureCertificates({ ca, certificate, key }: CertificateFiles): CertificateFiles {
  return {
    ca: ensureAbsolute(ca, "the authority's certificate (--ca)"),
    certificate: ensureAbsolute(certificate, 'the certificate (--cert)'),
    key: ensureAbsolute(key, "the certificate's key (--key)"),
  };
}

/** `https://etcd1:2379` of `etcd1`, `etcd1:2379` or itself. @throws {HostdevError} `usage`. */
export function parseEndpoint(word: string): string {
  requireNoUser(word);
  const trimmed = word.trim();
  if (/^http:/i.test(trimmed)) {
    throw new HostdevError('usage', `${trimmed.slice(0, 80)} is without TLS, where an etcd does not know who asks`, { hint: 'use https://' });
  }
  const rest = trimmed.replace(/^https:\/\//i, '').replace(/\/$/, '');
  const [, host, port = DEFAULT_PORT] = /^((?:[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?)|\[[0-9a-f:.]+\])(?::(\d{1,5}))?$/i.exec(rest) ?? [];
  if (host === undefined || Number(port) < 1 || Number(port) > 65535) {
    throw new HostdevError('usage', `"${trimmed.slice(0, 80)}" is no endpoint of an etcd`, { hint: HINT });
  }
  return `https://${host.toLowerCase()}:${Number(port)}`;
}

/** Before a comma is split at, which may be one of a password; and not repeated, as what is said is seen in logs. */
function requireNoUser(word: string): void {
  if (!word.includes('@')) return;
  throw new HostdevError('usage', 'an endpoint has a user before its @, and an etcd knows who asks by the certificate', {
    hint: 'leave user and password out',
  });
}

/** `dir:/srv/fleet`, `https://etcd1:2379,https://etcd2:2379`: for people. */
export function formatStoreAddress(address: StoreAddress): string {
  return address.kind === 'directory' ? `dir:${address.path}` : address.endpoints.join(',');
}
