import { afterAll, beforeAll, describe, it } from 'vitest';
import { expectOneWinnerEach } from '../../test/races/one-winner.ts';
import { openTrack, type RaceTrack } from '../../test/races/races.ts';

const RACES = 500;

describe(`${RACES} races of two to eight processes for overlapping groups`, () => {
  let track: RaceTrack;
  beforeAll(() => {
    track = openTrack('build/lab/race-worker.mjs');
  });
  afterAll(() => track.stop());

  it('have exactly one winner each, and the losers are told who it is', () => expectOneWinnerEach(track, RACES));
});
