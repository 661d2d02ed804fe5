import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isTakenAgain, randomDomain } from '../../../test/random-domain.ts';
import { readDomain } from '../../domain/domain.ts';
import { addHostdevs } from '../../domain/edit.ts';
import { parsePciAddress } from '../../pci/notation.ts';
import { compareAddition } from '../addition.ts';
import { expandDomain } from '../expand.ts';
import { chooseZpciIds } from './choose.ts';

const source = parsePciAddress('00aa:00:00.0');
const onZ = (devices: string): string =>
  `<domain type='kvm'><os><type arch='s390x' machine='s390-ccw-virtio'>hvm</type></os><devices>${devices}<memballoon model='none'/></devices></domain>`;
const hostdev = (domain: number, ids: string): string =>
  `<hostdev mode='subsystem' type='pci'><source><address domain='${domain}' bus='0' slot='0' function='0'/></source><address type='pci'><zpci ${ids}/></address></hostdev>`;

describe('ids for a device that comes', () => {
  it('are free over the whole definition, whatever stands behind it', () => {
    const video = "<video><model type='virtio'/><address type='pci'><zpci uid='0x0001' fid='0x00000000'/></address></video>";
    expect(chooseZpciIds([onZ(video)], { uid: 0x21 })).toEqual({ uid: 0x21, fid: 1 });
    expect(chooseZpciIds([onZ(video)], { fid: 7 })).toEqual({ uid: 2, fid: 7 });
  });

  it('are free in all definitions', () => {
    expect(chooseZpciIds([onZ(hostdev(1, "uid='1' fid='0'")), onZ(hostdev(2, "uid='2' fid='1'"))], {})).toEqual({ uid: 3, fid: 2 });
  });

  it('keep clear of those that libvirt completes', () => {
    expect(chooseZpciIds([onZ(hostdev(1, "uid='9'") + hostdev(2, ''))], {})).toEqual({ uid: 2, fid: 2 });
  });

  it('are not chosen where there is no zPCI', () => {
    expect(chooseZpciIds(["<domain type='kvm'><os><type arch='x86_64' machine='q35'>hvm</type></os></domain>"], { uid: 1 })).toBeUndefined();
  });
});

describe('for every random guest of IBM Z that libvirt has stored', () => {
  const stored = randomDomain
    .filter((text) => text.includes("arch='s390x'") && !text.includes('00aa') && isTakenAgain(text))
    .map((text) => expandDomain(text))
    .filter((result) => result.ok);
  const ids = (placements: readonly { readonly zpci: { readonly uid?: number; readonly fid?: number } | undefined }[]): unknown[] =>
    placements.flatMap(({ zpci }) => (zpci === undefined ? [] : [zpci]));

  it.each(['uid', 'fid', 'neither', 'both'] as const)('a function with %s given is accepted, has its own ids, and leaves all others theirs', (given) => {
    let tried = 0;
    fc.assert(
      fc.property(stored, fc.integer({ min: 1, max: 40 }), (before, number) => {
        const own = ids(before.placements) as { uid: number; fid: number }[];
        const wanted = { ...(given === 'uid' || given === 'both' ? { uid: number } : {}), ...(given === 'fid' || given === 'both' ? { fid: number } : {}) };
        fc.pre(!own.some(({ uid, fid }) => uid === wanted.uid || fid === wanted.fid));
        const zpci = given === 'neither' ? {} : { zpci: chooseZpciIds([before.xml], wanted) ?? wanted };
        const after = compareAddition(before.xml, addHostdevs(readDomain(before.xml), [{ source, ...zpci }]));
        // A guest that is full is another matter.
        fc.pre(!after.refusals.some(({ code }) => code === 'guest-address-none-left'));
        tried += 1;
        expect(after.refusals).toEqual([]);
        const place = after.placeOf(source)?.zpci;
        expect(place).toMatchObject(wanted);
        expect(own.some(({ uid, fid }) => uid === place?.uid || fid === place?.fid)).toBe(false);
        const again = expandDomain(after.xml);
        expect(again.ok && ids(again.placements.filter(({ name }) => !name.includes('00aa')))).toEqual(expect.arrayContaining(own));
      }),
      { numRuns: 100 },
    );
    expect(tried).toBeGreaterThan(20);
  });
});
