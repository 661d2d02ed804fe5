/** What the fake libvirt knows and does; one for all its clients. */
import type { HostFacts } from '../../addressing/host-facts.ts';
import type { DomainRef, NetworkRef } from '../../libvirt/protocol/types.ts';
import { parseXml } from '../../xml/parse.ts';
import { childElement, textOf } from '../../xml/read.ts';
import { complete, type FakeGuest, findDevice, withDevice, withoutDevice } from './guest.ts';
import { Refusal } from './server.ts';

const NO_DOMAIN = 42;
const NO_NETWORK = 43;
const NO_NODE_DEVICE = 53;
const OPERATION_INVALID = 55;
const OPERATION_FAILED = 9;

const LIVE = 1;
const CONFIG = 2;
/** Of a network's XML. */
const INACTIVE = 1;

export interface FakeNetwork {
  readonly name: string;
  readonly uuid: string;
  xml: string;
  active: boolean;
  autostart: boolean;
  /** Guests that have one of its functions. */
  connections?: number;
  /** Without a definition that is kept. */
  transient?: boolean;
}

export type Notice =
  | { readonly kind: 'lifecycle'; readonly guest: FakeGuest; readonly event: number; readonly detail: number }
  | { readonly kind: 'added' | 'removed' | 'failed'; readonly guest: FakeGuest; readonly alias: string };

/** Numbers of lifecycle events: defined, undefined, started, suspended, resumed, stopped. */
const EVENT = { defined: 0, undefined: 1, started: 2, suspended: 3, resumed: 4, stopped: 5 } as const;

export class FakeDriver {
  readonly guests = new Map<string, FakeGuest>();
  readonly networks = new Map<string, FakeNetwork>();
  /** XML by name. */
  readonly nodeDevices: Map<string, string>;
  readonly listeners = new Set<(notice: Notice) => void>();
  /** What it knows of the host's functions; without it every function counts as PCI Express. */
  host: HostFacts | undefined;
  /** How long a guest takes to let a device go. */
  releaseMs = 5;
  #nextId = 1;

  constructor(nodeDevices: Readonly<Record<string, string>> = {}) {
    this.nodeDevices = new Map(Object.entries(nodeDevices));
  }

