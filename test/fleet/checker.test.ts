import { describe, expect, it } from 'vitest';
import { checkHistory, formatConviction } from '../../lab/fleet/checker/check.ts';
import type { Conviction } from '../../lab/fleet/checker/recorded.ts';
import type { Seen } from '../../lab/fleet/history/event.ts';
import { ask, attach, claiming, created, done, type Line, modified, onHost, recorded, removing, rulesBroken } from './story.ts';

const seen = (name: string, request: string, token: bigint, state = 'claimed', host = 'h'): Seen => ({ function: name, request, token, host, state });
const holds = (actor: string, request: string, ...functions: string[]): Line => [actor, { kind: 'holds', request, functions }];
const says = (actor: string, kind: 'refused' | 'gave up' | 'released', request: string): Line => [actor, { kind, request }];
const killed = (...who: string[]): Line => ['faults', { kind: 'killed', who }];
const stopped = (...who: string[]): Line => ['faults', { kind: 'stopped', who }];
const continued = (...who: string[]): Line => ['faults', { kind: 'continued', who }];
const back = (actor: string): Line => [actor, { kind: 'begins', role: 'claimer', hosts: [] }];

/** Anna claims at 10 and gives it back at 12. */
const annasTurn = [
  ...done('anna', 10n, claiming('a', ['f'])),
  holds('anna', 'a', 'f'),
  ...done('anna', 12n, removing(['f'], created(10n), ['a'])),
  says('anna', 'released', 'a'),
];
const bertsTurn = [...done('bert', 14n, claiming('b', ['f'])), holds('bert', 'b', 'f')];

/** A transaction whose answer does not come. */
function unclear(actor: string, asked: Parameters<typeof ask>[1]): { readonly lines: Line[]; readonly again: ReturnType<typeof ask> } {
  const first = ask(actor, { transaction: 'same', ...asked });
  return { lines: [first.line, first.answer('unclear')], again: ask(actor, { transaction: 'same', ...asked }) };
}

interface Case {
  readonly lines: readonly Line[];
  readonly claims?: readonly Seen[];
  readonly groups?: readonly (readonly string[])[];
}

