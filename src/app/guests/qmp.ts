/** `hostdev attach qmp:SOCKET` and `detach`: the same without libvirt, so the host's side is ours from the first step to the last. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { HostdevSpec } from '../../domain/hostdev-xml.ts';
import { HostdevError } from '../../errors.ts';
import { isVfioDriver } from '../../host/node-device.ts';
import { formatPciAddress, type PciAddress, samePciAddress } from '../../pci/address.ts';
import { formatFid, formatUid, ZPCI_RANGE, type ZpciIds } from '../../pci/zpci.ts';
import { connectQmp, type Qmp, type QmpEvent } from '../../qmp/client/qmp.ts';
import type { AppContext } from '../context.ts';
import { refuseTwice } from '../find.ts';
import { prepareFunctions } from '../prepare.ts';
import { releaseFunctions } from '../release.ts';
import type { GuestChangeOptions } from './attach.ts';
import { orBack, undoOptions } from './undo.ts';
import { type HostFunction, moveStep, mustBePrepared, notPrepared, requireGivable } from './host-side.ts';
import { type GuestPlan, type GuestReport, type GuestStep, requireAgreement } from './plan.ts';
import { freePorts, hasZpci, listDevices, listQmpHostdevs, noFreePort, qmpId, slotMates, usedZpciIds } from './qmp-devices.ts';

/** One device as it is added. */
interface Addition {
  readonly spec: HostdevSpec;
  readonly id: string;
  readonly bus: string | undefined;
  /** In the slot; undefined for a device of one function. */
  readonly function: number | undefined;
  readonly zpci: Required<ZpciIds> | undefined;
}

interface QmpPlan {
  readonly additions: readonly Addition[];
  readonly functions: readonly HostFunction[];
  readonly shown: GuestPlan;
}

/** Connects, acts, and leaves the monitor to others. */
async function withQmp<T>(socket: string, signal: AbortSignal | undefined, act: (qmp: Qmp) => Promise<T>): Promise<T> {
  const qmp = await connectQmp(socket, { signal });
  try {
    return await act(qmp);
  } finally {
    qmp.close();
  }
}

/** Gives functions to the guest of a monitor: host first, guest then; all or none. */
export async function attachToQmp(context: AppContext, socket: string, specs: readonly HostdevSpec[], options: GuestChangeOptions): Promise<GuestReport> {
  refuseTwice(specs.map(({ source }) => source));
  refuseWhatQemuCannot(specs);
  return withQmp(socket, options.signal, async (qmp) => {
    const { additions, functions, shown } = await planAttach(context, qmp, socket, specs, options);
    if (options.dryRun) return { ...shown, applied: false };
    await requireAgreement(shown, options.agree);
    const toPrepare = functions.filter(({ driver }) => !isVfioDriver(driver)).map(({ address }) => address);
    const host = { dryRun: false, force: options.force, signal: options.signal, onProgress: options.onProgress, stateDirectory: options.stateDirectory };
    if (toPrepare.length > 0) await prepareFunctions(context, toPrepare, host);
    const added: Addition[] = [];
    return orBack(
      async () => {
        // Function 0 last: only then does the guest look at the slot.
        for (const addition of [...additions].sort((a, b) => (b.function ?? 0) - (a.function ?? 0))) {
          if (options.signal?.aborted === true) throw new HostdevError('interrupted', 'interrupted; nothing is left attached');
          options.onProgress?.(`attaching ${formatPciAddress(addition.spec.source)}`);
          added.push(addition);
          await addDevice(qmp, addition);
        }
        return { ...shown, applied: true };
      },
      async () => {
        for (const { id } of added.reverse()) await removeDevice(qmp, id, undoOptions(options));
        // What QEMU still holds is not pulled from under it.
        if (toPrepare.length > 0) await releaseFunctions(context, toPrepare, { ...host, signal: undefined, waitMs: RELEASE_WAIT_MS });
      },
    );
  });
}

