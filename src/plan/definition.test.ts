import { describe, expect, it } from 'vitest';
import { heldBy, judged, mate, on } from '../../test/judged.ts';
import { refusalOf } from '../../test/refusal.ts';
import type { HostFacts } from '../addressing/host-facts.ts';
import { presetCapabilities } from '../addressing/capabilities/presets.ts';
import type { HostdevSpec } from '../domain/hostdev-xml.ts';
import type { Problem } from '../errors.ts';
import { formatPciAddress, pciAddress, samePciAddress } from '../pci/address.ts';
import { parseFunctionList } from '../state/function-list.ts';
import type { GuestState } from '../state/guest-state.ts';
import { type AttachJudges, attachWarnings, DEFINITION, definedGuest, planDefinitionAttach } from './definition-file.ts';
import { absentNotes, guestNotes, interfaceNotes, memoryNotes, priorNotes } from './guest-notes.ts';
import { placeSpecs } from './guest-placement.ts';
import { physicalFunctionOf } from '../state/judge.ts';
import { hostFacts, listedHostFacts } from './host-facts.ts';
import { refuseUnknownIommufd } from './iommufd.ts';
import { freePlacesOf, portElements } from './ports.ts';
import { planPortsAdd, portState, portSteps } from './port-steps.ts';
import type { Transition } from './transition.ts';
import { parseVersion } from '../addressing/libvirt/version.ts';

const at = (bus: number, fn = 0) => pciAddress(0, bus, 0, fn);
const spec = (bus: number, told: Partial<HostdevSpec> = {}): HostdevSpec => ({ source: at(bus), ...told });
const hostdev = (bus: number, more = ''): string =>
  `<hostdev mode='subsystem' type='pci' managed='yes'><source><address domain='0x0000' bus='0x0${bus}' slot='0x00' function='0x0'/></source>${more}</hostdev>`;
const domain = (arch: string, machine: string, ...devices: string[]): string =>
  `<domain type='kvm'><name>web</name><memory unit='MiB'>2048</memory><os><type arch='${arch}' machine='${machine}'>hvm</type></os><devices>${devices.join('')}<memballoon model='none'/></devices></domain>`;
const q35 = (...devices: string[]): string => domain('x86_64', 'q35', "<controller type='usb' model='none'/>", ...devices);
const z = (...devices: string[]): string => domain('s390x', 's390-ccw-virtio', ...devices);
const ROOT = "<controller type='pci' index='0' model='pcie-root'/>";
const port = "<controller type='pci' model='pcie-root-port'/>";
const guest = (live: string | undefined, config: string | undefined): GuestState => ({
  ...{ ref: { name: 'web', uuid: 'u', id: 1 }, state: live === undefined ? 'shut off' : 'running', live, config },
});
const told = ({ code, severity, message, hint }: Problem): string => `${severity} ${code}: ${message}${hint === undefined ? '' : ` (${hint})`}`;
function refusal(act: () => unknown): string | undefined {
  const problem = refusalOf(act);
  return problem === undefined ? undefined : told(problem);
}

