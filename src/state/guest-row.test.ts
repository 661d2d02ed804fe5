import { describe, expect, it } from 'vitest';
import type { Problem } from '../errors.ts';
import { pciAddress } from '../pci/address.ts';
import { type GuestStart, guestRow } from './guest-row.ts';
import { deviceText, devicePresence, findDevice, formatSelector, type GuestState, sameDevices, sourcesIn } from './guest-state.ts';
import { judgeMigration } from './migration.ts';

const source = (bus: string): string => `<source><address domain='0x0000' bus='${bus}' slot='0x00' function='0x0'/></source>`;
const MANAGED = `<hostdev mode='subsystem' type='pci' managed='yes'>${source('0x01')}<alias name='hostdev0'/><address type='pci' domain='0x0000' bus='0x05' slot='0x00' function='0x0'><zpci uid='0x0007' fid='0x0000000a'/></address></hostdev>`;
const UNMANAGED = `<hostdev mode='subsystem' type='pci'>${source('0x02')}</hostdev>`;
const INTERFACE = `<interface type='hostdev' managed='yes'><mac address='52:54:00:AA:00:01'/>${source('0x03')}</interface>`;
const POOLED = "<interface type='network'><mac address='52:54:00:bb:00:01'/><source network='vfs'/></interface>";
const USB = "<hostdev mode='subsystem' type='usb'><source><vendor id='0x1234'/></source><alias name='hostdev7'/></hostdev>";

const domain = (...devices: string[]): string => `<domain type='kvm'><name>web</name><devices>${devices.join('')}</devices></domain>`;
const guest = (live: string | undefined, config: string | undefined): GuestState => ({
  ref: { name: 'web', uuid: 'u', id: live === undefined ? -1 : 3 },
  state: live === undefined ? 'shut off' : 'running',
  live,
  config,
});
const AS_IT_IS: GuestStart = { autostart: false, host: undefined };
const told = ({ code, severity, subject, message, hint }: Problem): string =>
  `${severity} ${code} ${subject}: ${message}${hint === undefined ? '' : ` (${hint})`}`;
const warnings = (state: GuestState, start: GuestStart): string[] => guestRow(state, start).warnings.map(told);

