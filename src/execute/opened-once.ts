/** Ways to a guest and to networks that are opened once, and closed whatever happens. */
import type { NetworkPort } from '../guest/libvirt/networks.ts';
import type { GuestPort } from '../guest/port.ts';
import type { ExecutionTarget } from './target.ts';

/** Acts on a target that opens each of its ways once; they are closed behind it. */
export async function openedOnce<T>(target: ExecutionTarget, act: (opened: ExecutionTarget) => Promise<T>): Promise<T> {
  const ways: Promise<{ readonly close: () => Promise<void> }>[] = [];
  try {
    return await act(opening(target, ways));
  } finally {
    await Promise.all(
      ways.map((each) =>
        each.then(
          (port) => port.close(),
          () => undefined,
        ),
      ),
    );
  }
}

function opening({ guestOf, networksOf, ...target }: ExecutionTarget, ways: Promise<{ readonly close: () => Promise<void> }>[]): ExecutionTarget {
  let guest: Promise<GuestPort> | undefined;
  let networks: Promise<NetworkPort> | undefined;
  const keep = <P extends { readonly close: () => Promise<void> }>(port: Promise<P>): Promise<P> => (ways.push(port), port);
  return {
    ...target,
    guestOf: (record) => (guest ??= keep(guestOf(record))),
    networksOf: networksOf === undefined ? undefined : (record) => (networks ??= keep(networksOf(record))),
  };
}
