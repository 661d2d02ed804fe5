/** libvirt as an object: what hostdev asks of it, in the words of libvirt's public interface. */
import type { Duplex } from 'node:stream';
import { HostdevError } from '../../errors.ts';
import {
  AFFECT,
  DOMAIN_STATES,
  DOMAIN_XML,
  type DomainState,
  FEATURE_KEEPALIVE,
  LIBVIRT_ERROR,
  LIST_DOMAINS,
  LIST_NODE_DEVICES,
  START,
  UNDEFINE,
} from '../protocol/numbers.ts';
import type { DomainRef, NetworkRef } from '../protocol/types.ts';
import { type LibvirtUri, parseLibvirtUri } from '../protocol/uri.ts';
import { readAuthFile } from './auth-file.ts';
import { type AskCredentials, authenticate } from './authenticate.ts';
import { type CallOptions, Connection } from './connection.ts';
import { defaultUri } from './default-uri.ts';
import { dial, type DialOptions } from './dial.ts';
import { libvirtCode } from './libvirt-error.ts';
import { type GuestEvent, type NodeDeviceEvent, watchDomains, watchNodeDevices } from './watch.ts';

export interface ConnectOptions extends DialOptions {
  /** Asked when the server wants user name and password; libvirt's auth.conf is read when missing. */
  readonly credentials?: AskCredentials | undefined;
  /** Notice within half a minute when the server has gone; for connections that wait for events. */
  readonly pulse?: boolean | undefined;
}

/** What a change of a guest changes: the guest that runs, its definition, or both. */
export interface Affect {
  readonly live?: boolean;
  readonly config?: boolean;
}

/**
 * Connects to libvirt.
 *
 * @param uri a connection URI; libvirt's default when missing.
 * @throws {HostdevError} `libvirt-uri`, `libvirt-unreachable`, `libvirt-auth`, `libvirt-refused`.
 * @example
 * ```ts
 * import { connectLibvirt } from 'hostdev/libvirt';
 * import { startFakeLibvirt } from 'hostdev/testing';
 * const fake = await startFakeLibvirt();
 * const libvirt = await connectLibvirt(`qemu+unix:///system?socket=${fake.socket}`);
 * await libvirt.defineDomain("<domain type='kvm'><name>web</name></domain>");
 * console.log((await libvirt.listDomains()).map(({ name }) => name).join(', ')); // → web
 * await libvirt.close();
 * await fake.stop();
 * ```
 */
export async function connectLibvirt(uri?: string, options: ConnectOptions = {}): Promise<Libvirt> {
  const parsed = parseLibvirtUri(uri ?? (await defaultUri()));
  const again: Again = (signal) => connectLibvirt(parsed.text, { signal, timeoutMs: COMPANION_MS });
  return open(await dial(parsed, options), parsed, options, parsed.transport === 'unix' ? again : undefined);
}

/**
 * Opens a connection over a stream that somebody else has dialled.
 *
 * @throws {HostdevError} `libvirt-auth`, `libvirt-refused`, `libvirt-closed`.
 * @example
 * ```ts
 * import { connect } from 'node:net';
 * import { openLibvirt, parseLibvirtUri } from 'hostdev/libvirt';
 * import { startFakeLibvirt } from 'hostdev/testing';
 * const fake = await startFakeLibvirt();
 * const libvirt = await openLibvirt(connect(fake.socket), parseLibvirtUri('qemu:///system'));
 * console.log((await libvirt.listDomains()).length); // → 0
 * await libvirt.close();
 * await fake.stop();
 * ```
 */
export function openLibvirt(stream: Duplex, uri: LibvirtUri, options: ConnectOptions = {}): Promise<Libvirt> {
  return open(stream, uri, options, undefined);
}

/** Opens a connection like this one. */
type Again = (signal: AbortSignal) => Promise<Libvirt>;

async function open(stream: Duplex, uri: LibvirtUri, options: ConnectOptions, again: Again | undefined): Promise<Libvirt> {
  const connection = new Connection(stream, uri.text, uri.transport === 'tls');
  try {
    const wasAsked = await authenticate(connection, options.credentials ?? (() => readAuthFile(uri.host ?? 'localhost')), options);
    // From then on the server asks for signs of life too, and drops clients that have none.
    if (options.pulse === true) await connection.call('CONNECT_SUPPORTS_FEATURE', { feature: FEATURE_KEEPALIVE }, options);
    await connection.call('CONNECT_OPEN', { name: uri.serverName, flags: 0 }, options);
    if (options.pulse === true) connection.startPulse();
    return new Libvirt(connection, uri, wasAsked ? undefined : again);
  } catch (error) {
    connection.close();
    throw error;
  }
}

