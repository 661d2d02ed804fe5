import type { FakeFunction, FakeKernel } from '../../../../src/testing/fake-kernel.ts';
import type { VfSetting } from '../../../../src/state/vf-settings.ts';

export interface FirstVersionHost {
  readonly functions: readonly FakeFunction[];
  readonly files: Readonly<Record<string, string>>;
  /** Serial numbers, by address. */
  readonly serials: Readonly<Record<string, readonly number[]>>;
  /** Functions that `prepare --persist` took. */
  readonly keep: readonly string[];
  readonly vfs: readonly {
    readonly pf: string;
    readonly count: number;
    readonly settings: Readonly<Record<string, Readonly<Partial<Record<VfSetting, string>>>>>;
  }[];
}

export const HOSTS: Readonly<Record<'pc' | 'z', FirstVersionHost>>;

export function withSerials(port: FakeKernel, serials: FirstVersionHost['serials']): FakeKernel;
