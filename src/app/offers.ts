/** What a host can offer to something that gives functions to guests by itself: read and judged once, for whichever it is. */
import type { FunctionName } from '../domain/function-name.ts';
import type { HostPort } from '../host/port.ts';
import { type Offers, offersOf, toldOf, type LeftOut } from '../offers/offer.ts';
import type { PciAddress } from '../pci/address.ts';
import { pciNames } from '../pci/names.ts';
import { requireJudgments } from '../state/judge.ts';
import type { NodeDevice } from '../state/node-device.ts';
import type { AppContext } from './context.ts';
import { viewHost, viewing } from './host-view.ts';
import { resolveFunctions } from './resolve.ts';

interface ReadOffers {
  readonly offers: Offers;
  /** Every function of the host. */
  readonly functions: readonly NodeDevice[];
  readonly named: readonly PciAddress[];
  readonly port: HostPort;
  readonly nameOf: NameOf;
}

/** What pci.ids calls a function; undefined where it knows none. */
export type NameOf = (device: NodeDevice) => string | undefined;

/** @throws {HostdevError} `function-unknown`, `address-ambiguous`. */
export async function readOffers(context: AppContext, names: readonly FunctionName[]): Promise<ReadOffers> {
  const view = viewing(context);
  const { state, judgments } = await viewHost(view);
  const named = await resolveFunctions(view, names);
  requireJudgments(judgments, named);
  const lookup = pciNames(await context.readPciIds());
  const nameOf: NameOf = (device) => {
    const found = lookup(device);
    return found.device === undefined ? undefined : [found.vendor, found.device].join(' ').trim();
  };
  return { offers: offersOf(judgments, named), functions: state.functions, named, port: view.port, nameOf };
}

/** An export, with only that of what is left out which somebody asked for. */
export function asAsked<T extends { readonly leftOut: readonly LeftOut[] }>(exported: T, named: readonly PciAddress[]): T {
  return { ...exported, leftOut: toldOf(exported.leftOut, named) };
}
