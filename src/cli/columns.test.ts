import { describe, expect, it } from 'vitest';
import { drawColumns } from './columns.ts';

describe('columns', () => {
  it.each<[string, string[][], string]>([
    [
      'are as wide as their widest cell',
      [
        ['A', 'B'],
        ['long', 'x'],
        ['', 'y'],
      ],
      'A     B\nlong  x\n      y\n',
    ],
    [
      'leave no blanks at line ends',
      [
        ['A', 'B'],
        ['long', ''],
        ['x', 'y  '],
      ],
      'A     B\nlong\nx     y\n',
    ],
    ['may be missing in a row', [['A', 'B', 'C'], ['1'], []], 'A  B  C\n1\n\n'],
    [
      'count signs of two places as two',
      [
        ['網', 'x'],
        ['ab', 'y'],
        ['abc', 'z'],
      ],
      '網   x\nab   y\nabc  z\n',
    ],
    [
      'count a sign with an accent of its own as one',
      [
        ['e\u0301', 'x'],
        ['ab', 'y'],
      ],
      'e\u0301   x\nab  y\n',
    ],
    [
      'do not count colours',
      [
        ['\u001b[32mfree\u001b[39m', 'x'],
        ['in use', 'y'],
      ],
      '\u001b[32mfree\u001b[39m    x\nin use  y\n',
    ],
    ['are none where there are no rows', [], ''],
  ])('%s', (_, rows, drawn) => {
    expect(drawColumns(rows)).toBe(drawn);
  });
});
