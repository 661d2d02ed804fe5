/** What is said of a fleet in a few words, the same by every face. */
import type { FLEET_CLAIM } from '../../json/contract/fleet-claims.ts';
import type { FLEET_HOST } from '../../json/contract/fleet-hosts.ts';
import type { FLEET_PLACEMENT } from '../../json/contract/fleet-placement.ts';
import type { Of } from '../../json/contract/shape.ts';
import { functionWords } from './view.ts';

type Claim = Of<typeof FLEET_CLAIM>;

/** Whether an agent has said so lately; a host that is silent may run, and its guests with it. */
export function signOfLife(isAlive: boolean): string {
  return isAlive ? 'alive' : 'silent';
}

/** `web (attached)` */
export function claimerWords({ guest, state }: Pick<Claim, 'guest'> & { readonly state: string }): string {
  return `${guest} (${state})`;
}

/** `, with uid 0x0021 and fid 0x000000a1`: what a claim keeps on IBM Z; nothing elsewhere. */
export function idsWords(ids: { readonly uid: string | null; readonly fid: string | null } | undefined): string {
  return ids === undefined || ids.uid === null || ids.fid === null ? '' : `, with uid ${ids.uid} and fid ${ids.fid}`;
}

/** What there is to a claim besides: the ids that it keeps, a reminder, why it is lost or stuck. */
export function claimNote({ uid, fid, until, why }: Pick<Claim, 'uid' | 'fid' | 'until' | 'why'>): string {
  return [
    ...(uid === null || fid === null ? [] : [`uid ${uid}, fid ${fid}`]),
    ...(until === null ? [] : [`until ${until}`]),
    ...(why === null ? [] : [why]),
  ].join('; ');
}

/** `6 functions: 3 free, 1 held, 2 claimed` */
export function hostCountWords({ functions, free, held, claimed }: Pick<Of<typeof FLEET_HOST>, 'functions' | 'free' | 'held' | 'claimed'>): string {
  return `${counted(functions)}: ${free} free, ${held} held, ${claimed} claimed`;
}

/** `gpu: 4 functions, 2 free, 1 held, 1 in use` */
export function classCountWords({ class: word, functions, free, held, inUse }: Of<typeof FLEET_HOST>['classes'][number]): string {
  return `${word}: ${counted(functions)}, ${free} free, ${held} held, ${inUse} in use`;
}

function counted(functions: number): string {
  return functions === 1 ? '1 function' : `${functions} functions`;
}

/** Why a host cannot run a definition; or, where it can, what there is to say of what the guest would get. */
export function placementNotes({ reasons, functions, far, companions }: Of<typeof FLEET_PLACEMENT>): readonly string[] {
  const claimed = functions.filter((each) => each.claimed).length;
  const addresses = new Map(functions.map((each) => [each.function, each.address]));
  return [
    ...reasons.map(({ message }) => message),
    ...(claimed === 0 ? [] : [`${claimed} claimed for it`]),
    ...(far.length === 0 ? [] : [`on another NUMA node: ${far.map((key) => addresses.get(key) ?? key).join(', ')}`]),
    ...functions.flatMap(({ address, uid, fid, reserved }) =>
      uid === null || fid === null || reserved ? [] : [`${address} would have uid ${uid} and fid ${fid}, which are not kept until it is claimed`],
    ),
    ...(companions.length === 0 ? [] : [`goes along: ${companions.map(functionWords).join(', ')}`]),
  ];
}
