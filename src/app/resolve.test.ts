import { describe, expect, it } from 'vitest';
import { parseFunctionNames } from '../domain/function-name.ts';
import { formatPciAddress } from '../pci/address.ts';
import { fakeKernel } from '../testing/fake-kernel.ts';
import type { AppContext } from './context.ts';
import { refuseIdsElsewhere, resolveFunctions } from './resolve.ts';

const onHost = (address: string, fid: number): AppContext => ({
  port: fakeKernel([{ address, fid }]),
  isRoot: true,
  readPciIds: async () => undefined,
});

describe('ids are looked up on the machine that is looked at', () => {
  it('and mean what they mean there', async () => {
    const names = parseFunctionNames(['fid=0x100', '0009:00:00.0']);
    for (const address of ['0001:00:00.0', '0002:00:00.0']) {
      expect((await resolveFunctions(onHost(address, 0x100), names)).map(formatPciAddress)).toEqual([address, '0009:00:00.0']);
    }
  });

  it('so they name nothing on the other side of a connection, where addresses do', () => {
    const refuse = (word: string, isLocal: boolean) => () => refuseIdsElsewhere(parseFunctionNames([word]), { isLocal });
    expect(refuse('fid=0x100', false)).toThrow(expect.objectContaining({ code: 'option-conflict', subject: 'fid=0x100' }) as Error);
    expect(refuse('fid=0x100', true)).not.toThrow();
    expect(refuse('0001:00:00.0', false)).not.toThrow();
  });
});
