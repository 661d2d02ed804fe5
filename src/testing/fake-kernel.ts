/**
 * A kernel in memory that reacts: writing to unbind, drivers_probe, driver_override, sriov_numvfs or a slot's power has
 * the effects the real one has. It is held to the same conformance suite as the real kernels in the laboratory.
 */
import { attributesThrough, type HostPort, type KernelHearing } from '../host/port.ts';
import { formatPciAddress, pciAddress } from '../pci/address.ts';
import { parsePciAddress } from '../pci/notation.ts';
import { fakeIp, type FakeVfSettings } from './fake-ip.ts';

/** A function to begin with; everything but the address has a default. */
export interface FakeFunction {
  readonly address: string;
  readonly vendor?: number;
  readonly device?: number;
  readonly pciClass?: number;
  /** Host driver that wants it; bound at the start. */
  readonly driver?: string;
  readonly iommuGroup?: number;
  readonly headerType?: 0 | 1;
  /** PCI Express, with its larger configuration space; conventional when missing. */
  readonly express?: boolean;
  /** Virtual functions it can have, the driver that wants them, and their device id. */
  readonly sriov?: { readonly total: number; readonly driver?: string; readonly device?: number };
  readonly netdev?: string;
  /** IBM Z: function id; the function then has a slot. */
  readonly fid?: number;
  /** Address of the bridge that it is behind; on a root bus when missing. */
  readonly behind?: string;
  /** More attributes, by name. */
  readonly attributes?: Readonly<Record<string, string>>;
}

interface State extends FakeFunction {
  bound: string | undefined;
  override: string | undefined;
  readonly physfn: State | undefined;
  virtualFunctions: State[];
  autoprobe: boolean;
  powered: boolean;
  readonly settings: FakeVfSettings;
}

export interface FakeKernelOptions {
  /** Drivers that are loaded besides those of the functions; vfio-pci when missing. */
  readonly drivers?: readonly string[];
  /** Modules that can be loaded → the driver each brings. */
  readonly modules?: Readonly<Record<string, string>>;
  /** IP addresses by interface. */
  readonly addresses?: ReadonlyMap<string, readonly string[]>;
  /** Files to begin with, by path; `→ target` is a symbolic link. */
  readonly files?: Readonly<Record<string, string>>;
  /** Called before each write, file or program; throwing makes it fail as the error says. */
  readonly beforeWrite?: (path: string, text: string) => void;
}

export interface FakeKernel extends HostPort {
  /** The driver a function is bound to. */
  readonly driverOf: (address: string) => string | undefined;
  /** Takes a function away, as a hot-unplug does. */
  readonly vanish: (address: string) => void;
  /** Every write that was made. */
  readonly writes: readonly { readonly path: string; readonly text: string }[];
  readonly files: ReadonlyMap<string, string>;
}

const DEVICES = '/sys/bus/pci/devices/';
const DRIVERS = '/sys/bus/pci/drivers/';
const GROUPS = '/sys/kernel/iommu_groups/';
const SLOTS = '/sys/bus/pci/slots/';

/** Where the routing ids of virtual functions begin, seen from the physical one; what Intel's cards have. */
const VF_OFFSET = 0x80;

/** Groups of virtual functions, each alone, out of the way of those that tests name. */
const VF_GROUPS = 1000;

/**
 * Makes a machine with these functions.
 *
 * @example
 * ```ts
 * import { fakeKernel } from 'hostdev/testing';
 * const kernel = fakeKernel([{ address: '0000:01:00.0', driver: 'nvme', iommuGroup: 7 }]);
 * await kernel.write('/sys/bus/pci/devices/0000:01:00.0/driver/unbind', '0000:01:00.0');
 * console.log(kernel.driverOf('0000:01:00.0')); // → undefined
 * ```
 */
