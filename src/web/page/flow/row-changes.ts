/** Rows of the host before a plan and after it, in the words of the rows themselves: what is said of functions is the server's, who holds them follows from the plan. */
import type { SLOT_CHANGE, VFS } from '../../../json/contract/host-changes.ts';
import type { Of } from '../../../json/contract/shape.ts';
import type { Plan, PlanChange } from '../../../server/api/plan.ts';
import type { WholeState } from '../../../server/api/state.ts';
import type { VerdictName } from '../../../state/verdict.ts';
import { counted } from '../host/count.ts';
import { type Holding, holdersOf } from '../host/holders.ts';
import { type ListedFunction, slotKey } from '../host/node.ts';
import { idWords, nameOf, shortId, useWords } from '../host/words.ts';
import { placedFunctions } from './answer-places.ts';

export interface RowWords {
  /** null: not known before it is there. */
  readonly mark: VerdictName | 'standby' | null;
  readonly words: string;
}

export interface RowChange {
  readonly key: string;
  readonly name: string;
  readonly before: RowWords;
  readonly after: RowWords;
}

type Planned = Pick<Plan, 'functions' | 'changes' | 'answer' | 'wish'>;

export function rowChanges(plan: Planned, { functions, guests }: Pick<WholeState, 'functions' | 'guests'>): readonly RowChange[] {
  const holders = holdersOf(guests);
  const told = new Map(plan.functions.map((each) => [each.before.hostAddress, each]));
  const moved = new Set(plan.changes.flatMap((change) => change.functions));
  // In the order of the machine: what is judged otherwise, and what goes from guest to guest without that.
  const touched = functions.filter(({ hostAddress }) => told.has(hostAddress) || (moved.has(hostAddress) && isOfGuest(plan)));
  return [
    ...touched.map((now): RowChange => {
      const { before, after, whicheverDriver } = told.get(now.hostAddress) ?? { before: now, after: now, whicheverDriver: false };
      const held = holders.get(now.hostAddress) ?? [];
      const name = [idWords(before), before.hostAddress, nameOf(before)].filter(Boolean).join(' ');
      const later = after === null ? GONE : functionWords(after, heldAfter(plan, now.hostAddress, held), whicheverDriver);
      return { key: now.hostAddress, name, before: functionWords(before, held, false), after: later };
    }),
    ...slotChanges(plan),
    ...countChanges(plan),
  ];
}

const GONE: RowWords = { mark: null, words: 'not there any more' };

function functionWords(given: ListedFunction, held: readonly Holding[], whicheverDriver: boolean): RowWords {
  const driver = whicheverDriver ? 'the host driver that the kernel chooses' : (given.driver ?? 'no driver');
  return { mark: given.verdict, words: [driver, useWords(given, held)].filter(Boolean).join(' · ') };
}

function isOfGuest({ changes }: Planned): boolean {
  return changes.some(({ verb }) => verb === 'attach' || verb === 'detach' || verb === 'swap');
}

/** Who holds a function afterwards, as the steps say it: what is taken from a part of a guest is not in it any more, what is given is. */
function heldAfter({ changes, answer }: Planned, address: string, held: readonly Holding[]): readonly Holding[] {
  const place = placedFunctions(answer).find(({ function: { hostAddress } }) => hostAddress === address)?.function;
  const steps = changes.flatMap((change) => change.steps.map(({ step }) => ({ step, guest: guestOf(change) })));
  return steps
    .reduce((now: readonly Holding[], { step, guest }) => {
      if ((step.kind !== 'attach' && step.kind !== 'detach') || step.device !== address) return now;
      const before = now.find((each) => each.guest === guest) ?? { ...NOWHERE, guest, guestAddress: null, uid: null, fid: null };
      const isGiven = step.kind === 'attach';
      const parts = { live: step.on === 'definition' ? before.live : isGiven, config: step.on === 'guest' ? before.config : isGiven };
      const at = isGiven && place !== undefined ? { guestAddress: place.guestAddress, uid: place.uid, fid: place.fid } : {};
      return [...now.filter((each) => each.guest !== guest), { ...before, ...parts, ...at }];
    }, held)
    .filter(({ live, config }) => live || config);
}

const NOWHERE = { live: false, config: false } as const;

/** The subject of a change of a guest is `0007:00:00.0 in web`. */
function guestOf({ subject }: PlanChange): string {
  return subject.slice(subject.indexOf(' in ') + ' in '.length);
}

/** IBM Z: a slot is a row where it has no function. */
function slotChanges({ wish, answer }: Planned): readonly RowChange[] {
  if (wish.verb !== 'slot on' && wish.verb !== 'slot off') return [];
  const standby: RowWords = { mark: 'standby', words: 'power off' };
  return (answer.items as unknown as readonly Of<typeof SLOT_CHANGE>[])
    .filter(({ changed }) => changed)
    .map(({ fid, after }) => {
      const name = `slot ${shortId(fid)}`;
      return after.state === 'standby'
        ? { key: slotKey(fid), name, before: { mark: null, words: 'configured' }, after: standby }
        : { key: slotKey(fid), name, before: standby, after: { mark: null, words: 'configured; its function comes' } };
    });
}

/** Virtual functions that come are known when they are there. */
function countChanges({ wish, answer }: Planned): readonly RowChange[] {
  if (wish.verb !== 'vf create' && wish.verb !== 'vf remove') return [];
  return (answer.items as unknown as readonly Of<typeof VFS>[])
    .filter(({ before, after }) => before.numVfs !== after.numVfs)
    .map(({ hostAddress, before, after }) => ({
      ...{ key: `vfs ${hostAddress}`, name: `virtual functions of ${hostAddress}` },
      ...{ before: { mark: null, words: counted(before.numVfs, 'VF') }, after: { mark: null, words: counted(after.numVfs, 'VF') } },
    }));
}
