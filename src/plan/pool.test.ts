import { describe, expect, it } from 'vitest';
import { heldBy, judged, on } from '../../test/judged.ts';
import type { NetworkPool } from '../domain/network-pool.ts';
import { formatPciAddress, pciAddress } from '../pci/address.ts';
import type { GuestState } from '../state/guest-state.ts';
import { checkPoolName, handsOutSame, planPool, poolLosses, poolMembers, poolRefusals } from './pool.ts';
import { isPoolThere, planPoolCreate, planPoolRemove, type PoolState, poolSteps, unchangedPool } from './pool-steps.ts';
import { refusalToRemovePool } from './pool-users.ts';
import { formatStep } from './step.ts';
import { reverse } from './transition.ts';

const PF = '0000:02:00.0';
const VFS = ['0000:02:10.0', '0000:02:10.2'];
const address = (slot: number, fn: number) => pciAddress(0, 2, slot, fn);
const VF_ADDRESSES = [address(0x10, 0), address(0x10, 2)];
const physical = judged(PF, { device: { sriov: { totalVfs: 7, numVfs: 2, virtualFunctions: VF_ADDRESSES }, netdevs: ['eth0', 'eth1'] } });
const virtual = VFS.map((name) => judged(name, { device: { physicalFunction: address(0, 0) } }));
const ALL = [physical, ...virtual, judged('0000:03:00.0')];
const names = (all: readonly { device: { address: Parameters<typeof formatPciAddress>[0] } }[]): string[] =>
  all.map(({ device }) => formatPciAddress(device.address));

describe('what a pool is made of', () => {
  it('is a physical function, by its interface, for all virtual ones', () => {
    const { source, members } = planPool([physical.device], ALL);
    expect([source, names(members)]).toEqual([{ physicalInterface: 'eth0' }, VFS]);
  });

  it('is virtual functions, one by one', () => {
    const chosen = virtual.map(({ device }) => device);
    const { source, members } = planPool(chosen, ALL);
    expect([source, names(members)]).toEqual([{ functions: VF_ADDRESSES }, VFS]);
  });

  const alone = ALL[3]?.device as (typeof physical)['device'];
  it.each([
    [
      'a physical function without an interface',
      [{ ...physical.device, netdevs: [] }],
      `${PF} has no network interface, by which libvirt finds its virtual functions`,
      'name the virtual functions one by one',
    ],
    ['any other function', [alone], '0000:03:00.0 is no virtual function', 'a pool hands out virtual functions: name one physical function, or virtual ones'],
    [
      'a physical function and a virtual one',
      [physical.device, ...virtual.map(({ device }) => device)],
      `${PF} is no virtual function`,
      'a pool hands out virtual functions: name one physical function, or virtual ones',
    ],
    [
      'a virtual function whose physical one is elsewhere',
      [{ ...alone, physicalFunction: address(9, 0) }],
      '0000:03:00.0 is no virtual function',
      'a pool hands out virtual functions: name one physical function, or virtual ones',
    ],
  ])('is not %s', (_, chosen, message, hint) => {
    expect(() => planPool(chosen, ALL)).toThrow(expect.objectContaining({ code: 'sriov-missing', message, hint }) as Error);
  });

  const pool = (told: Partial<NetworkPool>): NetworkPool => ({ physicalInterfaces: [], functions: [], managed: true, connections: 0, ...told }) as NetworkPool;
  it.each<[string, Partial<NetworkPool>, Parameters<typeof handsOutSame>[1], boolean]>([
    ['by the same interface', { physicalInterfaces: ['eth0'], functions: VF_ADDRESSES }, { physicalInterface: 'eth0' }, true],
    ['by another interface', { physicalInterfaces: ['eth1'] }, { physicalInterface: 'eth0' }, false],
    ['by more interfaces', { physicalInterfaces: ['eth0', 'eth1'] }, { physicalInterface: 'eth0' }, false],
    ['by no interface', {}, { physicalInterface: 'eth0' }, false],
    ['by the same interface, unmanaged', { physicalInterfaces: ['eth0'], managed: false }, { physicalInterface: 'eth0' }, false],
    ['by the same functions in another order', { functions: VF_ADDRESSES.toReversed() }, { functions: VF_ADDRESSES }, true],
    ['by fewer functions', { functions: VF_ADDRESSES.slice(1) }, { functions: VF_ADDRESSES }, false],
    ['by more functions', { functions: VF_ADDRESSES }, { functions: VF_ADDRESSES.slice(1) }, false],
    ['by one other function', { functions: [address(0x10, 0), address(0x10, 4)] }, { functions: VF_ADDRESSES }, false],
    ['by the same functions and an interface', { functions: VF_ADDRESSES, physicalInterfaces: ['eth0'] }, { functions: VF_ADDRESSES }, false],
  ])('is the same %s: %#', (_, there, source, same) => {
    expect(handsOutSame(pool(there), source)).toBe(same);
  });

  it('are the functions it names and those behind its interfaces, each once, as far as the host has them', () => {
    expect(names(poolMembers(pool({ functions: [address(0x10, 2), address(9, 0)], physicalInterfaces: ['eth1'] }), ALL))).toEqual(VFS.toReversed());
    expect(names(poolMembers(pool({ physicalInterfaces: ['eth7'] }), ALL))).toEqual([]);
  });

  it('is refused for what the host uses of it, not for what a guest holds: that is what it is for', () => {
    const members = [
      judged(VFS[0] ?? '', { verdict: 'held', evidence: [heldBy('web')] }),
      judged(VFS[1] ?? '', { verdict: 'in use', evidence: [on('eth3', 'default route')] }),
      judged('0000:03:00.0', { verdict: 'not assignable', evidence: [{ kind: 'bridge', chain: ['it is a bridge'] }] }),
    ];
    expect(poolRefusals(members).map(({ code, subject }) => `${code} ${subject}`)).toEqual([
      `function-in-use ${VFS[1]}`,
      'function-not-assignable 0000:03:00.0',
    ]);
    expect(poolLosses(members).map(({ code, subject }) => `${code} ${subject}`)).toEqual([`function-in-use ${VFS[1]}`]);
  });

  it.each(['vfs', 'a.b-c_D9', 'x'.repeat(50)])('may be called %s', (name) => {
    expect(() => checkPoolName(name)).not.toThrow();
  });

  it.each(['', 'a b', 'a/b', 'x'.repeat(51), 'é'])('may not be called %j', (name) => {
    expect(() => checkPoolName(name)).toThrow(
      expect.objectContaining({ code: 'usage', message: `'${name}' is no name for a network`, hint: 'use letters, digits, dots and dashes' }) as Error,
    );
  });
});

