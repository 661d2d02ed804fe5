/** The emulated PC host. */
import { type Shown, shownOnStderr } from '../debian/progress.ts';
import { type BootOptions, type LabHost, portArguments, runMachine, shareArguments } from '../machine/running.ts';
import { buildImages, type Images } from './image.ts';
import { HOST_COMMAND_LINE } from './recipe.ts';
import { topologyArguments } from './topology.ts';

export interface PcBootOptions extends BootOptions {
  /**
   * `crypt` has its root on LVM on crypt on NVMe and a real udevd; `plain` has it on a virtio disk; `bare` is plain
   * without udevd and is up in half the time.
   */
  readonly root: 'crypt' | 'plain' | 'bare';
  /** Start libvirtd once everything has settled, and wait until it answers. */
  readonly libvirt?: boolean;
  /** A console with a shell, behind the host's shellSocket. */
  readonly terminal?: boolean;
  /** Places of the topology; all when missing. */
  readonly places?: readonly string[];
  /** Image of a disk that is read only; /dev/vdb inside, where the root is not encrypted. */
  readonly disk?: string;
}

/** Builds what is missing and boots. */
export async function bootPc(options: PcBootOptions): Promise<LabHost> {
  const host = await boot(await pcImages(options.shown), options);
  if (options.root !== 'bare') await host.run(WAIT_UNTIL_SETTLED, 120_000);
  if (options.libvirt === true) await host.run(WAIT_FOR_LIBVIRT, 120_000);
  return host;
}

/** The host's images, built when they are missing. */
export function pcImages(shown: Shown = shownOnStderr()): Promise<Images> {
  return buildImages(shown, finish);
}

/** Shell words that end when libvirtd answers. */
export const WAIT_FOR_LIBVIRT = 'until virsh -q -r uri >/dev/null 2>&1; do usleep 100000; done';

/** udevd has looked at every device. */
export const WAIT_UNTIL_SETTLED = 'while [ ! -e /run/settled ]; do usleep 50000; done';

/** Makes inside, with the host's own tools, what cannot be made outside: module dependencies, the encrypted root. */
async function finish(images: Images): Promise<void> {
  const host = await boot(images, { root: 'bare', places: ['root-nvme'] }, true);
  try {
    const { status, stderr } = await host.run('/usr/bin/sh -e /lab/finish', 180_000);
    if (status !== 0) throw new Error(`finishing the image failed: ${stderr.slice(-2000)}`);
    await images.keep(host.share);
  } finally {
    await host.stop();
  }
}

function boot(images: Images, options: PcBootOptions, writable = false): Promise<LabHost> {
  const emulator = { tree: images.emulator, program: 'qemu-system-x86_64', firmware: ['usr/share/qemu', 'usr/share/seabios'] };
  const snapshot = writable ? 'off' : 'on';
  const crypt = options.root === 'crypt';
  const words = `${{ crypt: ' cryptroot', plain: '', bare: ' bare' }[options.root]}${options.libvirt === true ? ' libvirt' : ''}`;
  return runMachine(emulator, { ...options, keepsDisks: writable }, async (files) => [
    ...['-name', 'pc-host', '-machine', 'q35,kernel-irqchip=split,hpet=off,i8042=off', '-accel', 'tcg,thread=multi', '-cpu', 'max', '-m', '2G', '-smp', '1'],
    ...['-nodefaults', '-no-user-config', '-display', 'none'],
    // Without this ACPI invents hot-plug slots of its own, and names of interfaces with them.
    ...['-global', 'ICH9-LPC.acpi-pci-hotplug-with-bridge-support=off'],
    // Two nodes, one processor: with two of them, emulated in threads of their own, QEMU 10.0 sometimes dies while the firmware
    // and the kernel place the devices (assertion in iotlb_to_section).
    ...[0, 1].flatMap((n) => ['-object', `memory-backend-ram,id=m${n},size=1G`, '-numa', `node,nodeid=${n},memdev=m${n}${n === 0 ? ',cpus=0' : ''}`]),
    ...['-device', 'intel-iommu,intremap=on,aw-bits=48'],
    // Not the bare ELF kernel: QEMU would put the RAM disk where the firmware puts its tables when there are many devices.
    ...['-kernel', images.kernel, '-initrd', crypt ? images.cryptInitramfs : images.initramfs, '-append', `${HOST_COMMAND_LINE}${words}`],
    ...['-chardev', `file,id=console,path=${files.consoleLog}`, '-device', 'isa-serial,chardev=console'],
    ...['-device', 'virtio-serial-pci,addr=02.0'],
    ...portArguments(files),
    ...(options.terminal === true ? ['-chardev', `socket,id=shell,path=${files.shellSocket},server=on,wait=off`, '-device', 'virtconsole,chardev=shell'] : []),
    ...shareArguments(files, 'virtio-9p-pci,addr=04.0'),
    ...(crypt ? [] : ['-drive', `if=none,id=root,file=${images.root},format=raw,snapshot=${snapshot},cache=unsafe`]),
    ...(crypt ? [] : ['-device', 'virtio-blk-pci,addr=03.0,drive=root,serial=root']),
    ...(options.disk === undefined ? [] : ['-drive', `if=none,id=disk,file=${options.disk},format=raw,readonly=on`]),
    ...(options.disk === undefined ? [] : ['-device', 'virtio-blk-pci,addr=05.0,drive=disk,serial=disk']),
    ...(await topologyArguments(files, ['-drive', `if=none,id=n0,file=${images.cryptRoot},format=raw,snapshot=${snapshot},cache=unsafe`], options.places)),
  ]);
}