function refuseWhatQemuCannot(specs: readonly HostdevSpec[]): void {
  if (specs.some(({ interface: nic }) => nic !== undefined)) {
    throw new HostdevError('option-conflict', 'QEMU does not set MAC addresses and VLANs of functions', {
      hint: "set them on the host first: 'hostdev vf set ADDRESS --mac … --vlan …', and leave --interface out",
    });
  }
}

async function planAttach(context: AppContext, qmp: Qmp, socket: string, specs: readonly HostdevSpec[], { force }: GuestChangeOptions): Promise<QmpPlan> {
  const hostdevs = await listQmpHostdevs(qmp);
  for (const { source } of specs) {
    const present = hostdevs.find(({ host }) => samePciAddress(host, source));
    if (present === undefined) continue;
    const name = formatPciAddress(source);
    throw new HostdevError('hostdev-present', `the guest already has ${name} as ${present.id}`, { subject: name, hint: 'detach it first' });
  }
  const functions = await requireGivable(
    context,
    specs.map(({ source }) => source),
    force,
  );
  for (const [i, each] of functions.entries()) {
    // Unmanaged is: somebody else has readied it.
    if (mustBePrepared(each, specs[i]?.managed !== false)) throw notPrepared(each, ', and --managed no leaves the host alone');
  }
  const additions = (await hasZpci(qmp)) ? await placeOnZ(qmp, specs) : await placeOnPorts(qmp, socket, specs);
  const steps = additions.flatMap(({ spec, id, bus, zpci, function: fn }, i): GuestStep[] => {
    const name = formatPciAddress(spec.source);
    const onHost = functions[i];
    const where =
      zpci === undefined
        ? `behind ${bus ?? 'its PCI bus'}${fn === undefined ? '' : ` as function ${fn}`}`
        : `with uid ${formatUid(zpci.uid)}, fid ${formatFid(zpci.fid)}`;
    return [...(onHost === undefined ? [] : moveStep(onHost, 'hostdev')), { on: 'guest', what: `${name}: add ${id} ${where}`, undo: `${name}: remove ${id}` }];
  });
  const shown: GuestPlan = {
    verb: 'attach',
    guest: `qmp:${socket}`,
    uuid: null,
    state: await statusOf(qmp),
    functions: additions.map(({ spec, zpci }) => ({
      address: formatPciAddress(spec.source),
      guestAddress: null,
      uid: zpci?.uid ?? null,
      fid: zpci?.fid ?? null,
      live: true,
      config: false,
    })),
    steps,
    notes: [],
  };
  return { additions, functions, shown };
}

async function statusOf(qmp: Qmp): Promise<string> {
  const { status } = (await qmp.execute('query-status')) as { readonly status?: unknown };
  return String(status);
}

async function placeOnPorts(qmp: Qmp, socket: string, specs: readonly HostdevSpec[]): Promise<Addition[]> {
  const ids = specs.find(({ zpci }) => zpci !== undefined);
  if (ids !== undefined)
    throw new HostdevError('zpci-unsupported', 'zPCI ids are given, but the guest has no zPCI', {
      subject: formatPciAddress(ids.source),
      hint: 'leave --uid and --fid out',
    });
  const ports = await freePorts(qmp);
  const isOne = specs.some(({ multifunction }) => multifunction === true);
  if (ports.length < (isOne ? 1 : specs.length)) throw noFreePort(`qmp:${socket}`);
  return specs.map((spec, i) => ({ spec, id: qmpId(spec.source), bus: ports[isOne ? 0 : i], function: isOne ? i : undefined, zpci: undefined }));
}