export function fakeKernel(functions: readonly FakeFunction[], options: FakeKernelOptions = {}): FakeKernel {
  const devices = new Map<string, State>();
  const slots = new Map<string, State>();
  const files = new Map(Object.entries(options.files ?? {}));
  const drivers = new Set([...(options.drivers ?? ['vfio-pci']), ...functions.flatMap((f) => [f.driver ?? [], f.sriov?.driver ?? []].flat())]);
  const writes: { path: string; text: string }[] = [];
  const hearings = new Set<KernelHearing>();
  const tell = (state: State): void => {
    for (const { onFunction } of hearings) onFunction(nameOf(state));
  };
  const bind = (state: State, driver: string | undefined): void => {
    state.bound = driver;
    tell(state);
  };
  const add = (state: State): void => {
    devices.set(nameOf(state), state);
    tell(state);
  };
  const remove = (state: State): void => {
    devices.delete(nameOf(state));
    tell(state);
  };
  for (const each of functions) {
    const state = newState(each, undefined);
    state.bound = each.driver;
    devices.set(nameOf(each), state);
    if (each.fid !== undefined) slots.set(each.fid.toString(16).padStart(8, '0'), state);
  }

  const probe = (state: State): void => {
    if (state.bound !== undefined) return;
    // Virtual functions are left alone while autoprobe is off, unless a driver was named for them.
    if (state.physfn !== undefined && !state.physfn.autoprobe && state.override === undefined) return;
    const wanted = state.override ?? state.driver;
    if (wanted !== undefined && drivers.has(wanted)) bind(state, wanted);
  };

  const setVfs = (pf: State, text: string, path: string): void => {
    const count = Number(text.trim());
    const total = pf.sriov?.total ?? 0;
    if (!/^\d+\n?$/.test(text) || !Number.isInteger(count)) throw kernelError('EINVAL', path);
    if (count > total) throw kernelError('ERANGE', path);
    if (count === pf.virtualFunctions.length) return;
    if (pf.bound === undefined) throw kernelError('ENOENT', path);
    if (count > 0 && pf.virtualFunctions.length > 0) throw kernelError('EBUSY', path);
    pf.virtualFunctions.forEach(remove);
    pf.virtualFunctions = Array.from({ length: count }, (_, i) => newState(virtualFunction(pf, i), pf));
    for (const vf of pf.virtualFunctions) {
      add(vf);
      probe(vf);
    }
    tell(pf);
  };

  const setPower = (state: State, text: string, path: string): void => {
    const on = text.trim() === '1';
    if (on === state.powered) throw kernelError('EIO', path);
    state.powered = on;
    if (!on) remove(state);
    else {
      // A function that is configured anew has forgotten everything.
      state.override = undefined;
      state.bound = undefined;
      add(state);
      probe(state);
    }
  };

  const find = (path: string): { state: State; name: string } | undefined => {
    if (!path.startsWith(DEVICES)) return undefined;
    const [address = '', ...rest] = path.slice(DEVICES.length).split('/');
    const state = devices.get(address);
    return state === undefined ? undefined : { state, name: rest.join('/') };
  };

  const readText = (path: string): string | undefined => {
    const slot = path.startsWith(SLOTS) ? slots.get(path.slice(SLOTS.length, SLOTS.length + 8)) : undefined;
    if (slot !== undefined && path.endsWith('/power')) return slot.powered ? '1' : '0';
    const found = find(path);
    return found === undefined ? files.get(path) : attributes(found.state)[found.name];
  };

  const written = (path: string, text: string): void => {
    options.beforeWrite?.(path, text);
    writes.push({ path, text });
  };

  const read: HostPort['read'] = async (path) => {
    const found = find(path);
    if (found?.name === 'config') return config(found.state);
    const text = readText(path);
    return text === undefined ? undefined : new TextEncoder().encode(files.has(path) ? text : `${text}\n`);
  };

  return {
    live: false,
    byteOrder: 'little',
    refused: new Map(),
    writes,
    files,
    read,
    attributes: attributesThrough(read),
    driverOf: (address) => devices.get(address)?.bound,
    vanish: (address) => {
      const state = devices.get(address);
      if (state !== undefined) remove(state);
    },
    hearKernel: async (hearing) => {
      hearings.add(hearing);
      hearing.onBegin();
      await hearing.until;
      hearings.delete(hearing);
    },
    list: async (path) => {
      if (`${path}/` === DEVICES) return [...devices.keys()].sort();
      if (`${path}/` === SLOTS) return slots.size === 0 ? undefined : [...slots.keys()].sort();
      const found = find(path);
      if (found?.name === '')
        return ['config', ...Object.keys(attributes(found.state)), ...Object.keys(links(found.state)), ...directories(found.state)].sort();
      if (found?.name === 'net') return found.state.netdev === undefined || !hasHostDriver(found.state) ? undefined : [found.state.netdev];
      if (path.startsWith(DRIVERS)) return drivers.has(path.slice(DRIVERS.length)) ? ['bind', 'unbind'] : undefined;
      const group = new RegExp(`^${GROUPS}(\\d+)/devices$`).exec(path)?.[1];
      if (group !== undefined) return [...devices].filter(([, state]) => state.iommuGroup === Number(group)).map(([address]) => address);
      const below = [...files.keys()].filter((file) => file.startsWith(`${path}/`)).map((file) => file.slice(path.length + 1).split('/')[0] ?? '');
      return below.length === 0 ? undefined : [...new Set(below)].sort();
    },
    readlink: async (path) => {
      const device = path.startsWith(DEVICES) ? devices.get(path.slice(DEVICES.length)) : undefined;
      if (device !== undefined) return placeOf(device);
      const found = find(path);
      if (found !== undefined) return links(found.state)[found.name];
      const text = files.get(path);
      return text?.startsWith('→ ') === true ? text.slice(2) : undefined;
    },
    write: async (path, text) => {
      written(path, text);
      if (path === '/sys/bus/pci/drivers_probe') {
        const state = devices.get(text.trim());
        if (state === undefined) throw kernelError('ENODEV', path);
        probe(state);
        return;
      }
      const slot = path.startsWith(SLOTS) ? slots.get(path.slice(SLOTS.length, SLOTS.length + 8)) : undefined;
      if (slot !== undefined && path.endsWith('/power')) {
        setPower(slot, text, path);
        return;
      }
      const found = find(path);
      if (found === undefined) throw kernelError('ENOENT', path);
      const { state, name } = found;
      if (name === 'recover' && state.fid !== undefined) {
        setPower(state, '0', path);
        setPower(state, '1', path);
      } else if (name === 'driver_override') state.override = text.trim() === '' ? undefined : text.trim();
      else if (name === 'driver/unbind') {
        if (state.bound === undefined) throw kernelError('ENOENT', path);
        if (nameOf(state) !== text.trim()) throw kernelError('ENODEV', path);
        bind(state, undefined);
        // A physical function that loses its driver loses its virtual ones.
        state.virtualFunctions.forEach(remove);
        state.virtualFunctions = [];
      } else if (name === 'sriov_numvfs' && state.sriov !== undefined) setVfs(state, text, path);
      else if (name === 'sriov_drivers_autoprobe' && state.sriov !== undefined) state.autoprobe = text.trim() === '1';
      else throw kernelError('EACCES', path);
    },
    replaceFile: async (path, text) => {
      written(path, text ?? '');
      if (text === undefined) files.delete(path);
      else files.set(path, text);
    },
    run: async (program, args) => {
      const pf = [...devices.values()].find((state) => state.netdev === args.at(args.indexOf('dev') + 1));
      if (program !== 'ip' || pf === undefined) throw Object.assign(new Error(`${program} failed`), { stderr: 'Cannot find device' });
      // Looking is no change; everything else is.
      if (args.includes('set')) written(program, args.join(' '));
      return fakeIp(
        args,
        pf.virtualFunctions.map(({ settings }) => settings),
      );
    },
    addresses: async () => options.addresses ?? new Map(),
    sessionAddress: undefined,
    claimState: async () => 'free',
    loadModule: async (name) => {
      const driver = options.modules?.[name];
      if (driver === undefined) throw new Error(`modprobe: FATAL: Module ${name} not found`);
      drivers.add(driver);
    },
  };
}

