/** `npm run fleet:rounds`: many rounds, each judged; ends with 1 at the first that breaks the promise, and shows what proves it. */
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { PLANTED_IN_ROUNDS, type PlantedInRounds } from '../actors/planted.ts';
import { play } from './play.ts';

const CLAIMERS = 200;
const TURNS = 2;

function numberOf(name: string, text: string): number {
  if (/^[1-9]\d{0,8}$/.test(text)) return Number(text);
  throw new Error(`${name} takes a whole number above nought, not '${text}'`);
}

function storeOf(word: string): 'directory' | 'etcd' {
  if (word === 'directory' || word === 'etcd') return word;
  throw new Error(`--store takes directory or etcd, not '${word}'`);
}

const PLANTED = Object.keys(PLANTED_IN_ROUNDS) as PlantedInRounds[];

function plantedOf(word: string | undefined): PlantedInRounds | undefined {
  const planted = PLANTED.find((each) => each === word);
  if (planted === undefined && word !== undefined) throw new Error(`--planted takes one of: ${PLANTED.join(', ')}`);
  return planted;
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      rounds: { type: 'string', default: process.env['HOSTDEV_ROUNDS'] ?? '500' },
      seed: { type: 'string', default: process.env['HOSTDEV_SEED'] ?? '1' },
      store: { type: 'string', default: 'directory' },
      planted: { type: 'string' },
    },
  });
  const { broken, rounds, ...counts } = await play({
    program: fileURLToPath(new URL('fleet-worker.mjs', import.meta.url)),
    rounds: numberOf('--rounds', values.rounds),
    seed: numberOf('--seed', values.seed),
    claimers: CLAIMERS,
    turns: TURNS,
    planted: plantedOf(values.planted),
    store: storeOf(values.store),
    hasMounts: process.env['HOSTDEV_OWN_MOUNTS'] === '1',
    tell: (line) => void process.stderr.write(`${line}\n`),
  });
  const words = Object.entries(counts).map(([name, count]) => `${count} ${name}`);
  process.stdout.write(`${rounds} rounds: ${words.join(', ')}\n`);
  process.stdout.write(broken.length === 0 ? 'every function was given once\n' : `the promise was broken:\n${broken.join('\n')}\n`);
  process.exitCode = broken.length === 0 ? 0 : 1;
}

try {
  await main();
} catch (error) {
  process.stderr.write(`npm run fleet:rounds: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
