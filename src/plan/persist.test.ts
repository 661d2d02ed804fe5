import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Fingerprint } from '../state/fingerprint.ts';
import { addressOfRuleFile, FUNCTIONS_FILE, MODPROBE_FILE, ruleFile, TAKE_SCRIPT_FILE } from '../state/persist/paths.ts';
import type { RuleFacts, RuleSubject } from '../state/persist/rule-facts.ts';
import { parseRule } from '../state/persist/rule-text.ts';
import { planPersist, planRules, ruleSteps, type RuleWish } from './persist.ts';
import { sharedFilesAreRight } from './persist/shared-files.ts';
import type { Step } from './step.ts';

const ADDRESSES = ['0000:02:00.0', '0002:00:00.0', '10000:e1:00.0'] as const;

/** Three functions of different kinds, each with a driver of its own. */
function subject(address: string): RuleSubject {
  const fingerprint: Fingerprint = {
    vendor: '0x8086',
    device: `0x${address.slice(-7, -5)}00`,
    subsystemVendor: null,
    subsystemDevice: null,
    fid: null,
    serial: null,
    mac: null,
    place: address,
  };
  return { address, fingerprint, modules: [`driver${address.slice(0, 4)}`], others: new Map() };
}

const factsOf = (files: ReadonlyMap<string, string>): RuleFacts => ({
  rules: [...files].flatMap(([file, text]) => {
    const address = addressOfRuleFile(file);
    return address === undefined ? [] : { file, address, text, parsed: parseRule(text) };
  }),
  tools: ['dracut', 'mkinitcpio'],
  foreignInstalls: new Set(),
  shared: files,
  hasUdev: true,
});

function carriedOut(files: ReadonlyMap<string, string>, steps: readonly Step[]): Map<string, string> {
  const after = new Map(files);
  for (const step of steps) {
    if (step.kind !== 'file') continue;
    if (step.text === null) after.delete(step.path);
    else after.set(step.path, step.text);
  }
  return after;
}

const WISH = fc.constantFrom<RuleWish>(
  { driver: 'vfio-pci', vfs: null },
  { driver: null, vfs: null },
  { driver: null, vfs: { count: 2, hostDrivers: false, settings: {} } },
);
const WISHES = fc.array(fc.record({ address: fc.constantFrom(...ADDRESSES), wish: WISH }), { maxLength: 8 });

