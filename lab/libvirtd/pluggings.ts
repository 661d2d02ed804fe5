/** Guests to plug cards into: made by hand for each kind of bus, and random ones. */
import fc from 'fast-check';
import type { Card, Plugging } from './plugging.ts';

/** Models of cards; PCI Express ones where the guest has PCI Express. */
export const EXPRESS = ['virtio', 'e1000e'] as const;
const CONVENTIONAL = ['rtl8139', 'e1000'] as const;

const card = (model: string, address = ''): Card => ({ model, address });
const at = (bus: number, slot: number, fn = 0): string => `<address type='pci' domain='0' bus='${bus}' slot='${slot}' function='${fn}'/>`;
const pci = (model: string, inner = '', index?: number): string =>
  `<controller type='pci'${index === undefined ? '' : ` index='${index}'`} model='${model}'>${inner}</controller>`;
const times = (count: number, text: (i: number) => string): string => Array.from({ length: count }, (_, i) => text(i)).join('');
const nic = (model: string, address = ''): string => `<interface type='user'><model type='${model}'/>${address}</interface>`;

const EMULATOR: Readonly<Record<string, string>> = { q35: 'x86_64', pc: 'x86_64', virt: 'aarch64', 's390-ccw-virtio': 's390x', pseries: 'ppc64' };

/** Guests of x86 have ACPI unless they are to have none. */
function guest(machine: string, devices: string, acpi = EMULATOR[machine] === 'x86_64' ? '<features><acpi/></features>' : ''): string {
  const arch = EMULATOR[machine] ?? '';
  const root = pci(['q35', 'virt'].includes(machine) ? 'pcie-root' : 'pci-root', '', 0);
  const usb = machine === 's390-ccw-virtio' ? '' : "<controller type='usb' model='none'/>";
  return `<domain type='qemu'><name>guest</name><memory unit='MiB'>${machine === 'pseries' ? 256 : 32}</memory><os><type arch='${arch}' machine='${machine}'>hvm</type></os>${acpi}<devices><emulator>/usr/bin/qemu-system-${arch}</emulator>${usb}${root}${devices}<memballoon model='none'/></devices></domain>`;
}

const cycle = (count: number, ...models: readonly string[]): Card[] => Array.from({ length: count }, (_, i) => card(models[i % models.length] ?? ''));
const onPci = "<address type='pci'/>";
const zpci = (uid: number, fid: number): string => `<address type='pci'><zpci uid='${uid}' fid='${fid}'/></address>`;

/** One for each kind of bus, and for what is refused there. */
export const PLUGGINGS: readonly (readonly [what: string, Plugging])[] = [
  ['q35 without a port to spare', { definition: guest('q35', ''), cards: cycle(2, 'virtio', 'rtl8139') }],
  [
    'q35 with ports and a conventional bridge, until both are full',
    { definition: guest('q35', times(3, () => pci('pcie-root-port')) + pci('pcie-to-pci-bridge')), cards: cycle(9, 'rtl8139', 'virtio', 'e1000', 'e1000e') },
  ],
  [
    'q35 with a port without hot-plug, a switch and the bridges of old',
    {
      definition: guest(
        'q35',
        pci('pcie-root-port', "<target hotplug='off'/>") +
          pci('pcie-root-port') +
          pci('pcie-switch-upstream-port') +
          times(3, () => pci('pcie-switch-downstream-port')) +
          pci('dmi-to-pci-bridge') +
          pci('pci-bridge'),
      ),
      cards: [...cycle(6, 'virtio', 'e1000'), card('virtio', at(1, 0)), card('e1000', at(8, 9)), card('rtl8139', at(8, 9)), card('rtl8139', at(7, 3))],
    },
  ],
  [
    'q35 with an expander',
    {
      definition: guest('q35', pci('pcie-root-port') + pci('pcie-expander-bus') + times(2, (i) => pci('pcie-root-port', at(2, i)))),
      cards: [card('virtio', at(4, 0)), ...cycle(4, 'e1000e', 'rtl8139')],
    },
  ],
  [
    'q35 with addresses that are given',
    {
      definition: guest(
        'q35',
        times(3, () => pci('pcie-root-port')),
      ),
      cards: [
        ...[card('virtio', at(0, 9)), card('virtio', at(2, 1)), card('virtio', at(2, 0, 1)), card('virtio', at(2, 0)), card('virtio', at(2, 0))],
        ...[card('e1000', at(3, 0)), card('e1000', at(0, 10)), card('virtio', at(9, 0))],
      ],
    },
  ],
  [
    'i440fx, both kinds',
    {
      definition: guest('pc', nic('rtl8139', at(0, 5))),
      cards: [...cycle(5, 'virtio', 'rtl8139', 'e1000'), card('virtio', at(0, 1)), card('virtio', at(0, 31))],
    },
  ],
  ['i440fx without ACPI', { definition: guest('pc', pci('pci-bridge'), ''), cards: [card('virtio'), card('virtio', at(1, 4))] }],
  [
    'q35 without ACPI',
    {
      definition: guest('q35', pci('pcie-root-port') + pci('pcie-root-port') + pci('pcie-to-pci-bridge') + pci('dmi-to-pci-bridge') + pci('pci-bridge'), ''),
      cards: [card('virtio'), card('rtl8139'), card('rtl8139', at(5, 4))],
    },
  ],
  [
    'i440fx that is nearly full, without a bridge',
    {
      definition: guest(
        'pc',
        times(27, () => nic('rtl8139')),
      ),
      cards: cycle(5, 'virtio', 'e1000'),
    },
  ],
  [
    'i440fx that is full, with bridges',
    {
      definition: guest('pc', pci('pci-bridge') + times(29, () => nic('virtio')) + pci('pci-bridge', at(1, 4), 2)),
      cards: [...cycle(3, 'virtio', 'e1000'), card('rtl8139', at(2, 7)), card('rtl8139', at(1, 4)), card('rtl8139', at(1, 0)), card('virtio', at(2, 7, 2))],
    },
  ],
  [
    'i440fx with an expander',
    {
      definition: guest('pc', pci('pci-expander-bus') + pci('pci-bridge', at(1, 0))),
      cards: [...cycle(2, 'virtio', 'e1000'), card('virtio', at(2, 3)), card('e1000', at(1, 3)), card('e1000', at(2, 0))],
    },
  ],
  [
    'Arm virt with ports and a bridge',
    { definition: guest('virt', times(3, () => pci('pcie-root-port')) + pci('pcie-to-pci-bridge')), cards: cycle(7, 'virtio', 'e1000', 'e1000e') },
  ],
  ['Arm virt without any', { definition: guest('virt', ''), cards: cycle(2, 'virtio', 'rtl8139') }],
  [
    'IBM Z, with ids given and chosen',
    {
      definition: guest('s390-ccw-virtio', pci('pci-bridge') + nic('virtio', zpci(2, 1)) + nic('virtio', onPci)),
      cards: [
        ...[card('virtio', onPci), card('virtio', zpci(9, 7)), card('virtio', onPci)],
        ...[card('virtio', at(1, 4)), card('virtio', at(1, 4)), card('virtio', at(1, 0))],
        card('virtio', "<address type='pci'><zpci fid='0x20'/></address>"),
        // libvirt keeps the slots of cards that it refuses for their ids, so nothing follows.
        ...[card('virtio', zpci(9, 8)), card('virtio', zpci(10, 7)), card('virtio', "<address type='pci'><zpci uid='1'/></address>")],
      ],
    },
  ],
  [
    'IBM Z that is full',
    {
      definition: guest(
        's390-ccw-virtio',
        times(29, () => nic('virtio', onPci)),
      ),
      cards: cycle(4, 'virtio').map(({ model }) => card(model, onPci)),
    },
  ],
  [
    'pSeries',
    {
      definition: guest('pseries', pci('pci-root', '', 1)),
      cards: [...cycle(4, 'virtio', 'e1000', 'rtl8139'), card('virtio', at(1, 5)), card('virtio', at(1, 5)), card('virtio', at(0, 0))],
    },
  ],
];

