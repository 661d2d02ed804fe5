/** The points at which a change is interrupted: before and behind each of its steps. */
import { openJournal } from '../../src/execute/journal/journal.ts';
import { openRecords } from '../../src/execute/recover.ts';
import type { HostPort } from '../../src/host/port.ts';
import type { Scope } from '../scope.ts';
import { changeOf, machine, type Spare, stateDirectoryOf } from './changes.ts';

type When = 'before' | 'behind';

/** What a step does: writes an attribute, replaces a file, runs a program. */
type StepKind = 'write' | 'file' | 'program';

export interface Point {
  readonly name: string;
  readonly step: number;
  readonly when: When;
}

/** What a change makes of a state, and its steps. */
export interface Ends {
  readonly before: string;
  readonly after: string;
  readonly steps: readonly StepKind[];
}

/** A port that waits for `onStep` before and behind each step. */
function stepping(onStep: (index: number, when: When, kind: StepKind) => unknown): HostPort {
  let index = -1;
  const around = async <T>(kind: StepKind, act: () => Promise<T>): Promise<T> => {
    index += 1;
    const own = index;
    await onStep(own, 'before', kind);
    const result = await act();
    await onStep(own, 'behind', kind);
    return result;
  };
  return {
    ...machine,
    write: (path, text) => around('write', () => machine.write(path, text)),
    replaceFile: (path, text, mode) => around('file', () => machine.replaceFile(path, text, mode)),
    // Looking is no step.
    run: (program, args) => (args.includes('show') ? machine.run(program, args) : around('program', () => machine.run(program, args))),
  };
}

/** A port that waits for `interrupt` at a point. */
export function interruptedAt({ step, when }: Omit<Point, 'name'>, interrupt: () => unknown): HostPort {
  return stepping((index, now) => (index === step && now === when ? interrupt() : undefined));
}

/** The change from begin to end: its two states, and its steps. */
export async function measure(name: string, spare: Spare): Promise<Ends> {
  const { setUp, act, state } = changeOf(name, spare);
  await setUp();
  const before = await state();
  const steps: StepKind[] = [];
  await act(
    stepping((_, when, kind) => {
      if (when === 'before') steps.push(kind);
    }),
  );
  return { before, after: await state(), steps };
}

/** Whether everything that was begun has been written down as ended. */
export async function isClosed(spare: Spare): Promise<boolean> {
  return openRecords(await openJournal(stateDirectoryOf(spare)).read()).length === 0;
}

/** The points of a change: all of them, or those whose key has not been seen. */
export function pointsOf(name: string, { steps }: Ends, scope: Scope, isNew: (kind: StepKind, when: When) => boolean): Point[] {
  const points = steps.flatMap((kind, step) => (['before', 'behind'] as const).map((when) => ({ name, step, when, kind })));
  return points.filter(({ kind, when }) => isNew(kind, when) || scope === 'all').map(({ step, when }) => ({ name, step, when }));
}

/** Says of each text once that it is new. */
export function newOnes(): (text: string) => boolean {
  const seen = new Set<string>();
  return (text) => !seen.has(text) && seen.add(text) !== undefined;
}
