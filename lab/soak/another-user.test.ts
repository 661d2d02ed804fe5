/** The demonstration of a user other than root, from nothing but the packages. */
import { expect, it } from 'vitest';
import { describeUnless } from '../../test/skip.ts';
import { anotherUserReason, runAsAnotherUser } from '../demo/another-user.ts';
import { labReason } from '../reason.ts';

describeUnless((await labReason('z-images')) || anotherUserReason(), 'the demonstration of another user than root, without apt, dpkg and gpgv', () => {
  it('builds everything from the packages, does without libvirt, and leaves a shell when asked', async () => {
    const { status, output } = await runAsAnotherUser(['build/lab/demo.mjs', '--direct', '--keep'], 'echo in $(uname -m)\n');
    expect(output).toMatch(/building the images of the IBM Z host/);
    // Once to keep what a first start makes.
    expect(output).toMatch(/starting the IBM Z host once/);
    expect(output).not.toMatch(/downloading|MISSING/);
    expect(output).toMatch(/-device zpci,uid=33,fid=85,target=h0/);
    expect(output).toMatch(/guest: 0021:00:00\.0 uid=0x0021 fid=0x00000055 slot=00000055/);
    expect(output).toMatch(/in s390x/);
    expect(status, output).toBe(0);
  });
});
