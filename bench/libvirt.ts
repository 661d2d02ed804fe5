/** Our libvirt client beside python3-libvirt and virsh, in one run and against the same daemon. */
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Libvirtd } from '../lab/libvirtd/daemon.ts';
import { connectLibvirt } from '../src/libvirt/index.ts';

const GUESTS = 501;
const ROUNDS = 7;

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

const OURS = `
import { connectLibvirt } from ${JSON.stringify(resolve('dist/libvirt.js'))};
const libvirt = await connectLibvirt(process.argv[1]);
const median = async (act) => {
  const times = [];
  for (let r = 0; r < ${ROUNDS}; r += 1) {
    const begin = performance.now();
    await act(await libvirt.listDomains());
    times.push(performance.now() - begin);
  }
  return times.sort((a, b) => a - b)[${ROUNDS >> 1}];
};
const together = await median((domains) => Promise.all(domains.map((domain) => libvirt.domainXml(domain))));
const oneByOne = await median(async (domains) => { for (const domain of domains) await libvirt.domainXml(domain); });
console.log(together, oneByOne, process.resourceUsage().maxRSS);
await libvirt.close();
`;

interface Figure {
  readonly ms: number;
  readonly kib: number | undefined;
}

function run(program: string, args: readonly string[]): string {
  const { status, stdout, stderr } = spawnSync(program, args, { encoding: 'utf8', maxBuffer: 1024 ** 3 });
  if (status !== 0) throw new Error(`${program} ended with ${status}: ${stderr}`);
  return stdout;
}

/** Median wall-clock time of whole processes. */
function timed(program: string, args: readonly string[]): number {
  const times = Array.from({ length: ROUNDS }, () => {
    const begin = performance.now();
    run(program, args);
    return performance.now() - begin;
  });
  return times.sort((a, b) => a - b)[ROUNDS >> 1] ?? 0;
}

export async function dumpingGuests(libvirtd: Libvirtd, progress: (text: string) => void): Promise<string[]> {
  progress(`libvirt client: ${GUESTS} definitions`);
  const uri = `qemu+unix:///system?socket=${libvirtd.socket}`;
  const libvirt = await connectLibvirt(uri);
  const xml = (name: string): string =>
    `<domain type='qemu'><name>${name}</name><memory unit='MiB'>64</memory><os><type arch='x86_64' machine='q35'>hvm</type></os><devices><interface type='user'/><memballoon model='virtio'/></devices></domain>`;
  const domains = await Promise.all(Array.from({ length: GUESTS }, (_, i) => libvirt.defineDomain(xml(`d${i}`))));
  try {
    return await compare(libvirtd, uri, progress);
  } finally {
    await Promise.all(domains.map((domain) => libvirt.undefineDomain(domain)));
    await libvirt.close();
  }
}

async function compare({ tree }: Libvirtd, uri: string, progress: (text: string) => void): Promise<string[]> {
  const inTree = (...command: string[]): [string, string[]] => ['chroot', [tree, ...command]];
  progress('libvirt client: python3-libvirt');
  writeFileSync(join(tree, 'bench.py'), PYTHON);
  const [pythonMs = 0, pythonKib = 0] = run(...inTree('/usr/bin/python3', '/bench.py'))
    .trim()
    .split(' ')
    .map(Number);
  progress('libvirt client: ours');
  const [togetherMs = 0, oneMs = 0, ourKib = 0] = run(process.execPath, ['--input-type=module', '-e', OURS, uri]).trim().split(' ').map(Number);
  progress('libvirt client: virsh');
  const commands = Array.from({ length: GUESTS }, (_, i) => `dumpxml d${i}`).join('; ');
  const virsh = timed(...inTree('/usr/bin/virsh', '-q', commands));
  const python: Figure = { ms: pythonMs, kib: pythonKib };
  progress('libvirt client: a plan of an attachment');
  const cli = resolve('dist/cli/cli.mjs');
  const dryRun = timed(process.execPath, [cli, 'attach', 'd0', '0000:ff:1f.7', '--config', '--dry-run', '-c', uri]);
  const dumpOne = timed(...inTree('/usr/bin/virsh', '-q', 'dumpxml', 'd0'));
  const bare = timed(process.execPath, ['-e', '0']);
  const mib = (kib: number | undefined): string => (kib === undefined ? '' : `${Math.round(kib / 1024)}`);
  const row = (name: string, ms: number, kib?: number): string => `| ${name} | ${ms.toFixed(0)} | ${(pythonMs / ms).toFixed(1)} × | ${mib(kib)} |`;
  return [
    `## ${GUESTS} definitions listed and dumped over libvirt's socket`,
    '',
    `Against one libvirtd 11.3, in one run, medians of ${ROUNDS}. python3-libvirt and hostdev are timed inside their process, virsh with its start.`,
    '',
    '| | ms | python3-libvirt = 1 | peak memory, MiB |',
    '| --- | --- | --- | --- |',
    row('python3-libvirt, one by one', python.ms, python.kib),
    row('`hostdev/libvirt`, one by one', oneMs),
    row('`hostdev/libvirt`, as they come (5 in flight)', togetherMs, ourKib),
    row('virsh, one process', virsh),
    '',
    `\`hostdev attach GUEST ADDRESS --config --dry-run\`, start to end: **${dryRun.toFixed(0)} ms**; \`virsh dumpxml\` of one guest: ${dumpOne.toFixed(0)} ms; bare Node: ${bare.toFixed(0)} ms.`,
    '',
  ];
}
