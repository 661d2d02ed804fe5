/** The hosts of the planner's examples are those of the documents, as `hostdev snapshot` tells them. */
import { describe, expect, it } from 'vitest';
import { hostdev } from '../capture.ts';
import { RECIPES, startMachine } from '../documents/machines.ts';

describe('hosts of the examples', () => {
  it.each(['z', 'pc'])('%s is what hostdev snapshot prints there', async (name) => {
    const recipe = RECIPES[name];
    if (recipe === undefined) throw new Error(`there is no machine ${name}`);
    const machine = await startMachine(recipe);
    try {
      const { stdout } = await hostdev(['snapshot'], '', machine.as('root'));
      // When, and who took it on which machine, are this run's own.
      const snapshot: object = { ...JSON.parse(stdout), made: '2026-11-26T12:00:00.000Z', reader: { uid: 0, byteOrder: 'little' } };
      await expect(`${JSON.stringify(snapshot)}\n`).toMatchFileSnapshot(`../../src/web/planner/examples/${name}.json`);
    } finally {
      await machine.stop();
    }
  });
});
