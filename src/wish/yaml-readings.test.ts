import { parseAllDocuments } from 'yaml';
import { describe, expect, it } from 'vitest';
import { coreReading, otherReading } from './yaml-readings.ts';

describe('a text without quotes', () => {
  it.each([
    ['15:00', 'the number 900'],
    ['190:20:30', 'the number 685230'],
    ['06:00.0', 'the number 360'],
    ['0000:06:00.0', 'the number 360'],
    ['52:54:00:12:34:56', 'the number 41135085296'],
    ['0010', 'the number 8'],
    ['010', 'the number 8'],
    ['08', 'a text, and for others the number 8'],
    ['0o10', 'a text, and for others the number 8'],
    ['1_000', 'the number 1000'],
    ['0b11', 'the number 3'],
    ['0x1_0', 'the number 16'],
    ['-0x10', 'the number -16'],
    ['1e3', 'a text, and for others the number 1000'],
    ['1.5e3', 'a text, and for others the number 1500'],
    ['no', 'false'],
    ['No', 'false'],
    ['n', 'false'],
    ['on', 'true'],
    ['y', 'true'],
    ['off', 'false'],
    ['2026-11-26', 'a time'],
    ['<<', 'a sign of YAML 1.1'],
    ['=', 'a sign of YAML 1.1'],
  ])('%s is %s to others', (text, other) => expect(otherReading(text)).toBe(other));

  it.each([
    '0',
    '4',
    '-4',
    '+4',
    '0x10',
    '0x00000017',
    '1.5',
    '.5',
    '1.5e+3',
    'true',
    'False',
    'null',
    '~',
    '',
    '.inf',
    '-.inf',
    '.nan',
    'web',
    '.',
    '-',
    '10de',
    '0000:0a:00.0',
    'fid=0x17',
    'Norway',
    '1:99',
    '00',
  ])('%j is the same to all', (text) => expect(otherReading(text)).toBeUndefined());

  it.each([
    '0',
    '007',
    '0x1f',
    '0o17',
    '1e3',
    '.5',
    '1.',
    '-.inf',
    'true',
    'TRUE',
    'tRue',
    '~',
    'Null',
    '1_000',
    '0b1',
    'yes',
    '+12',
    '-0x1',
    '0x',
    '1e',
    '.e3',
  ])('%s is read here as the parser reads it', (text) => {
    const [document] = parseAllDocuments(text, { version: '1.2', schema: 'core' }) as { toJS: () => unknown }[];
    const value = document?.toJS();
    const reading = coreReading(text);
    expect(reading.kind === 'text' ? text : reading.value).toBe(String(value));
    expect(reading.kind).toBe(value === null ? 'null' : typeof value === 'string' ? 'text' : typeof value);
  });
});
