/** In the end each function is free, or somebody who lives has it, or it was told that nobody has it. */
import type { Seen } from '../../history/event.ts';
import { END } from '../life.ts';
import { atTheEnd, type Conviction } from '../recorded.ts';
import type { Judge, Trial } from '../trial.ts';

/** States in which nobody is on the way anywhere. */
const TOLD = new Set(['lost', 'stuck']);
const ON_THE_WAY = new Set(['attaching', 'releasing']);

export const judgeRest: Judge = (trial) =>
  trial.claims.flatMap((claim): Conviction[] => {
    if (TOLD.has(claim.state) || isTold(trial, claim)) return [];
    const evidence: Conviction['evidence'] = [
      ...trial.events.filter((event) => event.kind === 'killed' && event.who.includes(ownerOf(trial, claim))).slice(-1),
      atTheEnd(claim),
    ];
    const convict: Conviction[] = [{ rule: 'lost for good', function: claim.function, evidence }];
    if (ON_THE_WAY.has(claim.state)) return convict;
    // The guest has it, also when nobody is left who asked for it; who is left has to know of it.
    if (!trial.cast.lives(ownerOf(trial, claim))) return isInGuest(trial, claim) ? [] : convict;
    const word = trial.cast.word(claim.request);
    // Who believes that there is none was told wrongly: another rule.
    const known = word?.kind === 'holds' ? word.functions.includes(claim.function) : word !== undefined;
    return known ? [] : convict;
  });

const ownerOf = ({ cast }: Trial, { request }: Seen): string => cast.owner(request) ?? '';

function isTold({ events }: Trial, claim: Seen): boolean {
  return events.some((event) => event.kind === 'told as lost' && event.function === claim.function && event.request === claim.request);
}

function isInGuest({ stays }: Trial, claim: Seen): boolean {
  return stays.some(({ begin, span }) => begin.function === claim.function && begin.token === claim.token && span.to === END);
}