describe('a guest in a list', () => {
  it('that does not run has the functions of its definition', () => {
    expect(guestRow(guest(undefined, domain(MANAGED, UNMANAGED, USB)), AS_IT_IS)).toEqual({
      name: 'web',
      uuid: 'u',
      id: null,
      state: 'shut off',
      persistent: true,
      autostart: false,
      functions: [
        {
          ...{ address: '0000:01:00.0', guestAddress: '0000:05:00.0', uid: '0x0007', fid: '0x0000000a', managed: true },
          // Its alias is that of what runs.
          ...{ live: false, config: true, alias: null, mac: null },
        },
        {
          ...{ address: '0000:02:00.0', guestAddress: null, uid: null, fid: null, managed: false },
          ...{ live: false, config: true, alias: null, mac: null },
        },
      ],
      warnings: [],
    });
  });

  it('that runs and is not defined has the functions of what runs', () => {
    expect(guestRow(guest(domain(MANAGED, INTERFACE), undefined), { ...AS_IT_IS, autostart: true })).toMatchObject({
      ...{ id: 3, state: 'running', persistent: false, autostart: true, warnings: [] },
      functions: [
        { address: '0000:01:00.0', live: true, config: false, alias: 'hostdev0', mac: null },
        { address: '0000:03:00.0', live: true, config: false, alias: null, mac: '52:54:00:AA:00:01' },
      ],
    });
  });

  it('says of each function that differs what becomes of it', () => {
    const state = guest(domain(MANAGED, INTERFACE), domain(UNMANAGED, MANAGED));
    expect(guestRow(state, AS_IT_IS).functions.map(({ address, live, config }) => [address, live, config])).toEqual([
      ['0000:01:00.0', true, true],
      ['0000:03:00.0', true, false],
      ['0000:02:00.0', false, true],
    ]);
    expect(warnings(state, AS_IT_IS)).toEqual([
      'warning guest-changed 0000:03:00.0: 0000:03:00.0 is gone when the guest is started next: the definition does not have it',
      'warning guest-changed 0000:02:00.0: 0000:02:00.0 comes when the guest is started next',
    ]);
  });

  const REFUSALS: readonly Problem[] = [
    { code: 'function-in-use', severity: 'error', subject: '0000:02:00.0', message: '0000:02:00.0 is in use', hint: 'unmount it' },
    { code: 'group-incomplete', severity: 'error', message: 'the group is not whole', hint: 'take --group' },
    { code: 'function-held', severity: 'error', subject: '0000:01:00.0', message: '0000:01:00.0 is held' },
  ];

  it('that cannot start here says why, and what helps', () => {
    expect(warnings(guest(undefined, domain(MANAGED, UNMANAGED)), { autostart: false, host: { absent: ['0000:01:00.0'], refusals: REFUSALS } })).toEqual([
      "warning function-unknown 0000:01:00.0: web cannot start here: the host has no 0000:01:00.0 ('hostdev list' shows what there is; swap it for another one, or detach it)",
      'warning function-in-use 0000:02:00.0: web cannot start here: 0000:02:00.0 is in use (unmount it)',
      "warning group-incomplete web: web cannot start here: the group is not whole (a group goes to vfio as a whole: give the rest to this guest too ('hostdev attach web ADDRESS'), or prepare it)",
      'warning function-held 0000:01:00.0: web cannot start here: 0000:01:00.0 is held',
    ]);
  });

  it('that starts with the host is told of before it fails, and what is not made ready by then', () => {
    const state = guest(undefined, domain(MANAGED, UNMANAGED, UNMANAGED.replaceAll('0x02', '0x04')));
    expect(warnings(state, { autostart: true, host: { absent: ['0000:01:00.0'], refusals: [] } })).toEqual([
      'warning function-unknown 0000:01:00.0: web starts with the host, but the host has no 0000:01:00.0 (it will not start)',
      'warning function-not-prepared web: web starts with the host, and 0000:02:00.0, 0000:04:00.0 must be with vfio-pci by then (hostdev prepare --persist 0000:02:00.0 0000:04:00.0)',
    ]);
    expect(warnings(state, { autostart: false, host: { absent: [], refusals: [] } })).toEqual([]);
    expect(warnings(state, { autostart: true, host: undefined })).toEqual([]);
    expect(warnings(guest(undefined, domain(MANAGED)), { autostart: true, host: { absent: [], refusals: [] } })).toEqual([]);
    // What runs without being defined is not what starts next.
    expect(warnings(guest(domain(UNMANAGED), undefined), { autostart: true, host: { absent: [], refusals: [] } })).toEqual([]);
  });
});

describe('a device of a guest', () => {
  const XML = domain(MANAGED, INTERFACE, POOLED, POOLED.replace('vfs', 'others'));
  const bySource = (bus: number) => ({ source: pciAddress(0, bus, 0, 0) });

  it.each<[string, Parameters<typeof findDevice>[1], string | undefined]>([
    ['by its function', bySource(1), MANAGED],
    ['by its function, as an interface', bySource(3), INTERFACE],
    ['by a function that it does not have', bySource(2), undefined],
    ['by its MAC address, however it is written', { mac: '52:54:00:aa:00:01', pools: [] }, INTERFACE],
    ['by its MAC address in capitals', { mac: '52:54:00:BB:00:01', pools: ['vfs'] }, POOLED],
    ['by the MAC address of an interface of another network', { mac: '52:54:00:bb:00:01', pools: ['third'] }, undefined],
    ['by a MAC address that none has', { mac: '52:54:00:bb:00:02', pools: ['vfs'] }, undefined],
  ])('is found %s', (_, selector, text) => {
    expect(deviceText(XML, selector)).toBe(text);
    expect(findDevice(undefined, selector)).toBeUndefined();
    expect(deviceText(undefined, selector)).toBeUndefined();
    const has = text === undefined ? 'no' : 'yes';
    expect(devicePresence({ live: XML, config: undefined }, selector)).toEqual({ live: has, config: 'no' });
    expect(devicePresence({ live: domain(), config: XML }, selector)).toEqual({ live: 'no', config: has });
  });

  it('is called by its function, or by its MAC address', () => {
    expect(formatSelector(bySource(1))).toBe('0000:01:00.0');
    expect(formatSelector({ mac: '52:54:00:BB:00:01', pools: [] })).toBe('52:54:00:BB:00:01');
  });

  it('is one of those that are compared; what stands around them is not', () => {
    expect(sameDevices(domain(MANAGED), domain(MANAGED).replace('<name>', '<memory>1</memory><name>').replace('</domain>', ' </domain>'))).toBe(true);
    expect(sameDevices(domain(MANAGED), domain(UNMANAGED))).toBe(false);
    expect(sameDevices(domain(MANAGED), undefined)).toBe(false);
    expect(sameDevices(undefined, undefined)).toBe(true);
  });

  it('is one of those that a guest takes of the host', () => {
    expect(sourcesIn(domain(MANAGED, USB, INTERFACE, POOLED))).toEqual([pciAddress(0, 1, 0, 0), pciAddress(0, 3, 0, 0)]);
    expect(sourcesIn(undefined)).toEqual([]);
  });
});

