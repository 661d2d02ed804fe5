/** Numbers of a host for a monitor, as `metrics` gives them. */
import { list, map, record, type Shape, text, word } from './shape.ts';

const value: Shape<number> = { schema: { type: 'number' } };

export const METRIC = record({
  name: text('hostdev_functions'),
  type: word(['gauge', 'counter']),
  help: text('what is counted'),
  samples: list(record({ labels: map(text()), value })),
});
