import { describe, expect, it } from 'vitest';
import { refusal } from '../../test/refusal.ts';
import { parsePciAddress } from '../pci/notation.ts';
import type { GuestState } from '../state/guest-state.ts';
import { guestFacts, planAttach } from './attach.ts';
import type { Change } from './change.ts';
import { deviceSteps } from './device-steps.ts';
import { planDetach } from './detach.ts';
import { planGuestDetach } from './detach-from-guest.ts';
import { type GuestPlan, placeOf, placeWords, requireUnchanged, showChanges, whenWords } from './guest-plan.ts';
import { formatParts, requireSameGuest, requireSameRun, type Scope, scopeParts } from './guest-scope.ts';
import { formatStep, type Step } from './step.ts';
import { alreadySwapped, checkExchange, isManagedIn, isSwapped, planSwap, showSwap } from './swap.ts';
import { presentOf, swapSteps } from './swap-steps.ts';
import { reverse, type State, type Transition } from './transition.ts';

const OLD = '0000:01:00.0';
const NEXT = '0000:02:00.0';
const [old, next] = [parsePciAddress(OLD), parsePciAddress(NEXT)];
const NAME = { uri: 'qemu:///system', id: 'u', name: 'web' };

const AT = "<address type='pci' domain='0x0000' bus='0x05' slot='0x00' function='0x0'/>";
const element = (bus: string, managed = 'yes', at = ''): string =>
  `<hostdev mode='subsystem' type='pci' managed='${managed}'><source><address domain='0x0000' bus='${bus}' slot='0x00' function='0x0'/></source>${at}</hostdev>`;
const domain = (...devices: string[]): string => `<domain type='kvm'><name>web</name><devices>${devices.join('')}</devices></domain>`;
const guest = (live: string | undefined, config: string | undefined, told: Partial<GuestState> = {}): GuestState => ({
  ...{ ref: { name: 'web', uuid: 'u', id: 1 }, state: live === undefined ? 'shut off' : 'running', live, config },
  ...told,
});
const told = (steps: readonly Step[]): string[] => steps.map(formatStep);
describe('what of a guest is changed', () => {
  const [RUNS, OFF, TRANSIENT] = [guest('<a/>', '<b/>'), guest(undefined, '<b/>'), guest('<a/>', undefined)];
  const NOT_RUNNING = 'guest-not-running web: the guest web does not run (start it first, or change its definition: --config)';
  const NO_DEFINITION = 'guest-transient web: the guest web is gone when it ends, so it has no definition to change (change what runs: --live)';
  it.each<[Scope, string, GuestState, string]>([
    ['live', 'one that runs', RUNS, 'the guest that runs'],
    ['config', 'one that runs', RUNS, "the guest's definition"],
    ['live and config', 'one that runs', RUNS, 'the guest that runs and its definition'],
    ['current', 'one that runs', RUNS, 'the guest that runs'],
    ['persistent', 'one that runs', RUNS, 'the guest that runs and its definition'],
    ['live', 'one that does not', OFF, NOT_RUNNING],
    ['config', 'one that does not', OFF, "the guest's definition"],
    ['live and config', 'one that does not', OFF, NOT_RUNNING],
    ['current', 'one that does not', OFF, "the guest's definition"],
    ['persistent', 'one that does not', OFF, "the guest's definition"],
    ['live', 'one without definition', TRANSIENT, 'the guest that runs'],
    ['config', 'one without definition', TRANSIENT, NO_DEFINITION],
    ['live and config', 'one without definition', TRANSIENT, NO_DEFINITION],
    ['current', 'one without definition', TRANSIENT, 'the guest that runs'],
    ['persistent', 'one without definition', TRANSIENT, NO_DEFINITION],
  ])('by %s of %s', (scope, _, state, words) => {
    let parts = '';
    const refused = refusal(() => (parts = formatParts(scopeParts(state, scope))));
    expect(refused ?? parts).toBe(words);
  });

  const changed = (what: string): string =>
    `guest-changed web: web ${what} since the plan was made; nothing was done (run the command again to see the new plan)`;
  const [A, B] = [domain(element('0x01')), domain(element('0x02'))];
  it.each<[string, GuestState, GuestState, string | undefined, string | undefined]>([
    ['is the same', guest(A, A), guest(A, A), undefined, undefined],
    ['is the same with more memory', guest(A, A), guest(A.replace('<name>', '<memory>1</memory><name>'), A), undefined, undefined],
    ['was started', guest(undefined, A), guest(A, A), changed('was started'), changed('was started')],
    ['has ended', guest(A, A), guest(undefined, A), changed('has ended'), changed('has ended')],
    ['runs with other devices', guest(A, A), guest(B, A), changed('has changed'), undefined],
    ['has another definition', guest(A, A), guest(A, B), changed('has changed'), undefined],
    ['is another one of that name', guest(A, A), guest(A, A, { ref: { name: 'web', uuid: 'v', id: 1 } }), changed('has changed'), undefined],
  ])('%s since it was planned', (_, planned, now, same, sameRun) => {
    expect(refusal(() => requireSameGuest(planned, now))).toBe(same);
    expect(refusal(() => requireSameRun(planned, now))).toBe(sameRun);
  });
});

