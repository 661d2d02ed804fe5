import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { applySplices, removeNode } from '../xml/edit.ts';
import { parseXml } from '../xml/parse.ts';
import { attribute, childElement, childElements } from '../xml/read.ts';
import { isTakenAgain, randomDomain } from '../../test/random-domain.ts';
import { expandDomain } from './expand.ts';
import type { Placement } from './report.ts';

const expanded = (source: string): Extract<ReturnType<typeof expandDomain>, { ok: true }> | undefined => {
  const result = expandDomain(source);
  return result.ok && isTakenAgain(source) ? result : undefined;
};

/** Whether it is a PCI function of the host. */
const isFunction = ({ kind, name }: Placement): boolean => kind === 'hostdev' && /^hostdev [0-9a-f]{4}:/.test(name);

/** How often a property is tried. */
const runs = { numRuns: 300 };

describe('for every random definition of every machine', () => {
  it('no two devices share an address, and uids and fids are unique', () => {
    let accepted = 0;
    fc.assert(
      fc.property(randomDomain, (source) => {
        const result = expanded(source);
        if (result === undefined) return;
        accepted += 1;
        const addresses = result.placements.flatMap((p) => p.address ?? []);
        expect(new Set(addresses).size).toBe(addresses.length);
        for (const id of ['uid', 'fid'] as const) {
          const ids = result.placements.flatMap((p) => p.zpci?.[id] ?? []);
          expect(new Set(ids).size).toBe(ids.length);
        }
      }),
      runs,
    );
    expect(accepted).toBeGreaterThan(runs.numRuns / 4);
  });

  it('expanding twice changes nothing', () => {
    fc.assert(
      fc.property(randomDomain, (source) => {
        const result = expanded(source);
        if (result === undefined) return;
        expect(expandDomain(result.xml)).toMatchObject({ ok: true, xml: result.xml });
      }),
      runs,
    );
  });

  it('every address that was searched for, removed and generated again, is the same', () => {
    let tried = 0;
    fc.assert(
      fc.property(randomDomain, (source) => {
        const result = expanded(source);
        if (result === undefined) return;
        const document = parseXml(result.xml);
        const devices = childElement(document.root, 'devices');
        // Others can be on the channel subsystem where they do not say that they are on PCI.
        const elements = devices === undefined ? [] : childElements(devices, 'hostdev').filter((e) => attribute(e, 'type') === 'pci');
        const placed = result.placements.filter(isFunction);
        for (const [i, element] of elements.entries()) {
          const address = childElement(element, 'address');
          const before = placed[i];
          if (address === undefined || before?.reason?.by !== 'search' || before.zpciReason?.uid === 'definition' || before.zpciReason?.fid === 'definition')
            continue;
          tried += 1;
          const again = expanded(applySplices(document.source, [removeNode(document, address)]));
          const after = again?.placements.filter(isFunction)[i];
          expect([after?.address, after?.zpci]).toEqual([before.address, before.zpci]);
        }
      }),
      runs,
    );
    expect(tried).toBeGreaterThan(20);
  });

  it('the order of attributes never matters', () => {
    fc.assert(
      fc.property(randomDomain, (source) => {
        const turned = source.replaceAll(/<([a-z]+)((?: [a-z]+='[^']*')+)(\/?)>/gi, (_, name: string, attributes: string, end: string) => {
          const list = attributes.match(/ [a-z]+='[^']*'/gi) ?? [];
          return `<${name}${list.reverse().join('')}${end}>`;
        });
        const [one, two] = [expandDomain(source), expandDomain(turned)];
        expect(two.ok).toBe(one.ok);
        const strip = (result: typeof one): unknown =>
          result.ok ? result.placements.map((p) => ({ ...p, location: undefined })) : result.problems.map((p) => p.code);
        expect(strip(two)).toEqual(strip(one));
      }),
      runs,
    );
  });
});