describe('the steps of a pool', () => {
  const ORDER = { uri: 'qemu:///system', name: 'vfs', uuid: 'u', xml: '<network/>', autostart: true };
  const told = (steps: readonly Parameters<typeof formatStep>[0][]): string[] => steps.map(formatStep);

  it('make it, and take away what was made', () => {
    const change = planPoolCreate(ORDER);
    expect(change).toMatchObject({
      ...{ verb: 'pool create', subject: 'vfs', before: { pool: 'absent', uri: 'qemu:///system', uuid: 'u' } },
      wanted: { pool: 'active', xml: '<network/>', autostart: 'yes' },
    });
    expect(told(change.steps)).toEqual([
      'define the network vfs  # libvirt knows it',
      'autostart the network vfs  # it is started with the host',
      'start the network vfs  # it hands out functions',
    ]);
    expect(change.steps[0]).toMatchObject({ text: '<network/>' });
    expect(told(change.undo)).toEqual(['stop the network vfs  # it hands out nothing any more', 'undefine the network vfs  # libvirt forgets it']);
    expect(planPoolCreate({ ...ORDER, autostart: false })).toMatchObject({ wanted: { autostart: 'no' } });
    expect(told(planPoolCreate({ ...ORDER, autostart: false }).steps)).toHaveLength(2);
  });

  it.each([
    [true, true, 'active', ['stop', 'undefine'], ['define', 'autostart', 'start']],
    [true, false, 'active', ['stop', 'undefine'], ['define', 'start']],
    [false, true, 'defined', ['undefine'], ['define', 'autostart']],
    [false, false, 'defined', ['undefine'], ['define']],
  ])('take one away that is active: %s, started with its host: %s', (active, autostart, state, steps, undo) => {
    const change = planPoolRemove({ ...ORDER, autostart, active });
    const actions = (all: readonly object[]): unknown[] => all.map((step) => (step as { action?: string }).action);
    expect(change).toMatchObject({
      verb: 'pool remove',
      before: { pool: state, xml: '<network/>', autostart: autostart ? 'yes' : 'no' },
      wanted: { pool: 'absent' },
    });
    expect([actions(change.steps), actions(change.undo)]).toEqual([steps, undo]);
    expect((change.undo[0] as { text?: string }).text).toBe('<network/>');
  });

  it.each<[PoolState, PoolState, string[]]>([
    ['absent', 'absent', []],
    ['absent', 'defined', ['define', 'autostart']],
    ['absent', 'active', ['define', 'autostart', 'start']],
    ['defined', 'active', ['autostart', 'start']],
    ['active', 'defined', ['stop']],
    ['active', 'absent', ['stop', 'undefine']],
    ['defined', 'absent', ['undefine']],
    ['foreign', 'active', []],
    ['foreign', 'absent', []],
  ])('lead from %s to %s: %j', (from, to, actions) => {
    const change = planPoolCreate(ORDER);
    for (const each of [change, reverse(change)]) {
      expect(poolSteps(each, { pool: from }, { pool: to }).map((step) => (step as { action?: string }).action)).toEqual(actions);
    }
  });

  it.each<[PoolState, PoolState, boolean]>([
    ['active', 'active', true],
    ['defined', 'active', false],
    ['foreign', 'absent', true],
    ['foreign', 'active', false],
    ['absent', 'absent', true],
  ])('%s is where %s was wanted: %s', (now, to, there) => {
    expect(isPoolThere({ pool: now }, { pool: to })).toBe(there);
  });

  it('are none where it is so already', () => {
    expect(unchangedPool('vfs', '<network/>')).toEqual({
      ...{ verb: 'pool create', subject: 'vfs', before: { pool: 'active' }, wanted: { pool: 'active', xml: '<network/>' } },
      ...{ steps: [], undo: [] },
    });
  });
});

