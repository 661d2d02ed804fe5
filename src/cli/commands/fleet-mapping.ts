import { listMappings, removeMapping, setMapping, type ShownMapping, showMapping } from '../../fleet/mappings.ts';
import { fleetMapping, mappingSet } from '../../fleet/items/mappings.ts';
import { parseMappingWord } from '../../fleet/model/function-word.ts';
import { ensureFleetName } from '../../fleet/model/keys.ts';
import { formatMatch, parseMatch } from '../../fleet/model/mapping-match.ts';
import { MATCHES_LIMIT } from '../../fleet/model/record-kinds.ts';
import { functionWords } from '../../fleet/model/view.ts';
import { HostdevError, type Problem } from '../../errors.ts';
import { isOneLine, oneLine } from '../../printable.ts';
import { answerItems } from '../answer.ts';
import type { Options } from '../command/table.ts';
import { withFleet } from '../fleet.ts';
import { type Io, printProblem } from '../io.ts';
import { formatTable, type TableColumn } from '../table.ts';

/** Characters of a description. */
const DESCRIPTION_LIMIT = 1000;

export async function set(io: Io, word: string, flags: Options<'fleet mapping set'>): Promise<number> {
  const name = mappingName(word);
  if (flags.match === undefined)
    throw new HostdevError('usage', 'nobody said which functions are of the mapping', { hint: '--match 10de:2236, and more of them behind commas' });
  const match = flags.match.split(',').map(parseMatch);
  if (match.length > MATCHES_LIMIT) throw new HostdevError('mapping-malformed', `a mapping has ${match.length} matches`, { hint: `${MATCHES_LIMIT} at most` });
  const words = { wholeGroup: yesOrNo('--whole-group', flags.wholeGroup), migratable: yesOrNo('--migratable', flags.migratable) };
  const wish = { name, match, ...words, description: descriptionOf(flags.description), dryRun: flags.dryRun === true };
  return withFleet(io, async ({ store }) => {
    const done = await setMapping(store, wish, wish.dryRun ? undefined : io.catchSignals());
    if (flags.json === true) answerItems(io, 'fleet mapping set', [mappingSet(done)]);
    else {
      const verb = done.changed ? (wish.dryRun ? 'would be set' : 'is set') : 'is so already';
      io.out(oneLine(`the mapping ${name} ${verb}: ${countWords(done)}`) + '\n');
    }
    printProblems(io, done.problems);
    return 0;
  });
}

function yesOrNo(option: string, text: string | undefined): boolean | undefined {
  if (text === undefined || text === 'yes' || text === 'no') return text === undefined ? undefined : text === 'yes';
  throw new HostdevError('usage', `${option} is yes or no, not "${text.slice(0, 40)}"`);
}

function descriptionOf(text: string | undefined): string | undefined {
  if (text === undefined) return text;
  if (text.length > DESCRIPTION_LIMIT) {
    throw new HostdevError('usage', `the description has ${text.length} characters`, { hint: `${DESCRIPTION_LIMIT} at most` });
  }
  if (isOneLine(text)) return text;
  throw new HostdevError('usage', 'the description has control characters', { hint: 'it is one line of text' });
}

/** `2 of 3 functions that match can be claimed`. */
function countWords({ functions }: ShownMapping): string {
  const free = functions.filter(({ problem }) => problem === undefined).length;
  return `${free} of ${functions.length} ${functions.length === 1 ? 'function that matches' : 'functions that match'} can be claimed`;
}

const COLUMNS: readonly TableColumn[] = [
  { title: 'MAPPING', least: 8 },
  { title: 'MATCH', least: 12, wraps: true },
  { title: 'GROUP', leavesAt: 2 },
  { title: 'FREE' },
  { title: 'OF' },
  { title: 'DESCRIPTION', least: 10, leavesAt: 1, wraps: true },
];

export async function list(io: Io, flags: Options<'fleet mapping list'>): Promise<number> {
  return withFleet(io, async ({ store }) => {
    const { shown, problems } = await listMappings(store);
    if (flags.json === true) answerItems(io, 'fleet mapping list', shown.map(fleetMapping));
    else if (shown.length > 0) io.out(formatTable(io.terminal, COLUMNS, shown.map(line)));
    else if (problems.length === 0) io.out('the fleet has no mappings\n');
    printProblems(io, problems);
    return problems.length === 0 ? 0 : 1;
  });
}

function line({ mapping, functions }: ShownMapping): string[] {
  const free = functions.filter(({ problem }) => problem === undefined).length;
  const { name, match, wholeGroup, description } = mapping;
  return [name, match.map(formatMatch).join(', '), wholeGroup ? 'whole' : 'alone', String(free), String(functions.length), description ?? ''];
}

/** With or without what an address needs before it. */
function mappingName(word: string): string {
  return parseMappingWord(word) ?? ensureFleetName(word);
}

export async function show(io: Io, word: string, flags: Options<'fleet mapping show'>): Promise<number> {
  const name = mappingName(word);
  return withFleet(io, async ({ store }) => {
    const shown = await showMapping(store, name);
    if (flags.json === true) answerItems(io, 'fleet mapping show', [fleetMapping(shown)]);
    else {
      const { match, wholeGroup, migratable = false, description } = shown.mapping;
      const lines = [
        `mapping      ${name}`,
        ...(description === null ? [] : [`description  ${description}`]),
        ...match.map((each) => `match        ${formatMatch(each)}`),
        `whole group  ${wholeGroup ? 'yes' : 'no'}`,
        `migratable   ${migratable ? 'yes' : 'no'}`,
        `functions    ${countWords(shown)}`,
        ...shown.functions.map(({ candidate, problem }) => `  ${problem === undefined ? `${functionWords(candidate.asked.key)} is free` : problem.message}`),
      ];
      io.out(lines.map((each) => `${oneLine(each)}\n`).join(''));
    }
    printProblems(io, shown.problems);
    return 0;
  });
}

export async function remove(io: Io, word: string, flags: Options<'fleet mapping remove'>): Promise<number> {
  const name = mappingName(word);
  const dryRun = flags.dryRun === true;
  return withFleet(io, async ({ store }) => {
    const removal = { name, force: flags.force === true, dryRun, onLoss: (loss: Problem) => printProblem(io, loss) };
    const changed = await removeMapping(store, removal, dryRun ? undefined : io.catchSignals());
    if (flags.json === true) answerItems(io, 'fleet mapping remove', [{ changed, name }]);
    else if (changed) io.out(`the mapping ${name} ${dryRun ? 'would be' : 'is'} gone\n`);
    else io.out(`there is no mapping ${name}, so nothing is removed\n`);
    return 0;
  });
}

function printProblems(io: Io, problems: readonly Problem[]): void {
  for (const problem of problems) printProblem(io, problem);
}