describe('the steps of a device', () => {
  const BEFORE = guestFacts(NAME, [OLD]);
  const steps = (verb: 'attach' | 'detach', before: State, from: State, to: State): string[] =>
    told(deviceSteps({ verb, subject: 's', before: { ...BEFORE, ...before }, wanted: to }, from, to));
  const XML = { xml: '<x/>' };
  const [LET_GO, NEXT_START] = ['the guest has to let go of it', 'it is not there at the next start'];
  const unplug = `detach ${OLD} from the guest  # ${LET_GO}`;
  const undefine = `detach ${OLD} from the definition  # ${NEXT_START}`;
  const both = `attach ${OLD} to the guest and definition  # it has it at once and after the next start`;
  const plug = `attach ${OLD} to the guest  # it has it at once`;
  const define = `attach ${OLD} to the definition  # it has it after the next start`;
  const away = `libvirt moves ${OLD} from igb to vfio-pci  # libvirt takes it for the guest`;
  const back = (to: string): string => `libvirt moves ${OLD} from vfio-pci to ${to}  # libvirt gives it back`;
  const NO = { live: 'no', config: 'no' };
  const YES = { live: 'yes', config: 'yes' };

  it.each<[string, 'attach' | 'detach', State, State, State, string[]]>([
    ['that comes to both, in one call', 'attach', {}, NO, { ...YES, ...XML }, [both]],
    ['that comes to both, from its host driver', 'attach', { driver: 'igb' }, NO, { ...YES, ...XML }, [away, both]],
    ['that comes to what runs', 'attach', { driver: 'igb' }, NO, { live: 'yes', config: 'no', ...XML }, [away, plug]],
    ['that comes to the definition', 'attach', { driver: 'igb' }, { ...NO, live: null }, { live: null, config: 'yes', ...XML }, [define]],
    ['that comes to the definition as it runs', 'attach', { driver: 'igb' }, NO, { ...YES, ...XML, place: 'as it runs' }, [away, plug, define]],
    ['that is there', 'attach', {}, YES, YES, []],
    ['that is not there', 'detach', {}, NO, NO, []],
    ['of which a part came', 'attach', { driver: 'igb' }, { live: 'in part', config: 'no' }, { ...YES, ...XML }, [unplug, back('igb'), away, both]],
    ['of which a part came and goes', 'attach', {}, { live: 'in part', config: 'no' }, NO, [unplug]],
    ['that goes from both', 'detach', { managed: 'yes' }, YES, NO, [unplug, back('its host driver'), undefine]],
    ['that goes from both, unmanaged', 'detach', { managed: 'no' }, YES, NO, [unplug, undefine]],
    ['that goes from the definition', 'detach', { managed: 'yes' }, { live: null, config: 'yes' }, { live: null, config: 'no' }, [undefine]],
    ['whose coming is undone', 'attach', { driver: 'igb' }, YES, NO, [undefine, unplug, back('igb')]],
    ['that comes back as two elements', 'detach', {}, NO, { ...YES, liveXml: '<l/>', configXml: '<c/>' }, [define, plug]],
  ])('%s', (_, verb, before, from, to, expected) => {
    expect(steps(verb, before, from, to)).toEqual(expected);
  });

  it('take the text that each part had', () => {
    const to = { ...YES, liveXml: '<l/>', configXml: '<c/>' };
    const all = deviceSteps({ verb: 'attach', subject: 's', before: BEFORE, wanted: to }, NO, to);
    expect(all.map((step) => [(step as { on?: string }).on, (step as { text?: string }).text])).toEqual([
      ['definition', '<c/>'],
      ['guest', '<l/>'],
    ]);
    const asItRuns = { ...YES, ...XML, place: 'as it runs' };
    expect(deviceSteps({ verb: 'attach', subject: 's', before: BEFORE, wanted: asItRuns }, NO, asItRuns)).toMatchObject([
      { on: 'guest' },
      { place: 'as it runs', text: '<x/>' },
    ]);
  });
});