/** Calls once more without flags where the driver knows one of them not. */
async function orWithoutFlags<T>(flags: number, call: (flags: number) => Promise<T>): Promise<T> {
  try {
    return await call(flags);
  } catch (error) {
    if (flags === 0 || libvirtCode(error) !== LIBVIRT_ERROR.invalidArgument) throw error;
    return call(0);
  }
}

type Lookup = () => Promise<{ readonly dom: DomainRef }>;

const CLOSE_MS = 1000;

/** VIR_NETWORK_XML_INACTIVE. */
const NETWORK_XML_INACTIVE = 1;

/** More of them do not make libvirtd faster; it refuses nobody below 20. */
const COMPANIONS = 3;

/** A libvirtd that has all the clients it may have lets others wait without a word. */
const COMPANION_MS = 5000;

/**
 * An open connection. Every method rejects with a `HostdevError` whose details have libvirt's own code, domain, level and text.
 *
 * @example
 * ```ts
 * import { type Libvirt, connectLibvirt } from 'hostdev/libvirt';
 * import { startFakeLibvirt } from 'hostdev/testing';
 * const fake = await startFakeLibvirt();
 * const libvirt: Libvirt = await connectLibvirt(`qemu+unix:///system?socket=${fake.socket}`);
 * await libvirt.defineDomain("<domain type='kvm'><name>web</name></domain>");
 * console.log((await libvirt.findDomain('web')).id); // → -1
 * await libvirt.close();
 * await fake.stop();
 * ```
 */
export class Libvirt {
  readonly uri: LibvirtUri;
  readonly #connection: Connection;
  readonly #again: Again | undefined;
  readonly #companions = new Set<Promise<Libvirt>>();
  readonly #ending = new AbortController();

