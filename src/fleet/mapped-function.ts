/** What `mapping:gpu-a10` means for a guest on a host: a function that is claimed for it there, or one that is claimed now. */
import { claimFunctions } from './claim.ts';
import { listClaims } from './claims.ts';
import type { FleetAccess } from './fleet-access.ts';
import type { KeptClaim } from './model/view.ts';

export interface MappedWish {
  readonly mapping: string;
  readonly guest: string;
  readonly host: string;
}

/**
 * The claims to attach by: of one function and the rest of its group, the function that was chosen first.
 *
 * What was claimed by that mapping and no host has begun with comes first, so that asking again gives no second function.
 *
 * @throws {HostdevError} as `claimFunctions`.
 */
export async function mappedClaims(access: FleetAccess, { mapping, guest, host }: MappedWish, signal?: AbortSignal): Promise<readonly KeptClaim[]> {
  const { claims } = await listClaims(access.store, { guest, host, states: ['claimed'] }, signal);
  const own = claims.find(({ record }) => record.mapping === mapping);
  if (own !== undefined) return [own, ...claims.filter(({ record }) => own.record.together.includes(record.function))];
  const wish = { target: { kind: 'mapping', name: mapping }, what: mapping, guest, host, count: 1, wholeGroup: false, until: null } as const;
  return (await claimFunctions(access, wish, signal)).claims;
}
