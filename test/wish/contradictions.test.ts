/** What of a wish contradicts itself on a host is refused before anything of it is begun. */
import { describe, expect, it } from 'vitest';
import { HostdevError } from '../../src/errors.ts';
import { openJournal } from '../../src/execute/journal/journal.ts';
import { fake, link, onPc, onZ, port, running, stateDirectory, useGuests } from '../guests.ts';
import { applyOn, everything, FUNCTIONS, wishOf } from './wishes.ts';

useGuests(FUNCTIONS);

const CARD = '{ match: { vendor: "0x1b36", device: "0x0010", place: "02:00.0" } }';
const DISK = '{ match: { vendor: "0x1b36", device: "0x0010", place: "0007:00:00.0" } }';

/** Where it is refused, and why. */
async function refused(text: string, force = false): Promise<string[]> {
  const before = await everything();
  const written = port.writes.length;
  const error = await applyOn(port, link, wishOf(text), { force }).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(HostdevError);
  expect(port.writes.slice(written)).toEqual([]);
  expect(await openJournal(stateDirectory).read()).toEqual([]);
  expect(await everything()).toEqual(before);
  const { others } = error as HostdevError;
  return [(error as HostdevError).toProblem(), ...others].map(
    ({ code, message, location }) => `${location?.line ?? '-'}:${location?.column ?? '-'} ${code}: ${message}`,
  );
}

