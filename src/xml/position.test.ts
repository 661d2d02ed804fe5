import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { locationAt, locationIn } from './position.ts';

/** Line and column by taking the text apart, a way that shares nothing with the one that is tested. */
function counted(source: string, offset: number): { line: number; column: number } {
  // A line feed behind the offset may belong to the carriage return before it: then that line has not ended yet.
  const begun = source[offset - 1] === '\r' && source[offset] === '\n' ? source.slice(0, offset - 1) : source.slice(0, offset);
  const lines = begun.split(/\r\n|\n|\r/);
  return { line: lines.length, column: (lines.at(-1) ?? '').length + 1 + (offset - begun.length) };
}

const text = fc.string({ unit: fc.constantFrom('a', '𝄞', ' ', '\n', '\r', '\r\n', '<') });

describe('the place of an offset', () => {
  it('is the line and column that an editor shows, with every kind of line end, asked once or often', () => {
    fc.assert(
      fc.property(text, (source) => {
        const document = { source };
        for (let offset = 0; offset <= source.length; offset += 1) {
          expect(locationAt(source, offset)).toEqual(counted(source, offset));
          expect(locationIn(document, offset)).toEqual(counted(source, offset));
        }
      }),
    );
  });

  it('names the file where one is given, and has no such field otherwise', () => {
    expect(locationAt('a\nb', 2, 'guest.xml')).toStrictEqual({ line: 2, column: 1, file: 'guest.xml' });
    expect(locationIn({ source: 'a\nb' }, 2, 'guest.xml')).toStrictEqual({ line: 2, column: 1, file: 'guest.xml' });
    expect(locationAt('a', 0)).toStrictEqual({ line: 1, column: 1 });
    expect(locationIn({ source: 'a' }, 0)).toStrictEqual({ line: 1, column: 1 });
  });
});