function newState(from: FakeFunction, physfn: State | undefined): State {
  const settings = { mac: '00:00:00:00:00:00', vlan: 0, trust: false, spoofchk: true, max_tx_rate: 0 };
  return { ...from, bound: undefined, override: undefined, physfn, virtualFunctions: [], autoprobe: true, powered: true, settings };
}

function virtualFunction(pf: State, index: number): FakeFunction {
  const { domain, bus, slot, function: fn } = parsePciAddress(pf.address);
  const id = (bus << 8) + (slot << 3) + fn + VF_OFFSET + index;
  const address = formatPciAddress(pciAddress(domain, id >> 8, (id >> 3) & 0x1f, id & 7));
  return {
    address,
    ...(pf.vendor === undefined ? {} : { vendor: pf.vendor }),
    ...(pf.sriov?.device === undefined ? {} : { device: pf.sriov.device }),
    ...(pf.pciClass === undefined ? {} : { pciClass: pf.pciClass }),
    ...(pf.express === undefined ? {} : { express: pf.express }),
    ...(pf.sriov?.driver === undefined ? {} : { driver: pf.sriov.driver }),
    ...(pf.iommuGroup === undefined ? {} : { iommuGroup: VF_GROUPS + index }),
  };
}

function nameOf({ address }: FakeFunction): string {
  return formatPciAddress(parsePciAddress(address));
}

