/** Somebody who changes the host between what a wish has made and what undoes it. */
import { describe, expect, it } from 'vitest';
import { prepareFunctions } from '../../src/app/prepare.ts';
import { planRecoveries, recoverChanges } from '../../src/app/recover-changes.ts';
import { readStatus } from '../../src/app/status.ts';
import { type HostdevError, unlessRefused } from '../../src/errors.ts';
import { parsePciAddress } from '../../src/pci/notation.ts';
import type { DesiredState } from '../../src/wish/wish.ts';
import { context, link, onZ, port, running, stateDirectory, useGuests } from '../guests.ts';
import { applyOn, FUNCTIONS, killedIn, mortal, wishOf } from './wishes.ts';

useGuests(FUNCTIONS);

const RULE = '/etc/udev/rules.d/10-hostdev-0007-00-00-0.rules';
const PF = '/sys/bus/pci/devices/0000:02:00.0/sriov_numvfs';
const VF = '0000:02:10.0';
const KEPT = 'functions: [{ function: "0007:00:00.0", persist: true }, { function: "0008:00:00.0" }]\n';
const SET = 'virtualFunctions: [{ physicalFunction: "02:00.0", numVfs: 2, settings: [{ index: 0, vlan: 7 }] }]\n';
const NEXT = { dryRun: false } as const;

const editRule = async (): Promise<void> => {
  await port.replaceFile(RULE, `${port.files.get(RULE)}# and mine\n`);
};
const setVlan = async (): Promise<void> => void (await port.run('ip', ['link', 'set', 'dev', 'eno1', 'vf', '0', 'vlan', '9']));
const settings = async (): Promise<unknown> => JSON.parse(await port.run('ip', ['-j', '-d', 'link', 'show', 'dev', 'eno1']));

interface Case {
  readonly text: string;
  readonly act: () => Promise<void>;
  /** Of what is not undone: what is said, and how it stays. */
  readonly kept: readonly string[];
  readonly stays: () => Promise<void>;
}

const CASES: readonly (readonly [string, Case])[] = [
  [
    'a rule that somebody has edited',
    {
      text: KEPT,
      act: editRule,
      kept: ['0007:00:00.0 is not as it was left: there is rule with another text'],
      stays: async () => {
        expect(port.files.get(RULE)).toMatch(/# and mine\n$/);
        expect(['0007:00:00.0', '0008:00:00.0'].map((name) => port.driverOf(name))).toEqual(['nvme', 'xhci_hcd']);
      },
    },
  ],
  [
    'a setting that somebody has set, with the virtual function that has it',
    {
      text: KEPT + SET,
      act: setVlan,
      kept: [`${VF} is not as it was left: there is vlan 9`, `0000:02:00.0 stays as it was left: ${VF}, which somebody has changed again, would go with it`],
      stays: async () => {
        expect(JSON.stringify(await settings())).toContain('"vlan":9');
        expect(port.driverOf('0007:00:00.0')).toBe('nvme');
        expect(port.files.get(RULE)).toBeUndefined();
      },
    },
  ],
  [
    'a number of virtual functions that somebody has made another one',
    {
      text: 'virtualFunctions: [{ physicalFunction: "02:00.0", numVfs: 2 }]\nfunctions: [{ function: "0007:00:00.0", persist: true }]\n',
      act: async () => {
        await port.write(PF, '0');
        await port.write(PF, '3');
      },
      kept: ['0000:02:00.0 is not as it was left: there is count 3'],
      stays: async () => {
        expect(new TextDecoder().decode(await port.read(PF))).toBe('3\n');
        expect(port.driverOf('0007:00:00.0')).toBe('nvme');
      },
    },
  ],
  [
    'a function that somebody has given another driver',
    {
      text: KEPT,
      act: async () => {
        const at = '/sys/bus/pci/devices/0008:00:00.0';
        await port.write(`${at}/driver/unbind`, '0008:00:00.0');
        await port.write(`${at}/driver_override`, 'nvme');
        await port.write('/sys/bus/pci/drivers_probe', '0008:00:00.0');
      },
      kept: ['0008:00:00.0 is not as it was left: there is driver nvme, override nvme'],
      stays: async () => {
        expect(['0007:00:00.0', '0008:00:00.0'].map((name) => port.driverOf(name))).toEqual(['nvme', 'nvme']);
        expect(port.files.get(RULE)).toBeUndefined();
      },
    },
  ],
];

const withGuest = (text: string): DesiredState => wishOf(`${text}guests: [{ guest: web, hostdevs: [{ function: "0031:00:00.0" }] }]\n`);
const REFUSED = { live: 'operation failed: no' };

/** The state directory of a process that is killed as it begins with the guest, which is the last part of all. */
async function killedAtGuest(text: string): Promise<string> {
  const guest = running(onZ('web'));
  const trial = await mortal({ at: Number.MAX_SAFE_INTEGER, how: 'fails' });
  let calls = 0;
  guest.failAttach = REFUSED;
  guest.readies = async () => {
    calls = trial.count();
  };
  await applyOn(trial.port, trial.link, withGuest(text)).catch(unlessRefused);
  await trial.link.close();
  guest.failAttach = {};
  guest.readies = async () => undefined;
  const left = await killedIn(await mortal({ at: calls, how: 'killed before' }), withGuest(text));
  if (left === undefined) throw new Error('it was not killed');
  return left;
}

describe('what somebody has changed since', () => {
  it.each(CASES)('is left by recover, and named, as that is planned; then the host may be changed again: %s', async (_, { text, act, kept, stays }) => {
    const left = await killedAtGuest(text);
    await act();
    const planned = await planRecoveries(context(), left);
    const recovered = await recoverChanges(context(), left);
    const overtaken = recovered.filter(({ outcome }) => outcome === 'overtaken');
    expect(overtaken.map(({ reason }) => reason)).toEqual(kept.map((each) => expect.stringContaining(each) as string));
    expect(planned.map(({ outcome, reason }) => [outcome, reason])).toEqual(recovered.map(({ outcome, reason }) => [outcome, reason]));
    expect(recovered.filter(({ outcome }) => outcome === 'stuck')).toEqual([]);
    await stays();
    const { changes } = await readStatus(context(), left);
    expect(changes.filter(({ state }) => state === 'interrupted')).toEqual([]);
    await prepareFunctions(context(), [parsePciAddress('0031:00:00.0')], { ...NEXT, stateDirectory: left });
  });

  it.each(CASES)('is left where a later part fails, and named; then the host may be changed again: %s', async (_, { text, act, kept, stays }) => {
    const guest = running(onZ('web'));
    guest.failAttach = REFUSED;
    guest.readies = act;
    const error = await applyOn(port, link, withGuest(text)).then(
      () => undefined,
      (failed: unknown) => failed,
    );
    expect(error).toMatchObject({ code: 'libvirt-refused' });
    const { message, aftermath } = error as HostdevError;
    for (const each of kept) expect(message).toContain(each);
    const told = aftermath?.problems ?? [];
    const named = told.filter((each) => each.code === 'undo-overtaken');
    expect(named.map((each) => each.message)).toEqual(kept.map((each) => expect.stringContaining(each) as string));
    expect(told.filter((each) => each.code === 'stuck')).toEqual([]);
    await stays();
    await prepareFunctions(context(), [parsePciAddress('0031:00:00.0')], { ...NEXT, stateDirectory });
  });
});
