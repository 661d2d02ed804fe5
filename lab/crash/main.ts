/**
 * Runs inside an emulated host, as a process that does not survive: killed with SIGKILL at a point of a change, or with the whole machine, which is
 * reset. What recovers from a kill and looks at the kernel is `kill.ts`, in the process that stays.
 *
 *     crash.cjs child CHANGE STEP WHEN     the change, up to that point
 *     crash.cjs reset SCOPE FILE CHANGE…   recovers from the last reset and tells a line a point in FILE, then resets at the next points
 *
 * SCOPE is `all`: before and behind each step of each change; or `kinds`: each kind of step once, which is a write to an attribute, a file
 * that is replaced, or a program that is run. For kill: behind one of each change, before one of any. For reset, where each point costs a
 * part of a boot: before and behind one of any. HOSTDEV_CRASH says what the machine can do without ({@link Spare}), as a list; only reset
 * takes more than the first of it.
 */
import { scopeOf } from '../scope.ts';
import type { Spare } from './changes.ts';
import { dieAt } from './kill.ts';
import { nextReset } from './reset.ts';

const places = JSON.parse(process.env['HOSTDEV_CRASH'] ?? '[]') as readonly Spare[];
const [first] = places;

async function main([mode, ...words]: readonly string[]): Promise<void> {
  if (first === undefined) throw new Error('HOSTDEV_CRASH names nothing that the machine can do without');
  if (mode === 'child') {
    const [name = '', step = '', when = ''] = words;
    await dieAt({ name, step: Number(step), when: when === 'before' ? 'before' : 'behind' }, first);
  } else {
    const [scope = '', file = '', ...names] = words;
    await nextReset(scopeOf(scope), file, names, places);
  }
}

void main(process.argv.slice(2));
