import { describe, expect, it } from 'vitest';
import type { HostdevSpec } from '../domain/hostdev-xml.ts';
import { pciAddress } from '../pci/address.ts';
import type { MonitorDevice, MonitorState } from '../state/monitor-state.ts';
import { deviceId, formatAddition, formatAdditionPlace, placeInMonitor, slotMates } from './monitor-placement.ts';

const spec = (fn: number, told: Partial<HostdevSpec> = {}): HostdevSpec => ({ source: pciAddress(0, 1, 0, fn), ...told });
const device = (id: string, told: Partial<MonitorDevice> = {}): MonitorDevice => ({ id, type: 'pcie-root-port', bus: 'pcie.0', slot: 1, ...told });
const guest = (told: Partial<MonitorState> = {}): MonitorState => ({
  ...{ socket: '/run/q.sock', name: undefined, status: 'running', hasZpci: false, hostdevs: [], zpciIds: [] },
  devices: [device('rp0'), device('rp1'), device('bridge', { type: 'pci-bridge' }), device('disk', { type: 'virtio-blk-pci', bus: 'rp0' })],
  ...told,
});
const Z = { hasZpci: true, devices: [] };

describe('where a function goes in a guest without libvirt', () => {
  const places = (state: MonitorState, ...specs: HostdevSpec[]): string[] =>
    placeInMonitor(state, specs).map((each) => `${each.id}${formatAdditionPlace(each)}`);

  it('is a free port each', () => {
    expect(places(guest(), spec(0))).toEqual(['hostdev-0000-01-00-0 behind rp1']);
    const devices = ['pcie-root-port', 'ioh3420', 'xio3130-downstream', 'xio3130-upstream', 'pcie-pci-bridge'].map((type) => device(type, { type }));
    expect(places(guest({ devices }), spec(0), spec(1), spec(2))).toEqual([
      'hostdev-0000-01-00-0 behind pcie-root-port',
      'hostdev-0000-01-00-1 behind ioh3420',
      'hostdev-0000-01-00-2 behind xio3130-downstream',
    ]);
  });

  it('is one port for the functions of one device', () => {
    expect(places(guest(), spec(0, { multifunction: true }), spec(1))).toEqual([
      'hostdev-0000-01-00-0 behind rp1 as function 0',
      'hostdev-0000-01-00-1 behind rp1 as function 1',
    ]);
  });

  it('is free ids on IBM Z, the lowest first, around those that are named', () => {
    expect(places(guest(Z), spec(0), spec(1, { zpci: { uid: 7 } }), spec(2, { zpci: { uid: 0x10, fid: 0x20 } }))).toEqual([
      'hostdev-0000-01-00-0 with uid 0x0001, fid 0x00000000',
      'hostdev-0000-01-00-1 with uid 0x0007, fid 0x00000001',
      'hostdev-0000-01-00-2 with uid 0x0010, fid 0x00000020',
    ]);
    const zpciIds = [
      { uid: 1, fid: 0 },
      { uid: 2, fid: 5 },
    ];
    expect(places(guest({ ...Z, zpciIds }), spec(0), spec(1))).toEqual([
      'hostdev-0000-01-00-0 with uid 0x0003, fid 0x00000001',
      'hostdev-0000-01-00-1 with uid 0x0004, fid 0x00000002',
    ]);
  });

  it.each<[string, Partial<MonitorState>, HostdevSpec[], object]>([
    [
      'for want of a port',
      {},
      [spec(0), spec(1)],
      {
        ...{ code: 'guest-no-slot', subject: 'qmp:/run/q.sock', message: 'qmp:/run/q.sock: the guest has no free hot-plug port' },
        hint: 'start QEMU with more: -device pcie-root-port,id=rpN,chassis=N',
      },
    ],
    ['for want of a port for one device', { devices: [] }, [spec(0, { multifunction: true })], { code: 'guest-no-slot' }],
    [
      'with ids where there is no zPCI',
      {},
      [spec(0), spec(1, { zpci: { uid: 1 } })],
      { code: 'zpci-unsupported', subject: '0000:01:00.1', message: 'zPCI ids are given, but the guest has no zPCI', hint: 'leave --uid and --fid out' },
    ],
    [
      'as one device on IBM Z',
      Z,
      [spec(0, { multifunction: true })],
      { code: 'option-conflict', message: 'on IBM Z each function is a device of its own', hint: 'leave --multifunction out' },
    ],
    [
      'with a uid that is taken',
      { ...Z, zpciIds: [{ uid: 0x1f, fid: 0 }] },
      [spec(0, { zpci: { uid: 0x1f } })],
      { code: 'zpci-uid-in-use', message: 'the guest has uid 0x1f already', hint: 'leave --uid out to have one chosen' },
    ],
    [
      'with a fid that another one comes with',
      Z,
      [spec(0, { zpci: { fid: 0x1f } }), spec(1, { zpci: { fid: 0x1f } })],
      { code: 'zpci-fid-in-use', message: 'the guest has fid 0x1f already', hint: 'leave --fid out to have one chosen' },
    ],
  ])('is refused %s', (_, state, specs, problem) => {
    expect(() => placeInMonitor(guest(state), specs)).toThrow(expect.objectContaining(problem) as Error);
  });
});

