/** Functions of the host, as `list`, `show`, `check` and `xml` give them. */
import { CLASS_WORDS } from '../../state/class-words.ts';
import { VERDICTS } from '../../state/verdict.ts';
import { PROBLEM } from './envelope.ts';
import { driver, evidenceLines, fid, hostAddress, pchid, uid } from './notation.ts';
import { either, flag, integer, list, orNull, record, text, word } from './shape.ts';

export const verdict = word(VERDICTS);
export const COMPANION = record({
  hostAddress,
  className: text(),
  driver,
  mustGo: flag('whether the group stays with the host until it has gone too'),
  uses: evidenceLines,
});
const companions = list(COMPANION, 'the rest of its IOMMU group');

const SUMMARY = {
  hostAddress,
  class: text('0x0200'),
  className: orNull(text()),
  vendor: text('0x10de'),
  vendorName: orNull(text()),
  device: text('0x2204'),
  deviceName: orNull(text()),
  driver,
  iommuGroup: orNull(integer()),
  pcie: orNull(flag('null where the reader sees too little of the config space: only root sees all')),
  physicalFunction: orNull(hostAddress),
  fid: orNull(fid),
  uid: orNull(uid),
  pchid: orNull(pchid),
  port: orNull(integer()),
  verdict,
  evidence: evidenceLines,
  companions,
};

export const LISTED = record({
  ...SUMMARY,
  classWord: word(CLASS_WORDS.map((row) => row.word)),
  kernelNames: list(text(), 'network interfaces and whole disks that the kernel has made of it'),
  why: list(text(), 'the evidence in few words: /, default route, guest web'),
  behind: orNull(hostAddress),
  answers: flag('false when its config space reads as all ones'),
});

export const SHOWN = record({
  ...SUMMARY,
  words: text('the verdict as people read it'),
  nodeDevice: text("libvirt's name of it"),
  subsystem: orNull(text('0x10de:0x1467')),
  subsystemName: orNull(text()),
  revision: orNull(text('0xa1')),
  headerType: word(['endpoint', 'pci-bridge', 'cardbus-bridge', 'unknown']),
  driverOverride: orNull(text()),
  groupMembers: list(hostAddress),
  resetMethods: list(text()),
  numaNode: orNull(integer()),
  bootVga: flag(),
  netdevs: list(text()),
  sriov: orNull(record({ totalVfs: orNull(integer()), numVfs: orNull(integer()), virtualFunctions: list(hostAddress) })),
  link: orNull(record({ speed: orNull(text()), width: orNull(text()), maxSpeed: orNull(text()), maxWidth: orNull(text()) })),
  zpci: orNull(
    record({
      uidIsUnique: orNull(flag()),
      pft: orNull(text('0x02')),
      vfn: orNull(integer()),
      pfgid: orNull(text('0x01')),
      functionHandle: orNull(text('0x00000001')),
    }),
  ),
});

export const JUDGED = record({
  kind: word(['function']),
  hostAddress,
  verdict,
  words: text('the verdict as people read it'),
  evidence: evidenceLines,
  uses: evidenceLines,
  companions,
  notes: list(text(), 'what to do about it on this machine'),
  problems: list(PROBLEM, 'what keeps it from being given away together with the others that are named'),
});
export const READY = record({ kind: word(['readiness']), what: text(), state: word(['ok', 'missing', 'unknown']), found: text(), hint: orNull(text()) });
export const CHECKED = either(JUDGED, READY);

export const ELEMENT = record({ kind: word(['element']), hostAddress, xml: text('the element') });
