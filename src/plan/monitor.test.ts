import { describe, expect, it } from 'vitest';
import { refusal } from '../../test/refusal.ts';
import { pciAddress } from '../pci/address.ts';
import type { GuestState } from '../state/guest-state.ts';
import type { MonitorState } from '../state/monitor-state.ts';
import { planPoolAttach, poolSelector, refuseInterfaceThere, withChosenPlace } from './attach-from-pool.ts';
import { planMonitorAttach, refusePresent, refuseUnready, refuseWhatQemuCannot } from './attach-to-monitor.ts';
import { type Change, nameOfSubject, subjectsOf } from './change.ts';
import { planMonitorDetach } from './detach-from-monitor.ts';
import type { GuestReport } from './guest-plan.ts';
import { checkDriverName, modulesOf } from './prepare.ts';
import { formatStep } from './step.ts';
import type { Verb } from './transition.ts';

const at = (fn: number) => pciAddress(0, 1, 0, fn);
const NAME = { uri: 'qmp:/run/q.sock', id: 'i', name: 'q' };
const A = '0000:01:00.0';
const B = '0000:01:00.1';
const monitor = (told: Partial<MonitorState> = {}): MonitorState => ({
  ...{ socket: '/run/q.sock', name: 'q', status: 'running', hasZpci: false, zpciIds: [] },
  hostdevs: [
    { id: 'h0', host: at(0) },
    { id: 'h1', host: at(1) },
  ],
  devices: [
    { id: 'rp0', type: 'pcie-root-port', bus: 'pcie.0', slot: 1 },
    { id: 'rp1', type: 'pcie-root-port', bus: 'pcie.0', slot: 2 },
    { id: 'h0', type: 'vfio-pci', bus: 'rp9', slot: 0 },
    { id: 'h1', type: 'vfio-pci', bus: 'rp9', slot: 0 },
  ],
  ...told,
});
const told = (changes: readonly Change[]): string[] => changes.flatMap(({ steps }) => steps.map((step) => formatStep(step).split('  #')[0] ?? ''));

describe('giving a function to a guest without libvirt', () => {
  it('is refused where QEMU cannot, the guest has it, or nobody has readied it', () => {
    expect(refusal(() => refuseWhatQemuCannot([{ source: at(0) }, { source: at(1), interface: { mac: '52:54:00:00:00:01' } }]))).toBe(
      "option-conflict undefined: QEMU does not set MAC addresses and VLANs of functions (set them on the host first: 'hostdev vf set ADDRESS --mac … --vlan …', and leave --interface out)",
    );
    expect(refusal(() => refuseWhatQemuCannot([{ source: at(0) }]))).toBeUndefined();
    expect(refusal(() => refusePresent(monitor(), [{ source: at(7) }, { source: at(1) }]))).toBe(
      `hostdev-present ${B}: the guest already has ${B} as h1 (detach it first)`,
    );
    expect(refusal(() => refusePresent(monitor(), [{ source: at(7) }]))).toBeUndefined();
    const functions = [at(0), at(1)].map((address) => ({ address, driver: 'igb' }));
    expect(refusal(() => refuseUnready(functions, [{ source: at(0) }, { source: at(1), managed: false }]))).toBe(
      `function-not-prepared ${B}: ${B} is with igb, and --managed no leaves the host alone (hostdev prepare ${B})`,
    );
    expect(refusal(() => refuseUnready(functions, [{ source: at(0) }, { source: at(1) }]))).toBeUndefined();
  });

  it('comes behind what readies it, function 0 of a device last, and says where each goes', () => {
    const readied = { verb: 'prepare', subject: A, before: { driver: 'igb' }, wanted: { driver: 'vfio-pci' }, steps: [], undo: [] } as Change;
    const specs = [{ source: at(2), multifunction: true }, { source: at(3) }];
    const { changes, shown } = planMonitorAttach(NAME, monitor(), { rest: specs, unchanged: [A] }, [readied]);
    expect(told(changes)).toEqual(['attach 0000:01:00.3 to the guest', 'attach 0000:01:00.2 to the guest']);
    expect(shown).toMatchObject({ verb: 'attach', guest: 'qmp:/run/q.sock', uuid: null, state: 'running', unchanged: [A], notes: [], versions: null });
    expect(shown.functions).toEqual([
      { address: '0000:01:00.2', guestAddress: null, uid: null, fid: null, live: true, config: false },
      { address: '0000:01:00.3', guestAddress: null, uid: null, fid: null, live: true, config: false },
    ]);
    expect(shown.steps.map(({ what }) => what)).toEqual([
      `${A}: igb → vfio-pci, by hostdev`,
      '0000:01:00.3: attach to the guest that runs behind rp0 as function 1',
      '0000:01:00.2: attach to the guest that runs behind rp0 as function 0',
    ]);
    const onZ = planMonitorAttach(NAME, monitor({ hasZpci: true, devices: [], hostdevs: [] }), { rest: [{ source: at(2) }], unchanged: [] }, []);
    expect(onZ.shown.functions).toMatchObject([{ uid: 1, fid: 0 }]);
    expect(onZ.shown.steps.map(({ what }) => what)).toEqual(['0000:01:00.2: attach to the guest that runs with uid 0x0001, fid 0x00000000']);
  });
});

