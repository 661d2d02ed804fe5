/** What whoever asked was told is so: a claim where it was told that there is one, none where it was told that there is none. */
import { mayHaveHappened } from '../calls.ts';
import type { Word } from '../cast.ts';
import { END } from '../life.ts';
import { atTheEnd, type Conviction } from '../recorded.ts';
import { allLives, type Judge, type Trial } from '../trial.ts';

export const judgeWords: Judge = (trial) =>
  [...new Set(trial.calls.flatMap(({ asked }) => [...asked.requestsMade, ...asked.written.map(({ request }) => request)]))].flatMap((request) => {
    const word = trial.cast.word(request);
    if (word === undefined) return [];
    return word.kind === 'holds' ? neverAsked(trial, word) : stillThere(trial, word);
  });

function neverAsked({ calls }: Trial, word: Word & { kind: 'holds' }): Conviction[] {
  return word.functions.flatMap((name): Conviction[] => {
    const asked = calls.some(
      (call) => mayHaveHappened(call) && call.asked.at < word.at && call.asked.written.some((each) => each.function === name && each.request === word.request),
    );
    const seen = calls.some(({ answered }) => answered?.seen.some((each) => each.function === name && each.request === word.request));
    return asked || seen ? [] : [{ rule: 'told wrongly', function: name, evidence: [word] }];
  });
}

function stillThere(trial: Trial, word: Word): Conviction[] {
  const left = trial.claims.filter(({ request }) => request === word.request);
  if (left.length > 0) return left.map((claim) => ({ rule: 'told wrongly', function: claim.function, evidence: [word, atTheEnd(claim)] }));
  return allLives(trial).flatMap((life): Conviction[] => {
    const later = life.request === word.request ? life.sightings.find(({ from }) => from > word.at && from !== END)?.evidence : undefined;
    return later === undefined ? [] : [{ rule: 'told wrongly', function: life.function, evidence: [word, later] }];
  });
}
