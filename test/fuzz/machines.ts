/** Any machine: attributes that are missing, binary, huge or say nonsense. Every command answers, refuses, or says what it does not know. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import fc from 'fast-check';
import { attributesThrough, type HostPort } from '../../src/host/port.ts';
import type { Machine } from '../../src/cli/machine.ts';
import { readHostState } from '../../src/host/host-state.ts';
import { recordingPort } from '../../src/host/record.ts';
import { readSnapshotState } from '../../src/host/snapshot-state.ts';
import { judge } from '../../src/state/judge.ts';
import { parseSnapshot } from '../../src/state/snapshot.ts';
import { type Tree, treePort } from '../../src/testing/tree-port.ts';
import { parseXml } from '../../src/xml/index.ts';
import { bareMachine } from '../bare-machine.ts';
import { hostdev } from '../capture.ts';
import { EVERY_KIND, KINDS } from '../verdicts/kinds-of-functions.ts';
import { mutatedDefinition } from './domains.ts';
import { fuzzTarget, orRefused, orRejected } from './fuzz.ts';
import { mutatedJson, mutatedText } from './mutate.ts';
import { RULES } from './rules.ts';

const DEVICES = '/sys/bus/pci/devices';

/** Every kind of function, one of IBM Z, and the files that have a say in what happens at boot. */
const MACHINE: Tree = {
  ...EVERY_KIND,
  '/etc/udev/rules.d/10-hostdev-0000-01-00-0.rules': RULES[0] ?? '',
  '/etc/modprobe.d/vfio.conf': 'options vfio-pci ids=8086:1521\nsoftdep igb pre: vfio-pci\n',
  '/etc/driverctl.d/0000:04:00.0': 'vfio-pci\n',
  '/proc/cmdline': 'root=/dev/nvme0n1 intel_iommu=on vfio-pci.ids=8086:1522\n',
  '/proc/sys/kernel/random/boot_id': 'b\n',
  '/proc/swaps': 'Filename\tType\tSize\tUsed\tPriority\n/dev/nvme0n1p2 partition 1 0 -2\n',
  '/sys/bus/pci/slots/00000017/power': '1\n',
  '/sys/bus/pci/slots/00000017/address': '0002:00:00\n',
  [`${DEVICES}/0002:00:00.0/vendor`]: '0x15b3',
  [`${DEVICES}/0002:00:00.0/device`]: '0x1016',
  [`${DEVICES}/0002:00:00.0/class`]: '0x020000',
  [`${DEVICES}/0002:00:00.0/function_id`]: '0x00000017',
  [`${DEVICES}/0002:00:00.0/uid`]: '0x2',
  [`${DEVICES}/0002:00:00.0/pchid`]: '0x0128',
  [`${DEVICES}/0002:00:00.0/port`]: '1',
  [`${DEVICES}/0002:00:00.0/pft`]: '0x0a',
  [`${DEVICES}/0002:00:00.0/util_string`]: 'abc',
  [`${DEVICES}/0002:00:00.0/iommu_group`]: '→ ../../kernel/iommu_groups/20',
  '/sys/kernel/iommu_groups/20/devices/0002:00:00.0': '→ x',
  [`${DEVICES}/${KINDS.free}/resource`]: '0x00000000fe000000 0x00000000fe0fffff 0x0000000000040200\n',
  [`${DEVICES}/${KINDS.free}/numa_node`]: '0\n',
  [`${DEVICES}/${KINDS.free}/reset_method`]: 'flr bus\n',
  [`${DEVICES}/${KINDS.free}/config`]: `\u0086\u0080${'\0'.repeat(60)}`,
};

/** As it is before anything is changed. */
export const PORT: HostPort = treePort(MACHINE);

const PATHS = Object.keys(MACHINE);

const TEXTS = [
  '',
  '\n',
  '-1',
  '0x',
  '0xffffffffffffffff',
  '4294967296',
  '99999999999999999999999',
  'none',
  '(null)',
  '\0\0',
  '\u001B[31mred',
  '\u007F\u009B2J\u202E',
  '\uFFFD',
  '→ ',
  '→ /',
  '→ ../../..',
  '→ x',
  'a b\tc',
  '0000:01:00.0',
  'x'.repeat(70_000),
  '1 1 259:0 / / rw\n',
  'igb\nnvme',
  '__proto__',
] as const;

const NAMES = [
  '',
  '.',
  '..',
  'x',
  '0000:01:00.0',
  '0000:ff:1f.7',
  '10000:00:00.0',
  '__proto__',
  'driver',
  'physfn',
  'virtfn0',
  'virtfn99',
  'net/eth9/x',
  'iommu_group',
  '\u001B[2J',
  'a b',
] as const;

interface Change {
  readonly at: number;
  readonly kind: 'text' | 'gone' | 'bytes' | 'beside' | 'copy';
  readonly text: string;
  readonly name: string;
  readonly bytes: Uint8Array;
}