function attributes(state: State): Record<string, string> {
  return {
    vendor: hex(state.vendor ?? 0x1b36, 4),
    device: hex(state.device ?? 0x0010, 4),
    class: hex(state.pciClass ?? 0x010802, 6),
    driver_override: state.override ?? '(null)',
    ...(state.sriov === undefined
      ? {}
      : {
          sriov_totalvfs: String(state.sriov.total),
          sriov_numvfs: String(state.virtualFunctions.length),
          sriov_drivers_autoprobe: state.autoprobe ? '1' : '0',
        }),
    ...(state.fid === undefined ? {} : { function_id: hex(state.fid, 8), uid: '0x0', uid_is_unique: '0' }),
    ...state.attributes,
  };
}

function links(state: State): Record<string, string> {
  return {
    ...(state.bound === undefined ? {} : { driver: `../../../bus/pci/drivers/${state.bound}` }),
    ...(state.iommuGroup === undefined ? {} : { iommu_group: `../../../kernel/iommu_groups/${state.iommuGroup}` }),
    ...(state.physfn === undefined ? {} : { physfn: `../${nameOf(state.physfn)}` }),
    ...Object.fromEntries(state.virtualFunctions.map((vf, i) => [`virtfn${i}`, `../${nameOf(vf)}`])),
  };
}

function directories(state: State): string[] {
  return state.netdev !== undefined && hasHostDriver(state) ? ['net'] : [];
}

/** Interfaces belong to their driver. */
function hasHostDriver(state: State): boolean {
  return state.bound !== undefined && state.bound === state.driver;
}

/** The space of conventional PCI or of PCI Express, with nothing in it but the header type. */
function config(state: State): Uint8Array {
  const bytes = new Uint8Array(state.express === true ? 4096 : 256);
  bytes[0x0e] = state.headerType ?? 0;
  return bytes;
}

function kernelError(code: string, path: string): Error {
  return Object.assign(new Error(`${code}: write '${path}'`), { code });
}

function hex(value: number, digits: number): string {
  return `0x${value.toString(16).padStart(digits, '0')}`;
}

/** Where the directory of a function is, seen from the list of all functions. */
function placeOf({ address, behind }: FakeFunction): string {
  const name = formatPciAddress(parsePciAddress(address));
  return `../../../devices/pci${name.slice(0, 7)}/${behind === undefined ? '' : `${formatPciAddress(parsePciAddress(behind))}/`}${name}`;
}
