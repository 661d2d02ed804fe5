import { describe, expect, it } from 'vitest';
import { parseFunctionName } from '../domain/function-name.ts';
import { formatPciAddress, pciAddress } from '../pci/address.ts';
import { functionNamed, functionsNamed } from './named-functions.ts';
import type { NodeDevice, ZpciFacts } from './node-device.ts';

const NONE = { uidIsUnique: true, port: undefined, pft: undefined, vfn: undefined, pfgid: undefined, functionHandle: undefined };
const device = (domain: number, ids: Pick<ZpciFacts, 'fid' | 'uid' | 'pchid'>): NodeDevice =>
  ({ address: pciAddress(domain, 0, 0, 0), zpci: { ...NONE, ...ids } }) as NodeDevice;

const HOST = [
  device(1, { fid: 0x100, uid: 1, pchid: 0x128 }),
  device(2, { fid: 0x101, uid: 2, pchid: 0x128 }),
  device(3, { fid: 0x200, uid: 7, pchid: 0x130 }),
  device(4, { fid: 0x201, uid: 7, pchid: 0x131 }),
];

describe('names of functions on a host', () => {
  it.each<[string, string[]]>([
    ['fid=0x100', ['0001:00:00.0']],
    ['uid=0x2', ['0002:00:00.0']],
    ['pchid=0x128', ['0001:00:00.0', '0002:00:00.0']],
    ['0009:00:00.0', ['0009:00:00.0']],
  ])('%s means %j', (word, addresses) => {
    const found = functionsNamed(HOST, parseFunctionName(word));
    expect('code' in found ? found : found.map(formatPciAddress)).toEqual(addresses);
  });

  it.each<[string, string, RegExp]>([
    ['fid=0x999', 'function-unknown', /no PCI function with fid=0x999/],
    ['uid=0x7', 'address-ambiguous', /uid=0x7 means 2 functions: 0003:00:00\.0, 0004:00:00\.0/],
  ])('%s is refused', (word, code, message) => {
    expect(functionsNamed(HOST, parseFunctionName(word))).toMatchObject({ code, message: expect.stringMatching(message) as unknown });
  });

  it('a channel with several functions is not one function', () => {
    expect(functionNamed(HOST, parseFunctionName('pchid=0x128'))).toMatchObject({ code: 'address-ambiguous' });
    expect(functionNamed(HOST, parseFunctionName('pchid=0x130'))).toEqual(pciAddress(3, 0, 0, 0));
  });

  it('says which ids there are, and on other machines that there are none', () => {
    expect(functionsNamed(HOST, parseFunctionName('pchid=0x1'))).toMatchObject({ hint: expect.stringContaining('pchid 0x128, 0x130, 0x131') as unknown });
    expect(functionsNamed([], parseFunctionName('fid=0x1'))).toMatchObject({ hint: expect.stringContaining('only IBM Z') as unknown });
  });
});
