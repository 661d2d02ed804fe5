/** What there is to do about a refused wish is said in the words of its file: it has no options. */
import { describe, expect, it } from 'vitest';
import type { HostdevError } from '../../src/errors.ts';
import { readOne } from '../../src/wish-files/read-texts.ts';
import { fake, link, onZ, port, useGuests } from '../guests.ts';
import { applyOn, wishOf } from './wishes.ts';

useGuests([
  { address: '0000:05:00.0', driver: 'nvme', iommuGroup: 5, express: true },
  { address: '0000:05:00.1', driver: 'nvme', iommuGroup: 5, express: true },
  { address: '0000:06:00.0', driver: 'nvme', iommuGroup: 6, express: true },
]);

describe('the hint of a refused wish', () => {
  it.each([
    [
      'functions: [{ function: "05:00.0" }]\n',
      'group-incomplete',
      'a group goes to vfio as a whole; add its other functions under functions to take all of it, if the host can do without',
    ],
    [
      'functions: [{ function: "06:00.0", driver: nvme }]\n',
      'driver-unknown',
      'vfio-pci, or a variant of it such as mlx5_vfio_pci; leave driver out to have it chosen',
    ],
    [
      'guests: [{ guest: web, hostdevs: [{ function: "06:00.0", scope: live }] }]\n',
      'guest-not-running',
      'start it first, or change its definition: scope: config',
    ],
  ])('of %j names what a wish has', async (text, code, hint) => {
    fake.qemu.define(onZ('web'));
    const error = (await applyOn(port, link, wishOf(text)).catch((thrown: unknown) => thrown)) as HostdevError;
    expect(error.toProblem()).toMatchObject({ code, hint });
  });

  it.each([
    ['uid: 0', 'leave it out to have one generated'],
    ['uid: 0x10000', 'or leave it out to have one generated'],
    ['fid: 0x1ffffffff', 'or leave it out to have one generated'],
  ])('of %s in a file does, too', (id, hint) => {
    const read = readOne({ name: 'wish.yaml', text: `formatVersion: 1\nguests: [{ guest: web, hostdevs: [{ function: "06:00.0", ${id} }] }]\n` });
    const [problem] = 'slots' in read ? [] : read;
    expect(problem?.hint).toContain(hint);
    expect(problem?.hint).not.toContain('--');
  });
});
