import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { openJournal } from '../execute/journal/journal.ts';
import { fakeKernel } from '../testing/fake-kernel.ts';
import { withChangeLog } from './journaled.ts';

it('a change that fails keeps its reason, and its record open, when it cannot be seen what became of it', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'hostdev-journaled-'));
  const change = { subject: '0007:00:00.0 in web', before: { live: 'no' }, wanted: { live: 'yes' } };
  const failing = withChangeLog(
    fakeKernel([]),
    (log) =>
      log.recorded(
        'attach',
        change,
        () => Promise.reject(new Error('the guest said no')),
        () => Promise.reject(new Error('libvirt has gone')),
      ),
    directory,
  );
  await expect(failing).rejects.toThrow('the guest said no');
  expect((await openJournal(directory).read()).map(({ kind }) => kind)).toEqual(['begin']);
});
