/**
 * A guest of the emulated IBM Z host that libvirt saved when it had booted (`virsh save`). Its boot takes a minute, emulated in
 * emulation; waking it takes seconds, and it goes on where it was.
 */
import { createHash } from 'node:crypto';
import { copyFile, open, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { cached } from '../cache.ts';
import { type Shown, shownOnStderr } from '../debian/progress.ts';
import { waitForConsole } from '../machine/guest-console.ts';
import type { LabHost } from '../machine/running.ts';
import { GUEST_BOOT_MS, GUEST_ICOUNT, GUEST_INITRAMFS, GUEST_KERNEL, guestDefinition } from './guest.ts';
import { bootHost, WAIT_FOR_LIBVIRT, zImages } from './host.ts';
import { GUEST_COMMAND_LINE } from './recipe.ts';

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

/**
 * Lets it run while its own kernel has something to do, and pauses it behind that: in between its ticks take 60 % of what its host has of the
 * machine, measured; the host with it paused takes 5 %.
 */
export async function whileRunning<T>(host: LabHost, act: () => Promise<T>): Promise<T> {
  await host.sh(`virsh -q resume ${SAVED_GUEST}`);
  try {
    return await act();
  } finally {
    await pauseGuest(host);
  }
}

export async function pauseGuest(host: LabHost): Promise<void> {
  await host.sh(`virsh -q suspend ${SAVED_GUEST}`);
}

/**
 * Lets the same guest run on in a QEMU that libvirt knows nothing of. It has not told its new console what it has told the old one. It was
 * paused when it was saved, and QEMU keeps it so until it is told otherwise, which it understands as soon as all is read.
 */
export async function wakeWithoutLibvirt(host: LabHost, name: string, words: string): Promise<void> {
  const directory = await savedGuest();
  const state = join(host.share, `${name}.save`);
  await copyFile(join(directory, `${SAVED_GUEST}.save`), state);
  await host.sh(
    `m=/run/${name}.monitor; busybox mkfifo $m.in $m.out
    qemu-system-s390x -name ${name} -M s390-ccw-virtio -accel tcg -cpu max -m 128M -display none -nodefaults -no-user-config \
      -icount ${GUEST_ICOUNT} -chardev file,id=c,path=/share/${name}.console -device sclpconsole,chardev=c \
      -kernel ${GUEST_KERNEL} -initrd ${GUEST_INITRAMFS} -append '${GUEST_COMMAND_LINE}' \
      -incoming file:/share/${name}.save,offset=${await streamOffset(state)} ${words} \
      -chardev pipe,id=m,path=$m -mon chardev=m,mode=readline -daemonize -pidfile /run/${name}.pid || exit 1
    cat $m.out > $m &
    while ! grep -q 'VM status: running' $m; do printf 'cont\ninfo status\n' > $m.in; usleep 200000; done`,
  );
}

/** Size of the header of a file of `virsh save`, and where it has the length of the definition that follows it (struct virQEMUSaveHeader of libvirt). */
const HEADER_BYTES = 92;
const LENGTH_AT = 20;

/** Where QEMU's own stream begins in what libvirt has saved. The host that saved it is big-endian. */
async function streamOffset(file: string): Promise<number> {
  const handle = await open(file);
  try {
    const { buffer } = await handle.read(Buffer.alloc(HEADER_BYTES), 0, HEADER_BYTES, 0);
    if (buffer.toString('latin1', 0, 16) !== 'LibvirtQemudSave') throw new Error(`${file} is not what virsh save writes`);
    return HEADER_BYTES + buffer.readUInt32BE(LENGTH_AT);
  } finally {
    await handle.close();
  }
}