describe('taking a function from a guest', () => {
  const BOTH = guest(domain(element('0x01', 'yes', AT)), domain(element('0x01', 'no')));

  it('is planned with what is there, for the parts that are meant', () => {
    const change = planDetach(NAME, BOTH, { live: true, config: true }, { source: old });
    expect(change).toMatchObject({
      ...{ verb: 'detach', subject: `${OLD} in web`, wanted: { live: 'no', config: 'no' } },
      before: { live: 'yes', config: 'yes', managed: 'yes', liveXml: element('0x01', 'yes', AT), configXml: element('0x01', 'no') },
    });
    const config = planDetach(NAME, BOTH, { live: false, config: true }, { source: old });
    expect(config).toMatchObject({ before: { managed: 'no', liveXml: null }, wanted: { live: 'yes', config: 'no' } });
    expect(told(config.steps)).toEqual([`detach ${OLD} from the definition  # it is not there at the next start`]);
    const live = planDetach(NAME, BOTH, { live: true, config: false }, { source: old });
    expect(live).toMatchObject({ before: { managed: 'yes', configXml: null }, wanted: { live: 'no', config: 'yes' } });
  });

  it('brings one of a pool back by what the definition says of it', () => {
    const POOLED = "<interface type='network'><mac address='52:54:00:00:00:01'/><source network='vfs'/></interface>";
    const LIVE = `<interface type='hostdev' managed='yes'><mac address='52:54:00:00:00:01'/><source><address type='pci' domain='0x0000' bus='0x01' slot='0x00' function='0x0'/></source></interface>`;
    const selector = { mac: '52:54:00:00:00:01', pools: ['vfs'] };
    const both = planDetach(NAME, guest(domain(LIVE), domain(POOLED)), { live: true, config: true }, selector);
    expect(both.before).toMatchObject({ liveXml: POOLED, configXml: POOLED });
    const one = planDetach(NAME, guest(domain(LIVE), domain(POOLED)), { live: true, config: false }, selector);
    expect(one.before).toMatchObject({ liveXml: LIVE, configXml: null });
  });

  it.each([
    [guest(domain(), domain()), { live: true, config: true }, 'the guest that runs and its definition', 'it has no PCI function of the host'],
    [
      guest(domain(element('0x02')), domain(element('0x02'), element('0x03'))),
      { live: true, config: true },
      'the guest that runs and its definition',
      `it has ${NEXT}, 0000:03:00.0`,
    ],
    [guest(domain(element('0x01')), domain(element('0x03'))), { live: false, config: true }, "the guest's definition", 'it has 0000:03:00.0'],
    [guest(domain(element('0x02')), domain(element('0x01'))), { live: true, config: false }, 'the guest that runs', `it has ${NEXT}`],
  ])('that does not have it is refused: %#', (state, parts, where, hint) => {
    expect(refusal(() => planDetach(NAME, state, parts, { source: old }))).toBe(`hostdev-absent ${OLD}: web does not have ${OLD} in ${where} (${hint})`);
  });

  it('is shown with the place of what goes, of what runs before what is defined', () => {
    const shown = (state: GuestState, parts: { live: boolean; config: boolean }) =>
      planGuestDetach({ name: NAME, state, parts } as Parameters<typeof planGuestDetach>[0], { rest: [{ source: old }], unchanged: ['x'] }).shown;
    expect(shown(BOTH, { live: true, config: true })).toMatchObject({
      ...{ verb: 'detach', guest: 'web', uuid: 'u', state: 'running', unchanged: ['x'], notes: [], versions: null },
      functions: [{ address: OLD, guestAddress: '0000:05:00.0', uid: null, fid: null, live: true, config: true }],
    });
    expect(shown(BOTH, { live: false, config: true }).functions).toMatchObject([{ guestAddress: null, live: false, config: true }]);
    expect(shown(BOTH, { live: true, config: false }).functions).toMatchObject([{ guestAddress: '0000:05:00.0', live: true, config: false }]);
    expect(shown(BOTH, { live: true, config: true }).steps.map(({ what }) => what)).toEqual([
      `${OLD}: wait until the guest has let go`,
      `${OLD}: vfio-pci → its host driver, by libvirt`,
      `${OLD}: take out of the definition`,
    ]);
  });
});

