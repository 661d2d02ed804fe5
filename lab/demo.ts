/** The main job, start to end, on an emulated IBM Z host with a real kernel: `npm run demo`. */
import { connect } from 'node:net';
import { rmSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { formatClassic } from '../src/qemu/device-object.ts';
import { vfioPci, zpci } from '../src/qemu/vfio.ts';
import { parsePciAddress } from '../src/pci/notation.ts';
import { formatFid, formatUid } from '../src/pci/zpci.ts';
import { GUEST_ICOUNT, GUEST_INITRAMFS, GUEST_KERNEL, type GuestFunction, guestDefinition, waitForGuestFunctions } from './s390x/guest.ts';
import { HOSTDEV, installCommand, type LabHost } from './machine/running.ts';
import { bootHost, WAIT_FOR_LIBVIRT } from './s390x/host.ts';
import { GUEST_COMMAND_LINE } from './s390x/recipe.ts';
import { emulatorReason } from './reason.ts';
import { makeStages, type Stages, StageError } from './stages.ts';

const UID = 0x21;
const FID = 0x55;

/** Under emulation in emulation a guest needs about 40 s on a quiet machine, several times that on a busy one. */
const GUEST_TIMEOUT_MS = 6 * 60_000;

const HELP = `Usage: npm run demo [-- --direct] [-- --keep]

Boots an emulated IBM Z host with a real s390x kernel, gives one of its PCI functions to a guest with hostdev,
and shows what the guest's own kernel sees.

  --direct   without libvirt: hostdev prepare, QEMU's arguments, hostdev release
  --keep     leave a shell in the emulated host afterwards
  --help     print this
`;

interface Flags {
  readonly direct: boolean;
  readonly keep: boolean;
}

async function main(): Promise<number> {
  const flags = readFlags();
  if (flags === undefined) return 2;
  const reason = await emulatorReason();
  if (reason !== '') {
    process.stderr.write(`the demonstration cannot run here: ${reason}\n`);
    return 1;
  }
  const stages = makeStages(process.stderr);
  const directory = await mkdtemp(join(tmpdir(), 'hostdev-demo-'));
  // The emulator ends with this process, whatever stage it is in.
  for (const [signal, status] of [
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const) {
    process.once(signal, () => {
      rmSync(directory, { recursive: true, force: true });
      process.stderr.write('\ninterrupted; the emulated host is switched off\n');
      process.exit(status);
    });
  }
  let host: LabHost | undefined;
  try {
    host = await stages.run('boot the emulated IBM Z host', (shown) => bootHost({ directory, shown }));
    await installCommand(host, new URL('../../dist/cli/', import.meta.url).pathname);
    await (flags.direct ? direct : withLibvirt)(host, stages);
    if (flags.keep) await shell(host);
    await stages.run('switch the emulated host off', () => host?.stop() ?? Promise.resolve());
    await rm(directory, { recursive: true, force: true });
    process.stdout.write('The guest saw the function, and the host has it back.\n');
    return 0;
  } catch (error) {
    await host?.stop().catch(() => undefined);
    const stage = error instanceof StageError ? error.stage : 'demo';
    process.stderr.write(`\nfailed in stage '${stage}': ${(error as Error).message}\nlogs: ${directory} (console.log, qemu.log, share/)\n`);
    return 1;
  }
}

function readFlags(): Flags | undefined {
  try {
    const { values } = parseArgs({ options: { direct: { type: 'boolean' }, keep: { type: 'boolean' }, help: { type: 'boolean', short: 'h' } } });
    if (values.help === true) {
      process.stdout.write(HELP);
      process.exit(0);
    }
    return { direct: values.direct === true, keep: values.keep === true };
  } catch (error) {
    process.stderr.write(`demo: ${(error as Error).message}\n${HELP}`);
    return undefined;
  }
}

/** Runs a script in the host; what it prints is shown, a failure is an error. */
function show(text: string): void {
  process.stdout.write(`${text.trimEnd().replaceAll(/^/gm, '    ')}\n`);
}

/** Lists the functions and chooses the first NVMe controller by the address that lspci gives it. */
async function choose(host: LabHost, stages: Stages): Promise<string> {
  show(await stages.run('hostdev list', () => host.sh(`${HOSTDEV} list`)));
  const line = await stages.run('choose a function by its lspci line', () => host.sh('lspci -Dnn | grep -m1 Non-Volatile'));
  show(line);
  return line.trim().split(' ')[0] ?? '';
}

async function driverOf(host: LabHost, address: string): Promise<string> {
  return (await host.sh(`basename "$(readlink /sys/bus/pci/devices/${address}/driver)"`)).trim();
}

async function withLibvirt(host: LabHost, stages: Stages): Promise<void> {
  const address = await choose(host, stages);
  const before = await driverOf(host, address);
  const definition = join(host.share, 'demo.xml');
  await writeFile(definition, guestDefinition('demo'));
  const ids = `--uid ${formatUid(UID)} --fid ${formatFid(FID)}`;
  show(
    await stages.run(`hostdev attach demo.xml ${address} ${ids}`, () =>
      host.sh(`cd /share && ${HOSTDEV} attach demo.xml ${address} ${ids} --dry-run && ${HOSTDEV} attach demo.xml ${address} ${ids}`),
    ),
  );
  await stages.run('libvirt defines and starts the guest', () => host.sh(`${WAIT_FOR_LIBVIRT} && virsh -q define /share/demo.xml && virsh -q start demo`));
  const during = await driverOf(host, address);
  if (during !== 'vfio-pci') throw new Error(`libvirt left ${address} with ${during}`);
  await seen(host, stages, 'demo.console');
  await stages.run('stop the guest', () => host.sh('virsh -q destroy demo && virsh -q undefine demo'));
  await backWith(host, stages, address, before);
}

async function direct(host: LabHost, stages: Stages): Promise<void> {
  const address = await choose(host, stages);
  const before = await driverOf(host, address);
  show(await stages.run(`hostdev prepare ${address}`, () => host.sh(`${HOSTDEV} prepare ${address}`)));
  const devices = [zpci(UID, FID, 'h0'), vfioPci('h0', parsePciAddress(address))].map((device) => `-device ${formatClassic(device)}`).join(' ');
  show(devices);
  await stages.run('QEMU starts the guest', () =>
    host.sh(`qemu-system-s390x -name demo -M s390-ccw-virtio -accel tcg -cpu max -m 128M -display none -nodefaults -no-user-config \
        -icount ${GUEST_ICOUNT} -chardev file,id=c,path=/share/demo.console -device sclpconsole,chardev=c \
        -kernel ${GUEST_KERNEL} -initrd ${GUEST_INITRAMFS} -append '${GUEST_COMMAND_LINE}' ${devices} \
        -daemonize -pidfile /run/demo.pid`),
  );
  await seen(host, stages, 'demo.console');
  await stages.run('stop the guest', () => host.sh('p=$(cat /run/demo.pid); kill "$p"; while [ -d "/proc/$p" ]; do usleep 50000; done'));
  show(await stages.run(`hostdev release ${address}`, () => host.sh(`${HOSTDEV} release ${address}`)));
  await backWith(host, stages, address, before);
}

/** What the guest's own kernel prints must be what was asked for. */
async function seen(host: LabHost, stages: Stages, console: string): Promise<void> {
  const functions = await stages.run("the guest's kernel boots and lists its PCI functions", () => waitForGuestFunctions(host, console, GUEST_TIMEOUT_MS));
  for (const f of functions) show(`guest: ${f.address} uid=${formatUid(f.uid)} fid=${formatFid(f.fid)} slot=${f.slot} class=${f.class}`);
  const wanted = { address: `${UID.toString(16).padStart(4, '0')}:00:00.0`, slot: FID.toString(16).padStart(8, '0') };
  const match = functions.some((f: GuestFunction) => f.address === wanted.address && f.slot === wanted.slot);
  if (!match) throw new Error(`the guest does not see ${wanted.address} in slot ${wanted.slot}`);
}

async function backWith(host: LabHost, stages: Stages, address: string, driver: string): Promise<void> {
  await stages.run(`${address} is back with ${driver}`, async () => {
    const now = await driverOf(host, address);
    if (now !== driver) throw new Error(`it is with ${now}`);
  });
}

/** Connects this terminal with a shell in the host until Ctrl-] or the end of input. */
async function shell(host: LabHost): Promise<void> {
  process.stderr.write(`a shell in the emulated host (hostdev is '${HOSTDEV}'); Ctrl-] leaves it and switches the host off\n`);
  const socket = connect(host.shellSocket);
  const { stdin, stdout } = process;
  await new Promise<void>((resolve) => {
    stdin.setRawMode?.(true);
    socket.on('data', (chunk) => void stdout.write(chunk));
    socket.on('close', resolve);
    socket.on('error', () => resolve());
    stdin.on('data', (chunk: Buffer) => {
      if (chunk.includes(0x1d)) resolve();
      else socket.write(chunk);
    });
    // A script's last command still gets its answer.
    stdin.on('end', () => setTimeout(resolve, 3000));
    socket.write('\n');
  });
  stdin.setRawMode?.(false);
  stdin.pause();
  socket.destroy();
}

process.exitCode = await main().catch(async (error: unknown) => {
  process.stderr.write(`demo: ${(error as Error).stack ?? String(error)}\n`);
  return 1;
});
