import { describe, expect, it } from 'vitest';
import { isFunctionList } from './function-list.ts';

describe('a list of functions', () => {
  it.each([
    ['as it is printed', '{ "formatVersion": 1, "command": "list", "items": [] }', true],
    ['with sorted names, as jq -S writes them', '{"changed":false,"command":"list","items":[]}', true],
    ['of 0.1.0', '[]', true],
    ['is not what another command printed', '{"formatVersion":1,"command":"show","items":[]}', false],
    ['is not a snapshot that has such words in it', '{"format":"hostdev-snapshot","files":{"x":{"command":"list"}}}', false],
    ['is nothing that is cut off', '{"command":"list"', false],
  ])('%s', (_, text, is) => {
    expect(isFunctionList(text)).toBe(is);
  });
});
