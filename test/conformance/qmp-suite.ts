/** What every QEMU's monitor does, the fake one as well as a real one. It has two free root ports, `rp0` and `rp1`. */
import { deepEqual, equal, match, ok, rejects } from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Qmp, QmpEvent } from '../../src/qmp/client/qmp.ts';
import { allDevices } from '../../src/qmp/protocol/pci.ts';

export interface QmpCase {
  readonly title: string;
  readonly run: (qmp: Qmp) => Promise<void>;
}

const DRIVER = 'e1000e';

const refused = (text: RegExp) => (error: unknown) => {
  const { code, message } = error as { code: string; message: string };
  equal(code, 'qmp-refused');
  match(message, text);
  return true;
};

export const QMP_CASES: readonly QmpCase[] = [
  {
    title: 'shows its ports, empty ones too',
    run: async (qmp) => {
      const ports = allDevices(await qmp.queryPci()).filter(({ id }) => id.startsWith('rp'));
      deepEqual(
        ports.map(({ id, behind, classCode }) => [id, behind, classCode]),
        [
          ['rp0', [], 0x0604],
          ['rp1', [], 0x0604],
        ],
      );
      equal(await qmp.execute('qom-get', { path: '/machine/peripheral/rp0', property: 'type' }), 'pcie-root-port');
    },
  },
  {
    title: 'adds a device to a port, and removes it when the guest lets go',
    run: async (qmp) => {
      const events: QmpEvent[] = [];
      const stop = qmp.onEvent((event) => events.push(event));
      await qmp.execute('device_add', { driver: DRIVER, id: 'suite0', bus: 'rp1' });
      equal(await qmp.execute('qom-get', { path: '/machine/peripheral/suite0', property: 'parent_bus' }), '/machine/peripheral/rp1/rp1');
      equal(await qmp.execute('qom-get', { path: '/machine/peripheral/suite0', property: 'addr' }), 0);
      const children = (await qmp.execute('qom-list', { path: '/machine/peripheral' })) as { name: string; type: string }[];
      deepEqual(
        children
          .filter(({ type }) => type.startsWith('child<'))
          .map(({ name, type }) => `${name} ${type}`)
          .sort(),
        ['rp0 child<pcie-root-port>', 'rp1 child<pcie-root-port>', 'suite0 child<e1000e>'],
      );
      await qmp.execute('device_del', { id: 'suite0' });
      const gone = (): boolean => events.some(({ name, data }) => name === 'DEVICE_DELETED' && data['device'] === 'suite0');
      // A guest without system lets go at its reset at the latest; the fake one needs none.
      await qmp.execute('system_reset').catch(() => undefined);
      for (let i = 0; i < 500 && !gone(); i += 1) await sleep(10);
      ok(gone(), 'no DEVICE_DELETED within 5 s');
      stop();
    },
  },
  {
    title: 'refuses in its own words',
    run: async (qmp) => {
      await qmp.execute('device_add', { driver: DRIVER, id: 'suite1', bus: 'rp0' });
      await rejects(qmp.execute('device_add', { driver: DRIVER, id: 'suite1', bus: 'rp1' }), refused(/Duplicate/i));
      await rejects(qmp.execute('device_add', { driver: DRIVER, id: 'suite2', bus: 'nowhere' }), refused(/Bus 'nowhere' not found/));
      await rejects(qmp.execute('device_del', { id: 'nobody' }), refused(/not found/));
      await rejects(qmp.execute('no-such-command'), refused(/has not been found/));
    },
  },
  {
    title: 'answers many commands at once, each with its own answer',
    run: async (qmp) => {
      const answers = await Promise.all(Array.from({ length: 30 }, (_, i) => (i % 2 === 0 ? qmp.execute('query-name') : qmp.execute('query-status'))));
      for (const [i, answer] of answers.entries()) ok((i % 2 === 0 ? 'name' : 'status') in (answer as object));
    },
  },
];
