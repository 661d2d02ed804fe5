/** Reading many things at once. */
import type { Libvirt } from './libvirt.ts';

/** With fewer items a connection costs more than it saves. */
const WORTH_IT = 100;

/** Of one connection: some more than libvirt serves at a time, so that none of its places is ever empty. */
const AT_ONCE = 10;

/**
 * Acts on each item, in no order; where there are many, over the {@link Libvirt.companions} of the connection as well, because libvirt serves
 * five calls of one connection at a time.
 *
 * @returns the results in the order of the items.
 * @throws whatever the first of them that fails rejects with.
 * @example
 * ```ts
 * import { connectLibvirt, overMany } from 'hostdev/libvirt';
 * import { startFakeLibvirt } from 'hostdev/testing';
 * const fake = await startFakeLibvirt();
 * const libvirt = await connectLibvirt(`qemu+unix:///system?socket=${fake.socket}`);
 * for (let i = 0; i < 200; i += 1) await libvirt.defineDomain(`<domain type='kvm'><name>g${i}</name></domain>`);
 * const all = await overMany(libvirt, await libvirt.listDomains(), (any, domain) => any.domainXml(domain));
 * console.log(all.length); // → 200
 * await libvirt.close();
 * await fake.stop();
 * ```
 */
export async function overMany<T, R>(libvirt: Libvirt, items: readonly T[], act: (libvirt: Libvirt, item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  let next = 0;
  const one = async (each: Libvirt): Promise<void> => {
    while (next < items.length) {
      const i = next;
      next += 1;
      try {
        results[i] = await act(each, items[i] as T);
      } catch (error) {
        // What has not been begun need not be.
        next = items.length;
        throw error;
      }
    }
  };
  return new Promise((resolve, reject) => {
    let working = 0;
    const ended = (): void => {
      working -= 1;
      if (working === 0) resolve(results);
    };
    const work = (each: Libvirt): void => {
      for (let k = 0; k < AT_ONCE; k += 1) {
        working += 1;
        one(each).then(ended).catch(reject);
      }
    };
    work(libvirt);
    // A server that takes no more is no reason to fail, and one that takes its time none to wait.
    const join = (each: Libvirt): void => (next < items.length ? work(each) : undefined);
    for (const companion of items.length < WORTH_IT ? [] : libvirt.companions()) companion.then(join, () => undefined);
  });
}