describe('taking a function from a guest without libvirt', () => {
  it('takes the guest first, then gives back, and nothing brings it back', () => {
    const release = { verb: 'release', subject: A, before: { driver: 'vfio-pci' }, wanted: {}, steps: [], undo: [] } as Change;
    const { changes, devices, shown } = planMonitorDetach(NAME, monitor(), { rest: [at(0), at(1)], unchanged: ['x'] }, [release]);
    expect(told(changes)).toEqual([`detach ${A} from the guest`, `detach ${B} from the guest`]);
    expect(changes.map(({ verb, subject, before, wanted, undo }) => [verb, subject, before['live'], wanted, undo])).toEqual([
      ['detach', `${A} in q`, 'yes', { live: 'no', config: 'no' }, []],
      ['detach', `${B} in q`, 'yes', { live: 'no', config: 'no' }, []],
      ['release', A, undefined, {}, []],
    ]);
    expect(devices).toEqual([
      { name: A, id: 'h0' },
      { name: B, id: 'h1' },
    ]);
    expect(shown).toMatchObject({
      verb: 'detach',
      guest: 'qmp:/run/q.sock',
      unchanged: ['x'],
      functions: [{ address: A, live: true, config: false }, { address: B }],
    });
  });

  it('is refused where something else of its slot would go, or it is not there', () => {
    const take = (...addresses: ReturnType<typeof at>[]): string | undefined =>
      refusal(() => planMonitorDetach(NAME, monitor(), { rest: addresses, unchanged: [] }, []));
    expect(take(at(1))).toBe(`option-conflict ${B}: ${B} shares its slot in the guest with h0, which would go with it (name all functions of the slot)`);
    expect(take(at(0), at(7))).toBe('hostdev-absent 0000:01:00.7: the guest does not have 0000:01:00.7 (another guest may have it)');
    expect(take(at(0), at(1))).toBeUndefined();
  });
});

