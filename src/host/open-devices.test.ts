/** Who has a disk open for longer than a look. */
import { describe, expect, it } from 'vitest';
import { type Tree, treePort } from '../testing/tree-port.ts';
import { readOpenDevices } from './open-devices.ts';
import { readOnce } from './read-once.ts';
import { recordingPort } from './record.ts';
import { snapshotPort } from './snapshot-port.ts';

/** O_CLOEXEC is in all of them. */
const LOOKING = 'pos:\t0\nflags:\t02104000\nmnt_id:\t26\n';
const READING = 'pos:\t0\nflags:\t02100000\n';
const WRITING = 'pos:\t0\nflags:\t02104002\n';

interface Opened {
  readonly flags: string;
  readonly path?: string;
  /** What the second look shows there. */
  readonly later?: string;
}

const process42 = ({ flags, path = '/dev/nvme0n1', later }: Opened): Tree => ({
  '/proc/42/comm': 'node',
  '/proc/42/cmdline': 'node\0hostdev\0',
  '/proc/42/fd/7': `→ ${path}`,
  '/proc/42/fdinfo/7': flags,
  ...(later === undefined ? {} : { '/proc/42/task/42/fd/7': `→ ${later}` }),
});

const openers = async (tree: Tree): Promise<string[]> => [...(await readOpenDevices(readOnce(treePort(tree)))).keys()];

describe('a disk that a process has open', () => {
  it.each([
    ['to look at it, and not a moment later', { flags: LOOKING }, []],
    ['to look at it, and something else a moment later', { flags: LOOKING, later: '/dev/null' }, []],
    ['to look at it, and still does', { flags: LOOKING, later: '/dev/nvme0n1' }, ['/dev/nvme0n1']],
    ['to read from it', { flags: READING }, ['/dev/nvme0n1']],
    ['to write to it', { flags: WRITING }, ['/dev/nvme0n1']],
    ['in a way that cannot be read', { flags: '' }, ['/dev/nvme0n1']],
    ['which is the node of a controller', { flags: LOOKING, path: '/dev/nvme0' }, ['/dev/nvme0']],
    ['which is the node of a group', { flags: LOOKING, path: '/dev/vfio/3' }, ['/dev/vfio/3']],
  ] as const)('%s', async (_, opened, expected) => {
    expect(await openers(process42(opened))).toEqual(expected);
  });

  it('is told the same by a recording', async () => {
    for (const later of [undefined, '/dev/nvme0n1']) {
      const { port, take } = recordingPort(treePort(process42({ flags: LOOKING, ...(later === undefined ? {} : { later }) })));
      const seen = await readOpenDevices(port);
      expect(await readOpenDevices(snapshotPort(await take('2026-01-01T00:00:00Z', 0)))).toEqual(seen);
      expect(seen.size).toBe(later === undefined ? 0 : 1);
    }
  });
});