async function placeOnZ(qmp: Qmp, specs: readonly HostdevSpec[]): Promise<Addition[]> {
  if (specs.some(({ multifunction }) => multifunction === true)) {
    throw new HostdevError('option-conflict', 'on IBM Z each function is a device of its own', { hint: 'leave --multifunction out' });
  }
  const used = await usedZpciIds(qmp);
  const taken = { uid: new Set(used.map(({ uid }) => uid)), fid: new Set(used.map(({ fid }) => fid)) };
  const choose = (of: 'uid' | 'fid', wanted: number | undefined): number => {
    if (wanted !== undefined && taken[of].has(wanted)) {
      throw new HostdevError(of === 'uid' ? 'zpci-uid-in-use' : 'zpci-fid-in-use', `the guest has ${of} 0x${wanted.toString(16)} already`, {
        hint: `leave --${of} out to have one chosen`,
      });
    }
    let id: number = wanted ?? ZPCI_RANGE[of].min;
    while (taken[of].has(id)) id += 1;
    taken[of].add(id);
    return id;
  };
  return specs.map((spec) => ({
    spec,
    id: qmpId(spec.source),
    bus: undefined,
    function: undefined,
    zpci: { uid: choose('uid', spec.zpci?.uid), fid: choose('fid', spec.zpci?.fid) },
  }));
}

/** QEMU's words for what is shown of the ROM: hidden, none at all, or an image. */
function romOf(rom: HostdevSpec['rom']): { readonly rombar?: number; readonly romfile?: string } {
  if (rom === undefined || rom === 'on') return {};
  if (rom === 'off') return { rombar: 0 };
  return { romfile: rom === 'none' ? '' : rom.file };
}

/** The first function of a guest has all its memory pinned, which takes minutes where there are terabytes of it. */
const ADD_MS = 15 * 60_000;

async function addDevice(qmp: Qmp, { spec, id, bus, function: fn, zpci }: Addition): Promise<void> {
  if (zpci !== undefined) await qmp.execute('device_add', { driver: 'zpci', id: `${id}-zpci`, uid: zpci.uid, fid: zpci.fid, target: id });
  try {
    await qmp.execute(
      'device_add',
      {
        driver: 'vfio-pci',
        id,
        host: formatPciAddress(spec.source),
        ...(bus === undefined ? {} : { bus }),
        ...(fn === undefined ? {} : { addr: `0.${fn}`, multifunction: true }),
        ...(spec.bootOrder === undefined ? {} : { bootindex: spec.bootOrder }),
        ...romOf(spec.rom),
      },
      { timeoutMs: ADD_MS },
    );
  } catch (error) {
    if (zpci !== undefined) await qmp.execute('device_del', { id: `${id}-zpci` }).catch(() => undefined);
    throw error;
  }
}

/** Takes functions from the guest of a monitor, then gives them back to their host drivers; one after the other. */
export async function detachFromQmp(
  context: AppContext,
  socket: string,
  addresses: readonly PciAddress[],
  options: GuestChangeOptions & { readonly release: boolean },
): Promise<GuestReport> {
  refuseTwice(addresses);
  return withQmp(socket, options.signal, async (qmp) => {
    const devices: { readonly address: PciAddress; readonly id: string }[] = [];
    const hostdevs = await listQmpHostdevs(qmp);
    for (const address of addresses) {
      const found = hostdevs.find(({ host }) => samePciAddress(host, address));
      const name = formatPciAddress(address);
      if (found === undefined)
        throw new HostdevError('hostdev-absent', `the guest does not have ${name}`, { subject: name, hint: 'another guest may have it' });
      devices.push({ address, id: found.id });
    }
    const places = await listDevices(qmp);
    for (const { address, id } of devices) {
      const left = slotMates(places, id).filter((mate) => !devices.some((device) => device.id === mate));
      if (left.length === 0) continue;
      const name = formatPciAddress(address);
      throw new HostdevError('option-conflict', `${name} shares its slot in the guest with ${left.join(', ')}, which would go with it`, {
        subject: name,
        hint: 'name all functions of the slot',
      });
    }
    const shown: GuestPlan = {
      verb: 'detach',
      guest: `qmp:${socket}`,
      uuid: null,
      state: await statusOf(qmp),
      functions: devices.map(({ address }) => ({ address: formatPciAddress(address), guestAddress: null, uid: null, fid: null, live: true, config: false })),
      steps: devices.flatMap(({ address, id }): GuestStep[] => [
        { on: 'guest', what: `${formatPciAddress(address)}: wait until the guest has let go of ${id}`, undo: null },
        ...(options.release ? [{ on: 'host' as const, what: `${formatPciAddress(address)}: vfio-pci → its host driver, by hostdev`, undo: null }] : []),
      ]),
      notes: [],
    };
    if (options.dryRun) return { ...shown, applied: false };
    await requireAgreement(shown, options.agree);
    for (const { address, id } of devices) {
      options.onProgress?.(`waiting for the guest to let go of ${formatPciAddress(address)}`);
      await removeDevice(qmp, id, options);
      if (options.release) await releaseFunctions(context, [address], { dryRun: false, stateDirectory: options.stateDirectory, waitMs: RELEASE_WAIT_MS });
    }
    return { ...shown, applied: true };
  });
}

