/** What `report` tells, with what identifies the machine hidden. */
import { time } from './notation.ts';
import { either, integer, orNull, record, text, word } from './shape.ts';

const REPORTED_VERSIONS = record({
  kind: word(['versions']),
  made: time,
  hostdev: text('0.2.0'),
  node: text('v20.19.0 linux x64'),
  system: orNull(text('as /etc/os-release has it')),
  kernel: orNull(text('as uname -r prints it')),
  libvirt: orNull(text('11.3.0')),
  qemu: orNull(text('10.0.0; several with commas between')),
});

const REPORTED_COMMAND = record({
  kind: word(['command']),
  command: text('the words, as a shell takes them'),
  exitStatus: integer(),
  output: text('what it printed, results and errors in their order'),
});

export const REPORTED = either(REPORTED_VERSIONS, REPORTED_COMMAND);
