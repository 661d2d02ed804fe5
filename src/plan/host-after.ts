/**
 * The host as it will be once a plan has been carried out, as far as that can be known before: which driver each function has, which guest holds it, which
 * functions are gone. What comes into being only then (virtual functions, the function of a slot) is not in it. It is judged as every other state is.
 */
import { formatPciAddress } from '../pci/address.ts';
import type { ByFunction } from '../state/by-function.ts';
import type { GuestClaims } from '../state/holders.ts';
import type { HostState } from '../state/host-state.ts';
import { isVfioDriver, type NodeDevice } from '../state/node-device.ts';
import type { Change } from './change.ts';
import { functionsGone } from './functions-gone.ts';
import type { Step } from './step.ts';

/** `changes` in the order in which they are made. */
export function hostAfter(state: HostState, changes: readonly Change[]): HostState {
  // A slot that is switched off and on again has its function anew, which is what it was.
  const backAgain = new Set(changes.filter(({ verb }) => verb === 'slot on').map(({ subject }) => subject));
  return changes.filter(({ verb, subject }) => verb !== 'slot off' || !backAgain.has(subject)).reduce(afterChange, state);
}

/** Functions of which only the kernel will know which host driver takes them. */
export function takenByWhichever(changes: readonly Change[]): ReadonlySet<string> {
  const drivers = new Map(changes.flatMap(movesOf));
  return new Set([...drivers].filter(([, driver]) => driver === null).map(([address]) => address));
}

/** Which driver gets which function; null where the kernel chooses among those of the host. */
function movesOf({ verb, subject, wanted, steps }: Change): readonly (readonly [address: string, driver: string | null])[] {
  if (verb === 'prepare' || verb === 'release') return [[subject, wanted['driver'] ?? null]];
  return steps.flatMap((step) => (step.kind === 'move' ? [[step.address, step.to] as const] : []));
}

function afterChange(state: HostState, change: Change): HostState {
  const { verb, subject, before, wanted } = change;
  switch (verb) {
    case 'prepare':
    case 'release':
      return withDriver(state, subject, wanted['driver'] ?? null);
    case 'slot off':
      return without(state, functionsGone(change));
    case 'vf create':
    case 'vf remove':
      return withCount(without(state, functionsGone(change)), subject, Number(wanted['count']));
    case 'attach':
    case 'detach':
    case 'swap':
      return change.steps.reduce((now, step) => afterStep(now, step, before['name'] ?? ''), state);
    default:
      return state;
  }
}

function afterStep(state: HostState, step: Step, guest: string): HostState {
  if (step.kind === 'move') return withDriver(state, step.address, step.to);
  if (step.kind === 'attach' && step.on !== 'definition')
    return withClaims(state, step.device, (guests) => [...guests.filter((name) => name !== guest), guest]);
  if (step.kind === 'detach' && step.on === 'guest') return withClaims(state, step.device, (guests) => guests.filter((name) => name !== guest));
  return state;
}

function withDevice(state: HostState, address: string, change: (device: NodeDevice) => NodeDevice): HostState {
  return { ...state, functions: state.functions.map((device) => (formatPciAddress(device.address) === address ? change(device) : device)) };
}

/** With a driver of vfio go interfaces, disks and all that hung on them; which ones another driver makes is not known before. */
function withDriver(state: HostState, address: string, driver: string | null): HostState {
  const moved = withDevice(state, address, (device) => ({ ...device, driver: driver ?? undefined, netdevs: [], netdevElsewhere: false }));
  return isVfioDriver(driver ?? undefined) ? withoutUses(moved, address) : moved;
}

function withCount(state: HostState, address: string, numVfs: number): HostState {
  return withDevice(state, address, (device) =>
    device.sriov === undefined
      ? device
      : { ...device, sriov: { ...device.sriov, numVfs, virtualFunctions: numVfs === 0 ? [] : device.sriov.virtualFunctions } },
  );
}

function without(state: HostState, addresses: readonly string[]): HostState {
  const gone = new Set(addresses);
  return { ...state, functions: state.functions.filter(({ address }) => !gone.has(formatPciAddress(address))) };
}

function withClaims(state: HostState, device: string, change: (guests: readonly string[]) => readonly string[]): HostState {
  const guests: GuestClaims = new Map([...state.guests, [device, change(state.guests.get(device) ?? [])]]);
  return { ...state, guests };
}

function withoutUses(state: HostState, address: string): HostState {
  const left = (index: ByFunction): ByFunction => new Map([...index].filter(([name]) => name !== address));
  const { block, shares, net, consoles, nodes } = state;
  return {
    ...state,
    block: { ...block, byFunction: left(block.byFunction) },
    shares: { ...shares, byFunction: left(shares.byFunction) },
    net: { ...net, byFunction: left(net.byFunction) },
    nodes: { ...nodes, byFunction: left(nodes.byFunction) },
    consoles: {
      ...consoles,
      framebuffers: left(consoles.framebuffers),
      bootFramebuffers: left(consoles.bootFramebuffers),
      consoles: left(consoles.consoles),
      keyboards: left(consoles.keyboards),
    },
  };
}