/** QEMU says that a device is gone a moment before it closes its file. */
const RELEASE_WAIT_MS = 5000;
const ASK_AGAIN_MS = 10_000;

/** Asks the guest until it has let go; a request can get lost while it boots. */
async function removeDevice(
  qmp: Qmp,
  id: string,
  { timeoutMs, signal, onProgress }: Pick<GuestChangeOptions, 'timeoutMs' | 'signal' | 'onProgress'>,
): Promise<void> {
  const give = Date.now() + timeoutMs;
  const own: QmpEvent[] = [];
  let wake: () => void = () => undefined;
  const stop = qmp.onEvent((event) => {
    if (event.data['device'] === id || event.name === 'CLOSED') own.push(event);
    wake();
  });
  try {
    for (let next = 0; ; ) {
      if (own.some(({ name }) => name === 'DEVICE_DELETED')) break;
      if (own.some(({ name }) => name === 'CLOSED')) {
        throw new HostdevError('qmp-closed', `QEMU has closed its monitor; what became of ${id} is not known`, {
          subject: id,
          hint: "if the guest has ended: 'hostdev release'",
        });
      }
      if (own.some(({ name }) => name === 'DEVICE_UNPLUG_GUEST_ERROR')) throw holdsOn(id, 'it has refused to');
      if (signal?.aborted === true) throw new HostdevError('interrupted', `interrupted; ${id} is still attached, unless the guest lets it go later`);
      if (Date.now() >= give) throw holdsOn(id, `its system has not reacted for ${Math.round(timeoutMs / 1000)} s`);
      if (Date.now() >= next) {
        if (next > 0) onProgress?.(`asking the guest again for ${id}`);
        next = Date.now() + ASK_AGAIN_MS;
        if (await askToRemove(qmp, id)) break;
      }
      await Promise.race([sleep(Math.max(1, Math.min(next, give) - Date.now())), new Promise<void>((resolve) => (wake = resolve))]);
    }
    // Its zpci object, where there is one; QEMU may have taken it along.
    await qmp.execute('device_del', { id: `${id}-zpci` }).catch(() => undefined);
  } finally {
    stop();
  }
}

/** Whether it is gone already. */
async function askToRemove(qmp: Qmp, id: string): Promise<boolean> {
  try {
    await qmp.execute('device_del', { id });
    return false;
  } catch (error) {
    if (!(error instanceof HostdevError)) throw error;
    if (/not found/i.test(error.message)) return true;
    // The guest is still busy with it, in or out.
    if (/in the process of unplug|guest is busy/i.test(error.message)) return false;
    throw error;
  }
}

function holdsOn(id: string, why: string): HostdevError {
  return new HostdevError('guest-holds-on', `the guest has not let go of ${id}, which is still attached: ${why}`, {
    subject: id,
    hint: 'try again later, with a longer --timeout, or when the guest has booted',
  });
}
