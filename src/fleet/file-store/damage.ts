/** Files of a store that are not as they were written: nothing is decided by them, and nothing more is written. */
import { HostdevError } from '../../errors.ts';

export function damaged(path: string, why: string): HostdevError {
  return new HostdevError('fleet-damaged', `${path} is damaged, or not from hostdev: ${why}`, {
    subject: path,
    hint: 'put the directory back from a copy; nothing is read or written until then, and what guests have stays theirs',
  });
}
