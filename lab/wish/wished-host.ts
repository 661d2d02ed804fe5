/** An emulated host and its guest that are made as files say: what is asked of hostdev, and how it is seen to have come about. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'vitest';
import { itemsIn } from '../../test/json/items.ts';
import type { LabHost } from '../machine/running.ts';

/** What is there, by the word of the kernel and of libvirt. Parts that a host has none of are missing. */
export type Seen = Readonly<Record<string, string | readonly string[]>>;

export interface WishedHost {
  readonly host: LabHost;
  readonly see: () => Promise<Seen>;
  /** Waits until the guest's own kernel has what libvirt says that it has. */
  readonly guestSees: (seen: Seen) => Promise<unknown>;
}

export const NOTHING_WISHED = 'formatVersion: 1\n';

/** Inside. */
export const WISH_FILE = '/share/wish.yaml';

/** How long a command line may take in emulation, a guest that lets go included, on a machine that has much else to do. */
export const COMMAND_MS = 15 * 60_000;

const JOURNAL = '/var/lib/hostdev/journal';

export async function writeWish({ host }: WishedHost, wish: string): Promise<void> {
  await writeFile(join(host.share, 'wish.yaml'), wish);
}

/** Makes it so, and gives what was done: `prepare 0000:03:00.0`. */
export async function apply(wished: WishedHost, wish: string, words = ''): Promise<string[]> {
  await writeWish(wished, wish);
  return itemsIn<{ verb: string; subject: string }>(await wished.host.says(`apply -f ${WISH_FILE} --yes --json ${words}`, COMMAND_MS)).map(
    ({ verb, subject }) => `${verb} ${subject}`,
  );
}

/** Sees that there is nothing to do for a wish, and that nothing is done, not in the journal either. */
export async function isSoAlready(wished: WishedHost, wish: string, words = ''): Promise<void> {
  const { host, see } = wished;
  const all = async (): Promise<unknown> => [await see(), await host.sh(`cat ${JOURNAL} 2>/dev/null || true`)];
  const before = await all();
  await writeWish(wished, wish);
  const { status, stdout } = await host.hostdev(`diff -f ${WISH_FILE} ${words}`, COMMAND_MS);
  expect([status, stdout]).toEqual([0, 'host and guests are as they are wished to be\n']);
  expect(await apply(wished, wish, words)).toEqual([]);
  expect(await all()).toEqual(before);
}

/** What is there is a wish, and changes nothing where it was printed. */
export async function exportsWhatIsThere(wished: WishedHost): Promise<string> {
  const exported = await wished.host.says('export', COMMAND_MS);
  await isSoAlready(wished, exported);
  return exported;
}

/** Nothing is left to be recovered. */
export async function isClosed({ host }: WishedHost): Promise<void> {
  expect(itemsIn<{ state: string }>((await host.hostdev('status --json', COMMAND_MS)).stdout).filter(({ state }) => state === 'interrupted')).toEqual([]);
}

/** Functions of the host in a definition of libvirt's, sorted, as `0000:03:00.0 managed`, with the ids that an IBM Z guest has of them. */
export function hostdevsIn(xml: string): string[] {
  const found = [...xml.matchAll(/<(hostdev|interface)[^>]*managed='(yes|no)'[^>]*>([\s\S]*?)<\/\1>/g)].map(([, , managed, inside = '']) => {
    const digits = (name: string): string => new RegExp(`<source>\\s*<address [^>]*\\b${name}='0x(\\w+)'`).exec(inside)?.[1] ?? '';
    const [uid, fid] = ['uid', 'fid'].map((name) => new RegExp(`<zpci[^>]*\\b${name}='(\\w+)'`).exec(inside)?.[1]);
    const ids = uid === undefined ? '' : ` uid ${uid} fid ${fid}`;
    return `${digits('domain')}:${digits('bus')}:${digits('slot')}.${digits('function')}${managed === 'yes' ? ' managed' : ''}${ids}`;
  });
  return found.toSorted();
}
