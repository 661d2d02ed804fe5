import type { FakeFunction } from '../../src/testing/fake-kernel.ts';

/** What a machine is made of. */
export interface MachineRecipe {
  readonly functions: readonly FakeFunction[];
  /** Files of the machine by path; `→ target` is a symbolic link. */
  readonly files: Readonly<Record<string, string>>;
  /** Definitions of libvirt's guests, and of those which run. */
  readonly guests: readonly { readonly xml: string; readonly runs: boolean }[];
  /** Files of the directory in which commands are given. */
  readonly directory: Readonly<Record<string, string>>;
  /** Names, as pci.ids has them. */
  readonly pciIds: string;
}