  #tell(notice: Notice): void {
    for (const listener of this.listeners) listener(notice);
  }

  #lifecycle(guest: FakeGuest, event: keyof typeof EVENT, detail = 0): void {
    this.#tell({ kind: 'lifecycle', guest, event: EVENT[event], detail });
  }

  guest(ref: { readonly uuid: string }): FakeGuest {
    return this.guests.get(ref.uuid) ?? refuse(NO_DOMAIN, `Domain not found: no domain with matching uuid '${ref.uuid}'`);
  }

  named(name: string): FakeGuest {
    return [...this.guests.values()].find((guest) => guest.name === name) ?? refuse(NO_DOMAIN, `Domain not found: no domain with matching name '${name}'`);
  }

  numbered(id: number): FakeGuest {
    return [...this.guests.values()].find((guest) => guest.id === id && id !== -1) ?? refuse(NO_DOMAIN, `Domain not found: no domain with matching id ${id}`);
  }

  define(xml: string): FakeGuest {
    const { name, uuid, xml: config } = complete(xml, this.host);
    const there = [...this.guests.values()].find((guest) => guest.name === name);
    if (there !== undefined && there.uuid !== uuid && /<uuid>/.test(xml)) {
      refuse(OPERATION_FAILED, `operation failed: domain '${name}' already exists with uuid ${there.uuid}`);
    }
    const guest = there ?? this.#add(name, uuid);
    guest.config = there === undefined ? config : config.replace(uuid, there.uuid);
    this.#lifecycle(guest, 'defined', there === undefined ? 0 : 1);
    return guest;
  }

  #add(name: string, uuid: string): FakeGuest {
    const guest: FakeGuest = {
      ...{ name, uuid, id: -1, config: undefined, live: undefined, paused: false, autostart: false },
      ...{ onDetach: 'release', asked: 0, failAttach: {} },
    };
    this.guests.set(uuid, guest);
    return guest;
  }

  undefine(guest: FakeGuest): void {
    if (guest.config === undefined) refuse(OPERATION_INVALID, 'Requested operation is not valid: cannot undefine transient domain');
    guest.config = undefined;
    guest.autostart = false;
    if (guest.live === undefined) this.guests.delete(guest.uuid);
    this.#lifecycle(guest, 'undefined');
  }

  start(guest: FakeGuest, paused: boolean): FakeGuest {
    if (guest.live !== undefined) refuse(OPERATION_INVALID, 'Requested operation is not valid: domain is already running');
    let n = 0;
    guest.live = (guest.config ?? '').replaceAll(/<\/(hostdev|interface)>/g, (end) => `<alias name='hostdev${n++}'/>${end}`);
    guest.id = this.#nextId++;
    guest.paused = paused;
    this.#lifecycle(guest, 'started');
    return guest;
  }

  create(xml: string, paused: boolean): FakeGuest {
    const { name, uuid, xml: whole } = complete(xml, this.host);
    if ([...this.guests.values()].some((guest) => guest.name === name)) refuse(OPERATION_FAILED, `operation failed: domain '${name}' already exists`);
    const guest = this.#add(name, uuid);
    guest.config = whole;
    this.start(guest, paused);
    guest.config = undefined;
    return guest;
  }

  destroy(guest: FakeGuest): void {
    requireRunning(guest);
    guest.live = undefined;
    guest.id = -1;
    guest.paused = false;
    if (guest.config === undefined) this.guests.delete(guest.uuid);
    this.#lifecycle(guest, 'stopped', 1);
  }

  pause(guest: FakeGuest, paused: boolean): void {
    requireRunning(guest);
    guest.paused = paused;
    this.#lifecycle(guest, paused ? 'suspended' : 'resumed');
  }

  xml(guest: FakeGuest, inactive: boolean): string {
    return (inactive ? (guest.config ?? guest.live) : (guest.live ?? guest.config)) ?? '';
  }

  attach(guest: FakeGuest, device: string, flags: number): void {
    const [live, config] = parts(guest, flags);
    // As libvirt does it: both are worked out, the guest that runs gets it, then the definition is stored.
    const stored = config ? withDevice(guest.config ?? '', device, { live: false, host: this.host }) : undefined;
    const fails = guest.failAttach.of === undefined || device.includes(guest.failAttach.of);
    if (config && fails && guest.failAttach.config !== undefined) refuse(OPERATION_FAILED, guest.failAttach.config);
    if (live) {
      if (fails && guest.failAttach.live !== undefined) refuse(OPERATION_FAILED, guest.failAttach.live);
      const { xml, alias } = withDevice(guest.live ?? '', device, { live: true, host: this.host });
      guest.live = xml;
      this.#tell({ kind: 'added', guest, alias });
    }
    if (stored !== undefined) guest.config = stored.xml;
  }

  detach(guest: FakeGuest, which: { readonly device: string } | { readonly alias: string }, flags: number): void {
    const [live, config] = parts(guest, flags);
    const stored = config ? withoutDevice(guest.config ?? '', which) : undefined;
    if (live) {
      const { alias = '' } = findDevice(guest.live ?? '', which);
      this.#askToLetGo(guest, alias);
    }
    if (stored !== undefined) guest.config = stored;
  }

  #askToLetGo(guest: FakeGuest, alias: string): void {
    guest.asked += 1;
    if (guest.onDetach === 'ignore' || guest.paused) return;
    if (guest.onDetach === 'refuse') {
      this.#tell({ kind: 'failed', guest, alias });
      return;
    }
    setTimeout(() => {
      if (guest.live === undefined || !guest.live.includes(`<alias name='${alias}'/>`)) return;
      guest.live = withoutDevice(guest.live, { alias });
      this.#tell({ kind: 'removed', guest, alias });
    }, this.releaseMs);
  }

  /** Replaces what a device says, where that can be changed at all. */
  update(guest: FakeGuest, device: string, flags: number): void {
    const [live, config] = parts(guest, flags);
    for (const xml of [live ? guest.live : undefined, config ? guest.config : undefined]) if (xml !== undefined) findDevice(xml, { device });
    refuse(67, 'unsupported configuration: cannot modify a host device');
  }

  network(name: string): FakeNetwork {
    return this.networks.get(name) ?? refuse(NO_NETWORK, `Network not found: no network with matching name '${name}'`, 19);
  }

  /** As libvirt finds what a client has a reference to: a new network of the old name is another one. */
  networkOf({ name, uuid }: NetworkRef): FakeNetwork {
    const network = this.networks.get(name);
    return network?.uuid === uuid ? network : refuse(NO_NETWORK, `Network not found: no network with matching uuid '${uuid}' (${name})`, 19);
  }

  defineNetwork(xml: string): FakeNetwork {
    const { root, source } = parseXml(xml);
    const document = parseXml(source);
    const nameElement = childElement(root, 'name');
    if (root.name !== 'network' || nameElement === undefined) refuse(27, 'XML error: missing name element', 19);
    const name = nameElement === undefined ? '' : textOf(document, nameElement).trim();
    const uuidElement = childElement(root, 'uuid');
    const uuid = uuidElement === undefined ? crypto.randomUUID() : textOf(document, uuidElement).trim();
    const there = this.networks.get(name);
    if (there !== undefined && there.uuid !== uuid) {
      refuse(OPERATION_FAILED, `operation failed: network '${name}' already exists with uuid ${there.uuid}`, 19);
    }
    const network = there ?? { name, uuid, xml, active: false, autostart: false };
    network.xml = xml;
    this.networks.set(name, network);
    return network;
  }

  setNetworkActive(network: FakeNetwork, active: boolean): void {
    if (network.active === active) refuse(OPERATION_INVALID, `Requested operation is not valid: network is ${active ? 'already' : 'not'} active`, 19);
    network.active = active;
  }

  nodeDevice(name: string): string {
    return this.nodeDevices.get(name) ?? refuse(NO_NODE_DEVICE, `Node device not found: no node device with matching name '${name}'`, 22);
  }
}

/** Whether the guest that runs and whether its definition is meant. */
function parts(guest: FakeGuest, flags: number): [live: boolean, config: boolean] {
  const live = (flags & LIVE) !== 0 || (flags === 0 && guest.live !== undefined);
  const config = (flags & CONFIG) !== 0 || (flags === 0 && guest.live === undefined);
  if (live) requireRunning(guest);
  if (config && guest.config === undefined) {
    refuse(OPERATION_INVALID, 'Requested operation is not valid: transient domains do not have any persistent config');
  }
  return [live, config];
}

function requireRunning(guest: FakeGuest): void {
  if (guest.live === undefined) refuse(OPERATION_INVALID, 'Requested operation is not valid: domain is not running');
}

export function refuse(code: number, message: string, domain = 10): never {
  throw new Refusal(code, message, domain);
}

export const refOf = ({ name, uuid, id }: FakeGuest): DomainRef => ({ name, uuid, id });
/** With the number of its users, which libvirt leaves out of the definition that is kept. */
export const networkXml = ({ xml, active, connections = 0 }: FakeNetwork, flags: number): string =>
  active && connections > 0 && (flags & INACTIVE) === 0 ? xml.replace('<network', `<network connections='${connections}'`) : xml;

export const netOf = ({ name, uuid }: FakeNetwork): NetworkRef => ({ name, uuid });
