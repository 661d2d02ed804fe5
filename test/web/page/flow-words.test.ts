/** What plans and operations say while they go on. */
import { describe, expect, test } from 'vitest';
import type { Operation } from '../../../src/server/api/operation.ts';
import { leftWords, operationWords, secondsWords, stepSeconds } from '../../../src/web/page/flow/operation-words.ts';
import { statusWords } from '../../../src/web/page/flow/plan-words.ts';
import { placedFunctions } from '../../../src/web/page/flow/answer-places.ts';
import { stepText, type ShownStep, whatAndWhy } from '../../../src/web/page/flow/step-words.ts';

const at = (second: number): string => new Date(Date.UTC(2026, 10, 26, 14, 0, second)).toISOString();
const step = (state: string): unknown => ({ what: 'x', state, began: null, ended: null });
const operation = (more: object): Operation =>
  ({ state: 'running', began: at(0), ended: null, until: null, changed: null, changes: [], ...more }) as unknown as Operation;

describe('an operation says', () => {
  test.each([
    ['how far it is', { changes: [{ steps: [step('done'), step('doing')] }, { steps: [step('waiting')] }] }, 'running: 1 of 3 steps done'],
    ['that it is being undone', { state: 'stopping', changes: [{ steps: [step('undone')] }] }, 'stopping: 0 of 1 steps done'],
    ['that it is done, and how long it took', { state: 'done', ended: at(12), changed: true }, 'done in 12 s'],
    ['that nothing is changed', { state: 'failed', ended: at(2), changed: false }, 'failed in 2.0 s, nothing is changed'],
    ['no more than it knows', { state: 'failed', ended: at(2), changed: null }, 'failed in 2.0 s'],
  ])('%s', (_, more, words) => {
    expect(operationWords(operation(more))).toBe(words);
  });

  test('how long the guest has left, never less than nothing, and only while it waits for one', () => {
    const now = Date.parse(at(0));
    expect(leftWords(operation({ until: at(47) }), now)).toBe('the guest has 47 s left to let go');
    expect(leftWords(operation({ until: at(0) }), now + 5000)).toBe('the guest has 0 s left to let go');
    expect(leftWords(operation({}), now)).toBeNull();
    expect(leftWords(operation({ until: at(47), ended: at(1) }), now)).toBeNull();
  });
});

test('seconds are told as exactly as they matter', () => {
  expect([0, 0.34, 9.94, 47.4].map(secondsWords)).toEqual(['no time', '0.3 s', '9.9 s', '47 s']);
  expect(stepSeconds({ began: at(0), ended: null }, Date.parse(at(3)))).toBe('3.0 s');
  expect(stepSeconds({ began: null, ended: null }, 0)).toBe('');
  expect(stepSeconds({ began: at(0), ended: at(0) }, 0)).toBe('');
});

test('a step is told apart from its reason', () => {
  expect(whatAndWhy('write "1" to /sys/x # it is on # really')).toEqual({ what: 'write "1" to /sys/x', why: 'it is on # really' });
  expect(whatAndWhy('modprobe vfio-pci')).toEqual({ what: 'modprobe vfio-pci', why: '' });
});

test('what is handed over is shown where the words leave it out', () => {
  expect(stepText({ kind: 'file', path: '/etc/x', text: 'a\n', mode: null, why: '' })).toBe('a\n');
  expect(stepText({ kind: 'file', path: '/etc/x', text: null, mode: null, why: '' })).toBeNull();
  expect(stepText({ kind: 'write', path: '/sys/x', text: '1', why: '' } satisfies ShownStep)).toBeNull();
});

test('the guest afterwards is what the command answers: functions with an address, of guests alone', () => {
  const placed = {
    device: '0030:00:00.0',
    hostAddress: '0030:00:00.0',
    guestAddress: '0000:00:02.0',
    uid: '0x0002',
    fid: '0x00000001',
    live: true,
    config: true,
    changed: true,
  };
  const items = [
    { kind: 'guest change', guest: 'linux1', functions: [placed, { ...placed, guestAddress: null }] },
    { hostAddress: '0030:00:00.0', changed: true },
  ];
  expect(placedFunctions({ items })).toEqual([{ guest: 'linux1', function: placed }]);
});

describe('beside the button of a plan stands', () => {
  const quiet = { isReadOnly: false, isLive: true, refusal: null, operation: undefined };
  test.each<readonly [string, Partial<Parameters<typeof statusWords>[0]>, RegExp]>([
    ['nothing where it can be carried out', {}, /^$/],
    ['nothing where it was refused: the refusal stands above', { refusal: { code: 'busy' } }, /^$/],
    ['that the server only shows', { isReadOnly: true }, /only shows/],
    ['that nothing can be applied without a connection', { isLive: false }, /nothing can be applied/],
    ['that an answer which was lost is looked for', { isLive: false, refusal: { code: 'connection' } }, /looked for when it is back/],
    ['that trying again is no second operation', { refusal: { code: 'connection' } }, /never a second one/],
    ['what has become of it, whoever began it', { operation: operation({ state: 'done', ended: at(12), changed: true }) }, /carried out once: done in 12 s/],
  ])('%s', (_, more, words) => expect(statusWords({ ...quiet, ...more })).toMatch(words));
});