const anyAddress = fc
  .record({ bus: fc.nat(5), slot: fc.nat(6), fn: fc.constantFrom(0, 0, 0, 0, 1) })
  .map(({ bus, slot, fn }) => at(bus, bus === 0 ? slot + 4 : slot < 5 ? 0 : slot, fn));

function randomGuest(machine: string): fc.Arbitrary<Plugging> {
  const isZ = machine === 's390-ccw-virtio';
  const express = ['q35', 'virt'].includes(machine);
  const models = isZ ? ['virtio'] : [...EXPRESS, ...CONVENTIONAL];
  const controllers = express
    ? ['pcie-root-port', 'pcie-root-port', 'pcie-root-port', 'pcie-to-pci-bridge', 'pcie-switch-upstream-port', 'pcie-switch-downstream-port']
    : ['pci-bridge'];
  const address = isZ ? fc.constant(onPci) : fc.oneof({ weight: 5, arbitrary: fc.constant('') }, { weight: 1, arbitrary: anyAddress });
  const controller = fc
    .constantFrom(...controllers)
    .chain((model) => fc.constantFrom('', '', '', model === 'pcie-root-port' ? "<target hotplug='off'/>" : '').map((inner) => pci(model, inner)));
  const inside = fc.constantFrom(...models).map((model) => nic(model, isZ ? onPci : ''));
  return fc
    .record({
      controllers: fc.array(controller, { maxLength: express ? 7 : 2 }),
      inside: fc.array(inside, { maxLength: express ? 4 : 30 }),
      cards: fc.array(fc.record({ model: fc.constantFrom(...models), address }), { minLength: 3, maxLength: 8 }),
    })
    .map((made) => {
      // QEMU gets controllers by index: a port comes before what is plugged into it.
      const rank = (text: string): number => ['pcie-root-port', 'upstream', 'downstream', ''].findIndex((model) => text.includes(model));
      const ports = made.controllers.toSorted((a, b) => rank(a) - rank(b));
      return { definition: guest(machine, [...ports, ...made.inside].join('')), cards: made.cards };
    });
}

/** Random guests, and random cards for each. */
export const randomPlugging: fc.Arbitrary<Plugging> = fc
  .oneof(
    { weight: 4, arbitrary: fc.constant('q35') },
    { weight: 2, arbitrary: fc.constant('pc') },
    { weight: 1, arbitrary: fc.constant('virt') },
    { weight: 2, arbitrary: fc.constant('s390-ccw-virtio') },
  )
  .chain(randomGuest);
