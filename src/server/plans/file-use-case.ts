/** The wish of a file: a host and its guests, all of it. */
import { withLibvirtIfAsked } from '../../app/guests/connect.ts';
import { applyWish } from '../../app/wish/apply-wish.ts';
import { wishedChanges } from '../../json/items/wishes.ts';
import { decodeWish, readWishTexts } from '../../wish-files/read-texts.ts';
import type { DesiredState } from '../../wish/wish.ts';
import type { WishOf } from '../api/wishes.ts';
import { WISH_FILE } from './command-line.ts';
import { definitionOfOne } from './definition-of-one.ts';
import { guestTimeoutMs } from './guest-use-cases.ts';
import type { UseCase } from './use-case.ts';

/** @throws {HostdevError} `file-too-large`, `wish-malformed`, `wish-ambiguous`, `wish-conflict`, with everything that is wrong. */
export function wishIn({ text, file = WISH_FILE }: WishOf<'apply'>): DesiredState {
  return readWishTexts([decodeWish(file, new TextEncoder().encode(text))]);
}

export const applyFile: UseCase<WishOf<'apply'> & { readonly poolUuids?: Readonly<Record<string, string>> }> = async (host, wish, running) => {
  const { prune = false, force = false, poolUuids } = wish;
  const wished = wishIn(wish);
  const context = await host.context();
  const options = { ...running, prune, force, poolUuids, timeoutMs: guestTimeoutMs(wish), stateDirectory: host.stateDirectory };
  return withLibvirtIfAsked(
    host.libvirtUri,
    async (link) => {
      const report = await applyWish(context, wished, { ...options, link });
      const isOfGuest = report.changes.some(({ before }) => typeof before['guest'] === 'string');
      const definition = running.dryRun && isOfGuest ? await definitionOfOne(await link(), report.changes) : undefined;
      return { items: wishedChanges(report), todo: report.todo, notes: report.notes, definition };
    },
    running.dryRun ? undefined : running.signal,
  );
};
