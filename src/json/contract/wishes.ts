/** How host and wish differ, and what was done about it. */
import { either, flag, list, record, text, word } from './shape.ts';
import { steps } from './steps.ts';

const changed = flag('false where it was so already; in a dry run, whether it would be changed');

export const WISHED_CHANGE = either(
  record({
    ...{ kind: word(['change']), verb: text('prepare, vf create, persist, attach, …'), subject: text('function, slot, pool, or function in guest') },
    ...{ functions: list(text('function of the host'), 'those that it is about'), beforeWords: text(), afterWords: text(), changed, steps },
    undo: steps,
  }),
  record({ kind: word(['later']), what: text('what is planned later'), why: text('what has to be done before'), changed }),
);
