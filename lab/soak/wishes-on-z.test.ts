/** An emulated IBM Z host and its guest as files say, on real kernels: exported, made, changed, pruned; interrupted in the middle. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { describeUnless } from '../../test/skip.ts';
import { labReason } from '../reason.ts';
import { bootHost } from '../s390x/host.ts';
import { wakeGuest } from '../s390x/saved-guest.ts';
import { killBehindSteps } from '../wish/interrupted-apply.ts';
import { apply, exportsWhatIsThere, isSoAlready, NOTHING_WISHED, type Seen, type WishedHost } from '../wish/wished-host.ts';
import { wishedZ, Z_BEFORE, zWish } from '../wish/z-wishes.ts';

describeUnless(await labReason('z-host'), 'an IBM Z host and its guest are as a file says', () => {
  let wished: WishedHost;

  beforeAll(async () => {
    const host = await bootHost();
    wished = wishedZ(host);
    await wakeGuest(host);
  });
  afterAll(async () => wished?.host.stop());
  /** As {@link zWish} says where nothing else is said. */
  const everything = (): Seen => ({
    ...{ slot: '0', igb: 'vfio-pci vfio-pci', rules: ['10-hostdev-0009-00-00-0.rules'] },
    ...{
      nvme: expect.stringMatching(/^vfio-pci/),
      live: ['0007:00:00.0 managed uid 0x0031 fid 0x00000077'],
      config: ['0007:00:00.0 managed uid 0x0031 fid 0x00000077'],
    },
  });

  it('when what is there is exported, and applied again', async () => {
    expect(await wished.see()).toEqual(Z_BEFORE);
    await exportsWhatIsThere(wished);
    await isSoAlready(wished, NOTHING_WISHED, '--prune');
  });

  it('or as before by recover, when its process is killed behind any kind of step', async () => {
    const kinds = await killBehindSteps(wished, zWish());
    // Of a slot, a function, its rule, and a guest.
    expect(kinds).toEqual(expect.arrayContaining(['write:power', 'write:driver_override', 'file', 'call:attachDevice']));
  });

  it('when nobody kills it: a slot, a function that is kept, and what a guest has with its ids are made; then there is nothing to do', async () => {
    const seen = await wished.see();
    expect(seen).toEqual(everything());
    await wished.guestSees(seen);
    await isSoAlready(wished, zWish(), '--prune');
    const exported = await exportsWhatIsThere(wished);
    for (const word of ['state: "standby"', 'persist: true', 'uid: "0x0031"', 'fid: "0x00000077"']) expect(exported).toContain(word);
  });

  it('when each of them is changed, and all is pruned', async () => {
    const changed = zWish({ state: 'configured', persist: false, ids: 'uid: "0x0032", fid: "0x78"' });
    await apply(wished, changed);
    const seen = await wished.see();
    const held = ['0007:00:00.0 managed uid 0x0032 fid 0x00000078'];
    expect(seen).toEqual({ ...everything(), slot: '1', rules: [], live: held, config: held });
    await wished.guestSees(seen);
    await isSoAlready(wished, changed);
    await apply(wished, NOTHING_WISHED, '--prune');
    expect(await wished.see()).toEqual(Z_BEFORE);
    await wished.guestSees(Z_BEFORE);
  });
});
