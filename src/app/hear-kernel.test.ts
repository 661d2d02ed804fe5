import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { HostPort } from '../host/port.ts';
import { fakeKernel } from '../testing/fake-kernel.ts';
import { hearKernelAgain } from './hear-kernel.ts';

let heard: string[];
let stop: AbortController;
const listener = { onBegin: () => heard.push('begin'), onFunction: (name: string) => heard.push(name), onEnd: () => heard.push('end') };

/** A port whose hearing is carried out as said, try by try; from the last one on always the same. */
function portThat(...tries: readonly NonNullable<HostPort['hearKernel']>[]): HostPort {
  let next = 0;
  const hearKernel: HostPort['hearKernel'] = (hearing) => {
    const act = tries[Math.min(next, tries.length - 1)];
    next += 1;
    return act?.(hearing) ?? Promise.resolve();
  };
  return { ...fakeKernel([]), hearKernel };
}

const lasting =
  (ms: number): NonNullable<HostPort['hearKernel']> =>
  async ({ onBegin, until }) => {
    onBegin();
    await Promise.race([until, new Promise((resolve) => setTimeout(resolve, ms))]);
  };

beforeEach(() => {
  vi.useFakeTimers();
  [heard, stop] = [[], new AbortController()];
});
afterEach(() => {
  stop.abort();
  vi.useRealTimers();
});

describe('hearing the kernel', () => {
  it('is begun again when what hears it ends, and given up when it ends again and again', async () => {
    const hearing = hearKernelAgain(portThat(lasting(10)), listener, stop.signal);
    await vi.advanceTimersByTimeAsync(120_000);
    await hearing;
    expect(heard).toEqual(['begin', 'end', 'begin', 'end', 'begin', 'end']);
  });

  it('is not given up where it lasts', async () => {
    const hearing = hearKernelAgain(portThat(lasting(100_000)), listener, stop.signal);
    await vi.advanceTimersByTimeAsync(1_050_000);
    expect(heard.filter((each) => each === 'end')).toHaveLength(10);
    stop.abort();
    await vi.advanceTimersByTimeAsync(0);
    await hearing;
    expect(heard.at(-1)).toBe('end');
  });

  it('is given up at once where there is nothing to hear it with', async () => {
    const absent = Object.assign(new Error('spawn udevadm ENOENT'), { code: 'ENOENT', syscall: 'spawn udevadm' });
    await hearKernelAgain(
      portThat(() => Promise.reject(absent)),
      listener,
      stop.signal,
    );
    expect(heard).toEqual(['end']);
  });

  it('hides no bug', async () => {
    await expect(
      hearKernelAgain(
        portThat(() => Promise.reject(new TypeError('a bug'))),
        listener,
        stop.signal,
      ),
    ).rejects.toThrow('a bug');
  });

  it('is not tried of a copy of a machine', async () => {
    await hearKernelAgain({ ...fakeKernel([]), hearKernel: undefined }, listener, stop.signal);
    expect(heard).toEqual([]);
  });
});
