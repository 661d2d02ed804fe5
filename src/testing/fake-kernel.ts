/**
 * A kernel in memory that reacts: writing to unbind, drivers_probe or driver_override has the effects the real
 * one has. It is held to the same conformance suite as the real kernel in the laboratory.
 */
import type { HostPort } from '../host/port.ts';
import { formatPciAddress } from '../pci/address.ts';
import { parsePciAddress } from '../pci/notation.ts';

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
  /** More attributes, by name. */
  readonly attributes?: Readonly<Record<string, string>>;
}

interface State extends FakeFunction {
  bound: string | undefined;
  override: string | undefined;
}

export interface FakeKernelOptions {
  /** Drivers that are loaded besides those of the functions; vfio-pci when missing. */
  readonly drivers?: readonly string[];
  /** IP addresses by interface. */
  readonly addresses?: ReadonlyMap<string, readonly string[]>;
  /** Called before each write; throwing makes the write fail as the error says. */
  readonly beforeWrite?: (path: string, text: string) => void;
}

export interface FakeKernel extends HostPort {
  /** The driver a function is bound to. */
  readonly driverOf: (address: string) => string | undefined;
  /** Takes a function away, as a hot-unplug does. */
  readonly vanish: (address: string) => void;
  /** Every write that was made. */
  readonly writes: readonly { readonly path: string; readonly text: string }[];
}

const DEVICES = '/sys/bus/pci/devices/';
const DRIVERS = '/sys/bus/pci/drivers/';
const GROUPS = '/sys/kernel/iommu_groups/';

/** Makes a machine with these functions. */
export function fakeKernel(functions: readonly FakeFunction[], options: FakeKernelOptions = {}): FakeKernel {
  const devices = new Map<string, State>(functions.map((f) => [formatPciAddress(parsePciAddress(f.address)), { ...f, bound: f.driver, override: undefined }]));
  const drivers = new Set([...(options.drivers ?? ['vfio-pci']), ...functions.flatMap((f) => f.driver ?? [])]);
  const writes: { path: string; text: string }[] = [];

  const probe = (state: State): void => {
    if (state.bound !== undefined) return;
    const wanted = state.override ?? state.driver;
    if (wanted !== undefined && drivers.has(wanted)) state.bound = wanted;
  };

  const attributes = (state: State): Record<string, string> => ({
    vendor: hex(state.vendor ?? 0x1b36, 4),
    device: hex(state.device ?? 0x0010, 4),
    class: hex(state.pciClass ?? 0x010802, 6),
    driver_override: state.override ?? '(null)',
    ...state.attributes,
  });

  const links = (state: State): Record<string, string> => ({
    ...(state.bound === undefined ? {} : { driver: `../../../bus/pci/drivers/${state.bound}` }),
    ...(state.iommuGroup === undefined ? {} : { iommu_group: `../../../kernel/iommu_groups/${state.iommuGroup}` }),
  });

  const find = (path: string): { state: State; name: string } | undefined => {
    if (!path.startsWith(DEVICES)) return undefined;
    const [address = '', ...rest] = path.slice(DEVICES.length).split('/');
    const state = devices.get(address);
    return state === undefined ? undefined : { state, name: rest.join('/') };
  };

  return {
    live: false,
    writes,
    driverOf: (address) => devices.get(address)?.bound,
    vanish: (address) => void devices.delete(address),
    read: async (path) => {
      const found = find(path);
      if (found === undefined) return undefined;
      if (found.name === 'config') return config(found.state);
      const text = attributes(found.state)[found.name];
      return text === undefined ? undefined : new TextEncoder().encode(`${text}\n`);
    },
    list: async (path) => {
      if (`${path}/` === DEVICES) return [...devices.keys()].sort();
      const found = find(path);
      if (found !== undefined && found.name === '') return ['config', ...Object.keys(attributes(found.state)), ...Object.keys(links(found.state))].sort();
      if (path.startsWith(DRIVERS)) return drivers.has(path.slice(DRIVERS.length)) ? ['bind', 'unbind'] : undefined;
      const group = new RegExp(`^${GROUPS}(\\d+)/devices$`).exec(path)?.[1];
      if (group !== undefined) return [...devices].filter(([, state]) => state.iommuGroup === Number(group)).map(([address]) => address);
      return undefined;
    },
    readlink: async (path) => {
      const found = find(path);
      return found === undefined ? undefined : links(found.state)[found.name];
    },
    write: async (path, text) => {
      options.beforeWrite?.(path, text);
      writes.push({ path, text });
      if (path === '/sys/bus/pci/drivers_probe') {
        const state = devices.get(text.trim());
        if (state === undefined) throw kernelError('ENODEV', path);
        probe(state);
        return;
      }
      const found = find(path);
      if (found === undefined) throw kernelError('ENOENT', path);
      const { state, name } = found;
      if (name === 'driver_override') state.override = text.trim() === '' ? undefined : text.trim();
      else if (name === 'driver/unbind') {
        if (state.bound === undefined) throw kernelError('ENOENT', path);
        if (formatPciAddress(parsePciAddress(state.address)) !== text.trim()) throw kernelError('ENODEV', path);
        state.bound = undefined;
      } else throw kernelError('EACCES', path);
    },
    addresses: async () => options.addresses ?? new Map(),
    sessionAddress: undefined,
    claimState: async () => 'free',
    loadModule: async (name) => {
      throw new Error(`modprobe: FATAL: Module ${name} not found`);
    },
  };
}

/** 256 bytes with nothing but the header type. */
function config(state: State): Uint8Array {
  const bytes = new Uint8Array(256);
  bytes[0x0e] = state.headerType ?? 0;
  return bytes;
}

function kernelError(code: string, path: string): Error {
  return Object.assign(new Error(`${code}: write '${path}'`), { code });
}

function hex(value: number, digits: number): string {
  return `0x${value.toString(16).padStart(digits, '0')}`;
}
