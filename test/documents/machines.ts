/** The machines on which the examples of the documents run: in memory, with guests of a fake libvirt and files of their own. */
import { mkdtempSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Machine } from '../../src/cli/machine.ts';
import { fakeKernel } from '../../src/testing/fake-kernel.ts';
import { startFakeLibvirt } from '../../src/testing/fake-libvirt/fake-libvirt.ts';
import { PC, PC_WITHOUT_IOMMU } from './pc.ts';
import type { MachineRecipe } from './recipe.ts';
import { Z } from './z.ts';

export interface DocumentMachine {
  /** Where commands are given. */
  readonly directory: string;
  readonly stop: () => Promise<void>;
  /** As root or as an ordinary user. */
  readonly as: (who: 'root' | 'user') => Machine;
}

export const RECIPES: Readonly<Record<string, MachineRecipe>> = { pc: PC, 'pc-without-iommu': PC_WITHOUT_IOMMU, z: Z };

export async function startMachine({ functions, files, guests, directory: given, pciIds }: MachineRecipe): Promise<DocumentMachine> {
  const kernel = fakeKernel(functions, { files });
  const libvirt = await startFakeLibvirt();
  for (const { xml, runs } of guests) {
    const guest = libvirt.qemu.define(xml);
    if (runs) libvirt.qemu.start(guest, false);
  }
  const directory = mkdtempSync(join(tmpdir(), 'hostdev-document-'));
  for (const [name, text] of Object.entries(given)) writeFileSync(join(directory, name), text);
  const as = (who: 'root' | 'user'): Machine => ({
    context: async () => ({ port: kernel, isRoot: who === 'root', readPciIds: async () => new TextEncoder().encode(pciIds), userCapabilityCache: '/nowhere' }),
    stateDirectory: join(directory, 'state'),
    schemas: [],
    schemasAreInstalled: true,
    userCapabilityCache: '/nowhere',
    fleetFile: '/nowhere/fleet.conf',
    libvirtUri: `qemu+unix:///system?socket=${libvirt.socket}`,
  });
  const stop = async (): Promise<void> => {
    await libvirt.stop();
    await rm(directory, { recursive: true, force: true });
  };
  return { directory, stop, as };
}