  constructor(connection: Connection, uri: LibvirtUri, again?: Again) {
    this.#connection = connection;
    this.uri = uri;
    this.#again = again;
    connection.onClosed(() => void this.#closeCompanions());
  }

  /**
   * More connections to the same libvirt, for reading much at once: opened when they are first asked for, closed with this one. None where
   * each would cost a login or a way through the network.
   */
  companions(): readonly Promise<Libvirt>[] {
    const { signal } = this.#ending;
    while (this.#again !== undefined && this.isOpen && !signal.aborted && this.#companions.size < COMPANIONS) {
      const companion = this.#again(signal);
      this.#companions.add(companion);
      const forget = (): void => void this.#companions.delete(companion);
      companion.then((libvirt) => libvirt.onClosed(forget), forget);
    }
    return [...this.#companions];
  }

  async #closeCompanions(): Promise<void> {
    this.#ending.abort();
    await Promise.all([...this.#companions].map((companion) => companion.then((libvirt) => libvirt.close()).catch(() => undefined)));
    this.#companions.clear();
  }

  /** Whether guests and functions are those of this machine. */
  get isLocal(): boolean {
    return this.uri.transport === 'unix';
  }

  get isOpen(): boolean {
    return this.#connection.isOpen;
  }

  /** Says good-bye where that is possible within a second; never rejects. */
  async close(): Promise<void> {
    await this.#closeCompanions();
    // It waits behind what is under way, so that its time would not begin before that is answered.
    if (this.#connection.isOpen) await this.#connection.call('CONNECT_CLOSE', undefined, { signal: AbortSignal.timeout(CLOSE_MS) }).catch(() => undefined);
    this.#connection.close();
  }

  /** Calls back when the connection ends without having been closed. */
  onClosed(listener: (error: HostdevError) => void): void {
    this.#connection.onClosed(listener);
  }

  /** Versions as libvirt numbers them: 11003000 is 11.3.0. */
  async versions(): Promise<{ readonly libvirt: number; readonly hypervisor: number; readonly type: string }> {
    const [{ libVer }, { hvVer }, { type }] = await Promise.all([
      this.#connection.call('CONNECT_GET_LIB_VERSION', undefined),
      this.#connection.call('CONNECT_GET_VERSION', undefined),
      this.#connection.call('CONNECT_GET_TYPE', undefined),
    ]);
    return { libvirt: Number(libVer), hypervisor: Number(hvVer), type };
  }

  async hostname(): Promise<string> {
    return (await this.#connection.call('CONNECT_GET_HOSTNAME', undefined)).hostname;
  }

  /** As the server sees itself. */
  async serverUri(): Promise<string> {
    return (await this.#connection.call('CONNECT_GET_URI', undefined)).uri;
  }

  /** XML about host and guests. */
  async capabilities(): Promise<string> {
    return (await this.#connection.call('CONNECT_GET_CAPABILITIES', undefined)).capabilities;
  }

  /** XML about what a QEMU can do; libvirt's default for what is left out. */
  async domainCapabilities(
    which: { readonly emulator?: string; readonly arch?: string; readonly machine?: string; readonly virtType?: string } = {},
  ): Promise<string> {
    const args = { emulatorbin: which.emulator, arch: which.arch, machine: which.machine, virttype: which.virtType, flags: 0 };
    return (await this.#connection.call('CONNECT_GET_DOMAIN_CAPABILITIES', args)).capabilities;
  }

  /** Every guest, running or not. */
  async listDomains(): Promise<readonly DomainRef[]> {
    return (await this.#connection.call('CONNECT_LIST_ALL_DOMAINS', { needResults: 1, flags: LIST_DOMAINS.active | LIST_DOMAINS.inactive })).domains;
  }

  /**
   * A guest by name, uuid or the number that it has while it runs.
   *
   * @throws {HostdevError} `guest-unknown`.
   */
  async findDomain(word: string): Promise<DomainRef> {
    const byNumber: Lookup[] = /^\d{1,9}$/.test(word) ? [() => this.#connection.call('DOMAIN_LOOKUP_BY_ID', { id: Number(word) })] : [];
    return this.#firstFound(word, [...byNumber, ...this.#lookupsByName(word)]);
  }

  /**
   * A guest by name or uuid, which it keeps: a number is that of another guest as soon as both have been started again.
   *
   * @throws {HostdevError} `guest-unknown`.
   */
  async findNamedDomain(word: string): Promise<DomainRef> {
    return this.#firstFound(word, this.#lookupsByName(word));
  }

  #lookupsByName(word: string): Lookup[] {
    const lookups: Lookup[] = [];
    if (/^[0-9a-f]{8}-?([0-9a-f]{4}-?){3}[0-9a-f]{12}$/i.test(word)) lookups.push(() => this.#connection.call('DOMAIN_LOOKUP_BY_UUID', { uuid: word }));
    lookups.push(() => this.#connection.call('DOMAIN_LOOKUP_BY_NAME', { name: word }));
    return lookups;
  }

  async #firstFound(word: string, lookups: readonly Lookup[]): Promise<DomainRef> {
    for (const [i, lookup] of lookups.entries()) {
      try {
        return (await lookup()).dom;
      } catch (error) {
        if (i === lookups.length - 1 || libvirtCode(error) !== LIBVIRT_ERROR.noDomain) throw error;
      }
    }
    throw new HostdevError('guest-unknown', `there is no guest '${word}'`, { subject: word });
  }

  /** XML of the guest that runs, or of its definition. */
  async domainXml(
    domain: DomainRef,
    options: { readonly inactive?: boolean; readonly secure?: boolean; readonly migratable?: boolean } & CallOptions = {},
  ): Promise<string> {
    const flags =
      (options.inactive === true ? DOMAIN_XML.inactive : 0) |
      (options.secure === true ? DOMAIN_XML.secure : 0) |
      (options.migratable === true ? DOMAIN_XML.migratable : 0);
    return (await this.#connection.call('DOMAIN_GET_XML_DESC', { dom: domain, flags }, options)).xml;
  }

  async domainState(domain: DomainRef): Promise<DomainState> {
    return DOMAIN_STATES[(await this.#connection.call('DOMAIN_GET_STATE', { dom: domain, flags: 0 })).state] ?? 'no state';
  }

  /** Whether the guest has a definition that is kept when it ends. */
  async isPersistent(domain: DomainRef): Promise<boolean> {
    return (await this.#connection.call('DOMAIN_IS_PERSISTENT', { dom: domain })).persistent !== 0;
  }

  async autostart(domain: DomainRef): Promise<boolean> {
    return (await this.#connection.call('DOMAIN_GET_AUTOSTART', { dom: domain })).autostart !== 0;
  }

  async setAutostart(domain: DomainRef, on: boolean): Promise<void> {
    await this.#connection.call('DOMAIN_SET_AUTOSTART', { dom: domain, autostart: on ? 1 : 0 });
  }

  /** Stores a definition; one of that name or uuid is replaced. */
  async defineDomain(xml: string): Promise<DomainRef> {
    return (await this.#connection.call('DOMAIN_DEFINE_XML_FLAGS', { xml, flags: 0 })).dom;
  }

  /** Forgets a definition; what the guest has in NVRAM stays. A guest whose memory was saved is refused, unless that may be lost too. */
  async undefineDomain(domain: DomainRef, options: { readonly loseSavedState?: boolean } = {}): Promise<void> {
    const flags = UNDEFINE.keepNvram | (options.loseSavedState === true ? UNDEFINE.managedSave | UNDEFINE.snapshotsMetadata : 0);
    // Drivers without NVRAM do not know that there is something to keep.
    await orWithoutFlags(flags, (known) => this.#connection.call('DOMAIN_UNDEFINE_FLAGS', { dom: domain, flags: known }));
  }

  /** Starts a guest that is defined. */
  async startDomain(domain: DomainRef, options: { readonly paused?: boolean } & CallOptions = {}): Promise<DomainRef> {
    const flags = options.paused === true ? START.paused : START.none;
    return (await this.#connection.call('DOMAIN_CREATE_WITH_FLAGS', { dom: domain, flags }, options)).dom;
  }

  /** Starts a guest that is gone when it ends. */
  async createDomain(xmlDesc: string, options: { readonly paused?: boolean } & CallOptions = {}): Promise<DomainRef> {
    const flags = options.paused === true ? START.paused : START.none;
    return (await this.#connection.call('DOMAIN_CREATE_XML', { xmlDesc, flags }, options)).dom;
  }

  /** Ends a guest at once, as if its power was cut. */
  async destroyDomain(domain: DomainRef): Promise<void> {
    await this.#connection.call('DOMAIN_DESTROY_FLAGS', { dom: domain, flags: 0 });
  }

  async suspendDomain(domain: DomainRef): Promise<void> {
    await this.#connection.call('DOMAIN_SUSPEND', { dom: domain });
  }

  async resumeDomain(domain: DomainRef): Promise<void> {
    await this.#connection.call('DOMAIN_RESUME', { dom: domain });
  }

  async attachDevice(domain: DomainRef, xml: string, affect: Affect, options: CallOptions = {}): Promise<void> {
    await this.#connection.call('DOMAIN_ATTACH_DEVICE_FLAGS', { dom: domain, xml, flags: affectFlags(affect) }, options);
  }

  /** Asks a guest to let a device go; it has let go when the event says so. */
  async detachDevice(domain: DomainRef, xml: string, affect: Affect, options: CallOptions = {}): Promise<void> {
    await this.#connection.call('DOMAIN_DETACH_DEVICE_FLAGS', { dom: domain, xml, flags: affectFlags(affect) }, options);
  }

  /** The same by the device's alias; this never waits for the guest. */
  async detachDeviceAlias(domain: DomainRef, alias: string, affect: Affect, options: CallOptions = {}): Promise<void> {
    await this.#connection.call('DOMAIN_DETACH_DEVICE_ALIAS', { dom: domain, alias, flags: affectFlags(affect) }, options);
  }

  async updateDevice(domain: DomainRef, xml: string, affect: Affect, options: CallOptions = {}): Promise<void> {
    await this.#connection.call('DOMAIN_UPDATE_DEVICE_FLAGS', { dom: domain, xml, flags: affectFlags(affect) }, options);
  }

  /** Names of the host's PCI functions, `pci_0002_00_00_0`. */
  async listPciDevices(): Promise<readonly string[]> {
    const { devices } = await this.#connection.call('CONNECT_LIST_ALL_NODE_DEVICES', { needResults: 1, flags: LIST_NODE_DEVICES.pci });
    return devices.map(({ name }) => name);
  }

  /** undefined where the host has no device of that name. */
  async nodeDeviceXml(name: string): Promise<string | undefined> {
    try {
      await this.#connection.call('NODE_DEVICE_LOOKUP_BY_NAME', { name });
      return (await this.#connection.call('NODE_DEVICE_GET_XML_DESC', { name, flags: 0 })).xml;
    } catch (error) {
      if (libvirtCode(error) === LIBVIRT_ERROR.noNodeDevice) return undefined;
      throw error;
    }
  }

  /** Takes a device from its host driver to vfio-pci. */
  async detachNodeDevice(name: string): Promise<void> {
    await this.#connection.call('NODE_DEVICE_DETACH_FLAGS', { name, driverName: 'vfio', flags: 0 });
  }

  /** Gives a device back to its host driver. */
  async reattachNodeDevice(name: string): Promise<void> {
    await this.#connection.call('NODE_DEVICE_RE_ATTACH', { name });
  }

  async resetNodeDevice(name: string): Promise<void> {
    await this.#connection.call('NODE_DEVICE_RESET', { name });
  }

  async listNetworks(): Promise<readonly NetworkRef[]> {
    return (await this.#connection.call('CONNECT_LIST_ALL_NETWORKS', { needResults: 1, flags: 0 })).nets;
  }

  /** undefined where there is none of that name. */
  async findNetwork(name: string): Promise<NetworkRef | undefined> {
    try {
      return (await this.#connection.call('NETWORK_LOOKUP_BY_NAME', { name })).net;
    } catch (error) {
      if (libvirtCode(error) === LIBVIRT_ERROR.noNetwork) return undefined;
      throw error;
    }
  }

  /** `inactive`: the definition that is kept, without what libvirt adds while the network is active. */
  async networkXml(net: NetworkRef, { inactive = false }: { readonly inactive?: boolean } = {}): Promise<string> {
    // Drivers that add nothing have one XML, and no flag for another: the one for tests.
    const { xml } = await orWithoutFlags(inactive ? NETWORK_XML_INACTIVE : 0, (flags) => this.#connection.call('NETWORK_GET_XML_DESC', { net, flags }));
    return xml;
  }

  async isNetworkPersistent(net: NetworkRef): Promise<boolean> {
    return (await this.#connection.call('NETWORK_IS_PERSISTENT', { net })).persistent !== 0;
  }

  async networkAutostart(net: NetworkRef): Promise<boolean> {
    return (await this.#connection.call('NETWORK_GET_AUTOSTART', { net })).autostart !== 0;
  }

  async isNetworkActive(net: NetworkRef): Promise<boolean> {
    return (await this.#connection.call('NETWORK_IS_ACTIVE', { net })).active !== 0;
  }

  async defineNetwork(xml: string): Promise<NetworkRef> {
    return (await this.#connection.call('NETWORK_DEFINE_XML', { xml })).net;
  }

  async startNetwork(net: NetworkRef): Promise<void> {
    await this.#connection.call('NETWORK_CREATE', { net });
  }

  async setNetworkAutostart(net: NetworkRef, on: boolean): Promise<void> {
    await this.#connection.call('NETWORK_SET_AUTOSTART', { net, autostart: on ? 1 : 0 });
  }

  async stopNetwork(net: NetworkRef): Promise<void> {
    await this.#connection.call('NETWORK_DESTROY', { net });
  }

  async undefineNetwork(net: NetworkRef): Promise<void> {
    await this.#connection.call('NETWORK_UNDEFINE', { net });
  }

  /** Tells about one guest, or about all; gives what ends it. */
  async watchDomains(listener: (event: GuestEvent) => void, only?: DomainRef): Promise<() => Promise<void>> {
    return watchDomains(this.#connection, listener, only);
  }

  /** Tells about devices of the host; gives what ends it. */
  async watchNodeDevices(listener: (event: NodeDeviceEvent) => void): Promise<() => Promise<void>> {
    return watchNodeDevices(this.#connection, listener);
  }
}

function affectFlags({ live = false, config = false }: Affect): number {
  return (live ? AFFECT.live : AFFECT.current) | (config ? AFFECT.config : 0);
}
