/** What libvirt refuses, as an error of ours that keeps its code, domain, level and words. */
import { type ErrorCode, HostdevError } from '../../errors.ts';
import { LIBVIRT_ERROR } from '../protocol/numbers.ts';
import type { RemoteError } from '../protocol/types.ts';

const CODES: Readonly<Record<number, readonly [ErrorCode, string]>> = {
  [LIBVIRT_ERROR.noDomain]: ['guest-unknown', "'hostdev guests' shows what there is"],
  [LIBVIRT_ERROR.authFailed]: ['libvirt-auth', "run the command as root, or as a member of the group 'libvirt'"],
};

/** `during` is the procedure that was called. */
export function libvirtError(error: RemoteError, during: string): HostdevError {
  const message = error.message ?? `libvirt refuses without a word (code ${error.code})`;
  const [code, hint] = CODES[error.code] ?? ['libvirt-refused', undefined];
  return new HostdevError(code, message, { hint, details: { libvirt: { code: error.code, domain: error.domain, level: error.level, text: message, during } } });
}

/**
 * The number that libvirt itself has for an error; undefined for one that is none of libvirt's.
 *
 * @example
 * ```ts
 * import { connectLibvirt, LIBVIRT_ERROR, libvirtCode } from 'hostdev/libvirt';
 * import { startFakeLibvirt } from 'hostdev/testing';
 * const fake = await startFakeLibvirt();
 * const libvirt = await connectLibvirt(`qemu+unix:///system?socket=${fake.socket}`);
 * const error = await libvirt.networkXml({ name: 'none', uuid: '00000000-0000-0000-0000-000000000000' }).catch((thrown: unknown) => thrown);
 * console.log(libvirtCode(error) === LIBVIRT_ERROR.noNetwork); // → true
 * await libvirt.close();
 * await fake.stop();
 * ```
 */
export function libvirtCode(error: unknown): number | undefined {
  if (!(error instanceof HostdevError)) return undefined;
  return (error.details['libvirt'] as { readonly code: number } | undefined)?.code;
}
