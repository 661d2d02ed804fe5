/** What the word GUEST of a command means: a file, a guest of libvirt, or the monitor of a QEMU. */
import { stat } from 'node:fs/promises';
import { HostdevError } from '../../errors.ts';

export type GuestTarget =
  | { readonly kind: 'file'; readonly name: string }
  | { readonly kind: 'libvirt'; readonly word: string }
  | { readonly kind: 'qmp'; readonly socket: string };

/** A word with a slash or the ending of a file is one; any other is, when there is such a file and libvirt was not asked for. */
export async function guestTarget(word: string, libvirtWanted: boolean): Promise<GuestTarget> {
  if (word.startsWith('qmp:')) {
    const socket = word.slice('qmp:'.length);
    if (libvirtWanted) {
      throw new HostdevError(
        'option-conflict',
        'qmp: is a QEMU that runs, without libvirt: --connect, --live, --config, --current and --persistent mean nothing there',
        {
          hint: 'leave them out',
        },
      );
    }
    if (socket !== '') return { kind: 'qmp', socket };
    throw new HostdevError('usage', 'qmp: needs the path of a socket', { hint: 'for example qmp:/run/web.qmp' });
  }
  if (libvirtWanted) return { kind: 'libvirt', word };
  if (word === '-' || word.includes('/') || word.endsWith('.xml')) return { kind: 'file', name: word };
  const isThere = await stat(word).then(
    () => true,
    () => false,
  );
  return isThere ? { kind: 'file', name: word } : { kind: 'libvirt', word };
}
