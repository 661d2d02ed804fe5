import { describe, expect, it } from 'vitest';
import { HostdevError } from '../errors.ts';
import { failureError } from './failure.ts';

describe('a change that failed and could not be undone wholly', () => {
  const error = new HostdevError('guest-changed', 'the guest was changed', { hint: 'run the command again' });
  const undo = new HostdevError('stuck', '0009:00:00.0 is still with vfio-pci', { hint: "'hostdev release 0009:00:00.0' when the guest has let go" });

  it.each([
    ['everything is known', []],
    ['something is left', [{ change: { verb: 'attach', subject: '0009:00:00.0 in web', before: {}, wanted: {} }, now: undefined }]],
  ] as const)('has the hint of what stays behind, where %s', (_, left) => {
    expect(failureError({ error, undoErrors: [undo], left })).toMatchObject({
      hint: undo.hint,
      message: expect.stringMatching(/is still with vfio-pci/) as unknown,
    });
  });

  it('has its own hint where nothing stays behind', () => {
    expect(failureError({ error, others: [new Error('another')], undoErrors: [], left: [] })).toMatchObject({ code: 'guest-changed', hint: error.hint });
  });
});
