/** `hostdev slot`: functions of IBM Z that are configured or on standby. */
import { executeAll } from '../execute/executor.ts';
import type { Change } from '../plan/change.ts';
import { isFunctionSlot, SLOTS, slotOfFid } from '../pci/slot.ts';
import { planSlot } from '../plan/slot.ts';
import type { Step } from '../plan/step.ts';
import { HostdevError } from '../errors.ts';
import { readInventory } from '../host/inventory.ts';
import type { NodeDevice } from '../state/node-device.ts';
import type { HostReader } from '../host/port.ts';
import { formatPciAddress } from '../pci/address.ts';
import { type FunctionName, parseFunctionName } from '../domain/function-name.ts';
import { formatFid, formatUid } from '../pci/zpci.ts';
import { parseFid } from '../pci/zpci-id.ts';
import { type ChangeOptions, planned } from './change-options.ts';
import { refusalToSwitchOff } from '../plan/removable.ts';
import type { AppContext } from './context.ts';
import { viewHost } from './host-view.ts';
import { requireFunction } from './find.ts';
import { resolveFunction } from './resolve.ts';
import { readSlotPower } from '../host/slots.ts';

/** One slot as `--json` prints it. */
export interface Slot {
  /** zPCI function id, 0x00000000–0xffffffff. */
  readonly fid: string;
  readonly state: 'configured' | 'standby';
  /** Address of the function while it is configured. */
  readonly address: string | null;
  readonly uid: string | null;
  readonly driver: string | null;
}

export async function listSlots({ port }: AppContext): Promise<Slot[]> {
  const names = await slotNames(port);
  const devices = names.length === 0 ? [] : await readInventory(port);
  return Promise.all(names.map(async (name) => slotOf(name, await readSlotPower(port, name), functionOf(devices, name))));
}

/**
 * Reads what a slot is named by: its function's id as `0x17` or as the eight digits of its directory, or any name of a function that
 * is there.
 *
 * @throws {HostdevError} as {@link parseFunctionName} and {@link parseFid}.
 */
export function parseSlotName(word: string): FunctionName {
  const isPlain = /^\s*\w+\s*$/.test(word) && !word.trim().startsWith('pci_');
  return isPlain ? { kind: 'fid', written: word.trim(), id: parseFid(word) } : parseFunctionName(word);
}

/** The fid of a slot: the id itself, also of a function on standby, or that of the function that is named otherwise. */
export async function fidOf(context: AppContext, name: FunctionName): Promise<number> {
  if (name.kind === 'fid') return name.id;
  const address = await resolveFunction(context, name);
  const device = await requireFunction(context.port, address);
  if (device.zpci?.fid !== undefined) return device.zpci.fid;
  throw new HostdevError('slot-unknown', `${formatPciAddress(address)} has no function id, so there is no slot to switch`, {
    subject: formatPciAddress(address),
    hint: 'slots are switched on IBM Z; elsewhere functions are always there',
  });
}

async function slotNames(port: HostReader): Promise<string[]> {
  const names = ((await port.list(SLOTS)) ?? []).filter(isFunctionSlot);
  if (names.length > 0) return names;
  throw new HostdevError('slot-unknown', 'this machine has no slots of zPCI functions', {
    hint: 'slots are switched on IBM Z; elsewhere functions are always there',
  });
}

function functionOf(devices: readonly NodeDevice[], slot: string): NodeDevice | undefined {
  return devices.find((device) => device.zpci?.fid === Number.parseInt(slot, 16));
}

function slotOf(name: string, power: Readonly<Record<string, string | null>> | undefined, device: NodeDevice | undefined): Slot {
  const uid = device?.zpci?.uid;
  return {
    fid: formatFid(Number.parseInt(name, 16)),
    state: power?.['power'] === '1' ? 'configured' : 'standby',
    address: device === undefined ? null : formatPciAddress(device.address),
    uid: uid === undefined || uid === 0 ? null : formatUid(uid),
    driver: device?.driver ?? null,
  };
}

/** What happened, or would happen, to a slot. */
export interface SlotChange {
  readonly before: Slot;
  readonly after: Slot;
  /** False when it was so already. */
  readonly changed: boolean;
  readonly steps: readonly Step[];
}

/** The state that a slot is to have. */
export type SlotState = Slot['state'];

const POWER = { configured: '1', standby: '0' } as const satisfies Record<SlotState, string>;
const VERB = { configured: 'slot on', standby: 'slot off' } as const satisfies Record<SlotState, string>;

/**
 * Configures the function of a slot, or sends it to standby; one that is so already is left as it is.
 *
 * @throws {HostdevError} `slot-unknown`, `function-in-use`, `function-held`, `sriov-in-use`.
 */
export async function switchSlot(context: AppContext, fid: number, wanted: SlotState, options: ChangeOptions): Promise<SlotChange> {
  const name = slotOfFid(fid);
  const read = async ({ port }: AppContext): Promise<Slot> => slotOf(name, await readSlotPower(port, name), functionOf(await readInventory(port), name));
  const plan = async (view: AppContext): Promise<Slot> => {
    const names = await slotNames(view.port);
    if (!names.includes(name)) throw slotUnknown(fid, names);
    const slot = await read(view);
    if (slot.state !== wanted && slot.address !== null) await refuseUsed(view, slot.address, options.force === true);
    return slot;
  };
  const changeOf = (before: Slot): Change => planSlot({ slot: name, address: before.address, before: POWER[before.state], wanted: POWER[wanted] });
  return planned(context, VERB[wanted], options, {
    plan,
    isIdle: (slot) => slot.state === wanted,
    preview: async (before) =>
      before.state === wanted
        ? { before, after: before, changed: false, steps: [] }
        : {
            before,
            after: { ...before, state: wanted, ...(wanted === 'configured' ? {} : { address: null, driver: null }) },
            changed: true,
            steps: changeOf(before).steps,
          },
    apply: async (before, executor) => {
      if (before.state === wanted) return { before, after: before, changed: false, steps: [] };
      options.onProgress?.(`${before.fid}: ${wanted === 'configured' ? 'configuring' : 'to standby'}`);
      const change = changeOf(before);
      await executeAll(executor, [change]);
      return { before, after: await read(context), changed: true, steps: change.steps };
    },
  });
}

/** Slots are named in hexadecimal, so that a number without 0x may have been meant so. */
function slotUnknown(fid: number, names: readonly string[]): HostdevError {
  const asHex = String(fid).padStart(8, '0');
  return new HostdevError('slot-unknown', `this machine has no slot for function id ${formatFid(fid)}`, {
    subject: formatFid(fid),
    hint: names.includes(asHex) ? `there is 0x${asHex}, if ${fid} was meant as a hexadecimal number` : "'hostdev slot list' shows them all",
  });
}

async function refuseUsed(context: AppContext, address: string, force: boolean): Promise<void> {
  const { judgments } = await viewHost(context);
  const judgment = judgments.find(({ device }) => formatPciAddress(device.address) === address);
  const refusal = judgment === undefined ? undefined : refusalToSwitchOff(judgment, force);
  if (refusal !== undefined) throw refusal;
}
