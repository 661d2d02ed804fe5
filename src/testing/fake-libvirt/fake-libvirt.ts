/** A libvirt that is no more than its protocol: guests that never run, devices that are only names. */
import { FakeDriver, netOf, networkXml, type Notice, refOf, refuse } from './driver.ts';
import { scramServer } from './scram-server.ts';
import { type Client, type FakeServer, type Handlers, serve } from './server.ts';

export interface FakeLibvirtOptions {
  /** XML of node devices by name, `pci_0002_00_00_0`. */
  readonly nodeDevices?: Readonly<Record<string, string>>;
  /** What it asks of clients before it lets them in. */
  readonly auth?: { readonly user: string; readonly password: string } | 'polkit' | undefined;
}

export interface FakeLibvirt extends FakeServer {
  /** What `qemu:///system` has. */
  readonly qemu: FakeDriver;
  /** What `test:///default` has: a guest `test` that runs, and a network `default`. */
  readonly test: FakeDriver;
}

const AUTH_FAILED = 45;
const NO_SUPPORT = 3;

/**
 * Starts a libvirt on a socket of its own, for tests.
 *
 * @example
 * ```ts
 * import { startFakeLibvirt } from 'hostdev/testing';
 * const fake = await startFakeLibvirt();
 * console.log(fake.test.named('test').id); // → 1
 * await fake.stop();
 * ```
 */
export async function startFakeLibvirt(options: FakeLibvirtOptions = {}): Promise<FakeLibvirt> {
  const qemu = new FakeDriver(options.nodeDevices);
  const test = new FakeDriver();
  test.start(test.define("<domain type='test'><name>test</name></domain>"), false);
  test.defineNetwork('<network><name>default</name></network>').active = true;
  const server = await serve((client) => handlersFor(client, { qemu, test }, options));
  return { ...server, qemu, test };
}

interface Registration {
  readonly id: number;
  readonly eventID: number;
  readonly uuid: string | undefined;
}

const XML_INACTIVE = 2;
const START_PAUSED = 1;

