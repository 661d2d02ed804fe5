/** What a status of gRPC means: a refusal that stays, or something after which the same may be tried again. */
import { status } from '@grpc/grpc-js';
import { HostdevError } from '../../errors.ts';

export type Fault =
  | { readonly kind: 'refused'; readonly error: HostdevError }
  /** Whether it happened is not known; but where a member knows of no leader, it has passed nothing on. */
  | { readonly kind: 'transient'; readonly why: string; readonly untouched?: true };

interface Status {
  readonly code: number;
  readonly details: string;
}

const LOOK_AT_ROLES = "etcd's rights go by the common name of the certificate: 'etcdctl user get NAME' shows its roles";

/** Etcd's own words, as its API has had them since 3.0. Source: rpctypes/error.go of etcd. */
const BY_WORDS: readonly (readonly [words: string, refusal: (words: string) => HostdevError | undefined])[] = [
  ['permission denied', (words) => new HostdevError('fleet-denied', `etcd does not allow it: ${words}`, { hint: LOOK_AT_ROLES })],
  [
    'user name is empty',
    () => new HostdevError('fleet-certificate', 'etcd wants to know who asks, and no certificate was given', { hint: 'name the files of one' }),
  ],
  ['database space exceeded', () => full()],
  ['required revision has been compacted', () => gone('is no longer kept')],
  ['required revision is a future revision', () => gone('is not there yet')],
  ['request is too large', (words) => tooLarge(words)],
  ['too many operations in txn', (words) => tooLarge(words)],
  ['larger than max', (words) => tooLarge(words)],
  // Somebody changes the rights while we ask: etcd has done nothing.
  ['revision of auth store is old', () => undefined],
  ['too many requests', () => undefined],
];

/** Codes after which nothing has happened, and asking again would bring the same. */
const FINAL: ReadonlySet<number> = new Set([
  ...[status.INVALID_ARGUMENT, status.NOT_FOUND, status.ALREADY_EXISTS, status.PERMISSION_DENIED, status.FAILED_PRECONDITION],
  ...[status.OUT_OF_RANGE, status.UNIMPLEMENTED, status.UNAUTHENTICATED, status.DATA_LOSS],
]);

export function faultOf({ code, details }: Status): Fault {
  const words = details.replace(/^etcdserver: /, '').slice(0, 300);
  // Said before a request is looked at, as `hasleader` asks for. Source: v3rpc/interceptor.go of etcd.
  if (words === 'no leader') return { kind: 'transient', why: words, untouched: true };
  for (const [part, refusal] of BY_WORDS) {
    if (!details.includes(part)) continue;
    const error = refusal(words);
    return error === undefined ? { kind: 'transient', why: words } : { kind: 'refused', error };
  }
  if (!FINAL.has(code)) return { kind: 'transient', why: code === status.DEADLINE_EXCEEDED ? 'no answer in time' : words };
  if (code === status.UNAUTHENTICATED) return { kind: 'refused', error: new HostdevError('fleet-certificate', `etcd does not know who asks: ${words}`) };
  return { kind: 'refused', error: new HostdevError('fleet-refused', `etcd refuses: ${words}`, { details: { code } }) };
}

function full(): HostdevError {
  return new HostdevError('fleet-full', 'etcd takes nothing more: its space is used up', {
    hint: "compact and defragment it, then 'etcdctl alarm disarm'; --quota-backend-bytes says how much it may have",
  });
}

function gone(why: string): HostdevError {
  return new HostdevError('fleet-revision-gone', `what the fleet was at that revision ${why}`, { hint: 'read it anew' });
}

function tooLarge(words: string): HostdevError {
  return new HostdevError('fleet-too-large', `etcd takes no request, or hostdev no answer, of that size: ${words}`, { hint: 'ask for less at once' });
}
