/** The part of a wish that needs no libvirt. */
import type { DesiredState } from './wish.ts';

/** Slots, virtual functions and functions; neither pools nor guests, which only a daemon that runs can tell of. */
export function hostPart(wish: DesiredState): DesiredState {
  return { ...wish, pools: [], guests: [] };
}
