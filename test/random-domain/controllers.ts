/** Controllers of random guests. */
import fc from 'fast-check';
import { anyAddress, maybe, place } from './address.ts';
import { isArm, isI440fx, isPower, isQ35, isS390, isX86, type Machine } from './machine.ts';

/** Usual ones mostly, odd ones that few machines have now and then. */
export function pick(usual: readonly string[], odd: readonly string[] = []): fc.Arbitrary<string> {
  if (odd.length === 0) return fc.constantFrom(...usual);
  return fc.oneof({ weight: 14, arbitrary: fc.constantFrom(...usual) }, { weight: 1, arbitrary: fc.constantFrom(...odd) });
}

function pciModels(machine: Machine): string[] {
  if (machine.pcie) {
    const ports = ['pcie-root-port', 'pcie-root-port', 'pcie-to-pci-bridge', 'pci-bridge', 'dmi-to-pci-bridge'];
    const expander = isQ35(machine) || isArm(machine) ? ['pcie-expander-bus'] : [];
    return [...ports, 'pcie-switch-upstream-port', 'pcie-switch-downstream-port', ...expander];
  }
  if (isPower(machine)) return ['pci-root', 'pci-bridge'];
  return isI440fx(machine) ? ['pci-bridge', 'pci-expander-bus'] : ['pci-bridge'];
}

function pci(machine: Machine): fc.Arbitrary<string> {
  const index = fc.option(fc.integer({ min: 1, max: 6 }), { nil: undefined, freq: 6 });
  const target = fc.constantFrom('', '', '', '', "<target busNr='100'/>", "<target chassis='7'/>", "<target chassisNr='9'/>");
  return fc.tuple(fc.constantFrom(...pciModels(machine)), index, maybe(place(machine), 5), target).map(([model, number, at, more]) => {
    const fitting =
      (more.includes('busNr') && model.includes('expander')) ||
      (more.includes('chassis=') && model === 'pcie-root-port') ||
      (more.includes('chassisNr') && model === 'pci-bridge');
    const inner = `${fitting ? more : ''}${model === 'pci-root' ? '' : (at ?? '')}`;
    return `<controller type='pci'${number === undefined ? '' : ` index='${number}'`} model='${model}'>${inner}</controller>`;
  });
}

function usb(machine: Machine): fc.Arbitrary<string> {
  const x86 = ['qemu-xhci', 'nec-xhci', 'piix3-uhci', 'ich9-ehci1', 'none'];
  const usual = isX86(machine) ? x86 : isPower(machine) ? ['qemu-xhci', 'nec-xhci', 'pci-ohci'] : isS390(machine) ? ['none', 'qemu-xhci'] : ['qemu-xhci'];
  const odd = ['none', 'ehci', 'piix3-uhci', 'piix4-uhci', 'vt82c686b-uhci', 'pci-ohci', 'nec-xhci', 'ich9-uhci1'];
  const index = fc.constantFrom(" index='0'", " index='0'", " index='0'", " index='1'", '');
  return fc.tuple(pick([...usual, ...usual, ''], odd), index, anyAddress(machine)).map(([model, number, at]) => {
    return `<controller type='usb'${number}${model === '' ? '' : ` model='${model}'`}>${model === 'none' ? '' : at}</controller>`;
  });
}

function scsi(machine: Machine): fc.Arbitrary<string> {
  const classic = ['lsilogic', 'auto', 'lsisas1068', 'vmpvscsi', 'am53c974', 'dc390', 'lsisas1078'];
  const virtio = ['virtio-scsi', 'virtio-scsi', 'virtio-scsi', 'virtio-transitional', 'virtio-non-transitional'];
  const usual = isS390(machine) ? ['virtio-scsi'] : isPower(machine) ? [...virtio, 'ibmvscsi'] : virtio;
  return fc
    .tuple(pick(usual, ['', ...classic, 'buslogic', 'ibmvscsi', 'ncr53c90']), fc.integer({ min: 0, max: 2 }), anyAddress(machine))
    .map(([model, index, at]) => {
      return `<controller type='scsi' index='${index}'${model === '' ? '' : ` model='${model}'`}>${at}</controller>`;
    });
}

export function controller(machine: Machine): fc.Arbitrary<string> {
  const root = fc.constant(`<controller type='pci' index='0' model='${machine.pcie ? 'pcie-root' : 'pci-root'}'/>`);
  const ich9 = fc
    .tuple(fc.subarray(['ich9-ehci1', 'ich9-uhci1', 'ich9-uhci2', 'ich9-uhci3'], { minLength: 1 }), fc.boolean())
    .map(([parts, indexed]) => parts.map((model) => `<controller type='usb'${indexed ? " index='1'" : ''} model='${model}'/>`).join(''));
  const port = fc
    .constantFrom('on', 'off')
    .map((hotplug) => `<controller type='pci' index='7' model='pcie-root-port'><target hotplug='${hotplug}'/></controller>`);
  const serial = fc
    .tuple(pick(['', '', 'virtio'], ['virtio-transitional', 'virtio-non-transitional']), anyAddress(machine))
    .map(([model, at]) => `<controller type='virtio-serial' index='0'${model === '' ? '' : ` model='${model}'`}>${at}</controller>`);
  const sata = fc.tuple(fc.constantFrom(0, 1), anyAddress(machine)).map(([index, at]) => `<controller type='sata' index='${index}'>${at}</controller>`);
  const ide = fc.constant("<controller type='ide' index='0'/>");
  const nvme = fc.tuple(fc.nat(1), anyAddress(machine)).map(([index, at]) => `<controller type='nvme' index='${index}'>${at}</controller>`);
  return fc.oneof(
    { weight: 32, arbitrary: pci(machine) },
    { weight: 8, arbitrary: usb(machine) },
    { weight: 8, arbitrary: scsi(machine) },
    { weight: 4, arbitrary: serial },
    { weight: 4, arbitrary: root },
    ...(isX86(machine) ? [{ weight: 4, arbitrary: ich9 }] : []),
    ...(isI440fx(machine) ? [{ weight: 2, arbitrary: ide }] : []),
    ...(machine.pcie ? [{ weight: 4, arbitrary: port }] : []),
    { weight: 2, arbitrary: sata },
    { weight: 1, arbitrary: nvme },
  );
}
