/** Definitions and wishes to begin with, and the hosts that they are meant for. */
import gpu from '../examples/gpu.xml?raw';
import pc from '../examples/pc.json?raw';
import roce from '../examples/roce.xml?raw';
import spapr from '../examples/spapr.xml?raw';
import wishPc from '../examples/wish-pc.yaml?raw';
import wishZ from '../examples/wish-z.yaml?raw';
import virt from '../examples/virt.xml?raw';
import wrong from '../examples/wrong.xml?raw';
import z from '../examples/z.json?raw';
import type { NamedText } from './definition.ts';

export interface Example {
  readonly name: string;
  readonly definition: NamedText;
  readonly host: NamedText | undefined;
}

const Z: NamedText = { name: 'z.json', text: z };
const PC: NamedText = { name: 'pc.json', text: pc };

export const EXAMPLES: readonly Example[] = [
  { name: 'IBM Z: RoCE and NVMe', definition: { name: 'roce.xml', text: roce }, host: Z },
  { name: 'IBM Z: what is wrong here?', definition: { name: 'wrong.xml', text: wrong }, host: Z },
  { name: 'IBM Z: a wish', definition: { name: 'wish.yaml', text: wishZ }, host: Z },
  { name: 'PC: graphics card and its sound', definition: { name: 'gpu.xml', text: gpu }, host: PC },
  { name: 'PC: a wish', definition: { name: 'wish.yaml', text: wishPc }, host: PC },
  { name: 'Arm: virtual function', definition: { name: 'virt.xml', text: virt }, host: undefined },
  { name: 'POWER: two host bridges', definition: { name: 'spapr.xml', text: spapr }, host: undefined },
];
