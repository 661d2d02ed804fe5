/** Our libvirt client beside python3-libvirt and virsh, in one run and against the same daemon. */
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Libvirtd } from '../lab/libvirtd/daemon.ts';
import { connectLibvirt } from '../src/libvirt/index.ts';

const GUESTS = 501;
const ROUNDS = 31;
/** Rounds that are not counted: Node compiles what runs often. */
const WARM_UP = 25;

const PYTHON = `
import libvirt, resource, time
c = libvirt.open('qemu:///system')
best = []
for r in range(${ROUNDS}):
    b = time.perf_counter()
    for d in c.listAllDomains(): d.XMLDesc(0)
    best.append((time.perf_counter() - b) * 1000)
print(sorted(best)[${ROUNDS >> 1}], resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
`;

/** Ways of ours, each in a process of its own. */
const WAYS = {
  together: '(domains) => Promise.all(domains.map((domain) => libvirt.domainXml(domain)))',
  many: '(domains) => overMany(libvirt, domains, (any, domain) => any.domainXml(domain))',
  oneByOne: 'async (domains) => { for (const domain of domains) await libvirt.domainXml(domain); }',
} as const;

const ours = (way: keyof typeof WAYS): string => `
import { connectLibvirt, overMany } from ${JSON.stringify(resolve('dist/libvirt.js'))};
const libvirt = await connectLibvirt(process.argv[1]);
const dump = ${WAYS[way]};
const times = [];
for (let r = 0; r < ${WARM_UP + ROUNDS}; r += 1) {
  const begin = performance.now();
  await dump(await libvirt.listDomains());
  times.push(performance.now() - begin);
}
const [first] = times;
console.log(times.slice(${WARM_UP}).sort((a, b) => a - b)[${ROUNDS >> 1}], first, process.resourceUsage().maxRSS);
await libvirt.close();
`;

function run(program: string, args: readonly string[]): string {
  const { status, stdout, stderr } = spawnSync(program, args, { encoding: 'utf8', maxBuffer: 1024 ** 3 });
  if (status !== 0) throw new Error(`${program} ended with ${status}: ${stderr}`);
  return stdout;
}

const PROCESSES = 7;

/** Median wall-clock time of whole processes. */
function timed(program: string, args: readonly string[]): number {
  const times = Array.from({ length: PROCESSES }, () => {
    const begin = performance.now();
    run(program, args);
    return performance.now() - begin;
  });
  return times.sort((a, b) => a - b)[PROCESSES >> 1] ?? 0;
}

/** What an installer makes: disks, interfaces, a console, graphics, and two host devices. */
function usualGuest(name: string): string {
  const disk = (i: number): string =>
    `<disk type='file' device='disk'><driver name='qemu' type='qcow2' discard='unmap'/><source file='/var/lib/libvirt/images/${name}-${i}.qcow2'/><target dev='vd${'ab'[i]}' bus='virtio'/></disk>`;
  const hostdev = (i: number): string =>
    `<hostdev mode='subsystem' type='pci' managed='yes'><driver name='vfio'/><source><address domain='0x00ff' bus='0x0${i}' slot='0x00' function='0x0'/></source></hostdev>`;
  const devices = [
    ...[0, 1].map(disk),
    "<interface type='user'><model type='virtio'/></interface>".repeat(2),
    "<controller type='scsi' model='virtio-scsi'/><controller type='virtio-serial'/><serial type='pty'/><console type='pty'/>",
    "<channel type='unix'><target type='virtio' name='org.qemu.guest_agent.0'/></channel><input type='tablet' bus='usb'/>",
    "<graphics type='vnc' autoport='yes'/><video><model type='virtio'/></video><memballoon model='virtio'/><rng model='virtio'><backend model='random'>/dev/urandom</backend></rng>",
    ...[1, 2].map(hostdev),
  ];
  return `<domain type='qemu'><name>${name}</name><memory unit='GiB'>4</memory><vcpu>4</vcpu><os><type arch='x86_64' machine='q35'>hvm</type></os><features><acpi/><apic/></features><devices>${devices.join('')}</devices></domain>`;
}

/** Little more than a name. */
function smallGuest(name: string): string {
  return `<domain type='qemu'><name>${name}</name><memory unit='MiB'>64</memory><os><type arch='x86_64' machine='q35'>hvm</type></os><devices><interface type='user'/><memballoon model='virtio'/></devices></domain>`;
}

/** What each way took, in milliseconds, and the most memory, in KiB. */
interface Times {
  readonly python: number;
  readonly pythonKib: number;
  readonly oneByOne: number;
  readonly together: number;
  readonly many: number;
  readonly first: number;
  readonly firstOfMany: number;
  readonly oursKib: number;
  readonly virsh: number;
  readonly kilobytes: number;
}

