/** How long commands take from start to end, in turns with bare Node and with what others have for the same: medians of one run. */
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { makePeers, type Peers, peersReason, showHost, warmUp, writeTestNode } from './peers.ts';
import { makeSyntheticHost } from './synthetic-host.ts';
import { type Cost, costOf, medianCost } from './process-cost.ts';

const ROUNDS = 20;
const COUNTS = [64, 400];

/** The first line of the section, which is also how it is found again. */
export const TITLE = '## Start to end';

const DEVICES =
  "<devices><controller type='pci' index='1' model='pcie-root-port'/><controller type='pci' index='2' model='pcie-root-port'/></devices></domain>";
const guest = (type: string): string =>
  `<domain type='${type}'><name>web</name><memory unit='MiB'>64</memory><os><type arch='x86_64' machine='q35'>hvm</type></os>\n${DEVICES}\n`;

const CARD = '0000:01:00.0';

interface Row {
  readonly name: string;
  readonly words: readonly string[];
  /** Of bare Node, what we have set ourselves. */
  readonly limit?: number;
}

export async function starts(progress: (text: string) => void): Promise<string[]> {
  const directory = mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'hostdev-starts-'));
  try {
    const reason = peersReason();
    const peers = reason === '' ? await makePeers(directory) : undefined;
    const root = peers?.root ?? directory;
    for (const count of COUNTS) makeSyntheticHost(join(root, String(count)), count);
    writeFileSync(join(root, 'guest.xml'), guest('kvm'));
    if (peers !== undefined) writeFileSync(join(root, 'test-guest.xml'), guest('test'));
    const rows = [...ourRows(root), ...(peers === undefined ? [] : theirRows(peers))];
    for (const { words } of rows) warmUp(words);
    progress(`start to end: ${rows.length} commands, ${ROUNDS} rounds`);
    const before = loadavg()[0] ?? Number.NaN;
    const costs = measure(rows);
    return section({ rows, costs, reason, load: [before, loadavg()[0] ?? Number.NaN] });
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

function ourRows(root: string): Row[] {
  const ours = (...words: string[]): string[] => [process.execPath, 'dist/cli/cli.cjs', ...words];
  const limits = [1.5, 2.5];
  const file = join(root, 'guest.xml');
  const first = join(root, String(COUNTS[0]));
  return [
    { name: 'node -e 0', words: [process.execPath, '-e', '0'] },
    { name: 'hostdev --help', words: ours('--help'), limit: 1.15 },
    ...COUNTS.map(
      (count, i): Row => ({ name: `hostdev list, ${count} functions`, words: ours('list', '--root', join(root, String(count))), limit: limits[i] ?? 0 }),
    ),
    { name: 'hostdev expand FILE', words: ours('expand', file, '--host', 'none') },
    { name: 'hostdev xml ADDRESS', words: ours('xml', CARD, '--root', first) },
    { name: 'hostdev attach FILE ADDRESS --dry-run', words: ours('attach', file, CARD, '--dry-run', '--root', first) },
  ];
}

/** Listing, an element, a definition through libvirt, a device added without writing it. */
function theirRows(peers: Peers): Row[] {
  const [few = 0] = COUNTS;
  showHost(peers, String(few));
  const listings = COUNTS.flatMap((count): Row[] => {
    const functions = readdirSync(join(peers.root, String(count), 'sys/bus/pci/devices'));
    const uri = writeTestNode(peers, functions, guest('test'));
    const dumps = functions.map((address) => `nodedev-dumpxml pci_${address.replaceAll(/[:.]/g, '_')}`);
    return [
      { name: `lspci -Dnnk, ${count} functions`, words: peers.command('lspci', '-A', 'linux-sysfs', '-O', `sysfs.path=/${count}/sys/bus/pci`, '-Dnnk') },
      {
        name: `virsh nodedev-list, nodedev-dumpxml of each, ${count} functions`,
        words: peers.command('virsh', '-q', '-c', uri, ['nodedev-list --cap pci', ...dumps].join(';')),
      },
    ];
  });
  const node = `test:///node-${few}.xml`;
  const virtXml = (...words: string[]): string[] => peers.command('virt-xml', '--connect', node, ...words);
  return [
    ...listings,
    { name: `driverctl list-devices, ${few} functions`, words: peers.command('driverctl', 'list-devices') },
    { name: 'virsh define FILE, dumpxml', words: peers.command('virsh', '-q', '-c', 'test:///default', 'define /test-guest.xml;dumpxml web') },
    { name: 'virt-xml --build-xml --hostdev ADDRESS', words: virtXml('--build-xml', '--hostdev', CARD) },
    { name: 'virt-xml GUEST --add-device --hostdev ADDRESS --print-diff', words: virtXml('web', '--add-device', '--hostdev', CARD, '--print-diff') },
  ];
}

/** In turns, because the machine is not quiet. */
function measure(rows: readonly Row[]): Cost[] {
  const costs = rows.map((): Cost[] => []);
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const [i, { words }] of rows.entries()) costs[i]?.push(costOf(words));
  }
  return costs.map(medianCost);
}

interface Measured {
  readonly rows: readonly Row[];
  readonly costs: readonly Cost[];
  /** Why the others were not measured. */
  readonly reason: string;
  /** The load of the machine, before and after. */
  readonly load: readonly [number, number];
}

function section({ rows, costs, reason, load }: Measured): string[] {
  const [bare = { elapsed: Number.NaN, processor: Number.NaN }] = costs;
  const times = (of: number | undefined, one: number): string => `${((of ?? Number.NaN) / one).toFixed(2)} ×`;
  return [
    TITLE,
    '',
    `Processes, from start to end, in turns in one run; medians of ${ROUNDS}. ${cpus()[0]?.model ?? 'unknown'}, ${cpus().length} cores, Node ${process.version},`,
    `${new Date().toISOString().slice(0, 10)}; load of the machine ${load.map((each) => each.toFixed(1)).join(' before, ')} after. Where it is not idle, a program waits for its turn: the time of the`,
    'processor (its own and the kernel’s for it, all threads) says more then than the time that passed.',
    '',
    reason === ''
      ? 'The others come out of Debian 13’s packages (`peers` of the laboratory’s lock) and run in a root of their own, over the same synthetic sysfs; virsh and virt-xml ask libvirt’s test driver, in their own process.'
      : `What others have for the same was not measured: ${reason}.`,
    '',
    '| command | ms | bare Node = 1 | processor, ms | bare Node = 1 | the limit we set ourselves |',
    '| --- | --- | --- | --- | --- | --- |',
    ...rows.map(({ name, limit }, i) => {
      const cost = costs[i];
      const cells = [cost?.elapsed.toFixed(0), times(cost?.elapsed, bare.elapsed), cost?.processor.toFixed(0), times(cost?.processor, bare.processor)];
      return `| \`${name}\` | ${cells.join(' | ')} | ${limit === undefined ? '' : `${limit} ×`} |`;
    }),
    '',
  ];
}