describe('giving a guest whichever function a pool has left', () => {
  const MAC = '52:54:00:00:00:01';
  const POOL = { network: 'vfs', mac: MAC, vlan: 7 };
  const domain = (...devices: string[]): string => `<domain><name>web</name><devices>${devices.join('')}</devices></domain>`;
  const guest = (live: string | undefined, config: string | undefined): GuestState => ({
    ref: { name: 'web', uuid: 'u', id: 1 },
    state: 'running',
    live,
    config,
  });
  const plan = (state: GuestState, parts = { live: true, config: true }) =>
    planPoolAttach({ name: { ...NAME, name: 'web' }, state, parts } as Parameters<typeof planPoolAttach>[0], POOL);

  it('is one interface, and the definition gets the place that libvirt chooses in the guest that runs', () => {
    const { changes, shown } = plan(guest(domain(), domain()));
    expect(told(changes)).toEqual([`attach ${MAC} to the guest`, `attach ${MAC} to the definition`]);
    expect(changes[0]?.steps).toMatchObject([
      { text: expect.stringMatching(/<source network='vfs'\/>[\s\S]*<tag id='7'\/>/) as string },
      { place: 'as it runs' },
    ]);
    expect(shown.functions).toEqual([{ address: `${MAC} of pool vfs`, guestAddress: null, uid: null, fid: null, live: true, config: true }]);
    expect(shown.steps.map(({ what }) => what)).toEqual([
      `${MAC}: attach to the guest that runs from the pool vfs`,
      `${MAC}: attach to the guest's definition from the pool vfs`,
    ]);
    expect(told(plan(guest(undefined, domain()), { live: false, config: true }).changes)).toEqual([`attach ${MAC} to the definition`]);
  });

  const NIC = `<interface type='network'><mac address='${MAC}'/><source network='vfs'/><address type='pci' domain='0x0000' bus='0x05' slot='0x00' function='0x0'/></interface>`;
  it.each([
    ['runs', guest(domain(NIC), domain())],
    ['is defined', guest(domain(), domain(NIC))],
  ])('is refused where one of that address %s', (_, state) => {
    expect(refusal(() => refuseInterfaceThere(state, POOL))).toBe(`hostdev-present ${MAC}: web has an interface with ${MAC} already (give another --mac)`);
  });

  it('is reported with the place that was chosen, of what runs before what is defined', () => {
    const report = { functions: [{ address: 'x', guestAddress: null, uid: null, fid: null, live: true, config: true }] } as unknown as GuestReport;
    const place = (state: GuestState) => withChosenPlace(report, state, poolSelector(POOL)).functions[0]?.guestAddress;
    expect(place(guest(domain(NIC), domain(NIC.replace('0x05', '0x06'))))).toBe('0000:05:00.0');
    expect(place(guest(undefined, domain(NIC.replace('0x05', '0x06'))))).toBe('0000:06:00.0');
    expect(place(guest(domain(), domain()))).toBeNull();
  });
});

describe('names', () => {
  it.each(['vfio-pci', 'mlx5_vfio_pci', 'nvgrace_gpu_vfio_pci'])('%s is that of a VFIO driver', (name) => {
    expect(checkDriverName(name)).toBe(name);
  });

  it.each(['nvme', '', 'vfio-pci; reboot', `${'x'.repeat(60)}_vfio_pci`, '../vfio-pci'])('%j is not', (name) => {
    expect(refusal(() => checkDriverName(name))).toBe(
      `driver-unknown ${name}: '${name}' is not the name of a VFIO driver (vfio-pci, or a variant of it such as mlx5_vfio_pci; leave --driver out to have it chosen)`,
    );
  });

  it('of modules are told once each', () => {
    const load = (...modules: string[]): Change =>
      ({ verb: 'prepare', subject: A, before: {}, wanted: {}, undo: [], steps: modules.map((module) => ({ kind: 'load', module, why: '' })) }) as Change;
    expect(modulesOf([load('a', 'b'), load('b', 'c'), load()])).toEqual(['a', 'b', 'c']);
  });

  it.each<[Verb, string, Record<string, string>, string[]]>([
    ['prepare', A, {}, [A]],
    ['slot on', '00000017', {}, ['0x00000017']],
    ['slot off', '0x17', { functions: A }, ['0x00000017']],
    ['slot off', '00000017', {}, ['0x00000017']],
    ['slot reset', '00000017', {}, ['0x00000017']],
    ['vf set', A, {}, [A]],
    ['attach', `${A} in web`, { devices: A }, [A]],
    ['swap', 'x', { devices: `${A} ${B}` }, [A, B]],
    ['pool create', 'vfs', {}, ['vfs']],
  ])('of what %s of %s with %j is about', (verb, subject, before, names) => {
    expect(subjectsOf({ verb, subject, before })).toEqual(names);
    expect(nameOfSubject({ verb: 'slot on', subject: '17' })).toBe('0x00000017');
  });
});
