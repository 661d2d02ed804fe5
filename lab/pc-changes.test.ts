/** Changes of a PC that has no more than they need: every change looks at the whole host several times, and is quick where that is small. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { casesFor } from '../test/conformance/host-suite.ts';
import { describeUnless } from '../test/skip.ts';
import { killAtPoints } from './crash/at-points.ts';
import { PC_PLACES, PC_ROOMS } from './crash/places.ts';
import type { LabHost } from './machine/running.ts';
import { bootPc } from './pc/host.ts';
import { labReason } from './reason.ts';

const MACHINE = {
  ...{ free: '0000:04:00.0', freeDriver: 'e1000e', other: '0000:03:00.0', otherDriver: 'nvme' },
  pf: { address: '0000:02:00.0', vfDriver: 'igbvf', netdev: true },
  hears: true as const,
};
const CASES = casesFor(MACHINE);

describeUnless(await labReason('pc-host'), 'changes of an emulated PC host', () => {
  let host: LabHost;
  beforeAll(async () => {
    host = await bootPc({ root: 'plain', places: PC_ROOMS });
  });
  afterAll(async () => host?.stop());

  it(`pass the ${CASES.length} cases of the conformance suite that the fake kernel passes`, async () => {
    expect(await host.tells('conformance', [JSON.stringify(MACHINE)])).toEqual(CASES.map(({ title }) => `ok ${title}`));
  });

  it('leave everything in its old or new state when they are killed behind each kind of step, and before one of each kind', async () => {
    // Each kind of step is in one of these; every step of every change: npm run soak.
    await killAtPoints(host, { scope: 'kinds', places: PC_PLACES, changes: ['prepare', 'vf-create', 'persist'] });
  });
});
