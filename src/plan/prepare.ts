/** Taking functions to a VFIO driver. */
import { HostdevError } from '../errors.ts';
import { formatPciAddress } from '../pci/address.ts';
import { isVfioDriver } from '../state/node-device.ts';
import type { PrepareFacts } from '../state/prepare-facts.ts';
import type { Change } from './change.ts';
import { driverSteps } from './driver-steps.ts';
import type { Step } from './step.ts';

/**
 * Takes a function to a VFIO driver; undefined when it is there already.
 *
 * @example
 * ```ts
 * import { formatStep, parsePciAddress, planPrepare } from 'hostdev';
 * import { readNodeDevice } from 'hostdev/host';
 * import { fakeKernel } from 'hostdev/testing';
 * const device = await readNodeDevice(fakeKernel([{ address: '01:00.0', driver: 'nvme', iommuGroup: 7 }]), parsePciAddress('01:00.0'));
 * const change = device && planPrepare({ device, link: null, driver: 'vfio-pci' });
 * console.log(change?.steps.map((step) => formatStep(step).split('  # ')[1]).join('; ')); // → only vfio-pci may take it from now on; nvme lets go of it; vfio-pci takes it
 * ```
 */
export function planPrepare({ device, link, driver, module }: PrepareFacts): Change | undefined {
  if (isVfioDriver(device.driver) && sameModule(driver, device.driver ?? '')) return undefined;
  const subject = formatPciAddress(device.address);
  const before = { driver: device.driver ?? null, override: device.driverOverride ?? null, link };
  const wanted = { driver, override: driver };
  const load: Step[] = module === undefined ? [] : [{ kind: 'load', module, why: 'the driver is not there yet' }];
  return { verb: 'prepare', subject, before, wanted, steps: [...load, ...driverSteps(subject, before, wanted)], undo: driverSteps(subject, wanted, before) };
}

function sameModule(a: string, b: string): boolean {
  return inModuleNames(a) === inModuleNames(b);
}

/** Modules are named with underscores; their drivers may be not. */
export function inModuleNames(text: string): string {
  return text.replaceAll('-', '_');
}

/** Takes functions to VFIO drivers, in that order; undefined for those that are there already. A module is loaded by the first that needs it. */
export function planPrepares(facts: readonly PrepareFacts[]): (Change | undefined)[] {
  return loadingOnce(facts.map(planPrepare));
}

function loadingOnce(changes: readonly (Change | undefined)[]): (Change | undefined)[] {
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
