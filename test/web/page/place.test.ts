/** The address of the page leads back to where one was. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { FLEET_PARTS, formatPlace, LAYOUTS, parsePlace, type Place, START, VIEWS } from '../../../src/web/page/place/place.ts';

const text = fc.string({ minLength: 1 });
const flow = fc.oneof(
  fc.constant(null),
  fc.record({ step: fc.constantFrom('choose' as const, 'check' as const), wish: text }),
  fc.record({ step: fc.constant('plan' as const), plan: text, wish: text }, { requiredKeys: ['step', 'plan'] }),
  fc.record({ step: fc.constant('operation' as const), operation: text }),
);
const place: fc.Arbitrary<Place> = fc.record({
  ...{ view: fc.constantFrom(...VIEWS), flow, open: fc.option(text), layout: fc.constantFrom(...LAYOUTS), search: fc.string() },
  ...{ verdict: fc.constantFrom(null, 'free' as const, 'in use' as const, 'standby' as const), classWord: fc.option(text), guest: fc.option(text) },
  toggled: fc.array(text),
  fleet: fc.record({
    ...{ part: fc.constantFrom('', ...FLEET_PARTS), class: fc.string(), vendor: fc.string(), device: fc.string(), numa: fc.string(), free: fc.string() },
    ...{ on: fc.string(), for: fc.string(), state: fc.string() },
  }),
});

test('every place is found again by its fragment', () => {
  fc.assert(fc.property(place, (given) => void expect(parsePlace(formatPlace(given))).toEqual(given)));
});

test('no fragment throws, whoever wrote it', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (fragment) => void expect(VIEWS).toContain(parsePlace(`#${fragment}`).view)),
    { numRuns: 30 },
  );
});

test.each([
  ['', {}],
  ['#/nowhere', {}],
  ['#/host?verdict=wrong&as=circle', {}],
  ['#/host/choose', {}],
  ['#/guests?open=db1', { view: 'guests', open: 'db1' }],
  ['#/activity/operation/o1', { view: 'activity', flow: { step: 'operation', operation: 'o1' } }],
  ['#/fleet?fleet-part=functions&fleet-on=kvm1&fleet-colour=red', { view: 'fleet', fleet: { ...START.fleet, part: 'functions', on: 'kvm1' } }],
  ['#/host/plan/%E0%A4%A', { flow: { step: 'plan', plan: '%E0%A4%A' } }],
])('%s leads to what it says, and what it does not know is left out', (fragment, differs) => {
  expect(parsePlace(fragment)).toEqual({ ...START, ...differs });
});
