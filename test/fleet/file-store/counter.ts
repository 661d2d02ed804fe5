/** A process that adds to a counter by comparing it: `counter DIRECTORY TIMES`. Prints how often that was done. */
import { openFileStore } from '../../../src/fleet/file-store/file-store.ts';
import { makeClear } from '../../../src/fleet/store/make-clear.ts';

const [, , directory = '', times = ''] = process.argv;

const store = await openFileStore(directory);
const bytes = (number: number): Uint8Array => new TextEncoder().encode(`${number}`);
let done = 0;
while (done < Number(times)) {
  const [entry] = (await store.get(['counter/a'])).entries;
  const value = bytes(Number(new TextDecoder().decode(entry?.value)) + 1);
  // A process that gets no time for as long as two snapshots take does not know what became of its transaction.
  const proof = `proofs/${process.pid}/${done}`;
  const answer = await makeClear(
    store,
    {
      compares: [
        { kind: 'absent', key: proof },
        entry === undefined ? { kind: 'absent', key: 'counter/a' } : { kind: 'modified', key: 'counter/a', revision: entry.modified },
      ],
      operations: ['counter/a', 'counter/b', proof].map((key) => ({ kind: 'put', key, value })),
    },
    { key: proof },
  );
  if (answer.outcome === 'unclear') throw new Error(answer.problem.message);
  if (answer.outcome === 'done') done += 1;
}
await store.close();
process.stdout.write(`${done}\n`);
