/** `hostdev apply` and `hostdev diff`: a host and its guests held against files, and made as those say. */
import { type ApplyOptions, type ApplyReport, applyWish } from '../../app/wish/apply-wish.ts';
import type { AppContext } from '../../app/context.ts';
import { HostdevError } from '../../errors.ts';
import { UNPLUG_TIMEOUT_S } from '../../guest/port.ts';
import { wishedChanges } from '../../json/items/wishes.ts';
import { AS_WISHED, differenceLines, wishedChangeWords, type WishPlan, wishPlanLines } from '../../plan/wish-plan.ts';
import { oneLine } from '../../printable.ts';
import { readWishFiles } from '../../wish-files/read-files.ts';
import { hostPart } from '../../wish/host-part.ts';
import type { DesiredState } from '../../wish/wish.ts';
import { answerItems } from '../answer.ts';
import { changeOptions, printTodo } from '../change.ts';
import { FILE_SEPARATOR } from '../command/row.ts';
import type { Options } from '../command/table.ts';
import { type Io, printProblem } from '../io.ts';
import { journalOf, machineContext, refuseForeignChange } from '../machine.ts';
import { parseSeconds } from '../numbers.ts';
import { withLink } from '../wish-link.ts';

/** Host and guests are not as they are wished to be. */
const DIFFERS = 3;

export async function apply(io: Io, words: readonly string[], flags: Options<'apply'>): Promise<number> {
  refuseForeignChange(flags);
  const wish = await wishOf(io, words, flags);
  const timeoutMs = parseSeconds('--timeout', flags.timeout ?? String(UNPLUG_TIMEOUT_S), 1, `; it is ${UNPLUG_TIMEOUT_S} when left out`);
  const told = new Set<string>();
  const tell = ({ notes }: WishPlan): void => {
    for (const note of notes) if (!told.has(note.message)) printProblem(io, note);
    for (const { message } of notes) told.add(message);
  };
  const agree = async (plan: WishPlan): Promise<boolean> => {
    // What there is to know is known before one agrees.
    tell(plan);
    for (const line of wishPlanLines(plan)) io.err(`${line}\n`);
    return io.confirm('Make it so?');
  };
  const options = {
    ...changeOptions(io, flags),
    force: flags.force === true,
    timeoutMs,
    prune: flags.prune === true,
    ...(flags.yes === true ? {} : { agree }),
  };
  const report = await onMachine(io, flags, (context, link) => applyWish(context, wish, { ...options, link }));
  tell(report);
  if (flags.json === true) {
    answerItems(io, 'apply', wishedChanges(report));
    io.answer.todo = report.todo;
  } else if (flags.dryRun === true) for (const line of wishPlanLines(report)) io.out(`${line}\n`);
  else printDone(io, report);
  return flags.dryRun === true && report.differs ? DIFFERS : 0;
}

export async function diff(io: Io, words: readonly string[], flags: Options<'diff'>): Promise<number> {
  const wish = await wishOf(io, words, flags);
  const options: Omit<ApplyOptions, 'link'> = {
    ...{ dryRun: true, force: true, prune: flags.prune === true, timeoutMs: UNPLUG_TIMEOUT_S * 1000 },
    ...{ stateDirectory: journalOf(io.machine, flags), onLoss: (loss) => printProblem(io, loss) },
  };
  const report = await onMachine(io, flags, (context, link) => applyWish(context, wish, { ...options, link }));
  for (const note of report.notes) printProblem(io, note);
  if (flags.json === true) answerItems(io, 'diff', wishedChanges(report));
  else for (const line of differenceLines(report)) io.out(`${line}\n`);
  return report.differs ? DIFFERS : 0;
}

/** Of a copy of a machine only the host is looked at. */
async function onMachine(io: Io, flags: Options<'diff'>, act: (context: AppContext, link: ApplyOptions['link']) => Promise<ApplyReport>): Promise<ApplyReport> {
  const isCopy = flags.root !== undefined || flags.host !== undefined;
  const context = await machineContext(io.machine, flags);
  return withLink(io, flags, (link) => act(context, isCopy ? undefined : link));
}

async function wishOf(
  io: Io,
  words: readonly string[],
  { file, hostOnly, prune }: Pick<Options<'diff'>, 'file' | 'hostOnly' | 'prune'>,
): Promise<DesiredState> {
  if (hostOnly === true && prune === true) {
    throw new HostdevError('option-conflict', '--prune looks at pools and guests too, and --host-only at neither', { hint: 'leave one of them out' });
  }
  const names = [...(file === undefined ? [] : file.split(FILE_SEPARATOR)), ...words];
  if (names.length === 0 || names.includes('')) {
    throw new HostdevError('usage', 'no file says what is wished for', { hint: 'name one: -f wish.yaml; - is standard input' });
  }
  const wish = await readWishFiles(names, io.stdin);
  return hostOnly === true ? hostPart(wish) : wish;
}

function printDone(io: Io, { changes, differs, todo }: ApplyReport): void {
  for (const change of changes) io.out(`${oneLine(wishedChangeWords(change))}\n`);
  if (!differs) io.out(`${AS_WISHED}, as they were before\n`);
  printTodo(io, todo);
}