describe('what there is to know before a guest gets a function', () => {
  it('is that its memory is locked, and that it cannot be migrated', () => {
    const NEED = "all its memory (2048 MiB) stays in the host's RAM from now on";
    const MIGRATION =
      "warning migration-blocked: the guest cannot be migrated while it has the function, unless its driver can move state ('hostdev migrate-check web' tells; a teaming interface can be taken out and put back)";
    const notes = (xml: string, available?: number): string[] => memoryNotes('web', xml, available).map(told);
    expect(notes(q35())).toEqual([`warning memory-locked: ${NEED}`, MIGRATION]);
    expect(notes(q35(), 2048 * 1024)).toEqual([`warning memory-locked: ${NEED}`, MIGRATION]);
    expect(notes(q35(), 2048 * 1024 - 1)).toEqual([
      `warning memory-locked: ${NEED}, of which 2047 MiB are free (what the guest has used already is counted twice here; look at free memory first)`,
      MIGRATION,
    ]);
    expect(notes(q35(hostdev(1)), 0)).toEqual([]);
    expect(notes(q35("<hostdev mode='subsystem' type='usb'><source><vendor id='1'/><product id='2'/></source></hostdev>"))).toHaveLength(2);
    expect(notes(q35().replace(/<memory.*<\/memory>/, ''))).toEqual([]);
  });

  it('is which of its functions the host does not have', () => {
    const facts: HostFacts = {
      known: true,
      pciFunction: (address) => (samePciAddress(address, at(1)) ? { express: true, iommuGroup: 1 } : undefined),
      networkForward: () => undefined,
    };
    expect(absentNotes(facts, [at(1), at(2)]).map(told)).toEqual([
      'warning function-unknown: this machine has no PCI function 0000:02:00.0 (the guest will not start without it)',
    ]);
    expect(absentNotes(undefined, [at(2)])).toEqual([]);
  });

  it('is what validation says of the function, and of it alone', () => {
    expect(guestNotes(q35(), [spec(1)], {}).map(told)).toEqual([]);
    const secure = z().replace('</os>', '</os><launchSecurity type="s390-pv"/>');
    const answers = [
      () =>
        guestNotes(secure, [spec(1)], {})
          .map(told)
          .join('; '),
      () =>
        guestNotes(z(), [spec(1, { iommufd: true })], { libvirt: '11.3' })
          .map(told)
          .join('; '),
    ];
    expect(answers.map((answer) => refusal(answer) ?? answer())).toMatchInlineSnapshot(`
      [
        "error secure-execution: hostdev 0000:01:00.0 cannot be given to a guest under Secure Execution (remove it, or <launchSecurity>)",
        "",
      ]
    `);
  });

  it('is what was wrong with it before, which is no reason against more', () => {
    const [note, ...others] = priorNotes('web', q35(hostdev(1), hostdev(1)), {});
    expect(others).toEqual([]);
    expect(note).toMatchObject({
      code: 'hostdev-duplicate',
      severity: 'warning',
      message: 'web had this before: hostdev 0000:01:00.0 is given to the guest twice',
    });
    expect(note).not.toHaveProperty('location');
    expect(priorNotes('web', q35(hostdev(1)), {})).toEqual([]);
  });

  it('is whether a virtual function can be reached: at once where the guest runs, later where it is defined', () => {
    const pf = at(9);
    const facts: HostFacts = {
      known: true,
      pciFunction: () => ({ express: true, iommuGroup: 1, driver: 'iavf', physicalFunction: pf, physicalFunctionReachable: false }),
      networkForward: () => undefined,
    };
    const nic = spec(1, { interface: { mac: '52:54:00:00:00:01' } });
    const line =
      'vf-unreachable: interface hostdev 0000:01:00.0 is a VF of 0000:09:00.0, which has no network driver here (the PF sets MAC and VLAN of its VFs: bind it to its network driver and bring it up)';
    expect(refusal(() => interfaceNotes(q35(), [nic], { host: facts }, { live: true }))).toBe(`error ${line}`);
    expect(interfaceNotes(q35(), [nic], { host: facts }, { live: false }).map(told)).toEqual([`warning ${line}`]);
    expect(interfaceNotes(q35(), [spec(1)], { host: facts }, { live: true })).toEqual([]);
  });
});

describe('iommufd', () => {
  const ask = (options: Parameters<typeof refuseUnknownIommufd>[2], ...specs: HostdevSpec[]): string | undefined =>
    refusal(() => refuseUnknownIommufd(specs, q35(), options));
  const preset = presetCapabilities('x86_64', '10.0');
  const qemu = (has: boolean) => ({ ...preset, flags: new Set([...[...preset.flags].filter((flag) => flag !== 'iommufd'), ...(has ? ['iommufd'] : [])]) });
  it('is refused where libvirt would leave it out, or QEMU does not have it', () => {
    const wish = spec(2, { iommufd: true });
    expect(ask({ libvirt: '11.3' }, spec(1), wish)).toBe(
      'error iommufd-unknown: 0000:02:00.0 shall go over iommufd, which libvirt 11.3.0 does not know and leaves out (libvirt 12.1 and later know it; without --iommufd the function works over a VFIO container)',
    );
    expect(ask({ libvirt: '12.8', capabilities: qemu(false) }, wish)).toBe(
      'error iommufd-unknown: 0000:02:00.0 shall go over iommufd, which this QEMU does not have (QEMU 9.0 and later have it where it was built in; without --iommufd the function works over a VFIO container)',
    );
    expect(ask({ libvirt: '12.8', capabilities: qemu(true) }, wish)).toBeUndefined();
    expect(ask({ libvirt: '11.3' }, spec(1), spec(2, { iommufd: false }))).toBeUndefined();
  });
});

