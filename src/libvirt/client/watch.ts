/** Events of guests and of devices of the host. */
import { DOMAIN_EVENT_IDS, LIFECYCLE, type Lifecycle, NODE_DEVICE_EVENT_IDS, NODE_DEVICE_LIFECYCLE, type NodeDeviceLifecycle } from '../protocol/numbers.ts';
import type { DomainRef } from '../protocol/types.ts';
import type { Connection } from './connection.ts';

/** What happened to a guest. */
export type GuestEvent =
  | { readonly kind: 'lifecycle'; readonly domain: DomainRef; readonly event: Lifecycle; readonly detail: number }
  | { readonly kind: 'device-added' | 'device-removed' | 'device-removal-failed'; readonly domain: DomainRef; readonly alias: string };

/** What happened to a device of the host. */
export interface NodeDeviceEvent {
  readonly kind: NodeDeviceLifecycle | 'updated';
  /** `pci_0002_00_00_0` */
  readonly name: string;
}

/** Tells about one guest, or about all, until the function that it gives is called. */
export async function watchDomains(connection: Connection, listener: (event: GuestEvent) => void, only: DomainRef | undefined): Promise<() => Promise<void>> {
  const gate = makeGate(listener);
  const stop = [
    connection.on('DOMAIN_EVENT_CALLBACK_LIFECYCLE', ({ callbackID, msg }) =>
      gate.pass(callbackID, { kind: 'lifecycle', domain: msg.dom, event: LIFECYCLE[msg.event] ?? 'crashed', detail: msg.detail }),
    ),
    connection.on('DOMAIN_EVENT_CALLBACK_DEVICE_ADDED', ({ callbackID, dom, devAlias }) =>
      gate.pass(callbackID, { kind: 'device-added', domain: dom, alias: devAlias }),
    ),
    connection.on('DOMAIN_EVENT_CALLBACK_DEVICE_REMOVED', ({ callbackID, msg }) =>
      gate.pass(callbackID, { kind: 'device-removed', domain: msg.dom, alias: msg.devAlias }),
    ),
    connection.on('DOMAIN_EVENT_CALLBACK_DEVICE_REMOVAL_FAILED', ({ callbackID, dom, devAlias }) =>
      gate.pass(callbackID, { kind: 'device-removal-failed', domain: dom, alias: devAlias }),
    ),
  ];
  for (const eventID of Object.values(DOMAIN_EVENT_IDS)) {
    gate.open((await connection.call('CONNECT_DOMAIN_EVENT_CALLBACK_REGISTER_ANY', { eventID, dom: only })).callbackID);
  }
  return async () => {
    for (const end of stop) end();
    for (const callbackID of gate.ids) {
      if (connection.isOpen) await connection.call('CONNECT_DOMAIN_EVENT_CALLBACK_DEREGISTER_ANY', { callbackID });
    }
  };
}

/** Tells about devices of the host until the function that it gives is called. */
export async function watchNodeDevices(connection: Connection, listener: (event: NodeDeviceEvent) => void): Promise<() => Promise<void>> {
  const gate = makeGate(listener);
  const stop = [
    connection.on('NODE_DEVICE_EVENT_LIFECYCLE', ({ callbackID, dev, event }) =>
      gate.pass(callbackID, { kind: NODE_DEVICE_LIFECYCLE[event] ?? 'updated', name: dev.name }),
    ),
    connection.on('NODE_DEVICE_EVENT_UPDATE', ({ callbackID, dev }) => gate.pass(callbackID, { kind: 'updated', name: dev.name })),
  ];
  for (const eventID of Object.values(NODE_DEVICE_EVENT_IDS)) {
    gate.open((await connection.call('CONNECT_NODE_DEVICE_EVENT_REGISTER_ANY', { eventID, dev: undefined })).callbackID);
  }
  return async () => {
    for (const end of stop) end();
    for (const callbackID of gate.ids) {
      if (connection.isOpen) await connection.call('CONNECT_NODE_DEVICE_EVENT_DEREGISTER_ANY', { callbackID });
    }
  };
}

/** How many events may come before we know the number that they belong to. */
const EARLY_KEPT = 1000;

/** Lets through what was asked for. An event may come in the same breath as the answer that tells its number. */
function makeGate<E>(listener: (event: E) => void): {
  readonly ids: ReadonlySet<number>;
  readonly pass: (id: number, event: E) => void;
  readonly open: (id: number) => void;
} {
  const ids = new Set<number>();
  const early: { readonly id: number; readonly event: E }[] = [];
  return {
    ids,
    pass: (id, event) => {
      if (ids.has(id)) listener(event);
      else if (early.length < EARLY_KEPT) early.push({ id, event });
    },
    open: (id) => {
      ids.add(id);
      for (const each of early.filter((one) => one.id === id)) listener(each.event);
    },
  };
}
