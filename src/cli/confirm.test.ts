import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';
import { confirm } from './confirm.ts';

const stream = (isTTY: boolean): PassThrough & { readonly isTTY: boolean } => Object.assign(new PassThrough(), { isTTY });
const never = new AbortController().signal;

describe('a question on the terminal', () => {
  it.each([
    ['y\n', true],
    ['Yes\n', true],
    ['\n', false],
    ['n\n', false],
    ['yesterday\n', false],
  ])('answered with %j is %s', async (answer, expected) => {
    const [input, output] = [stream(true), stream(true)];
    const asked = confirm('Attach?', { input, output }, never);
    input.write(answer);
    expect(await asked).toBe(expected);
    expect(await text(output.end())).toContain('Attach? [y/N] ');
  });

  it.each([
    [false, true],
    [true, false],
  ])('is not asked where one end is none', async (input, output) => {
    expect(await confirm('Attach?', { input: stream(input), output: stream(output) }, never)).toBe(false);
  });

  it('is answered with no by a signal', async () => {
    const signal = new AbortController();
    const asked = confirm('Attach?', { input: stream(true), output: stream(true) }, signal.signal);
    signal.abort();
    expect(await asked).toBe(false);
  });
});
