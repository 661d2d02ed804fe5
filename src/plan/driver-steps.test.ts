import { describe, expect, it } from 'vitest';
import { driverSteps, hasDriverState } from './driver-steps.ts';
import { judged } from '../../test/judged.ts';
import type { Change, Done } from './change.ts';
import { reportMoves } from './driver-change.ts';
import { planPrepare, planPrepares } from './prepare.ts';
import { planRelease } from './release.ts';
import { formatStep } from './step.ts';
import type { State } from './transition.ts';

const NAME = '0000:01:00.0';

/** The steps in few words: what is written where. */
const words = (from: State, to: State): string[] =>
  driverSteps(NAME, from, to).map((step) =>
    step.kind === 'write' ? `${step.path.replace(/^.*\//, '')} ${JSON.stringify(step.text)}: ${step.why}` : formatStep(step),
  );

const override = (driver: string): string => `driver_override ${JSON.stringify(driver)}: only ${driver} may take it from now on`;
const CLEAR = 'driver_override "\\n": any driver may take it again';
const unbind = (driver: string): string => `unbind ${JSON.stringify(NAME)}: ${driver} lets go of it`;
const probe = (who: string): string => `drivers_probe ${JSON.stringify(NAME)}: ${who} takes it`;
const VFIO = { driver: 'vfio-pci', override: 'vfio-pci' };

describe('the way of a function between drivers', () => {
  it.each<[string, State, State, string[]]>([
    ['from a host driver to vfio', { driver: 'nvme', override: null }, VFIO, [override('vfio-pci'), unbind('nvme'), probe('vfio-pci')]],
    ['from no driver to vfio', {}, VFIO, [override('vfio-pci'), probe('vfio-pci')]],
    ['to vfio where it is', VFIO, VFIO, []],
    ['to vfio where only the override is missing', { driver: 'vfio-pci', override: null }, VFIO, [override('vfio-pci')]],
    [
      'from vfio to another driver of vfio',
      VFIO,
      { driver: 'mlx5_vfio_pci', override: 'mlx5_vfio_pci' },
      [override('mlx5_vfio_pci'), unbind('vfio-pci'), probe('mlx5_vfio_pci')],
    ],
    ['back to the driver that it had', VFIO, { driver: 'nvme', override: null }, [CLEAR, unbind('vfio-pci'), probe('nvme')]],
    ['back to whichever wants it', VFIO, { override: null }, [CLEAR, unbind('vfio-pci'), probe('its host driver')]],
    ['back to none', VFIO, { driver: null, override: null }, [CLEAR, unbind('vfio-pci')]],
    ['to none where it is with none', { driver: null, override: null }, { driver: null, override: null }, []],
    [
      'back, with its interface up as it was',
      VFIO,
      { driver: 'igb', override: null, link: 'up' },
      [CLEAR, unbind('vfio-pci'), probe('igb'), `bring the network interface of ${NAME} up  # it was up before the function was taken`],
    ],
    ['back, with its interface down as it was', VFIO, { driver: 'igb', override: null, link: 'down' }, [CLEAR, unbind('vfio-pci'), probe('igb')]],
    // A host driver that has it keeps it.
    ['to one host driver where another one has it', { driver: 'nvme', override: 'vfio-pci' }, { driver: 'other', override: null }, [CLEAR]],
    ['to none where a host driver has it', { driver: 'nvme', override: null }, { driver: null, override: null }, []],
    ['to whichever where a host driver has it', { driver: 'nvme', override: 'vfio-pci' }, { override: null }, [CLEAR]],
    // An override that names a host driver is somebody else's.
    ['to vfio past the override of others', { driver: 'igb', override: 'igb' }, VFIO, [override('vfio-pci'), unbind('igb'), probe('vfio-pci')]],
    ['back past the override of others', { driver: 'vfio-pci', override: 'igb' }, { driver: 'igb', override: null }, [unbind('vfio-pci'), probe('igb')]],
    [
      'back to another driver than others name',
      { driver: 'vfio-pci', override: 'other' },
      { driver: 'igb', override: null },
      [override('igb'), unbind('vfio-pci'), probe('igb'), override('other')],
    ],
    [
      'to vfio, once, with no override left',
      { driver: 'igb', override: null },
      { driver: 'vfio-pci', override: null },
      [override('vfio-pci'), unbind('igb'), probe('vfio-pci'), CLEAR],
    ],
  ])('%s', (_, from, to, steps) => {
    expect(words(from, to)).toEqual(steps);
  });

  it('is written where the kernel has it', () => {
    expect(driverSteps(NAME, { driver: 'nvme' }, VFIO).map((step) => (step.kind === 'write' ? step.path : ''))).toEqual([
      `/sys/bus/pci/devices/${NAME}/driver_override`,
      `/sys/bus/pci/devices/${NAME}/driver/unbind`,
      '/sys/bus/pci/drivers_probe',
    ]);
  });

  it.each<[State, State, boolean]>([
    [VFIO, VFIO, true],
    [{ driver: 'vfio-pci', override: null }, VFIO, false],
    [{ driver: 'nvme', override: 'vfio-pci' }, VFIO, false],
    [{ driver: 'nvme' }, { driver: 'nvme', override: null }, true],
    [{ driver: 'nvme', override: 'nvme' }, { driver: 'nvme', override: null }, true],
    [{ driver: null }, { driver: null }, true],
    [{}, { driver: null }, true],
    [{ driver: 'nvme' }, {}, true],
    [{ driver: 'nvme', override: 'other' }, {}, true],
    [{ driver: 'nvme', override: 'vfio-pci' }, {}, false],
    [{ driver: 'vfio-pci' }, {}, false],
    [{ driver: null }, {}, false],
  ])('%j is where %j was wanted: %s', (now, to, there) => {
    expect(hasDriverState(now, to)).toBe(there);
  });
});

