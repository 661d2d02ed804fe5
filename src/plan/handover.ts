/** The host's side of giving functions to a guest: who takes them from their host driver, libvirt or we. */
import { HostdevError, type Problem } from '../errors.ts';
import { formatPciAddress, type PciAddress } from '../pci/address.ts';
import { isVfioDriver, type NodeDevice } from '../state/node-device.ts';

/** A function as the host has it now; of one of another host only its driver is known. */
export type HostFunction = Pick<NodeDevice, 'address' | 'driver'>;

/** How a function is asked for: managed, unless it says otherwise. */
type Managed = { readonly managed?: boolean | undefined } | undefined;

/** libvirt takes a managed function itself; an unmanaged one has to be with vfio before. */
export function mustBePrepared({ driver }: HostFunction, spec: Managed): boolean {
  return spec?.managed === false && !isVfioDriver(driver);
}

/** Says which driver has the function, and in `why` what keeps it there. */
export function notPrepared({ address, driver }: HostFunction, why: string, hint = `hostdev prepare ${formatPciAddress(address)}`): HostdevError {
  const name = formatPciAddress(address);
  return new HostdevError('function-not-prepared', `${name} is with ${driver ?? 'no driver'}${why}`, { subject: name, hint });
}

/** A function that is with a host driver although nobody else would take it. */
export function driverNote(onHost: HostFunction, spec: Managed): Problem[] {
  if (!mustBePrepared(onHost, spec)) return [];
  const name = formatPciAddress(onHost.address);
  const message = `${name} is with ${onHost.driver ?? 'no driver'}; it is taken to vfio-pci first, and stays there`;
  return [{ code: 'function-not-prepared', severity: 'warning', subject: name, message }];
}

/**
 * Functions of another host that cannot be looked at: nobody readies them from here, and whether that host uses them is not known.
 *
 * @throws {HostdevError} `function-not-prepared`; `function-in-use` unless forced.
 */
export function refuseUnseen({ host, why }: UnseenHost, functions: readonly HostFunction[], specs: readonly Managed[], force: boolean): void {
  refuseUnprepared(functions, specs);
  const first = functions.find(({ driver }) => !isVfioDriver(driver));
  if (first !== undefined && !force) throw refusalUnseen(host, why, first);
}

/** A host that cannot be looked at from here, and why. */
export interface UnseenHost {
  readonly host: string | undefined;
  /** Empty where there is no way to ask it. */
  readonly why: string;
}

/**
 * Functions of another host that libvirt does not take itself have to be with vfio there: nobody readies them from here.
 *
 * @throws {HostdevError} `function-not-prepared`.
 */
export function refuseUnprepared(functions: readonly HostFunction[], specs: readonly Managed[]): void {
  const found = functions.find((each, i) => mustBePrepared(each, specs[i]));
  if (found === undefined) return;
  throw notPrepared(found, ' over there, and --managed no leaves that to you', `run 'hostdev prepare ${formatPciAddress(found.address)}' there`);
}

/** A function of another host, of which nothing is known but its driver: whether that host uses it cannot be judged from here. */
function refusalUnseen(host: string | undefined, why: string, { address, driver }: HostFunction): HostdevError {
  const name = formatPciAddress(address);
  return new HostdevError('function-in-use', unseen(host, why, `${name} (${driver ?? 'no driver'})`), {
    subject: name,
    hint: `run 'hostdev check ${name}' there; if it says free, add --force here`,
  });
}

/** The same of what only a definition gets: its host does without it from the next start of the guest on, and not before. */
export function warningUnseen({ host, why }: UnseenHost, address: PciAddress): Problem {
  const name = formatPciAddress(address);
  return {
    code: 'function-in-use',
    severity: 'warning',
    subject: name,
    message: unseen(host, why, name),
    hint: `the next start of the guest takes it: run 'hostdev check ${name}' there before`,
  };
}

function unseen(host: string | undefined, why: string, what: string): string {
  return `whether ${host ?? 'that host'} uses ${what} cannot be seen from here${why === '' ? '' : `: ${why}`}`;
}
