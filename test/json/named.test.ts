/** docs/json.md: of what was named, what is not in items is the subject of a problem that says why. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openScene, type Scene } from './scene.ts';

let scene: Scene;
beforeEach(async () => {
  scene = await openScene();
});
afterEach(() => scene.end());

interface Said {
  readonly items: readonly object[];
  readonly problems: readonly { readonly subject: string | null }[];
}

/** A command line, what is named in it, and what is run before. */
const LINES: readonly (readonly [line: string, names: readonly string[], before?: string])[] = [
  ['list 6:0.0 99:0.0', ['0000:06:00.0', '0000:99:00.0']],
  ['list 6:0.0 2:0.0 --class nic', ['0000:06:00.0', '0000:02:00.0']],
  ['list 6:0.0 --class gpu', ['0000:06:00.0']],
  ['check 6:0.0 8:0.0 99:0.0 98:0.0', ['0000:06:00.0', '0000:08:00.0', '0000:99:00.0', '0000:98:00.0']],
  ['prepare 99:0.0 98:0.0', ['0000:99:00.0', '0000:98:00.0']],
  ['prepare 8:0.0 5:0.0', ['0000:08:00.0', '0000:05:00.0']],
  ['prepare 8:0.0 5:0.0 --dry-run', ['0000:08:00.0', '0000:05:00.0']],
  ['prepare 5:0.0 8:0.0 --force', ['0000:08:00.0', '0000:05:00.0']],
  ['release 99:0.0 98:0.0', ['0000:99:00.0', '0000:98:00.0']],
  ['attach pc 8:0.0 5:0.0 --live -y', ['0000:08:00.0', '0000:05:00.0']],
  ['attach QMP 8:0.0 5:0.0 -y', ['0000:08:00.0', '0000:05:00.0']],
  ['slot off 0x99 0x98', ['0x00000099', '0x00000098']],
  ['slot on 0x99 0x98', ['0x00000099', '0x00000098']],
  ['slot off 6:0.0 2:0.0', ['0000:06:00.0', '0000:02:00.0']],
  ['slot reset 0x99 0x17', ['0x00000099', '0x00000017'], 'slot off 0x17'],
  ['slot reconfigure 0x99 0x98', ['0x00000099', '0x00000098']],
  ['persistent remove 6:0.0 5:0.0', ['0000:06:00.0', '0000:05:00.0']],
];

describe('what is named', () => {
  it.each(LINES.map(([line, names, before]) => [line, names, before] as const))(
    'by hostdev %s is in an item or the subject of a problem',
    async (line, names, before) => {
      if (before !== undefined) expect(await scene.run(before)).toMatchObject({ status: 0 });
      const { items, problems } = JSON.parse((await scene.run(`${line} --json`)).stdout) as Said;
      const told = new Set<unknown>([...items.flatMap((item) => Object.values(item) as unknown[]), ...problems.map(({ subject }) => subject)]);
      expect(names.filter((name) => !told.has(name))).toEqual([]);
    },
  );
});
