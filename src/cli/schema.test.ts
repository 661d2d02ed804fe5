import { expect, it } from 'vitest';
import { hostdev } from '../../test/capture.ts';
import { JSON_COMMANDS } from './json/table.ts';

it.each(JSON_COMMANDS)("the schema of '%s' is printed by its name, and by that of its file", async (name) => {
  const printed = await hostdev(['schema', ...name.split(' ')]);
  expect(printed.status).toBe(0);
  expect(await hostdev(['schema', name.replaceAll(' ', '-')])).toEqual(printed);
});