function handlersFor(client: Client, drivers: { readonly qemu: FakeDriver; readonly test: FakeDriver }, { auth }: FakeLibvirtOptions): Handlers {
  let driver = drivers.qemu;
  let uri = '';
  const registered: Registration[] = [];
  let next = 0;
  const scram = typeof auth === 'object' ? scramServer(auth.user, auth.password) : undefined;
  const listen = (notice: Notice): void => {
    for (const each of registered) pass(client, each, notice);
  };
  const bytes = (text: string): { complete: number; nil: number; data: number[] } => ({ complete: 0, nil: 0, data: [...Buffer.from(text)] });
  const said = ({ data }: { readonly data: readonly number[] }): string => Buffer.from(data).toString();
  const dom = (ref: { readonly uuid: string }): { dom: ReturnType<typeof refOf> } => ({ dom: refOf(driver.guest(ref)) });
  const only = (test: boolean, what: string): void => {
    if ((driver === drivers.test) !== test) refuse(NO_SUPPORT, `this function is not supported by the connection driver: ${what}`, 7);
  };
  return {
    AUTH_LIST: () => ({ types: [auth === undefined ? 0 : auth === 'polkit' ? 2 : 1] }),
    AUTH_POLKIT: () => refuse(AUTH_FAILED, 'authentication failed: access denied by policy', 7),
    AUTH_SASL_INIT: () => ({ mechlist: 'SCRAM-SHA-256' }),
    AUTH_SASL_START: (args) => bytes(scram?.challenge(said(args)) ?? ''),
    AUTH_SASL_STEP: (args) => {
      if (args.nil === 1) return { complete: 1, nil: 1, data: [] };
      const final = scram?.verify(said(args));
      return final === undefined ? refuse(AUTH_FAILED, 'authentication failed: authentication failed', 7) : bytes(final);
    },
    CONNECT_OPEN: ({ name }) => {
      if (name !== 'qemu:///system' && name !== 'test:///default') refuse(38, `no connection driver available for ${name}`, 7);
      driver = name === 'test:///default' ? drivers.test : drivers.qemu;
      uri = name ?? '';
    },
    CONNECT_CLOSE: () => void driver.listeners.delete(listen),
    CONNECT_GET_TYPE: () => ({ type: driver === drivers.test ? 'Test' : 'QEMU' }),
    CONNECT_GET_VERSION: () => ({ hvVer: driver === drivers.test ? 2n : 10_000_000n }),
    CONNECT_GET_LIB_VERSION: () => ({ libVer: 11_003_000n }),
    CONNECT_GET_HOSTNAME: () => ({ hostname: 'fake' }),
    CONNECT_GET_URI: () => ({ uri }),
    CONNECT_GET_CAPABILITIES: () => ({ capabilities: '<capabilities/>' }),
    CONNECT_GET_DOMAIN_CAPABILITIES: ({ arch }) => ({ capabilities: `<domainCapabilities><arch>${arch ?? 'x86_64'}</arch></domainCapabilities>` }),
    CONNECT_SUPPORTS_FEATURE: ({ feature }) => ({ supported: feature === 10 ? 1 : 0 }),
    CONNECT_LIST_ALL_DOMAINS: () => ({ domains: [...driver.guests.values()].map(refOf), ret: driver.guests.size }),
    DOMAIN_LOOKUP_BY_ID: ({ id }) => ({ dom: refOf(driver.numbered(id)) }),
    DOMAIN_LOOKUP_BY_NAME: ({ name }) => ({ dom: refOf(driver.named(name)) }),
    DOMAIN_LOOKUP_BY_UUID: ({ uuid }) => dom({ uuid }),
    DOMAIN_GET_XML_DESC: ({ dom: ref, flags }) => ({ xml: driver.xml(driver.guest(ref), (flags & XML_INACTIVE) !== 0) }),
    DOMAIN_GET_STATE: ({ dom: ref }) => {
      const guest = driver.guest(ref);
      return { state: guest.live === undefined ? 5 : guest.paused ? 3 : 1, reason: 0 };
    },
    DOMAIN_IS_PERSISTENT: ({ dom: ref }) => ({ persistent: driver.guest(ref).config === undefined ? 0 : 1 }),
    DOMAIN_GET_AUTOSTART: ({ dom: ref }) => ({ autostart: driver.guest(ref).autostart ? 1 : 0 }),
    DOMAIN_SET_AUTOSTART: ({ dom: ref, autostart }) => {
      const guest = driver.guest(ref);
      if (guest.config === undefined) refuse(55, 'Requested operation is not valid: cannot set autostart for transient domain');
      guest.autostart = autostart !== 0;
    },
    DOMAIN_DEFINE_XML_FLAGS: ({ xml }) => ({ dom: refOf(driver.define(xml)) }),
    DOMAIN_UNDEFINE_FLAGS: ({ dom: ref }) => driver.undefine(driver.guest(ref)) as undefined,
    DOMAIN_CREATE_WITH_FLAGS: ({ dom: ref, flags }) => ({ dom: refOf(driver.start(driver.guest(ref), (flags & START_PAUSED) !== 0)) }),
    DOMAIN_CREATE_XML: ({ xmlDesc, flags }) => ({ dom: refOf(driver.create(xmlDesc, (flags & START_PAUSED) !== 0)) }),
    DOMAIN_DESTROY_FLAGS: ({ dom: ref }) => driver.destroy(driver.guest(ref)) as undefined,
    DOMAIN_SUSPEND: ({ dom: ref }) => driver.pause(driver.guest(ref), true) as undefined,
    DOMAIN_RESUME: ({ dom: ref }) => driver.pause(driver.guest(ref), false) as undefined,
    DOMAIN_ATTACH_DEVICE_FLAGS: async ({ dom: ref, xml, flags }) => {
      const guest = driver.guest(ref);
      await guest.readies?.(xml);
      return driver.attach(guest, xml, flags) as undefined;
    },
    DOMAIN_DETACH_DEVICE_FLAGS: ({ dom: ref, xml, flags }) => driver.detach(driver.guest(ref), { device: xml }, flags) as undefined,
    DOMAIN_DETACH_DEVICE_ALIAS: ({ dom: ref, alias, flags }) => driver.detach(driver.guest(ref), { alias }, flags) as undefined,
    DOMAIN_UPDATE_DEVICE_FLAGS: ({ dom: ref, xml, flags }) => driver.update(driver.guest(ref), xml, flags) as undefined,
    CONNECT_DOMAIN_EVENT_CALLBACK_REGISTER_ANY: ({ eventID, dom: ref }) => {
      driver.listeners.add(listen);
      registered.push({ id: next, eventID, uuid: ref?.uuid });
      return { callbackID: next++ };
    },
    CONNECT_DOMAIN_EVENT_CALLBACK_DEREGISTER_ANY: ({ callbackID }) => {
      const at = registered.findIndex(({ id }) => id === callbackID);
      if (at === -1) refuse(8, `invalid argument: domain event callback ${callbackID} not registered`, 7);
      registered.splice(at, 1);
    },
    CONNECT_LIST_ALL_NODE_DEVICES: () => ({ devices: [...driver.nodeDevices.keys()].map((name) => ({ name })), ret: driver.nodeDevices.size }),
    NODE_DEVICE_LOOKUP_BY_NAME: ({ name }) => ({ dev: { name: driver.nodeDevice(name) && name } }),
    NODE_DEVICE_GET_XML_DESC: ({ name }) => ({ xml: driver.nodeDevice(name) }),
    NODE_DEVICE_DETACH_FLAGS: ({ name }) => (only(false, 'virNodeDeviceDetachFlags'), void driver.nodeDevice(name)),
    NODE_DEVICE_RE_ATTACH: ({ name }) => (only(false, 'virNodeDeviceReAttach'), void driver.nodeDevice(name)),
    NODE_DEVICE_RESET: ({ name }) => (only(false, 'virNodeDeviceReset'), void driver.nodeDevice(name)),
    CONNECT_NODE_DEVICE_EVENT_REGISTER_ANY: () => ({ callbackID: next++ }),
    CONNECT_NODE_DEVICE_EVENT_DEREGISTER_ANY: () => undefined,
    CONNECT_LIST_ALL_NETWORKS: () => ({ nets: [...driver.networks.values()].map(netOf), ret: driver.networks.size }),
    NETWORK_LOOKUP_BY_NAME: ({ name }) => ({ net: netOf(driver.network(name)) }),
    NETWORK_GET_XML_DESC: ({ net, flags }) => ({ xml: networkXml(driver.networkOf(net), flags) }),
    NETWORK_GET_AUTOSTART: ({ net }) => ({ autostart: driver.networkOf(net).autostart ? 1 : 0 }),
    NETWORK_IS_PERSISTENT: ({ net }) => ({ persistent: driver.networkOf(net).transient === true ? 0 : 1 }),
    NETWORK_IS_ACTIVE: ({ net }) => ({ active: driver.networkOf(net).active ? 1 : 0 }),
    NETWORK_DEFINE_XML: ({ xml }) => ({ net: netOf(driver.defineNetwork(xml)) }),
    NETWORK_CREATE: ({ net }) => driver.setNetworkActive(driver.networkOf(net), true) as undefined,
    NETWORK_DESTROY: ({ net }) => driver.setNetworkActive(driver.networkOf(net), false) as undefined,
    NETWORK_SET_AUTOSTART: ({ net, autostart }) => void (driver.networkOf(net).autostart = autostart !== 0),
    NETWORK_UNDEFINE: ({ net }) => void driver.networks.delete(driver.networkOf(net).name),
  };
}