describe('a wish that contradicts itself on this host', () => {
  it.each([
    [
      'virtual functions of one function twice',
      `virtualFunctions:\n  - { physicalFunction: "02:00.0", numVfs: 2 }\n  - { physicalFunction: ${CARD}, numVfs: 3 }\n`,
      ['4:5 wish-conflict: the card vendor=0x1b36 device=0x0010 place=02:00.0 and 02:00.0 are the same function 0000:02:00.0'],
    ],
    [
      'a function that is prepared twice',
      'functions:\n  - { function: "0031:00:00.0" }\n  - { function: { fid: 0x41 } }\n',
      ['4:5 wish-conflict: fid=0x00000041 and 0031:00:00.0 are the same function 0031:00:00.0'],
    ],
    [
      'a function that a guest has twice',
      `guests:\n  - guest: web\n    hostdevs:\n      - { function: "0007:00:00.0", scope: live }\n      - { function: ${DISK}, scope: config }\n`,
      ['6:9 wish-conflict: the card vendor=0x1b36 device=0x0010 place=0007:00:00.0 and 0007:00:00.0 are the same function 0007:00:00.0'],
    ],
    [
      'a virtual function that a pool has twice, which is not there yet',
      'virtualFunctions:\n  - { physicalFunction: "02:00.0", numVfs: 2 }\npools:\n  - network: fast\n    functions:\n      - { physicalFunction: "02:00.0", index: 0 }\n      - { physicalFunction: "0000:02:00.0", index: 0 }\n',
      ['8:9 wish-conflict: virtual function 0 of 0000:02:00.0 and virtual function 0 of 02:00.0 are the same function'],
    ],
    [
      'a pool of a physical function and one of its virtual ones',
      'virtualFunctions:\n  - { physicalFunction: "02:00.0", numVfs: 2 }\npools:\n  - { network: fast, functions: ["02:00.0", { physicalFunction: "02:00.0", index: 0 }] }\n',
      ['5:34 wish-conflict: the pool fast has 0000:02:00.0, which is no virtual function, and others'],
    ],
    [
      'a function that is given away and has virtual ones',
      'virtualFunctions:\n  - { physicalFunction: "02:00.0", numVfs: 2 }\nfunctions:\n  - { function: "02:00.0" }\n',
      ['5:5 wish-conflict: 0000:02:00.0 is prepared, and has 2 virtual functions at wish.yaml:3:5'],
    ],
    [
      'a function that is prepared and whose slot is on standby',
      'slots: [{ fid: 0x41, state: standby }]\nfunctions:\n  - { function: "0031:00:00.0" }\n',
      ['4:5 wish-conflict: 0031:00:00.0 is wished for, and its slot is on standby at wish.yaml:2:9'],
    ],
  ])('%s is refused before anything is begun', async (_, text, problems) => {
    running(onZ('web'));
    expect(await refused(text)).toEqual(problems);
    expect(await refused(text, true)).toEqual(problems);
  });

  it('by a virtual function that goes is refused before anything is begun', async () => {
    await applyOn(port, link, wishOf('virtualFunctions: [{ physicalFunction: "02:00.0", numVfs: 3 }]\n'));
    const text = 'virtualFunctions: [{ physicalFunction: "02:00.0", numVfs: 2 }]\nfunctions:\n  - { function: "02:10.2" }\n';
    const error = await applyOn(port, link, wishOf(text), { dryRun: true }).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({
      code: 'wish-conflict',
      message: '0000:02:10.2 is virtual function 2 of 0000:02:00.0, which has 2 at wish.yaml:2:20',
      location: { line: 4, column: 5 },
    });
  });

  it('tells a reason once, however many parts of the wish it keeps from being planned', async () => {
    expect(
      await refused('guests:\n  - guest: nobody\n    hostdevs: [{ function: "0007:00:00.0" }, { function: "0008:00:00.0", scope: config }]\n'),
    ).toHaveLength(1);
  });

  it('may give a function to several guests, of which one runs', async () => {
    running(onZ('web'));
    fake.qemu.define(onPc('pc', 2));
    const text = 'guests:\n  - { guest: web, hostdevs: [{ function: "0007:00:00.0" }] }\n  - { guest: pc, hostdevs: [{ function: "0007:00:00.0" }] }\n';
    await applyOn(port, link, wishOf(text));
    expect(await applyOn(port, link, wishOf(text), { dryRun: true })).toMatchObject({ differs: false });
  });

  it('in two guests that run is refused before anything is begun', async () => {
    running(onZ('web'));
    running(onZ('db'));
    const text =
      'guests:\n  - { guest: web, hostdevs: [{ function: "0007:00:00.0" }] }\n  - { guest: db, hostdevs: [{ function: "0007:00:00.0", scope: live }] }\n';
    expect(await refused(text)).toEqual(['4:41 wish-conflict: 0007:00:00.0 is given to web, which runs, and to db, which runs as well']);
  });

  it('by a guest that is named by its name and by its uuid is refused', async () => {
    const { uuid } = running(onZ('web'));
    const text = `guests:\n  - { guest: web, hostdevs: [{ function: "0007:00:00.0", uid: "0x21" }] }\n  - { guest: "${uuid}", hostdevs: [{ function: "0007:00:00.0", uid: "0x31" }] }\n`;
    expect(await refused(text)).toEqual([`4:5 wish-conflict: ${uuid} and web are the same guest`]);
  });
});

describe('the guest that a wish names', () => {
  const wished = (guest: string): string => `guests: [{ guest: ${JSON.stringify(guest)}, hostdevs: [{ function: "0007:00:00.0" }] }]\n`;

  it('is the one of that name, whatever number another one has while it runs', async () => {
    const other = running(onZ('web'));
    const guest = fake.qemu.define(onZ(String(other.id)));
    await applyOn(port, link, wishOf(wished(String(other.id))));
    expect(guest.config).toContain("domain='0x0007'");
    expect(other.config).not.toContain("domain='0x0007'");
    fake.qemu.undefine(guest);
    await expect(applyOn(port, link, wishOf(wished(String(other.id))))).rejects.toMatchObject({ code: 'guest-unknown' });
  });

  it('keeps what it has when all else is pruned, however its uuid is written', async () => {
    const guest = running(onZ('web'));
    const text = wished(guest.uuid.toUpperCase());
    await applyOn(port, link, wishOf(text));
    expect(await applyOn(port, link, wishOf(text), { prune: true, dryRun: true })).toMatchObject({ differs: false });
  });
});
