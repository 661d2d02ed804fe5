import { expect, it } from 'vitest';
import { classCountWords, hostCountWords, placementNotes } from './told.ts';

it('one function is called one', () => {
  expect(hostCountWords({ functions: 1, free: 1, held: 0, claimed: 0 })).toBe('1 function: 1 free, 0 held, 0 claimed');
  expect(hostCountWords({ functions: 6, free: 3, held: 1, claimed: 2 })).toBe('6 functions: 3 free, 1 held, 2 claimed');
  expect(classCountWords({ class: 'gpu', functions: 1, free: 0, held: 0, inUse: 1 })).toBe('gpu: 1 function, 0 free, 0 held, 1 in use');
});

it('of a host that can run a definition is said what is claimed already, what is far, and what goes along', () => {
  const got = {
    wanted: 'gpu-a10',
    function: 'host/kvm1/0000:3b:00.0',
    address: '0000:3b:00.0',
    numaNode: 1,
    claimed: true,
    uid: null,
    fid: null,
    reserved: false,
  };
  const item = {
    ...{ host: 'kvm1', fits: true, rank: 1, functions: [got], companions: ['host/kvm1/0000:3b:00.1'], far: [got.function], reasons: [] },
    ...{ architecture: 'x86_64', libvirt: null, qemu: null, definition: null },
  };
  expect(placementNotes(item)).toEqual(['1 claimed for it', 'on another NUMA node: 0000:3b:00.0', 'goes along: kvm1 0000:3b:00.1']);
  const ids = { uid: '0x0021', fid: '0x00000000' };
  const onZ = [
    { ...got, claimed: false, ...ids },
    { ...got, ...ids, reserved: true },
  ];
  expect(placementNotes({ ...item, functions: onZ, far: [], companions: [] })).toEqual([
    '1 claimed for it',
    '0000:3b:00.0 would have uid 0x0021 and fid 0x00000000, which are not kept until it is claimed',
  ]);
  const reasons = [{ code: 'host-silent', message: 'kvm1 gives no signs of life', hint: null }];
  expect(placementNotes({ ...item, fits: false, functions: [], companions: [], far: [], reasons })).toEqual(['kvm1 gives no signs of life']);
});