/** Event numbers: lifecycle 0, removed 15, added 19, removal failed 22. */
const EVENT_IDS: Readonly<Record<Notice['kind'], number>> = { lifecycle: 0, removed: 15, added: 19, failed: 22 };

function pass(client: Client, { id: callbackID, eventID, uuid }: Registration, notice: Notice): void {
  const { guest } = notice;
  if (EVENT_IDS[notice.kind] !== eventID || (uuid !== undefined && uuid !== guest.uuid)) return;
  const dom = refOf(guest);
  switch (notice.kind) {
    case 'lifecycle':
      client.send('DOMAIN_EVENT_CALLBACK_LIFECYCLE', { callbackID, msg: { dom, event: notice.event, detail: notice.detail } });
      return;
    case 'removed':
      client.send('DOMAIN_EVENT_CALLBACK_DEVICE_REMOVED', { callbackID, msg: { dom, devAlias: notice.alias } });
      return;
    case 'added':
      client.send('DOMAIN_EVENT_CALLBACK_DEVICE_ADDED', { callbackID, dom, devAlias: notice.alias });
      return;
    case 'failed':
      client.send('DOMAIN_EVENT_CALLBACK_DEVICE_REMOVAL_FAILED', { callbackID, dom, devAlias: notice.alias });
  }
}
