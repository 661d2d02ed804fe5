import { describe, expect, it } from 'vitest';
import { keptHost, publishedOf, virtualOf } from '../../../test/fleet/fleet-records.ts';
import { type Candidate, candidateOf } from '../model/candidate.ts';
import { assignFunctions } from './assign.ts';

const [a, b, c] = [publishedOf(0), publishedOf(1), publishedOf(2)];
const [v0, v1] = [virtualOf(0, 0), virtualOf(0, 1)];
const host = keptHost([a, b, c, v0, v1]);
const wish = (...all: readonly (typeof a)[]): Candidate[] => all.map((each) => candidateOf(host, each));

describe('functions for all wishes of a guest at once', () => {
  it.each([
    ['the one that is liked best', [wish(b, a)], [b]],
    ['nothing for no wishes', [], []],
    ['another one where the first is taken', [wish(a, b), wish(a, b)], [a, b]],
    ['another one for whoever can move, for who cannot', [wish(a, b), wish(a)], [b, a]],
    ['moves over several', [wish(a, b), wish(b, c), wish(a), wish(b)], undefined],
    ['moves over several, where there is room', [wish(a, b), wish(b, c), wish(a)], [b, c, a]],
    ['no function twice', [wish(a), wish(a)], undefined],
    ['no physical function with its virtual one', [wish(a), wish(v0)], undefined],
    ['virtual functions of one physical one', [wish(a, v0), wish(v1)], [v0, v1]],
    ['the physical one where another one is there for the other wish', [wish(a), wish(v0, b)], [a, b]],
    ['nothing where a wish has no function', [wish(a), []], undefined],
  ])('are %s', (_, wishes, expected) => {
    expect(assignFunctions(wishes)?.map(({ asked }) => asked.key)).toEqual(expected?.map(({ key }) => key));
  });
});