describe('a pool that somebody uses', () => {
  const domain = (...devices: string[]): string => `<domain><devices>${devices.join('')}</devices></domain>`;
  const NAMED = "<interface type='network'><source network='vfs'/></interface>";
  const OTHER = "<interface type='network'><source network='default'/></interface>";
  const GIVEN = "<hostdev mode='subsystem' type='pci'><source><address domain='0x0000' bus='0x02' slot='0x10' function='0x2'/></source></hostdev>";
  const guest = (name: string, live: string | undefined, config: string | undefined): Pick<GuestState, 'ref' | 'live' | 'config'> => ({
    ref: { name, uuid: name, id: 1 },
    ...{ live, config },
  });
  const pool = (connections: number | undefined): NetworkPool =>
    ({ physicalInterfaces: [], functions: VF_ADDRESSES, managed: true, connections }) as NetworkPool;
  const refusal = (active: boolean, connections: number | undefined, ...guests: ReturnType<typeof guest>[]) => {
    const found = refusalToRemovePool({ name: 'vfs', active, pool: pool(connections) }, guests);
    return found === undefined ? undefined : `${found.isForcible ? 'forcible: ' : ''}${found.problem.message} (${found.problem.hint})`;
  };
  const running = (who: string, hint: string): string =>
    `the pool vfs is in use by guests that run: ${who} ('hostdev guests' shows what each has; take it out: hostdev detach ${hint} --mac MAC)`;
  const defined = (who: string): string =>
    `forcible: the pool vfs is in the definitions of guests: ${who} (without it they do not start: change their definitions first; --force takes it away all the same)`;

  it.each<[string, string | undefined, string | undefined]>([
    ['by nobody', refusal(true, 0, guest('web', domain(OTHER), domain(OTHER))), undefined],
    [
      'by guests that name it and run',
      refusal(true, 2, guest('web', domain(NAMED), domain()), guest('db', domain(NAMED), undefined)),
      running('db, web', 'db'),
    ],
    ['by a guest that has a function of it', refusal(true, 1, guest('web', domain(GIVEN), undefined)), running('web', 'web')],
    ['by nobody where one has its function by address', refusal(true, undefined, guest('web', domain(GIVEN), undefined)), undefined],
    ['by nobody while it is not active', refusal(false, 1, guest('web', domain(GIVEN), undefined)), undefined],
    ['by somebody whom libvirt does not name', refusal(true, 3), running('3 that libvirt does not name here', 'GUEST')],
    ['by definitions', refusal(true, 0, guest('web', undefined, domain(NAMED)), guest('db', domain(), domain(NAMED))), defined('db, web')],
    ['by a definition while it is not active', refusal(false, undefined, guest('web', undefined, domain(NAMED))), defined('web')],
  ])('%s', (_, is, told) => {
    expect(is).toBe(told);
  });
});
