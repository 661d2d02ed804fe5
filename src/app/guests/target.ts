/** What the word GUEST of a command means: a file, a guest of libvirt, or the monitor of a QEMU. */
import { stat } from 'node:fs/promises';
import { HostdevError, type Problem } from '../../errors.ts';

export type GuestTarget =
  /** `guessed`: nothing but the file's being there says that it is meant. */
  | { readonly kind: 'file'; readonly name: string; readonly guessed: boolean }
  /** `file`: there is a file of that name too. */
  | { readonly kind: 'libvirt'; readonly word: string; readonly file: boolean }
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
  const isThere = await stat(word).then(
    (found) => found.isFile(),
    () => false,
  );
  if (libvirtWanted) return { kind: 'libvirt', word, file: isThere };
  if (word === '-' || word.includes('/') || word.endsWith('.xml')) return { kind: 'file', name: word, guessed: false };
  return isThere ? { kind: 'file', name: word, guessed: true } : { kind: 'libvirt', word, file: false };
}

/** What there is to say where a word was taken for a file that could be a guest's name as well. */
export function guessNotes(target: GuestTarget): Problem[] {
  if (target.kind !== 'file' || !target.guessed) return [];
  return [
    {
      code: 'guest-ambiguous',
      severity: 'warning',
      subject: target.name,
      message: `'${target.name}' was taken for the file of that name, which is here`,
      hint: `for a guest of libvirt of that name add --current, --live or --config; for the file write ./${target.name}`,
    },
  ];
}

/** Where libvirt has no such guest or cannot be asked, although there is such a file: that is what was meant, most likely. */
export function asFileHint(error: unknown, target: GuestTarget): unknown {
  if (!(error instanceof HostdevError) || target.kind !== 'libvirt' || !target.file) return error;
  if (error.code !== 'guest-unknown' && error.code !== 'libvirt-unreachable') return error;
  const { word } = target;
  const message = error.code === 'guest-unknown' ? `libvirt has no guest '${word}'` : error.message;
  return new HostdevError(error.code, `${message}; but '${word}' is a file here`, {
    subject: word,
    hint: 'to change the file, leave out -c, --live, --config, --current and --persistent: they are for guests of libvirt',
    cause: error,
  });
}

/** The word, where it might have been meant as the name of a file that is not there. */
export function guessedWord(target: GuestTarget): string | undefined {
  return target.kind === 'libvirt' && !target.file ? target.word : undefined;
}
