/** How a host and its guests are to be, as data: each part with the place where somebody wrote it. */
import type { FunctionName } from '../domain/function-name.ts';
import type { InterfaceSpec } from '../domain/hostdev-xml.ts';
import type { SourceLocation } from '../errors.ts';
import type { Scope } from '../plan/guest-scope.ts';
import type { VfSettingsWish } from '../plan/vf-settings.ts';
import type { SlotState } from '../state/slot.ts';

interface Placed {
  readonly at: SourceLocation;
}

/** Which card: facts of its fingerprint, written as sysfs writes them. */
export interface CardMatch {
  readonly vendor: string;
  readonly device: string;
  readonly subsystemVendor?: string | undefined;
  readonly subsystemDevice?: string | undefined;
  /** Eight bytes with blanks between. */
  readonly serial?: string | undefined;
  readonly mac?: string | undefined;
  readonly place?: string | undefined;
}

/** Which function is meant; `written` is for messages. Some are there only once another part of the wish is. */
export type Selector = Placed & { readonly written: string } & (
    | { readonly kind: 'name'; readonly name: FunctionName }
    | { readonly kind: 'virtual'; readonly physicalFunction: FunctionName; readonly index: number }
    | { readonly kind: 'match'; readonly match: CardMatch }
  );

/** A function of this host by a mapping of its fleet: which one it is depends on the guest. */
export interface MappedSelector extends Placed {
  readonly kind: 'mapping';
  readonly written: string;
  readonly mapping: string;
}

export interface WishedSlot extends Placed {
  readonly fid: number;
  readonly state: SlotState;
}

/** Settings of one virtual function; those that are not named stay as they are. */
export interface WishedSettings extends Placed {
  readonly index: number;
  readonly values: VfSettingsWish;
}

export interface WishedVfs extends Placed {
  readonly physicalFunction: Selector;
  /** 0: none. */
  readonly numVfs: number;
  readonly hostDrivers?: boolean | undefined;
  readonly persist?: boolean | undefined;
  readonly settings: readonly WishedSettings[];
}

/** A function that is with a VFIO driver. */
export interface WishedFunction extends Placed {
  readonly function: Selector;
  readonly driver?: string | undefined;
  readonly persist?: boolean | undefined;
}

export interface WishedPool extends Placed {
  readonly network: string;
  readonly functions: readonly Selector[];
  readonly autostart?: boolean | undefined;
}

export interface WishedHostdev extends Placed {
  readonly function: Selector | MappedSelector;
  readonly scope?: Scope | undefined;
  readonly managed?: boolean | undefined;
  readonly uid?: number | undefined;
  readonly fid?: number | undefined;
  /** Set by libvirt before the guest has the function. */
  readonly interface?: InterfaceSpec | undefined;
}

export interface WishedGuest extends Placed {
  /** Name or uuid. */
  readonly guest: string;
  readonly hostdevs: readonly WishedHostdev[];
}

/** What is not named in it is nobody's wish: it stays as it is. */
export interface DesiredState {
  readonly slots: readonly WishedSlot[];
  readonly virtualFunctions: readonly WishedVfs[];
  readonly functions: readonly WishedFunction[];
  readonly pools: readonly WishedPool[];
  readonly guests: readonly WishedGuest[];
}