describe('what keeps a guest from being migrated', () => {
  const teaming = (partner: string): string => INTERFACE.replace('<mac', `<teaming type='transient'${partner}/><mac`);
  const judged = (driver: string | undefined, ...devices: string[]) => judgeMigration(guest(domain(...devices), undefined), () => driver);

  it.each<[string, string | undefined, string, string, string, string | null]>([
    [
      'a function',
      'vfio-pci',
      MANAGED,
      'blocks 0000:01:00.0',
      'its state cannot be moved',
      'hostdev detach web 0000:01:00.0 --live, and attach another one over there',
    ],
    [
      'a function of which no driver is known',
      undefined,
      MANAGED,
      'blocks 0000:01:00.0',
      'its state cannot be moved',
      'hostdev detach web 0000:01:00.0 --live, and attach another one over there',
    ],
    [
      'a function that a host driver has',
      'nvme',
      MANAGED,
      'blocks 0000:01:00.0',
      'its state cannot be moved',
      'hostdev detach web 0000:01:00.0 --live, and attach another one over there',
    ],
    [
      'a function of a driver that can move states',
      'mlx5_vfio_pci',
      MANAGED,
      'perhaps 0000:01:00.0',
      'its driver mlx5_vfio_pci may be able to move its state',
      'QEMU tells when the migration begins',
    ],
    [
      'an interface with a partner',
      'vfio-pci',
      teaming(" persistent='ua-backup'"),
      'replaced 0000:03:00.0',
      'it is taken out for the migration, and ua-backup stands in',
      null,
    ],
    [
      'an interface whose partner is not named',
      'vfio-pci',
      teaming(''),
      'replaced 0000:03:00.0',
      'it is taken out for the migration, and its partner stands in',
      null,
    ],
    ['another device', 'vfio-pci', USB, 'blocks usb device hostdev7', 'a usb device stays on this host', 'take it out first'],
    [
      'a device without a name',
      'vfio-pci',
      USB.replace("<alias name='hostdev7'/>", ''),
      'blocks usb device',
      'a usb device stays on this host',
      'take it out first',
    ],
    [
      'a device of no type',
      'vfio-pci',
      USB.replace(" type='usb'", ''),
      'blocks unknown device hostdev7',
      'a host device stays on this host',
      'take it out first',
    ],
  ])('%s', (_, driver, device, effect, reason, remedy) => {
    const [finding, ...others] = judged(driver, device).findings;
    expect(others).toEqual([]);
    expect(finding).toEqual({ effect: effect.split(' ')[0], device: effect.slice(effect.indexOf(' ') + 1), reason, remedy });
  });

  it('is said of what runs, or else of what is defined', () => {
    expect(judged('mlx5_vfio_pci', MANAGED)).toMatchObject({ guest: 'web', state: 'running', blocked: false });
    expect(judged('mlx5_vfio_pci', MANAGED, USB)).toMatchObject({ blocked: true });
    const both = guest(domain(MANAGED), domain(UNMANAGED));
    expect(judgeMigration(both, () => undefined).findings.map(({ device }) => device)).toEqual(['0000:01:00.0']);
    const off = guest(undefined, domain(UNMANAGED));
    expect(judgeMigration(off, () => undefined)).toMatchObject({ state: 'shut off', blocked: true, findings: [{ device: '0000:02:00.0' }] });
  });
});
