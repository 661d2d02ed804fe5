/** The guest of a QEMU, through its monitor. It has no definition: what it has is there until it ends. */
import { HostdevError } from '../../errors.ts';
import { samePciAddress } from '../../pci/address.ts';
import { connectQmp, type Qmp } from '../../qmp/client/qmp.ts';
import { type DeviceSelector, formatSelector } from '../../state/guest-state.ts';
import type { DeviceInGuest, GuestPort } from '../port.ts';
import { findRemains, readHostdevs } from './read-monitor.ts';
import type { MonitorHostdev } from '../../state/monitor-state.ts';
import { removeObject, unplugAndWait } from './unplug.ts';

/** Objects of one device, in the order in which QEMU takes them: arguments of `device_add`. */
type DeviceObjects = readonly Readonly<Record<string, unknown> & { readonly id: string }>[];

/** Scheme of such guests in records. */
const SCHEME = 'qmp:';

/** The port to a QEMU over a connection to its monitor, which stays whose it is; one that is lost is made anew. */
export function qmpGuest(first: Qmp, socket: string): GuestPort {
  let qmp = first;
  const find = async (selector: DeviceSelector): Promise<DeviceInGuest> => {
    const found = await findHostdev(qmp, selector);
    if (found !== undefined) return { running: true, live: { text: found.id, address: undefined }, config: undefined };
    const remains = await remainsOf(qmp, selector);
    return { running: true, live: undefined, config: undefined, ...(remains === undefined ? {} : { remains }) };
  };
  return {
    uri: `${SCHEME}${socket}`,
    id: socket,
    name: `${SCHEME}${socket}`,
    find: async (selector) => {
      try {
        return await find(selector);
      } catch (error) {
        if (!(error instanceof HostdevError) || error.code !== 'qmp-closed') throw error;
      }
      const again = await connectIfRunning(socket);
      if (again === undefined) return undefined;
      qmp = again;
      return find(selector);
    },
    attachDevice: async ({ text }, parts) => {
      if (parts.config) refuseDefinition(socket);
      await addObjects(qmp, JSON.parse(text) as DeviceObjects);
    },
    detachDevice: async (selector, part, options) => {
      if (part === 'config') return;
      const found = (await findHostdev(qmp, selector))?.id ?? (await remainsOf(qmp, selector));
      if (found === undefined) return;
      options.onProgress?.(`waiting for the guest to let go of ${formatSelector(selector)}`);
      await unplugAndWait(qmp, found, options);
    },
    definition: async () => undefined,
    addRootPorts: async () => refuseDefinition(socket),
    close: async () => (qmp === first ? undefined : qmp.close()),
  };
}

/** Connects to a monitor that a record names; undefined when the guest has ended. */
export async function openQmpGuest(socket: string): Promise<GuestPort | undefined> {
  const qmp = await connectIfRunning(socket);
  return qmp === undefined ? undefined : { ...qmpGuest(qmp, socket), close: async () => qmp.close() };
}

/** A socket without QEMU is what a guest that has ended leaves, and its devices are gone with it. */
async function connectIfRunning(socket: string): Promise<Qmp | undefined> {
  try {
    return await connectQmp(socket);
  } catch (error) {
    const { code } = ((error as HostdevError).cause ?? {}) as { readonly code?: unknown };
    if (code === 'ENOENT' || code === 'ECONNREFUSED') return undefined;
    throw error;
  }
}

async function findHostdev(qmp: Qmp, selector: DeviceSelector): Promise<MonitorHostdev | undefined> {
  if (!('source' in selector)) {
    throw new HostdevError('option-conflict', `QEMU knows no pools, and no ${formatSelector(selector)} of one`, { hint: 'name the function' });
  }
  return (await readHostdevs(qmp)).find(({ host }) => samePciAddress(host, selector.source));
}

async function remainsOf(qmp: Qmp, selector: DeviceSelector): Promise<string | undefined> {
  return 'source' in selector ? findRemains(qmp, selector.source) : undefined;
}

function refuseDefinition(socket: string): never {
  throw new HostdevError('guest-transient', `the guest of ${socket} is gone when it ends, so it has no definition to change`, { subject: socket });
}

/** The first function of a guest has all its memory pinned, which takes minutes where there are terabytes of it. */
const ADD_MS = 15 * 60_000;

/** All objects or none: on IBM Z the zpci object comes before the function that it is for. */
async function addObjects(qmp: Qmp, objects: DeviceObjects): Promise<void> {
  const added: string[] = [];
  try {
    for (const object of objects) {
      await qmp.execute('device_add', object, { timeoutMs: ADD_MS });
      added.push(object.id);
    }
  } catch (error) {
    // One that may still come needs those that are there: a function is nothing on IBM Z without its zpci object.
    if (error instanceof HostdevError && error.code === 'qmp-timeout') throw mayStillHappen(error);
    for (const id of added.reverse()) {
      await removeObject(qmp, id).catch((left: unknown) => {
        throw notRemoved(error, id, left);
      });
    }
    throw error;
  }
}

/** QEMU ends them at once: no guest knows of what is beside a function, or of one that it has not been told of. */
function notRemoved(error: unknown, id: string, left: unknown): HostdevError {
  return new HostdevError('stuck', `${(error as Error).message}; and ${id}, which was added for it, could not be removed: ${(left as Error).message}`, {
    subject: id,
    hint: `remove it at the monitor (device_del id=${id}) or end the guest; then 'hostdev recover' closes the record`,
    cause: error,
  });
}

function mayStillHappen(error: HostdevError): HostdevError {
  return new HostdevError('stuck', `${error.message}; it may still be attached later`, { hint: "'hostdev recover' looks what became of it", cause: error });
}
