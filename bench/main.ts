/** `npm run bench`: figures for docs/benchmarks.md. Ratios are taken in one run, because machines differ and are noisy. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { Bench } from 'tinybench';
import { expandDomain } from '../src/addressing/expand.ts';
import { parseXml } from '../src/xml/parse.ts';
import { fleet, FLEET_TITLE } from './fleet.ts';
import { fleetStore, FLEET_STORE_TITLE } from './fleet-store.ts';
import { page, PAGE_TITLE } from './page.ts';
import { readingHosts } from './reading.ts';
import { insideLab } from './inside-lab.ts';
import { dumpingGuests } from './libvirt.ts';
import { starts, TITLE } from './starts.ts';
import { fetchCorpus } from '../test/corpus/corpus.ts';
import { type Libvirtd, startLibvirtd } from '../lab/libvirtd/daemon.ts';

const FILE = 'docs/benchmarks.md';
const MARK = '<!-- written by npm run bench -->';

const progress = (text: string): void => void process.stderr.write(`${text}\n`);
const milliseconds = (value: number): string => value.toFixed(value < 10 ? 2 : 0);

async function median(name: string, act: () => void): Promise<number> {
  const bench = new Bench({ time: 1000, warmupTime: 300 }).add(name, act);
  await bench.run();
  const result = bench.tasks[0]?.result;
  if (result === undefined || !('latency' in result)) throw new Error(`${name} has no result`);
  return result.latency.p50;
}

interface File {
  readonly name: string;
  readonly xml: string;
}

/** The corpus' definitions in a form that a libvirtd without KVM can take; it decides which it does. */
function definitions(corpus: string): File[] {
  const directory = join(corpus, 'tests/qemuxmlconfdata');
  const inputs = readdirSync(directory).filter((name) => /^[^.]+\.xml$/.test(name));
  return inputs.map((file, i) => {
    const xml = readFileSync(join(directory, file), 'utf8')
      .replace(/(<domain[^>]*type=)(['"])kvm\2/, "$1'qemu'")
      .replaceAll(/<emulator>.*?<\/emulator>/gs, '')
      .replace(/<name>.*?<\/name>/s, `<name>b${i}</name>`)
      .replaceAll(/<uuid>.*?<\/uuid>/gs, '');
    return { name: `b${i}`, xml };
  });
}

async function againstLibvirtd(libvirtd: Libvirtd, corpus: string): Promise<string[]> {
  progress('libvirtd: which definitions it takes');
  const all = definitions(corpus);
  const verdicts = await libvirtd.define(all);
  const taken = all.filter((_, i) => verdicts[i]?.ok === true && expandDomain(all[i]?.xml ?? '').ok);
  progress(`libvirtd: ${taken.length} definitions, five rounds`);
  const rounds: number[] = [];
  for (let round = 0; round < 5; round += 1) {
    const begin = performance.now();
    await libvirtd.define(taken, { keep: true });
    rounds.push((performance.now() - begin) / taken.length);
    await libvirtd.undefine(taken.map(({ name }) => name));
  }
  const theirs = rounds.sort((a, b) => a - b)[2] ?? 0;
  const ours = (await median('expand', () => taken.forEach(({ xml }) => expandDomain(xml)))) / taken.length;
  const parse = (await median('parse', () => taken.forEach(({ xml }) => parseXml(xml)))) / taken.length;
  return [
    `## ${taken.length} definitions of libvirt's corpus`,
    '',
    'Each is defined and dumped by a real libvirtd 11.3 (one virsh process, commands in a batch, five rounds, median), and expanded by',
    '`expandDomain` in the same run, on one core.',
    '',
    '| | ms per definition | definitions per second |',
    '| --- | --- | --- |',
    `| libvirtd: define, dumpxml | ${milliseconds(theirs)} | ${Math.round(1000 / theirs)} |`,
    `| \`expandDomain\` | ${ours.toFixed(3)} | ${Math.round(1000 / ours)} |`,
    `| of which parsing the XML | ${parse.toFixed(3)} | |`,
    '',
    `Ratio: **${(theirs / ours).toFixed(1)} ×**. libvirtd also writes each definition to disk and answers over a socket, which \`expandDomain\` does not do.`,
    '',
  ];
}

/** A guest with that many host devices; the bridges they need are given, because libvirt adds only as many as still find a slot. */
function guest(arch: string, machine: string, count: number): string {
  const bridges = count > 25 ? Array.from({ length: Math.ceil(count / 30) + 1 }, (_, i) => `<controller type='pci' index='${i + 1}' model='pci-bridge'/>`) : [];
  const hostdevs = Array.from(
    { length: count },
    (_, i) =>
      `<hostdev mode='subsystem' type='pci' managed='yes'><source><address domain='0x${(i + 1).toString(16)}' bus='0' slot='0' function='0'/></source></hostdev>`,
  );
  return `<domain type='kvm'><os><type arch='${arch}' machine='${machine}'>hvm</type></os><devices>\n${[...bridges, ...hostdevs].join('\n')}\n</devices></domain>`;
}

async function scaling(): Promise<string[]> {
  const counts = [1, 16, 64, 256, 1024, 4096];
  const machines = [
    ['s390x', 's390-ccw-virtio'],
    ['x86_64', 'pc'],
  ] as const;
  const lines = ['## Time against the number of host devices', '', '| host devices | s390-ccw-virtio, µs each | pc, µs each |', '| --- | --- | --- |'];
  const each = new Map<string, number>();
  for (const count of counts) {
    const cells: string[] = [];
    for (const [arch, machine] of machines) {
      progress(`${count} host devices on ${machine}`);
      const xml = guest(arch, machine, count);
      if (!expandDomain(xml).ok) throw new Error(`${count} on ${machine} is refused`);
      const time = ((await median(`${machine} ${count}`, () => void expandDomain(xml))) / count) * 1000;
      each.set(`${machine} ${count}`, time);
      cells.push(time.toFixed(1));
    }
    lines.push(`| ${count} | ${cells.join(' | ')} |`);
  }
  const ratios = machines.map(([, machine]) => `${machine} ${((each.get(`${machine} 4096`) ?? 0) / (each.get(`${machine} 256`) ?? 1)).toFixed(2)}`);
  return [...lines, '', `A device among 4,096 costs this many times one among 256 (1.5 is the limit we set ourselves): ${ratios.join(', ')}.`, ''];
}

if (process.argv[2] === 'starts') {
  writeFileSync(FILE, withSection(readFileSync(FILE, 'utf8'), TITLE, await starts(progress)));
  process.exit();
}
if (process.argv[2] === 'page') {
  writeFileSync(FILE, withSection(readFileSync(FILE, 'utf8'), PAGE_TITLE, await page(progress)));
  process.exit();
}
if (process.argv[2] === 'fleet') {
  writeFileSync(FILE, withSection(readFileSync(FILE, 'utf8'), FLEET_TITLE, await fleet(progress)));
  process.exit();
}
if (process.argv[2] === 'fleet-store') {
  writeFileSync(FILE, withSection(readFileSync(FILE, 'utf8'), FLEET_STORE_TITLE, await fleetStore(progress)));
  process.exit();
}

/** The document with one section anew; at its end when it is not there yet. */
function withSection(text: string, title: string, lines: readonly string[]): string {
  const [before = '', rest] = text.split(`${title}\n`);
  const next = rest?.indexOf('\n## ') ?? -1;
  return `${before.trimEnd()}\n\n${lines.join('\n').trimEnd()}\n${next === -1 ? '' : (rest?.slice(next) ?? '')}`;
}

const corpus = await fetchCorpus('11.3');
const libvirtd = await startLibvirtd();
let report: string[];
try {
  report = [
    ...(await againstLibvirtd(libvirtd, corpus)),
    ...(await dumpingGuests(libvirtd, progress)),
    ...(await scaling()),
    ...(await readingHosts(progress)),
    ...(await starts(progress)),
    ...(await page(progress)),
    ...(await fleetStore(progress)),
    ...(await insideLab(progress)),
  ];
} finally {
  await libvirtd.stop();
}
const text = readFileSync(FILE, 'utf8');
const head = text.slice(0, text.indexOf(MARK));
const machine = `${cpus()[0]?.model ?? 'unknown'}, ${cpus().length} cores, Node ${process.version}, ${new Date().toISOString().slice(0, 10)}`;
writeFileSync(FILE, `${head}${MARK}\n\nMeasured on: ${machine}.\n\n${report.join('\n')}`);
progress(`written to ${FILE}`);
