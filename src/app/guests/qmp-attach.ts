/** `hostdev attach qmp:SOCKET`: the same without libvirt, so the host's side is ours from the first step to the last. */
import type { HostdevSpec } from '../../domain/hostdev-xml.ts';
import { HostdevError } from '../../errors.ts';
import { isVfioDriver } from '../../host/node-device.ts';
import { formatPciAddress, samePciAddress } from '../../pci/address.ts';
import { formatFid, formatUid } from '../../pci/zpci.ts';
import type { Qmp } from '../../qmp/client/qmp.ts';
import type { AppContext } from '../context.ts';
import { refuseTwice } from '../find.ts';
import { prepareFunctions } from '../prepare.ts';
import { releaseFunctions } from '../release.ts';
import type { GuestChangeOptions } from './attach.ts';
import { type HostFunction, moveStep, mustBePrepared, notPrepared, requireGivable } from './host-side.ts';
import { type GuestPlan, type GuestReport, type GuestStep, requireAgreement } from './plan.ts';
import { hasZpci, listQmpHostdevs } from './qmp-devices.ts';
import { type Addition, placeOnPorts, placeOnZ } from './qmp-place.ts';
import { RELEASE_WAIT_MS, removeDevice, statusOf, withQmp } from './qmp-monitor.ts';
import { orBack, undoOptions } from './undo.ts';

interface QmpPlan {
  readonly additions: readonly Addition[];
  readonly functions: readonly HostFunction[];
  readonly shown: GuestPlan;
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
