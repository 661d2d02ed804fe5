/** The machine of a command line in a test: in memory, with the functions that the test gives it, and nothing installed. */
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { randomUUID } from 'node:crypto';
import type { Machine } from '../src/cli/machine.ts';
import { type FakeFunction, type FakeKernelOptions, fakeKernel } from '../src/testing/fake-kernel.ts';

export function bareMachine(functions: readonly FakeFunction[] = [], more: Partial<Machine> & Pick<FakeKernelOptions, 'files'> = {}): Machine {
  const { files = {}, userCapabilityCache = '/nowhere/cache', ...surroundings } = more;
  const port = fakeKernel(functions, { files });
  return {
    context: async () => ({ port, isRoot: true, readPciIds: async () => undefined, userCapabilityCache }),
    // Made by the first change; most commands make none.
    stateDirectory: join(tmpdir(), `hostdev-state-${randomUUID()}`),
    schemas: [],
    schemasAreInstalled: true,
    userCapabilityCache,
    fleetFile: '/nowhere/fleet.conf',
    libvirtUri: 'qemu+unix:///system?socket=/nowhere/libvirt-sock',
    ...surroundings,
  };
}
