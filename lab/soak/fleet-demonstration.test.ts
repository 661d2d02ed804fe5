/** The demonstration of a fleet, as people run it. */
import { expect, it } from 'vitest';
import { describeUnless } from '../../test/skip.ts';
import { runProgram } from '../demo/program.ts';
import { labReason } from '../reason.ts';

describeUnless(await labReason('pc-host', 'z-host', 'etcd'), 'the demonstration of a fleet of both emulated hosts', () => {
  it('gives a function under a claim, refuses it to somebody else with who has it, and leaves nothing claimed', async () => {
    const { status, output } = await runProgram(['sh', '-c', 'exec "$0" "$@" 2>&1', process.execPath, 'build/lab/demo.mjs', '--fleet']);
    expect(output).toMatch(/pc-host +no .*KVM runs no s390x there/);
    expect(output).toMatch(/guest: 0021:00:00\.0 uid=0x0021 fid=0x00000055 slot=00000055/);
    expect(output).toMatch(/is claimed: guest web on z-host \(attached\), for .* \[claim-held\]/);
    expect(output).toMatch(/ {4}nothing is claimed\n/);
    expect(status, output).toBe(0);
  });
});
