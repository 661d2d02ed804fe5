/** What is offered goes together exactly where `prepare --group` takes it together, on a machine that has functions of every kind. */
import { describe, expect, it } from 'vitest';
import { devicesNamed } from '../../src/app/group.ts';
import { prepareFunctions } from '../../src/app/prepare.ts';
import { readHostState } from '../../src/host/host-state.ts';
import { offersOf } from '../../src/offers/offer.ts';
import { formatPciAddress } from '../../src/pci/address.ts';
import { judge } from '../../src/state/judge.ts';
import { KINDS, machineWithEveryKind } from '../verdicts/kinds-of-functions.ts';

const port = machineWithEveryKind();
const context = { port, isRoot: true, readPciIds: async () => undefined };
const judgments = judge(await readHostState(port));
const group = { group: true, confirm: async (): Promise<boolean> => true } as const;

/** What a guest has stays as it is when it is prepared, and is nobody's to be offered. */
const HELD: ReadonlySet<string> = new Set([KINDS.held, KINDS['beside a held one']]);

describe('an offer of a function', () => {
  it.each(judgments.map(({ device }) => [formatPciAddress(device.address), device.address] as const).filter(([name]) => !HELD.has(name)))(
    'has what prepare takes with it: %s',
    async (_, address) => {
      const isTaken = await prepareFunctions(context, [address], { dryRun: true, ...group }).then(
        () => true,
        () => false,
      );
      const together = isTaken ? (await devicesNamed(context, [address], group)).map((device) => formatPciAddress(device.address)) : [];
      const { offers } = offersOf(judgments, [address]);
      expect(offers.flatMap(({ devices }) => devices.map((device) => formatPciAddress(device.address))).toSorted()).toEqual(together.toSorted());
    },
  );

  it('is the controller alone where it makes the PCI domain of others, which are told to stay', () => {
    const { offers, leftOut } = offersOf(judgments, []);
    expect(offers.filter(({ devices }) => devices.some((device) => formatPciAddress(device.address) === KINDS.VMD))).toMatchObject([{ devices: [{}] }]);
    expect(leftOut.map(({ address }) => address)).toContain(KINDS['behind VMD']);
    expect(leftOut.map(({ address }) => address)).not.toContain(KINDS.VMD);
  });
});
