/** `npm run bench:against COMMIT`: what `expandDomain` takes beside an earlier commit, both built alike and run in turns in one process. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { fetchCorpus } from '../test/corpus/corpus.ts';

const FILE = 'docs/benchmarks.md';
const BEGIN = '<!-- written by npm run bench:against -->';
const END = '<!-- written by npm run bench -->';

/** What is measured: as either commit offers it. */
type Expand = (xml: string, options?: { readonly libvirt?: string }) => { readonly ok: boolean };

/** The limit that the versions of libvirt were given when they came. */
const LIMIT = 1.2;
const ROUNDS = 41;

/** `expandDomain` of a source tree, built as the package is. */
async function built(tree: string, out: string): Promise<Expand> {
  const config = join(out, 'config.mjs');
  const rows = {
    entry: { index: join(tree, 'src/index.ts') },
    outDir: out,
    platform: 'neutral',
    dts: false,
    clean: false,
    define: { __HOSTDEV_VERSION__: "'bench'" },
  };
  writeFileSync(config, `export default ${JSON.stringify(rows)};\n`);
  execFileSync(resolve('node_modules/.bin/tsdown'), ['--config', config, '--log-level', 'error'], { cwd: tree, stdio: ['ignore', 2, 2] });
  const file = readdirSync(out).find((name) => /^index\.m?js$/.test(name)) ?? 'index.js';
  return ((await import(pathToFileURL(join(out, file)).href)) as { expandDomain: Expand }).expandDomain;
}

/** Definitions of libvirt's corpus that both take, whatever the version. */
function accepted(corpus: string, ways: readonly (() => Way)[]): string[] {
  const directory = join(corpus, 'tests/qemuxmlconfdata');
  const names = readdirSync(directory).filter((name) => /^[^.]+\.xml$/.test(name));
  return names.map((name) => readFileSync(join(directory, name), 'utf8')).filter((xml) => ways.every((way) => way().expand(xml).ok));
}

interface Way {
  readonly name: string;
  readonly expand: (xml: string) => { readonly ok: boolean };
}

function timed({ expand }: Way, definitions: readonly string[]): number {
  const begin = performance.now();
  for (const xml of definitions) expand(xml);
  return ((performance.now() - begin) * 1000) / definitions.length;
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}

const [commit = ''] = process.argv.slice(2);
if (!/^[0-9a-f]{7,40}$/.test(commit)) throw new Error('usage: npm run bench:against COMMIT');
const directory = mkdtempSync(join(tmpdir(), 'hostdev-bench-'));
const tree = join(directory, 'before');
try {
  execFileSync('git', ['worktree', 'add', '--detach', tree, commit], { stdio: ['ignore', 2, 2] });
  symlinkSync(resolve('node_modules'), join(tree, 'node_modules'));
  const [before, now] = [await built(tree, mkdtempSync(join(directory, 'old-'))), await built(resolve('.'), mkdtempSync(join(directory, 'new-')))];
  const ways: Way[] = [
    { name: `at ${commit.slice(0, 7)}`, expand: (xml) => before(xml) },
    { name: 'now, newest libvirt', expand: (xml) => now(xml) },
    ...['9.0', '11.3', '12.8'].map((libvirt) => ({ name: `now, libvirt ${libvirt}`, expand: (xml: string) => now(xml, { libvirt }) })),
  ];
  const definitions = accepted(
    await fetchCorpus('11.3'),
    ways.map((way) => () => way),
  );
  // In turns, so that what else the machine does hits all alike; the ratio of a round is of neighbours in time.
  const rounds = Array.from({ length: ROUNDS }, (_, round) => {
    const order = ways.map((_way, i) => (i + round) % ways.length);
    const times = new Map(order.map((i) => [i, timed(ways[i] as Way, definitions)]));
    return ways.map((_way, i) => times.get(i) ?? Number.NaN);
  }).slice(1);
  const rows = ways.map(({ name }, i) => {
    const ratio = median(rounds.map((times) => (times[i] ?? Number.NaN) / (times[0] ?? Number.NaN)));
    return `| ${name} | ${median(rounds.map((times) => times[i] ?? Number.NaN)).toFixed(1)} | ${ratio.toFixed(2)} |`;
  });
  const machine = `${cpus()[0]?.model ?? 'unknown'}, ${cpus().length} cores, Node ${process.version}, ${new Date().toISOString().slice(0, 10)}`;
  const section = [
    BEGIN,
    '',
    '## `expandDomain` beside an earlier commit',
    '',
    `${definitions.length} definitions of libvirt's corpus that every column takes, ${rounds.length} rounds in turns in one process (\`npm run bench:against ${commit.slice(0, 7)}\`), medians.`,
    `The limit we set ourselves is ${LIMIT} ×. ${machine}.`,
    '',
    '| | µs per definition | × |',
    '| --- | --- | --- |',
    ...rows,
    '',
    '',
  ].join('\n');
  const text = readFileSync(FILE, 'utf8');
  const [from, to] = [text.includes(BEGIN) ? text.indexOf(BEGIN) : text.indexOf(END), text.indexOf(END)];
  writeFileSync(FILE, `${text.slice(0, from)}${section}${text.slice(to)}`);
  process.stderr.write(`${section}\nwritten to ${FILE}\n`);
} finally {
  execFileSync('git', ['worktree', 'remove', '--force', tree], { stdio: 'ignore' });
  rmSync(directory, { recursive: true, force: true });
}
