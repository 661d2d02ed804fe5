/** Which functions a guest gets, and which it gives back, by the changes that are planned. */
import { functionsOf } from '../../plan/change.ts';
import type { Transition } from '../../plan/transition.ts';

/** A function, by its address, and the guest that gets it or has had it. */
export interface ChangedFunction {
  readonly address: string;
  readonly way: 'attach' | 'detach';
  /** Name and uuid: a claim names a guest by either. */
  readonly guest: { readonly name: string; readonly uuid: string };
  /** The element by which a guest gets it; none of a swap, in which it gets that of the function that goes. */
  readonly xml?: string;
}

/** What a libvirt network hands out has no address before: nobody can claim it. */
const ADDRESS = /^[0-9a-f]{4,8}:[0-9a-f]{2}:[0-9a-f]{2}\.[0-7]$/;

/** In the order of the changes; those of the host alone are no guest's. */
export function changedFunctions(changes: readonly Transition[]): ChangedFunction[] {
  return changes.flatMap((change) => {
    const guest = { name: change.before['name'] ?? '', uuid: change.before['guest'] ?? '' };
    const of = (way: ChangedFunction['way'], names: readonly string[]): ChangedFunction[] =>
      names.filter((name) => ADDRESS.test(name)).map((address) => ({ address, way, guest }));
    const names = functionsOf(change);
    const { xml } = change.wanted;
    if (change.verb === 'attach') return of('attach', names).map((each) => (typeof xml === 'string' ? { ...each, xml } : each));
    // What stays in the definition, or in what runs, is still the guest's.
    if (change.verb === 'detach') return keepsPart(change) ? [] : of('detach', names);
    // Of a swap the one that goes stands before the one that comes.
    return change.verb === 'swap' ? [...of('detach', names.slice(0, 1)), ...of('attach', names.slice(1))] : [];
  });
}

function keepsPart({ wanted }: Transition): boolean {
  return wanted['live'] === 'yes' || wanted['config'] === 'yes';
}
