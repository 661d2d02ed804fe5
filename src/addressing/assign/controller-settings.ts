/**
 * `<model name>` and `<target>` of PCI controllers, where the definition does not give them.
 *
 * Rules: docs/addressing.md §10.
 */
import { HostdevError } from '../../errors.ts';
import type { Controller } from '../guest/device.ts';
import { controllersOf, type Guest, has } from '../guest/guest.ts';
import { atDevice } from '../guest/locate.ts';
import { deviceName } from '../guest/name.ts';
import { wordTable } from '../../word-table.ts';

export function completeSettings(guest: Guest): void {
  const all = controllersOf(guest, 'pci');
  for (const controller of all)
    atDevice(guest, controller, () => {
      const model = controller.model ?? '';
      if (Object.hasOwn(SETTINGS, model)) SETTINGS[model]?.(guest, controller, all);
    });
}

type Complete = (guest: Guest, controller: Controller, all: readonly Controller[]) => void;

const SETTINGS = wordTable<Complete>({
  'pci-root': (guest, c, all) => {
    if (guest.machineClass !== 'pseries') return;
    // The target index is chosen first: only host bridges that are complete already count as using one.
    c.settings.index ??= c.index === 0 ? 0 : freeTargetIndex(c, all);
    c.settings.modelName ??= 'spapr-pci-host-bridge';
  },
  'pci-bridge': (_, c) => {
    c.settings.modelName ??= 'pci-bridge';
    c.settings.chassisNr ??= c.index;
    if (c.index <= c.place.bus) {
      throw new HostdevError('controller-invalid', `${deviceName(c)} is plugged into bus ${c.place.bus}, which does not come before it`, {
        hint: 'give the bridge a higher index than the bus it is plugged into',
      });
    }
  },
  'dmi-to-pci-bridge': (_, c) => void (c.settings.modelName ??= 'i82801b11-bridge'),
  'pcie-to-pci-bridge': (_, c) => void (c.settings.modelName ??= 'pcie-pci-bridge'),
  'pcie-root-port': (guest, c) => {
    c.settings.modelName ??= has(guest, 'pcie-root-port') ? 'pcie-root-port' : 'ioh3420';
    c.settings.chassis ??= c.index;
    c.settings.port ??= c.place.slot * 8 + c.place.function;
  },
  'pcie-switch-upstream-port': (_, c) => void (c.settings.modelName ??= 'x3130-upstream'),
  'pcie-switch-downstream-port': (_, c) => {
    c.settings.modelName ??= 'xio3130-downstream';
    c.settings.chassis ??= c.index;
    c.settings.port ??= c.place.slot;
  },
  'pci-expander-bus': (_, c, all) => {
    c.settings.modelName ??= 'pxb';
    c.settings.busNr ??= freeBusNumber(c, all);
  },
  'pcie-expander-bus': (_, c, all) => {
    c.settings.modelName ??= 'pxb-pcie';
    c.settings.busNr ??= freeBusNumber(c, all);
  },
});

/** Expander buses count down from 254 in steps of two, below whatever is given. */
function freeBusNumber(controller: Controller, all: readonly Controller[]): number {
  const lowest = Math.min(256, ...all.map((c) => c.settings.busNr ?? 256));
  if (lowest <= 2) {
    throw new HostdevError('controller-invalid', `no bus number is left for ${deviceName(controller)}`, {
      hint: 'give the expander buses a busNr yourself, from 1 to 254',
    });
  }
  return lowest - 2;
}

function freeTargetIndex(controller: Controller, all: readonly Controller[]): number {
  const used = new Set(all.filter((c) => c.settings.modelName !== undefined && c !== controller).map((c) => c.settings.index));
  for (let index = 1; index <= 31; index += 1) if (!used.has(index)) return index;
  throw new HostdevError('controller-invalid', `no target index is left for ${deviceName(controller)}`, {
    hint: 'a pSeries guest has at most 31 host bridges',
  });
}
