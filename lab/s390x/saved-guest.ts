/**
 * A guest of the emulated IBM Z host that libvirt saved when it had booted (`virsh save`). Its boot takes a minute, emulated in
 * emulation; waking it takes seconds, and it goes on where it was.
 */
import { createHash } from 'node:crypto';
import { copyFile, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { cached } from '../cache.ts';
import { type Shown, shownOnStderr } from '../debian/progress.ts';
import { waitForConsole } from '../machine/guest-console.ts';
import type { LabHost } from '../machine/running.ts';
import { GUEST_BOOT_MS, guestDefinition } from './guest.ts';
import { bootHost, WAIT_FOR_LIBVIRT, zImages } from './host.ts';

/** Its name. */
export const SAVED_GUEST = 'web';

const FILES = [`${SAVED_GUEST}.xml`, `${SAVED_GUEST}.save`];

/** Directory with its definition and its state, made when missing. */
export async function savedGuest(shown: Shown = shownOnStderr()): Promise<string> {
  const { root } = await zImages(shown);
  // The state is of one QEMU, one kernel and one definition.
  const key = createHash('sha256')
    .update(basename(dirname(root)))
    .update(guestDefinition(SAVED_GUEST));
  return cached(`guest-s390x-${key.digest('hex').slice(0, 12)}`, async (building) => {
    shown.note('booting a guest in the IBM Z host once, to save it');
    const host = await bootHost({ shown });
    try {
      await save(host);
      for (const file of FILES) await copyFile(join(host.share, file), join(building, file));
    } finally {
      await host.stop();
    }
  });
}

async function save(host: LabHost): Promise<void> {
  await writeFile(join(host.share, 'new.xml'), guestDefinition(SAVED_GUEST));
  await host.sh(`${WAIT_FOR_LIBVIRT} && virsh -q define /share/new.xml && virsh -q start ${SAVED_GUEST}`);
  // Not before its drivers are there: what is left to do would be done at every waking.
  await waitForConsole(host, `${SAVED_GUEST}.console`, GUEST_BOOT_MS, (console) => (console.includes('guest modules loaded') ? true : undefined));
  await host.sh(`virsh dumpxml --inactive ${SAVED_GUEST} > /share/${SAVED_GUEST}.xml && virsh -q save ${SAVED_GUEST} /share/${SAVED_GUEST}.save`);
}

/**
 * Defines it in a host and lets it run on, behind everything else that runs there: Debian's s390x kernel ticks 250 times a second in
 * idle guests too (CONFIG_HZ_PERIODIC), and the host's scheduler gives every session the same share of its one processor.
 */
export async function wakeGuest(host: LabHost): Promise<void> {
  const directory = await savedGuest();
  for (const file of FILES) await copyFile(join(directory, file), join(host.share, file));
  await host.sh(`${WAIT_FOR_LIBVIRT} && virsh -q define /share/${SAVED_GUEST}.xml && virsh -q restore --paused /share/${SAVED_GUEST}.save
    echo 19 > /proc/$(cat /run/libvirt/qemu/${SAVED_GUEST}.pid)/autogroup && virsh -q resume ${SAVED_GUEST}`);
}
