/** Taking functions to a VFIO driver. */
import { HostdevError } from '../errors.ts';
import { formatPciAddress } from '../pci/address.ts';
import { isVfioDriver, type NodeDevice } from '../state/node-device.ts';
import type { Change } from './change.ts';
import { driverSteps } from './driver-steps.ts';
import type { Step } from './step.ts';

/** A function, and the driver that shall have it. */
export interface PrepareFacts {
  readonly device: NodeDevice;
  /** Whether its network interface is up; null when it has none to be seen. */
  readonly link: 'up' | 'down' | null;
  /** Name of the VFIO driver. */
  readonly driver: string;
  /** Module that the plan loads for it; undefined when the driver was there before. */
  readonly module?: string | undefined;
}

/** Takes a function to a VFIO driver; undefined when it is there already. */
export function planPrepare({ device, link, driver, module }: PrepareFacts): Change | undefined {
  if (isVfioDriver(device.driver) && sameModule(driver, device.driver ?? '')) return undefined;
  const subject = formatPciAddress(device.address);
  const before = { driver: device.driver ?? null, override: device.driverOverride ?? null, link };
  const wanted = { driver, override: driver };
  const load: Step[] = module === undefined ? [] : [{ kind: 'load', module, why: 'the driver is not there yet' }];
  return { verb: 'prepare', subject, before, wanted, steps: [...load, ...driverSteps(subject, before, wanted)], undo: driverSteps(subject, wanted, before) };
}

/** Modules are named with underscores; their drivers may be not. */
function sameModule(a: string, b: string): boolean {
  return a.replaceAll('-', '_') === b.replaceAll('-', '_');
}

/** The same plans, each module loaded by the first that needs it. */
export function loadingOnce(changes: readonly (Change | undefined)[]): (Change | undefined)[] {
  const loaded = new Set<string>();
  return changes.map((change) => {
    if (change === undefined) return undefined;
    const steps = change.steps.filter((step) => step.kind !== 'load' || !loaded.has(step.module));
    for (const module of modulesOf([change])) loaded.add(module);
    return { ...change, steps };
  });
}

/** The modules that a plan loads, once each. */
export function modulesOf(changes: readonly Change[]): string[] {
  return [...new Set(changes.flatMap(({ steps }) => steps.flatMap((step) => (step.kind === 'load' ? step.module : []))))];
}

/** @throws {HostdevError} `driver-unknown` for a name that no VFIO driver has. */
export function checkDriverName(name: string): string {
  if (/^[\w-]{1,64}$/.test(name) && isVfioDriver(name)) return name;
  throw new HostdevError('driver-unknown', `'${name}' is not the name of a VFIO driver`, {
    subject: name,
    hint: 'vfio-pci, or a variant of it such as mlx5_vfio_pci; leave --driver out to have it chosen',
  });
}
