/** What kind of adapter a function of IBM Z is, by its attribute pft. Source: s390-tools, libzpci, where the numbers are. */

const TYPES: Readonly<Record<number, string>> = {
  0x00: 'unclassified',
  0x02: 'RoCE Express',
  0x05: 'ISM',
  0x0a: 'RoCE Express2',
  0x0b: 'NVMe',
  0x0c: 'Network Express hybrid',
  0x0d: 'Cloud Network Adapter',
  0x0f: 'Network Express dedicated',
};

/** `RoCE Express2`; the number where it has no name here. */
export function functionTypeWords(pft: number): string {
  return TYPES[pft] ?? `type 0x${pft.toString(16).padStart(2, '0')}`;
}