describe('swapping a function', () => {
  const BOTH = guest(domain(element('0x01', 'yes', AT)), domain(element('0x01')));
  const exchange = { old, next };

  it('takes one out and puts the other one at its place, the definition first', () => {
    const change = planSwap(NAME, BOTH, exchange, 'igb');
    expect(change).toMatchObject({ verb: 'swap', before: { live: OLD, config: OLD, managed: 'yes', driver: 'igb' }, wanted: { live: NEXT, config: NEXT } });
    expect(told(change.steps)).toEqual([
      `detach ${OLD} from the definition  # another one takes its place`,
      `attach ${NEXT} to the definition  # at the same place, with the same ids`,
      `detach ${OLD} from the guest  # the guest has to let go of it`,
      `libvirt moves ${OLD} from vfio-pci to its host driver  # libvirt gives it back`,
      `libvirt moves ${NEXT} from igb to vfio-pci  # libvirt takes it for the guest`,
      `attach ${NEXT} to the guest  # at the same place, with the same ids`,
    ]);
    expect(told(change.undo)).toEqual([
      `detach ${NEXT} from the definition  # another one takes its place`,
      `attach ${OLD} to the definition  # at the same place, with the same ids`,
      `detach ${NEXT} from the guest  # the guest has to let go of it`,
      `libvirt moves ${NEXT} from vfio-pci to igb  # libvirt gives it back`,
      `attach ${OLD} to the guest  # at the same place, with the same ids`,
    ]);
    const texts = change.steps.flatMap((step) => (step.kind === 'attach' ? step.text : []));
    expect(texts).toEqual([element('0x02'), element('0x02', 'yes', AT)]);
    expect(change.undo.flatMap((step) => (step.kind === 'attach' ? step.text : []))).toEqual([element('0x01'), element('0x01', 'yes', AT)]);
  });

  it('touches only what has the one that goes, and moves nothing that libvirt does not', () => {
    const change = planSwap(NAME, guest(domain(element('0x01', 'no')), domain()), exchange, undefined);
    expect(change).toMatchObject({ before: { live: OLD, config: 'none', managed: 'no', configXml: null }, wanted: { live: NEXT, config: 'none' } });
    expect(change.before).not.toHaveProperty('driver');
    expect(told(change.steps).map((line) => line.split('  #')[0])).toEqual([`detach ${OLD} from the guest`, `attach ${NEXT} to the guest`]);
    const off = planSwap(NAME, guest(undefined, domain(element('0x01'))), exchange, undefined);
    expect(off).toMatchObject({ before: { live: 'none', config: OLD, managed: 'no', liveXml: null } });
  });

  it('goes on from where both are there, or where one part is unknown', () => {
    const change = planSwap(NAME, BOTH, exchange, undefined) as Transition;
    const lines = (from: State, to: State): string[] => told(swapSteps(change, from, to)).map((line) => line.split('  #')[0] ?? '');
    expect(lines({ live: null, config: `${OLD} ${NEXT}` }, { live: NEXT, config: NEXT })).toEqual([`detach ${OLD} from the definition`]);
    expect(lines({ live: OLD, config: 'none' }, { live: OLD, config: NEXT })).toEqual([`attach ${NEXT} to the definition`]);
    expect(lines({ live: OLD, config: OLD }, { live: OLD })).toEqual([]);
    expect(presentOf([OLD, NEXT], () => true)).toBe(`${OLD} ${NEXT}`);
    expect(presentOf([OLD, NEXT], (name) => name === NEXT)).toBe(NEXT);
    expect(presentOf([OLD, NEXT], () => false)).toBe('none');
  });

  it('needs an element that says which function it is', () => {
    const change = planSwap(NAME, BOTH, exchange, undefined) as Transition;
    const without = { ...change, before: { ...change.before, configXml: '<hostdev/>' } };
    expect(refusal(() => swapSteps(without, { config: OLD }, { config: NEXT }))).toBe(
      'source-invalid undefined: the device does not say which function it is (detach it and attach the other one)',
    );
    expect(refusal(() => swapSteps(reverse(without), { config: NEXT }, { config: OLD }))).toBeUndefined();
  });

  it.each<[string, GuestState, { old: typeof old; next: typeof next }, string | undefined]>([
    ['of one that it has', BOTH, exchange, undefined],
    ['of one that only its definition has', guest(domain(), domain(element('0x01'))), exchange, undefined],
    ['of one that only runs', guest(domain(element('0x01')), domain()), exchange, undefined],
    ['of one for itself', BOTH, { old, next: old }, `address-twice ${OLD}: ${OLD} is named twice (name the one that goes, then the one that comes)`],
    [
      'of one that it does not have',
      guest(domain(), domain()),
      exchange,
      `hostdev-absent ${OLD}: web does not have ${OLD} ('hostdev guests' shows what it has)`,
    ],
    [
      'for one that runs already',
      guest(domain(element('0x01'), element('0x02')), domain()),
      exchange,
      `hostdev-present ${NEXT}: web has ${NEXT} already (name another one)`,
    ],
    [
      'for one that is defined already',
      guest(domain(element('0x01')), domain(element('0x02'))),
      exchange,
      `hostdev-present ${NEXT}: web has ${NEXT} already (name another one)`,
    ],
  ])('%s', (_, state, what, line) => {
    expect(refusal(() => checkExchange(state, what))).toBe(line);
  });

  const [WITH_OLD, WITH_NEXT, WITH_BOTH] = [domain(element('0x01')), domain(element('0x02')), domain(element('0x01'), element('0x02'))];
  it.each<[string | undefined, string | undefined, boolean]>([
    [WITH_NEXT, WITH_NEXT, true],
    [undefined, WITH_NEXT, true],
    [WITH_NEXT, WITH_OLD, false],
    [WITH_OLD, WITH_NEXT, false],
    [WITH_NEXT, WITH_BOTH, false],
    [domain(), WITH_NEXT, false],
  ])('is done: %#', (live, config, done) => {
    expect(isSwapped(guest(live, config), exchange)).toBe(done);
  });

  it('moves a function where every element says that libvirt does', () => {
    const [yes, no] = [domain(element('0x01', 'yes')), domain(element('0x01', 'no'))];
    expect([guest(yes, yes), guest(yes, no), guest(no, yes), guest(undefined, yes), guest(domain(), domain())].map((state) => isManagedIn(state, old))).toEqual(
      [...[true, false, false, true, true]],
    );
  });

  it('is shown at the place of the one that goes, and as done where it is', () => {
    const change = planSwap(NAME, BOTH, exchange, 'igb');
    const shown = showSwap(BOTH, exchange, [change]);
    expect(shown).toMatchObject({ verb: 'swap', guest: 'web', uuid: 'u', state: 'running', unchanged: [], notes: [] });
    expect(shown.functions).toEqual([{ address: NEXT, guestAddress: '0000:05:00.0', uid: null, fid: null, live: true, config: true }]);
    expect(shown.steps.map(({ on, what, undo }) => `${on}: ${what} / ${undo}`)).toEqual([
      `definition: ${OLD}: take out of the definition / ${OLD}: put in again`,
      `definition: ${NEXT}: attach to the guest's definition at the same place, with the same ids / ${NEXT}: detach from the guest's definition`,
      `guest: ${OLD}: wait until the guest has let go / ${OLD}: attach again`,
      `host: ${OLD}: vfio-pci → its host driver, by libvirt / null`,
      `host: ${NEXT}: igb → vfio-pci, by libvirt / ${NEXT}: vfio-pci → igb`,
      `guest: ${NEXT}: attach to the guest that runs at the same place, with the same ids / ${NEXT}: detach from the guest that runs`,
    ]);
    expect(showSwap(guest(undefined, domain(element('0x01', 'yes', AT))), exchange, []).functions).toMatchObject([
      { guestAddress: '0000:05:00.0', live: false, config: true },
    ]);
    const done = guest(domain(element('0x02', 'yes', AT)), domain(element('0x02')));
    const place = { guestAddress: '0000:05:00.0', uid: null, fid: null };
    expect(alreadySwapped(done, exchange)).toEqual({
      ...{ verb: 'swap', guest: 'web', uuid: 'u', state: 'running', functions: [], unchanged: [NEXT], unchangedAt: { [NEXT]: place } },
      ...{ steps: [], notes: [], versions: null },
    });
  });
});

