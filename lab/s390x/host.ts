/** The emulated IBM Z host. */
import { type Shown, shownOnStderr } from '../debian/progress.ts';
import { type BootOptions, type LabHost, type MachineFiles, portArguments, runMachine, shareArguments } from '../machine/running.ts';
import { buildImages, type Images } from './image.ts';
import { HOST_COMMAND_LINE, HOST_FUNCTIONS } from './recipe.ts';

export interface ZBootOptions extends BootOptions {
  /** Leave libvirtd out, and let the machine start again when it is reset. */
  readonly bare?: boolean;
  readonly cpus?: string;
}

/** Builds what is missing and boots. */
export async function bootHost(options: ZBootOptions = {}): Promise<LabHost> {
  return boot(await zImages(options.shown), options, false);
}

/** The host's images, built when they are missing. */
export function zImages(shown: Shown = shownOnStderr()): Promise<Images> {
  return buildImages(shown, fillCaches);
}

/** libvirt asks QEMU for its abilities once; the answer stays in the image, which saves seconds at every start. */
async function fillCaches(images: Images): Promise<void> {
  const host = await boot(images, {}, true);
  try {
    const result = await host.run(`${WAIT_FOR_LIBVIRT} && virsh -q domcapabilities --virttype qemu >/dev/null`, 120_000);
    if (result.status !== 0) throw new Error(`libvirt in the new image does not answer: ${result.stderr}`);
  } finally {
    await host.stop();
  }
}

/** Shell words that end when libvirtd listens. */
export const WAIT_FOR_LIBVIRT =
  'n=0; while [ ! -S /run/libvirt/libvirt-sock ] && [ $n -lt 600 ]; do usleep 100000; n=$((n+1)); done; [ -S /run/libvirt/libvirt-sock ]';

function boot(images: Images, options: ZBootOptions, writable: boolean): Promise<LabHost> {
  const emulator = { tree: images.emulator, program: 'qemu-system-s390x', firmware: ['usr/share/qemu'] };
  return runMachine(emulator, { ...options, keepsDisks: writable }, async (files) => [
    ...['-name', 'z-host', '-M', 's390-ccw-virtio', '-accel', 'tcg,thread=multi', '-cpu', 'max', '-m', '1280M', '-smp', options.cpus ?? '1'],
    ...['-display', 'none', '-nodefaults', '-no-user-config', ...(options.bare === true ? [] : ['-no-reboot'])],
    ...['-chardev', `file,id=console,path=${files.consoleLog}`, '-device', 'sclpconsole,chardev=console'],
    ...['-kernel', images.kernel, '-initrd', images.initramfs, '-append', `${HOST_COMMAND_LINE}${options.bare === true ? ' nolibvirt' : ''}`],
    ...['-drive', `if=none,id=root,file=${images.root},format=raw,snapshot=${writable ? 'off' : 'on'},cache=unsafe`],
    ...['-device', 'virtio-blk-ccw,devno=fe.0.0001,drive=root', '-device', 'virtio-serial-ccw,devno=fe.0.0002'],
    ...portArguments(files),
    ...['-chardev', `socket,id=shell,path=${files.shellSocket},server=on,wait=off`, '-device', 'virtconsole,chardev=shell'],
    ...shareArguments(files, 'virtio-9p-ccw'),
    ...(await functionArguments(files)),
  ]);
}

const DISK_BYTES = 16 * 1024 * 1024;

async function functionArguments(files: MachineFiles): Promise<string[]> {
  const all = HOST_FUNCTIONS.map(async (f) => {
    const disk = f.backend.some((argument) => argument.includes('{disk}')) ? await files.disk(f.id, DISK_BYTES) : '';
    return [...f.backend.map((argument) => argument.replace('{disk}', disk)), '-device', `zpci,uid=${f.uid},fid=${f.fid},target=${f.id}`, '-device', f.device];
  });
  return (await Promise.all(all)).flat();
}
