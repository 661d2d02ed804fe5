/** What is done, as data: the steps of a plan. */
import type { ShownStep } from '../../plan/guest-plan.ts';
import type { Step } from '../../plan/step.ts';
import { hostAddress } from './notation.ts';
import { either, integer, list, type Of, orNull, record, text, word } from './shape.ts';

const why = text();

export const STEP = either(
  record({ kind: word(['write']), path: text(), text: text(), why }),
  record({ kind: word(['file']), path: text(), text: orNull(text('null: it is removed')), mode: orNull(integer('permissions, as a decimal number')), why }),
  record({ kind: word(['run']), program: text(), args: list(text()), why }),
  record({ kind: word(['load']), module: text(), why }),
  record({ kind: word(['link up']), hostAddress, why }),
  record({
    ...{ kind: word(['attach']), on: word(['guest', 'definition', 'guest and definition']), device: text('function or MAC address'), text: text() },
    ...{ place: orNull(word(['as it runs'])), why },
  }),
  record({ kind: word(['detach']), on: word(['guest', 'definition']), device: text('function or MAC address'), why }),
  record({ kind: word(['move']), hostAddress, from: orNull(text()), to: orNull(text('null: whichever host driver wants it')), why }),
  record({ kind: word(['network']), action: word(['define', 'autostart', 'start', 'stop', 'undefine']), network: text(), text: orNull(text()), why }),
  record({ kind: word(['ports']), guest: text(), count: integer(), why }),
);

export const steps = list(STEP, 'what is written and called, in that order');

export const plan = list(
  record({ on: word(['host', 'guest', 'definition']), what: text(), undo: orNull(text('what is done when a later one fails')), steps }),
  'what happens, in words and as steps',
);

export function jsonStep(step: Step): Of<typeof STEP> {
  switch (step.kind) {
    case 'file':
      return { ...step, mode: step.mode ?? null };
    case 'attach':
      return { ...step, place: step.place ?? null };
    case 'network':
      return { ...step, text: step.text ?? null };
    case 'link up':
    case 'move': {
      const { address, ...rest } = step;
      return { ...rest, hostAddress: address } as Of<typeof STEP>;
    }
    default:
      return step;
  }
}

export function jsonPlan(shown: readonly ShownStep[]): Of<typeof plan> {
  return shown.map((each) => ({ ...each, steps: each.steps.map(jsonStep) }));
}