describe('the host as a definition meets it', () => {
  const PF = judged('0000:09:00.0', { device: { netdevs: ['eth0', 'eth1'], express: true } });
  const VF = judged('0000:01:00.0', { device: { physicalFunction: at(9), express: undefined, iommuGroup: 3, driver: 'iavf' } });
  const facts = (judgments: ReturnType<typeof judged>[], address = at(1), links = new Map<string, 'up' | 'down' | null>()) =>
    hostFacts(judgments, [address], links).pciFunction(address);

  it('has what libvirt looks at', () => {
    expect(facts([VF, PF], at(1), new Map([['0000:09:00.0', 'down']]))).toEqual({
      ...{ express: true, iommuGroup: 3, driver: 'iavf', physicalFunction: at(9), refusals: [] },
      ...{ physicalFunctionReachable: true, physicalInterface: { name: 'eth0', up: false } },
    });
    expect(facts([VF, PF], at(1), new Map([['0000:09:00.0', 'up']]))?.physicalInterface).toEqual({ name: 'eth0', up: true });
    expect(facts([VF, PF])?.physicalInterface).toBeUndefined();
    expect(facts([VF, { ...PF, device: { ...PF.device, netdevs: [] } }])).toMatchObject({ physicalFunctionReachable: false, physicalInterface: undefined });
    expect(facts([VF])).not.toHaveProperty('physicalFunctionReachable');
    expect(facts([{ ...VF, device: { ...VF.device, express: false } }])?.express).toBe(false);
    expect(facts([PF], at(1))).toBeUndefined();
    expect(hostFacts([VF], [], new Map())).toMatchObject({ known: true });
    expect(hostFacts([VF], [at(1)], new Map()).networkForward('x')).toBeUndefined();
    expect(physicalFunctionOf([PF], VF.device)).toBe(PF.device);
    expect(physicalFunctionOf([PF], PF.device)).toBeUndefined();
  });

  it.each([
    [
      'in use',
      judged('0000:01:00.0', { verdict: 'in use', evidence: [on('sda', 'swap')] }),
      'warning function-in-use is in use: sda → swap (what is named here is lost when the guest starts)',
    ],
    [
      'held',
      judged('0000:01:00.0', { verdict: 'held', evidence: [heldBy('db')] }),
      'warning function-held is held: guest db (the guest will not start as long as the other one has it) db',
    ],
    [
      'with the rest of its group elsewhere',
      judged('0000:01:00.0', { companions: [mate('0000:01:00.1')] }),
      'error group-incomplete shares IOMMU group 7 with 0000:01:00.1 (audio device, snd_hda_intel) (a group goes to vfio as a whole: give all of it to this guest, or prepare the others)',
    ],
    [
      'never to be given',
      judged('0000:01:00.0', { verdict: 'not assignable', evidence: [{ kind: 'bridge', chain: ['it is a bridge'] }] }),
      'error function-not-assignable is not assignable: it is a bridge (name the functions behind it instead)',
    ],
  ])('says what the start would meet of a function that is %s', (_, judgment, line) => {
    const [refused, ...others] = facts([judgment])?.refusals ?? [];
    expect(others).toEqual([]);
    expect(refused && [refused.severity, refused.code, refused.what, `(${refused.hint})`, ...refused.guests].join(' ')).toBe(line);
  });

  it('is known as far as a list of another host tells it', () => {
    const rows = parseFunctionList(
      JSON.stringify([
        { address: '0000:01:00.0', pcie: null, driver: 'igb', iommuGroup: 7, verdict: 'in use', evidence: ['x'] },
        { address: '0000:02:00.0', pcie: false, physicalFunction: '0000:09:00.0', verdict: 'in use', evidence: ['y'] },
      ]),
      'l',
    );
    const host = listedHostFacts(rows, [at(1)]);
    expect(host.pciFunction(at(1))).toMatchObject({
      express: true,
      iommuGroup: 7,
      driver: 'igb',
      physicalFunction: undefined,
      refusals: [{ code: 'function-in-use', what: 'is in use: x' }],
    });
    expect(host.pciFunction(at(2))).toMatchObject({ express: false, iommuGroup: undefined, driver: undefined, physicalFunction: at(9), refusals: [] });
    expect(host.pciFunction(at(3))).toBeUndefined();
  });
});