const good: Record<string, Case> = {
  'a claim that somebody has': { lines: bertsTurn, claims: [seen('f', 'b', 14n)] },
  'one after the other': { lines: [...annasTurn, ...bertsTurn], claims: [seen('f', 'b', 14n)] },
  'one who asks while another gives back': (() => {
    const release = ask('anna', removing(['f'], created(10n), ['a']));
    const claim = ask('bert', claiming('b', ['f']));
    return {
      lines: [
        ...done('anna', 10n, claiming('a', ['f'])),
        release.line,
        claim.line,
        claim.answer('done', 14n),
        holds('bert', 'b', 'f'),
        release.answer('done', 12n),
      ],
      claims: [seen('f', 'b', 14n)],
    };
  })(),
  'an unclear claim that was made': (() => {
    const { lines, again } = unclear('anna', claiming('a', ['f']));
    return { lines: [...lines, again.line, again.answer('refused', 11n, [seen('f', 'a', 10n)]), holds('anna', 'a', 'f')], claims: [seen('f', 'a', 10n)] };
  })(),
  'an unclear claim that was not made': (() => {
    const { lines, again } = unclear('anna', claiming('a', ['f']));
    return {
      lines: [...bertsTurn, ...lines, again.line, again.answer('refused', 14n, [seen('f', 'b', 14n)]), says('anna', 'refused', 'a')],
      claims: [seen('f', 'b', 14n)],
    };
  })(),
  'an unclear claim whose request was given up': {
    lines: [...unclear('anna', claiming('a', ['f'])).lines, ...done('anna', 15n, { requestsRemoved: ['a'] }), says('anna', 'gave up', 'a')],
  },
  'an unclear removal that compared what was written last': {
    lines: [
      ...done('anna', 10n, claiming('a', ['f'])),
      ...done('host-h', 12n, claiming('a', ['f'], { guard: modified(10n), state: 'lost' })),
      ...unclear('anna', removing(['f'], modified(12n), ['a'])).lines,
      killed('anna'),
    ],
  },
  'an unclear removal behind which another one claims': (() => {
    const { lines, again } = unclear('anna', removing(['f'], created(10n), ['a']));
    return {
      lines: [
        ...done('anna', 10n, claiming('a', ['f'])),
        ...lines,
        ...bertsTurn,
        again.line,
        again.answer('refused', 14n, [seen('f', 'b', 14n)]),
        says('anna', 'released', 'a'),
      ],
      claims: [seen('f', 'b', 14n)],
    };
  })(),
  'a claimer that was killed before it was answered, came back and took its claim': {
    lines: [ask('anna', claiming('a', ['f'])).line, killed('anna'), back('anna'), holds('anna', 'a', 'f')],
    claims: [seen('f', 'a', 10n)],
  },
  'a claimer that is gone, of which somebody said so': {
    lines: [
      ...done('anna', 10n, claiming('a', ['f'])),
      killed('anna'),
      ['root', { kind: 'nobody needs', request: 'a' }],
      ...done('root', 12n, removing(['f'], created(10n), ['a'])),
    ],
  },
  'a claim of one who is gone that was told': {
    lines: [...done('anna', 10n, claiming('a', ['f'])), killed('anna'), ['root', { kind: 'told as lost', function: 'f', request: 'a' }]],
    claims: [seen('f', 'a', 10n)],
  },
  'a function that its host calls stuck': { lines: [...done('anna', 10n, claiming('a', ['f'])), killed('anna')], claims: [seen('f', 'a', 10n, 'stuck')] },
  'a guest that runs on while its claimer is gone and its host silent': {
    lines: [...done('anna', 10n, claiming('a', ['f'])), ...attach('f', 'a', 10n), killed('anna', 'host-h')],
    claims: [seen('f', 'a', 10n, 'attached')],
  },
  'a host that gives back what a guest had': {
    lines: [
      ...done('anna', 10n, claiming('a', ['f'])),
      ...attach('f', 'a', 10n),
      onHost('detaching', 'f', 'a', 10n),
      onHost('detached', 'f', 'a', 10n),
      ...done('host-h', 12n, removing(['f'], created(10n), ['a'])),
      ...bertsTurn,
      ...attach('f', 'b', 14n),
    ],
    claims: [seen('f', 'b', 14n, 'attached')],
  },
  'a host that was off, whose claims were then forgotten': {
    lines: [
      ...done('anna', 10n, claiming('a', ['f'])),
      ...attach('f', 'a', 10n),
      ['root', { kind: 'host is off', host: 'h' }],
      ...done('root', 12n, removing(['f'], created(10n), ['a'])),
      ...done('bert', 14n, claiming('b', ['f'], { host: 'i' })),
      holds('bert', 'b', 'f'),
      ...attach('f', 'b', 14n, 'i'),
    ],
    claims: [seen('f', 'b', 14n, 'attached', 'i')],
  },
  'a group claimed at once': {
    lines: [...done('anna', 10n, claiming('a', ['f', 'g'])), holds('anna', 'a', 'f', 'g')],
    claims: [seen('f', 'a', 10n), seen('g', 'a', 10n)],
    groups: [['f', 'g']],
  },
  'an id that one claim keeps after the other, and a fid that is as a uid': {
    lines: [
      ...done('anna', 10n, claiming('a', ['f'], { ids: ['uid 0x0001', 'fid 0x00000002'] })),
      holds('anna', 'a', 'f'),
      ...done('anna', 12n, removing(['f'], created(10n), ['a'])),
      says('anna', 'released', 'a'),
      ...done('bert', 14n, claiming('b', ['g'], { ids: ['uid 0x0001', 'fid 0x00000001'] })),
      holds('bert', 'b', 'g'),
    ],
    claims: [seen('g', 'b', 14n)],
  },
  'virtual functions of one physical function in two hands': {
    lines: [
      ...done('anna', 10n, claiming('a', ['f/vf/0'])),
      holds('anna', 'a', 'f/vf/0'),
      ...done('bert', 14n, claiming('b', ['f/vf/1'])),
      holds('bert', 'b', 'f/vf/1'),
    ],
    claims: [seen('f/vf/0', 'a', 10n), seen('f/vf/1', 'b', 14n)],
  },
  'one who was stopped and went on': { lines: [...bertsTurn, stopped('bert'), continued('bert')], claims: [seen('f', 'b', 14n)] },
};

