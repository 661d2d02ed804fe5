import { expect, it } from 'vitest';
import { parsePciAddress } from '../pci/notation.ts';
import { type Judged, refusalsToGive } from './assignable.ts';

const console = (pciClass: number, ...chain: string[]): Judged => ({
  device: { address: parsePciAddress('0000:01:00.0'), pciClass, iommuGroup: 1 },
  verdict: 'in use',
  evidence: [{ kind: 'console', chain }],
  companions: [],
});

it.each([
  ['a graphics card', console(0x03_00_00, 'boot VGA: firmware and console draw on it'), /first one in the firmware.*video=efifb:off/],
  ['a serial card', console(0x07_00_02, 'ttyS4', 'kernel console'), /console=.*serial-getty/],
])('how %s stops being the console is said', (_, judged, hint) => {
  expect(refusalsToGive([judged])).toMatchObject([{ code: 'function-in-use', hint: expect.stringMatching(hint) as string }]);
});