describe('a function as QEMU takes it', () => {
  const arguments_ = (told: Partial<HostdevSpec>, place: object = {}): unknown =>
    JSON.parse(formatAddition({ spec: spec(0, told), id: 'd', bus: undefined, function: undefined, zpci: undefined, ...place }));
  const PLAIN = { driver: 'vfio-pci', id: 'd', host: '0000:01:00.0' };

  it.each<[string, Partial<HostdevSpec>, object, object[]]>([
    ['anywhere', {}, {}, [PLAIN]],
    ['behind a port', {}, { bus: 'rp1' }, [{ ...PLAIN, bus: 'rp1' }]],
    ['as a part of a device', {}, { bus: 'rp1', function: 0 }, [{ ...PLAIN, bus: 'rp1', addr: '0.0', multifunction: true }]],
    ['to boot from', { bootOrder: 3 }, {}, [{ ...PLAIN, bootindex: 3 }]],
    ['with its ROM', { rom: 'on' }, {}, [PLAIN]],
    ['with its ROM hidden', { rom: 'off' }, {}, [{ ...PLAIN, rombar: 0 }]],
    ['without a ROM', { rom: 'none' }, {}, [{ ...PLAIN, romfile: '' }]],
    ['with another ROM', { rom: { file: '/x.rom' } }, {}, [{ ...PLAIN, romfile: '/x.rom' }]],
    ['on IBM Z', {}, { zpci: { uid: 7, fid: 9 } }, [{ driver: 'zpci', id: 'd-zpci', uid: 7, fid: 9, target: 'd' }, PLAIN]],
  ])('%s', (_, told, place, expected) => {
    expect(arguments_(told, place)).toEqual(expected);
  });

  it('is called by its address, and told by where it goes', () => {
    expect(deviceId(pciAddress(0x10000, 0xe1, 0x1f, 7))).toBe('hostdev-10000-e1-1f-7');
    expect(formatAdditionPlace({ spec: spec(0), id: 'd', bus: undefined, function: undefined, zpci: undefined })).toBe(' behind its PCI bus');
  });

  it('goes with whatever shares its slot', () => {
    const on = (id: string, bus: string | undefined, slot: number | undefined): MonitorDevice => ({ id, type: 'vfio-pci', bus, slot });
    const devices = [on('a', 'rp1', 0), on('b', 'rp1', 0), on('c', 'rp1', 1), on('d', 'rp2', 0), on('e', 'rp1', undefined), on('f', undefined, undefined)];
    expect(slotMates(devices, 'a')).toEqual(['b']);
    expect(slotMates(devices, 'c')).toEqual([]);
    expect(slotMates(devices, 'e')).toEqual([]);
    expect(slotMates(devices, 'f')).toEqual([]);
    expect(slotMates(devices, 'x')).toEqual([]);
  });
});
