/** Every table is no wider than its terminal, whatever is in it. */
import { afterEach, beforeEach, expect, it } from 'vitest';
import { captureIo } from '../../test/capture.ts';
import { openScene, type Scene } from '../../test/json/scene.ts';
import { main } from './main.ts';

let scene: Scene;
beforeEach(async () => {
  scene = await openScene();
  const lines = ['prepare 5:0.0 5:0.1 --persist', 'attach pc 6:0.0 --persistent -y', 'vf create 2:0.0 4 --persist', 'pool create vfs 2:0.0', 'slot off 0x17'];
  for (const line of lines) expect(await scene.run(line)).toMatchObject({ status: 0 });
});
afterEach(() => scene.end());

it.each([
  ['status', 80, 'SUBJECT'],
  ['status', 60, 'SUBJECT'],
  ['status', 40, 'SUBJECT'],
  ['history', 80, 'OUTCOME'],
  ['history', 60, 'OUTCOME'],
  ['history', 50, 'OUTCOME'],
  ['guests', 80, 'FUNCTION'],
  ['guests', 60, 'IN GUEST'],
  ['persistent', 80, 'DRIFT'],
  ['persistent', 60, 'DRIFT'],
  ['persistent', 40, 'DRIFT'],
  ['guests', 40, 'FUNCTION'],
  ['pool show', 40, 'FUNCTIONS'],
  ['pool show', 60, 'FUNCTIONS'],
  ['expand DIR/z.xml --host none --explain', 80, 'WHY'],
  ['expand DIR/z.xml --host none --explain', 70, 'FID'],
  ['expand --libvirt list', 60, 'SHIPPED BY'],
])('hostdev %s fits on %d columns, and has %s', async (line, width, title) => {
  const { io, stdout } = captureIo('', scene.machine, { width, hasUnicode: true, hasColors: false });
  await main(
    line.split(' ').map((word) => word.replace('DIR', scene.directory)),
    io,
  );
  const table = stdout()
    .split('\n')
    .filter((each) => !each.startsWith('for libvirt'));
  expect(table[0]).toContain(title);
  expect(table.length).toBeGreaterThan(2);
  expect(table.filter((each) => [...each].length > width)).toEqual([]);
});

it.each([
  ['status', 60],
  ['status', 40],
  ['history', 60],
  ['persistent', 60],
  ['persistent', 40],
])('hostdev %s has every address and every guest on %d columns, none of them cut', async (line, width) => {
  const shown = async (columns: number | undefined): Promise<Set<string>> => {
    const { io, stdout } = captureIo('', scene.machine, { width: columns, hasUnicode: true, hasColors: false });
    await main([line], io);
    return new Set(stdout().match(/[\da-f]{4,8}:[\da-f]{2}:[\da-f]{2}\.\d|\bpc\b/g));
  };
  const whole = await shown(undefined);
  expect(whole.size).toBeGreaterThan(0);
  expect(await shown(width)).toEqual(whole);
});
