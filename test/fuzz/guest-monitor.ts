/** Any answers of a QEMU's monitor about its guest: understood or refused. */
import { Duplex } from 'node:stream';
import { readMonitor } from '../../src/guest/qmp/read-monitor.ts';
import { openQmp } from '../../src/qmp/client/qmp.ts';
import { fuzzTarget, orRejected } from './fuzz.ts';
import { mutatedJson } from './mutate.ts';

/** What each command returns; properties by their names. */
const ANSWERS = {
  'query-status': { status: 'running', running: true },
  'query-target': { arch: 's390x' },
  'query-name': { name: 'web' },
  'qom-list': [
    { name: 'hostdev0', type: 'child<vfio-pci>' },
    { name: 'zpci0', type: 'child<zpci>' },
    { name: 'type', type: 'string' },
  ],
  host: '0007:00:00.0',
  parent_bus: '/machine/peripheral/p1/p1',
  addr: 8,
  uid: 1,
  fid: 0,
};

/** A monitor that returns these. */
function monitor(answers: Readonly<Record<string, unknown>>): Duplex {
  const say = (message: object): void => void stream.push(`${JSON.stringify(message)}\n`);
  const stream: Duplex = new Duplex({
    read: () => undefined,
    write: (chunk: Buffer, _encoding, done) => {
      const { id, execute, arguments: args } = JSON.parse(chunk.toString()) as { id: number; execute: string; arguments?: { property?: string } };
      say({ id, return: execute === 'qmp_capabilities' ? {} : (answers[args?.property ?? execute] ?? null) });
      done();
    },
  });
  say({ QMP: { version: { qemu: { major: 10, minor: 0, micro: 2 } }, capabilities: [] } });
  return stream;
}

export const monitorState = fuzzTarget(
  'what a monitor says of its guest',
  mutatedJson([ANSWERS, { ...ANSWERS, 'query-target': { arch: 'x86_64' } }]),
  async (answers) => {
    const qmp = await openQmp(monitor(typeof answers === 'object' && answers !== null ? (answers as Record<string, unknown>) : {}), 'fuzz');
    await orRejected(() => readMonitor(qmp, '/run/monitor'));
    qmp.close();
  },
);
