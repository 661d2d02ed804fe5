import { describe, expect, it } from 'vitest';
import { check, claims, done, fleetOf, GPU, machine, PATIENCE, saidCommand, useFleet } from './fleet-of-machines.ts';

useFleet();

/** A card that can be told from others of its kind. */
const CARD = { ...GPU, fid: 0x17, attributes: { uid_is_unique: '1' } };
const OTHER = { ...CARD, fid: 0x18 };
const MOVED = { ...CARD, address: '0000:04:00.0', iommuGroup: 4 };

describe('a card that has another address since the buses were numbered anew', PATIENCE, () => {
  it.each([
    ['whose old address nobody has', [MOVED]],
    ['whose old address another card has', [OTHER, MOVED]],
  ])('%s: its claim is lost and says where the card is; it is released and made anew there', async (_, functions) => {
    await fleetOf(machine(1, [CARD]));
    await done(machine(1, [CARD]), `fleet claim kvm1/${CARD.address} --for web`);
    const now = machine(1, functions, { boot: 2 });
    await done(now, 'agent --once');
    expect(await claims(now)).toEqual([`host/kvm1/${CARD.address} web lost`]);
    const found = await check(now, 'kvm1');
    expect(found.map(({ code }) => code)).toEqual(['claim-lost']);
    const [lost] = found as [(typeof found)[0]];
    expect(lost.message).toContain(`the card is ${MOVED.address} now`);
    await done(now, saidCommand(lost));
    const [, next = ''] = /then: hostdev (fleet claim .*)$/.exec(lost.hint) ?? [];
    await done(now, next);
    expect([await claims(now), await check(now, 'kvm1')]).toEqual([[`host/kvm1/${MOVED.address} web claimed`], []]);
  });
});
