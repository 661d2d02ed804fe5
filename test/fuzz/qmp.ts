/** Any bytes from a QEMU's monitor: read or refused, and every command that waits is told. */
import fc from 'fast-check';
import { allDevices, readPciInfo } from '../../src/qmp/protocol/pci.ts';
import { parseMessage } from '../../src/qmp/protocol/message.ts';
import { openQmp } from '../../src/qmp/client/qmp.ts';
import { fuzzTarget, orRefused, orRejected } from './fuzz.ts';
import { cuts, inPieces, mutatedBytes, mutatedJson, STRANGE_VALUES } from './mutate.ts';
import { pair } from '../pair.ts';

const PCI = [
  {
    bus: 0,
    devices: [
      {
        bus: 0,
        slot: 1,
        function: 0,
        qdev_id: 'p1',
        class_info: { class: 0x0604 },
        pci_bridge: { bus: { number: 1 }, devices: [{ bus: 1, slot: 0, function: 0, qdev_id: '', class_info: { class: 2 } }] },
      },
    ],
  },
];

const MESSAGES: readonly unknown[] = [
  { QMP: { version: { qemu: { major: 10, minor: 0, micro: 3 }, package: '' }, capabilities: ['oob'] } },
  { return: {}, id: 1 },
  { return: PCI, id: 2 },
  { error: { class: 'GenericError', desc: 'no' }, id: 2 },
  { event: 'DEVICE_DELETED', data: { device: 'hostdev0', path: '/x' }, timestamp: { seconds: 1, microseconds: 2 } },
];

const line = (message: unknown): string => `${JSON.stringify(message)}\r\n`;

export const messages = fuzzTarget('messages of a monitor', mutatedJson(MESSAGES), (message) => {
  orRefused(() => parseMessage(JSON.stringify(message) ?? ''));
});

export const pciInfo = fuzzTarget('what a monitor says of PCI', mutatedJson([PCI]), (value) => {
  const buses = orRefused(() => readPciInfo(value));
  if (buses !== undefined) allDevices(buses);
});

/** Lines whose message is strange, and lines that are broken; cut anywhere. */
const streams = fc
  .tuple(fc.array(fc.oneof({ weight: 2, arbitrary: fc.constantFrom(...MESSAGES) }, mutatedJson(MESSAGES)), { maxLength: 6 }), fc.boolean())
  .chain(([all, isBroken]) => {
    const bytes = Buffer.from([MESSAGES[0], MESSAGES[1], ...all].map(line).join(''));
    return isBroken
      ? mutatedBytes(
          [bytes],
          STRANGE_VALUES.map((value) => Buffer.from(line(value))),
        )
      : fc.constant(bytes);
  });

export const monitors = fuzzTarget('what a monitor answers', fc.tuple(streams, cuts), async ([bytes, at]) => {
  const [ours, theirs] = pair();
  theirs.on('data', () => undefined);
  const opened = orRejected(async () => {
    const qmp = await openQmp(ours, 'fuzz', { timeoutMs: 5000 });
    qmp.onEvent(() => undefined);
    await Promise.all([orRejected(() => qmp.queryPci()), orRejected(() => qmp.execute('query-status'))]);
    qmp.close();
  });
  for (const piece of inPieces(bytes, at)) {
    if (!ours.destroyed) ours.push(piece);
    // Answers to what was not asked yet would be lost.
    await new Promise((resolve) => setImmediate(resolve));
  }
  if (!ours.destroyed) ours.push(null);
  await opened;
});