describe('a definition in a file', () => {
  it('is a guest that does not run', () => {
    expect(definedGuest('web', '<x/>')).toEqual({ ref: { name: 'web', uuid: 'web', id: -1 }, state: 'shut off', live: undefined, config: '<x/>' });
    expect(DEFINITION).toEqual({ live: false, config: true });
  });

  it('gets each function, with both ids where one is named', () => {
    const name = { uri: 'u', id: 'i', name: 'web' };
    const texts = (xml: string, ...specs: HostdevSpec[]): string[] =>
      planDefinitionAttach(name, xml, specs, {}).flatMap(({ steps }) =>
        steps.flatMap((step) => (step.kind === 'attach' ? (/<zpci[^>]*>/.exec(step.text)?.[0] ?? 'no ids') : [])),
      );
    expect(texts(q35(), spec(1), spec(2))).toEqual(['no ids', 'no ids']);
    expect(texts(z(), spec(1))).toEqual(['no ids']);
    expect(texts(z(hostdev(5)), spec(1, { zpci: { uid: 7 } }))).toEqual(["<zpci uid='0x0007' fid='0x00000001'/>"]);
    expect(texts(z(), spec(1, { zpci: { fid: 7 } }))).toEqual(["<zpci uid='0x0001' fid='0x00000007'/>"]);
  });

  const warnings = (before: string, after: string, told_: Partial<AttachJudges> = {}): string[] =>
    attachWarnings(before, after, {
      options: {},
      libvirt: parseVersion('12.8'),
      judgments: [judged('0000:01:00.0'), judged('0000:02:00.0')],
      added: [],
      present: [],
      ...told_,
    }).map(told);

  it('is told what this host says, in case it is meant for it', () => {
    const used = judged('0000:01:00.0', { verdict: 'in use', evidence: [on('sda', 'swap')] });
    expect(warnings(q35(), q35(hostdev(1), hostdev(2)), { judgments: [used], added: [at(1), at(2)] })).toEqual([
      'warning function-unknown: this machine has no PCI function 0000:02:00.0 (that is right if it is meant for another host)',
      'warning function-in-use: 0000:01:00.0 is in use: sda → swap (that matters if the definition is meant for this host)',
    ]);
    expect(warnings(q35(), q35(hostdev(2)), { judgments: [judged('0002:00:00.0')], added: [at(2)] })).toEqual([
      'warning function-unknown: this machine has no PCI function 0000:02:00.0 (did you mean 0002:00:00.0? Without a domain the first number is the bus: a domain is written with its bus)',
    ]);
  });

  it('is refused for what the functions bring, and told what was wrong before', () => {
    const TWICE = 'hostdev-duplicate: hostdev 0000:01:00.0 is given to the guest twice (remove one of the two)';
    expect(warnings(q35(hostdev(1), hostdev(1)), q35(hostdev(1), hostdev(1), hostdev(2)))).toEqual([`warning ${TWICE}`]);
    expect(refusal(() => warnings(q35(hostdev(1)), q35(hostdev(1), hostdev(1))))).toBe(`error ${TWICE}`);
    expect(warnings(q35(), q35(hostdev(1)))).toEqual([]);
  });

  it('is told what of the functions its libvirt leaves out, but not what it left out before', () => {
    const over = hostdev(1, "<driver iommufd='yes'/>");
    const leaves = (before: string): string[] =>
      warnings(before, q35(over), { libvirt: parseVersion('9.0'), options: { libvirt: '9.0' } }).map((line) => line.split(':')[0] ?? '');
    expect(leaves(q35())).toMatchInlineSnapshot(`
      [
        "warning iommufd-unknown",
      ]
    `);
    expect(leaves(q35(over))).toEqual([]);
  });

  it('is told what the start of the functions would meet, but not what uses them now', () => {
    const host: HostFacts = {
      ...{ known: true, networkForward: () => undefined },
      pciFunction: () => ({
        express: true,
        iommuGroup: 1,
        driver: 'igb',
        refusals: [{ code: 'function-in-use', severity: 'warning', what: 'is in use', hint: '', guests: [] }],
      }),
    };
    const unmanaged = hostdev(1).replace("managed='yes'", "managed='no'");
    expect(warnings(q35(), q35(unmanaged), { options: { host } })).toEqual([
      "warning function-not-prepared: hostdev 0000:01:00.0 is with igb, and managed is not 'yes' (run 'hostdev prepare 0000:01:00.0' before the start, or write managed='yes')",
    ]);
    expect(warnings(q35(unmanaged), q35(unmanaged), { options: { host } })).toEqual([]);
    expect(warnings(q35(), q35(unmanaged))).toEqual([]);
  });
});

