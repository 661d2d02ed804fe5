/** How long commands take from start to end, in turns with bare Node and with what others have for the same: medians of one run. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { makeSyntheticHost } from './synthetic-host.ts';

const ROUNDS = 20;
const COUNTS = [64, 400];

/** The first line of the section, which is also how it is found again. */
export const TITLE = '## Start to end';

const GUEST = `<domain type='kvm'><name>web</name><memory unit='MiB'>64</memory><os><type arch='x86_64' machine='q35'>hvm</type></os>
<devices><controller type='pci' index='1' model='pcie-root-port'/><controller type='pci' index='2' model='pcie-root-port'/></devices></domain>
`;

interface Row {
  readonly name: string;
  readonly words: readonly string[];
  /** Of bare Node, what we have set ourselves. */
  readonly limit?: number;
}

export async function starts(progress: (text: string) => void): Promise<string[]> {
  const directory = mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'hostdev-starts-'));
  try {
    const roots = COUNTS.map((count) => join(directory, String(count)));
    for (const [i, root] of roots.entries()) makeSyntheticHost(root, COUNTS[i] ?? 0);
    const file = join(directory, 'guest.xml');
    writeFileSync(file, GUEST);
    const rows = rowsFor(roots, file).filter(({ words }) => runs(words));
    progress(`start to end: ${rows.length} commands, ${ROUNDS} rounds`);
    return section(rows, measure(rows));
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

function rowsFor(roots: readonly string[], file: string): Row[] {
  const ours = (...words: string[]): string[] => [process.execPath, 'dist/cli/cli.cjs', ...words];
  const limits = [1.5, 2.5];
  return [
    { name: 'node -e 0', words: [process.execPath, '-e', '0'] },
    { name: 'hostdev --help', words: ours('--help'), limit: 1.15 },
    ...roots.flatMap((root, i): Row[] => [
      { name: `hostdev list, ${COUNTS[i]} functions`, words: ours('list', '--root', root), limit: limits[i] ?? 0 },
      {
        name: `lspci -Dnnk, the same ${COUNTS[i]}`,
        words: ['lspci', '-A', 'linux-sysfs', '-O', `sysfs.path=${join(root, 'sys/bus/pci')}`, '-Dnnk'],
      },
    ]),
    { name: 'hostdev expand FILE', words: ours('expand', file, '--host', 'none') },
    { name: 'hostdev attach FILE ADDRESS --dry-run', words: ours('attach', file, '0000:01:00.0', '--dry-run', '--root', roots[0] ?? '') },
    { name: 'virt-xml --build-xml --hostdev', words: ['virt-xml', '--connect', 'test:///default', '--build-xml', '--hostdev', '0000:01:00.0'] },
    { name: 'driverctl list-devices, of this machine', words: ['driverctl', 'list-devices'] },
    { name: 'virsh version --client', words: ['virsh', '-v'] },
  ];
}

function runs([program = '', ...args]: readonly string[]): boolean {
  const { error, status } = spawnSync(program, args, { stdio: 'ignore' });
  if (error !== undefined) return false;
  if (status !== 0) throw new Error(`${program} ${args.join(' ')} ends with ${status}`);
  return true;
}

/** In turns, because the machine is not quiet. */
function measure(rows: readonly Row[]): number[] {
  const times = rows.map((): number[] => []);
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const [i, { words }] of rows.entries()) {
      const [program = '', ...args] = words;
      const begin = performance.now();
      spawnSync(program, args, { stdio: 'ignore' });
      times[i]?.push(performance.now() - begin);
    }
  }
  return times.map((each) => each.toSorted((a, b) => a - b)[ROUNDS / 2] ?? Number.NaN);
}

function section(rows: readonly Row[], medians: readonly number[]): string[] {
  const bare = medians[0] ?? Number.NaN;
  const lacking = ['lspci', 'virt-xml', 'driverctl', 'virsh'].filter((program) => !rows.some(({ words }) => words[0] === program));
  return [
    TITLE,
    '',
    `Processes, from start to end, over a synthetic sysfs in memory; medians of ${ROUNDS}, in turns. ${lacking.length === 0 ? '' : `Not installed where this was measured: ${lacking.join(', ')}.`}`.trimEnd(),
    '',
    '| command | ms | bare Node = 1 | the limit we set ourselves |',
    '| --- | --- | --- | --- |',
    ...rows.map(
      ({ name, limit }, i) =>
        `| \`${name}\` | ${medians[i]?.toFixed(0)} | ${((medians[i] ?? 0) / bare).toFixed(2)} × | ${limit === undefined ? '' : `${limit} ×`} |`,
    ),
    '',
  ];
}
