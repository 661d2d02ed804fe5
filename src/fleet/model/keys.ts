/** Where in a fleet's store what is kept. A prefix ends with a slash, or host-0001's would be host-00011's too. */
import { HostdevError } from '../../errors.ts';
import { formatPciAddress, type PciAddress } from '../../pci/address.ts';
import { parseSysfsName } from '../../pci/sysfs-name.ts';

export const FLEET_ROOT = 'hostdev/v1/';

/** Names of hosts and mappings: what a host name may be, so that a name is one part of a key and nothing else. */
export const FLEET_NAME = /^[a-z0-9](?:[a-z0-9.-]{0,61}[a-z0-9])?$/;

/** @throws HostdevError `usage` for a name that is none */
export function ensureFleetName(name: string): string {
  if (FLEET_NAME.test(name) && !name.includes('..')) return name;
  throw new HostdevError('usage', `"${name.slice(0, 80)}" is no name of a fleet`, {
    hint: 'lower-case letters, digits, "." and "-", 63 at most, a letter or digit first and last',
  });
}

/**
 * Which function of the fleet: an address of a host, a virtual function by its physical one (its address changes when they are made anew), or, on IBM Z, a
 * function id of the machine, which several partitions see.
 */
export type FunctionKey =
  | { readonly kind: 'address'; readonly host: string; readonly address: PciAddress }
  | { readonly kind: 'virtual'; readonly host: string; readonly physicalFunction: PciAddress; readonly index: number }
  | { readonly kind: 'machine'; readonly serial: string; readonly fid: number };

/** `host/kvm1/0000:3b:00.0`, `host/kvm1/0000:3b:00.0/vf/3`, `cpc/8561-0123456/0000a0f1`: the part of a claim's key that says which function. */
export function formatFunctionKey(key: FunctionKey): string {
  if (key.kind === 'machine') return `cpc/${key.serial}/${key.fid.toString(16).padStart(8, '0')}`;
  if (key.kind === 'address') return `host/${key.host}/${formatPciAddress(key.address)}`;
  return `host/${key.host}/${formatPciAddress(key.physicalFunction)}/vf/${key.index}`;
}

const HOST_KEY = /^host\/([^/]+)\/([^/]+)(?:\/vf\/(0|[1-9]\d{0,4}))?$/;
const MACHINE_KEY = /^cpc\/([^/]+)\/([0-9a-f]{8})$/;

/** Reads what `formatFunctionKey` writes; undefined for anything else. */
export function parseFunctionKey(text: string): FunctionKey | undefined {
  const [, serial, fid] = MACHINE_KEY.exec(text) ?? [];
  if (serial !== undefined && fid !== undefined) return { kind: 'machine', serial, fid: Number.parseInt(fid, 16) };
  const [, host, where = '', index] = HOST_KEY.exec(text) ?? [];
  const address = parseSysfsName(where);
  if (host === undefined || !FLEET_NAME.test(host) || address === undefined) return undefined;
  if (index === undefined) return { kind: 'address', host, address };
  return { kind: 'virtual', host, physicalFunction: address, index: Number(index) };
}

export const hostsPrefix = `${FLEET_ROOT}hosts/`;
export const alivePrefix = `${FLEET_ROOT}alive/`;
export const mappingsPrefix = `${FLEET_ROOT}mappings/`;
export const claimsPrefix = `${FLEET_ROOT}claims/`;
export const requestsPrefix = `${FLEET_ROOT}requests/`;
/** Ids of IBM Z that claims keep for their functions: a key of its own for each, so that the store gives each once. */
export const zpciPrefix = `${FLEET_ROOT}zpci/`;

/** What this fleet is: version of the layout, whether an attach without a claim makes its own. */
export const fleetKey = `${FLEET_ROOT}fleet`;
/** All that a host tells. */
export const hostPrefix = (host: string): string => `${hostsPrefix}${host}/`;
export const inventoryKey = (host: string): string => `${hostPrefix(host)}inventory`;
export const guestsKey = (host: string): string => `${hostPrefix(host)}guests`;
/** The only leased key: it ends with a slash's part of its own, as a prefix of rights needs. */
export const aliveKey = (host: string): string => `${alivePrefix}${host}/now`;
export const mappingKey = (name: string): string => `${mappingsPrefix}${name}`;
export const claimKey = (functionKey: string): string => `${claimsPrefix}${functionKey}`;
/** `zpci/uid/0x0021`, `zpci/fid/0x000000a1`, by the id as `formatUid` and `formatFid` write it. */
export const zpciKey = (kind: 'uid' | 'fid', id: string): string => `${zpciPrefix}${kind}/${id}`;
export const requestKey = (uuid: string): string => `${requestsPrefix}${uuid}`;