describe('a place in a guest', () => {
  const places = (state: GuestState, parts: { live: boolean; config: boolean }, ...specs: HostdevSpec[]): string[] =>
    placeSpecs(state, parts, specs, {}).map(({ address, zpci, controllers, spec: { guestAddress } }) =>
      [
        address === undefined ? 'nowhere' : formatPciAddress(address),
        zpci === undefined ? '' : `${zpci.uid}/${zpci.fid}`,
        controllers.join('+'),
        guestAddress === undefined ? 'by libvirt' : '',
      ]
        .filter(Boolean)
        .join(' '),
    );
  const BOTH = { live: true, config: true };
  const written = (bus: number, slot = 0): string => `<address type='pci' domain='0x0000' bus='0x0${bus}' slot='0x0${slot}' function='0x0'/>`;
  const ports = (n: number): string =>
    Array.from(
      { length: n },
      (_, i) =>
        `<controller type='pci' index='${i + 1}' model='pcie-root-port'>${`<address type='pci' domain='0x0000' bus='0x00' slot='0x0${i + 1}' function='0x0'/>`}</controller>`,
    ).join('');

  it('is free in what runs and in the definition alike', () => {
    const [live, config] = [q35(ports(4), hostdev(1, written(1))), q35(ports(4), hostdev(5, written(2)))];
    expect(places(guest(live, config), BOTH, spec(7), spec(8))).toEqual(['0000:03:00.0', '0000:04:00.0']);
    expect(places(guest(live, config), { live: true, config: false }, spec(7))).toEqual(['0000:02:00.0']);
    expect(places(guest(undefined, config), { live: false, config: true }, spec(7))).toEqual(['0000:01:00.0']);
  });

  it('has ids that neither has', () => {
    const ids = (bus: number, uid: number, fid: number): string =>
      hostdev(bus, `<address type='pci' domain='0x0000' bus='0x00' slot='0x0${bus}' function='0x0'><zpci uid='${uid}' fid='${fid}'/></address>`);
    expect(places(guest(z(ids(1, 1, 0)), z(ids(2, 2, 1))), BOTH, spec(7), spec(8))).toEqual(['0000:00:03.0 3/2', '0000:00:04.0 4/3']);
    expect(places(guest(z(ids(1, 1, 0)), z(ids(2, 2, 1))), BOTH, spec(7, { zpci: { uid: 9 } }))).toEqual(['0000:00:03.0 9/2']);
  });

  it('in a definition comes with the ports that it needs', () => {
    expect(places(guest(undefined, q35()), { live: false, config: true }, spec(1), spec(2))).toMatchInlineSnapshot(`
      [
        "0000:01:00.0 pcie-root-port+pcie-root-port by libvirt",
        "0000:02:00.0",
      ]
    `);
  });

  it.each<[string, () => unknown, string]>([
    [
      'that runs has it already',
      () => places(guest(q35(ports(2), hostdev(7, written(1))), q35(ports(2))), BOTH, spec(7)),
      'error hostdev-present: web, which runs, has 0000:07:00.0 already (detach it first, or change only the other: --config)',
    ],
    [
      'whose definition has it already',
      () => places(guest(q35(ports(2)), q35(ports(2), hostdev(7, written(1)))), BOTH, spec(7)),
      'error hostdev-present: the definition of web has 0000:07:00.0 already (detach it first, or change only the other: --live)',
    ],
    [
      'that runs and has no port left, with a definition that has one',
      () => places(guest(q35(ports(1), hostdev(1, written(1))), q35(ports(2), hostdev(1, written(1)))), { live: true, config: false }, spec(7)),
      'error guest-no-slot: web, which runs, has no free place for 0000:07:00.0 (its definition has 1 free place, which is there after its next start; or attach for then: hostdev attach web 0000:07:00.0 --config)',
    ],
    [
      'that runs and has no port left, nor its definition',
      () => places(guest(q35(ports(1), hostdev(1, written(1))), q35(ports(1), hostdev(1, written(1)))), { live: true, config: false }, spec(7)),
      "error guest-no-slot: web, which runs, has no free place for 0000:07:00.0 ('hostdev ports web --add 1' gives its definition what is missing; they are there after its next start)",
    ],
    [
      'that runs, has no port left and no definition',
      () => places(guest(q35(ports(1), hostdev(1, written(1))), undefined), { live: true, config: false }, spec(7)),
      'error guest-no-slot: web, which runs, has no free place for 0000:07:00.0 (detach another device: a guest without definition gets no more ports)',
    ],
    [
      'that has something else at the address that is asked for',
      () => places(guest(q35(ports(2)), q35(ports(2), hostdev(1, written(1)))), BOTH, spec(7, { guestAddress: pciAddress(0, 1, 0, 0) })),
      'error guest-address-in-use: in the definition: hostdev 0000:07:00.0 wants 01:00.0, which hostdev 0000:01:00.0 has',
    ],
  ])('is refused in a guest %s', (_, act, line) => {
    expect(refusal(act)?.slice(0, line.length)).toBe(line);
  });
});

