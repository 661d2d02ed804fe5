/** A machine in memory that may be a host of a fleet in a directory: with GPUs to be named by mappings, and a fake libvirt. */
import { join } from 'node:path';
import type { Machine } from '../../src/cli/machine.ts';
import { guardOf, mappedOf } from '../../src/fleet/enrolled.ts';
import { type FakeFunction, fakeKernel } from '../../src/testing/fake-kernel.ts';
import { bareMachine } from '../bare-machine.ts';

export const gpu = (bus: number, group: number, slotFunction = 0, device = 0x2236): FakeFunction => ({
  ...{ address: `0000:0${bus}:00.${slotFunction}`, vendor: 0x10de, device, pciClass: 0x030000, driver: 'nouveau', iommuGroup: group },
});

/** Two that are alone in their groups, and two that share one. */
export const GPUS = [gpu(3, 3), gpu(4, 4), gpu(5, 5, 0, 0x2237), gpu(5, 5, 1, 0x2237)];
export const MAPPED = ['mapping set gpu-a10 --match 10de:2236', 'mapping set pair --match 10de:2237 --whole-group yes'];

/** A host that is ready to give: the agent's word is that of `check`. */
const FILES = { '/etc/machine-id': `${'0'.repeat(31)}1\n`, '/sys/kernel/iommu_groups/0/x': '', '/dev/vfio/vfio': '' };

export function fakeFleetHost(directory: string, libvirt: { readonly socket: string }, functions: readonly FakeFunction[]): Machine {
  const [stateDirectory, fleetFile] = [join(directory, 'state'), join(directory, 'etc', 'fleet.conf')];
  const context = {
    ...{ port: fakeKernel(functions, { files: FILES }), isRoot: true },
    readPciIds: async () => undefined,
  };
  return bareMachine([], {
    context: async () => ({ ...context, claims: guardOf({ context, fleetFile, stateDirectory }), mapped: mappedOf({ context, fleetFile }) }),
    ...{ stateDirectory, fleetFile, libvirtUri: `qemu+unix:///system?socket=${libvirt.socket}` },
  });
}