describe('a function', () => {
  const device = (driver: string | undefined, driverOverride?: string) => judged(NAME, { device: { driver, driverOverride } }).device;

  it.each<[string | undefined, string | undefined, State, object | undefined]>([
    ['igb', undefined, {}, undefined],
    ['igb', 'igb', {}, undefined],
    ['vfio-pci', 'vfio-pci', {}, { override: null, link: null }],
    ['mlx5_vfio_pci', undefined, {}, { override: null, link: null }],
    ['igb', 'vfio-pci', {}, { override: null, link: null }],
    [undefined, undefined, {}, { override: null, link: null }],
    ['vfio-pci', 'vfio-pci', { override: 'igb', link: 'up' }, { override: 'igb', link: 'up' }],
    ['vfio-pci', 'vfio-pci', { override: 'vfio-pci', link: 'down' }, { override: null, link: 'down' }],
    ['vfio-pci', 'vfio-pci', { override: null }, { override: null, link: null }],
  ])('with %s, override %s, taken from %j is released to %j', (driver, override_, taken, wanted) => {
    const change = planRelease(device(driver, override_), taken);
    expect(change?.wanted).toEqual(wanted);
    if (change !== undefined)
      expect(change).toMatchObject({ verb: 'release', subject: NAME, before: { driver: driver ?? null, override: override_ ?? null, link: null } });
  });

  it('is prepared unless it is with that driver, by whichever name; a module is loaded by the first that needs it', () => {
    const prepare = (driver: string | undefined, wanted: string, module?: string): Change | undefined =>
      planPrepare({ device: device(driver), link: 'up', driver: wanted, module });
    expect(prepare('vfio-pci', 'vfio-pci')).toBeUndefined();
    expect(prepare('vfio_pci', 'vfio-pci')).toBeUndefined();
    expect(prepare('mlx5_vfio_pci', 'vfio-pci')?.wanted).toEqual({ driver: 'vfio-pci', override: 'vfio-pci' });
    expect(prepare('igb', 'vfio-pci')).toMatchObject({ verb: 'prepare', before: { driver: 'igb', override: null, link: 'up' } });
    const facts = ['a', 'b', 'a', undefined].map((module) => ({ device: device('igb'), link: null, driver: 'vfio-pci', module }));
    const loads = planPrepares(facts).map((change) => change?.steps.flatMap((step) => (step.kind === 'load' ? [step.module] : [])));
    expect(loads).toEqual([['a'], ['b'], [], []]);
    expect(planPrepares([{ device: device('vfio-pci'), link: null, driver: 'vfio-pci', module: 'a' }])).toEqual([undefined]);
  });

  it('is reported as it is planned, or as it was done', () => {
    const change = planPrepare({ device: device('igb'), link: null, driver: 'vfio-pci', module: undefined }) as Change;
    const rule = { ...change, steps: [{ kind: 'load', module: 'x', why: '' }] } as Change;
    const [moved, stays] = [
      { device: device('igb'), change, rule, todo: ['t'] },
      { device: device('vfio-pci'), change: undefined, todo: [] },
    ];
    const took = new Map([[NAME, { by: 'anna', since: 'then', before: {} }]]);
    expect(reportMoves([moved, stays], { done: undefined, took })).toEqual([
      { address: NAME, before: 'igb', after: 'vfio-pci', changed: true, steps: [...change.steps, ...rule.steps], todo: ['t'], taken: null },
      { address: NAME, before: 'vfio-pci', after: 'vfio-pci', changed: false, steps: [], todo: [], taken: took.get(NAME) },
    ]);
    const done: Done[] = [{ change, after: { driver: 'other' }, warnings: [new Error('it is down')] }];
    expect(reportMoves([moved, stays], { done, took: new Map() })).toMatchObject([
      { after: 'other', todo: ['t', `bring the interface of ${NAME} up  # it is down`], taken: null },
      { changed: false, taken: null },
    ]);
    expect(reportMoves([moved], { done: [], took })).toEqual([]);
    expect(reportMoves([{ ...moved, change: { ...change, steps: [] } }], { done: [], took })).toHaveLength(1);
  });
});