describe('the ports of a guest', () => {
  it('are counted, for functions of either kind', () => {
    const xml = q35(ROOT + port.repeat(3), hostdev(1));
    expect(freePlacesOf({ live: undefined, config: xml }, {})).toEqual({ live: null, config: 2, conventional: { live: null, config: 0 } });
    expect(freePlacesOf({ live: xml, config: undefined }, {})).toEqual({ live: 2, config: null, conventional: { live: 0, config: null } });
    expect(freePlacesOf({ live: z(), config: z(hostdev(1)) }, {}).conventional).toBeNull();
    expect(freePlacesOf({ live: '<domain', config: undefined }, {})).toEqual({ live: 0, config: null, conventional: null });
  });

  it.each<[string, () => unknown, string]>([
    ...[0, 65, 1.5].map((n): [string, () => unknown, string] => [
      `as ${n}`,
      () => portElements(q35(), n, {}),
      `error usage: --add is a number of ports from 1 to 64, not '${n}' (two are enough for most)`,
    ]),
    [
      'to a guest of conventional PCI',
      () => portElements(z(), 1, {}),
      'error option-conflict: this guest has conventional PCI, whose slots take devices while it runs: it needs no ports (it has 31 free slots)',
    ],
    ['to what is no guest', () => portElements('<domain', 1, {}), 'error xml-malformed: the tag <domain> is not closed (correct the document there)'],
  ])('are not added %s', (_, act, line) => {
    expect(refusal(act)).toBe(line);
  });

  it('are added in one step, and known by their number', () => {
    expect(portElements(q35(ROOT), 64, {})).toHaveLength(64);
    const config = q35(ROOT + port.repeat(2));
    const change = planPortsAdd({ uri: 'u', id: 'i', name: 'web' }, config, 3);
    expect(change).toMatchObject({
      verb: 'ports add',
      subject: 'web',
      before: { ports: 'not added', count: '2' },
      wanted: { ports: 'added', count: '5' },
      undo: [],
    });
    expect(change.steps).toEqual([{ kind: 'ports', guest: 'web', count: 3, why: 'functions can be plugged in after the next start' }]);
    const transition: Transition = change;
    expect(portState(transition, config)).toEqual({ ports: 'not added', count: '2' });
    expect(portState(transition, q35(ROOT + port.repeat(5)))).toEqual({ ports: 'added', count: '5' });
    expect(portState(transition, q35(ROOT + port.repeat(6)))).toEqual({ ports: 'added', count: '6' });
    expect(portSteps(transition, { ports: 'added' }, { ports: 'added' })).toEqual([]);
    expect(portSteps(transition, { ports: 'added' }, { ports: 'not added' })).toEqual([]);
  });
});
