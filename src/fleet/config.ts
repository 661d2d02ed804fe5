/** Which fleet this machine is of: a file that has where the store is and by which name this host is known there. Never what is in keys and certificates. */
import { HostdevError } from '../errors.ts';
import { explainUnread, whyUnwritten } from '../files/explain.ts';
import { readBounded } from '../files/read-bounded.ts';
import { replaceFile } from '../files/replace-file.ts';
import type { PhysicalNetworks } from '../state/physical-networks.ts';
import { ensureFleetName } from './model/keys.ts';
import { ensureAbsolute, ensureCertificates, parseEndpoint, type StoreAddress } from './store-address.ts';

export interface FleetConfig {
  /** The name of this host in the fleet; null on a machine that looks and claims, and gives nothing itself. */
  readonly host: string | null;
  readonly store: StoreAddress;
  /** Networks that interfaces of this host are on, as somebody has said. */
  readonly networks?: PhysicalNetworks | undefined;
}

/** It has some hundred bytes. */
const CONFIG_LIMIT = 64 * 1024;
/** It names keys: which they are is nobody else's business. */
const CONFIG_MODE = 0o600;

/** undefined where this machine is of no fleet. @throws {HostdevError} `fleet-config`, `file-unreadable`. */
export async function readFleetConfig(file: string): Promise<FleetConfig | undefined> {
  const bytes = await readBounded(file, CONFIG_LIMIT).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null;
    throw explainUnread(error, {
      name: file,
      hint: "HOSTDEV_FLEET names the file that 'hostdev fleet join' writes; without it that is /etc/hostdev/fleet.conf",
    });
  });
  if (bytes === null) return undefined;
  if (bytes === undefined) throw malformed(file, `it has more than ${CONFIG_LIMIT} bytes`);
  return parseFleetConfig(bytes.toString('utf8'), file);
}

/** @throws {HostdevError} `fleet-absent` where this machine is of no fleet; `fleet-config`, `file-unreadable`. */
export async function requireFleetConfig(file: string): Promise<FleetConfig> {
  const found = await readFleetConfig(file);
  if (found !== undefined) return found;
  throw new HostdevError('fleet-absent', `this machine is of no fleet: there is no ${file}`, {
    subject: file,
    hint: "'hostdev fleet join' makes it a host of one; 'hostdev fleet init' makes a fleet",
  });
}

/** The name of this host, by what was read of the file. @throws {HostdevError} `fleet-absent` on a machine that gives nothing to its fleet. */
export function hostIn({ host }: FleetConfig, file: string): string {
  if (host !== null) return host;
  throw new HostdevError('fleet-absent', 'this machine is no host of its fleet: it only looks and claims', {
    subject: file,
    hint: "'hostdev fleet join' makes it a host",
  });
}

/** @throws {HostdevError} `file-unwritable`. */
export async function writeFleetConfig(file: string, config: FleetConfig): Promise<void> {
  await replaceFile(file, formatFleetConfig(config), CONFIG_MODE).catch((error: unknown) => {
    throw unwritten(file, error);
  });
}

/** @throws {HostdevError} `file-unwritable`. */
export async function removeFleetConfig(file: string): Promise<void> {
  await replaceFile(file, undefined).catch((error: unknown) => {
    throw unwritten(file, error);
  });
}

function unwritten(file: string, cause: unknown): HostdevError {
  return new HostdevError('file-unwritable', `${file} cannot be written: ${whyUnwritten(cause)}`, { subject: file, hint: 'run it as root', cause });
}

function formatFleetConfig({ host, store, networks }: FleetConfig): string {
  const where = store.kind === 'directory' ? { directory: store.path } : { endpoints: store.endpoints, ...store.certificates };
  return `${JSON.stringify({ version: 1, host, store: where, ...(networks === undefined || networks.size === 0 ? {} : { networks: Object.fromEntries(networks) }) }, null, 2)}\n`;
}

/** @throws {HostdevError} `fleet-config`. */
export function parseFleetConfig(text: string, file: string): FleetConfig {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw malformed(file, `it is no JSON: ${(error as Error).message}`);
  }
  const { version, host, store, networks } = fieldsOf(value, file, 'the file');
  if (version !== 1) throw malformed(file, `version ${JSON.stringify(version)} is not known to this hostdev`);
  if (host !== null && typeof host !== 'string') throw malformed(file, '"host" is neither a name nor null');
  try {
    const known = networks === undefined ? {} : { networks: networksOf(fieldsOf(networks, file, '"networks"'), file) };
    return { host: host === null ? null : ensureFleetName(host), store: storeOf(fieldsOf(store, file, '"store"'), file), ...known };
  } catch (error) {
    if (error instanceof HostdevError && error.code === 'usage') throw malformed(file, error.message);
    throw error;
  }
}

function storeOf(fields: Readonly<Record<string, unknown>>, file: string): StoreAddress {
  const text = (name: string): string => {
    const value = fields[name];
    if (typeof value !== 'string') throw malformed(file, `"store" has no text "${name}"`);
    return value;
  };
  if ('directory' in fields) return { kind: 'directory', path: ensureAbsolute(text('directory'), '"directory"') };
  const { endpoints } = fields;
  if (!Array.isArray(endpoints) || endpoints.length === 0 || !endpoints.every((each) => typeof each === 'string')) {
    throw malformed(file, '"store" has neither "directory" nor a list of "endpoints"');
  }
  const certificates = ensureCertificates({ ca: text('ca'), certificate: text('certificate'), key: text('key') });
  return { kind: 'etcd', endpoints: endpoints.map(parseEndpoint), certificates };
}

/** A name in the store's records has so many letters at most. */
const NETWORK_LIMIT = 256;

/** Networks by their interfaces. */
function networksOf(fields: Readonly<Record<string, unknown>>, file: string): PhysicalNetworks {
  return new Map(
    Object.entries(fields).map(([netdev, network]) => {
      if (typeof network === 'string' && network !== '' && network.length <= NETWORK_LIMIT) return [netdev, network] as const;
      throw malformed(file, `"networks" has no name of a network for ${netdev.slice(0, 80)}`);
    }),
  );
}

function fieldsOf(value: unknown, file: string, what: string): Readonly<Record<string, unknown>> {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Readonly<Record<string, unknown>>;
  throw malformed(file, `${what} is no object`);
}

function malformed(file: string, why: string): HostdevError {
  return new HostdevError('fleet-config', `${file} does not say which fleet this machine is of: ${why}`, {
    subject: file,
    // Joining writes nothing over it: the host may be one of another fleet, in which things of it are claimed.
    hint: `mend it (a newer one: with the hostdev that wrote it), or move ${file} away, then 'hostdev fleet join STORE' with the name that it had`,
  });
}
