/** Carries out what documents show of a console, and writes each document as it should be. */
import { readFileSync, writeFileSync } from 'node:fs';
import { hostdev } from '../capture.ts';
import { type ConsoleCommand, formatDocument, isShownAs, type Part, parseDocument } from './console.ts';
import { type DocumentMachine, RECIPES, startMachine } from './machines.ts';

/** The document with everything that its commands print today; what it leaves out stays left out as long as the rest is right. */
export async function retold(file: string): Promise<string> {
  const parts = parseDocument(readFileSync(file, 'utf8'));
  const machines = new Map<string, DocumentMachine>();
  const told: Part[] = [];
  const home = process.cwd();
  try {
    for (const part of parts) told.push(part.kind === 'text' ? part : { ...part, commands: await tellAll(part, machines) });
  } finally {
    process.chdir(home);
    for (const { stop } of machines.values()) await stop();
  }
  return formatDocument(told);
}

async function tellAll(
  { machine: name = 'no machine', commands }: Extract<Part, { kind: 'console' }>,
  machines: Map<string, DocumentMachine>,
): Promise<ConsoleCommand[]> {
  const recipe = RECIPES[name];
  if (recipe === undefined) throw new Error(`a console is on ${Object.keys(RECIPES).join(' or ')}, not on ${name}`);
  const machine = machines.get(name) ?? (await startMachine(recipe));
  machines.set(name, machine);
  process.chdir(machine.directory);
  const told: ConsoleCommand[] = [];
  for (const { words, output } of commands) {
    const printed = await run(words, machine);
    told.push({ words, output: isShownAs(printed, output) ? output : printed });
  }
  return told;
}

/** What a terminal shows of a command. Carried out are hostdev, with and without sudo, and cat; what is printed can go into a file. */
async function run(line: string, machine: DocumentMachine): Promise<string> {
  const [, command = '', into] = /^(.*?)(?: > (\S+))?$/.exec(line) ?? [];
  const all = [...command.matchAll(/'([^']*)'|(\S+)/g)].map(([, quoted, bare = '']) => quoted ?? bare);
  const [who, [program, ...words]] = all[0] === 'sudo' ? (['root', all.slice(1)] as const) : (['user', all] as const);
  if (program === 'cat') return words.map((name) => readFileSync(name, 'utf8')).join('');
  if (program !== 'hostdev') throw new Error(`nobody carries out '${line}'`);
  const { stdout, stderr } = await hostdev(words, '', machine.as(who));
  if (into === undefined) return `${stderr}${stdout}`;
  writeFileSync(into, stdout);
  return stderr;
}
