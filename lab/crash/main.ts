/**
 * Runs inside an emulated host: kills a process with SIGKILL, or resets the whole machine, before and behind steps of changes, then recovers
 * and looks at the kernel. Tells one line a point.
 *
 *     crash.mjs kill SCOPE CHANGE…         the points of these changes, one line each
 *     crash.mjs reset SCOPE FILE CHANGE…   the next points after those in FILE; the machine does not come back from them
 *
 * SCOPE is `all`: before and behind each step of each change; or `kinds`: each kind of step once, which is a write to an attribute, a file
 * that is replaced, or a program that is run. For kill: behind one of each change, before one of any. For reset, where each point costs a
 * part of a boot: before and behind one of any. HOSTDEV_CRASH says what the machine can do without ({@link Spare}), as a list; only reset
 * takes more than the first of it.
 */
import { killAll, dieAt } from './kill.ts';
import type { Spare } from './changes.ts';
import { nextReset } from './reset.ts';

const places = JSON.parse(process.env['HOSTDEV_CRASH'] ?? '[]') as readonly Spare[];
const [first] = places;
if (first === undefined) throw new Error('HOSTDEV_CRASH names nothing that the machine can do without');
const [mode, ...words] = process.argv.slice(2);
if (mode === 'child') {
  const [name = '', step = '', when = ''] = words;
  await dieAt({ name, step: Number(step), when: when === 'before' ? 'before' : 'behind' }, first);
} else {
  const [scope, ...names] = words;
  if (scope !== 'all' && scope !== 'kinds') throw new Error(`${scope} is no scope`);
  if (mode === 'reset') await nextReset(scope, names[0] ?? '', names.slice(1), places);
  else await killAll(scope, names, first);
}
