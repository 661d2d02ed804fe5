/** The part of a wish that is made before libvirt runs. */
import { describe, expect, it } from 'vitest';
import { bareMachine } from '../bare-machine.ts';
import { hostdev, itemsOf } from '../capture.ts';
import { FUNCTIONS } from './wishes.ts';

const WISH = `formatVersion: 1
functions: [{ function: "0007:00:00.0" }]
pools: [{ network: fast, functions: ["0000:02:00.0"] }]
guests: [{ guest: web, hostdevs: [{ function: "0007:00:00.0" }] }]
`;

/** Nobody listens where its libvirt would be. */
const run = (...words: string[]) => hostdev([...words, '--json', '-f', '-'], WISH, bareMachine(FUNCTIONS));

describe('--host-only', () => {
  it.each(['diff', 'apply'])('of %s looks at the host alone: a libvirt that does not run is not asked', async (command) => {
    const words = command === 'apply' ? [command, '--dry-run'] : [command];
    expect(await run(...words)).toMatchObject({ status: 1 });
    const said = await run(...words, '--host-only');
    expect(said.status).toBe(3);
    expect(itemsOf(said)).toMatchObject([{ verb: 'prepare', subject: '0007:00:00.0' }]);
  });

  it('is made, and is so when it is asked for again', async () => {
    const machine = bareMachine(FUNCTIONS);
    const apply = () => hostdev(['apply', '--yes', '--host-only', '--json', '-f', '-'], WISH, machine);
    expect(JSON.parse((await apply()).stdout)).toMatchObject({ exitStatus: 0, changed: true });
    expect(JSON.parse((await apply()).stdout)).toMatchObject({ exitStatus: 0, changed: false, items: [] });
  });

  it.each(['diff', 'apply'])('of %s goes with no --prune, which would have to know what guests have', async (command) => {
    const { status, stdout } = await run(command, '--host-only', '--prune');
    expect(status).toBe(2);
    expect(JSON.parse(stdout)).toMatchObject({ problems: [{ code: 'option-conflict' }] });
  });
});
