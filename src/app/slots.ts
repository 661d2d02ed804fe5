/** `hostdev slot`: functions of IBM Z that are configured or on standby. */
import { readSlotPower, SLOT_POWER, SLOTS } from '../execute/slot.ts';
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
import { checkFunctions } from './check.ts';
import type { AppContext } from './context.ts';
import { requireFunction } from './find.ts';
import { resolveFunction } from './resolve.ts';

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

/** Slots of other machines are named by numbers of the mainboard. */
const IS_FID = /^[0-9a-f]{8}$/;

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
  const names = ((await port.list(SLOTS)) ?? []).filter((name) => IS_FID.test(name));
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
  readonly steps: readonly Step[];
}

/**
 * Configures the function of a slot, or sends it to standby.
 *
 * @throws {HostdevError} `slot-unknown`, `slot-state`, `function-in-use`, `function-held`, `sriov-in-use`.
 */
export async function switchSlot(context: AppContext, fid: number, on: boolean, options: ChangeOptions): Promise<SlotChange> {
  const { port } = context;
  const name = fid.toString(16).padStart(8, '0');
  const verb = on ? 'slot on' : 'slot off';
  const read = async (): Promise<Slot> => slotOf(name, await readSlotPower(port, name), functionOf(await readInventory(port), name));
  const plan = async (): Promise<Slot> => {
    if (!(await slotNames(port)).includes(name)) {
      throw new HostdevError('slot-unknown', `this machine has no slot for function id ${formatFid(fid)}`, {
        subject: formatFid(fid),
        hint: "'hostdev slot list' shows them all",
      });
    }
    const slot = await read();
    if ((slot.state === 'configured') === on) {
      throw new HostdevError('slot-state', `the function ${slot.fid} is ${on ? 'configured' : 'on standby'} already`, {
        subject: slot.fid,
        hint: slot.address === null ? 'nothing is to be done' : `it is ${slot.address}`,
      });
    }
    if (!on && slot.address !== null) await refuseUsed(context, slot.address, options.force === true);
    return slot;
  };
  const change = (on_: boolean) => ({ subject: name, before: { power: on_ ? '0' : '1' }, wanted: { power: on_ ? '1' : '0' } });
  const stepsOf = (): Promise<readonly Step[]> => SLOT_POWER.steps(port, change(on), change(on).before, change(on).wanted);
  return planned(context, verb, options, {
    plan,
    isIdle: () => false,
    preview: async (before) => ({
      before,
      after: { ...before, state: on ? 'configured' : 'standby', ...(on ? {} : { address: null, driver: null }) },
      steps: await stepsOf(),
    }),
    apply: async (before, log) => {
      options.onProgress?.(`${before.fid}: ${on ? 'configuring' : 'to standby'}`);
      const steps = await stepsOf();
      await log.apply(verb, change(on));
      return { before, after: await read(), steps };
    },
  });
}

async function refuseUsed(context: AppContext, address: string, force: boolean): Promise<void> {
  const device = (await readInventory(context.port)).find((each) => formatPciAddress(each.address) === address);
  if (device === undefined) return;
  if ((device.sriov?.virtualFunctions.length ?? 0) > 0) {
    throw new HostdevError('sriov-in-use', `${address} has virtual functions, which would go away with it`, {
      subject: address,
      hint: `'hostdev vf remove ${address}' first`,
    });
  }
  const [report] = await checkFunctions(context, [device.address]);
  if (report?.verdict === 'held') {
    throw new HostdevError('function-held', `${address} is held: ${report.evidence.join('; ')}`, {
      subject: address,
      hint: 'detach it from the guest or stop the guest first; --wait waits for that',
    });
  }
  if (report !== undefined && report.uses.length > 0 && !force) {
    throw new HostdevError('function-in-use', `${address} is in use: ${report.uses.join('; ')}`, {
      subject: address,
      hint: 'stop using it first; --force switches it off all the same, and what is named here is lost',
    });
  }
}
