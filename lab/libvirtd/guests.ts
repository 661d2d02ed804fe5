/** What guests need that run inside the tree of a libvirtd: processors to run on, and an end at the latest when the daemon ends. */
import { mkdir, readdir, readFile, readlink, writeFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';

/** There is no sysfs; libvirt looks here for the processors that a guest may run on, and starts none without. */
export async function giveProcessors(tree: string): Promise<void> {
  const directory = join(tree, 'sys/devices/system/cpu');
  await mkdir(directory, { recursive: true });
  const all = `0-${availableParallelism() - 1}\n`;
  for (const name of ['online', 'present', 'possible']) await writeFile(join(directory, name), all);
}

/** A group of an IOMMU, without which libvirt makes no command line of a guest with host devices. */
export async function giveIommu(tree: string): Promise<void> {
  await mkdir(join(tree, 'sys/kernel/iommu_groups/0'), { recursive: true });
}

/** Ends the QEMUs of a tree: they outlive their libvirtd. */
export async function endGuests(tree: string): Promise<void> {
  const directory = join(tree, 'run/libvirt/qemu');
  for (const name of await readdir(directory).catch(() => [])) {
    if (!name.endsWith('.pid')) continue;
    const pid = Number(await readFile(join(directory, name), 'utf8'));
    // The number may be somebody else's by now.
    if (pid > 0 && (await readlink(`/proc/${pid}/root`).catch(() => '')) === tree) process.kill(pid, 'SIGKILL');
  }
}
