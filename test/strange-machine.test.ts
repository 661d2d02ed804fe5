import { chmodSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type SilentServer, silenceSocket } from './silent-server.ts';
import { describeUnless } from './skip.ts';
import { type Ended, reasonAgainst, runHere, runThere } from './strange-machine/enter.ts';
import { SOCKETS } from './strange-machine/files.ts';
import { layMachine } from './strange-machine/lay.ts';
import { outcomeOf, REPORT } from './strange-machine/report.ts';

/** Tests that touch files, sockets, processes or the command line. The others are functions of their arguments, or take long and touch nothing else; other Nodes would have to be fetched. */
const SENSITIVE = [
  'src/app/guests/attach-to-guest.test.ts',
  'src/app/guests/detach-from-guest.test.ts',
  'src/app/guests/pool-verdicts.test.ts',
  'src/app/guests/run-change.test.ts',
  'src/app/persistent.test.ts',
  'src/app/prepare.test.ts',
  'src/app/surroundings.test.ts',
  'src/cli/cli.test.ts',
  'src/cli/confirm.test.ts',
  'src/cli/guests.test.ts',
  'src/cli/words.test.ts',
  'src/host/inventory.test.ts',
  'src/host/snapshot-port.test.ts',
  'src/host/write.test.ts',
  'src/libvirt/client/dial-ssh.test.ts',
  'src/libvirt/client/hostile.test.ts',
  'src/libvirt/client/many.test.ts',
  'src/libvirt/libvirt.test.ts',
  'src/libvirt/protocol/uri.test.ts',
  'src/plan/persist/take-script.test.ts',
  'src/qmp/qmp.test.ts',
  'test/documents.test.ts',
  'test/examples.test.ts',
  'test/process.test.ts',
  'test/rules-of-0.1.0.test.ts',
];

// The configuration is not written beside the packages, which belong to somebody else.
const VITEST = [
  ...[process.execPath, 'node_modules/vitest/vitest.mjs', 'run', '--project=unit', '--configLoader=runner', '--maxWorkers=2'],
  ...['--reporter=json', `--outputFile=${REPORT}`],
];

const TIMEOUT_MS = 600_000;

const machine = layMachine();
const reason = await reasonAgainst(machine);

describe('tests that touch a machine', () => {
  let daemons: readonly SilentServer[];

  beforeAll(async () => {
    daemons = await Promise.all(SOCKETS.map((name) => silenceSocket(join(machine.root, name))));
    for (const name of SOCKETS) chmodSync(join(machine.root, name), 0o777);
  });
  afterAll(() => Promise.all(daemons.map((daemon) => daemon.stop())));

  const expectNothing = (ended: Ended): void => {
    expect(outcomeOf(ended, machine.checkout)).toEqual({ wrong: [], files: SENSITIVE });
    expect(daemons.map(({ sockets }) => sockets.size)).toEqual(SOCKETS.map(() => 0));
  };

  describeUnless(reason, 'on a machine of another user, with libvirt and with everything set against them', () => {
    it('pass, and ask no libvirt there', { timeout: TIMEOUT_MS }, async () => expectNothing(await runThere(machine, [...VITEST, ...SENSITIVE])));
  });

  if (reason !== '') {
    it('pass in an environment with everything set against them, and ask no libvirt there', { timeout: TIMEOUT_MS }, async () =>
      expectNothing(await runHere(machine, [...VITEST, ...SENSITIVE])),
    );
  }
});
