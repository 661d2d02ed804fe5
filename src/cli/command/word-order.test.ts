import { describe, expect, it } from 'vitest';
import { hostdev } from '../../../test/capture.ts';
import type { CommandRow } from './row.ts';
import { COMMANDS } from './table.ts';
import { optionNames, orderWords } from './word-order.ts';

describe('the words of a command line', () => {
  it.each([
    ['list', 'list'],
    ['--json list', 'list --json'],
    ['--root DIR list 02:00.0', 'list --root DIR 02:00.0'],
    ['--root=DIR list', 'list --root=DIR'],
    ['-c qemu:///session guests', 'guests -c qemu:///session'],
    ['--dry-run vf --json create 02:00.0 4', 'vf create --dry-run --json 02:00.0 4'],
    ['--json persistent', 'persistent --json'],
    ['persistent --dry-run remove 02:00.0', 'persistent remove --dry-run 02:00.0'],
    ['persistent 02:00.0', 'persistent 02:00.0'],
    ['--group 7 list', 'list --group 7'],
    ['--group=7 list', 'list --group=7'],
    ['list --group 7 02:00.0', 'list --group 7 02:00.0'],
    ['--group check 02:00.0', 'check --group 02:00.0'],
    ['--group vf create 02:00.0 4', 'vf create --group 02:00.0 4'],
    ['--wait prepare 02:00.0', 'prepare --wait= 02:00.0'],
    ['prepare --wait 02:00.0', 'prepare --wait= 02:00.0'],
    ['--wait=5 prepare 02:00.0', 'prepare --wait=5 02:00.0'],
    ['prepare -- --wait', 'prepare -- --wait'],
    ['--json -- list', '--json -- list'],
    ['--unknown list', '--unknown list'],
    ['--version', '--version'],
    ['version', '--version'],
    ['help', '--help'],
    ['help list', 'list --help'],
    ['help vf', 'vf --help'],
    ['help fleet mapping', 'fleet mapping --help'],
    ['help fleet mapping nonsense', 'fleet mapping nonsense'],
    ['help fleet nonsense', 'fleet nonsense'],
    ['--dry-run help fleet mapping set x', 'fleet mapping set --help'],
    ['--json fleet --dry-run mapping --match 1:2 set x', 'fleet mapping set --json --dry-run --match 1:2 x'],
    ['--json fleet mapping', 'fleet mapping --json'],
    ['help vf create', 'vf create --help'],
    ['help nonsense', 'nonsense'],
    ['help vf nonsense', 'vf nonsense'],
    ['help slot off 0x60', 'slot off --help'],
    ['help prepare fid=0x52 --yes', 'prepare --help'],
    ['help undo --yes', 'undo --help'],
    ['help list --json', 'list --help'],
    ['help persistent nonsense', 'persistent --help'],
    ['help -- slot off 0x60', '--help'],
    ['help nonsense slot off', 'nonsense'],
    ['help --yes', '--help'],
    ['--root DIR help list', 'list --help'],
    ['-y help list', 'list --help'],
    ['--help list', 'list --help'],
    ['validate -', 'validate -'],
    ['', ''],
  ])('%s is read as %s', (given, read) => {
    const words = (text: string): string[] => text.split(' ').filter((word) => word !== '');
    expect(orderWords(words(given))).toEqual(words(read));
  });

  it('mean the same before every command: an option takes a value in all of them, or in none, but for --group', () => {
    const kinds = new Map<string, Set<string>>();
    for (const { options } of Object.values<CommandRow>(COMMANDS)) {
      for (const { flags } of options) {
        for (const name of optionNames(flags)) kinds.set(name, (kinds.get(name) ?? new Set()).add(/<|\[=/.exec(flags)?.[0] ?? 'none'));
      }
    }
    expect([...kinds].filter(([, each]) => each.size > 1)).toEqual([['--group', new Set(['<', 'none'])]]);
    expect(optionNames('-c, --connect <uri>')).toEqual(['-c', '--connect']);
    expect(optionNames('--virtualport-type <type>')).toEqual(['--virtualport-type']);
  });
});

describe('hostdev help', () => {
  it.each([
    [['help', 'list'], 0, /^Usage: hostdev list /],
    [['help', 'vf', 'create'], 0, /^Usage: hostdev vf create /],
    [['help'], 0, /^Usage: hostdev \[options\] \[command\].*hostdev help COMMAND/s],
    [['version'], 0, /^\d+\.\d+\.\d+/],
  ] as const)('%s prints it', async (words, status, printed) => {
    expect(await hostdev(words)).toEqual({ status, stdout: expect.stringMatching(printed) as string, stderr: '' });
  });

  it('says so when there is no such command', async () => {
    expect(await hostdev(['help', 'lst'])).toMatchObject({ status: 2, stdout: '', stderr: expect.stringMatching(/unknown command 'lst'.*list/s) as string });
  });

  it('takes options before the command, and -y for --yes', async () => {
    const { stdout, status } = await hostdev(['--json', 'xml', '0002:00:00.0']);
    expect([status, stdout.slice(0, 1)]).toEqual([0, '{']);
    expect((await hostdev(['detach', '-y', '/nowhere.xml', '2:0.0'])).stderr).toMatch(/there is no file/);
  });
});