export async function dumpingGuests(libvirtd: Libvirtd, progress: (text: string) => void): Promise<string[]> {
  const uri = `qemu+unix:///system?socket=${libvirtd.socket}`;
  const small = await withGuests(uri, smallGuest, async () => measure(libvirtd, uri, 'small', progress));
  return withGuests(uri, usualGuest, async () => report(small, await measure(libvirtd, uri, 'usual', progress), latency(libvirtd, uri, progress)));
}

async function withGuests<T>(uri: string, definition: (name: string) => string, act: () => Promise<T>): Promise<T> {
  const libvirt = await connectLibvirt(uri);
  const domains = await Promise.all(Array.from({ length: GUESTS }, (_, i) => libvirt.defineDomain(definition(`d${i}`))));
  try {
    return await act();
  } finally {
    await Promise.all(domains.map((domain) => libvirt.undefineDomain(domain)));
    await libvirt.close();
  }
}

const inTree = (tree: string, ...command: string[]): [string, string[]] => ['chroot', [tree, ...command]];
const numbers = (text: string): number[] => text.trim().split(' ').map(Number);

async function measure({ tree }: Libvirtd, uri: string, kind: string, progress: (text: string) => void): Promise<Times> {
  progress(`libvirt client: ${GUESTS} ${kind} definitions, python3-libvirt`);
  writeFileSync(join(tree, 'bench.py'), PYTHON);
  const [python = 0, pythonKib = 0] = numbers(run(...inTree(tree, '/usr/bin/python3', '/bench.py')));
  progress(`libvirt client: ${GUESTS} ${kind} definitions, ours and virsh`);
  const timesOf = (way: keyof typeof WAYS): number[] => numbers(run(process.execPath, ['--input-type=module', '-e', ours(way), uri]));
  const [together = 0, first = 0] = timesOf('together');
  const [many = 0, firstOfMany = 0, oursKib = 0] = timesOf('many');
  const [oneByOne = 0] = timesOf('oneByOne');
  const commands = Array.from({ length: GUESTS }, (_, i) => `dumpxml d${i}`).join('; ');
  const virsh = timed(...inTree(tree, '/usr/bin/virsh', '-q', commands));
  const kilobytes = run(...inTree(tree, '/usr/bin/virsh', '-q', 'dumpxml d0')).length / 1000;
  return { python, pythonKib, oneByOne, together, many, first, firstOfMany, oursKib, virsh, kilobytes };
}

/** A whole command, from its start to its end. */
function latency({ tree }: Libvirtd, uri: string, progress: (text: string) => void): string {
  progress('libvirt client: a plan of an attachment');
  const cli = resolve('dist/cli/cli.cjs');
  const dryRun = timed(process.execPath, [cli, 'attach', 'd0', '0000:ff:1f.7', '--config', '--dry-run', '-c', uri]);
  const dumpOne = timed(...inTree(tree, '/usr/bin/virsh', '-q', 'dumpxml', 'd0'));
  const bare = timed(process.execPath, ['-e', '0']);
  return `\`hostdev attach GUEST ADDRESS --config --dry-run\`, start to end: **${dryRun.toFixed(0)} ms**; \`virsh dumpxml\` of one guest: ${dumpOne.toFixed(0)} ms; bare Node: ${bare.toFixed(0)} ms.`;
}

function report(small: Times, usual: Times, latencies: string): string[] {
  const cell = (times: Times, ms: number): string => `${ms.toFixed(0)} | ${(times.python / ms).toFixed(1)} ×`;
  const row = (name: string, of: (times: Times) => number, kib?: number): string =>
    `| ${name} | ${cell(small, of(small))} | ${cell(usual, of(usual))} | ${kib === undefined ? '' : Math.round(kib / 1024)} |`;
  const size = ({ kilobytes }: Times): string => kilobytes.toFixed(1);
  return [
    `## ${GUESTS} definitions listed and dumped over libvirt's socket`,
    '',
    `Small ones (${size(small)} KB as libvirt dumps them) and what an installer makes (${size(usual)} KB: disks, interfaces, console, graphics, two host devices). Against one`,
    'libvirtd 11.3, in one run, medians. python3-libvirt and hostdev are timed inside their process, virsh with its start.',
    '',
    '| | small, ms | python = 1 | usual, ms | python = 1 | peak memory, MiB |',
    '| --- | --- | --- | --- | --- | --- |',
    row('python3-libvirt, one by one', ({ python }) => python, usual.pythonKib),
    row('`hostdev/libvirt`, one by one', ({ oneByOne }) => oneByOne),
    row('`hostdev/libvirt`, one connection, as they come (5 in flight)', ({ together }) => together),
    row('the same, the first time in a process', ({ first }) => first),
    row('`hostdev/libvirt`, `overMany` (four connections)', ({ many }) => many, usual.oursKib),
    row('the same, the first time in a process', ({ firstOfMany }) => firstOfMany),
    row('virsh, one process', ({ virsh }) => virsh),
    '',
    latencies,
    '',
  ];
}