const bad: Record<string, Case & { readonly rules: readonly Conviction['rule'][] }> = {
  'a claim over another one': {
    rules: ['two holders'],
    lines: [
      ...done('anna', 10n, claiming('a', ['f'])),
      holds('anna', 'a', 'f'),
      ...done('bert', 14n, claiming('b', ['f'], { guard: { on: 'nothing', revision: 0n } })),
      holds('bert', 'b', 'f'),
    ],
    claims: [seen('f', 'b', 10n)],
  },
  'two hosts that have it in guests': {
    rules: ['attached without claim', 'two holders'],
    lines: [...bertsTurn, ...attach('f', 'b', 14n), ...attach('f', 'x', 14n, 'i')],
    claims: [seen('f', 'b', 14n, 'attached')],
  },
  'a claim that went although nobody took it away, and is free': {
    rules: ['gone unreleased'],
    lines: [...done('anna', 10n, claiming('a', ['f'])), holds('anna', 'a', 'f')],
  },
  'a claim that went although nobody took it away, and has somebody else': {
    rules: ['gone unreleased', 'two holders'],
    lines: [...done('anna', 10n, claiming('a', ['f'])), holds('anna', 'a', 'f'), ...bertsTurn],
    claims: [seen('f', 'b', 14n)],
  },
  'a claim that went, of which an unclear removal compared what was written over before': (() => {
    const { lines, again } = unclear('anna', removing(['f'], modified(10n), ['a']));
    return {
      rules: ['gone unreleased'] as const,
      lines: [
        ...done('anna', 10n, claiming('a', ['f'])),
        ...lines,
        ...done('host-h', 12n, claiming('a', ['f'], { guard: modified(10n), state: 'attaching' })),
        again.line,
        again.answer('refused', 12n, [seen('f', 'a', 10n, 'attaching')]),
        holds('anna', 'a', 'f'),
      ],
    };
  })(),
  'a store whose revisions go back': {
    rules: ['token went back'],
    lines: [...done('anna', 20n, claiming('a', ['g'])), holds('anna', 'a', 'g'), ...bertsTurn],
    claims: [seen('f', 'b', 14n), seen('g', 'a', 20n)],
  },
  'a host that attaches for a claim that has ended': { rules: ['attached without claim'], lines: [...annasTurn, ...attach('f', 'a', 10n)] },
  'a host that attaches for an older claim than before': {
    rules: ['attached without claim', 'token went back', 'two holders'],
    lines: [...annasTurn, ...bertsTurn, ...attach('f', 'b', 14n), ...attach('f', 'a', 10n)],
    claims: [seen('f', 'b', 14n, 'attached')],
  },
  'a host that attaches without any claim': { rules: ['attached without claim'], lines: attach('f', 'x', 3n) },
  'one of a group': {
    rules: ['group not whole'],
    lines: [...done('anna', 10n, claiming('a', ['f'])), holds('anna', 'a', 'f')],
    claims: [seen('f', 'a', 10n)],
    groups: [['f', 'g']],
  },
  'a group claimed in two turns': {
    rules: ['group not whole'],
    lines: [...done('anna', 10n, claiming('a', ['f'])), ...done('anna', 11n, claiming('a', ['g'])), holds('anna', 'a', 'f', 'g')],
    claims: [seen('f', 'a', 10n), seen('g', 'a', 11n)],
    groups: [['f', 'g']],
  },
  'a physical function and one of its virtual ones': {
    rules: ['physical and virtual'],
    lines: [...done('anna', 10n, claiming('a', ['f'])), holds('anna', 'a', 'f'), ...done('bert', 14n, claiming('b', ['f/vf/1'])), holds('bert', 'b', 'f/vf/1')],
    claims: [seen('f', 'a', 10n), seen('f/vf/1', 'b', 14n)],
  },
  'one id that two claims keep': {
    rules: ['one id twice'],
    lines: [
      ...done('anna', 10n, claiming('a', ['f'], { ids: ['uid 0x0001', 'fid 0x00000000'] })),
      holds('anna', 'a', 'f'),
      ...done('bert', 14n, claiming('b', ['g'], { ids: ['uid 0x0002', 'fid 0x00000000'] })),
      holds('bert', 'b', 'g'),
    ],
    claims: [seen('f', 'a', 10n), seen('g', 'b', 14n)],
  },
  'a claim whose owner was killed and did not come back': {
    rules: ['lost for good'],
    lines: [...done('anna', 10n, claiming('a', ['f'])), holds('anna', 'a', 'f'), killed('anna')],
    claims: [seen('f', 'a', 10n)],
  },
  'a claim whose owner came back and knows nothing of it': {
    rules: ['lost for good'],
    lines: [...done('anna', 10n, claiming('a', ['f'])), killed('anna'), back('anna')],
    claims: [seen('f', 'a', 10n)],
  },
  'a claim that stays on its way': {
    rules: ['lost for good'],
    lines: [...bertsTurn, onHost('attaching', 'f', 'b', 14n)],
    claims: [seen('f', 'b', 14n, 'attaching')],
  },
  'an unclear claim that was asked for again with another request': (() => {
    const { lines } = unclear('anna', claiming('a', ['f']));
    return {
      rules: ['unclear left'] as const,
      lines: [...lines, ...done('anna', 14n, claiming('a2', ['g'])), holds('anna', 'a2', 'g')],
      claims: [seen('g', 'a2', 14n)],
    };
  })(),
  'a claim that came late': {
    rules: ['claimed after giving up', 'lost for good'],
    lines: [...unclear('anna', claiming('a', ['f'])).lines, ...done('anna', 15n, { requestsRemoved: ['a'] })],
    claims: [seen('f', 'a', 16n)],
  },
  'a claim taken away because its host is silent': {
    rules: ['freed on silence'],
    lines: [
      ...done('anna', 10n, claiming('a', ['f'])),
      stopped('host-h'),
      ...done('root', 12n, removing(['f'], created(10n), ['a'])),
      continued('host-h'),
      ...bertsTurn,
    ],
    claims: [seen('f', 'b', 14n)],
  },
  'a claim taken away by its own owner while a guest has it': {
    rules: ['attached without claim', 'freed on silence'],
    lines: [...done('anna', 10n, claiming('a', ['f'])), ...attach('f', 'a', 10n), ...done('anna', 12n, removing(['f'], created(10n), ['a']))],
  },
  'somebody who is told that there is a claim, and none was asked for': {
    rules: ['told wrongly'],
    lines: [...done('anna', 9n, { requestsMade: ['a'] }), holds('anna', 'a', 'f')],
  },
  'somebody who is told that it was refused, and has it': {
    rules: ['told wrongly'],
    lines: [...done('anna', 10n, claiming('a', ['f'])), says('anna', 'refused', 'a')],
    claims: [seen('f', 'a', 10n)],
  },
};

describe('the checker of histories', () => {
  it.each(Object.entries(good))('lets %s pass', (_, { lines, claims, groups }) => {
    expect(checkHistory(recorded(lines, claims, groups)).map(formatConviction)).toEqual([]);
  });

  it.each(Object.entries(bad))('convicts %s', (_, { rules, lines, claims, groups }) => {
    expect(rulesBroken(lines, claims, groups)).toEqual(rules);
  });

  it('shows the least that proves it', () => {
    const { lines, claims } = bad['a claim that went although nobody took it away, and has somebody else'] as Case;
    const all = checkHistory(recorded(lines, claims)).map(formatConviction);
    expect(all[0]).toMatch(
      /^f: a function had two holders at one time \(two holders\)\n {2}.*"actor":"anna".*"revision":"10".*\n {2}.*"actor":"bert".*"revision":"14".*\n$/,
    );
  });
});
