import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { GUEST_CASES, type GuestUnderTest } from '../../test/conformance/guest-suite.ts';
import { hostdev, onPc } from '../../test/guests.ts';
import { formatHostdev } from '../domain/hostdev-xml.ts';
import { HostdevError } from '../errors.ts';
import { connectLibvirt } from '../libvirt/index.ts';
import { parsePciAddress } from '../pci/notation.ts';
import { formatAddition } from '../plan/monitor-placement.ts';
import { connectQmp } from '../qmp/client/qmp.ts';
import { startFakeLibvirt } from '../testing/fake-libvirt/fake-libvirt.ts';
import { startFakeQmp } from '../testing/fake-qmp.ts';
import { fileGuest } from './file-guest.ts';
import { LibvirtLink } from './libvirt/link.ts';
import { libvirtGuest } from './libvirt/libvirt-guest.ts';
import type { DeviceToAttach } from './port.ts';
import { qmpGuest } from './qmp/qmp-guest.ts';

const [DEVICE, OTHER] = ['0007:00:00.0', '0009:00:00.0'].map(parsePciAddress) as [ReturnType<typeof parsePciAddress>, ReturnType<typeof parsePciAddress>];
const asElement = (source: typeof DEVICE): DeviceToAttach => ({ selector: { source }, text: formatHostdev({ source }).join('\n') });

interface Made {
  readonly guest: GuestUnderTest;
  readonly stop: () => Promise<void>;
}

const ELEMENTS = { device: asElement(DEVICE), other: asElement(OTHER) };

async function ofLibvirt(state: 'runs' | 'is only defined'): Promise<Made> {
  const fake = await startFakeLibvirt();
  const link = await LibvirtLink.open(() => connectLibvirt(`qemu+unix:///system?socket=${fake.socket}`));
  const guest = fake.qemu.define(onPc('web', 4));
  if (state === 'runs') fake.qemu.start(guest, false);
  const ref = await (await link.get()).findDomain('web');
  return {
    guest: {
      ...ELEMENTS,
      port: libvirtGuest(link, ref),
      parts: { live: state === 'runs', config: true },
      ...(state === 'runs' ? { keep: () => void (guest.onDetach = 'refuse') } : {}),
    },
    stop: async () => {
      await link.close();
      await fake.stop();
    },
  };
}

async function ofMonitor(arch: 'x86_64' | 's390x'): Promise<Made> {
  const fake = await startFakeQmp(arch === 's390x' ? { arch } : { ports: ['rp0', 'rp1', 'rp2'] });
  const qmp = await connectQmp(fake.socket);
  const device = (source: typeof DEVICE, id: string, i: number): DeviceToAttach => ({
    selector: { source },
    text: formatAddition({
      spec: { source },
      id,
      bus: arch === 's390x' ? undefined : `rp${i}`,
      function: undefined,
      zpci: arch === 's390x' ? { uid: i + 1, fid: i } : undefined,
    }),
  });
  return {
    guest: {
      port: qmpGuest(qmp, fake.socket),
      parts: { live: true, config: false },
      device: device(DEVICE, 'one', 0),
      other: device(OTHER, 'two', 1),
      keep: () => void (fake.onDetach = 'refuse'),
    },
    stop: async () => {
      qmp.close();
      await fake.stop();
    },
  };
}

async function ofFile(): Promise<Made> {
  // Something of the kind that is looked for stands in it already.
  let text = onPc('web', 4).replace('<memballoon', `${hostdev('0x00aa')}<memballoon`);
  const port = fileGuest({ name: 'web.xml', read: async () => text, replace: async (now) => void (text = now) });
  return { guest: { ...ELEMENTS, port, parts: { live: false, config: true } }, stop: async () => undefined };
}

describe.each<[string, () => Promise<Made>]>([
  ['a guest of libvirt that runs', () => ofLibvirt('runs')],
  ['a guest of libvirt that is only defined', () => ofLibvirt('is only defined')],
  ["a QEMU's monitor", () => ofMonitor('x86_64')],
  ["a QEMU's monitor on IBM Z", () => ofMonitor('s390x')],
  ['a definition in a file', ofFile],
])('%s', (_, make) => {
  let made: Made;
  beforeEach(async () => {
    made = await make();
  });
  afterEach(() => made.stop());

  it.each(GUEST_CASES)('$title', ({ run }) => run(made.guest));
});

describe("a QEMU's monitor on IBM Z that does not answer while a function is added", () => {
  it('keeps the zpci object that the function needs when it comes after all', async () => {
    const fake = await startFakeQmp({ arch: 's390x' });
    const qmp = await connectQmp(fake.socket);
    const removed: string[] = [];
    // The answer takes fifteen minutes to be late.
    const late = new Proxy(qmp, {
      get: (target, name) => {
        if (name !== 'execute') return Reflect.get(target, name) as unknown;
        return async (command: string, args: { readonly driver?: string; readonly id?: string }): Promise<unknown> => {
          if (command === 'device_add' && args.driver === 'vfio-pci') throw new HostdevError('qmp-timeout', 'QEMU has not answered');
          if (command === 'device_del') removed.push(String(args.id));
          return target.execute(command, args);
        };
      },
    });
    const zpci = { uid: 1, fid: 0 };
    const text = formatAddition({ spec: { source: DEVICE }, id: 'one', bus: undefined, function: undefined, zpci });
    const attaching = qmpGuest(late, fake.socket).attachDevice({ selector: { source: DEVICE }, text }, { live: true, config: false });
    await expect(attaching).rejects.toMatchObject({ code: 'stuck', message: expect.stringContaining('may still be attached later') as string });
    expect(removed).toEqual([]);
    expect([...fake.devices.keys()]).toEqual(['one-zpci']);
    qmp.close();
    await fake.stop();
  });
});