describe('the plan of keeping functions across boots', () => {
  it('makes the shared files right, is undone to the byte, and leaves nothing when all is removed', () => {
    fc.assert(
      fc.property(WISHES, (wishes) => {
        let files = new Map<string, string>();
        for (const { address, wish } of wishes) {
          const change = planPersist(factsOf(files), subject(address), wish);
          const after = carriedOut(files, change.steps);
          expect(sharedFilesAreRight(factsOf(after))).toBe(true);
          expect(after.get(ruleFile(address)) ?? null).toBe(change.wanted.rule);
          expect(carriedOut(after, ruleSteps(factsOf(after), address, change.before))).toEqual(files);
          expect(planPersist(factsOf(after), subject(address), wish).steps).toEqual([]);
          files = after;
        }
        for (const address of ADDRESSES) files = carriedOut(files, planPersist(factsOf(files), subject(address), { driver: null, vfs: null }).steps);
        expect([...files.keys()]).toEqual([]);
      }),
    );
  });

  it('writes each function to the file that is read before drivers are loaded, and holds its drivers back', () => {
    const files = carriedOut(new Map(), planPersist(factsOf(new Map()), subject(ADDRESSES[2]), { driver: 'vfio-pci' }).steps);
    expect(files.get(FUNCTIONS_FILE)).toMatch(/^10000:e1:00\.0 0x8086 0xe100 - - - - - vfio-pci$/m);
    expect(files.get(MODPROBE_FILE)).toMatch(/^install driver1000 \/bin\/sh \/etc\/udev\/hostdev-take early; /m);
    expect(files.has(TAKE_SCRIPT_FILE)).toBe(true);
  });

  it('names the commands that bring it into the initial RAM disk, and has udev read its rules again', () => {
    const { steps, todo } = planPersist(factsOf(new Map()), subject(ADDRESSES[0]), { driver: 'vfio-pci' });
    expect(todo.map((line) => line.split('  #')[0])).toEqual(['dracut --force', 'mkinitcpio -P']);
    expect(steps.at(-1)).toMatchObject({ kind: 'run', program: 'udevadm' });
  });

  it('leaves the shared files alone while a newer hostdev has a rule, also when an interrupted change is undone', () => {
    const newer = new Map([[ruleFile(ADDRESSES[0]), '# hostdev {"version":2}\n']]);
    expect(ruleSteps(factsOf(newer), ADDRESSES[1], { rule: null, shared: 'right' })).toEqual([]);
    expect(() => planPersist(factsOf(newer), subject(ADDRESSES[1]), { driver: 'vfio-pci' })).toThrow(
      expect.objectContaining({ code: 'persist-newer' }) as Error,
    );
  });

  const [FIRST, SECOND] = ADDRESSES;
  const withFiles = (...files: [string, string][]): RuleFacts => factsOf(new Map(files));
  const made = (wish: RuleWish, of: RuleSubject = subject(FIRST)): Map<string, string> =>
    carriedOut(new Map(), planPersist(factsOf(new Map()), of, wish).steps);
  const refusal = (facts: RuleFacts, wish: RuleWish, of: RuleSubject = subject(FIRST)): string => {
    try {
      planPersist(facts, of, wish);
    } catch (error) {
      const { code, subject: about, message, hint } = error as { code: string; subject: string; message: string; hint?: string };
      return `${code} ${about}: ${message}${hint === undefined ? '' : ` (${hint})`}`;
    }
    return 'taken';
  };
  const TAKE = { driver: 'vfio-pci' } as const;
  const VFS = { vfs: { count: 2, hostDrivers: false, settings: {} } } as const;
  const TAKES_AWAY = `'hostdev persistent remove ${FIRST}' takes it away`;

  it.each<[string, string, string]>([
    [
      'over what somebody edited',
      refusal(withFiles([ruleFile(FIRST), `${made(TAKE).get(ruleFile(FIRST))}# mine\n`]), TAKE),
      `persist-exists ${FIRST}: ${ruleFile(FIRST)} was edited by somebody (keep what it says somewhere; ${TAKES_AWAY})`,
    ],
    [
      'over what is damaged',
      refusal(withFiles([ruleFile(FIRST), 'x']), TAKE),
      `persist-exists ${FIRST}: ${ruleFile(FIRST)} is damaged, or not of hostdev (keep what it says somewhere; ${TAKES_AWAY})`,
    ],
    [
      'over what nobody here may read',
      refusal({ ...withFiles(), rules: [{ file: ruleFile(FIRST), address: FIRST, text: '', parsed: { kind: 'refused', reason: 'EACCES' } }] }, TAKE),
      `persist-exists ${FIRST}: ${ruleFile(FIRST)} cannot be read (EACCES) (keep what it says somewhere; ${TAKES_AWAY})`,
    ],
    [
      'beside a rule of a newer hostdev',
      refusal(withFiles([ruleFile(SECOND), '# hostdev {"version":7}\n']), TAKE),
      `persist-newer ${SECOND}: ${ruleFile(SECOND)} is of a newer hostdev (version 7 of such files), so no rule is changed (use the hostdev that wrote it, or take the file away by hand)`,
    ],
    [
      'for guests and with virtual functions',
      refusal(factsOf(made(TAKE)), VFS),
      `persist-exists ${FIRST}: ${FIRST} cannot be kept for guests and keep virtual functions: a function has those only with its host driver ('hostdev persistent remove ${FIRST}' takes away what is kept now)`,
    ],
    [
      'for a function that has gone',
      refusal(withFiles(), TAKE, { ...subject(FIRST), fingerprint: undefined }),
      `function-vanished ${FIRST}: ${FIRST} is not there any more`,
    ],
    [
      'for another card than the rule is for',
      refusal(factsOf(made(TAKE)), TAKE, { ...subject(FIRST), fingerprint: { ...(subject(FIRST).fingerprint as Fingerprint), vendor: '0x10de' } }),
      `persist-exists ${FIRST}: the rule for ${FIRST} is for another card: vendor was 0x8086 and is 0x10de ('hostdev persistent remove ${FIRST}' takes the old rule away)`,
    ],
  ])('is refused %s', (_, refused, line) => {
    expect(refused).toBe(line);
  });

  it('takes away what is damaged, edited or of another card without reading it', () => {
    const NOTHING = { driver: null, vfs: null } as const;
    for (const text of ['x', `${made(TAKE).get(ruleFile(FIRST))}# mine\n`]) {
      const change = planPersist(withFiles([ruleFile(FIRST), text]), { ...subject(FIRST), fingerprint: undefined }, NOTHING);
      expect(change).toMatchObject({ verb: 'unpersist', before: { rule: text }, wanted: { rule: null, shared: 'right' } });
      expect(change.todo.map((line) => line.split('  #')[0])).toEqual(['dracut --force', 'mkinitcpio -P']);
    }
  });

  it('has nothing to do where nothing is kept and nothing is wished for', () => {
    const none = { rule: null, shared: 'right' };
    for (const wish of [{}, { driver: null }, { vfs: null }, { driver: null, vfs: null }]) {
      expect(planPersist(factsOf(new Map()), subject(FIRST), wish)).toEqual({
        ...{ verb: 'unpersist', subject: FIRST, before: none, wanted: none, steps: [], undo: [], todo: [] },
      });
    }
  });

  it('keeps what is not named, and a MAC address that was seen once', () => {
    const mac = '52:54:00:00:00:01';
    const seen: RuleSubject = { ...subject(FIRST), fingerprint: { ...(subject(FIRST).fingerprint as Fingerprint), mac } };
    const again = planPersist(factsOf(made(TAKE, seen)), subject(FIRST), {});
    expect(again).toMatchObject({ verb: 'persist', steps: [], todo: [] });
    expect(again.wanted['rule']).toContain(mac);
    expect(planPersist(factsOf(made(VFS)), subject(FIRST), {}).steps).toEqual([]);
    expect(planPersist(factsOf(made(VFS)), subject(FIRST), { vfs: null })).toMatchObject({ verb: 'unpersist', wanted: { rule: null } });
    const other = planPersist(factsOf(made(VFS)), subject(FIRST), { ...VFS, vfs: { ...VFS.vfs, count: 3 } });
    expect(other.wanted['rule']).toContain('"count":3');
  });

  it('warns of cards that nothing tells from this one but their place', () => {
    const fingerprint = subject(FIRST).fingerprint as Fingerprint;
    const twins = (card: Partial<Fingerprint>, ...others: [string, Partial<Fingerprint>][]): string[] =>
      planPersist(
        factsOf(new Map()),
        {
          ...subject(FIRST),
          fingerprint: { ...fingerprint, ...card },
          others: new Map(others.map(([address, told]) => [address, { ...fingerprint, ...card, ...told }])),
        },
        TAKE,
      ).todo.slice(2);
    expect(twins({})).toEqual([]);
    expect(twins({}, ['0000:03:00.0', {}], ['0000:04:00.0', { device: '0x0001' }])).toEqual([
      'hostdev persistent  # whenever cards were added or moved: 0000:03:00.0 is of the same kind, without serial number',
    ]);
    expect(twins({}, ['0000:03:00.0', {}], ['0000:05:00.0', {}], [FIRST, {}])).toEqual([
      'hostdev persistent  # whenever cards were added or moved: 0000:03:00.0, 0000:05:00.0 are of the same kind, without serial number',
    ]);
    expect(twins({ serial: { offset: 260, bytes: '01 02 03 04 05 06 07 08' } }, ['0000:03:00.0', {}])).toEqual([]);
    expect(twins({ fid: '0x00000017' }, ['0000:03:00.0', {}])).toEqual([]);
  });

  it('says why of every file, and has udev read its rules where it runs', () => {
    const facts = factsOf(new Map());
    const why = (of: RuleFacts, wish: RuleWish): string[] =>
      planPersist(of, subject(FIRST), wish).steps.map(
        (step) => `${step.kind} ${step.kind === 'file' ? `${step.path} ${step.mode?.toString(8)}` : ''}: ${step.why}`,
      );
    expect(why(facts, TAKE)).toEqual([
      `file ${FUNCTIONS_FILE} 644: which functions it is for`,
      `file ${TAKE_SCRIPT_FILE} 755: what udev and modprobe run`,
      `file ${MODPROBE_FILE} 644: host drivers wait until it has run`,
      'file /etc/dracut.conf.d/hostdev.conf 644: the rule comes into the initial RAM disk',
      'file /etc/mkinitcpio.conf.d/hostdev.conf 644: the rule comes into the initial RAM disk',
      `file ${ruleFile(FIRST)} undefined: the rule for the next boots`,
      'run : udev reads its rules again',
    ]);
    expect(why(factsOf(made(TAKE)), { driver: null })).toEqual([
      `file ${FUNCTIONS_FILE} 644: no rule is left that needs it`,
      `file ${TAKE_SCRIPT_FILE} 755: no rule is left that needs it`,
      `file ${MODPROBE_FILE} 644: no rule is left that needs it`,
      'file /etc/dracut.conf.d/hostdev.conf 644: no rule is left that needs it',
      'file /etc/mkinitcpio.conf.d/hostdev.conf 644: no rule is left that needs it',
      `file ${ruleFile(FIRST)} undefined: not any more at the next boots`,
      'run : udev reads its rules again',
    ]);
    expect(why({ ...facts, hasUdev: false, tools: ['initramfs-tools'] }, TAKE).slice(3)).toEqual([
      'file /etc/initramfs-tools/hooks/hostdev 755: the rule comes into the initial RAM disk',
      `file ${ruleFile(FIRST)} undefined: the rule for the next boots`,
    ]);
  });

  it('plans each of several rules on what the ones before it write', () => {
    const changes = planRules(factsOf(new Map()), [
      { subject: subject(FIRST), wish: TAKE },
      { subject: subject(SECOND), wish: TAKE },
      { subject: subject(FIRST), wish: TAKE },
    ]);
    expect(changes.map(({ steps }) => steps.filter(({ kind }) => kind === 'file').length)).toEqual([6, 3, 0]);
    let files = new Map<string, string>();
    for (const { steps } of changes) files = carriedOut(files, steps);
    expect(files.get(FUNCTIONS_FILE)?.match(/vfio-pci$/gm)).toHaveLength(2);
  });
});
