/** What `recover --json` says was changed: the host, and not only the record of it. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { bootId } from '../../src/host/boot-id.ts';
import { appendRecords } from '../journal.ts';
import { openScene, type Scene } from './scene.ts';

let scene: Scene;
beforeEach(async () => {
  scene = await openScene();
});
afterEach(() => scene.end());

interface Begun {
  readonly verb: string;
  readonly subject: string;
  readonly before: Readonly<Record<string, string | null>>;
  readonly wanted: Readonly<Record<string, string | null>>;
}

const TAKEN: Begun = {
  ...{ verb: 'prepare', subject: '0000:06:00.0' },
  ...{ before: { driver: 'nvme', override: null }, wanted: { driver: 'vfio-pci', override: 'vfio-pci' } },
};
const there = { power: '1', there: 'yes' };
const RESET: Begun = { verb: 'slot reset', subject: '00000017', before: { ...there, functions: '0007:00:00.0' }, wanted: there };

const DEVICE = '/sys/bus/pci/devices/0000:06:00.0';

/** A change that was begun and not ended, after these writes, and what of it is found. */
const CASES: readonly (readonly [what: string, begun: Begun, writes: readonly (readonly [string, string])[], said: object, boot?: string])[] = [
  ['of which nothing was done', TAKEN, [], { outcome: 'old', changed: false }],
  [
    'that was done',
    TAKEN,
    [
      [`${DEVICE}/driver_override`, 'vfio-pci'],
      [`${DEVICE}/driver/unbind`, '0000:06:00.0'],
      ['/sys/bus/pci/drivers_probe', '0000:06:00.0'],
    ],
    { outcome: 'new', changed: false },
  ],
  ['that was half done', TAKEN, [[`${DEVICE}/driver_override`, 'vfio-pci']], { outcome: 'old', changed: true }],
  ['of another boot', TAKEN, [], { outcome: 'gone', changed: false }, 'another'],
  [
    'that leaves no trace, a reset',
    RESET,
    [],
    { outcome: 'old', changed: false, subject: '0x00000017', reason: expect.stringMatching(/cannot be seen whether/) as unknown },
  ],
];

describe('recover', () => {
  it.each(CASES.map(([what, ...rest]) => [what, rest] as const))(
    'says what it changed of a change %s',
    async (_, [{ subject, verb, before, wanted }, writes, said, boot]) => {
      const { port } = await scene.machine.context();
      for (const [path, text] of writes) await port.write(path, text);
      await appendRecords(scene.machine.stateDirectory ?? '', {
        ...{ kind: 'begin', id: 'open', time: '2026-11-26T08:00:00.000Z', boot: boot ?? (await bootId(port)), by: 'root, pid 1' },
        ...{ subject, verb, before, wanted },
      } as Parameters<typeof appendRecords>[1]);
      const answer = JSON.parse((await scene.run('recover --json')).stdout) as {
        readonly items: readonly { readonly changed: boolean }[];
        readonly changed: boolean;
      };
      expect(answer.items).toMatchObject([said]);
      expect(answer.changed).toBe(answer.items[0]?.changed);
    },
  );
});
