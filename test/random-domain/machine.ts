/** Machines of random guests: what there is on each, so that most devices fit and some do not. */
import fc from 'fast-check';

export interface Machine {
  readonly arch: string;
  readonly machine: string;
  /** Whether bus 0 is pcie-root. */
  readonly pcie: boolean;
}

/** How often each is asked for: those with most rules most; versions and machines without PCI now and then. */
const MACHINES: readonly (readonly [weight: number, machine: Machine])[] = [
  [10, { arch: 's390x', machine: 's390-ccw-virtio', pcie: false }],
  [1, { arch: 's390x', machine: 's390-ccw-virtio-8.2', pcie: false }],
  [10, { arch: 'x86_64', machine: 'q35', pcie: true }],
  [1, { arch: 'x86_64', machine: 'pc-q35-7.2', pcie: true }],
  [1, { arch: 'x86_64', machine: 'pc-q35-8.2', pcie: true }],
  [10, { arch: 'x86_64', machine: 'pc', pcie: false }],
  [1, { arch: 'x86_64', machine: 'pc-i440fx-7.2', pcie: false }],
  [1, { arch: 'x86_64', machine: 'pc-i440fx-2.4', pcie: false }],
  [1, { arch: 'x86_64', machine: 'microvm', pcie: false }],
  [1, { arch: 'x86_64', machine: 'isapc', pcie: false }],
  [7, { arch: 'aarch64', machine: 'virt', pcie: true }],
  [1, { arch: 'aarch64', machine: 'virt-7.2', pcie: true }],
  [1, { arch: 'armv7l', machine: 'virt', pcie: true }],
  [7, { arch: 'riscv64', machine: 'virt', pcie: true }],
  [7, { arch: 'ppc64', machine: 'pseries', pcie: false }],
  [1, { arch: 'ppc64', machine: 'pseries-7.2', pcie: false }],
];

export const anyMachine: fc.Arbitrary<Machine> = fc.oneof(...MACHINES.map(([weight, machine]) => ({ weight, arbitrary: fc.constant(machine) })));

export const isX86 = ({ arch }: Machine): boolean => arch === 'x86_64';
export const isS390 = ({ arch }: Machine): boolean => arch === 's390x';
export const isPower = ({ arch }: Machine): boolean => arch === 'ppc64';
export const isArm = ({ arch }: Machine): boolean => arch === 'aarch64' || arch === 'armv7l';
export const isI440fx = ({ machine }: Machine): boolean => /^pc($|-i440fx)/.test(machine);
export const isQ35 = ({ machine }: Machine): boolean => machine.includes('q35');
