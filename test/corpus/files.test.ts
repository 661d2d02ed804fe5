import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, inject, it } from 'vitest';
import { readDomain } from '../../src/domain/domain.ts';
import { addHostdevs, removeHostdevs } from '../../src/domain/edit.ts';
import { pciAddress } from '../../src/pci/address.ts';
import { decodeXml, encodeXml, parseXml, printXml } from '../../src/xml/index.ts';
import { describeUnless } from '../skip.ts';

const { root, reason } = inject('corpora')['11.3'];
const MALFORMED = 'broken-xml-invalid.xml';

describeUnless(reason, "libvirt 11.3's 2,318 domain XML files", () => {
  const directory = join(root, 'tests/qemuxmlconfdata');
  const files = readdirSync(directory).filter((name) => name.endsWith('.xml'));
  const wellFormed = files.filter((name) => name !== MALFORMED);

  it('are all there', () => {
    expect(files).toHaveLength(2318);
  });

  it('are the same bytes after parsing and printing', () => {
    const changed = wellFormed.filter((name) => {
      const bytes = readFileSync(join(directory, name));
      const { text, encoding } = decodeXml(bytes);
      return !bytes.equals(encodeXml(printXml(parseXml(text)), encoding));
    });
    expect(changed).toEqual([]);
  });

  it('the one malformed file is refused with its position', () => {
    const text = readFileSync(join(directory, MALFORMED), 'utf8');
    expect(() => parseXml(text, { file: MALFORMED })).toThrow(
      expect.objectContaining({ code: 'xml-malformed', location: { file: MALFORMED, line: 1, column: 1 } }) as Error,
    );
  });

  it('attach adds lines and changes none, and detach gives the file back', () => {
    const source = pciAddress(0xfffe, 0xfe, 0x1e, 6);
    const spec = { source, zpci: { uid: 0xfffe, fid: 0xfffffffe } };
    const wrong: string[] = [];
    let attached = 0;
    for (const name of wellFormed) {
      const text = readFileSync(join(directory, name), 'utf8');
      const domain = readDomain(text);
      const added = addHostdevs(domain, [spec]);
      attached += 1;
      if (!keepsLines(text, added)) wrong.push(`${name}: attach changed a line`);
      const back = removeHostdevs(readDomain(added), [source]);
      if (back !== text && domain.devices?.selfClosing === false) wrong.push(`${name}: detach did not give the file back`);
    }
    expect(wrong).toEqual([]);
    expect(attached).toBe(2317);
  });
});

/** Whether every line of the old text is in the new one, in order; an empty <devices/> may be opened. */
function keepsLines(before: string, after: string): boolean {
  const lines = after.split('\n');
  let at = 0;
  for (const line of before.split('\n')) {
    const wanted = line.trim() === '<devices/>' ? line.replace('/>', '>') : line;
    while (at < lines.length && lines[at] !== wanted) at += 1;
    if (at === lines.length) return false;
    at += 1;
  }
  return true;
}
