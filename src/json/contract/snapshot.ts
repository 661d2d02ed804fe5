/** What `snapshot` prints: a file for `--host`, with a format of its own. */
import { flag, integer, list, map, orNull, record, type Shape, text, word } from './shape.ts';
import { time } from './notation.ts';

const path = 'by path';

export const SNAPSHOT = record({
  format: word(['hostdev-snapshot']),
  version: { schema: { enum: [2] } } as Shape<2>,
  made: time,
  redacted: flag(),
  files: map({ schema: { anyOf: [record({ text: text() }).schema, record({ base64: text() }).schema] } } as Shape<object>, path),
  links: map(text(), path),
  directories: map(list(text()), path),
  addresses: map(list(text()), 'by network interface'),
  sessionAddress: orNull(text()),
  claims: map(text(), path),
  reader: record({ uid: integer(), byteOrder: word(['little', 'big']) }),
  refused: map(text('why'), 'paths that could not be read'),
});