const treeChanges: fc.Arbitrary<readonly Change[]> = fc.array(
  fc.record({
    at: fc.nat(100_000),
    kind: fc.constantFrom('text' as const, 'text' as const, 'gone' as const, 'bytes' as const, 'beside' as const, 'copy' as const),
    text: fc.oneof(fc.constantFrom(...TEXTS), fc.string({ maxLength: 20 })),
    name: fc.constantFrom(...NAMES),
    bytes: fc.uint8Array({ maxLength: 300 }),
  }),
  { minLength: 1, maxLength: 12 },
);

interface Strange {
  readonly tree: Tree;
  readonly binary: ReadonlyMap<string, Uint8Array>;
}

function changed(changes: readonly Change[]): Strange {
  const tree: Record<string, string> = { ...MACHINE };
  const binary = new Map<string, Uint8Array>();
  for (const { at, kind, text, name, bytes } of changes) {
    const path = PATHS[at % PATHS.length] ?? '';
    if (kind === 'text') tree[path] = text;
    else if (kind === 'gone') delete tree[path];
    else if (kind === 'bytes') binary.set(path, bytes);
    else if (kind === 'beside') tree[`${dirname(path)}/${name}`] = text;
    else tree[`${dirname(path)}/${name}`] = MACHINE[PATHS[(at * 7) % PATHS.length] ?? ''] ?? '';
  }
  return { tree, binary };
}

function portOf({ tree, binary }: Strange): HostPort {
  const port = treePort(tree, { claimed: ['/dev/nvme1n1'] });
  const read: HostPort['read'] = async (path, limit) => {
    const bytes = binary.get(path) ?? (await port.read(path, limit));
    return bytes?.subarray(0, limit ?? bytes.length);
  };
  return { ...port, read, attributes: attributesThrough(read) };
}

export function machineAt(port: HostPort): Machine {
  return bareMachine([], { context: async () => ({ port, isRoot: true, readPciIds: async () => undefined, userCapabilityCache: undefined }) });
}

const Z = '0002:00:00.0';

/** Every command that looks at a machine or plans for it. */
const COMMANDS: readonly (readonly string[])[] = [
  ['list'],
  ['list', '--json'],
  ['check'],
  ['check', '--json'],
  ['show', KINDS.free],
  ['show', KINDS['PF with VFs'], '--json'],
  ['show', Z],
  ['xml', KINDS.free, '--group'],
  ['prepare', KINDS.free, '--dry-run'],
  ['prepare', KINDS.companions, '--group', '--dry-run', '--json'],
  ['prepare', KINDS.storage, '--force', '--dry-run'],
  ['prepare', Z, '--persist', '--dry-run'],
  ['release', KINDS.held, '--dry-run'],
  ['persistent'],
  ['persistent', '--json'],
  ['vf', 'create', KINDS['PF with VFs'], '2', '--dry-run'],
  ['vf', 'remove', KINDS['PF with VFs'], '--dry-run'],
  ['slot', 'list'],
  ['slot', 'off', '0x17', '--dry-run'],
  ['status'],
  ['snapshot'],
  ['snapshot', '--redact'],
  ['complete', '--', 'hostdev', 'prepare', ''],
];

// What a terminal would take for orders: none of it may come from a device.
// biome-ignore lint/suspicious/noControlCharactersInRegex: it is about them
const ORDERS = /[\u0000-\u0008\u000B-\u001F\u007F-\u009F]/;

export function requireAnswer(
  words: readonly string[],
  { status, stdout, stderr }: { readonly status: number; readonly stdout: string; readonly stderr: string },
): void {
  const told = `hostdev ${words.join(' ')}: ${status}`;
  if (status < 0 || status > 10) throw new Error(`${told}, which is no status of ours`);
  if (status !== 0 && stdout + stderr === '') throw new Error(`${told}, without a word`);
  if (/internal error|\[object Object\]|undefined: |: undefined|\bNaN\b/.test(stderr)) throw new Error(`${told}: ${stderr}`);
  const orders = ORDERS.exec(stdout + stderr);
  if (orders !== null) throw new Error(`${told}: prints ${JSON.stringify((stdout + stderr).slice(Math.max(0, orders.index - 60), orders.index + 20))}`);
  // Behind the mark words are no options.
  const options = new Set(words.slice(0, words.includes('--') ? words.indexOf('--') : undefined));
  const isAsked = options.has('--help') || options.has('--version');
  if (options.has('--json') && !isAsked && stdout !== '') JSON.parse(stdout);
}

export const trees = fuzzTarget(
  'what a kernel shows',
  fc.tuple(treeChanges, fc.array(fc.constantFrom(...COMMANDS), { minLength: 1, maxLength: 3 })),
  async ([changes, all]) => {
    const port = portOf(changed(changes));
    const machine = machineAt(port);
    for (const words of all) requireAnswer(words, await hostdev(words, '', machine));
  },
  4,
);

