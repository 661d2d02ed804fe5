/** The page says of every kind of function what the commands say: the same words, the same refusals, the same evidence, and what force loses. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Machine } from '../../src/cli/machine.ts';
import type { Plan } from '../../src/server/api/plan.ts';
import type { ProblemDetails } from '../../src/server/api/problem-details.ts';
import type { Wish } from '../../src/server/api/wishes.ts';
import { bareMachine } from '../bare-machine.ts';
import { hostdev, itemsOf } from '../capture.ts';
import { type Kind, KINDS, machineWithEveryKind } from '../verdicts/kinds-of-functions.ts';
import { openServer, type ServerScene } from './scene.ts';

let scene: ServerScene;
let machine: Machine;
beforeAll(async () => {
  scene = await openServer({ machine: machineWithEveryKind() });
  const uri = `qemu+unix:///system?socket=${scene.libvirt.socket}`;
  machine = { ...bareMachine([], { stateDirectory: scene.stateDirectory, libvirtUri: uri }), context: async () => scene.context };
});
afterAll(() => scene.end());

interface Printed {
  readonly problems: readonly { readonly severity: string }[];
}

/** Problems of a command's dry run. */
async function problemsOf(...words: string[]): Promise<readonly unknown[]> {
  const { stdout } = await hostdev([...words, '--dry-run', '--json'], '', machine);
  return (JSON.parse(stdout) as Printed).problems.filter(({ severity }) => severity === 'error');
}

describe.each(Object.entries(KINDS) as [Kind, string][])('a function that is %s', (kind, address) => {
  const isThere = kind === 'absent' ? [] : [address];
  it.each(isThere)('%s has the verdict of list, check and show', async () => {
    const { function: row, details, check } = (await scene.ask('GET', `/functions/${address}`)).json<Record<string, { verdict: string }>>();
    expect(row).toEqual(itemsOf<{ hostAddress: string }>(await hostdev(['list', '--json'], '', machine)).find(({ hostAddress }) => hostAddress === address));
    expect(check).toEqual(itemsOf(await hostdev(['check', address, '--json'], '', machine))[0]);
    expect(details).toEqual(itemsOf(await hostdev(['show', address, '--json'], '', machine))[0]);
  });

  it.each([
    ['prepare', { verb: 'prepare', functions: [address] }, ['prepare', address]],
    ['attach to what runs', { verb: 'attach', guest: 'pc', functions: [address], scope: 'live' }, ['attach', 'pc', address, '--live']],
    ['attach to a definition', { verb: 'attach', guest: 'pc', functions: [address], scope: 'config' }, ['attach', 'pc', address, '--config']],
  ] as const)('is refused by %s as the command refuses it, with the evidence, or is not', async (_, wish, words) => {
    const reply = await scene.ask('POST', '/plans', wish);
    const printed = await problemsOf(...words);
    if (reply.status === 201) {
      expect(printed).toEqual([]);
      return;
    }
    const { problems, evidence, code, subject } = reply.json<ProblemDetails>();
    expect(problems).toEqual(printed);
    const uses = itemsOf<{ hostAddress: string; evidence: string[] }>(await hostdev(['list', '--json'], '', machine)).find(
      ({ hostAddress }) => hostAddress === subject,
    )?.evidence;
    if (code === 'function-in-use') expect(evidence).toEqual(uses);
  });
});

describe('what force loses', () => {
  it('is in the plan before anything is lost, as the command says it', async () => {
    const reply = await scene.ask('POST', '/plans', { verb: 'attach', guest: 'pc', functions: [KINDS.storage], scope: 'config', force: true });
    expect(reply.status).toBe(201);
    const { losses, command } = reply.json<Plan>();
    expect(command).toBe(`hostdev attach pc ${KINDS.storage} --config --force --yes`);
    const { stdout } = await hostdev(['attach', 'pc', KINDS.storage, '--config', '--force', '--dry-run', '--json'], '', machine);
    expect(losses.length).toBeGreaterThan(0);
    expect((JSON.parse(stdout) as Printed).problems).toEqual(expect.arrayContaining([...losses]));
    expect(losses[0]?.message).toContain('nvme0n1');
  });

  it('and what else is in the group is named as the list names it, with whether it must go, until it goes along', async () => {
    const listed = itemsOf<{ hostAddress: string; companions: readonly { hostAddress: string; className: string; mustGo: boolean; uses: string[] }[] }>(
      await hostdev(['list', '--json'], '', machine),
    );
    const alone = await scene.plan({ verb: 'attach', guest: 'pc', functions: [KINDS.companions], scope: 'config', force: true });
    const mates = listed.find(({ hostAddress }) => hostAddress === KINDS.companions)?.companions ?? [];
    expect(mates).toMatchObject([{ hostAddress: KINDS.companion, mustGo: true }]);
    expect(alone.companions).toEqual(mates.map(({ hostAddress, className, mustGo, uses }) => ({ hostAddress, className, mustGo, uses })));
    const both = await scene.plan({ verb: 'attach', guest: 'pc', functions: [KINDS.companions, KINDS.companion], scope: 'config' });
    expect(both.companions).toEqual([]);
    const whole = await scene.plan({ verb: 'prepare', functions: [KINDS.companions], group: true });
    expect(whole.changes.map(({ subject }) => subject)).toEqual([KINDS.companions, KINDS.companion]);
    expect(whole.companions).toEqual([]);
  });

  it.each<[string, Wish, boolean]>([
    ['says so where force takes it', { verb: 'prepare', functions: [KINDS.storage] }, true],
    ['says so of a wish file of what force takes', { verb: 'apply', text: `formatVersion: 1\nfunctions: [{ function: "${KINDS.storage}" }]\n` }, true],
    ['says no where a guest holds it', { verb: 'attach', guest: 'pc', functions: [KINDS.held], scope: 'live' }, false],
    ['says no where it can never be given', { verb: 'prepare', functions: [KINDS.bridge] }, false],
    ['says no where the command has no force', { verb: 'release', functions: [KINDS.held] }, false],
    ['says no where it was forced already', { verb: 'attach', guest: 'pc', functions: [KINDS.held], scope: 'live', force: true }, false],
    ['says so of what only the next start of a guest needs', { verb: 'attach', guest: 'pc', functions: [KINDS.companions], scope: 'config' }, true],
  ])('a refusal %s', async (_, wish, forcible) => {
    const reply = await scene.ask('POST', '/plans', wish);
    expect(reply.status).toBeGreaterThanOrEqual(400);
    expect(reply.json<ProblemDetails>().forcible).toBe(forcible);
    if (forcible) expect((await scene.ask('POST', '/plans', { ...wish, force: true })).status).toBe(201);
  });
});
