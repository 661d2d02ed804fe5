/** The disk of a store, with what a disk or a file server can do to it between any two calls. */
import { linkSync } from 'node:fs';
import { type Disk, realDisk } from '../../../src/fleet/file-store/disk.ts';

type Call = keyof Disk;

export const failure = (code: string): Error => Object.assign(new Error(`${code}: injected`), { code });

export interface FaultyDisk extends Disk {
  /** The next calls of that kind fail so, before or after they are done. */
  readonly fail: (call: Call, code: string, how?: { readonly times?: number; readonly when?: 'before' | 'after' }) => void;
  /** The next link is told to have failed, and is made when it is let go. */
  readonly holdLink: () => () => void;
  /** Calls this before every call, with its path, and the name that a link is to have; what it throws is what the call fails with. */
  readonly watch: (see: (call: Call, path: string, to: unknown) => Promise<void> | void) => void;
}

export function faultyDisk(): FaultyDisk {
  const faults: { readonly call: Call; readonly code: string; readonly when: 'before' | 'after' }[] = [];
  let held: ((from: string, to: string) => void) | undefined;
  let see: (call: Call, path: string, to: unknown) => Promise<void> | void = () => undefined;

  const around =
    <T>(call: Call, act: (path: string, second: never) => Promise<T>) =>
    async (path: string, second?: unknown): Promise<T> => {
      await see(call, path, second);
      const at = faults.findIndex((each) => each.call === call);
      const fault = at < 0 ? undefined : faults.splice(at, 1)[0];
      if (fault?.when === 'before') throw failure(fault.code);
      if (call === 'link' && held !== undefined) {
        held(path, String(second));
        held = undefined;
        throw failure('ETIMEDOUT');
      }
      const result = await act(path, second as never);
      if (fault !== undefined) throw failure(fault.code);
      return result;
    };

  return {
    fileSystem: realDisk.fileSystem,
    mayWriteInto: realDisk.mayWriteInto,
    read: around('read', realDisk.read),
    create: around('create', realDisk.create),
    link: around('link', realDisk.link),
    remove: around('remove', realDisk.remove),
    names: around('names', realDisk.names),
    sync: around('sync', realDisk.sync),
    overwrite: around('overwrite', realDisk.overwrite),
    fail: (call, code, { times = 1, when = 'before' } = {}) => faults.push(...Array.from({ length: times }, () => ({ call, code, when }))),
    holdLink: () => {
      let letGo = (): void => {
        throw new Error('nothing was linked');
      };
      held = (from, to) => {
        // The server has the file, whatever the client takes away.
        linkSync(from, `${from}.held`);
        letGo = () => linkSync(`${from}.held`, to);
      };
      return () => letGo();
    },
    watch: (hear) => {
      see = hear;
    },
  };
}