/** What stands behind the mark in a rule of ours. */
const [RULE, RULE_WITH_VFS] = RULES.map((text) => JSON.parse(/^# hostdev (.*)$/m.exec(text)?.[1] ?? '{}') as unknown);

const ASK_RULES: readonly (readonly string[])[] = [
  ['persistent'],
  ['persistent', '--json'],
  ['list'],
  ['show', KINDS.free],
  ['prepare', KINDS.free, '--persist', '--dry-run'],
  ['persistent', 'remove', KINDS.free, '--dry-run'],
  ['undo', '--dry-run'],
];

export const keptRules = fuzzTarget(
  'rules of ours with other values',
  fc.tuple(mutatedJson([RULE, RULE_WITH_VFS]), fc.constantFrom(...ASK_RULES)),
  async ([value, words]) => {
    const text = `${MARK}${JSON.stringify(value)}\n`;
    const port = treePort({ ...MACHINE, '/etc/udev/rules.d/10-hostdev-0000-01-00-0.rules': text });
    requireAnswer(words, await hostdev(words, '', machineAt(port)));
  },
  4,
);

const MARK = '# hostdev ';

const SNAPSHOT = await snapshotOf(MACHINE);

async function snapshotOf(tree: Tree): Promise<object> {
  const { port, take } = recordingPort(treePort(tree));
  await readHostState(port);
  return take('2026-01-01T00:00:00Z', 0);
}

async function readAll(text: string): Promise<void> {
  const snapshot = orRefused(() => parseSnapshot(text, 'host.json'));
  if (snapshot === undefined) return;
  const state = await orRejected(() => readSnapshotState(snapshot));
  if (state !== undefined) judge(state);
}

export const snapshots = fuzzTarget('snapshots with other values', mutatedJson([SNAPSHOT, { ...SNAPSHOT, version: 1 }]), (value) =>
  readAll(JSON.stringify(value)),
);

export const snapshotTexts = fuzzTarget(
  'snapshots with other lines',
  mutatedText(fc.constant(JSON.stringify(SNAPSHOT, undefined, 2)), ['{', '}', '"', ',', '[]', 'null', '"version": 1', '\n', '\uFEFF', '\\ud800', '1e999']),
  readAll,
);

/** On a disk, as `--root` reads it: with directories where files belong, files of a size that nobody reads, and links that lead in circles. */
function lay({ tree, binary }: Strange, root: string): void {
  for (const [path, text] of [...Object.entries(tree), ...[...binary].map(([path, bytes]) => [path, Buffer.from(bytes).toString('latin1')] as const)]) {
    const at = join(root, path);
    try {
      mkdirSync(dirname(at), { recursive: true });
      if (text.startsWith('→ ')) symlinkSync(text.slice(2), at);
      else if (text.length > 60_000) {
        writeFileSync(at, '');
        truncateSync(at, 2 ** 33);
      } else writeFileSync(at, text, 'latin1');
    } catch {
      // Two that cannot both be there; the first one is.
    }
  }
}

const READING = COMMANDS.filter(([command]) => command !== 'complete' && command !== 'status');

export const roots = fuzzTarget(
  'a tree below --root',
  fc.tuple(treeChanges, fc.constantFrom(...READING)),
  async ([changes, words]) => {
    const root = mkdtempSync(join(tmpdir(), 'hostdev-fuzz-'));
    try {
      lay(changed(changes), root);
      const asked = [...words, '--root', root];
      requireAnswer(asked, await hostdev(asked));
    } finally {
      rmSync(root, { recursive: true });
    }
  },
  2,
);

export const files = fuzzTarget(
  'definitions in files that functions are attached to',
  fc.tuple(
    mutatedDefinition,
    fc.constantFrom<readonly string[]>(['attach'], ['attach', '--dry-run'], ['detach'], ['validate'], ['expand'], ['args'], ['ports']),
  ),
  async ([xml, [command = '', ...options]]) => {
    const directory = mkdtempSync(join(tmpdir(), 'hostdev-fuzz-'));
    const file = join(directory, 'guest.xml');
    try {
      // Half a letter has no bytes of its own.
      const before = Buffer.from(xml);
      writeFileSync(file, before);
      const words = [command, file, ...(command === 'attach' || command === 'detach' ? [KINDS.free] : []), ...options];
      const machine = bareMachine([], {
        context: async () => ({ port: PORT, isRoot: true, readPciIds: async () => undefined, userCapabilityCache: undefined }),
      });
      const answer = await hostdev(words, '', machine);
      requireAnswer([command, ...options], { ...answer, stdout: '' });
      const after = readFileSync(file);
      if (!after.equals(before) && (answer.status !== 0 || options.includes('--dry-run'))) throw new Error(`${command} failed, and changed the file`);
      if (!after.equals(before)) parseXml(after.toString('utf8'));
    } finally {
      rmSync(directory, { recursive: true });
    }
  },
  4,
);
