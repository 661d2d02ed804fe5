/** What is done to a host and to a guest, as data: the same list is shown by a dry run and carried out. */

/** Writing a kernel attribute. */
export interface Write {
  readonly kind: 'write';
  readonly path: string;
  readonly text: string;
  readonly why: string;
}

/** Replacing a file that is ours whole; without text it is removed. */
interface FileStep {
  readonly kind: 'file';
  readonly path: string;
  readonly text: string | null;
  readonly mode?: number;
  readonly why: string;
}

/** Running a program of the system. */
interface RunStep {
  readonly kind: 'run';
  readonly program: string;
  readonly args: readonly string[];
  readonly why: string;
}

/** Loading the module of a driver that is not there yet; it stays. */
interface ModuleStep {
  readonly kind: 'load';
  readonly module: string;
  readonly why: string;
}

/** Bringing the network interface of a function up, as soon as its driver has made it. */
interface LinkStep {
  readonly kind: 'link up';
  readonly address: string;
  readonly why: string;
}

/** Giving a guest a device, in one call. */
export interface AttachStep {
  readonly kind: 'attach';
  readonly on: 'guest' | 'definition' | 'guest and definition';
  /** Function or MAC address. */
  readonly device: string;
  /** The device as the guest takes it: an element for libvirt, arguments for QEMU. */
  readonly text: string;
  /** Where the guest that runs has put it, for the definition; as the text says when missing. */
  readonly place?: 'as it runs';
  readonly why: string;
}

/** Taking a device from a guest; one that runs is waited for until it has let go. */
export interface DetachStep {
  readonly kind: 'detach';
  readonly on: 'guest' | 'definition';
  readonly device: string;
  readonly why: string;
}

/** What libvirt does to the host by itself, as part of the next or the last call. */
export interface MoveStep {
  readonly kind: 'move';
  readonly address: string;
  readonly from: string | null;
  /** null where only the kernel knows: whichever host driver wants it. */
  readonly to: string | null;
  readonly why: string;
}

/** Changing a network of libvirt, in one call. */
export interface NetworkStep {
  readonly kind: 'network';
  readonly action: 'define' | 'autostart' | 'start' | 'stop' | 'undefine';
  readonly network: string;
  /** The XML of one that is defined. */
  readonly text?: string;
  readonly why: string;
}

/** Adding root ports to the definition of a guest, in one call. */
export interface PortsStep {
  readonly kind: 'ports';
  readonly guest: string;
  readonly count: number;
  readonly why: string;
}

export type GuestStep = AttachStep | DetachStep;

export type Step = Write | FileStep | RunStep | ModuleStep | LinkStep | GuestStep | MoveStep | NetworkStep | PortsStep;

export function write(path: string, text: string, why: string): Write {
  return { kind: 'write', path, text, why };
}

/**
 * One line, as a dry run prints it.
 *
 * @example
 * ```ts
 * import { formatStep } from 'hostdev';
 * console.log(formatStep({ kind: 'load', module: 'vfio-pci', why: 'the driver is not there yet' })); // → load the module vfio-pci  # the driver is not there yet
 * ```
 */
export function formatStep(step: Step): string {
  return `${action(step)}  # ${step.why}`;
}

function action(step: Step): string {
  switch (step.kind) {
    case 'write':
      return `write ${JSON.stringify(step.text)} to ${step.path}`;
    case 'file':
      return step.text === null ? `remove ${step.path}` : `write the file ${step.path}`;
    case 'run':
      return `run ${[step.program, ...step.args].join(' ')}`;
    case 'load':
      return `load the module ${step.module}`;
    case 'link up':
      return `bring the network interface of ${step.address} up`;
    case 'attach':
      return `attach ${step.device} to the ${step.on}`;
    case 'detach':
      return `detach ${step.device} from the ${step.on}`;
    case 'move':
      return `libvirt moves ${step.address} from ${step.from ?? 'no driver'} to ${step.to ?? 'its host driver'}`;
    case 'network':
      return `${step.action} the network ${step.network}`;
    case 'ports':
      return `add ${portWords(step)} to the definition of ${step.guest}`;
  }
}

/** What a step does, for the message that it failed. */
export function describeStep(step: Step): string {
  switch (step.kind) {
    case 'write':
      return `writing ${JSON.stringify(step.text)} to ${step.path}`;
    case 'file':
      return `replacing ${step.path}`;
    case 'run':
      return `running ${[step.program, ...step.args].join(' ')}`;
    case 'load':
      return `loading the module ${step.module}`;
    case 'link up':
      return `bringing the network interface of ${step.address} up`;
    case 'attach':
      return `attaching ${step.device} to the ${step.on}`;
    case 'detach':
      return `detaching ${step.device} from the ${step.on}`;
    case 'move':
      return `moving ${step.address} to ${step.to ?? 'its host driver'}`;
    case 'network':
      return `${step.action} of the network ${step.network}`;
    case 'ports':
      return `adding ${portWords(step)} to the definition of ${step.guest}`;
  }
}

function portWords({ count }: PortsStep): string {
  return count === 1 ? '1 root port' : `${count} root ports`;
}
