/** `hostdev attach qmp:SOCKET`: the same without libvirt, so the host's side is ours from the first step to the last. */
import type { HostdevSpec } from '../../domain/hostdev-xml.ts';
import { HostdevError } from '../../errors.ts';
import { isVfioDriver } from '../../state/node-device.ts';
import { formatPciAddress, samePciAddress } from '../../pci/address.ts';
import { formatFid, formatUid } from '../../pci/zpci.ts';
import type { Qmp } from '../../qmp/client/qmp.ts';
import type { AppContext } from '../context.ts';
import { refuseTwice } from '../find.ts';
import { prepareFunctions } from '../prepare.ts';
import type { GuestChangeOptions } from './attach.ts';
import { giveBack, giveBackHint } from './give-back.ts';
import { type HostFunction, moveStep, mustBePrepared, notPrepared, requireGivable } from './host-side.ts';
import { type GuestPlan, type GuestReport, type GuestStep, requireAgreement, requireUnchanged } from './plan.ts';
import { hasZpci, listQmpHostdevs } from './qmp-devices.ts';
import { type Addition, placeOnPorts, placeOnZ } from './qmp-place.ts';
import { removeDevice, statusOf, withQmp } from './qmp-monitor.ts';
import { orBack, tryAll, undoOptions } from './undo.ts';

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
    const plan = (): Promise<QmpPlan> => planAttach(context, qmp, socket, specs, options);
    const first = await plan();
    if (options.dryRun) return { ...first.shown, applied: false };
    await requireAgreement(first.shown, options.agree);
    const { additions, functions, shown } = await plan();
    // Somebody else may have been at the monitor or at the host while we asked; the steps name the ports.
    if (options.agree !== undefined) requireUnchanged(shown, [first.shown.functions, first.shown.steps], [shown.functions, shown.steps]);
    const toPrepare = functions.filter(({ driver }) => !isVfioDriver(driver)).map(({ address }) => address);
    const { force, signal, onProgress, stateDirectory, waitMs } = options;
    if (toPrepare.length > 0) await prepareFunctions(context, toPrepare, { dryRun: false, force, signal, onProgress, stateDirectory, waitMs });
    const added: Addition[] = [];
    return orBack(
      async () => {
        // Function 0 last: only then does the guest look at the slot.
        for (const addition of [...additions].sort((a, b) => (b.function ?? 0) - (a.function ?? 0))) {
          if (signal?.aborted === true) throw new HostdevError('interrupted', 'interrupted; nothing is left attached');
          onProgress?.(`attaching ${formatPciAddress(addition.spec.source)}`);
          try {
            await addDevice(qmp, addition);
          } catch (error) {
            // What QEMU refused is not there, and a device of the same name is somebody else's.
            if (!isRefused(error)) added.push(addition);
            throw error;
          }
          added.push(addition);
        }
        return { ...shown, applied: true };
      },
      async () => {
        const kept: Addition[] = [];
        const removals = added.reverse().map((addition) => async () => {
          await removeDevice(qmp, addition.id, undoOptions(options)).catch((error: unknown) => {
            // A QEMU that has ended has nothing; whether it has is seen when the host takes it back.
            if (error instanceof HostdevError && error.code === 'qmp-closed') return;
            kept.push(addition);
            throw error;
          });
        });
        await tryAll([
          ...removals,
          () =>
            giveBack(
              context,
              toPrepare.filter((address) => !kept.some(({ spec }) => samePciAddress(spec.source, address))),
              options,
            ),
        ]);
      },
      giveBackHint(toPrepare),
    );
  });
}

function isRefused(error: unknown): boolean {
  return error instanceof HostdevError && error.code === 'qmp-refused';
}

function refuseWhatQemuCannot(specs: readonly HostdevSpec[]): void {
  if (specs.some(({ interface: nic }) => nic !== undefined)) {
    throw new HostdevError('option-conflict', 'QEMU does not set MAC addresses and VLANs of functions', {
      hint: "set them on the host first: 'hostdev vf set ADDRESS --mac … --vlan …', and leave --interface out",
    });
  }
}

async function planAttach(context: AppContext, qmp: Qmp, socket: string, specs: readonly HostdevSpec[], options: GuestChangeOptions): Promise<QmpPlan> {
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
    options,
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
