import { describe, expect, it, vi } from 'vitest';
import { HostdevError } from '../../errors.ts';
import type { Answer, Member } from './member.ts';
import { membersOf, type Members } from './members.ts';
import { STATUS } from './protocol/methods.ts';

type Says = Answer<string> | 'down' | 'connecting';

const YES: Says = { kind: 'answered', response: 'yes' };
const NO: Says = { kind: 'refused', error: new HostdevError('fleet-denied', 'not yours') };
const SILENT: Says = { kind: 'transient', why: 'no answer in time' };
const LEADERLESS: Says = { kind: 'transient', why: 'no leader', untouched: true };

/** Members, each of which says one thing after the other, and the last one again and again; keeps who was asked. */
function members(...each: readonly (readonly Says[])[]): { readonly members: Members; readonly asked: number[] } {
  const asked: number[] = [];
  const all = each.map((says, number) => {
    const waiting = [...says];
    const next = (): Says => (waiting.length > 1 ? waiting.shift() : waiting[0]) ?? 'down';
    return {
      endpoint: { url: `https://m${number}:2379` },
      ready: async () => {
        const [first] = waiting;
        if (first !== 'down' && first !== 'connecting') return 'ready';
        next();
        return first;
      },
      ask: async () => {
        asked.push(number);
        return next();
      },
      close: () => undefined,
    } as unknown as Member;
  });
  return { members: membersOf(all, async () => new HostdevError('fleet-unreachable', 'none can be reached')), asked };
}

const codeOf = async (act: Promise<unknown>): Promise<unknown> =>
  act.then(
    () => 'answered',
    (error: unknown) => (error as HostdevError).code,
  );

describe('what may be asked twice', () => {
  it.each<[string, readonly (readonly Says[])[], string, readonly number[]]>([
    ['the first that can be reached', [['down'], [YES]], 'answered', [1]],
    ['the next one, where one does not answer', [[SILENT], [LEADERLESS], [YES]], 'answered', [0, 1, 2]],
    ['the same one again, where none other is there', [[SILENT, SILENT, YES]], 'answered', [0, 0, 0]],
    ['nobody else, where one refuses', [[SILENT], [NO], [YES]], 'fleet-denied', [0, 1]],
    ['nobody, where none can be reached', [['down'], ['down']], 'fleet-unreachable', []],
    ['one whose connection takes longer, where none other is there', [['connecting', 'connecting', YES]], 'answered', [0]],
    ['one whose connection takes longer, where the others are down', [['down'], ['connecting', YES]], 'answered', [1]],
    ['another one than that whose connection takes longer', [['connecting', YES], [YES]], 'answered', [1]],
  ])('is asked of %s', async (_, says, outcome, asked) => {
    const fleet = members(...says);
    expect(await codeOf(fleet.members.askUntilAnswered(STATUS, {}))).toBe(outcome);
    expect(fleet.asked).toEqual(asked);
  });

  it('is asked of nobody where a connection is never made', async () => {
    let now = 0;
    const clock = vi.spyOn(performance, 'now').mockImplementation(() => (now += 1000));
    expect(await codeOf(members(['connecting'], ['down']).members.askUntilAnswered(STATUS, {}))).toBe('fleet-unreachable');
    clock.mockRestore();
  });

  it('is asked of the one that answered last, from then on', async () => {
    const fleet = members([SILENT, YES], [YES]);
    for (let i = 0; i < 3; i += 1) await fleet.members.askUntilAnswered(STATUS, {});
    expect(fleet.asked).toEqual([0, 1, 1, 1]);
  });
});

describe('what may happen once', () => {
  it.each<[string, readonly (readonly Says[])[], string, readonly number[]]>([
    ['to the first that can be reached', [['down'], [YES]], 'answered', [1]],
    ['to one alone, although it does not answer: it may have happened', [[SILENT], [YES]], 'transient', [0]],
    ['to the next one, where one says that it has no leader: nothing has happened', [[LEADERLESS], [YES]], 'answered', [0, 1]],
    ['to one alone, where the next one after such a one does not answer', [[LEADERLESS], [SILENT], [YES]], 'transient', [0, 1]],
    ['to one alone, where it refuses', [[NO], [YES]], 'refused', [0]],
  ])('is sent %s', async (_, says, kind, asked) => {
    const fleet = members(...says);
    expect((await fleet.members.sendOnce(STATUS, {})).kind).toBe(kind);
    expect(fleet.asked).toEqual(asked);
  });

  it('is sent to another one the next time', async () => {
    const fleet = members([SILENT], [YES]);
    await fleet.members.sendOnce(STATUS, {});
    expect((await fleet.members.sendOnce(STATUS, {})).kind).toBe('answered');
    expect(fleet.asked).toEqual([0, 1]);
  });

  it('is sent to nobody where none can be reached, or nobody wants it any more', async () => {
    const fleet = members(['down'], ['down']);
    expect(await codeOf(fleet.members.sendOnce(STATUS, {}))).toBe('fleet-unreachable');
    expect(await codeOf(members([YES]).members.sendOnce(STATUS, {}, AbortSignal.abort()))).toBe('interrupted');
    expect(fleet.asked).toEqual([]);
  });

  it('is sent to nobody once the store is closed', async () => {
    const fleet = members([YES]);
    fleet.members.close();
    expect(await codeOf(fleet.members.sendOnce(STATUS, {}))).toBe('fleet-unreachable');
    expect(fleet.asked).toEqual([]);
  });
});
