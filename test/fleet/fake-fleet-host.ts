/** A machine in memory that may be a host of a fleet: with GPUs to be named by mappings, and a fake libvirt. */
import { join } from 'node:path';
import { expect } from 'vitest';
import type { Machine } from '../../src/cli/machine.ts';
import { guardOf, mappedOf } from '../../src/fleet/enrolled.ts';
import { type FakeFunction, fakeKernel } from '../../src/testing/fake-kernel.ts';
import { bareMachine } from '../bare-machine.ts';
import { hostdev } from '../capture.ts';

export const gpu = (bus: number, group: number, slotFunction = 0, device = 0x2236): FakeFunction => ({
  ...{ address: `0000:0${bus}:00.${slotFunction}`, vendor: 0x10de, device, pciClass: 0x030000, driver: 'nouveau', iommuGroup: group },
});

/** Two that are alone in their groups, and two that share one. */
export const GPUS = [gpu(3, 3), gpu(4, 4), gpu(5, 5, 0, 0x2237), gpu(5, 5, 1, 0x2237)];
export const MAPPED = ['mapping set gpu-a10 --match 10de:2236', 'mapping set pair --match 10de:2237 --whole-group yes'];

/** A host that is ready to give: the agent's word is that of `check`. */
const FILES = { '/sys/kernel/iommu_groups/0/x': '', '/dev/vfio/vfio': '' };

/** @param number - what makes it another machine than others are. */
export function fakeFleetHost(directory: string, libvirt: { readonly socket: string }, functions: readonly FakeFunction[], number = 1): Machine {
  const [stateDirectory, fleetFile] = [join(directory, 'state'), join(directory, 'etc', 'fleet.conf')];
  const context = {
    ...{ port: fakeKernel(functions, { files: { ...FILES, '/etc/machine-id': `${String(number).padStart(32, '0')}\n` } }), isRoot: true },
    readPciIds: async () => undefined,
  };
  return bareMachine([], {
    context: async () => ({ ...context, claims: guardOf({ context, fleetFile, stateDirectory }), mapped: mappedOf({ context, fleetFile }) }),
    ...{ stateDirectory, fleetFile, libvirtUri: `qemu+unix:///system?socket=${libvirt.socket}` },
  });
}

interface FleetCommands {
  readonly run: (line: string) => ReturnType<typeof hostdev>;
  /** What it printed; it ends with that status, and has no error to say. */
  readonly done: (line: string, status?: number) => Promise<string>;
  /** Makes a fleet, with this machine as its host, and its mappings. */
  readonly enrolled: (...more: readonly string[]) => Promise<void>;
  /** Function, guest, state and mapping of each claim. */
  readonly claims: () => Promise<string[]>;
}

/** @param at - asked at each command: tests have machines of their own. */
export function commandsOf(at: () => { readonly machine: Machine; readonly directory: string }): FleetCommands {
  const run: FleetCommands['run'] = async (line) => hostdev(line.split(' '), '', at().machine);
  const done: FleetCommands['done'] = async (line, wanted = 0) => {
    const { status, stdout, stderr } = await run(line);
    expect([line, status, stderr]).toEqual([line, wanted, expect.not.stringContaining('error')]);
    return stdout;
  };
  return {
    run,
    done,
    enrolled: async (...more) => {
      const store = `dir:${at().directory}/fleet`;
      await done(['fleet', 'init', store, ...more].join(' '));
      await done(`fleet join ${store} --name kvm1`);
      for (const line of MAPPED) await done(`fleet ${line}`);
    },
    claims: async () => {
      const { items } = JSON.parse(await done('fleet claims --json')) as {
        items: { function: string; guest: string; state: string; mapping: string | null }[];
      };
      return items.map((each) => [each.function.replace('host/kvm1/0000:', ''), each.guest, each.state, each.mapping].join(' '));
    },
  };
}
