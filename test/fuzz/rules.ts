/** Any text of the files that make functions ready at boot: read, or told that it is none of ours. */
import fc from 'fast-check';
import { parseModprobe } from '../../src/state/modprobe-config.ts';
import { vfioPciRules } from '../../src/state/persist/foreign-rules.ts';
import { parsePciIds, readIdLists } from '../../src/state/persist/id-list.ts';
import type { PersistentRule } from '../../src/state/persist/persistent-rule.ts';
import { formatRule, parseRule } from '../../src/state/persist/rule-text.ts';
import { fuzzTarget, orRefused } from './fuzz.ts';
import { mutatedText } from './mutate.ts';

const CARD = {
  vendor: '0x10de',
  device: '0x2204',
  subsystemVendor: null,
  subsystemDevice: null,
  fid: null,
  mac: null,
  serial: null,
  place: '0000:01:00.0',
} as const;
const KEPT: readonly PersistentRule[] = [
  { address: '0000:01:00.0', fingerprint: CARD, modules: ['nouveau', 'nvidia'], driver: 'vfio-pci', vfs: null },
  {
    address: '0000:0b:00.0',
    fingerprint: { ...CARD, place: null, serial: { offset: 0x140, bytes: ' 01 02 03 04 05 06 07 08' } },
    modules: [],
    driver: null,
    vfs: { count: 4, hostDrivers: false, settings: { '0': { mac: '52:54:00:00:00:01', vlan: '7' } } },
  },
];

/** Rules as they are written. */
export const RULES: readonly string[] = KEPT.map(formatRule);

const MODPROBE = [
  'options vfio-pci ids=10de:2204,10de:1aef disable_vga=1\nsoftdep nouveau pre: vfio-pci\n',
  '# a remark\nblacklist nouveau\ninstall snd_hda_intel /bin/true\noptions vfio_pci \\\n  ids=8086:1521:ffffffff:ffffffff:020000:ffff00\n',
  'BOOT_IMAGE=/vmlinuz root=UUID=1 vfio-pci.ids=10de:2204 vfio_pci.ids="8086:1521" intel_iommu=on',
];

const WORDS = [
  'ids=',
  ',',
  ':',
  '"',
  '\\\n',
  '#',
  '\n',
  '=',
  'ffffffff',
  '99999999999',
  'ACTION=="add"',
  'ATTR{driver_override}="',
  '{}',
  '$',
  '\0',
  '0000:01:00.0',
];

export const ruleTexts = fuzzTarget('rules of udev', mutatedText(fc.constantFrom(...RULES), WORDS), (text) => {
  const parsed = parseRule(text);
  if (parsed.kind !== 'rule') return;
  const written = formatRule(parsed.rule);
  if (parsed.edited === (written === text)) throw new Error('whether it was edited is told wrongly');
  // What is taken for a rule of ours is one that is written and read again the same.
  const again = parseRule(written);
  if (JSON.stringify(again) !== JSON.stringify({ ...parsed, edited: false })) throw new Error(`written and read again: ${JSON.stringify(again)}`);
});

export const modprobeTexts = fuzzTarget("modprobe's files and the kernel's words", mutatedText(fc.constantFrom(...MODPROBE), WORDS), (text) => {
  const lines = orRefused(() => parseModprobe('/etc/modprobe.d/a.conf', text)) ?? [];
  orRefused(() => vfioPciRules(text, lines));
  for (const name of [/^ids$/, /^vfio[-_]pci\.ids$/]) orRefused(() => readIdLists(text, name));
  for (const word of text.split(/[\s,=]+/)) orRefused(() => parsePciIds(word));
});
