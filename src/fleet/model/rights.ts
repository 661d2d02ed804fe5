/**
 * Who may read and write what, by prefixes of keys. A right cannot demand a compare: who may write a claim may overwrite one, which is why a host never takes
 * a claim that vanished for a function that is free. docs/fleet.md has the whole threat model.
 */
import { HostdevError } from '../../errors.ts';
import { alivePrefix, claimsPrefix, ensureFleetName, FLEET_ROOT, hostsPrefix, requestsPrefix, zpciPrefix } from './keys.ts';

/**
 * What a certificate is for. The functions of one IBM Z machine are shared by the partitions that are hosts, each of which names its serial number; below a
 * hypervisor, where a host is of IBM Z and its functions are its own, that is null.
 */
export type FleetRole =
  | { readonly kind: 'host'; readonly host: string; readonly serial?: string | null }
  | { readonly kind: 'claimer' }
  | { readonly kind: 'administrator' }
  | { readonly kind: 'reader' };

export interface Right {
  /** Ends with a slash: without it the right of host-0001 would be one to host-00011's keys. */
  readonly prefix: string;
  readonly access: 'read' | 'write' | 'readwrite';
}

/** The rights of a role. Everybody reads all: a claim is compared with what its host has published. @throws HostdevError `usage` for a name or a serial number that is none */
export function rightsOf(role: FleetRole): readonly Right[] {
  const read: Right = { prefix: FLEET_ROOT, access: 'read' };
  if (role.kind === 'reader') return [read];
  if (role.kind === 'administrator') return [{ prefix: FLEET_ROOT, access: 'readwrite' }];
  return [read, ...prefixesOf(role).map((prefix): Right => ({ prefix, access: 'write' }))];
}

function prefixesOf(role: Extract<FleetRole, { readonly kind: 'host' | 'claimer' }>): readonly string[] {
  if (role.kind === 'claimer') return [claimsPrefix, requestsPrefix, zpciPrefix];
  const host = ensureFleetName(role.host);
  const own = [`${hostsPrefix}${host}/`, `${alivePrefix}${host}/`, `${claimsPrefix}host/${host}/`];
  if (role.serial === undefined) return own;
  const shared = role.serial === null ? [] : [`${claimsPrefix}cpc/${ensureSerial(role.serial)}/`];
  // Ids are given once in all of the fleet: no part of these keys can be one host's.
  return [...own, ...shared, zpciPrefix];
}

/** As it stands in the keys of the machine's functions: one part, and nothing else. */
function ensureSerial(serial: string): string {
  if (/^[\w-]{1,64}$/.test(serial)) return serial;
  throw new HostdevError('usage', `"${serial.slice(0, 80)}" is no serial number of a machine`, { hint: 'such as 8561-0123456' });
}

/** A role's name in an etcd, which other programs may use too. */
export function roleName(role: FleetRole): string {
  return role.kind === 'host' ? `${ROLE_PREFIX}host-${ensureFleetName(role.host)}` : `${ROLE_PREFIX}${role.kind}`;
}

/** Roles of these names are ours. */
export const ROLE_PREFIX = 'hostdev-';