describe('a plan as it is shown', () => {
  const shown = (change: Partial<Change>, where?: (device: string) => string): string[] =>
    showChanges([{ verb: 'attach', subject: OLD, before: {}, wanted: {}, steps: [], undo: [], ...change } as Change], where).map(
      ({ on, what, undo }) => `${on}: ${what} / ${undo}`,
    );
  const attach = (on: 'guest' | 'definition' | 'guest and definition'): Step => ({ kind: 'attach', on, device: OLD, text: '', why: '' });
  const detach = (on: 'guest' | 'definition'): Step => ({ kind: 'detach', on, device: OLD, why: '' });
  it.each<[string, Partial<Change>, string[]]>([
    [
      'a function that we take',
      { verb: 'prepare', before: { driver: 'igb' }, wanted: { driver: 'vfio-pci' }, undo: [detach('guest')] },
      [`host: ${OLD}: igb → vfio-pci, by hostdev / ${OLD}: vfio-pci → igb`],
    ],
    [
      'a function that we take for good',
      { verb: 'prepare', before: {}, wanted: { driver: 'vfio-pci' } },
      [`host: ${OLD}: no driver → vfio-pci, by hostdev / null`],
    ],
    [
      'a function that we give back',
      { verb: 'release', before: { driver: 'vfio-pci' }, wanted: {} },
      [`host: ${OLD}: vfio-pci → its host driver, by hostdev / null`],
    ],
    [
      'a function that we give to nobody',
      { verb: 'release', before: { driver: 'vfio-pci' }, wanted: { driver: null } },
      [`host: ${OLD}: vfio-pci → no driver, by hostdev / null`],
    ],
    [
      'a device that comes to both',
      { steps: [attach('guest and definition')] },
      [`guest: ${OLD}: attach to the guest that runs and its definition as x / ${OLD}: detach from the guest that runs and its definition`],
    ],
    [
      'a device that comes to the definition',
      { steps: [attach('definition')] },
      [`definition: ${OLD}: attach to the guest's definition as x / ${OLD}: detach from the guest's definition`],
    ],
    [
      'a device that goes',
      { steps: [detach('guest'), detach('definition')] },
      [`guest: ${OLD}: wait until the guest has let go / null`, `definition: ${OLD}: take out of the definition / null`],
    ],
    [
      'a move from nowhere',
      { steps: [{ kind: 'move', address: OLD, from: null, to: 'vfio-pci', why: '' }] },
      [`host: ${OLD}: no driver → vfio-pci, by libvirt / ${OLD}: vfio-pci → no driver`],
    ],
    ['anything else', { steps: [{ kind: 'load', module: 'vfio', why: 'so' }] }, ['host: load the module vfio  # so / null']],
  ])('tells %s', (_, change, lines) => {
    expect(shown(change, () => ' as x')).toEqual(lines);
  });

  it('says nothing of places where none are known', () => {
    expect(shown({ steps: [attach('guest')] })).toEqual([`guest: ${OLD}: attach to the guest that runs / ${OLD}: detach from the guest that runs`]);
    expect(placeOf(undefined)).toEqual({ guestAddress: null, uid: null, fid: null });
    expect(placeOf({ pci: old, zpci: { uid: 7, fid: 0 } })).toEqual({ guestAddress: OLD, uid: 7, fid: 0 });
    expect([
      placeWords({ guestAddress: null, uid: 7, fid: 0 }),
      placeWords({ guestAddress: OLD, uid: null, fid: 0 }),
      placeWords({ guestAddress: OLD, uid: 7, fid: null }),
      placeWords({ guestAddress: OLD, uid: 7, fid: 0 }),
    ]).toEqual(['', ` as ${OLD}`, ` as ${OLD}`, ` as ${OLD}, uid 0x0007, fid 0x00000000`]);
  });

  it.each([
    ['running', false, true, ', at its next start'],
    ['paused', false, true, ', at its next start'],
    ['running', true, true, ''],
    ['running', true, false, ''],
    ['running', false, false, ''],
    ['shut off', false, true, ''],
    ['crashed', false, true, ''],
  ])('of a guest that is %s says when: live %s, config %s', (state, live, config, words) => {
    expect(whenWords({ state }, { live, config })).toBe(words);
  });

  it('is refused when what was agreed to is not so any more', () => {
    const plan = { guest: 'web' } as GuestPlan;
    expect(refusal(() => requireUnchanged(plan, { a: 1 }, { a: 1 }))).toBeUndefined();
    expect(refusal(() => requireUnchanged(plan, { a: 1 }, { a: 2 }))).toBe(
      'guest-changed web: web or the host has changed since the plan was shown; nothing was done (run the command again to see the new plan)',
    );
  });

  it('of what is attached has the facts by which it is found again', () => {
    const change = planAttach(NAME, { live: true, config: true }, { selector: { source: old }, text: '<x/>', presence: { live: 'no', config: 'no' } });
    expect(change).toMatchObject({ verb: 'attach', subject: `${OLD} in web`, before: { uri: 'qemu:///system', guest: 'u', name: 'web' } });
  });
});
